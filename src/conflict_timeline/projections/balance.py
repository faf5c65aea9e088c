"""The balance of a group: every status of a nationality, and what is not accounted for.

Each account's own number comes from the ledger. Here they meet: what no one reported is narrowed by
what was, over the sums that accounts are parts of (interval propagation, as bounds consistency).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.events import COMPARTMENTS, JOINED, PeopleMoved, Place
from conflict_timeline.projections.ledger import Account
from conflict_timeline.projections.people import AccountKey, Count, People
from conflict_timeline.projections.sums import STATUSES, Bounds, Narrowed, Sum, propagate, sums_of
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.view import Seen

__all__ = [
    "ASSUMPTIONS",
    "BalanceRow",
    "BalanceSheet",
    "Sheets",
    "accounts_of",
    "balances",
    "parents_of",
]

#: What answers about sums take for granted, by what makes it needed.
ASSUMPTIONS = {
    "persistence": "A count holds until the next count of the same account, changed only by the "
    "movements reported after it.",
    "compartments": "Everyone who joined is in exactly one compartment: " + ", ".join(COMPARTMENTS)
    + ".",
    "inside": "'Joined' counts everyone who ever joined, with those who have since returned, been "
    "detained or killed; no other status counts people of another ('active' is without the "
    "detained, 'returned' without those detained or killed after their return).",
    "nationalities": "Each person counts under one nationality, and counts of all nationalities "
    "include those of each.",
    "places": "Each person counts in one place; a place's count includes those of the places in "
    "it, and counts of all places include those of each.",
    "flows": "Reported movements without a common occurrence are of different people.",
    "lower bound": "Where only movements in were reported, and no count, they are the least that "
    "there can be; more may have gone unreported.",
}  # fmt: skip

#: Of how many spans of days the balances are kept.
_SPANS_KEPT = 64

#: Sums that fail are set aside one by one, so that the rest is still narrowed; then it is enough.
_SET_ASIDE = 8


@attrs.frozen(eq=False)
class BalanceRow:
    """One status in a balance.

    Attributes:
        status: "joined" or a compartment.
        low, best, high: how many there can be, as narrowed by the other rows and the parts; None is
            open, which is not zero. There is no best for what no one gave one for, unless only one
            number is left.
        count: what was reported of this very account, not narrowed.
        reported: whether somebody counted it or reported who came into it; else it is derived.
    """

    status: str
    low: Number | None
    best: Number | None
    high: Number | None
    count: Count
    reported: bool

    @property
    def evidence(self) -> tuple[Seen, ...]:
        """The claims about this very account."""
        return self.count.evidence

    @property
    def quantity(self) -> Quantity:
        """The three numbers as one value."""
        return Quantity(low=self.low, best=self.best, high=self.high)

    @property
    def narrowed(self) -> bool:
        """Whether the sums leave less than was reported."""
        return (self.low, self.high) != (self.count.low, self.count.high)


@attrs.frozen(eq=False)
class BalanceSheet:
    """Every status of a group's members of one nationality, and what is unaccounted for.

    Attributes:
        group, nationality: whose; a nationality of None is all.
        rows: joined, then the compartments.
        unaccounted: how many joined that no reported compartment holds; open where nobody reported
            how many joined. Best is joined less the compartments, if the best of each is known.
        contradictory: whether a sum that it rests on cannot hold; its rows are then as reported,
            and ``contradictions`` says which claims cannot all be true.
        settled: whether narrowing came to its end; if not, the bounds hold, only not the narrowest.
        assumptions: what it takes for granted, in words.
    """

    group: str
    nationality: str | None
    rows: tuple[BalanceRow, ...]
    unaccounted: Quantity
    contradictory: bool
    settled: bool
    assumptions: tuple[str, ...]

    def __getitem__(self, status: str) -> BalanceRow:
        """The row of a status.

        Raises:
            KeyError: for what is no status.
        """
        for row in self.rows:
            if row.status == status:
                return row
        raise KeyError(status)

    def _repr_html_(self) -> str:
        return in_html(self, self.joined.count._visible)

    @property
    def joined(self) -> BalanceRow:
        """The row of all who ever joined."""
        return self.rows[0]

    @property
    def evidence(self) -> tuple[Seen, ...]:
        """The claims that its rows rest on, each once."""
        return tuple({seen.id: seen for row in self.rows for seen in row.evidence}.values())


def parents_of(places: Mapping[str, Place]) -> dict[str, str | None]:
    """The place that each place lies in."""
    return {identity: place.parent for identity, place in places.items()}


def accounts_of(people: People, day: int) -> dict[str, dict[AccountKey, Account]]:
    """By group, the accounts that something was reported of by a day."""
    found: dict[str, dict[AccountKey, Account]] = defaultdict(dict)
    for key, account in people.accounts.items():
        if account.begins <= day:
            found[key.group][key] = account
    return found


def balances(
    people: People, day: int, group: str | None = None, also: str | None = None
) -> list[BalanceSheet]:
    """The balance of each group, all nationalities first, then each that was reported of.

    Args:
        people: the ledger.
        day: an ordinal; balances are of its end.
        group: only that one; it has a balance of all nationalities even if nothing was reported.
        also: a nationality to give a balance of, even if nothing was reported of it.
    """
    found = accounts_of(people, day)
    groups = sorted(found) if group is None else [group]
    return [sheet for g in groups for sheet in _of_group(people, g, found.get(g, {}), day, also)]


class Sheets:
    """The balances of a ledger, kept between the days on which they can become others."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._turns: dict[str, list[int]] = {}
        self._kept: OrderedDict[tuple[str, int], dict[str | None, BalanceSheet]] = OrderedDict()

    def balance(self, group: str, nationality: str | None, day: int) -> BalanceSheet:
        """The balance of a group's members of one nationality, or of all, at the end of a day."""
        if group not in self._turns:
            accounts = self._people.accounts.items()
            turns = {turn for key, each in accounts if key.group == group for turn in each.turns}
            self._turns[group] = sorted(turns)
        span = (group, bisect_right(self._turns[group], day))
        if span not in self._kept:
            found = balances(self._people, day, group)
            self._kept[span] = {sheet.nationality: sheet for sheet in found}
            if len(self._kept) > _SPANS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(span)
        sheets = self._kept[span]
        if nationality not in sheets:
            # Nobody reported anything of it; only what bounds all bounds it.
            for sheet in balances(self._people, day, group, also=nationality):
                sheets.setdefault(sheet.nationality, sheet)
        return sheets[nationality]


def _of_group(
    people: People, group: str, accounts: Iterable[AccountKey], day: int, also: str | None
) -> Iterable[BalanceSheet]:
    counts = {key: people.count(key, day) for key in accounts}
    if also is not None:
        key = AccountKey(group, JOINED, also)
        counts.setdefault(key, people.count(key, day))
    sums = sums_of(group, counts, parents_of(people.visible.places))
    bounds = {key: _bounds(count) for key, count in counts.items()}
    narrowed, failing = _narrowed(bounds, sums)
    # A sheet stands on its accounts, in all places; if any of these fails, so does the sheet.
    broken = {
        key.nationality
        for each in failing
        for key in (each.total, *each.parts)
        if each.exact or key is each.total or bounds.get(key, (0, None))[0] > 0
    }
    by_place = {key.nationality for key in counts if key.place is not None}
    nationalities = sorted({key.nationality for key in counts if key.nationality is not None})
    for nationality in (None, *nationalities):
        keys = [AccountKey(group, status, nationality) for status in STATUSES]
        own = {key: counts.get(key) or people.count(key, day) for key in keys}
        contradictory = narrowed.failed is not None or nationality in broken
        numbers = {} if contradictory else narrowed.bounds
        rows = tuple(_row(own[key], numbers.get(key)) for key in keys)
        yield BalanceSheet(
            group,
            nationality,
            rows,
            _unaccounted(rows, numbers, keys),
            contradictory,
            narrowed.settled,
            _assumptions(rows, bool(nationalities), nationality in by_place),
        )


def _narrowed(
    bounds: Mapping[AccountKey, Bounds], sums: Sequence[Sum]
) -> tuple[Narrowed, list[Sum]]:
    """The bounds narrowed by all sums that can hold, and those that cannot.

    What cannot hold by itself is set aside first; then whatever cannot hold beside the rest.
    """
    failing: list[Sum] = []
    holding: list[Sum] = []
    for each in sums:
        (holding if each.can_hold(bounds) else failing).append(each)
    result = propagate(bounds, holding)
    for _ in range(_SET_ASIDE):
        if result.failed is None:
            break
        failing.append(result.failed)
        holding.remove(result.failed)
        result = propagate(bounds, holding)
    return result, failing


def _bounds(count: Count) -> Bounds:
    """What a count leaves the account to hold: what was only moved in is no more than the least."""
    return count.low or 0, count.high if count.basis == "headcount" else None


def _reported(count: Count) -> bool:
    """Whether anyone reported people in the account: who only left says nothing of who is there."""
    return count.basis in ("headcount", "mixed") or (
        count.basis == "flows" and (count.best is not None or bool(count.low))
    )


def _row(count: Count, narrowed: Bounds | None) -> BalanceRow:
    reported = _reported(count)
    low, high = narrowed or (count.low, count.high if reported else None)
    if low == 0 and (count.low is None if reported else high is None):
        low = None  # a zero that no one reported, and that nothing else bounds, is left open
    best = count.best if reported else None
    if narrowed is not None:
        if best is not None:
            best = max(best, low or 0) if high is None else min(max(best, low or 0), high)
        elif low is not None and low == high:
            best = low
    return BalanceRow(count.key.status, low, best, high, count, reported)


def _unaccounted(
    rows: Sequence[BalanceRow], narrowed: Mapping[AccountKey, Bounds], keys: Sequence[AccountKey]
) -> Quantity:
    """Joined less what was reported in compartments, and no less than is known in the others."""
    joined, *compartments = rows
    if not joined.reported:
        return Quantity()
    low: Number = joined.low or 0
    high, best = joined.high, joined.best
    elsewhere: Number = 0
    open_below = False
    for row, key in zip(compartments, keys[1:], strict=True):
        if not row.reported:
            elsewhere += narrowed.get(key, (0, None))[0]
            continue
        # Who came in unreported is not accounted for, so of movements only the reported count.
        most = row.count.high if row.count.basis == "flows" else row.high
        open_below |= most is None
        low -= most or 0
        if high is not None:
            high -= (row.count.low if row.count.basis == "flows" else row.low) or 0
        best = None if best is None or row.count.best is None else best - row.count.best
    low = max(0, elsewhere, 0 if open_below else low)
    if high is not None:
        high = max(high, low)
    if best is not None:
        best = max(best, low) if high is None else min(max(best, low), high)
    return Quantity(low=low or (None if high is None else 0), best=best, high=high)


def _assumptions(rows: Sequence[BalanceRow], nationalities: bool, places: bool) -> tuple[str, ...]:
    """Those that the answer makes use of."""
    flows = any(row.count.basis in ("flows", "mixed") for row in rows)
    in_force = {
        "persistence": any(row.count.basis in ("headcount", "mixed") for row in rows),
        "compartments": True,
        "inside": True,
        "nationalities": nationalities,
        "places": places,
        "flows": flows or any(_moved(row) for row in rows),
        "lower bound": flows,
    }
    return tuple(text for name, text in ASSUMPTIONS.items() if in_force[name])


def _moved(row: BalanceRow) -> bool:
    return any(isinstance(seen.claim, PeopleMoved) for seen in row.evidence)
