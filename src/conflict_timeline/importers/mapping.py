"""What a mapping file says: how the rows of a table become records, events, or a time series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from conflict_timeline.importers.tables import Shape
from conflict_timeline.importers.values import Style, columns_of

__all__ = ["Layer", "Mapped", "Series", "TableMapping"]


@attrs.frozen
class Mapped:
    """One record or event of each row, or of the table if no column is in it.

    Attributes:
        kind: its wire name.
        fields: by name on the wire, constants and values.
        skip, only: cells by column; a row with one of them is passed over, one with none is.
        path: where it stands in the mapping, for messages.
    """

    kind: str
    fields: Mapping[str, Any]
    skip: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    only: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    path: str = ""

    @property
    def constant(self) -> bool:
        """Whether it is the same for every row."""
        return not columns_of(self.fields)


@attrs.frozen
class Layer:
    """One source of a control time series.

    Attributes:
        name: as the table or the mapping has it.
        fields: ``source``, ``claimant`` and ``credibility`` of its claims.
        status: where in a row its status stands.
        statuses: by status: holders, or the loser, or None for what says nothing.
    """

    name: str
    fields: Mapping[str, Any]
    status: Any
    statuses: Mapping[str, tuple[str, tuple[str, ...]] | None]


@attrs.frozen
class Series:
    """How the rows of a control time series read."""

    place: Any
    when: Any
    known: Any
    layer: Any
    layers: Mapping[str, Layer]
    pass_over: tuple[str, ...]
    fold: bool
    repeat_every: int | None


@attrs.frozen
class TableMapping:
    """A mapping file, checked.

    Attributes:
        file: its name.
        shape: how the table is written.
        style: how its cells are.
        records, events: what each row becomes.
        series: how its rows read, if it is a control time series.
        earliest, latest: days outside of these are refused; latest None is the day of import.
    """

    file: str
    shape: Shape
    style: Style
    records: tuple[Mapped, ...]
    events: tuple[Mapped, ...]
    series: Series | None
    earliest: date | None
    latest: date | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it names, each once."""
        found: list[str] = []
        for mapped in (*self.records, *self.events):
            found += columns_of(mapped.fields)
            found += [*mapped.skip, *mapped.only]
        if self.series is not None:
            series = self.series
            for value in (series.place, series.when, series.known, series.layer):
                found += columns_of(value)
            for layer in series.layers.values():
                found += columns_of((layer.status, dict(layer.fields)))
        return tuple(dict.fromkeys(found))
