"""Control time series: long tables of place, day, source and status, as claims on who held what.

Rows come in any order and in any number, so they are sorted in a temporary file, place by place.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When, from_ordinal
from conflict_timeline.documents import Located
from conflict_timeline.errors import ConflictTimelineError, shown
from conflict_timeline.events import ControlChanged, ControlObserved, Event
from conflict_timeline.importers.folding import Told, fold
from conflict_timeline.importers.mapping import Layer, Series
from conflict_timeline.importers.reports import Report, RowError
from conflict_timeline.importers.tables import Row
from conflict_timeline.importers.values import Style, evaluate

__all__ = ["series_events"]

_TABLE = """CREATE TABLE told (
    place TEXT, first INTEGER, last INTEGER, layer TEXT, status TEXT,
    known_first INTEGER, known INTEGER, fields TEXT, line INTEGER
)"""
_INSERT = "INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SORTED = "SELECT * FROM told ORDER BY place, first, last, layer, line"
_ROWS_AT_ONCE = 10_000


@attrs.frozen
class _Line:
    """One row of the table, as far as one layer is concerned."""

    place: str
    first: int
    last: int
    layer: str
    status: str
    known_first: int | None
    known: int | None
    fields: str
    line: int


def series_events(
    series: Series,
    style: Style,
    rows: Iterable[tuple[Row, list[Event]]],
    report: Report,
    day_refusal: Callable[[When], str | None],
) -> Iterator[Located | Event]:
    """The claims of a series, place by place; records as rows declare them.

    Args:
        series: how the rows read.
        style: how their cells are written.
        rows: each with the records that it declares.
        report: takes note of what is refused.
        day_refusal: why no report can be of these days.
    """
    with (
        tempfile.TemporaryDirectory(prefix="conflict-timeline-") as folder,
        closing(sqlite3.connect(Path(folder) / "rows.db", isolation_level=None)) as spool,
    ):
        # No journal: the file is gone with its folder whatever happens.
        spool.execute("PRAGMA journal_mode = OFF")
        spool.execute("PRAGMA synchronous = OFF")
        spool.execute(_TABLE)
        file = ""
        pending: list[tuple[Any, ...]] = []
        spool.execute("BEGIN")
        for row, records in rows:
            file = row.file
            for record in records:
                yield Located(record, row.file, row.line, f"row {row.line}")
            pending += (
                attrs.astuple(line) for line in _lines(series, style, row, report, day_refusal)
            )
            if len(pending) > _ROWS_AT_ONCE:
                _write(spool, pending)
                pending = []
        _write(spool, pending)
        spool.execute("COMMIT")
        found = spool.execute(_SORTED)
        told = (_Line(*values) for values in found)
        for _, lines in groupby(told, key=lambda line: line.place):
            yield from _claims(series, list(lines), report, file)


def _write(spool: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    spool.executemany(_INSERT, rows)


def _lines(
    series: Series,
    style: Style,
    row: Row,
    report: Report,
    day_refusal: Callable[[When], str | None],
) -> Iterator[_Line]:
    """What a row says: one line a layer that it has a status of."""
    try:
        place = evaluate(series.place, row, style, "place", "text")
        when = _when(evaluate(series.when, row, style, "when", "date"))
        known = _when(evaluate(series.known, row, style, "known", "date"))
        if place is None or when is None:
            raise RowError(f"{'place' if place is None else 'when'}: says nothing")
        if (reason := day_refusal(when)) is not None:
            raise RowError(reason)
        for layer in _layers(series, style, row, report):
            status = evaluate(layer.status, row, style, "status", "text")
            if status is None:
                continue
            if status not in layer.statuses:
                raise RowError(f"status: the mapping has no meaning for {shown(status)}")
            fields = {
                name: value
                for name, told in layer.fields.items()
                if (value := evaluate(told, row, style, name)) is not None
            }
            yield _Line(
                str(place), when.first, when.last, layer.name, status,
                None if known is None else known.first, None if known is None else known.last,
                json.dumps(fields), row.line,
            )  # fmt: skip
    except (RowError, ConflictTimelineError) as error:
        report.refuse(row.file, row.line, str(error), str(next(iter(row.cells.values()), "")))


def _when(value: Any) -> When | None:
    return None if value is None else When.of(value)


def _layers(series: Series, style: Style, row: Row, report: Report) -> Iterator[Layer]:
    if series.layer is None:
        yield from series.layers.values()
        return
    name = evaluate(series.layer, row, style, "layer", "text")
    if name in series.layers:
        yield series.layers[name]
    elif name in series.pass_over:
        report.note(f"rows of layer {name!r}: passed over, as the mapping says")
    else:
        raise RowError(f"layer: the mapping has none called {shown(name)}")


def _claims(series: Series, lines: list[_Line], report: Report, file: str) -> Iterator[Located]:
    """The claims on one place."""
    told: list[Told] = []
    by_line: dict[tuple[str, int], _Line] = {}
    held: dict[str, frozenset[str]] = {}
    for line in _agreeing(lines, report, file):
        meaning = series.layers[line.layer].statuses[line.status]
        if meaning is None:
            continue
        word, actors = meaning
        holding = frozenset(actors) if word == "held_by" else None
        if holding is not None:
            held[line.layer] = holding
        elif actors[0] in held.get(line.layer, ()):
            del held[line.layer]
        else:
            # It did not say that they held it, so there is nothing that they lost by its word.
            continue
        by_line[line.layer, line.line] = line
        told.append(Told(line.first, line.last, line.layer, holding, line.known or 0, line.line))
    kept = fold(told, series.repeat_every) if series.fold else told
    if folded := len(told) - len(kept):
        report.note("daily repeats folded: they change no answer", folded)
    for each in kept:
        line = by_line[each.layer, each.line]
        yield Located(_claim(series, line, each.holding), file, line.line, f"row {line.line}")


def _agreeing(lines: list[_Line], report: Report, file: str) -> Iterator[_Line]:
    """The lines without those on which one layer says two things of one day."""
    says: dict[tuple[str, int, int], set[str]] = {}
    for line in lines:
        says.setdefault((line.layer, line.first, line.last), set()).add(line.status)
    met: set[tuple[str, int, int]] = set()
    for line in lines:
        key = (line.layer, line.first, line.last)
        if len(says[key]) > 1:
            both = " and ".join(sorted(says[key]))
            reason = f"status: {line.layer} says both {both} of {line.place} on that day"
            report.refuse(file, line.line, reason, line.place)
        elif key in met:
            report.note("rows that say again what another row of that day says")
        else:
            met.add(key)
            yield line


def _claim(series: Series, line: _Line, holding: frozenset[str] | None) -> Event:
    fields = json.loads(line.fields)
    if line.known is not None:
        fields["known"] = _from(line.known_first, line.known)
    fields |= {"place": line.place, "when": _from(line.first, line.last)}
    if holding is not None:
        return ControlObserved(holders=holding, **fields)
    meaning = series.layers[line.layer].statuses[line.status]
    assert meaning is not None
    return ControlChanged(from_=meaning[1][0], **fields)


def _from(first: int | None, last: int) -> When:
    return When(
        None if first is None or first <= OPEN_PAST else from_ordinal(first),
        None if last >= OPEN_FUTURE else from_ordinal(last),
    )
