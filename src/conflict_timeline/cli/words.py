"""Answers in words, as the command line shows them: those of ``words``, and cells in colour."""

from __future__ import annotations

from collections.abc import Iterable

from conflict_timeline.cli.tables import Styled
from conflict_timeline.words import (
    NOT_GIVEN,
    Naming,
    amount,
    count_of,
    dated,
    days,
    plain,
    quantity_text,
    said_by,
    share,
    sources,
    span_end,
    window,
)

__all__ = [
    "NOT_GIVEN",
    "Naming",
    "amount",
    "count_of",
    "dated",
    "days",
    "plain",
    "quantity_text",
    "said_by",
    "share",
    "some_of",
    "sources",
    "span_end",
    "status_cell",
    "window",
]

# Of a list within a sentence so many are named; JSON and CSV have all.
_NAMED = 40
_COLOURS = {
    "certain": "green",
    "borne out": "green",
    "uncertain": "yellow",
    "implied": "cyan",
    "stale": "cyan",
    "disputed": "red",
    "refuted": "red",
    "against": "red",
    "for": "green",
}


def some_of(names: Iterable[str]) -> str:
    """The first names in order, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - _NAMED
    return ", ".join(ordered[:_NAMED]) + (f" and {count_of(more, 'other')}" if more > 0 else "")


def status_cell(status: str) -> Styled:
    """A status or verdict as a cell, in its colour."""
    return Styled(
        status.replace("_", " "), _COLOURS.get(status), dim=status in ("unknown", "not seen")
    )
