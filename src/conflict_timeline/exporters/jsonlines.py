"""JSON Lines: one row a line, as an object by column."""

from __future__ import annotations

from typing import BinaryIO

from conflict_timeline.exporters.columns import Table
from conflict_timeline.exporters.plain import json_line, plain_row

__all__ = ["write_jsonl"]


def write_jsonl(table: Table, stream: BinaryIO) -> list[str]:
    """Writes a table as JSON Lines in UTF-8; None is null. Gives remarks: none."""
    for row in table:
        stream.write(f"{json_line(plain_row(table, row))}\n".encode())
    return []
