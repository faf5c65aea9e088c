"""The library beside its peers: ``python -m tests.benchmarks.table [reports] [places]``.

The work is that of ``work``: first with exact dates, where every answer is checked against plain
loops before it is timed, then with one date in ten vague, where there is no peer. All systems are
asked in turn, round after round, so that what else the machine does falls on all alike; what is
printed are medians, and each peer's in terms of the library's.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks import work
from tests.benchmarks.peers import NEVER, PEERS, Reference, Reports, exact

import conflict_timeline as ct
from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import Event
from conflict_timeline.timeline import Timeline

ROUNDS = 7
BATCH = 10_000


class Library:
    """The library, through its public face."""

    name = "conflict_timeline"

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    def _view(self, known: int) -> Any:
        asked = None if known == NEVER - 1 else from_ordinal(known)
        return self.timeline.view(known_by=asked, implied_within=0)

    def point(self, place: int, day: int, known: int) -> int | None:
        """The holder of a place, by its number among the actors."""
        holder = self._view(known).as_of(from_ordinal(day)).territory[f"place-{place:06}"].holder
        return None if holder is None else work.ACTORS.index(holder)

    def whole(self, day: int, known: int) -> Any:
        """The whole state, as arrays."""
        return self._view(known).as_of(from_ordinal(day)).territory.whole()

    def holders(self, found: Any) -> dict[int, int]:
        """A whole state as holders by place."""
        return {
            int(key[6:]): work.ACTORS.index(next(iter(found.holdings[code])))
            for key, code in zip(found.keys, found.best.tolist(), strict=True)
            if isinstance(found.holdings[code], frozenset)
        }


def batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    """Events in batches."""
    while batch := list(islice(events, BATCH)):
        yield batch


def filled(path: Path, made: work.Work) -> tuple[Timeline, float]:
    """A log of the work, and how many events a second it took up through the public face."""
    timeline = ct.open(path)
    spent, count = 0.0, 0
    for batch in batches(work.events(made)):
        begun = time.perf_counter()
        timeline.append(batch)
        spent += time.perf_counter() - begun
        count += len(batch)
    return timeline, count / spent


def timed(action: Callable[[], object]) -> float:
    """Seconds that the action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def shown(seconds: float) -> str:
    """A time in words."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def row(question: str, times: dict[str, float]) -> None:
    """Prints a line of the table: the library's time, and how much longer each peer takes."""
    ours = times.pop(Library.name)
    others = " | ".join(f"{shown(t)} ({t / ours:.1f})" for t in times.values())
    print(f"| {question} | {shown(ours)} | {others} |", flush=True)


def asked(
    systems: Sequence[Any], questions: Sequence[tuple[Any, ...]], what: str
) -> dict[str, float]:
    """The median time of a question in each system, asked in turn."""
    times: dict[str, list[float]] = {system.name: [] for system in systems}
    for round_ in range(ROUNDS):
        for system in systems:
            ask = getattr(system, what)
            for question in questions[round_::ROUNDS]:
                times[system.name].append(timed(lambda q=question, a=ask: a(*q)))
    return {name: statistics.median(found) for name, found in times.items()}


def check(systems: Sequence[Any], reference: Reference, rng: random.Random, places: int) -> int:
    """Holds every system's answers against plain loops; how many were held."""
    held = 0
    for _ in range(2):
        day = work.FIRST + rng.randrange(400, work.SPAN)
        for known in (NEVER - 1, day + rng.randrange(-300, 300)):
            expected = reference.whole(day, known)
            for system in systems:
                found = system.holders(system.whole(day, known))
                if found != expected:
                    raise SystemExit(f"{system.name}: another answer for day {day}, {known}")
                held += len(expected)
                for place in rng.sample(range(places), 50):
                    if system.point(place, day, known) != expected.get(place):
                        raise SystemExit(f"{system.name}: another answer for {place}, {day}")
                    held += 1
    return held


def exact_dates(folder: Path, reports: int, places: int) -> None:
    """The questions that peers can answer too."""
    rng = random.Random(7)
    made = exact(reports, places)
    data = Reports.of(made)
    timeline, rate = filled(folder / "exact.db", made)
    library = Library(timeline)
    systems = [library, *(peer(data) for peer in PEERS)]
    print(f"\n## Exact dates: {len(made):,} reports, {places:,} places\n")
    print(f"append through tl.append, batches of {BATCH:,}: {rate:,.0f} events/s")
    print(f"answers held against plain loops: {check(systems, Reference(data), rng, places):,}\n")
    print(f"| question | {' | '.join(system.name for system in systems)} |")
    print("|---" * (len(systems) + 1) + "|")
    now = NEVER - 1
    days = [work.FIRST + rng.randrange(400, work.SPAN) for _ in range(40)]
    points = [(rng.randrange(places), day, now) for day in days for _ in range(10)]
    asked([library], points, "point")  # the places are warm
    row("one place, as known now", asked(systems, points, "point"))
    few = [day + rng.randrange(-200, 400) for day in days[:3]]
    both = [(p, d, few[n % 3]) for n, (p, d, _) in enumerate(points)]
    asked([library], both, "point")
    row("one place, as known on a day", asked(systems, both, "point"))
    asked([library], [(days[0], now)] * ROUNDS, "whole")
    row("all places, as known now", asked(systems, [(day, now) for day in days], "whole"))
    first = [(day, day + 30 + n) for n, day in enumerate(days[:14])]
    row("all places, a day of knowledge not asked before", asked(systems, first, "whole"))
    again = [(day, few[n % 3]) for n, day in enumerate(days)]
    asked([library], [(days[0], known) for known in few for _ in range(ROUNDS)], "whole")
    row("all places, as known on a day asked before", asked(systems, again, "whole"))
    timeline.close()


def vague_dates(folder: Path, reports: int, places: int) -> None:
    """The questions to which the library has no peer."""
    rng = random.Random(8)
    made = work.make(reports, places)
    path = folder / "vague.db"
    timeline, rate = filled(path, made)
    position = timeline.position
    print(f"\n## One date in ten vague, 1 % retracted: {reports:,} reports, {places:,} places\n")
    print("| question | median |\n|---|---|")
    print(f"| append through tl.append | {rate:,.0f} events/s |")
    files = {file.name: file.stat().st_size for file in folder.iterdir() if "vague" in file.name}
    told = ", ".join(f"{n} {size / position:.0f}" for n, size in sorted(files.items()))
    print(f"| bytes on disk an event | {told} |")
    days = [work.FIRST + rng.randrange(400, work.SPAN) for _ in range(21)]
    view = timeline.view()

    def line(question: str, actions: Sequence[Callable[[], object]]) -> None:
        print(f"| {question} | {shown(statistics.median(map(timed, actions)))} |", flush=True)

    def whole(of: Any, day: int) -> Callable[[], object]:
        return lambda: of.as_of(from_ordinal(day)).territory.whole()

    line("all places, the first day of all", [whole(view, days[0])])
    line("all places, a day asked first", [whole(view, day) for day in days[1:]])
    line("all places, a day asked again", [whole(view, day) for day in days[1:]])
    knowing = [timeline.view(known_by=from_ordinal(day + 60)) for day in days[:5]]
    line(
        "all places, a day of knowledge not asked before",
        [whole(v, day) for v, day in zip(knowing, days, strict=False)],
    )
    line(
        "all places, the same again",
        [whole(v, day) for v, day in zip(knowing, days, strict=False)],
    )
    places_asked = [f"place-{n:06}" for n in rng.sample(range(places), 60)]
    state = view.as_of(from_ordinal(days[0]))
    line("one place, asked first", [lambda p=p: state.territory[p].status for p in places_asked])
    line(
        "one place, another day",
        [
            lambda p=p, d=d: view.as_of(from_ordinal(d)).territory[p].best
            for p in places_asked
            for d in days[:5]
        ],
    )
    line("history of one place, first", [lambda p=p: view.history(p) for p in places_asked])
    line("history of one place, again", [lambda p=p: view.history(p) for p in places_asked])
    late = ct.ControlObserved(
        place=places_asked[0], holders=[work.ACTORS[0]], when=from_ordinal(days[1]),
        source="source-0", known=from_ordinal(days[1] + 20), note="late",
    )  # fmt: skip

    def late_event() -> object:
        return timeline.as_of(from_ordinal(days[2])).territory.whole()

    timeline.append([late])
    line("a late event, then all places", [late_event])
    line("verify, for a million events", [_verifying(timeline, position)])
    timeline.close()
    line(
        "open and a first point", [lambda p=p: _opened(path, days[3], p) for p in places_asked[:5]]
    )


def _verifying(timeline: Timeline, position: int) -> Callable[[], object]:
    def action() -> None:
        if problems := timeline.verify():
            raise SystemExit(str(problems[0]))

    begun = time.perf_counter()
    action()
    spent = (time.perf_counter() - begun) * 1e6 / position
    return lambda: time.sleep(spent)


def _opened(path: Path, day: int, place: str) -> object:
    with ct.open(path) as timeline:
        return timeline.as_of(from_ordinal(day)).territory[place].best


def main(reports: int = 100_000, places: int = 10_000) -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exact_dates(folder, reports, places)
        gc.collect()
        vague_dates(folder, reports, places)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the process, with all peers' copies: {peak:,.0f} MB")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")


if __name__ == "__main__":
    main(*(int(float(n)) for n in sys.argv[1:3]))
