"""Making the citation of a state, and the state of a citation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conflict_timeline import __version__
from conflict_timeline.dates import OPEN_FUTURE, When, from_ordinal
from conflict_timeline.errors import CitationError
from conflict_timeline.events import Statement
from conflict_timeline.timeline.canonical_state import state_digest
from conflict_timeline.timeline.citation import Citation

if TYPE_CHECKING:
    from conflict_timeline.timeline.state import State
    from conflict_timeline.timeline.view import View

__all__ = ["cite", "resolve"]


def cite(state: State) -> str:
    """The citation of a state.

    Raises:
        CitationError: if its view is not of a log as it stands, or names too many sources.
    """
    view = state.view
    return Citation(
        day=state.day.toordinal(),
        at=view.position,
        known_by=view.spec.known_by,
        sources=view.spec.sources,
        min_reliability=view.spec.min_reliability,
        implied_within=view.implied_within,
        stale_after=view.stale_after,
        log=view.identity,
        state=state_digest(state),
    ).text


def resolve(text: object, length: int, seen_as: Callable[[Citation], View]) -> State:
    """The state that a citation is of.

    Args:
        text: the citation.
        length: the log's last position.
        seen_as: gives the view that a citation asks for.

    Raises:
        CitationError: if the text is no citation, or this log or library gives another answer;
            ``differences`` says what differs.
    """
    cited = Citation.parse(text)
    head = "the cited answer cannot be given"
    if cited.at > length:
        raise CitationError(
            head,
            [f"the log is shorter: the citation is of position {cited.at}, it ends at {length}"],
        )
    view = seen_as(cited)
    state = view.as_of(from_ordinal(cited.day))
    answer = state_digest(state)
    if answer == cited.state:
        return state  # byte for byte: whether the log is a copy, its own citation tells
    differences = []
    if view.identity != cited.log:
        differences.append(
            f"the log is another: up to position {cited.at} it does not hold the cited events as "
            f"they were recorded (cited {cited.log}, here {view.identity})"
        )
        if undated := _dated_by_recording(view):
            differences.append(
                f"the days of recording may be others: {undated} of the log's statements have no "
                "day of publication, so that the day of their recording counts as known"
            )
    if cited.version != __version__:
        differences.append(
            f"the library is another: the citation is of version {cited.version}, this is "
            f"{__version__}"
        )
    differences.append(f"the answer is another (cited {cited.state}, here {answer})")
    raise CitationError(head, differences)


def _dated_by_recording(view: View) -> int:
    """How many statements are known from nothing but their recording."""
    sources = view.visible.sources

    def dated(when: When | None) -> bool:
        return when is not None and when.last < OPEN_FUTURE

    return sum(
        isinstance(event, Statement)
        and not dated(event.known)
        and not (event.source in sources and dated(sources[event.source].published))
        for event in view.events()
    )
