"""Events out of exported tables: what the tables of claims, records and merges were made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from conflict_timeline.codec import canonical_json, decode
from conflict_timeline.documents import Located
from conflict_timeline.errors import DecodeError, Fault, InputError, shown
from conflict_timeline.events import Event

__all__ = ["is_exported", "read_events"]


def is_exported(row: Mapping[str, Any]) -> bool:
    """Whether an object of JSON Lines is a row of a table with an event in it."""
    return "event" in row and "type" not in row


def read_events(lines: Iterable[bytes], name: str = "<stream>") -> list[Located]:
    """The events of JSON Lines: of exported tables, or one event a line.

    Args:
        lines: of one file or of several one after the other, in any order.
        name: what messages call them.

    Returns:
        The events with their lines, for ``Timeline.append``; what was redacted is left out.

    Raises:
        InputError: with every line that is no event, or not the event that it says it is.
    """
    found: list[Located] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = _event(line)
            if event is not None:
                found.append(Located(event, name, number, f"event[{len(found) + 1}]"))
        except DecodeError as error:
            faults.append(Fault(str(error), name, number))
    if faults:
        raise InputError(faults, [item.event for item in found])
    return found


def _event(line: bytes) -> Event | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"expected a JSON object: {error}") from None
    if not isinstance(row, dict):
        raise DecodeError(f"expected a JSON object, got {shown(row)}")
    if not is_exported(row):
        return decode(line)
    if row["event"] is None:
        return None
    event = decode(canonical_json(row["event"]))
    # In the tables of records ``id`` is the key that people chose.
    said = row.get("record", row.get("id"))
    if said != event.content_id:
        raise DecodeError(f"expected the event of id {shown(said)}, got that of {event.content_id}")
    return event
