"""Moves and the holdings they lead between, by number: what columns of records are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from conflict_timeline.projections.holdings import UNKNOWN, Holding, Move, canonical
from conflict_timeline.projections.ragged import Flags, Ints

__all__ = ["Moves", "move_order"]


class Moves:
    """A table of moves that only grows; each has a number that stays.

    Attributes:
        moves: by number.
        holdings: what the numbers in ``after_of`` and ``before_of`` stand for; 0 is unknown.
    """

    def __init__(self, moves: Iterable[Move] = ()) -> None:
        self.moves: list[Move] = []
        self.holdings: list[Holding] = [UNKNOWN]
        self._code: dict[Move, int] = {}
        self._holding_code: dict[Holding, int] = {UNKNOWN: 0}
        self._after: list[int] = []
        self._before: list[int] = []
        self._fit_memo: dict[int, bool] = {}
        self._merged_memo: dict[tuple[int, int], int] = {}
        for move in moves:
            self._add(move)

    def __len__(self) -> int:
        return len(self.moves)

    def code(self, move: Move) -> int:
        """The number of a move; it is added if it is new."""
        known = self._code.get(move)
        return self._add(move) if known is None else known

    def _add(self, move: Move) -> int:
        code = len(self.moves)
        self.moves.append(move)
        self._code.setdefault(move, code)
        self._after.append(self._holding(move.after))
        self._before.append(self._holding(move.before))
        self._arrays = None
        return code

    def _holding(self, holding: Holding) -> int:
        code = self._holding_code.setdefault(holding, len(self.holdings))
        if code == len(self.holdings):
            self.holdings.append(holding)
        return code

    def holding_code(self, holding: Holding) -> int:
        """The number of a holding that some move leads from or to."""
        return self._holding_code[holding]

    _arrays: tuple[Ints, Ints, Flags, Flags, Flags, Ints] | None = None

    def _made(self) -> tuple[Ints, Ints, Flags, Flags, Flags, Ints]:
        if self._arrays is None:
            in_order = sorted(range(len(self.holdings)), key=lambda c: canonical(self.holdings[c]))
            rank = np.zeros(len(self.holdings), dtype=np.int64)
            rank[in_order] = np.arange(len(in_order))
            self._arrays = (
                np.asarray(self._after, dtype=np.int64),
                np.asarray(self._before, dtype=np.int64),
                np.asarray([m.is_change for m in self.moves], dtype=bool),
                np.asarray([m.is_change and m.from_ is None for m in self.moves], dtype=bool),
                # What several hold, or what is known by whom it is not held, needs more than
                # equality to tell what fits it.
                np.asarray(
                    [isinstance(h, frozenset) and len(h) == 1 for h in self.holdings], dtype=bool
                ),
                rank,
            )
        return self._arrays

    @property
    def after_of(self) -> Ints:
        """By move, the number of the holding that it leaves."""
        return self._made()[0]

    @property
    def before_of(self) -> Ints:
        """By move, the number of the holding that it says was before."""
        return self._made()[1]

    @property
    def is_change(self) -> Flags:
        """By move, whether it is a change."""
        return self._made()[2]

    @property
    def canonical_rank(self) -> Ints:
        """By holding, its place in canonical order."""
        return self._made()[5]

    def order(self) -> Ints:
        """By move, its place in an order that does not depend on how it was numbered."""
        in_order = sorted(range(len(self.moves)), key=lambda c: move_order(self.moves[c]))
        rank = np.zeros(len(self.moves), dtype=np.int64)
        rank[in_order] = np.arange(len(in_order))
        return rank

    def fits(self, move: Ints, holding: Ints) -> Flags:
        """Whether each move fits the holding before it."""
        after, before, _, takes_from_any, plain, _ = self._made()
        result: Flags = np.where(
            takes_from_any[move], after[move] != holding, before[move] == holding
        )
        hard = np.flatnonzero(~plain[holding])
        if len(hard):
            count = len(self.holdings)
            pairs, which = np.unique(move[hard] * count + holding[hard], return_inverse=True)
            told = [self._fit(*divmod(pair, count)) for pair in pairs.tolist()]
            result[hard] = np.asarray(told, dtype=bool)[which]
        return result

    def _fit(self, move: int, holding: int) -> bool:
        pair = move << 32 | holding
        if pair not in self._fit_memo:
            self._fit_memo[pair] = self.moves[move].fits(self.holdings[holding])
        return self._fit_memo[pair]

    def merged(self, a: Ints, b: Ints) -> Ints:
        """The number of the one change that two moves can be reports of, or -1."""
        pairs, which = np.unique(a << 32 | b, return_inverse=True)
        found = [self._merge(pair >> 32, pair & 0xFFFFFFFF) for pair in pairs.tolist()]
        return np.asarray(found, dtype=np.int64)[which]

    def _merge(self, a: int, b: int) -> int:
        if (a, b) not in self._merged_memo:
            joined = self.moves[a].merged(self.moves[b])
            self._merged_memo[a, b] = -1 if joined is None else self.code(joined)
        return self._merged_memo[a, b]


def move_order(move: Move) -> tuple[Any, ...]:
    """Sort key of moves: by what they say."""
    return (
        move.is_change,
        tuple(sorted(move.holders or ())),
        move.from_ or "",
        move.to or "",
        move.occurrence or "",
    )
