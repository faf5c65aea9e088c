"""What goes through a whole log: verifying it, and making its index anew."""

from __future__ import annotations

import time
from pathlib import Path

from tests.benchmarks.logs import built, copied
from tests.benchmarks.measuring import Figure, timed

import conflict_timeline as ct
from conflict_timeline.log import SQLiteLog

__all__ = ["figures"]


def figures(folder: Path, reports: int, places: int) -> list[Figure]:
    """Events verified a second, and how long the index takes, of the log of vague work."""
    log = built(folder, reports, places, "vague")
    with SQLiteLog.open(log.path, create=False, readonly=True) as kept:
        events = kept.position
        clock, processor = time.perf_counter(), time.process_time()
        if problems := kept.verify():
            raise SystemExit(str(problems[0]))
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
    with copied(log.path, with_index=False) as copy, ct.open(copy) as timeline:
        made = timed(timeline.view)
    subject = f"The whole log: {events:,} events"
    return [
        Figure(
            subject, "verify, by the clock", events / clock, "events/s", goal=100_000,
            at_least=True,
        ),
        Figure(subject, "verify, by the processor", events / processor, "events/s"),
        Figure(subject, "make the index and the present anew", made),
    ]  # fmt: skip
