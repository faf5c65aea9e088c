"""Tables as every format takes them: named, typed columns with units and meanings, and plain rows.

A row holds, by the type of its column: text, whole numbers, numbers, booleans, ``datetime.date``,
lists of text, or None. None is unknown, not given or open; it is never zero, never no, never today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias, TypeVar

import attrs

from conflict_timeline.answers import in_html

__all__ = ["Column", "Progress", "Row", "Table", "TableSpec", "Type"]

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]

#: Hands on what it is given, one by one, and may show how far it got.
Progress: TypeAlias = Callable[[Sequence[Any]], Iterable[Any]]


class Type(Enum):
    """What a column holds; the text is what documentation calls it."""

    ID = "id"  # of a claim or record: 64 hex digits
    KEY = "key"  # an id that people chose, or a word of a list: few, and often repeated
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAY = "day"
    INSTANT = "instant"  # text as logs write it: UTC, microseconds, Z
    IDS = "list of ids"
    KEYS = "list of keys"
    HOLDING = "holding"  # actor ids in order; None is unknown
    HOLDINGS = "list of holdings"  # None in it stands for unknown
    QUANTITIES = "list of quantities"  # {"of", "low", "best", "high"} each
    NAMES = "list of names"  # {"language", "name"} each
    EVENT = "event"  # the canonical JSON of an event


@attrs.frozen
class Column:
    """One column.

    Attributes:
        name: in every format the same.
        type: what it holds.
        meaning: one sentence; what None is, where that is not plain.
        unit: of numbers.
        closing: of a day: the last of a span, so that all of it belongs in.
    """

    name: str
    type: Type
    meaning: str
    unit: str | None = None
    closing: bool = False


@attrs.frozen
class TableSpec:
    """What a table is, apart from the log it is of.

    Attributes:
        name: as commands and files call it.
        title: a few words.
        meaning: what a row is, and which rows there are.
        columns: in order.
        day: whether it is of a day: "required", "optional" or "none".
        places: whether it can be narrowed to some places.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    day: str = "none"
    places: bool = False

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


@attrs.frozen(eq=False, repr=False)
class Table:
    """One table of one view.

    Iterating gives its rows, made as they are asked for, each time anew. It is an Arrow stream (the
    PyCapsule interface), so that polars, pandas and DuckDB take it as it is.

    Attributes:
        spec: what it is.
        about: the view it is of: the axes, the log position and identity, the library's version.
    """

    spec: TableSpec
    about: Mapping[str, Any]
    _make: Callable[[], Iterator[Mapping[str, Any]]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return self.spec.columns

    def __iter__(self) -> Iterator[Row]:
        names = [column.name for column in self.spec.columns]
        for found in self._make():
            if len(found) != len(names):
                raise AssertionError(f"{self.spec.name}: {found.keys() ^ set(names)}")
            yield tuple(found[name] for name in names)

    def dicts(self) -> Iterator[dict[str, Any]]:
        """The rows as dicts by column."""
        names = [column.name for column in self.spec.columns]
        return (dict(zip(names, row, strict=True)) for row in self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table as an Arrow stream; needs the ``arrow`` extra.

        Raises:
            MissingExtraError: without pyarrow.
        """
        # Only where it is asked for: pyarrow takes longer to load than all of this package.
        from conflict_timeline.exporters.arrow import arrow_table

        return arrow_table(self).__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        return in_html(self)

    def __repr__(self) -> str:
        return f"Table({self.spec.name!r}, {len(self.columns)} columns)"
