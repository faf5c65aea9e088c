"""The append-only log: what was recorded, when, in what order, byte for byte."""

from conflict_timeline.log.contract import (
    Checkpoint,
    Entry,
    Head,
    History,
    HistoryEntry,
    Problem,
    Store,
)
from conflict_timeline.log.sqlite import SQLiteLog

__all__ = [
    "Checkpoint",
    "Entry",
    "Head",
    "History",
    "HistoryEntry",
    "Problem",
    "SQLiteLog",
    "Store",
]
