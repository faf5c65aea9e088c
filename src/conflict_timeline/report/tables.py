"""What the page's tables of numbers are made of: values told once and then by their number."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

__all__ = ["Numbered", "rows", "unfolded"]

T = TypeVar("T", bound=Hashable)


class Numbered(Generic[T]):
    """Distinct values in the order in which they were first met."""

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._numbers: dict[T, int] = {}
        for value in values:
            self.number(value)

    def number(self, value: T) -> int:
        """The value's number, from 0."""
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[T]:
        """The values; the number of each is its index."""
        return list(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def rows(revisions: Iterable[tuple[int, list[tuple[int, ...]]]]) -> list[list[int]]:
    """Rows as known one day after another, each written as what it shares with the one before.

    Args:
        revisions: the number of a day of publication, and the rows known since then, each beginning
            with the day from which it holds.

    Returns:
        By revision: the number, how many rows are as before, and the further rows one after another
        with the day as a step from the row before. A revision that says the same is left out.
    """
    found: list[list[int]] = []
    before: list[tuple[int, ...]] = []
    for known, now in revisions:
        if now == before:
            continue
        kept = 0
        while kept < min(len(before), len(now)) and before[kept] == now[kept]:
            kept += 1
        flat = [known, kept]
        day = now[kept - 1][0] if kept else 0
        for row in now[kept:]:
            flat += [row[0] - day, *row[1:]]
            day = row[0]
        found.append(flat)
        before = now
    return found


def unfolded(
    revisions: Iterable[list[int]], known: int | None = None, width: int = 3
) -> list[tuple[int, ...]]:
    """The rows known at a number of a day of publication, as a page reads them.

    Args:
        revisions: as ``rows`` writes them.
        known: the number; None for the last.
        width: numbers a row.
    """
    found: list[tuple[int, ...]] = []
    for at, kept, *flat in revisions:
        if known is not None and at > known:
            break
        del found[kept:]
        day = found[-1][0] if found else 0
        for start in range(0, len(flat), width):
            day += flat[start]
            found.append((day, *flat[start + 1 : start + width]))
    return found
