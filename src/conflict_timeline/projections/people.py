"""People: how many of a group were where, by nationality and place, as a ledger of accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.events import JOINED, OUTSIDE, HeadcountObserved, PeopleMoved
from conflict_timeline.projections.ledger import Account, Balance, Flow, Headcount
from conflict_timeline.projections.windows import common_window
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.view import Seen, Visible

__all__ = ["AccountKey", "Count", "People"]


#: Group, status, nationality, place.
_Key = tuple[str, str, str | None, str | None]


@attrs.frozen(order=False, cache_hash=True)
class AccountKey:
    """What an account counts: members of a group, by nationality and place (None is all)."""

    group: str
    status: str
    nationality: str | None = None
    place: str | None = None

    def sort_key(self) -> tuple[str, str, str, str]:
        """Group, place, nationality, status; all before each."""
        return (self.group, self.place or "", self.nationality or "", self.status)


@attrs.frozen(eq=False, repr=False)
class Count:
    """How many there can have been on a day.

    Attributes:
        key: what is counted.
        low, best, high: None is open, which is not zero.
        basis: "headcount"; "flows", a sum of what was reported and no more; "mixed", a headcount in
            some histories only; "none".
    """

    key: AccountKey
    low: Number | None
    best: Number | None
    high: Number | None
    basis: str
    _balance: Balance
    _day: int
    _visible: Visible

    def __repr__(self) -> str:
        return f"Count({self.key!r}, {str(self.quantity)!r}, {self.basis!r})"

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    @cached_property
    def evidence(self) -> tuple[Seen, ...]:
        """The claims it rests on, in order of time."""
        claims = {seen.id: seen for part in self._balance.parts for seen in part.ref}
        return tuple(sorted(claims.values(), key=lambda s: (s.first, s.last, s.id)))

    @property
    def disordered(self) -> bool:
        """Whether one of the claims breaks low <= best <= high; its hull was used."""
        return any(_quantity(seen).disordered for seen in self.evidence)

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """The independent origins of the evidence, claimants and publishers, by name."""
        return self._visible.origins(self.evidence)

    @cached_property
    def certainty(self) -> str:
        """How sure it is.

        "unknown" (no report), "disputed" (different claimants, neither certainly later, give ranges
        that do not meet), "certain" (counted, and one number), "uncertain".
        """
        balance = self._balance
        if balance.basis == "none":
            return "unknown"
        done = [h for h in balance.headcounts if h.last <= self._day]
        if any(
            a.first <= b.last and b.first <= a.last and self._disagree([*a.ref], [*b.ref])
            for at, a in enumerate(done)
            for b in done[at + 1 :]
        ):
            return "disputed"
        for part in balance.parts:
            for at, seen in enumerate(part.ref):
                if self._disagree([seen], part.ref[at + 1 :]):
                    return "disputed"
        counted = balance.basis == "headcount"
        exact = counted and balance.low is not None and balance.low == balance.high
        return "certain" if exact else "uncertain"

    def _disagree(self, some: Sequence[Seen], others: Sequence[Seen]) -> bool:
        """Whether claims of different origins give ranges that do not meet."""
        return any(
            self._visible.origin(a) != self._visible.origin(b)
            and _quantity(a).intersection(_quantity(b)) is None
            for a in some
            for b in others
        )

    @property
    def claimants(self) -> int:
        """How many independent origins the evidence has."""
        return len(self.origins)

    @property
    def quantity(self) -> Quantity:
        """The three numbers as one value."""
        return Quantity(low=self.low, best=self.best, high=self.high)


class People:
    """The people claims of a view, as accounts."""

    def __init__(self, visible: Visible) -> None:
        self.visible = visible
        heads: dict[_Key, list[Headcount]] = defaultdict(list)
        flows: dict[_Key, list[Flow]] = defaultdict(list)
        for members in _happenings(visible.claims):
            claim = members[0].about
            first, last, quantity, rank = _as_one(members)
            ref = tuple(members)
            if isinstance(claim, HeadcountObserved):
                key = (claim.group, claim.status, claim.nationality, claim.place)
                heads[key].append(Headcount(first, last, quantity, rank, ref))
            elif isinstance(claim, PeopleMoved):
                for status, sign in _entries(claim):
                    key = (claim.group, status, claim.nationality, claim.place)
                    flows[key].append(Flow(first, last, sign, quantity, rank, ref))
        keys = {AccountKey(*key): key for key in {*heads, *flows}}
        self.accounts = {
            key: Account(heads.get(keys[key], ()), flows.get(keys[key], ()))
            for key in sorted(keys, key=AccountKey.sort_key)
        }

    def count(self, key: AccountKey, day: int) -> Count:
        """How many the account can hold at the end of a day."""
        account = self.accounts.get(key, Account())
        balance = account.balance(day)
        low = balance.low
        # "Up to 25,000" says nothing from below: a zero that no one reported is left open.
        if low == 0 and any(part.quantity.bounds[0] is None for part in balance.parts):
            low = None
        return Count(
            key, low, balance.best, balance.high, balance.basis, balance, day, self.visible
        )

    @cached_property
    def duplicates(self) -> tuple[tuple[Seen, Seen], ...]:
        """Pairs of flows that may be one happening told twice: a question, never merged unasked.

        Same accounts, meeting dates and counts, different sources, and no occurrence that says.
        """
        flows = [s for s in self.visible.claims if isinstance(s.claim, PeopleMoved)]
        by_key: dict[tuple[object, ...], list[Seen]] = defaultdict(list)
        for seen in flows:
            claim = seen.about
            assert isinstance(claim, PeopleMoved)
            key = (claim.group, claim.nationality, claim.place, claim.from_status, claim.to_status)
            by_key[key].append(seen)
        return tuple(
            (a, b)
            for found in by_key.values()
            for at, a in enumerate(found)
            for b in found[at + 1 :]
            if a.source.id != b.source.id
            and (a.claim.occurrence is None or b.claim.occurrence is None)
            and a.first <= b.last
            and b.first <= a.last
            and _quantity(a).intersection(_quantity(b)) is not None
        )


def _quantity(seen: Seen) -> Quantity:
    claim = seen.about
    assert isinstance(claim, HeadcountObserved | PeopleMoved)
    return claim.count


def _entries(claim: PeopleMoved) -> Iterator[tuple[str, int]]:
    """The two sides of a movement; joined grows with whoever comes from outside."""
    if claim.from_status == OUTSIDE:
        yield JOINED, 1
    else:
        yield claim.from_status, -1
    yield claim.to_status, 1


def _happenings(claims: Sequence[Seen]) -> Iterator[list[Seen]]:
    """Claims about people; those that report one occurrence together, the most reliable first."""
    together: dict[tuple[object, ...], list[Seen]] = defaultdict(list)
    for seen in claims:
        claim = seen.about
        if not isinstance(claim, HeadcountObserved | PeopleMoved):
            continue
        if claim.occurrence is None:
            yield [seen]
            continue
        statuses: tuple[str, ...]
        if isinstance(claim, PeopleMoved):
            statuses = (claim.from_status, claim.to_status)
        else:
            statuses = (claim.status,)
        key = (claim.occurrence, claim.group, claim.nationality, claim.place, statuses)
        together[key].append(seen)
    for members in together.values():
        yield sorted(members, key=lambda s: s.rank, reverse=True)


def _as_one(members: Sequence[Seen]) -> tuple[int, int, Quantity, tuple[object, ...]]:
    """One happening out of its reports: bounds intersect, the best is the most reliable's.

    The hull of the numbers is kept. A report that gives no number at all leaves it as it is: it
    says that there was something, and widening to nothing known would hide what others say.
    """
    if len(members) == 1:
        [seen] = members
        return seen.first, seen.last, _quantity(seen), seen.rank
    first, last = common_window(members)
    given = [_quantity(s) for s in members if not _quantity(s).is_open]
    if not given:
        quantity = Quantity()
    elif len(given) == 1:
        quantity = given[0]
    else:
        hull = given[0]
        for other in given[1:]:
            hull = hull.hull(other)
        best = next((q.best for q in given if q.best is not None), None)
        quantity = attrs.evolve(hull, best=best)
    return first, last, quantity, members[0].rank
