"""Answers as notebooks show them: small tables in HTML, made of text and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from conflict_timeline.exporters.columns import Table as ExportedTable
from conflict_timeline.names import Names
from conflict_timeline.notebook import others, people, territory
from conflict_timeline.notebook.exported import exported
from conflict_timeline.notebook.tables import Table
from conflict_timeline.projections.balance import BalanceSheet
from conflict_timeline.projections.contradictions import Contradiction
from conflict_timeline.projections.control import Control
from conflict_timeline.projections.coverage import Coverage
from conflict_timeline.projections.forecasts import Judged
from conflict_timeline.projections.incidents import Incidents, Window
from conflict_timeline.projections.people import Count
from conflict_timeline.projections.register import WholeState
from conflict_timeline.projections.reported import Alliances, Figures
from conflict_timeline.projections.rollup import Rollup
from conflict_timeline.projections.scores import Scores
from conflict_timeline.projections.sensitivity import Sensitivity
from conflict_timeline.projections.territory import Span
from conflict_timeline.timeline import Diff, Revision, State, View
from conflict_timeline.timeline.explain import Explanation
from conflict_timeline.timeline.state import PeopleState, TerritoryState
from conflict_timeline.view import ViewSpec, Visible
from conflict_timeline.words import Naming

__all__ = ["html"]

_Made = Callable[[Naming, Any], Table]

_ONE: Mapping[type, _Made] = {
    Alliances: others.alliances,
    BalanceSheet: people.balance,
    Contradiction: people.contradiction,
    Control: territory.control,
    Count: people.count,
    Coverage: others.coverage,
    Diff: others.diff,
    Explanation: territory.explanation,
    ExportedTable: exported,
    Figures: others.figures,
    Incidents: others.incidents,
    Judged: others.forecast,
    PeopleState: people.counts,
    Rollup: territory.rollup,
    Scores: others.scores,
    Sensitivity: others.sensitivity,
    State: territory.state,
    TerritoryState: territory.territory,
    WholeState: territory.whole,
    Window: others.window_of_days,
}

#: Lists, by what they are of.
_MANY: Mapping[type, _Made] = {
    BalanceSheet: people.balances,
    Contradiction: people.contradictions,
    Judged: others.forecasts,
    Revision: territory.revisions,
    Span: territory.history,
}


def html(answer: Any, named_by: object = None) -> str:
    """An answer, or a list of answers of one kind, as HTML.

    Args:
        answer: one of the library's answers.
        named_by: the view, or what is visible in it, whose records give the names; if there is
            none, ids are shown.

    Raises:
        TypeError: for what is no answer.
    """
    naming = Naming(_named(named_by))
    if isinstance(answer, list):
        if not answer:
            return Table("Answer", (), ()).html()
        made = _MANY.get(type(answer[0]))
    elif isinstance(answer, Span | Revision):  # a list of one
        made, answer = _MANY[type(answer)], [answer]
    else:
        made = _ONE.get(type(answer))
    if made is None:
        raise TypeError(f"expected an answer of this library, got {type(answer).__name__}")
    return made(naming, answer).html()


def _named(by: object) -> Any:
    if isinstance(by, View):
        return by
    return _Records(by if isinstance(by, Visible) else Visible(ViewSpec()))


class _Records:
    """The names of what is visible, as a view has them."""

    def __init__(self, visible: Visible) -> None:
        self.visible = visible

    @cached_property
    def place_names(self) -> Names:
        merged = self.visible.merges.places
        return Names("place", self.visible.places.values(), merged=merged)

    @cached_property
    def actor_names(self) -> Names:
        merged = self.visible.merges.actors
        return Names("actor", self.visible.actors.values(), merged=merged)
