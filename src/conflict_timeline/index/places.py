"""The registers of single places: each made from the rows that a view sees of it, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_timeline.events import (
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Source,
    Statement,
)
from conflict_timeline.index.beforehand import Beforehand
from conflict_timeline.index.merged_moves import as_read
from conflict_timeline.index.rows import NEVER
from conflict_timeline.index.sight import Sight
from conflict_timeline.log import Entry
from conflict_timeline.projections.columns import Columns
from conflict_timeline.projections.ragged import Ints
from conflict_timeline.projections.register import Answer, Register
from conflict_timeline.projections.territory import records_of
from conflict_timeline.view import Seen, Visible, recorded_day, seen_as, visible

__all__ = ["Places", "beliefs"]

_KEPT = 4_096


def beliefs(take: Callable[[str, Ints], npt.NDArray[Any]], rows: Ints) -> Ints:
    """Numbers that order rows as ``Seen.rank`` orders their claims; ``take`` gives columns."""
    columns = (take("id", rows), take("known", rows), take("believed", rows))
    order = np.lexsort(columns)
    found = np.zeros(len(rows), dtype=np.int64)
    if len(rows):
        new = np.zeros(len(rows), dtype=bool)
        for column in columns:
            new[1:] |= column[order][1:] != column[order][:-1]
        found[order] = np.cumsum(new)
    return found


class _Refs(Sequence[tuple[Seen, ...]]):
    """The claims that rows come from, each decoded when it is asked for.

    They are known by log position: rows may get other numbers.
    """

    def __init__(self, places: Places, rows: Ints) -> None:
        self._places = places
        self._positions = places.positions(rows)

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int) -> tuple[Seen, ...]:  # type: ignore[override]
        return (self._places.seen(int(self._positions[index])),)


class Places:
    """The registers of a view's places.

    Attributes:
        sight: what the view sees.
        beforehand: what is read off the present of the log.
        moves: what the numbers of moves mean in the view: merged actors are one.
    """

    def __init__(self, sight: Sight, implied_within: int | None) -> None:
        self.sight = sight
        self.implied_within = implied_within
        self.beforehand = Beforehand(sight, implied_within)
        self._registers: dict[str, Register] = {}
        self._seen: dict[int, Seen] = {}
        index = sight.index
        merges = sight.merges
        self.moves = index.moves if not merges.actors else as_read(index.moves, merges)
        self._sources: Mapping[str, Source] = sight.records("source")

    def register(self, place: str) -> Register:
        """The register of a place alone: one that stands for itself."""
        if place not in self._registers:
            if len(self._registers) >= _KEPT:
                self._registers.clear()
            self._registers[place] = self._made(place)
        return self._registers[place]

    def answer(self, place: str, day: int) -> Answer:
        """What can have held for a place at the end of a day."""
        found = self.beforehand.answer(place, day)
        return self.register(place).answer(place, day) if found is None else found

    def is_odd(self, place: str) -> bool:
        """Whether its records do not follow from its rows alone."""
        index = self.sight.index
        return index.place_code.get(place) in index.odd or place in index.merged

    def rows(self, place: str) -> Ints:
        """The rows that count of a place that is not odd."""
        index = self.sight.index
        code = index.place_code.get(place)
        if code is None:
            return np.zeros(0, dtype=np.int64)
        rows = index.rows.of_place(code, len(index.places))
        return rows[self.sight.shows(rows)]

    def _made(self, place: str) -> Register:
        if self.is_odd(place):
            claims = self.told(place).claims
            return Register.of(records_of(place, claims), implied_within=self.implied_within)
        rows = self.rows(place)
        ints = self.sight.index.rows.ints
        columns = Columns(
            [place] if len(rows) else [],
            np.zeros(len(rows), dtype=np.int64),
            ints("first", rows),
            ints("last", rows),
            ints("move", rows),
            beliefs(self.sight.index.rows.take, rows),
            self.moves,
            _Refs(self, rows),
        )
        return Register(columns, implied_within=self.implied_within)

    # ---- claims ---------------------------------------------------------------------------------

    def positions(self, rows: Ints) -> Ints:
        """The log positions of the events that rows come from."""
        return self.sight.index.rows.ints("position", rows)

    def seen(self, position: int) -> Seen:
        """The control claim of the event at a position, or the one that it puts there."""
        if position not in self._seen:
            entry = self.sight.index.reader.at(position)
            event, by = entry.event, None
            if isinstance(event, Corrected):
                event, by = event.replacement, entry.id
            assert isinstance(event, Claim)
            identity = event.id if by else entry.id
            recorded = recorded_day(entry.first_recorded)
            source = self._sources[event.source]
            self._seen[position] = seen_as(event, identity, source, recorded, by, self.sight.merges)
        return self._seen[position]

    def claims(self, place: str) -> list[Seen]:
        """The claims that count of a place, in order of id."""
        if self.is_odd(place):
            return self.told(place).claims
        found = {
            seen.id: seen for seen in map(self.seen, self.positions(self.rows(place)).tolist())
        }
        return [found[identity] for identity in sorted(found)]

    def withheld(self, place: str) -> list[Seen]:
        """Claims on a place that may or may not have been known, in order of id."""
        known_by = self.sight.spec.known_by
        if known_by is None:
            return []
        index = self.sight.index
        code = index.place_code.get(place)
        if not self.is_odd(place) and code is not None:
            rows = index.rows.of_place(code, len(index.places))
            open_ones = (index.rows.take("known", rows) > known_by) & (
                index.rows.take("known_first", rows) <= known_by
            )
            if not open_ones.any():
                return []
        found = self.told(place).withheld
        return [seen for seen in found if _is_on_control_of(place, seen)]

    def told(self, place: str) -> Visible:
        """What the view shows of a place, from all events that bear on it: for odd places."""
        entries = {entry.id: entry for entry in self._bearing(place)}
        found = visible(entries.values(), self.sight.spec)
        found.claims = [seen for seen in found.claims if _is_on_control_of(place, seen)]
        return found

    def _bearing(self, place: str) -> Iterator[Entry]:
        """The entries that a place's claims can depend on."""
        index = self.sight.index
        one = {place} | {i for i in index.merged if self.sight.merges.place(i) == place}
        codes = np.asarray(
            [index.place_code[i] for i in sorted(one) if i in index.place_code], dtype=np.int64
        )
        rows = index.rows.of_places(codes, len(index.places))
        positions = set(index.rows.take("position", rows).tolist())
        positions |= set(index.rows.take("gone_position", rows).tolist()) - {NEVER}
        positions |= index.changes
        sources: set[str] = set()
        for position in sorted(positions):
            if position <= self.sight.position:
                entry = index.reader.at(position)
                if entry.gone:
                    continue
                yield entry
                event = entry.event
                if isinstance(event, Statement):
                    sources.add(event.source)
                if isinstance(event, Corrected):
                    sources.add(event.replacement.source)
        for source in sources:
            for position in index.declarations("source", source):
                if position <= self.sight.position:
                    yield index.reader.at(position)


def _is_on_control_of(place: str, seen: Seen) -> bool:
    claim = seen.about
    return isinstance(claim, ControlChanged | ControlObserved) and claim.place == place
