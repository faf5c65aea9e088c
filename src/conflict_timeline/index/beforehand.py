"""What a view reads off the present of the log, instead of telling it from rows."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from conflict_timeline.index.now import IMPLIED_WITHIN, Now
from conflict_timeline.index.parts import Part
from conflict_timeline.index.sight import Sight
from conflict_timeline.projections.ragged import Ints
from conflict_timeline.projections.register import Answer
from conflict_timeline.projections.whole_state import WholeState

__all__ = ["Beforehand"]


class Beforehand:
    """The present, as far as it bears on a view."""

    def __init__(self, sight: Sight, implied_within: int | None) -> None:
        self._sight = sight
        self._index = sight.index
        self._implied_within = implied_within
        self._touched: tuple[int, Ints] | None = None

    @cached_property
    def _bears(self) -> bool:
        """Whether the view sees all that is, as it is told."""
        spec = self._sight.spec
        filtered = spec.sources is not None or spec.min_reliability is not None
        as_told = not self._sight.merges.actors
        return not filtered and as_told and self._implied_within == IMPLIED_WITHIN

    def _as_seen(self, now: Now | None) -> Now | None:
        return None if now is None or self._sight.position < now.position else now

    @property
    def is_missed(self) -> bool:
        """Whether as much was spent without the present as it takes to make it.

        To tell of a place from its rows takes about as long as to make the spans of one row.
        """
        index = self._index
        if not index.asked or not self._bears or self._sight.position != index.position:
            return False
        part = 1.0
        if index.now is not None and index.places:
            part = len(self._touched_after(index.now.position)) / len(index.places)
        return index.asked > part * len(index.rows)

    def _touched_after(self, position: int) -> Ints:
        """As of the index; what is touched once this has been asked the view does not see."""
        if self._touched is None or self._touched[0] != position:
            self._touched = (position, self._index.touched_after(position))
        return self._touched[1]

    def answer(self, place: str, day: int) -> Answer | None:
        """The answer for a place at the end of a day; None if it does not tell."""
        if not self._bears:
            return None
        index = self._index
        now = self._as_seen(index.now_for_one)
        code = index.place_code.get(place)
        if now is None or code is None or code in index.odd or place in index.merged:
            return None
        if index.touched.get(code, 0) > now.position:
            return None
        number = now.answer(code, day, self._sight.spec.known_by)
        if not number:
            return None
        found: Answer | None = now.told.get(number)
        if found is None:
            known, holdings = now.table.known, index.moves.holdings
            possible, conceivable = (
                frozenset(holdings[code] for code in sets[number].tolist())
                for sets in (known.possible, known.conceivable)
            )
            best = holdings[known.best[number]]
            found = Answer(possible, conceivable, best, bool(known.narrowed[number]))
            now.told[number] = found
        return found

    def state(self, codes: Ints, day: int) -> tuple[Ints, list[Part]]:
        """The whole state of some places, as far as it tells.

        Args:
            codes: numbers of places, none of them odd, in order of the ids.
            day: an ordinal.

        Returns:
            The numbers of the other places, and what it tells.
        """
        index = self._index
        if not self._bears:
            return codes, []
        now = self._as_seen(index.now)
        if now is None:
            index.asked += len(codes) * (index.now is None)
            return codes, []
        answers, told = now.answers(codes, day, self._sight.spec.known_by)
        if len(late := self._touched_after(now.position)):
            told &= ~np.isin(codes, late)
            index.asked += len(late)
        reported = told & (answers > 0)
        everyone = reported.all()
        known = now.table.known
        which = answers if everyone else answers[reported]
        shown = codes if everyone else codes[reported]
        state = WholeState(
            index.order.named(index.order.rank[shown]),
            index.moves.holdings,
            known.best[which],
            known.possible.taken(which),
            known.conceivable.taken(which),
            known.narrowed[which],
        )
        return codes[~told], [Part(shown, state)]
