"""The columns of a register: records sorted by key and earliest day, and cut into components.

A component is a run of records about one key whose windows overlap, so that every world agrees on
the order of components.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.holdings import UNKNOWN, Holding, Move

__all__ = ["LEVEL", "Columns", "Flags", "Ints", "Record"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

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
        keys, index: the distinct keys, sorted, and where each stands.
        starts: where each key's records begin; one more than keys.
        key, first, last, move, rank: of each record; ``move`` indexes ``moves``.
        level: (key, first) as one sorted number.
        holdings: what the codes in ``after_of`` and ``before_of`` stand for; 0 is unknown.
        after_of, before_of: by move.
        component: of each record; the others are by component: where it begins (one more than
            there are), its latest beginning, whether it leaves one holding in every world.
        single: whether a record is its component's only one.
        representative: the representative day of each record.
        believed: records by (key, representative day, rank).
    """

    def __init__(
        self,
        keys: Sequence[str],
        key: npt.ArrayLike,
        first: npt.ArrayLike,
        last: npt.ArrayLike,
        move: npt.ArrayLike,
        rank: npt.ArrayLike,
        moves: Sequence[Move],
        refs: Sequence[Any] | None = None,
    ) -> None:
        """Sorts the columns.

        Args:
            keys: the distinct keys, sorted.
            key: indices into ``keys``, one a record, as all that follow.
            first: earliest day, as an ordinal.
            last: latest day, as an ordinal.
            move: indices into ``moves``.
            rank: of two records of one representative day the greater is believed.
            moves: what records say.
            refs: what the caller knows each record by.
        """
        key_, first_, last_ = (np.asarray(a, dtype=np.int64) for a in (key, first, last))
        move_, rank_ = (np.asarray(a, dtype=np.int64) for a in (move, rank))
        order = np.lexsort((rank_, move_, last_, first_, key_))
        self.keys = tuple(keys)
        self.index = {name: i for i, name in enumerate(self.keys)}
        self.moves = list(moves)
        self.key, self.first, self.last = key_[order], first_[order], last_[order]
        self.move, self.rank = move_[order], rank_[order]
        self.starts = np.searchsorted(self.key, np.arange(len(self.keys) + 1))
        self._refs = refs
        self._source = order
        self._code_holdings()
        self._cut()
        self._by_representative()

    @classmethod
    def of(cls, records: Iterable[Record]) -> Columns:
        """The columns of records, in any order."""
        found = list(records)
        keys = sorted({record.key for record in found})
        key_index = {key: i for i, key in enumerate(keys)}
        moves = sorted({record.move for record in found}, key=_move_order)
        move_index = {move: i for i, move in enumerate(moves)}
        ranks = {rank: i for i, rank in enumerate(sorted({record.rank for record in found}))}
        return cls(
            keys,
            [key_index[r.key] for r in found],
            [r.first for r in found],
            [r.last for r in found],
            [move_index[r.move] for r in found],
            [ranks[r.rank] for r in found],
            moves,
            [r.ref for r in found],
        )

    def __len__(self) -> int:
        return len(self.first)

    def ref(self, index: int) -> Any:
        """What the caller knows a record by."""
        return None if self._refs is None else self._refs[int(self._source[index])]

    def _code_holdings(self) -> None:
        codes: dict[Holding, int] = {UNKNOWN: 0}
        after, before = [], []
        for move in self.moves:
            after.append(codes.setdefault(move.after, len(codes)))
            before.append(codes.setdefault(move.before, len(codes)))
        self.holdings: tuple[Holding, ...] = tuple(codes)
        self.after_of = np.asarray(after, dtype=np.int64)
        self.before_of = np.asarray(before, dtype=np.int64)
        # Only what several hold, or what is known by whom it is not held, needs more than equality.
        self._plain = np.asarray(
            [isinstance(h, frozenset) and len(h) == 1 for h in self.holdings], dtype=bool
        )
        self._takes_from_any = np.asarray([m.is_change and m.from_ is None for m in self.moves])
        self._fit_memo: dict[tuple[int, int], bool] = {}

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
        if count:
            self.component_max_first = np.maximum.reduceat(self.first, begin)
            after = self.after_of[self.move]
            self.leaves_one = np.minimum.reduceat(after, begin) == np.maximum.reduceat(after, begin)
        sizes = np.diff(self.component_begin)
        self.single = (sizes == 1)[self.component] if count else np.zeros(0, dtype=bool)

    def _by_representative(self) -> None:
        middle = (self.first + self.last) // 2
        middle = np.where(self.first == OPEN_PAST, self.last, middle)
        middle = np.where(self.last == OPEN_FUTURE, self.first, middle)
        self.representative = middle
        self.believed = np.lexsort((self.rank, middle, self.key))

    def fits(self, move: Ints, holding: Ints, asked: Flags) -> Flags:
        """Whether each move fits the holding before it; only told where asked."""
        result: Flags = np.where(
            self._takes_from_any[move],
            self.after_of[move] != holding,
            self.before_of[move] == holding,
        )
        hard = np.flatnonzero(asked & ~self._plain[holding])
        for i in hard:
            pair = (int(move[i]), int(holding[i]))
            if pair not in self._fit_memo:
                self._fit_memo[pair] = self.moves[pair[0]].fits(self.holdings[pair[1]])
            result[i] = self._fit_memo[pair]
        return result


def _move_order(move: Move) -> tuple[Any, ...]:
    return (
        move.is_change,
        tuple(sorted(move.holders or ())),
        move.from_ or "",
        move.to or "",
        move.occurrence or "",
    )
