"""A person's own projection: ``initial`` and a pure ``evolve``, over a view in valid time."""

from __future__ import annotations

from typing import Protocol, TypeVar

from conflict_timeline.events import Claim
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.view import Seen, Visible

__all__ = ["Projection", "fold"]

S = TypeVar("S")


class Projection(Protocol[S]):
    """What a projection of one's own needs.

    ``evolve`` must be pure: it returns the new state and leaves the old one as it is.
    """

    def initial(self) -> S:
        """The state before any claim."""
        ...

    def evolve(self, state: S, event: Claim) -> S:
        """The state after one more claim."""
        ...


def in_valid_time(visible: Visible, day: int) -> list[Seen]:
    """The claims that had surely begun by the day, in order of their representative day.

    Ties are broken by what is believed less first, and last of all by id, so that the order is the
    same whatever the order of recording.
    """
    begun = [seen for seen in visible.claims if representative_day(seen.first, seen.last) <= day]
    return sorted(begun, key=lambda s: (representative_day(s.first, s.last), s.rank))


def fold(projection: Projection[S], visible: Visible, day: int) -> S:
    """The projection's state at the end of a day."""
    state = projection.initial()
    for seen in in_valid_time(visible, day):
        state = projection.evolve(state, seen.about)
    return state
