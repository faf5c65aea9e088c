"""A person's own projection: ``initial`` and a pure ``evolve``, over a view in valid time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol, TypeVar

from conflict_timeline.events import Claim
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.view import Seen, Visible

__all__ = ["Projection", "ValidTime", "fold"]

S = TypeVar("S")


class Projection(Protocol[S]):
    """What a projection of one's own needs.

    ``evolve`` must be pure: it returns the new state, depends on nothing but its arguments and what
    the projection was made with, and leaves the old state as it is.
    """

    def initial(self) -> S:
        """The state before any claim."""
        ...

    def evolve(self, state: S, event: Claim) -> S:
        """The state after one more claim."""
        ...


class ValidTime:
    """The claims of a view in order of their representative day.

    Ties are broken by what is believed less first, and last of all by id, so that the order is the
    same whatever the order of recording.
    """

    def __init__(self, visible: Visible) -> None:
        dated = [(representative_day(s.first, s.last), s.rank, s) for s in visible.claims]
        dated.sort(key=lambda item: item[:2])
        self._days = [day for day, _, _ in dated]
        self._claims = [seen for _, _, seen in dated]

    def until(self, day: int) -> Sequence[Seen]:
        """The claims of which the representative day is that day or before it."""
        return self._claims[: bisect_right(self._days, day)]


def fold(projection: Projection[S], claims: Sequence[Seen]) -> S:
    """The projection's state after some claims, from the beginning."""
    state = projection.initial()
    for seen in claims:
        state = projection.evolve(state, seen.about)
    return state
