"""What can have held for many keys, each on a day of its own, over columns.

The whole state of a day asks about all keys at once. Most keys lie between two components of one
record each on most days: there the answer is read off the neighbours. For the others
``conceivable`` is told by its closed form, over the few records around the day; where it gives
several holdings, the pieces of the stretches that can tell of the day decide. A stretch is searched
once and its pieces are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import attrs
import numpy as np

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.batch import NOTHING, Stretches, search_all
from conflict_timeline.projections.columns import LEVEL, Columns
from conflict_timeline.projections.conceivable import Runs, conceivable_of_all
from conflict_timeline.projections.ragged import Flags, Growing, Ints, distinct, ranges
from conflict_timeline.projections.whole_state import Sets, WholeState
from conflict_timeline.projections.worlds import Stretch

__all__ = ["NOT_ASKED", "NO_RECORD", "Told", "Whole"]

_NONE = -1
#: From so many records on they are found by term; days of a term, and how many terms at most.
_MANY, _TERM, _MOST_TERMS = 200_000, 256, 100
#: Instead of a record: none by the day tells best, or only one holding is possible.
NO_RECORD, NOT_ASKED = -1, -2


@attrs.frozen(eq=False)
class Told:
    """What can have held, for each of many questions: a key, and a day.

    Attributes:
        best: number of the best holding.
        possible, conceivable: pairs of question and number of a holding, each once.
        narrowed: False where there were too many worlds to find those of least cost.
        hard: True where it did not follow from the components of one record on both sides.
        current: the last component that has begun by the day; the one before the key's first, if
            none has.
        told_by: the record by the day that best is told by, where several are possible.
    """

    best: Ints
    possible: tuple[Ints, Ints]
    conceivable: tuple[Ints, Ints]
    narrowed: Flags
    hard: Flags
    current: Ints
    told_by: Ints

    def sets(self) -> tuple[Sets, Sets]:
        """The possible and the conceivable holdings, by question."""
        count = len(self.best)
        return Sets.of(count, *self.possible), Sets.of(count, *self.conceivable)


class Whole:
    """Answers from columns; pieces of searched stretches are kept."""

    def __init__(
        self,
        columns: Columns,
        implied_within: int | None,
        search: Callable[[int, tuple[int, int]], Stretch | None] | None,
    ) -> None:
        """Takes the columns.

        Args:
            columns: the records.
            implied_within: as ``Register`` takes it.
            search: the least-cost worlds of one stretch, by key and components; None to leave
                those alone that are too large to be searched together.
        """
        self.columns = columns
        self.implied_within = implied_within
        self._search = search
        self.searched = 0  # stretches, so far
        self.left_alone: set[int] = set()  # keys that have such a stretch, among those asked about
        starts = columns.starts
        self.first_component = columns.component[np.minimum(starts[:-1], max(len(columns) - 1, 0))]
        self.end_component = columns.component[starts[1:] - 1] + 1
        self._cut()

    def _cut(self) -> None:
        """Stretches: each begins with a key's first component, or after one that leaves one."""
        columns = self.columns
        count = len(columns.component_begin) - 1
        begins = np.zeros(count, dtype=bool)
        begins[1:] = columns.leaves_one[:-1] if count else False
        begins[self.first_component] = True
        self.stretch_of = np.cumsum(begins) - 1
        self.stretch_begin = np.flatnonzero(begins)
        stretches = len(self.stretch_begin)
        self.stretch_end = np.append(self.stretch_begin[1:], count)
        # Where the pieces of each stretch are kept; how many, -1 if it was not searched yet, -2 if
        # it cannot be narrowed. Behind the last stretch of each key there may be one without
        # records, for the days after: they are numbered after the others, by key.
        self._piece_begin = np.zeros(stretches + len(columns.keys), dtype=np.int64)
        self._piece_count = np.full(stretches + len(columns.keys), -1)
        self._pieces = tuple(Growing() for _ in range(3))

    def overlapping(self, more_than: int) -> Ints:
        """The keys that have a stretch of more records than so many."""
        begin = self.columns.component_begin
        large = begin[self.stretch_end] - begin[self.stretch_begin] > more_than
        return distinct(self.columns.key[begin[self.stretch_begin[large]]])

    def state(self, day: int) -> WholeState:
        """What can have held for all keys at the end of a day."""
        return self.state_of(self.told(np.arange(len(self.columns.keys)), day))

    def state_of(self, told: Told) -> WholeState:
        """The whole state that was told of all keys."""
        columns = self.columns
        holdings = columns.table.holdings
        return WholeState(columns.keys, holdings, told.best, *told.sets(), told.narrowed)

    def told(self, keys: Ints, day: Ints | int) -> Told:
        """What can have held for some keys, at the end of a day each.

        Args:
            keys: numbers of keys.
            day: for each of them, or for all.
        """
        columns = self.columns
        count = len(keys)
        days = np.broadcast_to(np.asarray(day, dtype=np.int64), count)
        begun = self._begun(keys, days)
        has_before = begun >= columns.starts[keys]
        has_after = begun + 1 < columns.starts[keys + 1]
        before = np.where(has_before, begun, 0)
        after = np.where(has_after, begun + 1, 0)
        plain = ~has_before | (columns.single[before] & (columns.last[before] <= days))
        plain &= ~has_after | columns.single[after]
        left = columns.table.after_of[columns.move[before]]
        coming = columns.move[after]
        best = np.where(has_before, left, 0)
        shows = np.flatnonzero(has_before & has_after & plain & (columns.first[before] < days))
        shows = shows[~columns.table.fits(coming[shows], left[shows])]
        other = np.full(count, _NONE)
        other[shows] = columns.table.before_of[coming[shows]]
        self._imply(days, ~has_before & has_after & plain, after, best, other)
        current = np.where(has_before, columns.component[before], self.first_component[keys] - 1)
        told_by = np.full(count, NOT_ASKED)
        narrowed = np.ones(count, dtype=bool)
        easy = np.flatnonzero(plain)
        two = np.flatnonzero(plain & (other != _NONE))
        possible = wide = (np.concatenate([easy, two]), np.concatenate([best[easy], other[two]]))
        hard = np.flatnonzero(~plain)
        if len(hard):
            owner, codes = self._conceivable(keys[hard], current[hard], days[hard])
            wide = _joined(wide, (hard[owner], codes))
            size = np.bincount(owner, minlength=len(hard))
            settled = size[owner] == 1
            best[hard[owner[settled]]] = codes[settled]
            possible = _joined(possible, (hard[owner[settled]], codes[settled]))
            several = np.flatnonzero(size > 1)
            if len(several):
                asked = hard[several]
                found, narrow = self._possible(keys[asked], current[asked], days[asked])
                narrowed[asked[~narrow]] = False
                at = np.full(len(hard), _NONE)
                at[several[~narrow]] = np.flatnonzero(~narrow)
                open_ones = at[owner] != _NONE
                all_ = _joined(found, (at[owner[open_ones]], codes[open_ones]))
                best[asked], told_by[asked] = self._best(keys[asked], all_, days[asked])
                possible = _joined(possible, (asked[all_[0]], all_[1]))
        return Told(best, possible, wide, narrowed, ~plain, current, told_by)

    def _begun(self, keys: Ints, day: Ints) -> Ints:
        """The last record of each key that begins by a day; the one before its first, if none."""
        columns = self.columns
        if len(columns) < _MANY:
            return np.searchsorted(columns.level, keys * LEVEL + (day - OPEN_PAST), "right") - 1
        start, table = self._by_term
        width = len(table) // len(columns.keys)
        at = keys * width + np.clip((day - start) // _TERM + 1, 0, width - 1)
        low, high = table[at], np.append(table, len(columns))[at + 1]
        while True:
            open_ones = low < high
            if not open_ones.any():
                return low - 1
            middle = (low + high) >> 1
            begun = open_ones & (columns.first[np.minimum(middle, len(columns) - 1)] <= day)
            low, high = np.where(begun, middle + 1, low), np.where(begun, high, middle)

    @cached_property
    def _by_term(self) -> tuple[int, Ints]:
        """The first day of the first term, and by key and term where its records begin.

        A search through all records touches memory all over; with this it begins near its end.
        The first of the terms is of what begins before them all.
        """
        columns = self.columns
        closed = columns.first[columns.first > OPEN_PAST]
        start = int(closed.min(initial=OPEN_FUTURE))
        last = int(closed.max(initial=start))
        width = min((last - start) // _TERM, _MOST_TERMS) + 2
        term = np.clip((columns.first - start) // _TERM + 1, 0, width - 1)
        count = np.bincount(columns.key * width + term, minlength=len(columns.keys) * width)
        return start, np.cumsum(count) - count

    def _imply(self, day: Ints, which: Flags, after: Ints, best: Ints, other: Ints) -> None:
        """Fills in what the first record says of the days before it."""
        columns = self.columns
        implied = columns.table.before_of[columns.move[after]]
        if self.implied_within is None:
            best[which] = implied[which]
            return
        near = which & (columns.first[after] - self.implied_within <= day)
        best[near] = implied[near]
        far = which & (columns.last[after] - self.implied_within > day) & (implied != 0)
        other[far & near] = 0

    def _conceivable(self, keys: Ints, current: Ints, day: Ints) -> tuple[Ints, Ints]:
        """What is conceivable for some keys; ``current`` is the last component that has begun."""
        columns = self.columns
        low = columns.component_begin[np.maximum(self.first_component[keys], current - 1)]
        high = columns.component_begin[np.minimum(self.end_component[keys], current + 2)]
        owner, row = ranges(low, high - low)
        begin = np.cumsum(high - low) - (high - low)
        runs = Runs(begin, owner, columns.first[row], columns.last[row], columns.move[row])
        return conceivable_of_all(runs, columns.table, day, self.implied_within)

    def _possible(self, keys: Ints, current: Ints, day: Ints) -> tuple[tuple[Ints, Ints], Flags]:
        """Pairs of question and possible holding; which of the questions are narrowed."""
        first, end = self.first_component[keys], self.end_component[keys]
        begun = np.flatnonzero(current >= first)
        # After a component that leaves one holding, the next stretch tells of the day as well.
        after = np.flatnonzero((current < first) | self.columns.leaves_one[current])
        behind = current[after] + 1
        ahead = np.where(
            behind < end[after],
            self.stretch_of[np.minimum(behind, len(self.stretch_of) - 1)],
            len(self.stretch_begin) + keys[after],
        )
        index = np.concatenate([begun, after])
        stretch = np.concatenate([self.stretch_of[current[begun]], ahead])
        self._ensure(distinct(stretch), keys, index, stretch)
        narrow = np.ones(len(keys), dtype=bool)
        narrow[index[self._piece_count[stretch] < 0]] = False
        asked = narrow[index]
        index, stretch = index[asked], stretch[asked]
        owner, piece = ranges(self._piece_begin[stretch], self._piece_count[stretch])
        start, last, holding = (column.values[piece] for column in self._pieces)
        of = index[owner]
        on = (start <= day[of]) & (day[of] <= last)
        count = len(self.columns.table.holdings)
        pairs = distinct(of[on] * count + holding[on])
        return (pairs // count, pairs % count), narrow

    def _ensure(self, wanted: Ints, keys: Ints, index: Ints, stretch: Ints) -> None:
        """Searches those of the wanted stretches that were not yet."""
        missing = wanted[self._piece_count[wanted] == -1]
        if not len(missing):
            return
        self.searched += len(missing)
        at = np.searchsorted(missing, stretch)
        of = np.zeros(len(missing), dtype=np.int64)  # the key of each
        hit = missing[np.minimum(at, len(missing) - 1)] == stretch
        of[at[hit]] = keys[index[hit]]
        asked, components = self._asked(missing, of)
        pieces = search_all(asked, self.columns.table, self.implied_within)
        order = np.argsort(pieces.stretch, kind="stable")
        begin = np.searchsorted(pieces.stretch[order], np.arange(len(missing) + 1))
        self._piece_begin[missing] = begin[:-1] + len(self._pieces[0])
        self._piece_count[missing] = np.diff(begin)
        for column, more in zip(
            self._pieces, (pieces.start, pieces.end, pieces.holding), strict=True
        ):
            column.extend(more[order])
        for i in np.flatnonzero(pieces.left).tolist():
            if self._search is None:
                self.left_alone.add(int(of[i]))
            found = None if self._search is None else self._search(int(of[i]), components[i])
            self._keep(missing[i], found)

    def _keep(self, stretch: int, found: Stretch | None) -> None:
        """Keeps what a search of one stretch by itself has found."""
        if found is None:
            self._piece_count[stretch] = -2
            return
        code = self.columns.table.holding_code
        told = [(p.start, p.end, code(p.holding)) for p in found.pieces]
        self._piece_begin[stretch] = len(self._pieces[0])
        self._piece_count[stretch] = len(told)
        for column, values in zip(self._pieces, zip(*told, strict=True), strict=False):
            column.extend(np.asarray(values, dtype=np.int64))

    def _asked(self, missing: Ints, of: Ints) -> tuple[Stretches, list[tuple[int, int]]]:
        """The records of stretches; and the components that each is of."""
        columns = self.columns
        behind = missing >= len(self.stretch_begin)  # after a key's last record
        inside = np.where(behind, 0, missing)
        low = np.where(behind, self.end_component[of], self.stretch_begin[inside])
        high = np.where(behind, self.end_component[of], self.stretch_end[inside])
        begin, stop = columns.component_begin[low], columns.component_begin[high]
        _, row = ranges(begin, stop - begin)
        # In order of (first, last), as ``worlds.search`` wants it.
        owner = np.repeat(np.arange(len(missing)), stop - begin)
        row = row[np.lexsort((columns.last[row], columns.first[row], owner))]
        has_start = begin > columns.starts[of]
        previous = np.maximum(begin - 1, 0)
        start = np.where(has_start, columns.table.after_of[columns.move[previous]], NOTHING)
        start_day = np.where(
            has_start, columns.component_max_first[np.maximum(low - 1, 0)], OPEN_PAST
        )
        ends = (stop == columns.starts[of + 1]) & (
            behind | ~columns.leaves_one[np.maximum(high - 1, 0)]
        )
        asked = Stretches(
            np.append(0, np.cumsum(stop - begin)),
            columns.first[row],
            columns.last[row],
            columns.move[row],
            start_day,
            start,
            ends,
        )
        return asked, list(zip(low.tolist(), high.tolist(), strict=True))

    def _best(self, keys: Ints, told: tuple[Ints, Ints], day: Ints) -> tuple[Ints, Ints]:
        """The best of the possible holdings of some keys; pairs of index into them and holding.

        Returns:
            The numbers of holdings, and by which records they are told: see ``Told``.
        """
        columns, table = self.columns, self.columns.table
        count = len(table.holdings)
        member = distinct(told[0] * count + told[1])
        size = np.bincount(told[0], minlength=len(keys))
        begin = np.cumsum(size) - size
        by_rank = np.argsort(told[0] * count + table.canonical_rank[told[1]])
        best: Ints = told[1][by_rank][begin]
        levels = keys * LEVEL + (day - OPEN_PAST)
        by = np.searchsorted(columns.representative_level, levels, side="right")
        low, high = columns.starts[keys], columns.starts[keys + 1]
        open_ones = np.flatnonzero(size > 1)
        told_by = np.full(len(keys), NOT_ASKED)
        told_by[open_ones] = NO_RECORD
        for step, leads_to in ((-1, table.after_of), (1, table.before_of)):
            at = by[open_ones] - (step < 0)
            trying, unresolved = open_ones, [open_ones[:0]]
            while len(trying):
                inside = (at >= low[trying]) & (at < high[trying])
                unresolved.append(trying[~inside])
                trying, at = trying[inside], at[inside]
                holding = leads_to[columns.move[columns.believed[at]]]
                pair = trying * count + holding
                found = member[np.minimum(np.searchsorted(member, pair), len(member) - 1)] == pair
                best[trying[found]] = holding[found]
                if step < 0:
                    told_by[trying[found]] = columns.believed[at[found]]
                trying, at = trying[~found], at[~found] + step
            open_ones = np.concatenate(unresolved)
        return best, told_by


def _joined(a: tuple[Ints, Ints], b: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    return np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])
