"""Whole states in parts, each of other places, and put together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import attrs
import numpy as np

from conflict_timeline.index.log_index import LogIndex
from conflict_timeline.projections.holdings import Holding
from conflict_timeline.projections.ragged import Flags, Ints
from conflict_timeline.projections.register import Register
from conflict_timeline.projections.whole_state import Sets, WholeState

__all__ = ["Kept", "Part", "assembled"]


@attrs.frozen(eq=False)
class Kept:
    """A register over many places.

    Attributes:
        codes: numbers of its places, in the order of its keys; -1 where it has none.
        register: the register.
        position: the log position that it is of.
    """

    codes: Ints
    register: Register
    position: int


@attrs.frozen(eq=False)
class Part:
    """The whole state of some places.

    Attributes:
        codes: their numbers, in the order of the state's keys; -1 where it has none.
        state: what can have held.
    """

    codes: Ints
    state: WholeState

    def without(self, gone: Flags) -> Part:
        """Without some of its places."""
        if not gone.any():
            return self
        return self._taken(np.flatnonzero(~gone))

    def _taken(self, which: Ints) -> Part:
        state = self.state
        return Part(
            self.codes[which],
            WholeState(
                [state.keys[at] for at in which.tolist()],
                state.holdings,
                state.best[which],
                state.possible_codes.taken(which),
                state.conceivable_codes.taken(which),
                state.narrowed[which],
            ),
        )


def assembled(index: LogIndex, parts: Sequence[Part], holdings: Sequence[Holding]) -> WholeState:
    """One state of several that tell of different places.

    Args:
        index: of the log.
        parts: what is known of some of the places each.
        holdings: what the numbers of holdings stand for.
    """
    parts = [part for part in parts if len(part.codes)]
    none = np.zeros(0, dtype=np.int64)
    if not parts:
        sets = Sets.of(0, none, none)
        return WholeState((), holdings, none, sets, sets, none.astype(bool))
    if len(parts) == 1:
        return parts[0].state
    ranks = np.concatenate([_ranks(index, part) for part in parts])
    order = np.argsort(ranks, kind="stable")
    states = [part.state for part in parts]
    return WholeState(
        _keys(index, parts, ranks[order], order),
        holdings,
        np.concatenate([state.best for state in states])[order],
        _joined([state.possible_codes for state in states]).taken(order),
        _joined([state.conceivable_codes for state in states]).taken(order),
        np.concatenate([state.narrowed for state in states])[order],
    )


def _ranks(index: LogIndex, part: Part) -> Ints:
    """Numbers in the order of the places' ids; even ones for those that the index has a number of.

    The others come between those; several in a row are in the part in order.
    """
    found = 2 * index.order.rank[part.codes]
    for at in np.flatnonzero(part.codes < 0).tolist():
        key = part.state.keys[at]
        found[at] = 2 * bisect_left(index.order.names, key) - 1
    return found


def _keys(index: LogIndex, parts: Sequence[Part], ranks: Ints, order: Ints) -> tuple[str, ...]:
    if (ranks & 1).any():
        keys = [key for part in parts for key in part.state.keys]
        return tuple([keys[at] for at in order.tolist()])
    return index.order.named(ranks >> 1)


def _joined(sets: Sequence[Sets]) -> Sets:
    before = np.cumsum([0, *(len(found.codes) for found in sets[:-1])])
    begin = [found.begin[:-1] + at for found, at in zip(sets, before.tolist(), strict=True)]
    codes = np.concatenate([found.codes for found in sets])
    return Sets(np.concatenate([*begin, [len(codes)]]), codes)
