"""Canonical bytes: exactly what is hashed, stored and exchanged.

JSON (RFC 8259) in UTF-8: keys in code-point order, no white space, no escapes but the necessary
ones, integers without a fraction, other numbers in their shortest round-trip form, fields at their
defaults left out. This is the form of RFC 8785 (JCS), save that numbers below 1e-4 are written with
Python's exponent (``1e-05``), and that keys beyond the Basic Multilingual Plane sort by code point.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from conflict_timeline.codec.reading import read, read_all
from conflict_timeline.codec.tables import from_table
from conflict_timeline.codec.wire import KIND_KEY, VERSION_KEY, VERSIONS
from conflict_timeline.codec.writing import JSON, canonical_text
from conflict_timeline.errors import DecodeError, EventError, InputError, shown
from conflict_timeline.events import Event
from conflict_timeline.events.base import known_as

__all__ = ["canonical_json", "decode", "encode", "event_id", "of_canonical"]

#: An event is one claim; anything larger is no claim, and would let one line exhaust memory.
LARGEST_EVENT = 1_000_000


def canonical_json(value: Any) -> bytes:
    """The canonical bytes of a value of dicts, lists, text, numbers, booleans and None.

    Raises:
        UnicodeEncodeError: for a lone surrogate.
        ValueError: for a number that is not finite.
    """
    return JSON.encode(value).encode("utf-8")


def encode(event: Event) -> bytes:
    """The canonical bytes of an event.

    Raises:
        EventError: if it is no event of this library, is larger than any claim, or holds text that
            UTF-8 cannot carry.
    """
    try:
        data = canonical_text(event).encode()
    except UnicodeEncodeError:
        raise EventError("expected Unicode text, got a lone surrogate") from None
    if len(data) > LARGEST_EVENT:
        raise EventError(f"expected an event of at most {LARGEST_EVENT} bytes, got {len(data)}")
    return data


def event_id(event: Event) -> str:
    """SHA-256 of the canonical bytes, in hex; the same in every log, on every machine."""
    return hashlib.sha256(encode(event)).hexdigest()


def decode(data: bytes) -> Event:
    """The event that canonical bytes hold.

    Raises:
        DecodeError: if they are not UTF-8, not JSON, or describe no event of this library; the
            message names the field.
    """
    if len(data) > LARGEST_EVENT:
        raise DecodeError(f"expected at most {LARGEST_EVENT} bytes, got {len(data)}")
    try:
        text = data.decode("utf-8")
        if not VERSIONS and (event := read(text)) is not None:
            return event
        table = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise DecodeError(f"expected UTF-8, got byte {error.start} that is not") from None
    except RecursionError:
        raise DecodeError("expected an event, got JSON nested too deeply") from None
    except DecodeError:
        raise
    except ValueError as error:
        raise DecodeError(f"expected JSON: {error}") from None
    try:
        event = from_table(table)
    except InputError as error:
        raise DecodeError("; ".join(str(fault) for fault in error.faults)) from None
    if table.get(VERSION_KEY, 1) != VERSIONS.get(table[KIND_KEY], 1):
        known_as(event, hashlib.sha256(data).hexdigest())
    return event


def of_canonical(bodies: Sequence[bytes]) -> list[Event] | None:
    """The events whose canonical bytes, in their current version, some bytes are.

    Returns:
        None if one of them is those of none, or if only ``decode`` and ``encode`` can tell.
    """
    if VERSIONS or max(map(len, bodies), default=0) > LARGEST_EVENT:
        return None
    try:
        events = read_all([data.decode("utf-8") for data in bodies])
    except UnicodeDecodeError:
        return None
    return [event for event in events if event is not None] if all(events) else None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        [(key, times)] = Counter(key for key, _ in pairs).most_common(1)
        raise DecodeError(f"expected each key once, got {shown(key)} {times} times")
    return table


def _no_constant(name: str) -> NoReturn:
    raise DecodeError(f"expected a number, got {name}")


def _bounded_int(digits: str) -> int:
    if len(digits) > 20:
        raise DecodeError(f"expected a number within +-2**53, got {shown(digits)}")
    return int(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_int=_bounded_int
)
