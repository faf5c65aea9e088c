"""Whole states of a view, from the rows of the index.

A register over all rows that a view sees is made once and kept with the index. What is recorded
later touches a few places: they get a register of their own, and the rest of the state is that of
the one that was kept. Odd places are told from their events, in a third.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs
import numpy as np

from conflict_timeline.index.places import Places, beliefs
from conflict_timeline.projections.columns import Columns, Record
from conflict_timeline.projections.ragged import Ints
from conflict_timeline.projections.register import Register, WholeState
from conflict_timeline.projections.territory import records_of
from conflict_timeline.projections.whole import Sets

__all__ = ["Kept", "WholeStates"]


@attrs.frozen(eq=False)
class Kept:
    """A register over many places.

    Attributes:
        codes: numbers of its places, in the order of its keys.
        register: the register.
        position: the log position that it is of.
    """

    codes: Ints
    register: Register
    position: int


class WholeStates:
    """The whole states of a view."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._sight = places.sight
        self._index = places.sight.index

    @cached_property
    def keys(self) -> Sequence[str]:
        """The places with claims, sorted."""
        if len(self._parts) == 1:
            return self._parts[0].register.keys
        names = [
            key
            for part, out in zip(self._parts, self._left_out, strict=True)
            for key, gone in zip(part.register.keys, out.tolist(), strict=True)
            if not gone
        ]
        return tuple(sorted(names))

    def state(self, day: int) -> WholeState:
        """What can have held for all places at the end of a day."""
        states = [part.register.state(day) for part in self._parts]
        if len(states) == 1:
            return states[0]
        return _assembled(states, self._left_out, self.keys)

    def turning(self, start: int, end: int) -> list[str]:
        """The places whose answer can change after the first of two days, up to the second."""
        found: set[str] = set()
        for part, out in zip(self._parts, self._left_out, strict=True):
            gone = {part.register.keys[i] for i in np.flatnonzero(out).tolist()}
            found |= set(part.register.turning(start, end)) - gone
        return sorted(found)

    # ---- registers ------------------------------------------------------------------------------

    @cached_property
    def _parts(self) -> list[Kept]:
        kept = self._shared()
        late = self._index.touched_after(kept.position)
        parts = [kept]
        if len(late):
            parts.append(self._made(late))
        if (odd := self._odd()) is not None:
            parts.append(odd)
        return parts

    @cached_property
    def _left_out(self) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        """For each part, which of its places another one tells of."""
        late = self._index.touched_after(self._parts[0].position)
        gone = np.concatenate([late, np.asarray(sorted(self._index.odd), dtype=np.int64)])
        return [np.isin(part.codes, gone if at == 0 else []) for at, part in enumerate(self._parts)]

    def _shared(self) -> Kept:
        """The register over all places; that of an earlier position, if there is one."""
        index, sight = self._index, self._sight
        current = sight.position == index.position
        spec = sight.spec
        asked = (spec.known_by, spec.sources, spec.min_reliability)
        key = (*asked, self._places.implied_within, index.weight)
        kept = index.registers.get(key) if current else None
        if kept is None:
            kept = self._made(index.by_name)
            if current:
                index.keep_register(key, kept)
        return kept

    def _made(self, codes: Ints) -> Kept:
        """A register over some places, of their rows that the view sees."""
        index, sight = self._index, self._sight
        rank = index.rank_by_name
        codes = codes[np.argsort(rank[codes], kind="stable")]
        odd = np.asarray(sorted(index.odd), dtype=np.int64)
        codes = codes[~np.isin(codes, odd)]
        rows = index.rows.of_places(codes, len(index.places))
        rows = rows[sight.shows(rows)]
        ints = index.rows.ints
        where = np.full(len(index.places), -1)
        seen = np.unique(rank[ints("place", rows)])
        codes = index.by_name[seen]
        where[codes] = np.arange(len(codes))
        key, first = where[ints("place", rows)], ints("first", rows)
        if (np.diff(key) < 0).any() or ((np.diff(key) == 0) & (np.diff(first) < 0)).any():
            order = np.lexsort((first, key))  # rows of the tail come last
            rows, key, first = rows[order], key[order], first[order]
        columns = Columns.sorted(
            tuple(index.places[code] for code in codes.tolist()),
            key,
            first,
            ints("last", rows),
            ints("move", rows),
            beliefs(sight, rows),
            self._places.moves,
        )
        register = Register(columns, implied_within=self._places.implied_within)
        return Kept(codes, register, sight.position)

    def _odd(self) -> Kept | None:
        """The register of the odd places; None if none has claims."""
        index = self._index
        merges = self._sight.merges
        names = {merges.place(index.places[code]) for code in index.odd}
        records: list[Record] = []
        for name in sorted(names):
            records += records_of(name, self._places.told(name).claims)
        if not records:
            return None
        keys = sorted({record.key for record in records})
        at = {key: number for number, key in enumerate(keys)}
        ranks = {rank: i for i, rank in enumerate(sorted({record.rank for record in records}))}
        columns = Columns(
            keys,
            [at[r.key] for r in records],
            [r.first for r in records],
            [r.last for r in records],
            [self._places.moves.code(r.move) for r in records],
            [ranks[r.rank] for r in records],
            self._places.moves,
        )
        register = Register(columns, implied_within=self._places.implied_within)
        return Kept(np.full(len(keys), -1), register, self._sight.position)


def _assembled(
    states: Sequence[WholeState],
    left_out: Sequence[np.ndarray[tuple[int], np.dtype[np.bool_]]],
    keys: Sequence[str],
) -> WholeState:
    """One state of several that tell of different places."""
    at = {key: number for number, key in enumerate(keys)}
    best = np.zeros(len(keys), dtype=np.int64)
    narrowed = np.ones(len(keys), dtype=bool)
    pairs: list[list[tuple[Ints, Ints]]] = [[], []]
    for state, out in zip(states, left_out, strict=True):
        to = np.asarray(
            [-1 if gone else at[key] for key, gone in zip(state.keys, out.tolist(), strict=True)],
            dtype=np.int64,
        )
        best[to[~out]], narrowed[to[~out]] = state.best[~out], state.narrowed[~out]
        for found, sets in zip(pairs, (state.possible_codes, state.conceivable_codes), strict=True):
            owner = to[sets.owner]
            found.append((owner[owner >= 0], sets.codes[owner >= 0]))
    possible, conceivable = (
        Sets.of(len(keys), *(np.concatenate(c) for c in zip(*found, strict=True)))
        for found in pairs
    )
    return WholeState(keys, states[0].holdings, best, possible, conceivable, narrowed)
