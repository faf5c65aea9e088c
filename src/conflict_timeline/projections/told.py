"""What a view tells of one kind by a day: a sequence that is gathered when it is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Generic, TypeVar

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE
from conflict_timeline.view import Visible

__all__ = ["Told"]

T = TypeVar("T")


class Told(ABC, Generic[T]):
    """What is told of one kind by the end of a day, in an order of its own."""

    def __init__(self, visible: Visible, day: int = OPEN_FUTURE) -> None:
        """Takes what a view shows, and an ordinal.

        Args:
            visible: of a view.
            day: what may have begun by its end is told.
        """
        self._visible = visible
        self._day = day

    @abstractmethod
    def _gathered(self) -> tuple[T, ...]:
        """All of it, in order."""

    @cached_property
    def _all(self) -> tuple[T, ...]:
        return self._gathered()

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[T]:
        return iter(self._all)
