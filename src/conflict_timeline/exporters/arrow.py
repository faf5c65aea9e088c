"""Arrow and Parquet: tables with nested types, dictionaries, days and instants as they are.

Needs the ``arrow`` extra (pyarrow).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from conflict_timeline.errors import MissingExtraError
from conflict_timeline.exporters.columns import Column, Table, Type

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["METADATA_KEY", "arrow_table", "write_arrow", "write_parquet"]

#: Where an Arrow schema and a Parquet file keep which view a table is of, as JSON.
METADATA_KEY = "conflict_timeline"


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("Arrow and Parquet", "arrow") from None
    return pyarrow


def _type(column: Column) -> pa.DataType:
    pa = _pyarrow()
    texts = pa.list_(pa.string())
    quantity = pa.struct(
        [("of", pa.string()), *((bound, pa.float64()) for bound in ("low", "best", "high"))]
    )
    types = {
        Type.ID: pa.string(),
        # Few words often repeated: a code a row, and each word once.
        Type.KEY: pa.dictionary(pa.int32(), pa.string()),
        Type.TEXT: pa.string(),
        Type.INTEGER: pa.int64(),
        Type.NUMBER: pa.float64(),
        Type.BOOLEAN: pa.bool_(),
        Type.DAY: pa.date32(),
        Type.INSTANT: pa.timestamp("us", tz="UTC"),
        Type.IDS: texts,
        Type.KEYS: texts,
        Type.HOLDING: texts,
        Type.HOLDINGS: pa.list_(texts),
        Type.QUANTITIES: pa.list_(quantity),
        Type.NAMES: pa.list_(pa.struct([("language", pa.string()), ("name", pa.string())])),
        Type.EVENT: pa.string(),
    }
    return types[column.type]


def arrow_table(table: Table) -> pa.Table:
    """A table as a ``pyarrow.Table``, its columns with their meanings, and the view it is of.

    Raises:
        MissingExtraError: without pyarrow.
    """
    pa = _pyarrow()
    schema = pa.schema(
        [
            pa.field(column.name, _type(column), metadata=_described(column))
            for column in table.columns
        ],
        metadata={METADATA_KEY: json.dumps(dict(table.about), ensure_ascii=False)},
    )
    columns = list(zip(*table, strict=True)) or [()] * len(table.columns)
    arrays = [
        pa.array(_native(column, values), type=field.type)
        for column, values, field in zip(table.columns, columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _described(column: Column) -> dict[str, str]:
    unit = {} if column.unit is None else {"unit": column.unit}
    return {"description": column.meaning, **unit}


def _native(column: Column, values: Any) -> Any:
    if column.type is not Type.INSTANT:
        return values
    return [None if text is None else datetime.fromisoformat(text) for text in values]


def write_parquet(table: Table, stream: BinaryIO) -> list[str]:
    """Writes a table as Parquet, compressed with zstd."""
    _pyarrow()
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(table), stream, compression="zstd")
    return []


def write_arrow(table: Table, stream: BinaryIO) -> list[str]:
    """Writes a table as an Arrow IPC file, which Feather readers know as version 2."""
    pa = _pyarrow()
    found = arrow_table(table)
    with pa.ipc.new_file(stream, found.schema) as writer:
        writer.write_table(found)
    return []
