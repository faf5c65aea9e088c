"""Territory: the control claims of a view, as one register over its places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When
from conflict_timeline.events import ControlChanged, ControlObserved
from conflict_timeline.projections.columns import Record
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.holdings import (
    Move,
)
from conflict_timeline.projections.register import Register, WholeState
from conflict_timeline.projections.windows import as_when, common_window
from conflict_timeline.view import Seen, Visible

__all__ = ["Span", "Territory", "records_of"]


@attrs.frozen
class Span:
    """Days on which the answer for a place stays the same.

    Attributes:
        start, end: first and last day, as ordinals; ``OPEN_PAST`` and ``OPEN_FUTURE`` where open.
        best, possible, status: as in ``Control``.
    """

    start: int
    end: int
    best: Shown
    possible: frozenset[Shown]
    status: str

    def _repr_html_(self) -> str:
        return in_html(self)

    @property
    def when(self) -> When:
        """The days as a When."""
        return as_when(self.start, self.end)


class Territory:
    """Who held each place, on any day."""

    def __init__(self, visible: Visible, *, implied_within: int | None = 365) -> None:
        self.visible = visible
        found: dict[str, list[Seen]] = defaultdict(list)
        for seen in visible.claims:
            if isinstance(seen.about, ControlChanged | ControlObserved):
                found[seen.about.place].append(seen)
        self.claims: Mapping[str, Sequence[Seen]] = found
        records = [r for place, told in found.items() for r in records_of(place, told)]
        self.register = Register.of(records, implied_within=implied_within)

    def at(self, place: str, day: int, stale_after: int | None = None) -> Control:
        """The answer for a place at the end of a day."""
        return Control(self.register, self.visible, place, day, stale_after)

    def state(self, day: int) -> WholeState:
        """The answers for all places with claims, as arrays."""
        return self.register.state(day)

    def history(self, place: str) -> list[Span]:
        """The spans of a place, from the open past to the open future, the answer in each."""
        days = self.register.breakpoints(place)
        if not days:
            return []
        spans: list[Span] = []
        for start, end in zip(
            [days[0] - 1, *days], [*(d - 1 for d in days), OPEN_FUTURE], strict=True
        ):
            control = self.at(place, start)
            begin = OPEN_PAST if not spans else start
            span = Span(begin, end, control.best, control.possible, control.status)
            if spans and _answer(spans[-1]) == _answer(span):
                spans[-1] = attrs.evolve(spans[-1], end=end)
            else:
                spans.append(span)
        return spans


def _answer(span: Span) -> tuple[Shown, frozenset[Shown], str]:
    return span.best, span.possible, span.status


def records_of(place: str, claims: Sequence[Seen]) -> Iterator[Record]:
    """The register records of a place; reports of one occurrence that can be one are one."""
    occurrences: dict[str, list[tuple[Move, list[Seen]]]] = defaultdict(list)
    for seen in sorted(claims, key=lambda s: s.id):
        claim = seen.about
        if isinstance(claim, ControlChanged):
            move = Move(to=claim.to, from_=claim.from_, occurrence=claim.occurrence)
            if claim.occurrence is None:
                yield Record(place, seen.first, seen.last, move, seen.rank, (seen,))
                continue
            kinds = occurrences[claim.occurrence]
            for at, (known, members) in enumerate(kinds):
                if (joined := known.merged(move)) is not None:
                    kinds[at] = (joined, [*members, seen])
                    break
            else:
                kinds.append((move, [seen]))
        elif isinstance(claim, ControlObserved):
            move = Move(holders=claim.holding)
            yield Record(place, seen.first, seen.last, move, seen.rank, (seen,))
            if claim.until is not None:
                last = max(seen.last, min(claim.until.last, seen.known))
                first = max(seen.first, min(claim.until.first, last))
                yield Record(place, first, last, move, seen.rank, (seen,))
    for kinds in occurrences.values():
        for move, members in kinds:
            first, last = common_window(members)
            rank = max(seen.rank for seen in members)
            yield Record(place, first, last, move, rank, tuple(members))
