"""The register: what can have held for each key on each day, from dated records about it.

It knows nothing of places, sources or events: keys, days as ordinals, and moves (before, after).
Where a day lies between two components (``columns``) of one record each, the answer is read off
the columns, for all keys at once. Elsewhere the worlds of least cost decide (``worlds``), over the
*stretch* between two components that each leave the same holding in every world; a stretch is
searched once and kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.columns import Columns, Record
from conflict_timeline.projections.conceivable import conceivable
from conflict_timeline.projections.holdings import (
    UNKNOWN,
    Holding,
    Move,
    canonical_order,
)
from conflict_timeline.projections.ragged import Ints, ranges
from conflict_timeline.projections.spans import turns as days_of
from conflict_timeline.projections.whole import Whole
from conflict_timeline.projections.whole_state import WholeState
from conflict_timeline.projections.worlds import (
    Item,
    Piece,
    Since,
    Start,
    Stretch,
    Unreported,
    search,
)

__all__ = ["Answer", "Record", "Register", "Turn", "WholeState"]


@attrs.frozen
class Answer:
    """What can have held for one key on one day.

    Attributes:
        possible: in the histories with the fewest changes.
        conceivable: in any history.
        best: the one to show.
        narrowed: False where there were too many worlds to find those of least cost, so that
            ``possible`` is ``conceivable``.
    """

    possible: frozenset[Holding]
    conceivable: frozenset[Holding]
    best: Holding
    narrowed: bool = True


@attrs.frozen
class Turn:
    """A day from which on the answer for a key may be another.

    Attributes:
        start: the day.
        possible: the holdings in the histories with the fewest changes.
        best: the one to show.
        reported: whether a record has happened by then, whatever the history.
    """

    start: int
    possible: frozenset[Holding]
    best: Holding
    reported: bool


class Register:
    """Answers for every key and day, from a fixed set of records."""

    def __init__(self, columns: Columns, *, implied_within: int | None = 365) -> None:
        """Answers from columns.

        Args:
            columns: the records.
            implied_within: days before a key's first record for which its ``before`` holds; None
                for without limit.
        """
        self.columns = columns
        self.implied_within = implied_within
        self._stretches: dict[tuple[int, int], Stretch | None] = {}
        self._clashes: dict[str, list[tuple[int, int, int]]] = {}
        self._told: dict[str, tuple[list[int], dict[int, Answer]]] = {}

    @classmethod
    def of(cls, records: Iterable[Record], *, implied_within: int | None = 365) -> Register:
        """A register of records, in any order."""
        return cls(Columns.of(records), implied_within=implied_within)

    @property
    def keys(self) -> Sequence[str]:
        """The keys, sorted."""
        return self.columns.keys

    def __len__(self) -> int:
        return len(self.columns)

    def ref(self, index: int) -> Any:
        """What the caller knows a record by."""
        return self.columns.ref(index)

    # ---- one key --------------------------------------------------------------------------------

    def answer(self, key: str, day: int) -> Answer:
        """What can have held for a key at the end of a day; of no record, only unknown."""
        if key not in self._told:
            self._told[key] = (self._turning_days(key), {})
        turns, told = self._told[key]
        since = bisect_right(turns, day)  # between two turns the answer stays the same
        if since not in told:
            told[since] = self._made(key, day)
        return told[since]

    def _made(self, key: str, day: int) -> Answer:
        at = self.columns.index.get(key)
        if at is None:
            only = frozenset([UNKNOWN])
            return Answer(only, only, UNKNOWN)
        return self._answer(at, day)

    def _answer(self, at: int, day: int) -> Answer:
        wide = conceivable(*self._neighbours(at, day), day, self.implied_within)
        if len(wide) == 1:
            return Answer(wide, wide, next(iter(wide)))
        pieces = self._pieces(at, day)
        if pieces is None:
            return Answer(wide, wide, self._best(at, day, wide), narrowed=False)
        narrow = frozenset(piece.holding for _, piece in pieces)
        return Answer(narrow, wide, self._best(at, day, narrow))

    def _components_around(self, at: int, day: int) -> tuple[int, int, int]:
        """First and end of the key's components, and the last one that has begun by the day."""
        low, high = int(self.columns.starts[at]), int(self.columns.starts[at + 1])
        first, end = int(self.columns.component[low]), int(self.columns.component[high - 1]) + 1
        begun = low + bisect_right(self.columns.first[low:high], day) - 1
        return first, end, int(self.columns.component[begun]) if begun >= low else first - 1

    def _neighbours(self, at: int, day: int) -> tuple[list[int], list[int], list[Move]]:
        """Windows and moves of the records that can bear on a day; no others can."""
        first, end, current = self._components_around(at, day)
        low = max(first, current - 1)
        high = min(end, current + 2)
        begin, stop = (
            int(self.columns.component_begin[low]),
            int(self.columns.component_begin[high]),
        )
        return (
            self.columns.first[begin:stop].tolist(),
            self.columns.last[begin:stop].tolist(),
            [self.columns.table.moves[m] for m in self.columns.move[begin:stop].tolist()],
        )

    def _pieces(self, at: int, day: int) -> list[tuple[tuple[int, int], Piece]] | None:
        """What is possible on a day, each with the stretch it comes from."""
        found: list[tuple[tuple[int, int], Piece]] = []
        for bounds in self._bounds(at, day):
            stretch = self._stretch(at, bounds)
            if stretch is None:
                return None
            found += [(bounds, p) for p in stretch.pieces if p.start <= day <= p.end]
        return found

    def _bounds(self, at: int, day: int) -> list[tuple[int, int]]:
        """The stretches that can tell of a day: [first component, end)."""
        first, end, current = self._components_around(at, day)
        found = []
        if current >= first:
            low = current
            while low > first and not self.columns.leaves_one[low - 1]:
                low -= 1
            found.append((low, self._stretch_end(low, end)))
        if current < first or self.columns.leaves_one[current]:
            found.append((current + 1, self._stretch_end(current + 1, end)))
        return found

    def _stretch_end(self, low: int, end: int) -> int:
        high = low
        while high < end:
            high += 1
            if self.columns.leaves_one[high - 1]:
                break
        return high

    def _stretch(self, at: int, bounds: tuple[int, int]) -> Stretch | None:
        if bounds not in self._stretches:
            self._stretches[bounds] = self._search(at, *bounds)
        return self._stretches[bounds]

    def _search(self, at: int, low: int, high: int) -> Stretch | None:
        begin, stop = (
            int(self.columns.component_begin[low]),
            int(self.columns.component_begin[high]),
        )
        items = [
            Item(
                int(self.columns.first[i]),
                int(self.columns.last[i]),
                self.columns.said(i),
                i,
            )
            for i in range(begin, stop)
        ]
        start = None
        if begin > self.columns.starts[at]:
            before = self.columns.said(begin - 1)
            start = Start(int(self.columns.component_max_first[low - 1]), before.after, begin - 1)
        ends = stop == self.columns.starts[at + 1] and not (
            high > low and self.columns.leaves_one[high - 1]
        )
        return search(items, start, implied_within=self.implied_within, ends=ends)

    def _best(self, at: int, day: int, possible: frozenset[Holding]) -> Holding:
        if len(possible) == 1:
            return next(iter(possible))
        low, high = int(self.columns.starts[at]), int(self.columns.starts[at + 1])
        ranked = self.columns.believed[low:high]
        by = bisect_right(self.columns.representative[ranked], day)
        for index in ranked[:by][::-1]:
            after: Holding = self.columns.said(index).after
            if after in possible:
                return after
        for index in ranked[by:]:
            before: Holding = self.columns.said(index).before
            if before in possible:
                return before
        return canonical_order(possible)[0]

    def since(self, key: str, day: int, holding: Holding) -> tuple[int, int]:
        """Bounds of the day on which a holding that is possible on a day began.

        They are taken over the worlds of least cost in which it holds on that day; ``OPEN_PAST`` as
        lower bound where nothing reported says when.
        """
        at = self.columns.index.get(key)
        pieces = None if at is None else self._pieces(at, day)
        if at is None or pieces is None:
            return OPEN_PAST, day
        total = Since()
        for (low, _), piece in pieces:
            if piece.holding == holding:
                total = total.hull(self._resolved(at, low, piece.since))
        return total.lower, min(total.upper, day)

    def _resolved(self, at: int, low: int, since: Since) -> Since:
        first = int(self.columns.component[int(self.columns.starts[at])])
        while (since.lower_earlier or since.upper_earlier) and low > first:
            high, low = low, low - 1
            while low > first and not self.columns.leaves_one[low - 1]:
                low -= 1
            earlier = self._stretch(at, (low, high))
            since = since.resolved(
                Since(OPEN_PAST, OPEN_FUTURE) if earlier is None else earlier.end
            )
        return since

    def unreported(self, key: str, day: int, holding: Holding) -> list[Unreported]:
        """The unreported changes up to a day that a world with the holding on it had to assume."""
        at = self.columns.index.get(key)
        pieces = None if at is None else self._pieces(at, day)
        if at is None or pieces is None:
            return []
        chosen = next(((b, p) for b, p in pieces if p.holding == holding), None)
        if chosen is None:
            return []
        (low, _), piece = chosen
        found: list[Unreported] = []
        at_component = int(self.columns.component[int(self.columns.starts[at])])
        while at_component < low:
            end = self._stretch_end(at_component, low)
            earlier = self._stretch(at, (at_component, end))
            found += [] if earlier is None else earlier.unreported()
            at_component = end
        stretch = self._stretch(at, chosen[0])
        found += [] if stretch is None else stretch.unreported(piece)
        return [change for change in found if change.earliest <= day]

    def turned(self, key: str) -> Iterator[Turn]:
        """All the answers for a key, in order of days, in one pass; some may be the same."""
        at = self.columns.index.get(key)
        if at is None:
            return
        keys, days = days_of(self.columns, self.implied_within, at)
        told = self.whole.told(keys, days)
        possible, _ = told.sets()
        holdings = self.columns.table.holdings
        found_at = self.indices(key)
        reported = self.columns.last[found_at.start : found_at.stop].min()
        sets: dict[bytes, frozenset[Holding]] = {}
        for index, (day, best) in enumerate(zip(days.tolist(), told.best.tolist(), strict=True)):
            codes = possible[index]
            found = sets.get(name := codes.tobytes())
            if found is None:
                found = sets[name] = frozenset(holdings[code] for code in codes.tolist())
            yield Turn(day, found, holdings[best], bool(reported <= day))

    def breakpoints(self, key: str) -> list[int]:
        """The days on which the answer for a key can change, in order; the first is open."""
        days = self._turning_days(key)
        return [d for d in days if date.min.toordinal() < d <= date.max.toordinal()]

    def _turning_days(self, key: str) -> list[int]:
        at = self.columns.index.get(key)
        if at is None:
            return []
        found = slice(int(self.columns.starts[at]), int(self.columns.starts[at + 1]))
        turns: list[int] = np.unique(np.concatenate(list(self._turns(found)))).tolist()
        return turns

    def turning(self, start: int, end: int) -> list[str]:
        """The keys whose answer can change after the first of two days, up to the second."""
        columns = self.columns
        turning = np.zeros(len(columns), dtype=bool)
        for turns in self._turns(slice(None)):
            turning |= (start < turns) & (turns <= end)
        return [self.keys[i] for i in np.unique(columns.key[turning])]

    def _turns(self, found: slice) -> Iterator[Ints]:
        """Columns of the days on which the records of a slice can change their key's answer."""
        bounds = (self.columns.first[found], self.columns.last[found])
        yield self.columns.representative[found]  # where best may go over from one to another
        for bound in bounds:
            yield bound
            yield bound + 1
            if self.implied_within is not None:
                yield bound - self.implied_within
                yield bound - self.implied_within + 1

    def indices(self, key: str) -> range:
        """The register indices of a key's records."""
        at = self.columns.index.get(key)
        return (
            range(0)
            if at is None
            else range(int(self.columns.starts[at]), int(self.columns.starts[at + 1]))
        )

    def standing(self, key: str, start: int, day: int) -> list[int]:
        """The indices of a key's records that begin by a day, and end on or after a start."""
        found = self.indices(key)
        low, high = found.start, found.stop
        high = low + int(self.columns.first[low:high].searchsorted(day, "right"))
        ends: Ints = np.flatnonzero(self.columns.last[low:high] >= start)
        return [low + at for at in ends.tolist()]

    def clashes(self, key: str) -> list[tuple[int, int, int]]:
        """Pairs of a key's records neither of which is certainly later, and that do not agree.

        Returns:
            For each the day by which both have happened, and their indices.
        """
        if key not in self._clashes:
            self._clashes[key] = list(self._clashing(self.indices(key)))
        return self._clashes[key]

    def _clashing(self, found: range) -> Iterator[tuple[int, int, int]]:
        columns = self.columns
        first, last = (c[found.start : found.stop] for c in (columns.first, columns.last))
        after = columns.table.after_of[columns.move[found.start : found.stop]]
        reach = np.searchsorted(first, last, side="right")  # records are in order of first
        begin = np.arange(len(first)) + 1
        of, other = ranges(begin, reach - begin)
        differ = np.flatnonzero(after[of] != after[other])
        ready = np.maximum(last[of], last[other])
        for at in differ.tolist():
            yield int(ready[at]), found.start + int(of[at]), found.start + int(other[at])

    def window(self, index: int) -> tuple[int, int]:
        """First and last day of a record."""
        return int(self.columns.first[index]), int(self.columns.last[index])

    def move(self, index: int) -> Move:
        """What a record says."""
        return self.columns.said(index)

    # ---- all keys -------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Whole:
        """What answers for all keys at once."""
        return Whole(self.columns, self.implied_within, self._stretch)

    def state(self, day: int) -> WholeState:
        """What can have held for all keys at the end of a day."""
        return self.whole.state(day)
