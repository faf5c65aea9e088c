"""The people ledger at a million reports: ``python tests/benchmarks/people.py [reports]``.

Five groups, 200 nationalities, twelve years; two in five are headcounts, the others movements, and
one date in ten is vague (weeks to a year). It prints, for the ledger in memory, what it costs to
build it, to ask for all balances on days not asked before, for one account, and for one balance
of a group that was asked on a day of the same span before.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

from conflict_timeline.dates import When, from_ordinal
from conflict_timeline.events import HeadcountObserved, PeopleMoved, Source
from conflict_timeline.projections.balance import Sheets, balances
from conflict_timeline.projections.people import People
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


def timed(action: Callable[[], object]) -> float:
    """Seconds that the action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def main() -> None:
    """Prints the figures."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = random.Random(2)
    visible = Visible(ViewSpec()).with_claims(reports(number))
    begun = time.perf_counter()
    people = People(visible)
    print(f"{number:,} reports, {len(people.accounts):,} accounts")
    print(f"build the ledger               {time.perf_counter() - begun:8.2f} s")
    days = [FIRST_DAY + rng.randrange(DAYS) for _ in range(8)]
    print(f"all balances, the first time   {timed(lambda: balances(people, days[0])):8.2f} s")
    later = [timed(lambda day=day: balances(people, day)) for day in days[1:]]
    print(f"all balances, another day      {median(later):8.2f} s (median of {len(later)})")
    keys = rng.sample(list(people.accounts), 200)
    counts = [timed(lambda key=key: people.count(key, days[1])) for key in keys]
    print(
        f"one account                    {median(counts) * 1e3:8.3f} ms (median of {len(counts)})"
    )
    sheets = Sheets(people)
    sheets.balance("group-1", None, days[1])
    known = [timed(lambda n=n: sheets.balance("group-1", n, days[1])) for n in NATIONALITIES]
    print(f"one balance, the group asked   {median(known) * 1e3:8.3f} ms (median of {len(known)})")


if __name__ == "__main__":
    main()
