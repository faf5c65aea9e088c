"""The present of a log, made beforehand: the answer for each place on every day, as known now.

Each span of a place has, beside its answer, the days of knowledge for which that answer is the
same: what is not known yet by an earlier day mostly lies elsewhere in time. So most of a whole
state as known by another day is read off the present as well, and the rest is told from rows.

A span's answer follows from the stretches that can tell of its days, and from what stands on either
side of them. ``settled`` is the day of publication of the last of those records, or, if that is
later, the last day on which something was taken back that reaches into them: whoever knows what was
published by that day, or by a later one, has the same answer. And where only one holding is left at
the end of a component, whoever knows all of that component and nothing of what comes later has that
holding alone: that is so from ``alone`` until before ``later``.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from conflict_timeline.dates import OPEN_FUTURE
from conflict_timeline.projections.ragged import Flags, Ints
from conflict_timeline.projections.spans import FIRST_DAY, AnswerTable

__all__ = ["COLUMNS", "IMPLIED_WITHIN", "Now", "Spans"]

#: What views take unless they are asked for something else.
IMPLIED_WITHIN = 365

#: The columns of a span and their types; 20 bytes a span.
COLUMNS = {
    "start": "<i4",  # its first day
    "answer": "<i4",  # number of the answer, as known now; 0 where nothing is reported
    "settled": "<i4",
    "alone": "<i4",
    "later": "<i4",
}

_SPANS_A_TERM = 1

Spans = dict[str, npt.NDArray[np.int32]]


@attrs.frozen(eq=False)
class Terms:
    """Where the spans of each place begin, by terms of equal length.

    A search through all spans touches memory all over; with this it begins near its end.

    Attributes:
        first: the first day of the second term; the first is of what begins before them all.
        length: of a term, in days.
        table: by term and place, its first span or a later one; after the last the end of all.
    """

    first: int
    length: int
    table: npt.NDArray[np.int32]

    @classmethod
    def of(cls, begin: Ints, starts: npt.NDArray[np.int32]) -> Terms:
        """The terms of spans; ``begin`` as ``Now`` has it, and their first days."""
        places = len(begin) - 1
        start = starts.astype(np.int64)
        closed = start[start > FIRST_DAY]
        first, last = int(closed.min(initial=OPEN_FUTURE)), int(closed.max(initial=FIRST_DAY))
        terms = max(1, len(start) // (_SPANS_A_TERM * max(1, places)))
        length = max(1, -(-(last - first + 1) // terms))
        width = max(0, last - first) // length + 2
        key = np.repeat(np.arange(places), np.diff(begin))
        term = np.clip((start - first) // length + 1, 0, width - 1)
        count = np.bincount(key * width + term, minlength=places * width)
        ends = np.cumsum(count).reshape(places, width)
        table = np.concatenate([begin[:-1, None], ends], axis=1).T
        return cls(first, length, np.ascontiguousarray(table, dtype=np.int32))


@attrs.frozen(eq=False)
class _Read:
    """The columns as they are read one by one, which of arrays takes several times as long."""

    begin: memoryview
    start: memoryview
    answer: memoryview
    settled: memoryview
    alone: memoryview
    later: memoryview


@attrs.define(eq=False, slots=False)
class Now:
    """The spans of places.

    Attributes:
        position: the log position that they are of.
        begin: where the spans of each place begin, by its number; one more than places. A place
            without spans is told from its rows, or from its events.
        spans: the columns.
        table: what the numbers of answers stand for.
        foresees: whether a record is about days after its publication, which was not told.
        terms: where in time spans begin.
        told: answers by number, for those who have asked for them.
    """

    position: int
    begin: Ints
    spans: Spans
    table: AnswerTable
    foresees: bool
    terms: Terms
    told: dict[int, Any] = attrs.field(factory=dict)

    def answer(self, code: int, day: int, known_by: int | None) -> int:
        """The number of the answer for a place at the end of a day; 0 if it does not tell."""
        if code >= len(self.begin) - 1:
            return 0
        if known_by is not None and not self.foresees:
            day = min(day, known_by)
        read = self._read
        begin = read.begin[code]
        at = bisect_right(read.start, day, begin, read.begin[code + 1]) - 1
        if at < begin:
            return 0
        if known_by is None or read.settled[at] <= known_by:
            return read.answer[at]
        if read.alone[at] <= known_by < read.later[at]:
            return int(self._single[self.table.known.best[read.answer[at]]])
        return 0

    @cached_property
    def _read(self) -> _Read:
        return _Read(self.begin.data, *(self.spans[name].data for name in COLUMNS))

    def answers(self, codes: Ints, day: int, known_by: int | None) -> tuple[Ints, Flags]:
        """The numbers of the answers for places at the end of a day, and which of them it tells.

        Args:
            codes: numbers of places.
            day: an ordinal.
            known_by: None for as known now.
        """
        if not len(self.spans["start"]):
            return np.zeros_like(codes), np.zeros(len(codes), dtype=bool)
        if known_by is not None and not self.foresees:
            day = min(day, known_by)  # all that is known by then had happened by then
        there = codes < len(self.begin) - 1
        codes = np.where(there, codes, 0)
        has = there & (self.begin[codes] < self.begin[codes + 1])
        at = np.where(has, self._at(codes, day), 0)
        found = self.spans["answer"][at].astype(np.int64)
        if known_by is None:
            return found, has
        same = self.spans["settled"][at] <= known_by
        rest = np.flatnonzero(~same & has)
        some = at[rest]
        alone = (self.spans["alone"][some] <= known_by) & (known_by < self.spans["later"][some])
        alone_at = rest[alone]  # of which something is reported
        best = self.table.known.best[found[alone_at]]
        found[alone_at] = self._single[best]
        same[alone_at] = True
        return found, same & has

    @cached_property
    def _single(self) -> Ints:
        """By number of a holding, the answer that it is all that is conceivable; 0 if not there."""
        best = np.unique(self.table.known.best[1:])
        found = np.zeros(int(best.max(initial=0)) + 1, dtype=np.int64)
        found[best] = self.table.single(best)
        return found

    def _at(self, codes: Ints, day: int) -> Ints:
        """The spans that a day of places lies in."""
        start = self.spans["start"]
        table = self.terms.table
        term = min(max((day - self.terms.first) // self.terms.length + 1, 0), len(table) - 2)
        low, high = table[term][codes], table[term + 1][codes]
        # Of those that begin in the term the last that has begun, or else the one before them.
        open_ones = np.flatnonzero(low < high)
        while len(open_ones):
            middle = (low[open_ones] + high[open_ones]) >> 1
            begun = start[middle] <= day
            low[open_ones] = np.where(begun, middle + 1, low[open_ones])
            high[open_ones] = np.where(begun, high[open_ones], middle)
            open_ones = open_ones[low[open_ones] < high[open_ones]]
        at: Ints = low.astype(np.int64) - 1
        return at
