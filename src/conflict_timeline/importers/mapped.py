"""Reads any table by a mapping file: records and events as its rows have them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from conflict_timeline.codec import from_table
from conflict_timeline.dates import When
from conflict_timeline.documents import Located
from conflict_timeline.errors import ConflictTimelineError, Fault, InputError
from conflict_timeline.events import Claim, Event
from conflict_timeline.importers.files import Moved, PathLike
from conflict_timeline.importers.mapping import Mapped, TableMapping
from conflict_timeline.importers.reports import Report, RowError
from conflict_timeline.importers.series import series_events
from conflict_timeline.importers.tables import Row, read_table
from conflict_timeline.importers.values import evaluate

__all__ = ["read_mapped"]

_NO_ROW = Row("", 0, {})


def read_mapped(
    path: PathLike, report: Report, *, mapping: TableMapping, moved: Moved | None = None
) -> Iterator[Located | Event]:
    """The events of a table, as a mapping file says.

    Args:
        path: of a text, gzipped or zipped or not, or of an ``.xlsx`` workbook.
        report: takes note of rows and refusals.
        mapping: from ``read_mapping``.
        moved: called with the number of bytes that were read on.

    Raises:
        InputError: if the file cannot be read, has not the columns, or if a record of the mapping
            that is the same for all rows makes no sense.
    """
    yield from _constants(mapping)
    rows = read_table(path, report, needed=mapping.columns, shape=mapping.shape, moved=moved)
    reader = _Reader(mapping, report)
    if mapping.series is None:
        for row in rows:
            yield from reader.events(row)
    else:
        yield from series_events(
            mapping.series, mapping.style, reader.checked(rows), report, reader.day_refusal
        )


def _constants(mapping: TableMapping) -> Iterator[Event]:
    for mapped in mapping.records:
        if mapped.constant:
            try:
                yield _built(mapped, _NO_ROW, mapping)
            except InputError as error:
                faults = [_placed(fault, mapping, mapped) for fault in error.faults]
                raise InputError(faults) from None


def _placed(fault: Fault, mapping: TableMapping, mapped: Mapped) -> Fault:
    path = ".".join(filter(None, (mapped.path, fault.path)))
    return Fault(fault.message, mapping.file, None, path)


def _built(mapped: Mapped, row: Row, mapping: TableMapping) -> Event:
    table: dict[str, Any] = {"type": mapped.kind}
    for name, field in mapped.fields.items():
        if (value := evaluate(field, row, mapping.style, name)) is not None:
            table[name] = value
    return from_table(table)


class _Reader:
    """Reads row by row, and remembers which records were declared on which line."""

    def __init__(self, mapping: TableMapping, report: Report) -> None:
        self._mapping = mapping
        self._report = report
        self._records = [mapped for mapped in mapping.records if not mapped.constant]
        self._declared: dict[tuple[type[Event], str], tuple[Event, int]] = {}
        self._latest = mapping.latest or datetime.now(UTC).date()

    def events(self, row: Row) -> Iterator[Located | Event]:
        """The records that the row is the first to declare, and its events."""
        try:
            records = list(self._new_records(row))
            claims = [
                _built(mapped, row, self._mapping)
                for mapped in self._mapping.events
                if self._takes(mapped, row)
            ]
            for claim in claims:
                assert isinstance(claim, Claim)
                if (reason := self.day_refusal(claim.when)) is not None:
                    raise RowError(reason)
        except (RowError, ConflictTimelineError) as error:
            self._refuse(row, error)
            return
        self._declare(records, row)
        for number, event in enumerate((*records, *claims), start=1):
            yield Located(event, row.file, row.line, f"row {row.line}[{number}]")

    def checked(self, rows: Iterator[Row]) -> Iterator[tuple[Row, list[Event]]]:
        """The rows of a series, each with the records that it is the first to declare."""
        for row in rows:
            try:
                records = list(self._new_records(row))
            except (RowError, ConflictTimelineError) as error:
                self._refuse(row, error)
                continue
            self._declare(records, row)
            yield row, records

    def day_refusal(self, when: When) -> str | None:
        """Why no report can be of these days; None if one can."""
        if when.earliest is not None and when.earliest > self._latest:
            what = "" if self._mapping.latest else ", the day of import"
            return f"when: expected no day after {self._latest}{what}, got {when.edtf}"
        earliest = self._mapping.earliest
        if earliest is not None and when.latest is not None and when.latest < earliest:
            return f"when: expected no day before {earliest}, got {when.edtf}"
        return None

    def _takes(self, mapped: Mapped, row: Row) -> bool:
        """Whether the row is one that the event is made of; others are passed over, and counted."""
        for column, cells in mapped.skip.items():
            if row.text(column) in cells:
                self._report.note(f"rows passed over, as {column} says {row.text(column)!r}")
                return False
        return all(row.text(column) in cells for column, cells in mapped.only.items())

    def _new_records(self, row: Row) -> Iterator[Event]:
        for mapped in self._records:
            record = _built(mapped, row, self._mapping)
            key = (type(record), record.id)  # type: ignore[attr-defined]
            known = self._declared.get(key)
            if known is None:
                yield record
            elif known[0] != record:
                raise RowError(
                    f"{mapped.kind} {key[1]!r}: is declared otherwise on line {known[1]} already"
                )

    def _declare(self, records: list[Event], row: Row) -> None:
        for record in records:
            self._declared[type(record), record.id] = (record, row.line)  # type: ignore[attr-defined]

    def _refuse(self, row: Row, error: Exception) -> None:
        reason = str(error)
        if isinstance(error, InputError):
            reason = "; ".join(str(fault) for fault in error.faults)
        self._report.refuse(row.file, row.line, reason, str(next(iter(row.cells.values()), "")))
