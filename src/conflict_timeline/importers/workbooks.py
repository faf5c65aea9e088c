"""Sheets of ``.xlsx`` workbooks, read as they stream, by openpyxl (extra ``excel``)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from conflict_timeline.errors import MissingExtraError, shown
from conflict_timeline.importers.files import PathLike, bad_file, check_zip
from conflict_timeline.importers.tables import Cell

__all__ = ["read_sheet"]

_MOST_COLUMNS = 2_000


def read_sheet(path: PathLike, sheet: str | None) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The rows of a sheet, each with its number; values as the workbook has them.

    Args:
        path: of the workbook.
        sheet: its name; None if there is only one.

    Raises:
        InputError: if it is no workbook, unpacks to too much, or has not that sheet.
        MissingExtraError: if openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise MissingExtraError("reading .xlsx", "excel") from None
    try:
        with zipfile.ZipFile(path) as archive:
            check_zip(archive, path)
        book: Any = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise bad_file(path, f"cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise bad_file(path, f"is no .xlsx workbook: {error}") from None
    try:
        names = book.sheetnames
        if sheet is None and len(names) != 1:
            raise bad_file(path, f"has several sheets, say which: {shown(', '.join(names))}")
        if sheet is not None and sheet not in names:
            message = f"has no sheet {shown(sheet)}; it has {shown(', '.join(names))}"
            raise bad_file(path, message)
        rows = book[sheet or names[0]].iter_rows(values_only=True, max_col=_MOST_COLUMNS)
        width = 0
        for number, cells in enumerate(rows, start=1):
            values = [_cell(cell) for cell in cells]
            while len(values) > width and values[-1] == "":
                values.pop()
            # The first row is the header: no row is narrower, as a sheet has no ragged ones.
            width = width or len(values)
            yield number, values + [""] * (width - len(values))
    finally:
        book.close()


def _cell(value: Any) -> Cell:
    """A value as a cell; what is neither text, number nor day goes by its text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    if isinstance(value, date | int | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, time | timedelta):
        return value.isoformat() if isinstance(value, time) else str(value)
    return str(value)
