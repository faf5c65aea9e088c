"""Contradictions: which reports of people cannot all be true, said in words.

*Impossible* are claims that cannot all be true, whatever the numbers within their bounds;
*strained* are claims that can, but not with their best values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, from_ordinal
from conflict_timeline.events import JOINED, PeopleMoved, Source
from conflict_timeline.names import Names
from conflict_timeline.projections.balance import ASSUMPTIONS, accounts_of, parents_of
from conflict_timeline.projections.conflicts import Claims, Unit, units_of
from conflict_timeline.projections.cuts import OPEN, Cut
from conflict_timeline.projections.hitting_sets import minimal_sets
from conflict_timeline.projections.ledger import Account
from conflict_timeline.projections.people import AccountKey, People
from conflict_timeline.projections.sums import sums_of
from conflict_timeline.quantities import Number
from conflict_timeline.view import Seen, Visible

__all__ = ["Contradiction", "contradictions"]

#: How many bounds may be looked up, of a group and a kind, before the search ends with what it has.
#: Reports that contradict each other in hundreds of ways are not told in full: that would take time
#: exponential in their number, and the first ones are what a reader needs.
_WORK = 1_000_000


@attrs.frozen(eq=False)
class Contradiction:
    """A smallest set of claims that do not fit together: without any one of them the rest do.

    Attributes:
        kind: "impossible" (they cannot all be true) or "strained" (only their best values do not
            balance).
        group: actor id of the group whose members they count.
        sentence: what is wrong, in words.
        equation: what does not hold, with its numbers.
        gap: by how many people.
        claims: the claims, by date.
        assumptions: what it takes for granted, in words; none if the claims are of one number.
    """

    kind: str
    group: str
    sentence: str
    equation: str
    gap: Number
    claims: tuple[Seen, ...]
    assumptions: tuple[str, ...]

    def _repr_html_(self) -> str:
        return in_html(self)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The documents that the claims stand in, each once."""
        return tuple({seen.source.id: seen.source for seen in self.claims}.values())

    def __str__(self) -> str:
        return self.sentence


def contradictions(
    people: People, day: int, group: str | None = None, limit: int = 20
) -> list[Contradiction]:
    """What does not fit together at the end of a day: the impossible first, small sets first.

    Args:
        people: the ledger.
        day: an ordinal.
        group: only of its members; None is of all groups.
        limit: how many to look for.
    """
    found: list[Contradiction] = []
    for of, accounts in sorted(accounts_of(people, day).items()):
        if group is None or of == group:
            left = limit - len(found)
            found += _of_group(people.visible, of, accounts, day, left)
    return sorted(found, key=_order)


def _order(found: Contradiction) -> tuple[object, ...]:
    ids = tuple(seen.id for seen in found.claims)
    return (found.kind, len(ids), found.group, found.equation, ids)


def _of_group(
    visible: Visible, group: str, accounts: Mapping[AccountKey, Account], day: int, limit: int
) -> list[Contradiction]:
    sums = sums_of(group, accounts, parents_of(visible.places))
    words = _Words(visible)
    by_range = Claims(accounts, sums, day)
    by_best = Claims(accounts, sums, day, by_best=True)
    found: dict[frozenset[str], Contradiction] = {}
    for key, unit, pair, gap in _pairs(accounts, day):
        if len(found) >= limit:
            break
        ids = frozenset(seen.id for seen in pair)
        if ids not in found:
            found[ids] = words.of_pair(key, unit, pair, gap)
    for kind, claims in (("impossible", by_range), ("strained", by_best)):
        for ids, cut in _smallest(claims, limit - len(found)):
            if ids in found or (claims is by_best and _fails(by_range, ids)):
                continue
            # One account has one best number: to differ from it is no failure to balance.
            if claims is by_best and len({k for i in ids for k in claims.keys_of[i]}) < 2:
                continue
            if len(found) < limit:
                found[ids] = words.of_cut(kind, claims, cut, ids)
    return list(found.values())


def _fails(claims: Claims, ids: frozenset[str]) -> bool:
    return next(claims.broken(ids), None) is not None


def _smallest(claims: Claims, limit: int) -> Iterator[tuple[frozenset[str], Cut]]:
    """The smallest sets of claims that fail, each once, with the simplest cut that they break."""
    told: set[frozenset[str]] = set()
    end = claims.looked_up + _WORK

    def may_go_on() -> bool:
        return claims.looked_up < end

    for cut in claims.broken(frozenset(claims.seen)):
        of_cut = partial(claims.smallest, cut)
        for ids in minimal_sets(claims.about(cut), of_cut, limit, may_go_on):
            if ids in told:
                continue
            # Smallest for this cut; but does every other that it breaks need all of it, too?
            also = list(claims.broken(ids))
            if all(claims.smallest(other, ids) == ids for other in also):
                told.add(ids)
                yield ids, min(also, key=lambda c: len(list(c.keys)))
            if len(told) >= limit:
                return
        if len(told) >= limit or not may_go_on():
            return


def _pairs(
    accounts: Mapping[AccountKey, Account], day: int
) -> Iterator[tuple[AccountKey, Unit, tuple[Seen, Seen], Number]]:
    """Two claims of one number, with ranges that do not meet."""
    for key, account in accounts.items():
        for unit in units_of(account, day):
            if len(unit.members) < 2:
                continue
            ranges = [(unit.bounds(frozenset([m.id])), m) for m in unit.members]
            lows = sorted(((r[0], m.id, m) for r, m in ranges if r[0] is not None), reverse=True)
            highs = sorted((r[1], m.id, m) for r, m in ranges if r[1] is not None)
            for low, _, upper in lows:
                for high, _, lower in highs:
                    if high >= low:
                        break
                    yield key, unit, (lower, upper), low - high


class _Words:
    """Sentences about contradictions, with the names of a view."""

    def __init__(self, visible: Visible) -> None:
        self._actors = Names("actor", visible.actors.values())
        self._places = Names("place", visible.places.values())
        self._countries = {p.iso: p.id for p in visible.places.values() if p.iso is not None}

    def of_pair(
        self, key: AccountKey, unit: Unit, pair: tuple[Seen, Seen], gap: Number
    ) -> Contradiction:
        fewer, more = pair
        if isinstance(fewer.claim, PeopleMoved):
            what = f"how many went from {_plain(fewer.claim.from_status)}"
            what += f" to {_plain(fewer.claim.to_status)}, {self._who(key)}"
        else:
            what = f"how many were {_plain(key.status)}, {self._who(key)}"
        when = "" if unit.part.first < unit.part.last else f" on {_date(unit.part.first)}"
        sentence = (
            f"{self._actors.label(key.group)}: two reports of {what}{when}, cannot both be true: "
            f"{_said(fewer)}, {_said(more)}."
        )
        high, low = unit.bounds(frozenset([fewer.id]))[1], unit.bounds(frozenset([more.id]))[0]
        equation = f"at least {low:,} > at most {high:,}, by {gap:,}"
        return Contradiction("impossible", key.group, sentence, equation, gap, pair, ())

    def of_cut(self, kind: str, claims: Claims, cut: Cut, ids: frozenset[str]) -> Contradiction:
        """What a cut that the claims break says."""
        at_least, at_most = _sides(claims, cut, ids)
        gap = claims.gap(cut, ids)
        group = next(iter(cut.keys)).group
        seen = sorted((claims.seen[i] for i in ids), key=lambda s: (s.first, s.last, s.id))
        bound = ("at least ", "at most ") if kind == "impossible" else ("", "")
        least = " + ".join(f"{n:,} {self._account(k)}" for k, n in at_least) or "0"
        most = " + ".join(f"{n:,} {self._account(k)}" for k, n in at_most)
        sums = [sum(n for _, n in side) for side in (at_least, at_most)]
        equation = f"{least}{_equals(at_least, sums[0])} > {most}{_equals(at_most, sums[1])}"
        sentence = f"{self._actors.label(group)}: "
        if not at_least:
            sentence += f"{gap:,} more left than were ever {self._account(at_most[0][0])}"
        else:
            told = _joined([f"{bound[0]}{n:,} {self._account(k)}" for k, n in at_least])
            held = _joined([f"{bound[1]}{n:,} {self._account(k)}" for k, n in at_most])
            together = f", together {sums[0]:,}," if len(at_least) > 1 else ""
            room = f", together {sums[1]:,}" if len(at_most) > 1 else ""
            sentence += f"{told}{together} do not fit into {held}{room}: {gap:,} too many"
        if kind == "strained":
            sentence += ", by the best numbers; within their bounds they fit"
        spread = _spread(seen)
        sentence += f". The reports are of {spread}; each is taken to hold until the next."
        return Contradiction(
            kind, group, sentence, f"{equation}, by {gap:,}", gap, tuple(seen), _taken(cut, seen)
        )

    def _account(self, key: AccountKey) -> str:
        return f"{_plain(key.status)} ({self._who(key)})"

    def _who(self, key: AccountKey) -> str:
        who = "all nationalities"
        if key.nationality is not None:
            country = self._countries.get(key.nationality)
            who = key.nationality if country is None else self._places.label(country)
        return who if key.place is None else f"{who}, in {self._places.label(key.place)}"


_Numbers = list[tuple[AccountKey, Number]]


def _sides(claims: Claims, cut: Cut, ids: frozenset[str]) -> tuple[_Numbers, _Numbers]:
    """The accounts that are above and those that are below, with their numbers."""

    def low(key: AccountKey) -> Number:
        return sum(number for _, number in claims.made_of(key, ids))

    at_least: _Numbers = []
    at_most: _Numbers = []
    for term in cut.terms:
        worth, plus, minus = max(
            (
                (sum(low(k) for k in p) - sum(claims.bounds(k, ids)[1] for k in m), p, m)
                for p, m in term
            ),
            key=lambda side: side[0],
        )
        if worth > 0:
            for key in plus:
                at_least += claims.made_of(key, ids)
            at_most += [(key, claims.bounds(key, ids)[1]) for key in minus]
    at_most += [(key, claims.bounds(key, ids)[1]) for key in cut.most]
    assert all(number < OPEN for _, number in at_most)
    return at_least, at_most


def _taken(cut: Cut, seen: Sequence[Seen]) -> tuple[str, ...]:
    """The assumptions without which the claims could all be true."""
    keys = list(cut.keys)
    in_force = {
        "persistence": True,
        "compartments": any(k.status == JOINED for k in keys) and len({k.status for k in keys}) > 1,
        "nationalities": len({getattr(s.claim, "nationality", None) for s in seen}) > 1,
        "places": len({getattr(s.claim, "place", None) for s in seen}) > 1,
        "flows": any(isinstance(s.claim, PeopleMoved) for s in seen),
    }
    in_force["inside"] = in_force["compartments"]
    return tuple(text for name, text in ASSUMPTIONS.items() if in_force.get(name))


def _plain(status: str) -> str:
    return status.replace("_", " ")


def _said(seen: Seen) -> str:
    by = seen.claim.claimant or seen.source.publisher or seen.source.title
    return f"{by} says {seen.claim.count}"  # type: ignore[attr-defined]  # a people claim


def _equals(side: Sequence[object], total: Number) -> str:
    return f" = {total:,}" if len(side) > 1 else ""


def _joined(texts: Iterable[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last


def _date(ordinal: int) -> str:
    return from_ordinal(ordinal).isoformat()


def _spread(seen: Sequence[Seen]) -> str:
    """The days that the claims are of, from the first to the last."""
    first = min(s.first for s in seen)
    last = max(s.last for s in seen)
    since = "an unknown day" if first <= OPEN_PAST else _date(first)
    until = "an unknown day" if last >= OPEN_FUTURE else _date(last)
    return since if since == until else f"{since} to {until}"
