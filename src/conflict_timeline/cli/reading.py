"""Events that are handed over on standard input, as TOML or JSON, with their faults told."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from conflict_timeline.codec import decode, from_table
from conflict_timeline.documents import LARGEST_FILE, Located, is_json, read_document
from conflict_timeline.errors import DecodeError, Fault, InputError, shown
from conflict_timeline.exporters.reading import is_exported
from conflict_timeline.exporters.reading import read_events as read_lines
from conflict_timeline.toml_lines import scan

__all__ = ["read_events"]

_HEADER = b"[[event]]\n"


def read_events(data: bytes, name: str) -> list[Located]:
    """The events of a text.

    Args:
        data: TOML with ``[[event]]`` tables or with the fields of one event; or JSON, an object or
            a list of objects, or one on each line (JSON Lines, as ``export`` writes them).
        name: what messages call the text.

    Raises:
        InputError: with every fault in it.
    """
    if len(data) > LARGEST_FILE:
        raise InputError([Fault(f"expected at most {LARGEST_FILE:,} bytes, got more", name)])
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise InputError([Fault("expected an event as TOML or JSON, got nothing", name)])
    if is_json(data.decode("utf-8", "replace")):
        return _from_json(data, name)
    bare = _is_bare(data)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.toml"
        file.write_bytes(_HEADER + data if bare else data)
        try:
            events = read_document(file).events
        except InputError as error:
            raise InputError([_renamed(fault, name, bare) for fault in error.faults]) from None
    return [attrs.evolve(item, file=name, **_lines(item, bare)) for item in events]


def _is_bare(data: bytes) -> bool:
    """Whether the TOML holds the fields of one event and no ``[[event]]`` header."""
    try:
        lines = scan(data.decode("utf-8"), "")
    except ValueError:
        return b"[[event]]" not in data
    return not lines.events and "event" not in lines.top


def _renamed(fault: Fault, name: str, bare: bool) -> Fault:
    line = fault.line - 1 if bare and fault.line else fault.line
    return attrs.evolve(fault, file=name, line=line or None)


def _lines(item: Located, bare: bool) -> dict[str, Any]:
    if not bare:
        return {}
    return {"line": 1, "lines": {field: line - 1 for field, line in item.lines.items()}}


def _from_json(data: bytes, name: str) -> list[Located]:
    lines = data.splitlines()
    if _are_objects(lines):
        return read_lines(lines, name)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise InputError([Fault(f"expected JSON: {error}", name)]) from None
    texts = [json.dumps(item).encode() for item in (value if isinstance(value, list) else [value])]
    if not texts:
        raise InputError([Fault("expected an event, got an empty list", name)])
    located: list[Located] = []
    faults: list[Fault] = []
    for number, text in enumerate(texts, start=1):
        path = f"event[{number}]"
        try:
            located.append(Located(decode(text), name, None, path))
        except DecodeError as error:
            faults += _json_faults(text, error, name, path)
    if faults:
        raise InputError(faults)
    return located


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        [(key, times)] = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"expected each key once, got {shown(key)} {times} times")
    return table


def _are_objects(lines: Sequence[bytes]) -> bool:
    """Whether it is JSON Lines: several objects, or a row of an exported table."""
    starts = [line.lstrip()[:1] for line in lines if line.strip()]
    if set(starts) != {b"{"}:
        return False
    if len(starts) > 1:
        return True
    try:
        return is_exported(json.loads(b"".join(lines)))
    except (ValueError, RecursionError):
        return False


def _json_faults(text: bytes, error: DecodeError, name: str, path: str) -> list[Fault]:
    """The faults of one event one by one, where it is an event with faulty fields."""
    try:
        from_table(json.loads(text))
    except InputError as found:
        return [
            Fault(f.message, name, path=f"{path}.{f.path}" if f.path else path)
            for f in found.faults
        ]
    return [Fault(str(error), name, path=path)]
