"""The columns of a register: records sorted by key and earliest day, and cut into components.

A component is a run of records about one key whose windows overlap, so that every world agrees on
the order of components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.holdings import Move
from conflict_timeline.projections.moves import Moves
from conflict_timeline.projections.ragged import Ints

__all__ = ["LEVEL", "Columns", "Record"]

#: Each key has its own level of ordinals, wider than any span of days, open ends included.
LEVEL = 2**32


@attrs.frozen
class Record:
    """One dated record about a key.

    Attributes:
        key: what it is about.
        first, last: earliest and latest day, as ordinals (``OPEN_PAST``, ``OPEN_FUTURE``).
        move: what it says.
        rank: breaks ties between records of one representative day; the highest is believed first.
        ref: what the caller knows the record by.
    """

    key: str
    first: int
    last: int
    move: Move
    rank: tuple[Any, ...] = ()
    ref: Any = None


class Columns:
    """Records in columns, one element a record; read only.

    Attributes:
        keys: the distinct keys, sorted.
        starts: where each key's records begin; one more than keys.
        key, first, last, move: of each record; ``move`` is a number in ``table``.
        level: (key, first) as one sorted number.
        table: what the numbers of moves and holdings stand for.
        component: of each record; the others are by component: where it begins (one more than
            there are), its latest beginning, whether it leaves one holding in every world.
        single: whether a record is its component's only one.
        representative: the representative day of each record.
    """

    def __init__(
        self,
        keys: Sequence[str],
        key: npt.ArrayLike,
        first: npt.ArrayLike,
        last: npt.ArrayLike,
        move: npt.ArrayLike,
        rank: npt.ArrayLike,
        moves: Moves | Sequence[Move],
        refs: Sequence[Any] | None = None,
    ) -> None:
        """Sorts the columns.

        Args:
            keys: the distinct keys, sorted.
            key: indices into ``keys``, one a record, as all that follow.
            first: earliest day, as an ordinal.
            last: latest day, as an ordinal.
            move: numbers of moves.
            rank: of two records of one representative day the greater is believed.
            moves: what records say.
            refs: what the caller knows each record by.
        """
        key_, first_, last_ = (np.asarray(a, dtype=np.int64) for a in (key, first, last))
        move_, rank_ = (np.asarray(a, dtype=np.int64) for a in (move, rank))
        table = moves if isinstance(moves, Moves) else Moves(moves)
        said = table.order()[move_] if len(table) else move_
        order = np.lexsort((rank_, said, last_, first_, key_))
        self._refs, self._source = refs, order
        self._take(
            tuple(keys), key_[order], first_[order], last_[order], move_[order], rank_[order], table
        )

    @classmethod
    def sorted(
        cls,
        keys: Sequence[str],
        key: Ints,
        first: Ints,
        last: Ints,
        move: Ints,
        rank: Ints | Callable[[Ints], Ints],
        table: Moves,
    ) -> Columns:
        """Columns of records in order of key and first day already; arguments as above.

        ``rank`` may be what gives the ranks of some records, to be asked where it matters.
        """
        made = cls.__new__(cls)
        made._refs, made._source = None, np.zeros(0, dtype=np.int64)
        made._take(keys, key, first, last, move, rank, table)
        return made

    def _take(
        self,
        keys: Sequence[str],
        key: Ints,
        first: Ints,
        last: Ints,
        move: Ints,
        rank: Ints | Callable[[Ints], Ints],
        table: Moves,
    ) -> None:
        self.keys, self.table = keys, table
        self.key, self.first, self.last, self.move = key, first, last, move
        self._rank = rank
        self.starts = np.searchsorted(key, np.arange(len(keys) + 1))
        self._cut()

    @classmethod
    def of(cls, records: Iterable[Record]) -> Columns:
        """The columns of records, in any order."""
        found = list(records)
        keys = sorted({record.key for record in found})
        key_index = {key: i for i, key in enumerate(keys)}
        table = Moves()
        ranks = {rank: i for i, rank in enumerate(sorted({record.rank for record in found}))}
        return cls(
            keys,
            [key_index[r.key] for r in found],
            [r.first for r in found],
            [r.last for r in found],
            [table.code(r.move) for r in found],
            [ranks[r.rank] for r in found],
            table,
            [r.ref for r in found],
        )

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def index(self) -> dict[str, int]:
        """Where each key stands."""
        return {name: i for i, name in enumerate(self.keys)}

    def said(self, index: int) -> Move:
        """What a record says."""
        return self.table.moves[int(self.move[index])]

    def ref(self, index: int) -> Any:
        """What the caller knows a record by."""
        return None if self._refs is None else self._refs[int(self._source[index])]

    def _cut(self) -> None:
        """Cuts the records into components, and notes which of them leave one holding only."""
        count = len(self.first)
        base = self.key * LEVEL
        # With each key on its own level a running maximum never crosses from one key to the next.
        self.level = base + (self.first - OPEN_PAST)
        reach = np.maximum.accumulate(base + (self.last - OPEN_PAST)) if count else base
        new = np.ones(count, dtype=bool)
        new[1:] = self.level[1:] > reach[:-1]
        begin = np.flatnonzero(new)
        self.component_begin = np.append(begin, count)
        self.component = np.cumsum(new) - 1
        self.component_max_first = self.leaves_one = begin
        if count:
            self.component_max_first = np.maximum.reduceat(self.first, begin)
            after = self.table.after_of[self.move]
            self.leaves_one = np.minimum.reduceat(after, begin) == np.maximum.reduceat(after, begin)
        sizes = np.diff(self.component_begin)
        self.single = (sizes == 1)[self.component] if count else np.zeros(0, dtype=bool)

    @cached_property
    def representative(self) -> Ints:
        """The representative day of each record."""
        middle = (self.first + self.last) // 2
        middle = np.where(self.first == OPEN_PAST, self.last, middle)
        return np.where(self.last == OPEN_FUTURE, self.first, middle)

    @cached_property
    def believed(self) -> Ints:
        """Records by (key, representative day, rank)."""
        level = self.key * LEVEL + (self.representative - OPEN_PAST)
        found: Ints = np.argsort(level, kind="stable")
        same = np.diff(level[found]) == 0
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        if len(tied):
            rows = found[tied]
            rank = self._rank(rows) if callable(self._rank) else self._rank[rows]
            found[tied] = rows[np.lexsort((rank, level[rows]))]
        return found

    @cached_property
    def representative_level(self) -> Ints:
        """(key, representative day) as one number, in the order of ``believed``."""
        by = self.believed
        return self.key[by] * LEVEL + (self.representative[by] - OPEN_PAST)
