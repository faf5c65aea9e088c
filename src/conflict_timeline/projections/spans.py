"""Spans: the answers of keys between the days on which they change, all made beforehand.

An answer is the best holding, the possible and the conceivable ones, and whether the possible ones
are narrowed. There are few different answers, however many spans: each is a number in a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs
import numpy as np

from conflict_timeline.projections.columns import LEVEL, Columns
from conflict_timeline.projections.ragged import Flags, Ints, distinct
from conflict_timeline.projections.whole import Told
from conflict_timeline.projections.whole_state import Sets

__all__ = ["FIRST_DAY", "AnswerTable", "Known", "turns"]

#: The days that can be asked about, as ordinals.
FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()


class _Numbers:
    """Numbers of pairs of numbers, from 1 on: the same pair always has the same."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}
        self.pairs: list[tuple[int, int]] = [(0, 0)]

    def of(self, a: Ints, b: Ints) -> Ints:
        """The numbers of pairs; those that are new get the next ones."""
        pairs, which = np.unique(a << 32 | b, return_inverse=True)
        found = [self._of.get(pair) or self._add(pair) for pair in pairs.tolist()]
        return np.asarray(found, dtype=np.int64)[which]

    def _add(self, pair: int) -> int:
        self._of[pair] = len(self.pairs)
        self.pairs.append((pair >> 32, pair & 0xFFFFFFFF))
        return len(self.pairs) - 1


@attrs.frozen(eq=False)
class Known:
    """What the numbers of a table of answers stand for, as arrays by number.

    Attributes:
        best: number of the best holding.
        possible, conceivable: the numbers of the holdings that are.
        narrowed: False where there were too many worlds to find those of least cost.
    """

    best: Ints
    possible: Sets
    conceivable: Sets
    narrowed: Flags


class AnswerTable:
    """The different answers, by number; it only grows."""

    def __init__(self) -> None:
        self._sets = _Numbers()  # a set is the set of its members but the greatest, and that one
        self._wide = _Numbers()  # possible and conceivable
        self._answers = _Numbers()
        self._known: Known | None = None

    def __len__(self) -> int:
        return len(self._answers.pairs)

    def of(self, told: Told) -> Ints:
        """The numbers of what was told of many questions."""
        possible, conceivable = (
            self._set_of(len(told.best), *pairs) for pairs in (told.possible, told.conceivable)
        )
        return self._of(possible, conceivable, told.best, told.narrowed)

    def single(self, holding: Ints) -> Ints:
        """The numbers of the answers in which one holding is all that is conceivable."""
        only = self._sets.of(np.zeros_like(holding), holding)
        return self._of(only, only, holding, np.ones(len(holding), dtype=bool))

    def _of(self, possible: Ints, conceivable: Ints, best: Ints, narrowed: Flags) -> Ints:
        return self._answers.of(self._wide.of(possible, conceivable), best << 1 | narrowed)

    def _set_of(self, count: int, owner: Ints, codes: Ints) -> Ints:
        pairs = np.sort(owner << 32 | codes)
        owner, codes = pairs >> 32, pairs & 0xFFFFFFFF
        size = np.bincount(owner, minlength=count)
        begin = np.cumsum(size) - size
        found = np.zeros(count, dtype=np.int64)
        for depth in range(int(size.max(initial=0))):
            more = np.flatnonzero(size > depth)
            found[more] = self._sets.of(found[more], codes[begin[more] + depth])
        return found

    @property
    def known(self) -> Known:
        """What the numbers stand for; 0 is none."""
        if self._known is None or len(self._known.best) != len(self):
            wide, best = zip(*self._answers.pairs, strict=True)
            told = np.asarray(best, dtype=np.int64)
            pairs = [self._wide.pairs[number] for number in wide]
            self._known = Known(
                told >> 1,
                self._members(possible for possible, _ in pairs),
                self._members(conceivable for _, conceivable in pairs),
                (told & 1).astype(bool),
            )
        return self._known

    def _members(self, sets: Iterable[int]) -> Sets:
        begin, codes = [0], []
        for number in sets:
            while number:
                number, code = self._sets.pairs[number]
                codes.append(code)
            begin.append(len(codes))
        return Sets(np.asarray(begin, dtype=np.int64), np.asarray(codes, dtype=np.int64))

    def plain(self) -> list[list[list[int]]]:
        """All of it as plain lists, for ``taken``."""
        tables = (self._sets, self._wide, self._answers)
        return [[list(pair) for pair in numbers.pairs[1:]] for numbers in tables]

    @classmethod
    def taken(cls, plain: list[list[list[int]]]) -> AnswerTable:
        """The table that ``plain`` gave.

        Raises:
            ValueError: if it gave no such lists.
        """
        made = cls()
        for numbers, pairs in zip((made._sets, made._wide, made._answers), plain, strict=True):
            for a, b in pairs:
                numbers._add(a << 32 | b)
        return made


def turns(
    columns: Columns, implied_within: int | None, only: int | None = None
) -> tuple[Ints, Ints]:
    """Keys, and the days from which on the answer for them can be another than the day before.

    Each key has the first day that can be asked about; in order of key and day.

    Args:
        columns: the records.
        implied_within: as ``Register`` takes it.
        only: the number of a key, for that one alone.
    """
    low, high = (0, len(columns.keys)) if only is None else (only, only + 1)
    begin, end = int(columns.starts[low]), int(columns.starts[high])
    key, first, last = (c[begin:end] for c in (columns.key, columns.first, columns.last))
    vague = np.flatnonzero(first != last)
    of = [np.arange(low, high, dtype=np.int64), key, key, *(key[vague],) * 3]
    days = [np.full(high - low, FIRST_DAY), first, first + 1, last[vague], last[vague] + 1]
    days.append(columns.representative[begin:end][vague])  # where best may go over to another
    if implied_within is not None and len(first):
        ends = np.minimum.reduceat(last, columns.starts[low:high] - begin)
        early = np.flatnonzero(first <= ends[key - low])  # those that can be a key's first
        for bound in (first[early], last[early]):
            of += [key[early]] * 2
            days += [bound - implied_within, bound - implied_within + 1]
    day = np.concatenate(days)
    level = np.concatenate(of) * LEVEL + day
    found = distinct(level[(day >= FIRST_DAY) & (day <= LAST_DAY)])
    return found // LEVEL, found % LEVEL
