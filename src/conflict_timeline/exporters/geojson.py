"""GeoJSON (RFC 7946): one point a row, for QGIS and web maps.

Days are datetimes, as the temporal controller of QGIS wants them: the first of a span at its
midnight, the last at its last second, open ends null. They have no time zone, as civil days have
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO

from conflict_timeline.exporters.columns import Table
from conflict_timeline.exporters.plain import json_line, plain_row

__all__ = ["write_geojson"]


def write_geojson(table: Table, stream: BinaryIO) -> list[str]:
    """Writes a table as a FeatureCollection; a row without coordinates has a null geometry.

    Returns:
        What a reader of the map must know: how many rows are not on it.
    """
    head = {"type": "FeatureCollection", "metadata": dict(table.about)}
    stream.write(f'{json_line(head)[:-1]},"features":['.encode())
    nowhere, separator = 0, "\n"
    for row in table:
        feature = _feature(table, row)
        nowhere += feature["geometry"] is None
        stream.write(f"{separator}{json_line(feature)}".encode())
        separator = ",\n"
    stream.write(b"\n]}\n")
    if not nowhere:
        return []
    rows = "1 row has" if nowhere == 1 else f"{nowhere:,} rows have"
    return [f"{rows} no coordinates, and so no point on the map."]


def _feature(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    found = plain_row(table, row)
    for column, value in zip(table.columns, row, strict=True):
        if isinstance(value, date):
            found[column.name] += "T23:59:59" if column.closing else "T00:00:00"
    lat, lon = found.pop("lat"), found.pop("lon")
    point = None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": _identity(found), "geometry": point, "properties": found}


def _identity(found: Mapping[str, Any]) -> str:
    """What tells the features of one collection from each other."""
    if "start_day" in found:
        return f"{found['place']} {(found['start_day'] or '..').partition('T')[0]}"
    return str(found["id"] if "id" in found else found["place"])
