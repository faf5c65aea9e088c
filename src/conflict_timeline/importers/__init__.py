"""Readers of data that others keep: event data sets, control time series, tables, gazetteers."""

from conflict_timeline.importers.ged import KNOWN_FROM, read_ged
from conflict_timeline.importers.reports import Refused, Report
from conflict_timeline.importers.running import BATCH, import_events

__all__ = ["BATCH", "KNOWN_FROM", "Refused", "Report", "import_events", "read_ged"]
