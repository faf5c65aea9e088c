"""The formats that tables are written in."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO, TypeAlias

import attrs

from conflict_timeline.errors import AxisError, shown
from conflict_timeline.exporters.columns import Progress, Table
from conflict_timeline.timeline import View

__all__ = ["FORMATS", "GRAPHS", "Format", "write", "write_graph"]

#: Writes a table to a binary stream, and gives what a reader must know besides.
Writer: TypeAlias = Callable[[Table, BinaryIO], list[str]]


@attrs.frozen
class Format:
    """One format.

    Attributes:
        name: as commands call it.
        meaning: what it is for, in a line.
        tables: those it can hold; all, if none is named.
        binary: whether a terminal cannot show it.
    """

    name: str
    meaning: str
    _writer: str
    tables: tuple[str, ...] = ()
    binary: bool = False

    @property
    def writer(self) -> Writer:
        """What writes it. Its module is loaded when it is first asked for."""
        module, name = self._writer.split(".")
        found: Writer = getattr(import_module(f"conflict_timeline.exporters.{module}"), name)
        return found


FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        Format("csv", "For spreadsheets and R; no formula in it runs.", "spreadsheets.write_csv"),
        Format("jsonl", "JSON Lines: one row a line.", "jsonlines.write_jsonl"),
        Format(
            "geojson",
            "For QGIS and web maps: one point a row.",
            "geojson.write_geojson",
            ("control", "control_spans", "incidents", "places"),
        ),
        Format(
            "timelinejs",
            "For TimelineJS: one slide a row.",
            "timelinejs.write_timelinejs",
            ("control_spans", "incidents"),
        ),
        Format("parquet", "For polars, DuckDB, R, Spark.", "arrow.write_parquet", binary=True),
        Format("arrow", "Arrow IPC file (Feather).", "arrow.write_arrow", binary=True),
    )
}


#: What a whole view is written in: its claims, with their sources, as linked data.
GRAPHS: dict[str, str] = {
    "turtle": "RDF for people to read, in the manner of PROV-O and Wikidata.",
    "ntriples": "The same, one triple a line.",
}


def write(table: Table, format: str, stream: BinaryIO) -> list[str]:  # noqa: A002 - as users say
    """Writes a table in a format.

    Args:
        table: as ``table`` gives it.
        format: one of ``FORMATS``.
        stream: opened for binary writing.

    Returns:
        What a reader must know besides, as which rows are not on the map; most often nothing.

    Raises:
        AxisError: for an unknown format, or a table that it cannot hold.
        MissingExtraError: for a format whose package is not installed.
    """
    found = FORMATS.get(format)
    if found is None:
        raise AxisError(f"format: expected one of {', '.join(FORMATS)}, got {shown(format)}")
    if found.tables and table.spec.name not in found.tables:
        raise AxisError(
            f"{format}: expected one of {', '.join(found.tables)}, got {table.spec.name}"
        )
    return found.writer(table, stream)


def write_graph(
    view: View,
    format: str,  # noqa: A002 - as users say
    stream: BinaryIO,
    *,
    progress: Progress = iter,
) -> None:
    """Writes the claims of a view with their sources, places and actors as RDF.

    Args:
        view: of a timeline.
        format: one of ``GRAPHS``.
        stream: opened for binary writing.
        progress: wraps the claims, to show how far it got.

    Raises:
        AxisError: for an unknown format.
        MissingExtraError: without rdflib.
    """
    if format not in GRAPHS:
        raise AxisError(f"format: expected one of {', '.join(GRAPHS)}, got {shown(format)}")
    from conflict_timeline.exporters import rdf

    writer = rdf.write_turtle if format == "turtle" else rdf.write_ntriples
    writer(view, stream, progress)
