"""CSV that a spreadsheet can open without running anything in it, and back.

RFC 4180, in UTF-8. What a spreadsheet would take for a formula gets an apostrophe before it, which
``read_csv`` takes off again. An empty cell is None. Ids in a list are joined by semicolons, the
actors of one holding by plus signs, with a backslash before either where it is part of an id;
``unknown`` in a list of holdings is unknown. Names and quantities are JSON.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO

from conflict_timeline.errors import DecodeError, shown
from conflict_timeline.exporters.columns import Column, Row, Table, TableSpec, Type
from conflict_timeline.exporters.plain import json_line

__all__ = ["guarded", "read_csv", "unguarded", "write_csv"]

BOM = b"\xef\xbb\xbf"

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_STARTS_FORMULA = tuple("=+-@\N{MINUS SIGN}")
_BREAKS = tuple("\t\r\n")
# Letters and symbols that are drawn as nothing; the rest of what cannot be seen has its category.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
_UNKNOWN = "unknown"


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula, however it normalises it."""
    normal = unicodedata.normalize("NFKC", text)
    if normal[:1] in _BREAKS:
        return True
    for char in normal:
        # Zero-width and bidi characters, controls, combining marks, blanks.
        if unicodedata.category(char)[0] not in "CMZ" and char not in _BLANK:
            return char in _STARTS_FORMULA and not _NUMBER.fullmatch(text)
    return False


def guarded(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet may take it for a formula.

    The rule is OWASP's for CSV injection, on the text as a spreadsheet may normalise it: a
    full-width equals sign counts, and so does one behind characters that cannot be seen. A text
    that looks as if it had been given an apostrophe gets another, so that each can be taken back.
    """
    return f"'{text}" if _is_formula(text.lstrip("'")) else text


def unguarded(cell: str) -> str:
    """The text that ``guarded`` made a cell of."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def write_csv(table: Table, stream: BinaryIO, *, bom: bool = False) -> list[str]:
    """Writes a table as CSV; with a byte-order mark if Excel is to see that it is UTF-8."""
    if bom:
        stream.write(BOM)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    for row in table:
        writer.writerow(map(_cell, table.columns, row))
        stream.write(_taken(text))
    stream.write(_taken(text))
    return []


def _taken(text: io.StringIO) -> bytes:
    data = text.getvalue().encode("utf-8")
    text.seek(0)
    text.truncate()
    return data


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    match column.type:
        case Type.BOOLEAN:
            return "true" if value else "false"
        case Type.INTEGER | Type.NUMBER:
            return repr(value)
        case Type.DAY:
            return str(value.isoformat())
        case Type.IDS | Type.KEYS:
            return guarded(";".join(map(_escaped, value)))
        case Type.HOLDING:
            return guarded(_holding(value))
        case Type.HOLDINGS:
            return guarded(";".join(_UNKNOWN if h is None else _holding(h) for h in value))
        case Type.QUANTITIES | Type.NAMES:
            return json_line(value) if value else ""
    return guarded(value)


def _holding(actors: Iterable[str]) -> str:
    text = "+".join(map(_escaped, actors))
    return f"\\{text}" if text == _UNKNOWN else text


def _escaped(identity: str) -> str:
    return re.sub(r"([\\;+])", r"\\\1", identity)


def read_csv(stream: BinaryIO, spec: TableSpec) -> Iterator[Row]:
    """The rows of a table that ``write_csv`` wrote.

    Raises:
        DecodeError: for a file whose header or cells are not of that table.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        # A canonical event may be as long as a megabyte; the limit is the whole process's.
        before = csv.field_size_limit(10_000_000)
        try:
            rows = csv.reader(text, strict=True)
            header = next(rows, [])
            names = [column.name for column in spec.columns]
            if header != names:
                raise DecodeError(f"expected the columns {', '.join(names)}, got {shown(header)}")
            yield from (_row(spec, cells, rows.line_num) for cells in rows)
        finally:
            csv.field_size_limit(before)
    finally:
        text.detach()


def _row(spec: TableSpec, cells: Sequence[str], line: int) -> Row:
    if len(cells) != len(spec.columns):
        raise DecodeError(f"line {line}: expected {len(spec.columns)} cells, got {len(cells)}")
    found = []
    for column, cell in zip(spec.columns, cells, strict=True):
        try:
            found.append(_value(column, cell))
        except (ValueError, KeyError):
            message = f"expected {column.type.value}, got {shown(cell)}"
            raise DecodeError(f"line {line}: {column.name}: {message}") from None
    return tuple(found)


def _value(column: Column, cell: str) -> Any:
    many = column.type in (Type.IDS, Type.KEYS, Type.HOLDINGS, Type.QUANTITIES, Type.NAMES)
    if not cell:
        return [] if many else None
    match column.type:
        case Type.BOOLEAN:
            return {"true": True, "false": False}[cell]
        case Type.INTEGER:
            return int(cell)
        case Type.NUMBER:
            return float(cell) if re.search("[.eE]", cell) else int(cell)
        case Type.DAY:
            return date.fromisoformat(cell)
        case Type.IDS | Type.KEYS:
            return [_bare(part) for part in _parts(unguarded(cell), ";")]
        case Type.HOLDING:
            return _actors(unguarded(cell))
        case Type.HOLDINGS:
            parts = _parts(unguarded(cell), ";")
            return [None if part == _UNKNOWN else _actors(part) for part in parts]
        case Type.QUANTITIES | Type.NAMES:
            return json.loads(cell)
    return unguarded(cell)


def _parts(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that have no backslash before them."""
    found = [""]
    for token in re.findall(r"\\.|.", text, re.S):
        if token == separator:
            found.append("")
        else:
            found[-1] += token
    return found


def _actors(text: str) -> list[str]:
    return [_bare(part) for part in _parts(text, "+")]


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.S)
