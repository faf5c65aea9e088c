"""The library as a system that is asked: through its public face, and at the register."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tests.benchmarks import work
from tests.benchmarks.peers import NEVER

from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.whole import WholeState
from conflict_timeline.timeline import Timeline
from conflict_timeline.timeline.view import View

__all__ = ["NOW", "AtRegister", "Library", "place", "whole"]

#: The day of knowledge of those who know all that was published.
NOW = NEVER - 1


def place(number: int) -> str:
    """The id of a place."""
    return f"place-{number:06}"


def whole(view: View, day: int) -> WholeState:
    """The whole state of a day, with all its arrays made."""
    state = view.as_of(from_ordinal(day)).territory.whole()
    for codes in (state.best, state.possible_codes.codes, state.conceivable_codes.codes):
        assert len(codes) >= len(state.keys)
    return state


class Library:
    """The library, through its public face."""

    name = "conflict_timeline"

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    def view(self, known: int) -> View:
        """What was known by a day."""
        return self.timeline.view(known_by=None if known == NOW else from_ordinal(known))

    def point(self, number: int, day: int, known: int) -> int | None:
        """The holder of a place, by its number among the actors."""
        holder = self.view(known).as_of(from_ordinal(day)).territory[place(number)].holder
        return None if holder is None else work.ACTORS.index(holder)

    def whole(self, day: int, known: int) -> WholeState:
        """The whole state, as arrays."""
        return whole(self.view(known), day)

    def holders(self, found: Any) -> dict[int, int]:
        """A whole state as holders by place; without those that are not known, or contested."""
        return {
            int(key[6:]): work.ACTORS.index(next(iter(found.holdings[code])))
            for key, code in zip(found.keys, found.best.tolist(), strict=True)
            if isinstance(found.holdings[code], frozenset) and len(found.holdings[code]) == 1
        }


class AtRegister:
    """The registers beneath, for keys and days as they stand in them."""

    name = "register level"

    def __init__(self, library: Library) -> None:
        self._of = lru_cache(None)(lambda known: library.view(known).territory.register)
        self._key = lru_cache(None)(place)

    def point(self, number: int, day: int, known: int) -> Any:
        """The answer for a place."""
        return self._of(known).answer(self._key(number), day)
