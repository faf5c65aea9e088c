"""Whole states of a view, from the rows of the index.

A view that is asked about a few days is answered from the rows around each (``around``). One that
is asked about more gets a register over all rows that it sees, which is kept with the index. What
is recorded later touches a few places: they get a register of their own, and the rest of the state
is that of the one that was kept. Odd places are told from their events, in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import compress
from typing import Any

import attrs
import numpy as np

from conflict_timeline.index.around import register_of, states_around
from conflict_timeline.index.places import Places
from conflict_timeline.projections.columns import Columns, Record
from conflict_timeline.projections.holdings import Holding
from conflict_timeline.projections.ragged import Flags, Ints
from conflict_timeline.projections.register import Register, WholeState
from conflict_timeline.projections.territory import records_of
from conflict_timeline.projections.whole_state import Sets

__all__ = ["Kept", "WholeStates"]

#: Days of which a view keeps the whole state.
_DAYS_KEPT = 32
#: A view that is asked about more days gets a register over all that it sees.
_DAYS_AROUND = 6
#: All but one part in so many of the log has to be before a view's position for that.
_MOST = 5


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
        self._states: dict[int, WholeState] = {}
        self._days = 0

    @cached_property
    def keys(self) -> Sequence[str]:
        """The places with claims, sorted."""
        index = self._index
        if "_parts" in self.__dict__ or self._has_shared:
            names = {
                key
                for part, out in zip(self._parts, self._left_out, strict=True)
                for key in compress(part.register.keys, (~out).tolist())
            }
        else:
            rows = index.rows.every()
            shown = np.unique(index.rows.take("place", rows[self._sight.shows(rows)]))
            names = {index.places[code] for code in shown.tolist() if code not in index.odd}
            names |= set() if self._odd is None else set(self._odd.register.keys)
        return tuple(sorted(names))

    def state(self, day: int) -> WholeState:
        """What can have held for all places at the end of a day."""
        if day not in self._states:
            if len(self._states) >= _DAYS_KEPT:
                self._states.clear()
            self._states[day] = self._state(day)
        return self._states[day]

    def _state(self, day: int) -> WholeState:
        self._days += 1
        if self._from_around:
            around = [*states_around(self._places, day, self._made), *self._told_odd(day)]
            states, left_out = [s for s, _ in around], [out for _, out in around]
        else:
            states, left_out = [p.register.state(day) for p in self._parts], self._left_out
        if len(states) == 1 and not left_out[0].any():
            return states[0]
        names = {
            key
            for state, out in zip(states, left_out, strict=True)
            for key in compress(state.keys, (~out).tolist())
        }
        holdings = self._places.moves.holdings
        return _assembled(states, left_out, tuple(sorted(names)), holdings)

    @property
    def _from_around(self) -> bool:
        """Whether the next state is to be told from a few rows of each place.

        Where a view sees few of the rows, the few that are looked at would seldom do.
        """
        spec, seen = self._sight.spec, self._sight.position
        sees_most = seen * _MOST >= self._index.position * (_MOST - 1)
        filtered = spec.sources is not None or spec.min_reliability is not None
        made = "_parts" in self.__dict__ or self._has_shared
        return self._days <= _DAYS_AROUND and sees_most and not filtered and not made

    def _told_odd(self, day: int) -> list[tuple[WholeState, Flags]]:
        if (odd := self._odd) is None:
            return []
        state = odd.register.state(day)
        return [(state, np.zeros(len(state.keys), dtype=bool))]

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
        if self._odd is not None:
            parts.append(self._odd)
        return parts

    @cached_property
    def _left_out(self) -> list[Flags]:
        """For each part, which of its places another one tells of."""
        late = self._index.touched_after(self._parts[0].position)
        gone = np.concatenate([late, np.asarray(sorted(self._index.odd), dtype=np.int64)])
        return [np.isin(part.codes, gone if at == 0 else []) for at, part in enumerate(self._parts)]

    @property
    def _key(self) -> tuple[Any, ...] | None:
        """What views with one register have in common; None for one of an earlier position."""
        if self._sight.position != self._index.position:
            return None
        spec = self._sight.spec
        asked = (spec.known_by, spec.sources, spec.min_reliability)
        return (*asked, self._places.implied_within, self._index.weight)

    @property
    def _has_shared(self) -> bool:
        return self._key is not None and self._key in self._index.registers

    def _shared(self) -> Kept:
        """The register over all places; that of an earlier position, if there is one."""
        key = self._key
        kept = None if key is None else self._index.registers.get(key)
        if kept is None:
            kept = self._made(self._index.by_name)
            if key is not None:
                self._index.keep_register(key, kept)
        return kept

    def _made(self, codes: Ints) -> Kept:
        """A register over some places, of their rows that the view sees."""
        index, sight = self._index, self._sight
        codes = codes[~np.isin(codes, np.asarray(sorted(index.odd), dtype=np.int64))]
        rows = index.rows.of_places(codes, len(index.places))
        return Kept(*register_of(self._places, rows), sight.position)

    @cached_property
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
    left_out: Sequence[Flags],
    keys: Sequence[str],
    holdings: Sequence[Holding],
) -> WholeState:
    """One state of several that tell of different places."""
    at = {key: number for number, key in enumerate(keys)}
    best = np.zeros(len(keys), dtype=np.int64)
    narrowed = np.ones(len(keys), dtype=bool)
    none = np.zeros(0, dtype=np.int64)
    pairs: list[list[tuple[Ints, Ints]]] = [[(none, none)], [(none, none)]]
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
    return WholeState(keys, holdings, best, possible, conceivable, narrowed)
