"""Tables: a header and rows, as delimited text or as a sheet of a workbook, read as they stream."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import IO, Any, TypeAlias, TypeVar

import attrs

from conflict_timeline.errors import ConflictTimelineError, shown
from conflict_timeline.importers.files import Moved, PathLike, bad_file, open_text
from conflict_timeline.importers.reports import Report, RowError

__all__ = ["Cell", "Row", "Shape", "read_rows", "read_table"]

T = TypeVar("T")

#: A cell: text; of a workbook also a number or a day, as the workbook itself has it.
Cell: TypeAlias = str | int | float | date

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_LINE = 2_000_000
_MOST_COLUMNS = 2_000


@attrs.frozen
class Row:
    """One row of a table.

    Attributes:
        file: name of the file.
        line: on which it begins, from 1.
        cells: by column.
    """

    file: str
    line: int
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str:
        """A cell as text without blanks around it; "" if it is empty or there is no such column."""
        return str(self.cells.get(column, "")).strip()


@attrs.frozen(kw_only=True)
class Shape:
    """How a table is written, as far as its reader was told.

    Attributes:
        encoding, delimiter: None to tell by byte-order mark and header, or refuse.
        columns: the columns of a table without a header.
        sheet: of a workbook; None for its only one.
        quotes: False where a quotation mark is a character like any other.
        fold: whether the case of column names does not matter; they are lower case then.
    """

    encoding: str | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] = ()
    sheet: str | None = None
    quotes: bool = True
    fold: bool = False


def read_rows(
    rows: Iterable[Row], read: Callable[[Row], Iterable[T]], report: Report, *, named: str
) -> Iterator[T]:
    """What each row reads as: all of it, or the row is refused with the reason.

    Args:
        rows: of a table.
        read: what a row reads as.
        report: takes note of rows that cannot be read.
        named: the column that tells one row from another.
    """
    for row in rows:
        try:
            found = list(read(row))
        except (RowError, ConflictTimelineError) as error:
            report.refuse(row.file, row.line, str(error), row.text(named))
        else:
            yield from found


def read_table(
    path: PathLike,
    report: Report,
    *,
    needed: Iterable[str],
    shape: Shape | None = None,
    moved: Moved | None = None,
) -> Iterator[Row]:
    """The rows of a table; those that are not as the header says are refused.

    A row of HXL tags below the header is passed over, and empty rows are.

    Args:
        path: a text, gzipped or zipped or not; or an ``.xlsx`` workbook.
        report: takes note of rows and refusals.
        needed: columns that must be there; by them the delimiter is told.
        shape: how it is written, if anything is known of that.
        moved: called with the number of bytes that were read on.

    Raises:
        InputError: if the file cannot be read, or is no such table.
    """
    shape = shape or Shape()
    wanted = tuple(needed)
    file = os.fspath(path)
    if file.lower().endswith((".xlsx", ".xlsm")):
        from conflict_timeline.importers.workbooks import read_sheet

        yield from _rows(file, read_sheet(path, shape.sheet), wanted, shape, report)
    elif file.lower().endswith((".xls", ".ods")):
        raise bad_file(file, "expected a text or an .xlsx workbook: save it as one of these")
    else:
        with open_text(path, encoding=shape.encoding, moved=moved) as stream:
            yield from _rows(
                file, _records(stream, file, wanted, shape, report), wanted, shape, report
            )


def _rows(
    file: str,
    records: Iterable[tuple[int, Sequence[Cell]]],
    needed: tuple[str, ...],
    shape: Shape,
    report: Report,
) -> Iterator[Row]:
    """Rows by column, from records of which the first is the header."""
    found = iter(records)
    header = shape.columns or _header(file, next(found, (1, ())), needed, shape)
    first = True
    for line, cells in found:
        if not any(cell != "" for cell in cells):
            continue
        if first and _is_hxl(cells):
            report.note("a row of HXL tags below the header was passed over")
            first = False
            continue
        first = False
        report.rows += 1
        while len(cells) > len(header) and cells[-1] == "":
            cells = cells[:-1]  # spreadsheets leave delimiters of empty columns behind
        if len(cells) != len(header):
            reason = f"expected {len(header)} cells as in the header, got {len(cells)}"
            report.refuse(file, line, reason, str(cells[0]))
        elif any(isinstance(cell, str) and "\x00" in cell for cell in cells):
            report.refuse(file, line, "expected text, got a NUL character in it", str(cells[0]))
        else:
            yield Row(file, line, dict(zip(header, cells, strict=True)))


def _header(
    file: str, record: tuple[int, Sequence[Cell]], needed: tuple[str, ...], shape: Shape
) -> tuple[str, ...]:
    line, cells = record
    header = tuple(_column(cell, shape) for cell in cells)
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > _MOST_COLUMNS:
        raise bad_file(file, f"expected at most {_MOST_COLUMNS} columns, got {len(header)}", line)
    if missing := [column for column in needed if column not in header]:
        raise bad_file(
            file,
            f"expected a header with {', '.join(missing)}; got {shown(', '.join(header), 300)}",
            line,
        )
    named = [column for column in header if column]
    if twice := sorted({column for column in named if named.count(column) > 1}):
        raise bad_file(file, f"expected each column once, got twice: {', '.join(twice)}", line)
    return header


def _column(cell: Cell, shape: Shape) -> str:
    name = str(cell).strip()
    return name.lower() if shape.fold else name


def _is_hxl(cells: Sequence[Cell]) -> bool:
    """Whether all cells that are not empty are HXL hashtags (the standard's row below a header)."""
    told = [str(cell) for cell in cells if cell != ""]
    return bool(told) and all(cell.lstrip().startswith("#") for cell in told)


def _records(
    stream: IO[str], file: str, needed: tuple[str, ...], shape: Shape, report: Report
) -> Iterator[tuple[int, Sequence[str]]]:
    """The records of a delimited text (RFC 4180), each with the line on which it begins."""
    lines = _lines(stream, file)
    before = 0
    head = next(lines, "")
    if head[:4].lower() == "sep=":  # Excel's own first line
        before, head = 1, next(lines, "")
    if not head.strip():
        raise bad_file(file, "expected a table, got nothing")
    delimiter = shape.delimiter or (
        _likely(head) if shape.columns else _delimiter(file, head, needed, shape)
    )
    quoting: Any = csv.QUOTE_MINIMAL if shape.quotes else csv.QUOTE_NONE
    reader = csv.reader(_again(head, lines), delimiter=delimiter, quoting=quoting, strict=True)
    while True:
        begins = reader.line_num + 1 + before
        try:
            record = next(reader, None)
        except csv.Error as error:
            reason = str(error)
            if "field larger" in reason or "unexpected end" in reason:
                raise bad_file(
                    file, f"a cell does not end ({reason}): is a quote left open?", begins
                ) from None
            report.rows += 1
            report.refuse(file, begins, f"not a row of delimited text: {reason}")
            continue
        if record is None:
            return
        yield begins, record


def _again(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield head
    yield from lines


def _lines(stream: IO[str], file: str) -> Iterator[str]:
    number, encoding = 0, getattr(stream, "encoding", "text")
    while True:
        number += 1
        try:
            line = stream.readline(_LONGEST_LINE + 1)
        except UnicodeError as error:
            raise bad_file(
                file,
                f"is not {encoding}: {getattr(error, 'reason', error)}; if you know how it is "
                "encoded, say so (cp1252 for Windows in Western Europe)",
                number,
            ) from None
        if not line:
            return
        if len(line) > _LONGEST_LINE:
            raise bad_file(file, f"expected lines of at most {_LONGEST_LINE:,} characters", number)
        yield line


def _delimiter(file: str, head: str, needed: tuple[str, ...], shape: Shape) -> str:
    """The delimiter that makes the header have the columns it must have."""
    fitting = []
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([head], delimiter=delimiter))
        except csv.Error as error:
            raise bad_file(file, f"its first line is no header: {error}", 1) from None
        if set(needed) <= {_column(cell, shape) for cell in cells}:
            fitting.append(delimiter)
    if len(fitting) == 1:
        return fitting[0]
    # With one column needed every delimiter may do, and with none found the error names columns.
    return _likely(head)


def _likely(head: str) -> str:
    return max(_DELIMITERS, key=head.count)
