"""How long the whole state takes at the register: run it, it is no timed test.

    python tests/benchmarks/whole_state.py [records] [places]

Exact dates over twelve years, random takers; medians of repeated days, first and again.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from conflict_timeline.projections.columns import Columns
from conflict_timeline.projections.holdings import Move
from conflict_timeline.projections.register import Register

ACTORS = [f"actor-{n}" for n in range(6)]
FIRST, SPAN = 735_000, 4_380


def make(records: int, places: int) -> Register:
    """A register of random exact reports."""
    rng = np.random.default_rng(1)
    moves = [Move(holders=frozenset([a])) for a in ACTORS]
    moves += [Move(to=a, from_=b) for a in ACTORS for b in ACTORS if a != b]
    day = rng.integers(FIRST, FIRST + SPAN, records)
    keys = [f"place-{n:06}" for n in range(places)]
    key, said = rng.integers(0, places, records), rng.integers(0, len(moves), records)
    return Register(Columns(keys, key, day, day, said, np.arange(records), moves))


def main(records: int = 1_000_000, places: int = 10_000) -> None:
    """Prints the medians in milliseconds."""
    register = make(records, places)
    first, again = [], []
    for day in range(FIRST + 100, FIRST + SPAN, 420):
        for times in (first, again):
            begin = time.perf_counter()
            register.state(day)
            times.append((time.perf_counter() - begin) * 1e3)
    print(f"{records:,} exact records, {places:,} places: whole state")  # noqa: T201
    print(f"  a day asked first:  {statistics.median(first):8.1f} ms")  # noqa: T201
    print(f"  a day asked again:  {statistics.median(again):8.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
