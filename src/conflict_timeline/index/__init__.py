"""The index: what a log says of who held what, in columns, so that few events need be decoded."""

from conflict_timeline.index.entries import Entries, Reader
from conflict_timeline.index.keeping import discard, is_due, keep, prepare, restore
from conflict_timeline.index.known import LastDeclared, Publications, Retractions, Targets
from conflict_timeline.index.log_index import Appended, LogIndex
from conflict_timeline.index.sight import Sight
from conflict_timeline.index.territory import IndexedTerritory, IndexedVisible

__all__ = [
    "Appended",
    "Entries",
    "IndexedTerritory",
    "IndexedVisible",
    "LastDeclared",
    "LogIndex",
    "Publications",
    "Reader",
    "Retractions",
    "Sight",
    "Targets",
    "discard",
    "is_due",
    "keep",
    "prepare",
    "restore",
]
