"""Numbered ids in their order as texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_timeline.projections.ragged import Ints

__all__ = ["InOrder"]


class InOrder:
    """The order of ids that only become more; it is found again when they have.

    Attributes:
        ids: by number.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = ids
        self._by: Ints = np.zeros(0, dtype=np.int64)
        self._rank = self._by
        self._names: npt.NDArray[Any] = np.zeros(0, dtype=object)
        self._all: tuple[str, ...] = ()

    def _find(self) -> None:
        if len(self._by) == len(self.ids):
            return
        ids = self.ids
        self._by = np.asarray(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
        self._rank = np.empty_like(self._by)
        self._rank[self._by] = np.arange(len(ids))
        self._names = np.asarray(ids, dtype=object)[self._by]
        self._all = tuple(self._names.tolist())

    @property
    def by(self) -> Ints:
        """The numbers, in order of the ids."""
        self._find()
        return self._by

    @property
    def rank(self) -> Ints:
        """By number, where its id stands."""
        self._find()
        return self._rank

    @property
    def names(self) -> npt.NDArray[Any]:
        """The ids, in order."""
        self._find()
        return self._names

    def named(self, ranks: Ints) -> tuple[str, ...]:
        """The ids that stand at places in the order; they are given in order, each once."""
        self._find()
        return self._all if len(ranks) == len(self._all) else tuple(self._names[ranks].tolist())
