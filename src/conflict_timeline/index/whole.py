"""Whole states of a view, from the rows of the index.

Where the present of the log was made beforehand (``now``) most places are read off it. Of the
others a view tells from the rows around the day (``around``); one that has done so often gets a
register over all rows that it sees, which is kept with the index. What is recorded later touches a
few places: they get a register of their own, and the rest of the state is that of the one that was
kept. Odd places are told from their events, in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np

from conflict_timeline.index.around import register_of, states_around
from conflict_timeline.index.keeping import prepare
from conflict_timeline.index.parts import Kept, Part, assembled
from conflict_timeline.index.places import Places
from conflict_timeline.projections.columns import Columns, Record
from conflict_timeline.projections.ragged import Flags, Ints
from conflict_timeline.projections.register import Register
from conflict_timeline.projections.territory import records_of
from conflict_timeline.projections.whole_state import WholeState

__all__ = ["WholeStates"]

#: Days of which a view keeps the whole state.
_DAYS_KEPT = 32
#: To tell of a place from the rows around a day takes as long as so many rows of a register, and to
#: do so at all as long as so many places, if they are not very few.
_WORTH, _FIXED = 15, 800
#: All but one part in so many of the log has to be before a view's position for that.
_MOST = 5


class WholeStates:
    """The whole states of a view."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._sight = places.sight
        self._index = places.sight.index
        self._states: dict[int, WholeState] = {}
        self._told_from_rows = 0
        self._beforehand = places.beforehand

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
        index = self._index
        if self._beforehand.is_missed:
            prepare(index)
        codes, parts = self._beforehand.state(self._plain, day)
        if self._from_around(len(codes)):
            parts += states_around(self._places, codes, day, self._made)
            parts += [] if self._odd is None else [_part_of(self._odd, day)]
        else:
            wanted = np.zeros(len(index.places) + 1, dtype=bool)
            wanted[codes] = wanted[-1] = True  # the last is for places without a number
            for kept, out in zip(self._parts, self._left_out, strict=True):
                if len(keys := np.flatnonzero(wanted[kept.codes] & ~out)):
                    parts.append(_part_of(kept, day, keys))
        return assembled(index, parts, self._places.moves.holdings)

    @property
    def _plain(self) -> Ints:
        """The places that are not odd, in order of their ids."""
        codes = self._index.order.by
        if not self._index.odd:
            return codes
        return codes[~np.isin(codes, sorted(self._index.odd))]

    def _from_around(self, places: int) -> bool:
        """Whether so many places are to be told from a few rows each.

        Where a view sees few of the rows, the few that are looked at would seldom do.
        """
        spec, seen = self._sight.spec, self._sight.position
        sees_most = seen * _MOST >= self._index.position * (_MOST - 1)
        filtered = spec.sources is not None or spec.min_reliability is not None
        made = "_parts" in self.__dict__ or self._has_shared
        self._told_from_rows += places + min(_FIXED, 10 * places)
        few = self._told_from_rows * _WORTH <= len(self._index.rows)
        return few and sees_most and not filtered and not made

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
            kept = self._made(self._plain)
            if key is not None:
                self._index.keep_register(key, kept)
        return kept

    def _made(self, codes: Ints) -> Kept:
        """A register over some places, of their rows that the view sees."""
        index, sight = self._index, self._sight
        codes = codes[~np.isin(codes, np.asarray(sorted(index.odd), dtype=np.int64))]
        rows = index.rows.of_places(codes, len(index.places))
        found, _, register = register_of(self._places, rows)
        return Kept(found, register, sight.position)

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


def _part_of(kept: Kept, day: int, keys: Ints | None = None) -> Part:
    """What a register tells of all its places, or of those whose keys are given."""
    if keys is None or len(keys) == len(kept.codes):
        return Part(kept.codes, kept.register.state(day))
    whole = kept.register.whole
    told = whole.told(keys, day)
    names = [whole.columns.keys[key] for key in keys.tolist()]
    holdings = whole.columns.table.holdings
    state = WholeState(names, holdings, told.best, *told.sets(), told.narrowed)
    return Part(kept.codes[keys], state)
