"""Exported tables as notebooks show them: the first rows, with the keys that the files have."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from conflict_timeline.exporters import columns
from conflict_timeline.exporters.columns import Column, Type
from conflict_timeline.notebook.tables import MOST_ROWS, Table, listed
from conflict_timeline.quantities import Quantity
from conflict_timeline.words import Naming, quantity_text

__all__ = ["exported"]

# Of an id so much is shown, and of a text; files have all of it.
_ID_DIGITS, _MOST_TEXT = 12, 80


def exported(_: Naming, found: columns.Table) -> Table:
    """The first rows of a table of a view, and of its columns those that say anything in them.

    The events as they are recorded, the last column of some tables, are for files.
    """
    first = list(islice(found, MOST_ROWS + 1))
    plain = [at for at, column in enumerate(found.columns) if column.type is not Type.EVENT]
    shown = [at for at in plain if any(row[at] not in (None, []) for row in first[:MOST_ROWS])]
    empty = [at for at in plain if at not in shown]
    header = [found.columns[at].name for at in shown]
    rows = [[_cell(found.columns[at], row[at]) for at in shown] for row in first]
    about = found.about
    known_by = about["known_by"]
    parts = [
        found.spec.title,
        *([about["day"]] if about["day"] else []),
        "all publications" if known_by is None else f"known by {known_by}",
    ]
    notes = [
        f"In files there is {column.name}, too: {column.meaning}"
        for column in found.columns
        if column.type is Type.EVENT
    ]
    if empty and first:
        names = ", ".join(found.columns[at].name for at in empty)
        notes.insert(0, f"Nothing is said here in {names}.")
    return Table(", ".join(parts), header, rows, notes=notes, scrolled=True)


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return "–"
    match column.type:
        case Type.ID:
            return str(value)[:_ID_DIGITS]
        case Type.BOOLEAN:
            return "yes" if value else "no"
        case Type.IDS:
            return listed(identity[:_ID_DIGITS] for identity in value)
        case Type.KEYS:
            return listed(value)
        case Type.HOLDING:
            return _holding(value)
        case Type.HOLDINGS:
            return " | ".join(map(_holding, value)) or "–"
        case Type.NAMES:
            return listed(name["name"] for name in value)
        case Type.QUANTITIES:
            return listed(map(_quantity, value))
    text = str(value)
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} …"


def _holding(actors: Iterable[str] | None) -> str:
    return "unknown" if actors is None else " and ".join(actors)


def _quantity(part: dict[str, Any]) -> str:
    bounds = Quantity(low=part["low"], best=part["best"], high=part["high"])
    return f"{part['of']} {quantity_text(bounds)}"
