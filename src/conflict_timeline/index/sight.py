"""What a view sees of the index: which rows, which records, under which merges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from conflict_timeline.events import Event, Statement
from conflict_timeline.index.log_index import LogIndex
from conflict_timeline.index.rows import TANGLED
from conflict_timeline.log import Entry
from conflict_timeline.merges import Merges
from conflict_timeline.projections.ragged import Flags, Ints
from conflict_timeline.view import InForce, ViewSpec, in_force, recorded_day
from conflict_timeline.view.spec import RELIABILITIES

__all__ = ["Records", "Sight"]

R = TypeVar("R", bound=Event)


class Records(Mapping[str, R], Generic[R]):
    """The records of a kind by id, each decoded when it is asked for."""

    def __init__(
        self, index: LogIndex, kind: str, upto: int, unsure: Mapping[str, int | None]
    ) -> None:
        """Those declared up to a position.

        Args:
            index: of the log.
            kind: of the records.
            upto: the position.
            unsure: where, for some ids, the declaration stands; None for none.
        """
        self._index = index
        self._kind = kind
        self._upto = upto
        self._unsure = unsure

    def __getitem__(self, identity: str) -> R:
        position = self._position(identity)
        if position is None:
            raise KeyError(identity)
        return self._index.reader.at(position).event  # type: ignore[return-value]

    def __contains__(self, identity: object) -> bool:
        return isinstance(identity, str) and self._position(identity) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._in_order)

    def values(self) -> ValuesView[R]:
        """The records, in order of the events' ids; read all at once."""
        return _AtOnce(self)

    def entries(self) -> list[Entry]:
        """The entries of the records, in order of the events' ids."""
        found = self._index.reader.many(self._standing.values())
        return sorted(found, key=lambda entry: entry.id)

    @cached_property
    def _in_order(self) -> list[str]:
        # In order of the events' ids, as a view that has decoded all of them gives them.
        by_position = {position: identity for identity, position in self._standing.items()}
        return [by_position[entry.position] for entry in self.entries()]

    def __len__(self) -> int:
        return len(self._standing)

    @cached_property
    def _standing(self) -> dict[str, int]:
        declared = self._index.declared[self._kind]
        found = ((identity, self._position(identity)) for identity in declared)
        return {identity: position for identity, position in found if position is not None}

    def _position(self, identity: str) -> int | None:
        if identity in self._unsure:
            return self._unsure[identity]
        position = self._index.declared[self._kind].get(identity)
        return None if position is None or position > self._upto else position


class _AtOnce(ValuesView[R]):
    """The records, without asking for each by itself."""

    _mapping: Records[R]

    def __iter__(self) -> Iterator[R]:
        return (entry.event for entry in self._mapping.entries())  # type: ignore[misc]


class Sight:
    """What a view sees.

    Attributes:
        spec: the axes.
        position: the last log position that it sees.
    """

    def __init__(self, index: LogIndex, spec: ViewSpec, position: int) -> None:
        self.index = index
        self.spec = spec
        self.position = position

    # ---- rows -----------------------------------------------------------------------------------

    def shows(self, rows: Ints) -> Flags:
        """Whether each of some rows counts; not to be asked of rows of odd places."""
        index, spec = self.index, self.spec
        take = index.rows.take
        index.rows.read += len(rows)
        shown: Flags = take("gone_position", rows) > self.position
        if spec.known_by is not None:
            shown |= take("gone_known", rows) > spec.known_by
            shown &= take("known", rows) <= spec.known_by
        if self.position < index.position:
            shown &= take("position", rows) <= self.position
        if self._trusted is not None:
            shown &= self._trusted[take("source", rows)]
        if index.tangled:
            tangled = np.flatnonzero(take("flags", rows) & TANGLED)
            if len(tangled):
                told = np.isin(take("position", rows[tangled]), self._untangled)
                shown[tangled] &= told
        return shown

    @cached_property
    def _trusted(self) -> Flags | None:
        """By source, whether its claims are asked for; None for all."""
        index, spec = self.index, self.spec
        if spec.sources is None and spec.min_reliability is None:
            return None
        least = 0 if spec.min_reliability is None else RELIABILITIES.index(spec.min_reliability)
        return np.asarray(
            [
                grade >= least and (spec.sources is None or identity in spec.sources)
                for identity, grade in zip(index.sources, index.source_facts.grades, strict=True)
            ],
            dtype=bool,
        )

    @cached_property
    def _untangled(self) -> Ints:
        """The positions of the tangled claims that count."""
        overruled, replacing = self.in_force.overruled, self.in_force.replacing
        claims: dict[str, list[tuple[str, int]]] = {}
        for position, (claim, by) in self.index.tangled.items():
            if position > self.position or claim in overruled or (by and by not in replacing):
                continue
            claims.setdefault(claim, []).append((by or "", position))
        # The same claim in its own right and as a replacement is one claim.
        return np.asarray([max(found)[1] for found in claims.values()], dtype=np.int64)

    # ---- changes of mind, and records -----------------------------------------------------------

    @cached_property
    def in_force(self) -> InForce:
        """Which of the changes of mind work that have to be weighed by the view."""
        index = self.index
        entries = {p: index.reader.at(p) for p in sorted(index.changes) if p <= self.position}
        named = {e.event.source for e in entries.values() if isinstance(e.event, Statement)}
        declared = [("source", name) for name in named] + sorted(index.unsure)
        for kind, identity in declared:
            for position in index.declarations(kind, identity):
                if position <= self.position:
                    entries[position] = index.reader.at(position)
        found = sorted((entry for entry in entries.values() if not entry.gone), key=lambda e: e.id)
        return in_force(
            {entry.id: entry.event for entry in found},
            {entry.id: recorded_day(entry.first_recorded) for entry in found},
            self.spec,
        )

    @cached_property
    def merges(self) -> Merges:
        """Which places and actors stand for others."""
        return Merges.of(self.in_force.merges) if self.index.changes else Merges()

    def records(self, kind: str) -> Records[Any]:
        """The records of a kind that stand."""
        found: dict[str, int | None] = {}
        for identity in (identity for of, identity in self.index.unsure if of == kind):
            standing = set(self.in_force.standing)
            positions = self.index.declarations(kind, identity)
            entries = [self.index.reader.at(p) for p in positions if p <= self.position]
            stands = min((e for e in entries if e.id in standing), key=_by_id, default=None)
            found[identity] = None if stands is None else stands.position
        return Records(self.index, kind, self.position, found)


def _by_id(entry: Entry) -> str:
    return entry.id
