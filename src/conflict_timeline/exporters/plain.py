"""JSON that may stand anywhere: no browser takes it for markup, or for the end of a script."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from conflict_timeline.exporters.columns import Table, Type

__all__ = ["json_line", "json_text", "plain_row"]

# They only ever stand inside of strings, where their escapes mean the same.
_ESCAPES = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_line(value: Any) -> str:
    """A value as JSON (RFC 8259) on one line; "<" and the line separators are escaped."""
    return _safe(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def json_text(value: Any) -> str:
    """A value as JSON for people to read."""
    return _safe(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))


def _safe(text: str) -> str:
    return text.translate(_ESCAPES)


def plain_row(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as JSON has it: days as ISO text, and the canonical event as an object."""
    return {
        column.name: (
            json.loads(value)
            if column.type is Type.EVENT and value is not None
            else value.isoformat()
            if isinstance(value, date)
            else value
        )
        for column, value in zip(table.columns, row, strict=True)
    }
