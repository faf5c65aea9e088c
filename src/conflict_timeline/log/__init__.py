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
from conflict_timeline.log.postgres_url import is_url, masked
from conflict_timeline.log.sqlite import SQLiteLog
from conflict_timeline.log.stores import open_store

__all__ = [
    "Checkpoint",
    "Entry",
    "Head",
    "History",
    "HistoryEntry",
    "Problem",
    "SQLiteLog",
    "Store",
    "is_url",
    "masked",
    "open_store",
]
