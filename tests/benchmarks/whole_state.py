"""How long the whole state takes at the register: run it, it is no timed test.

    python -m tests.benchmarks.whole_state [reports] [places] [part of dates that are vague]

The work is that of ``work``; medians over days, asked first and again, of the time that this
process was on a processor.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
from tests.benchmarks import work

from conflict_timeline.projections.columns import Columns
from conflict_timeline.projections.register import Register


def register_of(reports: int, places: int, vague: float) -> Register:
    """A register of the work's reports."""
    made = work.make(reports, places, vague=vague)
    keys = [f"place-{n:06}" for n in range(places)]
    return Register(
        Columns(
            keys, made.place, made.first, made.last, made.move, np.arange(reports), work.MOVES
        )
    )  # fmt: skip


def main(reports: int = 1_000_000, places: int = 10_000, vague: float = 0.1) -> None:
    """Prints the medians in milliseconds."""
    register = register_of(reports, places, vague)
    first, again = [], []
    for day in range(work.FIRST + 400, work.FIRST + work.SPAN, 420):
        for times in (first, again):
            begin = time.process_time()
            state = register.state(day)
            times.append((time.process_time() - begin) * 1e3)
    several = int((np.diff(state.possible_codes.begin) > 1).sum())
    print(f"{reports:,} reports, {places:,} places, {several:,} with several holdings")
    print(f"  a day asked first:  {statistics.median(first):8.1f} ms")
    print(f"  a day asked again:  {statistics.median(again):8.1f} ms")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*(int(float(n)) for n in given[:2]), *(float(n) for n in given[2:]))
