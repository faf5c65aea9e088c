"""Events to bytes and back: wire names, canonical bytes, ids, upcasters."""

from conflict_timeline.codec.canonical import canonical_json, decode, encode, event_id, of_canonical
from conflict_timeline.codec.tables import from_table, salvaged, to_table
from conflict_timeline.codec.wire import CLASSES, KIND_KEY, kind_of
from conflict_timeline.events import identify_by

__all__ = [
    "CLASSES",
    "KIND_KEY",
    "canonical_json",
    "decode",
    "encode",
    "event_id",
    "from_table",
    "kind_of",
    "of_canonical",
    "salvaged",
    "to_table",
]

identify_by(event_id)
