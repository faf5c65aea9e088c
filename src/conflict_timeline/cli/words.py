"""What words alone cannot show: statuses in their colours, and lists that are too long."""

from __future__ import annotations

from collections.abc import Iterable

from conflict_timeline.cli.tables import Styled
from conflict_timeline.words import count_of

__all__ = ["some_of", "status_cell"]

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
