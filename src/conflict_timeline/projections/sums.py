"""Sums over accounts: which total is made of which parts, and what that leaves each to be.

Three kinds: ``joined`` is the sum of the compartments, per nationality; a total is at least the sum
of its nationalities, and at least the sum of its places, where a nested place counts once, within
the nearest place around it that anyone reported on.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import attrs

from conflict_timeline.events import COMPARTMENTS, JOINED
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.quantities import Number

__all__ = ["STATUSES", "Bounds", "Narrowed", "Sum", "propagate", "sums_of"]

STATUSES = (JOINED, *COMPARTMENTS)

Bounds = tuple[Number, Number | None]
_ANY: Bounds = (0, None)
K = TypeVar("K")

#: How often, on average, a sum is looked at before narrowing stops. Real ledgers need two or three
#: times; ones that contradict themselves by one person can take as many as there are people.
_ROUNDS = 200


@attrs.frozen(eq=False)
class Sum:
    """A total and its parts.

    Attributes:
        total, parts: the accounts.
        kind: "compartments" (then the total is exactly the sum), "nationalities" or "places" (then
            it is at least the sum).
    """

    total: AccountKey
    parts: tuple[AccountKey, ...]
    kind: str

    @property
    def exact(self) -> bool:
        """Whether the parts are all of the total."""
        return self.kind == "compartments"

    def can_hold(self, bounds: Mapping[AccountKey, Bounds]) -> bool:
        """Whether it can hold by itself; an account not among the bounds may hold any number."""
        low, high = bounds.get(self.total, _ANY)
        found = [bounds.get(part, _ANY) for part in self.parts]
        if any(most is not None and least > most for least, most in ((low, high), *found)):
            return False
        if high is not None and sum(least for least, _ in found) > high:
            return False
        highs = [most for _, most in found if most is not None]
        return not self.exact or len(highs) < len(found) or sum(highs) >= low


def sums_of(
    group: str, keys: Iterable[AccountKey], parents: Mapping[str, str | None]
) -> tuple[Sum, ...]:
    """The sums among the accounts of one group, parts before what they are parts of.

    Args:
        group: whose accounts they are.
        keys: the accounts that something was reported of.
        parents: the place that each place lies in; places in a circle lie in none.
    """
    keys = list(keys)
    nationalities = sorted({k.nationality for k in keys if k.nationality is not None})
    used: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        if key.place is not None:
            used[key.status].add(key.place)
    around = _Surroundings(parents)
    # By status, then place, the nationalities reported there or in a place within; by depth, as a
    # place's parts must come before it.
    there: dict[tuple[str, str], set[str]] = defaultdict(set)
    depth: dict[tuple[str, str], int] = {}
    for key in keys:
        if key.place is None:
            continue
        chain = [key.place, *(p for p in around.of(key.place) if p in used[key.status])]
        for at, place in enumerate(chain):
            depth[key.status, place] = len(chain) - at
            found = there[key.status, place]
            if key.nationality is not None:
                found.add(key.nationality)
    inside: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for status, place in sorted(there):
        outer = next((p for p in around.of(place) if p in used[status]), None)
        inside[status, outer].append(place)
    result: list[Sum] = []
    for status, place in sorted(there, key=lambda k: (-depth[k], k)):
        here = sorted(there[status, place])
        for nationality in (*here, None):
            parts = tuple(
                AccountKey(group, status, nationality, p)
                for p in inside[status, place]
                if nationality is None or nationality in there[status, p]
            )
            if parts:
                total = AccountKey(group, status, nationality, place)
                result.append(Sum(total, parts, "places"))
        if here:
            of_each = tuple(AccountKey(group, status, n, place) for n in here)
            result.append(Sum(AccountKey(group, status, None, place), of_each, "nationalities"))
    return (*result, *_at_large(group, nationalities, inside, there))


def _at_large(
    group: str,
    nationalities: Sequence[str],
    inside: Mapping[tuple[str, str | None], Sequence[str]],
    there: Mapping[tuple[str, str], set[str]],
) -> Iterable[Sum]:
    """The sums over all places: the outermost places, the compartments, the nationalities."""
    for status in STATUSES:
        outermost = inside.get((status, None), ())
        by_nationality: dict[str | None, list[AccountKey]] = defaultdict(list)
        for place in outermost:
            for nationality in (*sorted(there[status, place]), None):
                by_nationality[nationality].append(AccountKey(group, status, nationality, place))
        for nationality, parts in by_nationality.items():
            yield Sum(AccountKey(group, status, nationality), tuple(parts), "places")
    for of in (*nationalities, None):
        compartments = tuple(AccountKey(group, status, of) for status in COMPARTMENTS)
        yield Sum(AccountKey(group, JOINED, of), compartments, "compartments")
    if nationalities:
        for status in STATUSES:
            of_each = tuple(AccountKey(group, status, n) for n in nationalities)
            yield Sum(AccountKey(group, status), of_each, "nationalities")


class _Surroundings:
    """The places around each place, nearest first."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self._parents = parents
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, place: str) -> tuple[str, ...]:
        if place not in self._known:
            met = {place: 0}
            outer = self._parents.get(place)
            while outer is not None and outer not in met:
                met[outer] = len(met)
                outer = self._parents.get(outer)
            # Nothing lies in itself; what merely hangs on a circle keeps the way to it.
            end = len(met) if outer is None else max(1, met[outer])
            self._known[place] = tuple(met)[1:end]
        return self._known[place]


@attrs.frozen(eq=False)
class Narrowed:
    """What propagation leaves.

    Attributes:
        bounds: low and high of each account; None is open above.
        failed: the sum that cannot hold, if one was met; then the bounds mean nothing.
        settled: whether nothing more can be narrowed so; if not, the bounds hold all the same.
    """

    bounds: dict[AccountKey, Bounds]
    failed: Sum | None
    settled: bool


def propagate(bounds: Mapping[AccountKey, Bounds], sums: Sequence[Sum]) -> Narrowed:
    """Narrows the bounds of all accounts until every sum can hold with each bound of each of them.

    Bounds consistency: each bound of each account can be reached in each sum by itself. It never
    takes away a number that a solution has. An account not among the bounds may hold any number.
    """
    low: dict[AccountKey, Number] = defaultdict(int, {k: b[0] for k, b in bounds.items()})
    high: dict[AccountKey, Number | None] = {k: b[1] for k, b in bounds.items()}
    within: dict[AccountKey, list[int]] = defaultdict(list)
    for at, each in enumerate(sums):
        for key in (each.total, *each.parts):
            within[key].append(at)
    queue = deque(range(len(sums)))
    waiting = [True] * len(sums)
    work = _ROUNDS * len(sums)
    failed = None
    while queue and work > 0:
        work -= 1
        at = queue.popleft()
        waiting[at] = False
        changed = _narrow(sums[at], low, high)
        if changed is None:
            failed = sums[at]
            break
        for key in changed:
            for other in within[key]:
                if not waiting[other]:
                    waiting[other] = True
                    queue.append(other)
    keys = {*low, *high, *within}
    return Narrowed({k: (low[k], high.get(k)) for k in keys}, failed, work > 0 or not queue)


def _narrow(
    each: Sum, low: dict[AccountKey, Number], high: dict[AccountKey, Number | None]
) -> list[AccountKey] | None:
    """Narrows what one sum is about; the accounts that changed, or None if it cannot hold."""
    changed: dict[AccountKey, None] = {}

    def raise_to(key: AccountKey, value: Number) -> bool:
        if value > low[key]:
            low[key] = value
            changed[key] = None
        most = high.get(key)
        return most is None or low[key] <= most

    def lower_to(key: AccountKey, value: Number) -> bool:
        most = high.get(key)
        if most is None or value < most:
            high[key] = value
            changed[key] = None
        return low[key] <= min(value, value if most is None else most)

    lows = sum(low[part] for part in each.parts)
    if not raise_to(each.total, lows):
        return None
    if each.exact:
        highs = [high.get(part) for part in each.parts]
        closed = sum(h for h in highs if h is not None)
        unbounded = highs.count(None)
        if unbounded == 0 and not lower_to(each.total, closed):
            return None
        for part, most in zip(each.parts, highs, strict=True):
            # What the others cannot hold must be here.
            if unbounded == (most is None) and not raise_to(
                part, low[each.total] - closed + (most or 0)
            ):
                return None
        lows = sum(low[part] for part in each.parts)
    whole = high.get(each.total)
    if whole is not None:
        for part in each.parts:
            if not lower_to(part, whole - lows + low[part]):
                return None
    return list(changed)
