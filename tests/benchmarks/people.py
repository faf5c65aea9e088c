"""The people ledger at a million reports: ``python -m tests.benchmarks.people [reports]``.

Five groups, 200 nationalities, twelve years; two in five are headcounts, the others movements, and
one date in ten is vague (weeks to a year). Measured, for the ledger in memory: what it costs to
build it, to ask for all balances on days not asked before, for one account, and for one balance
of a group that was asked on a day of the same span before. What accounts can hold is first held
against plain loops over all their reports.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import Figure, timed

from conflict_timeline.dates import When, from_ordinal
from conflict_timeline.events import HeadcountObserved, PeopleMoved, Source
from conflict_timeline.projections.balance import Sheets, balances
from conflict_timeline.projections.people import AccountKey, People
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen, ViewSpec, Visible

FIRST_DAY, DAYS = date(2012, 1, 1).toordinal(), 12 * 365
NATIONALITIES = [a + b for a in "ABCDEFGHIJKLMNOPQRST" for b in "ABCDEFGHIJ"]
STATUSES = ("joined", "active", "detained", "returned", "killed")
MOVES = (
    ("outside", "active"), ("active", "returned"), ("active", "killed"), ("active", "detained"),
    ("detained", "at_large"),
)  # fmt: skip


def reports(number: int, seed: int = 1) -> list[Seen]:
    """So many claims about people, as a view sees them."""
    rng = random.Random(seed)
    sources = [Source(id=f"s{n}", title="s", publisher=f"p{n}", reliability="C") for n in range(20)]
    whens: dict[tuple[int, int], When] = {}
    found = []
    for at in range(number):
        first = FIRST_DAY + rng.randrange(DAYS)
        last = first + (rng.choice([20, 60, 365]) if rng.random() < 0.1 else 0)
        when = whens.setdefault((first, last), When(from_ordinal(first), from_ordinal(last)))
        low, source = rng.randrange(100), rng.choice(sources)
        said = {
            "group": f"group-{rng.randrange(5)}",
            "nationality": rng.choice(NATIONALITIES),
            "count": Quantity(low=low, best=low + 5, high=low + rng.randrange(5, 40)),
            "when": when,
            "source": source.id,
        }
        claim: HeadcountObserved | PeopleMoved
        if rng.random() < 0.4:
            claim = HeadcountObserved(status=rng.choice(STATUSES), **said)
        else:
            from_status, to_status = rng.choice(MOVES)
            claim = PeopleMoved(from_status=from_status, to_status=to_status, **said)
        found.append(Seen(claim, f"{at:064x}", source, first, last, last, last + 3, "source"))
    return found


def plainly(account: AccountKey, told: Iterable[Seen], day: int) -> tuple[int | None, int | None]:
    """The least and the most that an account can hold, by a loop over the days of each headcount.

    The quantities of ``reports`` are closed. Nothing reported by the day is (None, None).
    """
    counts, flows = [], []
    for seen in told:
        claim = seen.claim
        low, high = claim.count.low, claim.count.high
        if isinstance(claim, HeadcountObserved):
            counts.append((seen.first, seen.last, low, high))
        else:
            sign = 1 if claim.to_status == account.status else -1
            flows.append((seen.first, seen.last, sign, low, high))
    worlds = []
    for first, last, low, high in counts:
        for on in range(first, min(last, day) + 1):
            if any(f > on and n <= day for f, n, *_ in counts):
                continue  # another one is surely later
            worlds.append(_with_flows(flows, on, day, low, high))
    if all(last > day for _, last, *_ in counts):
        return None, None
    return max(0, min(low for low, _ in worlds)), max(0, max(high for _, high in worlds))


def _with_flows(
    flows: Iterable[tuple[int, int, int, int, int]], on: int, day: int, low: int, high: int
) -> tuple[int, int]:
    """A headcount on a day and what can have flowed after it."""
    for first, last, sign, least, most in flows:
        if last < on or first > day:
            continue
        surely = least if first > on and last <= day else 0
        low += surely if sign > 0 else -most
        high += most if sign > 0 else -surely
    return low, high


def _check(people: People, told: list[Seen], rng: random.Random) -> int:
    """Holds some accounts against plain loops; how many answers were held."""
    keys = rng.sample([key for key in people.accounts if key.status != "joined"], 30)
    days = [FIRST_DAY + rng.randrange(400, DAYS) for _ in range(3)]
    held = 0
    for key in keys:
        claims = [seen for seen in told if _is_of(key, seen)]
        for day in days:
            low, high = plainly(key, claims, day)
            if (low, high) == (None, None):
                continue  # some world has no headcount: a matter of another rule
            count = people.count(key, day)
            if (count.low, count.high) != (low, high):
                raise SystemExit(f"another count for {key}, {day}: {count}, not {low} to {high}")
            held += 1
    return held


def _is_of(key: AccountKey, seen: Seen) -> bool:
    claim = seen.claim
    if (claim.group, claim.nationality) != (key.group, key.nationality):
        return False
    if isinstance(claim, HeadcountObserved):
        return bool(claim.status == key.status)
    return key.status in (claim.from_status, claim.to_status)


def figures(folder: Path, reports_: int, places: int) -> list[Figure]:
    """What balances cost."""
    del folder, places
    rng = random.Random(2)
    told = reports(reports_)
    found: list[People] = []
    visible = Visible(ViewSpec()).with_claims(told)
    building = timed(lambda: found.append(People(visible)) or found[0].accounts)
    people = found[0]
    held = _check(people, told, rng)
    days = [FIRST_DAY + rng.randrange(DAYS) for _ in range(8)]
    first = timed(lambda: balances(people, days[0]))
    later = [timed(lambda day=day: balances(people, day)) for day in days[1:]]
    keys = rng.sample(list(people.accounts), 200)
    counts = [timed(lambda key=key: people.count(key, days[1])) for key in keys]
    sheets = Sheets(people)
    one = timed(lambda: sheets.balance("group-1", None, days[1]))
    known = [timed(lambda n=n: sheets.balance("group-1", n, days[1])) for n in NATIONALITIES]
    subject = (
        f"People: {reports_:,} reports, {len(people.accounts):,} accounts; "
        f"{held:,} answers held against plain loops"
    )
    return [
        Figure(subject, "build the ledger, events decoded", building),
        Figure(subject, "all balances, the first time", first, goal=1.0),
        Figure(subject, "all balances, another day", median(later), goal=1.0),
        Figure(subject, "one account", median(counts), goal=1e-3),
        Figure(subject, "one balance, the first of its group and day", one, goal=1e-3),
        Figure(subject, "one balance, the group asked", median(known), goal=1e-3),
    ]


def main() -> None:
    """Prints the figures."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for figure in figures(Path(), number, 0):
        print(figure.line())


if __name__ == "__main__":
    main()
