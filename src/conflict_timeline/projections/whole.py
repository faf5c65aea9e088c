"""The whole state: what can have held for all keys on one day, over columns.

Most keys lie between two components of one record each on most days: there the answer is read off
the neighbours. For the others ``conceivable`` is told by its closed form, over the few records
around the day; where it gives several holdings, the pieces of the stretches that can tell of the
day decide. A stretch is searched once and its pieces are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.batch import NOTHING, Stretches, search_all
from conflict_timeline.projections.columns import LEVEL, Columns
from conflict_timeline.projections.conceivable import Runs, conceivable_of_all
from conflict_timeline.projections.holdings import Holding
from conflict_timeline.projections.ragged import Flags, Growing, Ints, ranges
from conflict_timeline.projections.worlds import Stretch

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NOT_ASKED", "NO_RECORD", "Sets", "Whole", "WholeState"]

_NONE = -1
#: From so many records on they are found by term; days of a term, and how many terms at most.
_MANY, _TERM, _MOST_TERMS = 200_000, 256, 100
#: Instead of a record: none by the day tells best, or only one holding is possible.
NO_RECORD, NOT_ASKED = -1, -2


@attrs.frozen(eq=False)
class Sets:
    """A set of holdings for each key.

    Attributes:
        begin: where each key's holdings begin; one more than keys.
        codes: numbers of holdings.
    """

    begin: Ints
    codes: Ints

    @classmethod
    def of(cls, count: int, owner: Ints, codes: Ints) -> Sets:
        """Sets from pairs of key and holding, each once, in any order."""
        order = np.argsort(owner, kind="stable")
        size = np.bincount(owner, minlength=count)
        return cls(np.append(0, np.cumsum(size)), codes[order])

    def __getitem__(self, index: int) -> Ints:
        return self.codes[self.begin[index] : self.begin[index + 1]]

    @property
    def owner(self) -> Ints:
        """The key that each of the codes is of."""
        return np.repeat(np.arange(len(self.begin) - 1), np.diff(self.begin))


@attrs.frozen(eq=False)
class WholeState:
    """What can have held for all keys on one day, as arrays.

    Attributes:
        keys: in sorted order.
        holdings: what the numbers of holdings stand for; 0 is unknown.
        best: number of the best holding, by key.
        possible_codes, conceivable_codes: the numbers of the holdings that are, by key.
        narrowed: by key, False where there were too many worlds to find those of least cost.
    """

    keys: Sequence[str]
    holdings: Sequence[Holding]
    best: Ints
    possible_codes: Sets
    conceivable_codes: Sets
    narrowed: Flags

    def to_arrow(self) -> pa.Table:
        """The answers as a ``pyarrow.Table``; needs the ``arrow`` extra.

        Its columns are ``place``; ``best``, a list of actor ids, null if unknown; ``possible`` and
        ``conceivable``, lists of such lists, unknown last; ``narrowed``.

        Raises:
            MissingExtraError: without pyarrow.
        """
        from conflict_timeline.projections.whole_arrow import arrow_table

        return arrow_table(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The same as an Arrow stream, which polars, pandas and DuckDB take as it is."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        return in_html(self)

    def possible(self, index: int) -> frozenset[Holding]:
        """The possible holdings of the key at an index."""
        return frozenset(self.holdings[code] for code in self.possible_codes[index].tolist())

    def conceivable(self, index: int) -> frozenset[Holding]:
        """The conceivable holdings of the key at an index."""
        return frozenset(self.holdings[code] for code in self.conceivable_codes[index].tolist())


class Whole:
    """Whole states from columns; pieces of searched stretches are kept."""

    def __init__(
        self,
        columns: Columns,
        implied_within: int | None,
        search: Callable[[int, tuple[int, int]], Stretch | None],
    ) -> None:
        """Takes the columns.

        Args:
            columns: the records.
            implied_within: as ``Register`` takes it.
            search: the least-cost worlds of one stretch, by key and components.
        """
        self.columns = columns
        self.implied_within = implied_within
        self._search = search
        self.searched = 0  # stretches, so far
        # By key, the record by the day that best is told by, where several are possible.
        self.told_by = np.full(len(columns.keys), NOT_ASKED)
        starts = columns.starts
        self._first = columns.component[np.minimum(starts[:-1], max(len(columns) - 1, 0))]
        self._end = columns.component[starts[1:] - 1] + 1
        self._cut()

    def _cut(self) -> None:
        """Stretches: each begins with a key's first component, or after one that leaves one."""
        columns = self.columns
        count = len(columns.component_begin) - 1
        begins = np.zeros(count, dtype=bool)
        begins[1:] = columns.leaves_one[:-1] if count else False
        begins[self._first] = True
        self._stretch_of = np.cumsum(begins) - 1
        self._stretch_begin = np.flatnonzero(begins)
        stretches = len(self._stretch_begin)
        self._stretch_end = np.append(self._stretch_begin[1:], count)
        # Where the pieces of each stretch are kept; how many, -1 if it was not searched yet, -2 if
        # it cannot be narrowed. Behind the last stretch of each key there may be one without
        # records, for the days after: they are numbered after the others, by key.
        self._piece_begin = np.zeros(stretches + len(columns.keys), dtype=np.int64)
        self._piece_count = np.full(stretches + len(columns.keys), -1)
        self._pieces = tuple(Growing() for _ in range(3))

    def state(self, day: int) -> WholeState:
        """What can have held for all keys at the end of a day."""
        columns = self.columns
        count = len(columns.keys)
        begun = self._begun(day)
        has_before = begun >= columns.starts[:-1]
        has_after = begun + 1 < columns.starts[1:]
        before = np.where(has_before, begun, 0)
        after = np.where(has_after, begun + 1, 0)
        plain = ~has_before | (columns.single[before] & (columns.last[before] <= day))
        plain &= ~has_after | columns.single[after]
        left = columns.table.after_of[columns.move[before]]
        coming = columns.move[after]
        best = np.where(has_before, left, 0)
        shows = np.flatnonzero(has_before & has_after & plain & (columns.first[before] < day))
        shows = shows[~columns.table.fits(coming[shows], left[shows])]
        other = np.full(count, _NONE)
        other[shows] = columns.table.before_of[coming[shows]]
        self._imply(day, ~has_before & has_after & plain, after, best, other)
        hard = np.flatnonzero(~plain)
        self.told_by = np.full(count, NOT_ASKED)
        narrowed = np.ones(count, dtype=bool)
        easy = np.flatnonzero(plain)
        two = np.flatnonzero(plain & (other != _NONE))
        possible = wide = (np.concatenate([easy, two]), np.concatenate([best[easy], other[two]]))
        if len(hard):
            current = np.where(
                has_before[hard], columns.component[before[hard]], self._first[hard] - 1
            )
            owner, codes = self._conceivable(hard, current, day)
            wide = _joined(wide, (hard[owner], codes))
            several = np.flatnonzero(np.bincount(owner, minlength=len(hard)) > 1)
            settled = np.isin(owner, several, invert=True)
            best[hard[owner[settled]]] = codes[settled]
            possible = _joined(possible, (hard[owner[settled]], codes[settled]))
            if len(several):
                keys = hard[several]
                found, narrow = self._possible(keys, current[several], day)
                narrowed[keys[~narrow]] = False
                open_ones = np.isin(owner, several[~narrow])
                at = np.searchsorted(several, owner[open_ones])
                told = _joined(found, (at, codes[open_ones]))
                best[keys] = self._best(keys, told, day)
                possible = _joined(possible, (keys[told[0]], told[1]))
        return WholeState(
            columns.keys,
            columns.table.holdings,
            best,
            Sets.of(count, *possible),
            Sets.of(count, *wide),
            narrowed,
        )

    def _begun(self, day: int) -> Ints:
        """By key, the last record that begins by a day; the one before its first, if none does."""
        columns = self.columns
        keys = np.arange(len(columns.keys), dtype=np.int64)
        if len(columns) < _MANY:
            levels = keys * LEVEL + (day - OPEN_PAST)
            return np.searchsorted(columns.level, levels, side="right") - 1
        start, table = self._by_term
        width = len(table) // len(keys)
        at = keys * width + min(max((day - start) // _TERM + 1, 0), width - 1)
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

    def _imply(self, day: int, which: Flags, after: Ints, best: Ints, other: Ints) -> None:
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

    def _conceivable(self, keys: Ints, current: Ints, day: int) -> tuple[Ints, Ints]:
        """What is conceivable for some keys; ``current`` is the last component that has begun."""
        columns = self.columns
        low = columns.component_begin[np.maximum(self._first[keys], current - 1)]
        high = columns.component_begin[np.minimum(self._end[keys], current + 2)]
        owner, row = ranges(low, high - low)
        begin = np.cumsum(high - low) - (high - low)
        runs = Runs(begin, owner, columns.first[row], columns.last[row], columns.move[row])
        return conceivable_of_all(runs, columns.table, day, self.implied_within)

    def _possible(self, keys: Ints, current: Ints, day: int) -> tuple[tuple[Ints, Ints], Flags]:
        """Pairs of index into ``keys`` and possible holding; which of the keys are narrowed."""
        first, end = self._first[keys], self._end[keys]
        begun = np.flatnonzero(current >= first)
        # After a component that leaves one holding, the next stretch tells of the day as well.
        after = np.flatnonzero((current < first) | self.columns.leaves_one[current])
        behind = current[after] + 1
        ahead = np.where(
            behind < end[after],
            self._stretch_of[np.minimum(behind, len(self._stretch_of) - 1)],
            len(self._stretch_begin) + keys[after],
        )
        index = np.concatenate([begun, after])
        stretch = np.concatenate([self._stretch_of[current[begun]], ahead])
        self._ensure(np.unique(stretch), keys, index, stretch)
        narrow = np.ones(len(keys), dtype=bool)
        narrow[index[self._piece_count[stretch] < 0]] = False
        asked = narrow[index]
        index, stretch = index[asked], stretch[asked]
        owner, piece = ranges(self._piece_begin[stretch], self._piece_count[stretch])
        start, last, holding = (column.values[piece] for column in self._pieces)
        on = (start <= day) & (day <= last)
        count = len(self.columns.table.holdings)
        pairs = np.unique(index[owner[on]] * count + holding[on])
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
            self._keep(missing[i], self._search(int(of[i]), components[i]))

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
        behind = missing >= len(self._stretch_begin)  # after a key's last record
        inside = np.where(behind, 0, missing)
        low = np.where(behind, self._end[of], self._stretch_begin[inside])
        high = np.where(behind, self._end[of], self._stretch_end[inside])
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

    def _best(self, keys: Ints, told: tuple[Ints, Ints], day: int) -> Ints:
        """The best of the possible holdings of some keys; pairs of index into them and holding."""
        columns, table = self.columns, self.columns.table
        count = len(table.holdings)
        member = np.unique(told[0] * count + told[1])
        size = np.bincount(told[0], minlength=len(keys))
        begin = np.cumsum(size) - size
        by_rank = np.argsort(told[0] * count + table.canonical_rank[told[1]])
        best: Ints = told[1][by_rank][begin]
        levels = keys * LEVEL + (day - OPEN_PAST)
        by = np.searchsorted(columns.representative_level, levels, side="right")
        low, high = columns.starts[keys], columns.starts[keys + 1]
        open_ones = np.flatnonzero(size > 1)
        self.told_by[keys[open_ones]] = NO_RECORD
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
                    self.told_by[keys[trying[found]]] = columns.believed[at[found]]
                trying, at = trying[~found], at[~found] + step
            open_ones = np.concatenate(unresolved)
        return best


def _joined(a: tuple[Ints, Ints], b: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    return np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])
