"""The whole state: what can have held for all keys on one day, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from conflict_timeline.answers import in_html
from conflict_timeline.projections.holdings import Holding
from conflict_timeline.projections.ragged import Flags, Ints

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Sets", "WholeState"]


@attrs.frozen(eq=False)
class Sets:
    """A set of holdings for each key.

    Attributes:
        begin: where each key's holdings begin; one more than keys.
        codes: numbers of holdings.
    """

    begin: Ints
    codes: Ints

    @classmethod
    def of(cls, count: int, owner: Ints, codes: Ints) -> Sets:
        """Sets from pairs of key and holding, each once, in any order."""
        order = np.argsort(owner, kind="stable")
        size = np.bincount(owner, minlength=count)
        return cls(np.append(0, np.cumsum(size)), codes[order])

    def __getitem__(self, index: int) -> Ints:
        return self.codes[self.begin[index] : self.begin[index + 1]]

    @property
    def owner(self) -> Ints:
        """The key that each of the codes is of."""
        return np.repeat(np.arange(len(self.begin) - 1), np.diff(self.begin))

    def taken(self, which: Ints) -> Sets:
        """The sets of some keys, in their order."""
        size = (self.begin[1:] - self.begin[:-1])[which]
        begin = np.zeros(len(which) + 1, dtype=np.int64)
        np.cumsum(size, out=begin[1:])
        at = np.arange(begin[-1])
        at += np.repeat(self.begin[which] - begin[:-1], size)
        return Sets(begin, self.codes[at])


@attrs.frozen(eq=False)
class WholeState:
    """What can have held for all keys on one day, as arrays.

    Attributes:
        keys: in sorted order.
        holdings: what the numbers of holdings stand for; 0 is unknown.
        best: number of the best holding, by key.
        possible_codes, conceivable_codes: the numbers of the holdings that are, by key.
        narrowed: by key, False where there were too many worlds to find those of least cost.
    """

    keys: Sequence[str]
    holdings: Sequence[Holding]
    best: Ints
    possible_codes: Sets
    conceivable_codes: Sets
    narrowed: Flags

    def to_arrow(self) -> pa.Table:
        """The answers as a ``pyarrow.Table``; needs the ``arrow`` extra.

        Its columns are ``place``; ``best``, a list of actor ids, null if unknown; ``possible`` and
        ``conceivable``, lists of such lists, unknown last; ``narrowed``.

        Raises:
            MissingExtraError: without pyarrow.
        """
        from conflict_timeline.projections.whole_arrow import arrow_table

        return arrow_table(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The same as an Arrow stream, which polars, pandas and DuckDB take as it is."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        return in_html(self)

    def possible(self, index: int) -> frozenset[Holding]:
        """The possible holdings of the key at an index."""
        return frozenset(self.holdings[code] for code in self.possible_codes[index].tolist())

    def conceivable(self, index: int) -> frozenset[Holding]:
        """The conceivable holdings of the key at an index."""
        return frozenset(self.holdings[code] for code in self.conceivable_codes[index].tolist())
