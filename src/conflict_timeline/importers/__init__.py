"""Readers of data that others keep: event data sets, control time series, tables, gazetteers."""

from conflict_timeline.importers.acled import read_acled
from conflict_timeline.importers.ged import KNOWN_FROM, read_ged
from conflict_timeline.importers.mapped import read_mapped
from conflict_timeline.importers.mapping import TableMapping
from conflict_timeline.importers.mapping_files import mappings, read_mapping, template
from conflict_timeline.importers.reports import Refused, Report
from conflict_timeline.importers.running import BATCH, import_events
from conflict_timeline.importers.units import read_units

__all__ = [
    "BATCH",
    "KNOWN_FROM",
    "Refused",
    "Report",
    "TableMapping",
    "import_events",
    "mappings",
    "read_acled",
    "read_ged",
    "read_mapped",
    "read_mapping",
    "read_units",
    "template",
]
