"""Cuts through the table of statuses by nationality, and by how many people each is broken.

Over all places, statuses and nationalities make a table with bounds on its cells, its margins and
its total. Whole numbers within such bounds exist if and only if no *cut* is broken (A. J. Hoffman's
circulation theorem, 1960): for some statuses, who must be in them by nationality is no more than
who can be in them at all. There are few statuses, so all cuts are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import attrs

from conflict_timeline.events import COMPARTMENTS, JOINED
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.quantities import Number

__all__ = ["OPEN", "Cut", "Side", "Table", "Term"]

#: The high of an account that nothing bounds.
OPEN = float("inf")
#: Accounts whose lows add up, less the highs of others.
Side: TypeAlias = tuple[tuple[AccountKey, ...], tuple[AccountKey, ...]]
#: The greatest of the sides counts.
Term: TypeAlias = tuple[Side, ...]


@attrs.frozen(eq=False)
class Cut:
    """Bounds break it if the least of its terms together is above the most of what they are in.

    Attributes:
        terms: what has to be in.
        most: accounts whose highs bound the terms together.
    """

    terms: tuple[Term, ...]
    most: tuple[AccountKey, ...]

    @property
    def keys(self) -> Iterator[AccountKey]:
        """The accounts it is about."""
        for term in self.terms:
            for plus, minus in term:
                yield from (*plus, *minus)
        yield from self.most


class Table:
    """Statuses by nationality over all places, as bounds, and the cuts through it.

    Args:
        least, most: bounds of accounts; of one that is not there, 0 and open.
    """

    def __init__(
        self, least: Mapping[AccountKey, Number], most: Mapping[AccountKey, Number]
    ) -> None:
        self._least, self._most = least, most
        cells = [key for key in least if key.place is None]
        self._group = cells[0].group if cells else ""
        self._of = sorted({key.nationality for key in cells if key.nationality is not None})
        # A status that nothing is said of changes no cut.
        told = {k.status for k in cells if self._low(k) > 0 or self._high(k) < OPEN}
        self._told = [status for status in COMPARTMENTS if status in told]
        self._rest = tuple(status for status in COMPARTMENTS if status not in told)

    def _low(self, key: AccountKey) -> Number:
        return self._least.get(key, 0)

    def _high(self, key: AccountKey) -> Number:
        return self._most.get(key, OPEN)

    def _key(self, status: str, nationality: str | None = None) -> AccountKey:
        return AccountKey(self._group, status, nationality)

    def cuts(self) -> Iterator[Cut]:
        """All cuts that can be broken, simple ones first."""
        for nationality in (*self._of, None):
            joined = self._key(JOINED, nationality)
            compartments = tuple(self._key(s, nationality) for s in COMPARTMENTS)
            yield Cut(tuple((((k,), ()),) for k in compartments), (joined,))
            yield Cut(((((joined,), compartments),),), ())
        if not self._of:
            return
        capped = [s for s in self._told if self._high(self._key(s)) < OPEN]
        for inside in _subsets(capped):
            if inside:
                yield Cut(self._nationalities(inside), tuple(map(self._key, inside)))
        if self._high(self._key(JOINED)) < OPEN:
            for outside in _subsets(self._told):
                inside = tuple(s for s in self._told if s not in outside) + self._rest
                totals = tuple((((self._key(s),), ()),) for s in outside)
                yield Cut(totals + self._nationalities(inside), (self._key(JOINED),))

    def _nationalities(self, inside: Sequence[str]) -> tuple[Term, ...]:
        """Who of each nationality must be in the statuses: counted there, or with no other room."""
        outside = [s for s in COMPARTMENTS if s not in inside]
        return tuple(
            (
                (tuple(self._key(s, n) for s in inside), ()),
                ((self._key(JOINED, n),), tuple(self._key(s, n) for s in outside)),
            )
            for n in self._of
        )

    def gap(self, cut: Cut) -> Number:
        """By how much the least is above the most."""
        most = sum(self._high(key) for key in cut.most)
        if most == OPEN:
            return -OPEN
        return sum(self._worth(term) for term in cut.terms) - most

    def bare(self, cut: Cut) -> Cut:
        """The cut without the terms that add nothing, now or with fewer claims."""
        return Cut(tuple(t for t in cut.terms if self._worth(t) > 0), cut.most)

    def _worth(self, term: Term) -> Number:
        return max(0, *(self.side(side) for side in term))

    def side(self, side: Side) -> Number:
        """The lows of some accounts less the highs of others."""
        plus, minus = side
        taken = sum(self._high(key) for key in minus)
        return -OPEN if taken == OPEN else sum(self._low(key) for key in plus) - taken


def _subsets(of: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(of) + 1):
        yield from combinations(of, size)
