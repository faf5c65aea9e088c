"""The append-only log: what was recorded, when, in what order, byte for byte."""

from conflict_timeline.log.contract import Entry, Problem, Store
from conflict_timeline.log.sqlite import SQLiteLog

__all__ = ["Entry", "Problem", "SQLiteLog", "Store"]
