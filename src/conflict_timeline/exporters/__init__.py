"""What leaves: tables of a view, in the formats of other tools."""

from conflict_timeline.exporters.columns import Column, Table, TableSpec, Type
from conflict_timeline.exporters.formats import FORMATS, GRAPHS, write, write_graph
from conflict_timeline.exporters.reading import read_events
from conflict_timeline.exporters.sql import write_tables
from conflict_timeline.exporters.tables import DISCLAIMER, TABLES, table

__all__ = [
    "DISCLAIMER",
    "FORMATS",
    "GRAPHS",
    "TABLES",
    "Column",
    "Table",
    "TableSpec",
    "Type",
    "read_events",
    "table",
    "write",
    "write_graph",
    "write_tables",
]
