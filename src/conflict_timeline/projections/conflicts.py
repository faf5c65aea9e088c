"""Claims as bounds of accounts: which cuts some of them break, and which of them it takes.

A claim that is left out leaves its number free: somebody counted, or moved, but nobody knows how
many. So fewer claims never forbid more. Over all places the bounds meet in a table (see ``cuts``);
over single places there are only lower bounds to hand up, which is a sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import chain

import attrs

from conflict_timeline.projections.cuts import OPEN, Cut, Table, Term
from conflict_timeline.projections.ledger import Account, Flow, Headcount
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.sums import Sum
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.view import Seen

__all__ = ["Claims", "Ids", "Unit", "units_of"]

Ids = frozenset[str]


@attrs.frozen(eq=False)
class Unit:
    """One number that one or more claims give: a happening, or an account's count on one day."""

    part: Headcount | Flow
    members: tuple[Seen, ...]

    def bounds(self, chosen: Ids | None) -> tuple[Number | None, Number | None]:
        """What the chosen claims, all true, leave it; None is open. None chooses all."""
        ranges = [
            member.claim.count.bounds  # type: ignore[attr-defined]  # people claims, all of them
            for member in self.members
            if chosen is None or member.id in chosen
        ]
        lows = [low for low, _ in ranges if low is not None]
        highs = [high for _, high in ranges if high is not None]
        return max(lows, default=None), min(highs, default=None)


def units_of(account: Account, day: int) -> list[Unit]:
    """The numbers of an account that were begun by a day.

    Counts of one exact day are of one number, unless a reported movement may have come between.
    """
    flows = [f for f in account.flows if f.first <= day]
    exact: dict[int, list[Headcount]] = defaultdict(list)
    result = []
    for head in account.headcounts:
        if head.first == head.last <= day:
            exact[head.first].append(head)
        elif head.first <= day:
            result.append(Unit(head, head.ref))
    moved = _days_of(flows, [on for on, heads in exact.items() if len(heads) > 1])
    for on, heads in exact.items():
        if on in moved:
            result += [Unit(head, head.ref) for head in heads]
        else:
            members = chain.from_iterable(head.ref for head in heads)
            result.append(Unit(heads[0], tuple({seen.id: seen for seen in members}.values())))
    return result + [Unit(flow, flow.ref) for flow in flows]


def _days_of(flows: Sequence[Flow], days: Sequence[int]) -> set[int]:
    """Those of the days on which some flow may have come about."""
    found, waiting, reach = set(), sorted(flows, key=lambda f: -f.first), None
    for on in sorted(days):
        while waiting and waiting[-1].first <= on:
            last = waiting.pop().last
            reach = last if reach is None else max(reach, last)
        if reach is not None and reach >= on:
            found.add(on)
    return found


class Claims:
    """The claims about one group's people as bounds of accounts; any of them may be left out.

    Args:
        accounts: the group's accounts.
        sums: the sums among them, parts first.
        day: an ordinal; the bounds are of its end.
        by_best: whether an account holds its best number, if that is counted and known.

    Attributes:
        looked_up: how many bounds were asked for, as a measure of the work done.
    """

    def __init__(
        self,
        accounts: Mapping[AccountKey, Account],
        sums: Sequence[Sum],
        day: int,
        *,
        by_best: bool = False,
    ) -> None:
        self.accounts = accounts
        self.day = day
        self._by_best = by_best
        self._sums = [s for s in sums if s.kind == "places" or s.total.place is not None]
        self._at = {each: at for at, each in enumerate(self._sums)}
        self._above: dict[AccountKey, list[int]] = defaultdict(list)
        self._below: dict[AccountKey, list[Sum]] = defaultdict(list)
        for at, each in enumerate(self._sums):
            self._below[each.total].append(each)
            for part in each.parts:
                self._above[part].append(at)
        self._known: dict[tuple[AccountKey, Ids], tuple[Number, Number]] = {}
        self._inside: dict[AccountKey, tuple[list[AccountKey], list[Sum]]] = {}
        self.looked_up = 0
        self._units: dict[AccountKey, list[Unit]] = {}
        self._best: dict[AccountKey, tuple[Number | None, bool, Ids]] = {}

    @cached_property
    def seen(self) -> dict[str, Seen]:
        """All claims that bound something on the day."""
        return {
            m.id: m for key in self.accounts for unit in self._relevant(key) for m in unit.members
        }

    @cached_property
    def keys_of(self) -> dict[str, list[AccountKey]]:
        """The accounts that each claim bounds."""
        found: dict[str, list[AccountKey]] = defaultdict(list)
        for key in self.accounts:
            for identity in self._ids(key):
                found[identity].append(key)
        return found

    def _relevant(self, key: AccountKey) -> list[Unit]:
        """The numbers that can matter on the day: no count that another surely came after."""
        if key not in self._units:
            units = units_of(self.accounts[key], self.day) if key in self.accounts else []
            done = max(
                (
                    u.part.first
                    for u in units
                    if isinstance(u.part, Headcount) and u.part.last <= self.day
                ),
                default=None,
            )
            self._units[key] = [u for u in units if done is None or u.part.last >= done]
        return self._units[key]

    def _ids(self, key: AccountKey) -> Ids:
        return frozenset(member.id for unit in self._relevant(key) for member in unit.members)

    def bounds(self, key: AccountKey, chosen: Set[str]) -> tuple[Number, Number]:
        """Low and high of an account by the chosen claims, all true; infinite where open.

        High is below zero where more left than were counted, low above high where they disagree.
        """
        self.looked_up += 1
        own = self._own[key] & chosen if key in self._own else frozenset()
        if (key, own) not in self._known:
            self._known[key, own] = self._bounded(key, own)
        return self._known[key, own]

    @cached_property
    def _own(self) -> dict[AccountKey, Ids]:
        return {key: self._ids(key) for key in self.accounts}

    def _bounded(self, key: AccountKey, own: Ids) -> tuple[Number, Number]:
        if not own:
            return 0, OPEN
        # A number's low and high may have crossed: each side is worked out by itself.
        sides = []
        for high in (False, True):
            heads: list[Headcount] = []
            flows: list[Flow] = []
            for unit in self._relevant(key):
                least, most = unit.bounds(own)
                part = unit.part
                upper = high != (isinstance(part, Flow) and part.sign < 0)
                quantity = Quantity(high=most) if upper else Quantity(low=least)
                if isinstance(part, Headcount):
                    heads.append(attrs.evolve(part, quantity=quantity))
                else:
                    flows.append(attrs.evolve(part, quantity=quantity))
            sides.append(Account(heads, flows).extremes(self.day)[high])
        low = max(0, sides[0] or 0)
        most_of_all: Number = OPEN if sides[1] is None else sides[1]
        if self._by_best:
            best, counted, needed = self._believed(key)
            if best is not None and needed <= own:
                low = max(low, best)
                most_of_all = min(most_of_all, best) if counted else most_of_all
        return low, most_of_all

    def _believed(self, key: AccountKey) -> tuple[Number | None, bool, Ids]:
        """The best number, whether it rests on a count, and the claims that it is made of."""
        if key not in self._best:
            account = self.accounts[key]
            balance = account.balance(self.day)
            ids = set()
            for part in account.believed(self.day):
                given = (s.id for s in part.ref if s.claim.count.best is not None)
                ids.add(next(given, part.ref[0].id))
            best = None if balance.basis == "mixed" else balance.best
            self._best[key] = best, balance.basis == "headcount", frozenset(ids)
        return self._best[key]

    # ---- what is broken -------------------------------------------------------------------------

    def least(self, keys: Iterable[AccountKey], chosen: Ids) -> dict[AccountKey, Number]:
        """The least of the accounts and of all totals of their parts, over places."""
        result = {key: self.bounds(key, chosen)[0] for key in keys}
        waiting = sorted(self._sums_above(result))
        for at in waiting:
            each = self._sums[at]
            parts = sum(result.get(part, 0) for part in each.parts)
            own = result.get(each.total)
            if own is None:
                own = self.bounds(each.total, chosen)[0]
            result[each.total] = max(own, parts)
        return result

    def _sums_above(self, keys: Iterable[AccountKey]) -> set[int]:
        found: set[int] = set()
        waiting = list(keys)
        while waiting:
            for at in self._above.get(waiting.pop(), ()):
                if at not in found:
                    found.add(at)
                    waiting.append(self._sums[at].total)
        return found

    def low(self, key: AccountKey, chosen: Set[str]) -> Number:
        """The least of an account, by itself and by the places in it."""
        if key not in self._below:
            return self.bounds(key, chosen)[0]
        return self._lows(key, chosen)[key]

    def made_of(self, key: AccountKey, chosen: Set[str]) -> list[tuple[AccountKey, Number]]:
        """The accounts, over places, that the least of an account comes from, with their least."""
        least = self._lows(key, chosen)
        result = []
        waiting = [key]
        while waiting:
            at = waiting.pop()
            sums = [(sum(least[p] for p in s.parts), s.parts) for s in self._below.get(at, ())]
            whole, parts = max(sums, key=lambda found: found[0], default=(0, ()))
            if self.bounds(at, chosen)[0] < whole:
                waiting += reversed(parts)
            elif least[at] > 0:
                result.append((at, least[at]))
        return result

    def _lows(self, key: AccountKey, chosen: Set[str]) -> dict[AccountKey, Number]:
        keys, sums = self._within(key)
        result = {k: self.bounds(k, chosen)[0] for k in keys}
        for each in sums:
            result[each.total] = max(result[each.total], sum(result[p] for p in each.parts))
        return result

    def _within(self, key: AccountKey) -> tuple[list[AccountKey], list[Sum]]:
        """The account and those over places that it is the total of; their sums, parts first."""
        if key not in self._inside:
            found: dict[AccountKey, None] = {}
            waiting = [key]
            while waiting:
                at = waiting.pop()
                if at not in found:
                    found[at] = None
                    waiting += [part for each in self._below.get(at, ()) for part in each.parts]
            at_sums = {self._at[each] for k in found for each in self._below.get(k, ())}
            self._inside[key] = list(found), [self._sums[at] for at in sorted(at_sums)]
        return self._inside[key]

    def broken(self, chosen: Ids) -> Iterator[Cut]:
        """The cuts that the chosen claims break, simple ones first; none if all can be true."""
        keys = {k for identity in chosen for k in self.keys_of.get(identity, ())}
        least = self.least(sorted(keys, key=AccountKey.sort_key), chosen)
        most = {key: self.bounds(key, chosen)[1] for key in least}
        for key in sorted(least, key=AccountKey.sort_key):
            if most[key] < 0:
                yield Cut((), (key,))
            elif least[key] > most[key]:
                yield Cut(((((key,), ()),),), (key,))
        table = Table(least, most)
        for cut in table.cuts():
            if table.gap(cut) > 0:
                yield table.bare(cut)

    def gap(self, cut: Cut, chosen: Set[str]) -> Number:
        """By how many people the least is above the most."""
        worths = (self._worth(term, chosen) for term in cut.terms)
        return sum(worths) - self._most(cut, chosen)

    def _worth(self, term: Term, chosen: Set[str]) -> Number:
        sides: list[Number] = [0]
        for plus, minus in term:
            taken = sum(self.bounds(key, chosen)[1] for key in minus)
            if taken < OPEN:
                sides.append(sum(self.low(key, chosen) for key in plus) - taken)
        return max(sides)

    def _most(self, cut: Cut, chosen: Set[str]) -> Number:
        return sum(self.bounds(key, chosen)[1] for key in cut.most)

    def about(self, cut: Cut) -> Ids:
        """The claims that bound the accounts of the cut, or parts of them."""
        return self._that_bound(cut.keys)

    def _that_bound(self, keys: Iterable[AccountKey]) -> Ids:
        within = {part for key in set(keys) for part in self._within(key)[0]}
        return frozenset(i for key in within for i in self._own.get(key, ()))

    def smallest(self, cut: Cut, chosen: Ids) -> Ids | None:
        """A smallest part of the chosen claims that breaks the cut; None if they do not.

        Claims go one after the other, if the cut stays broken without them. Only the terms that a
        claim bounds are worked out anew, so that the time is linear in the claims.
        """
        worths = [self._worth(term, chosen) for term in cut.terms]
        least, most = sum(worths), self._most(cut, chosen)
        if not least > most:
            return None
        terms_of: dict[str, list[int]] = defaultdict(list)
        for at, term in enumerate(cut.terms):
            keys = [key for plus, minus in term for key in (*plus, *minus)]
            for identity in self._that_bound(keys):
                terms_of[identity].append(at)
        capping = frozenset(i for key in cut.most for i in self._own.get(key, ()))
        left = set(chosen)
        for identity in sorted(chosen):
            left.discard(identity)
            new_most = self._most(cut, left) if identity in capping else most
            anew = {at: self._worth(cut.terms[at], left) for at in terms_of[identity]}
            new_least = least - sum(worths[at] for at in anew) + sum(anew.values())
            if new_least > new_most:
                least, most = new_least, new_most
                for at, worth in anew.items():
                    worths[at] = worth
            else:
                left.add(identity)
        return frozenset(left)
