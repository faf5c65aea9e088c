"""People: how many of a group were where, by nationality and place, as a ledger of accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from conflict_timeline.events import JOINED, OUTSIDE, HeadcountObserved, PeopleMoved
from conflict_timeline.projections.ledger import Account, Balance, Flow, Headcount
from conflict_timeline.projections.windows import common_window
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.view import Seen, Visible

__all__ = ["AccountKey", "Count", "People"]


@attrs.frozen(order=False)
class AccountKey:
    """What an account counts: members of a group, by nationality and place (None is all)."""

    group: str
    status: str
    nationality: str | None = None
    place: str | None = None

    def sort_key(self) -> tuple[str, str, str, str]:
        """Group, place, nationality, status; all before each."""
        return (self.group, self.place or "", self.nationality or "", self.status)


@attrs.frozen(eq=False)
class Count:
    """How many there can have been on a day.

    Attributes:
        key: what is counted.
        low, best, high: None is open, which is not zero.
        basis: "headcount"; "flows", a sum of what was reported and no more; "mixed", a headcount in
            some histories only; "none".
        certainty: "unknown" (no report), "disputed" (different claimants, neither certainly later,
            give ranges that do not meet), "certain" (counted, and one number), "uncertain".
        evidence: the claims it rests on.
        disordered: whether one of them breaks low <= best <= high; its hull was used.
        origins: the independent origins of the evidence, claimants and publishers, by name.
    """

    key: AccountKey
    low: Number | None
    best: Number | None
    high: Number | None
    basis: str
    certainty: str
    evidence: tuple[Seen, ...]
    disordered: bool = False
    origins: tuple[str, ...] = ()

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
        heads: dict[AccountKey, list[Headcount]] = defaultdict(list)
        flows: dict[AccountKey, list[Flow]] = defaultdict(list)
        for members in _happenings(visible.claims):
            claim = members[0].about
            if isinstance(claim, HeadcountObserved):
                key = AccountKey(claim.group, claim.status, claim.nationality, claim.place)
                heads[key].append(Headcount(*_as_one(members)))
            elif isinstance(claim, PeopleMoved):
                first, last, quantity, rank, ref = _as_one(members)
                for status, sign in _entries(claim):
                    key = AccountKey(claim.group, status, claim.nationality, claim.place)
                    flows[key].append(Flow(first, last, sign, quantity, rank, ref))
        self.accounts = {
            key: Account(tuple(heads[key]), tuple(flows[key]))
            for key in sorted({*heads, *flows}, key=AccountKey.sort_key)
        }

    def count(self, key: AccountKey, day: int) -> Count:
        """How many the account can hold at the end of a day."""
        account = self.accounts.get(key, Account())
        balance = account.balance(day)
        parts: list[Headcount | Flow] = [*balance.headcounts, *balance.flows]
        claims = {seen.id: seen for part in parts for seen in part.ref}
        # "Up to 25,000" says nothing from below: a zero that no one reported is left open.
        open_below = any(part.quantity.bounds[0] is None for part in parts)
        return Count(
            key,
            None if balance.low == 0 and open_below else balance.low,
            balance.best,
            balance.high,
            balance.basis,
            self._certainty(balance, day),
            tuple(sorted(claims.values(), key=lambda s: (s.first, s.last, s.id))),
            any(_quantity(seen).disordered for seen in claims.values()),
            self.visible.origins(claims.values()),
        )

    def _certainty(self, balance: Balance, day: int) -> str:
        if balance.basis == "none":
            return "unknown"
        done = [h for h in balance.headcounts if h.last <= day]
        if any(
            a.first <= b.last and b.first <= a.last and self._disagree([*a.ref], [*b.ref])
            for at, a in enumerate(done)
            for b in done[at + 1 :]
        ):
            return "disputed"
        parts: list[Headcount | Flow] = [*balance.headcounts, *balance.flows]
        for part in parts:
            for at, seen in enumerate(part.ref):
                if self._disagree([seen], part.ref[at + 1 :]):
                    return "disputed"
        counted = balance.basis == "headcount"
        exact = counted and balance.low is not None and balance.low == balance.high
        return "certain" if exact else "uncertain"

    def _disagree(self, some: Sequence[Seen], others: Sequence[Seen]) -> bool:
        """Whether claims of different origins give ranges that do not meet."""
        return any(
            self.visible.origin(a) != self.visible.origin(b)
            and _quantity(a).intersection(_quantity(b)) is None
            for a in some
            for b in others
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


def _as_one(
    members: Sequence[Seen],
) -> tuple[int, int, Quantity, tuple[object, ...], tuple[Seen, ...]]:
    """One happening out of its reports: bounds intersect, the best is the most reliable's.

    The hull of the numbers is kept. A report that gives no number at all leaves it as it is: it
    says that there was something, and widening to nothing known would hide what others say.
    """
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
    return first, last, quantity, members[0].rank, tuple(members)
