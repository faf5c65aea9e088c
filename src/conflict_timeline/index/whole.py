"""Whole states of a view, from the rows of the index.

Where the present of the log was made beforehand (``now``) most places are read off it. A view that
is asked about a few days tells the others from the rows around each (``around``). One that is asked
about more gets a register over all rows that it sees, which is kept with the index. What is
recorded later touches a few places: they get a register of their own, and the rest of the state is
that of the one that was kept. Odd places are told from their events, in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np

from conflict_timeline.index.around import register_of, states_around
from conflict_timeline.index.keeping import prepare
from conflict_timeline.index.now import IMPLIED_WITHIN
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
#: A view that is asked about more days gets a register over all that it sees.
_DAYS_AROUND = 6
#: All but one part in so many of the log has to be before a view's position for that.
_MOST = 5


class WholeStates:
    """The whole states of a view."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._sight = places.sight
        self._index = places.sight.index
        self._states: dict[int, WholeState] = {}
        self._days = 0
        self._touched: tuple[int, Ints] | None = None

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
        self._days += 1
        self._prepare()
        codes, parts = self._from_present(day)
        if self._from_around(len(codes)):
            parts += states_around(self._places, codes, day, self._made)
            parts += [] if self._odd is None else [_part_of(self._odd, day)]
        else:
            parts = [
                _part_of(kept, day).without(out)
                for kept, out in zip(self._parts, self._left_out, strict=True)
            ]
        return assembled(index, parts, self._places.moves.holdings)

    def _prepare(self) -> None:
        """Makes the present once as much was spent without it as it takes.

        To tell of a place from its rows takes about as long as to make the spans of one row.
        """
        index = self._index
        if not index.asked or not self._asks_present or self._sight.position != index.position:
            return
        part = 1.0
        if index.now is not None and index.places:
            part = len(self._touched_after(index.now.position)) / len(index.places)
        if index.asked > part * len(index.rows):
            prepare(index)

    def _touched_after(self, position: int) -> Ints:
        """As ``touched_after``; what is touched once this has been asked the view does not see."""
        if self._touched is None or self._touched[0] != position:
            self._touched = (position, self._index.touched_after(position))
        return self._touched[1]

    def _from_present(self, day: int) -> tuple[Ints, list[Part]]:
        """Places but odd ones that are to be told from rows, and what is read off the present."""
        index, spec = self._index, self._sight.spec
        codes = self._plain
        now = index.now
        if not self._asks_present:
            return codes, []
        if now is None or self._sight.position < now.position:
            index.asked += len(codes) * (now is None)
            return codes, []
        answers, told = now.answers(codes, day, spec.known_by)
        if len(late := self._touched_after(now.position)):
            told &= ~np.isin(codes, late)
            index.asked += len(late)
        everyone = told.all()
        known = now.table.known
        which = answers if everyone else answers[told]
        shown = codes if everyone else codes[told]
        state = WholeState(
            index.order.named(index.order.rank[shown]),
            self._places.moves.holdings,
            known.best[which],
            known.possible.taken(which),
            known.conceivable.taken(which),
            known.narrowed[which],
        )
        return codes[~told], [Part(shown, state)]

    @property
    def _plain(self) -> Ints:
        """The places that are not odd, in order of their ids."""
        codes = self._index.order.by
        if not self._index.odd:
            return codes
        return codes[~np.isin(codes, sorted(self._index.odd))]

    @cached_property
    def _asks_present(self) -> bool:
        """Whether the present of the log bears on the view: it sees all that is, as it is told."""
        spec = self._sight.spec
        filtered = spec.sources is not None or spec.min_reliability is not None
        as_told = not self._sight.merges.actors
        return not filtered and as_told and self._places.implied_within == IMPLIED_WITHIN

    def _from_around(self, places: int) -> bool:
        """Whether so many places are to be told from a few rows each.

        Where a view sees few of the rows, the few that are looked at would seldom do.
        """
        spec, seen = self._sight.spec, self._sight.position
        sees_most = seen * _MOST >= self._index.position * (_MOST - 1)
        filtered = spec.sources is not None or spec.min_reliability is not None
        if places * _MOST < len(self._index.places) and not filtered:
            return True
        made = "_parts" in self.__dict__ or self._has_shared
        return self._days <= _DAYS_AROUND and sees_most and not filtered and not made

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


def _part_of(kept: Kept, day: int) -> Part:
    return Part(kept.codes, kept.register.state(day))
