"""Rows of differing length in flat arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Flags", "Growing", "Ints", "distinct", "ranges"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def ranges(begin: Ints, count: Ints) -> tuple[Ints, Ints]:
    """The ranges ``begin[i] .. begin[i] + count[i]``, one after the other.

    Returns:
        For each element the number of the range that it is of, and the element.
    """
    owner = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return owner, np.arange(len(owner)) + (begin - before)[owner]


def distinct(values: Ints) -> Ints:
    """The distinct values, in order; of many integers faster than ``numpy.unique``."""
    found = np.sort(values)
    new = np.ones(len(found), dtype=bool)
    np.not_equal(found[1:], found[:-1], out=new[1:])
    return found[new]


class Growing:
    """A column that is appended to; what it holds is never moved more than a few times."""

    def __init__(self) -> None:
        self._room: Ints = np.zeros(16, dtype=np.int64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Ints:
        """What it holds."""
        return self._room[: self._length]

    def extend(self, more: Ints) -> None:
        """Appends values."""
        needed = self._length + len(more)
        if needed > len(self._room):
            room = np.zeros(max(needed, 2 * len(self._room)), dtype=np.int64)
            room[: self._length] = self.values
            self._room = room
        self._room[self._length : needed] = more
        self._length = needed
