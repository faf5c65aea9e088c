"""The questions that peers can answer too: reports with exact dates, both axes.

Every answer is held against plain loops before anything is timed.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import work
from tests.benchmarks.asking import NOW, AtRegister, Library
from tests.benchmarks.logs import built
from tests.benchmarks.measuring import Figure, asked
from tests.benchmarks.peers import PEERS, Peer, Reference, Reports

import conflict_timeline as ct

__all__ = ["figures"]

#: Plain loops tell of all places up to so many reports; of more, of some that are drawn.
_LOOPED, _DRAWN = 2_000_000, 300
FASTER = "the faster of polars and DuckDB"


def figures(folder: Path, reports: int, places: int, only: Sequence[str] = ()) -> list[Figure]:
    """The times of the library and its peers.

    Args:
        folder: where the log is.
        reports, places: the size of the work.
        only: names of the peers to ask; all by default.
    """
    rng = random.Random(7)
    log = built(folder, reports, places, "exact")
    data = Reports.of(log.made)
    peers: list[Peer] = [peer(data) for peer in PEERS if not only or peer.name in only]
    with ct.open(log.path) as timeline:
        library = Library(timeline)
        drawn = range(places) if reports <= _LOOPED else rng.sample(range(places), _DRAWN)
        held = _check([library, *peers], Reference(data, drawn), rng, drawn)
        gc.collect()
        gc.freeze()  # the peers' rows are no concern of the library's garbage
        subject = (
            f"Exact dates: {len(log.made):,} reports, {places:,} places; "
            f"{held:,} answers held against plain loops"
        )
        found = _points(subject, library, peers, rng, places)
        found += _wholes(subject, library, peers, rng, reports)
        gc.unfreeze()
    return found


def _check(systems: Sequence[Any], reference: Reference, rng: random.Random, drawn: Any) -> int:
    """Holds every system's answers against plain loops; how many were held."""
    held = 0
    for _ in range(2):
        day = _day(rng)
        for known in (NOW, day + rng.randrange(-300, 300)):
            expected = reference.whole(day, known)
            for system in systems:
                found = system.holders(system.whole(day, known))
                if isinstance(system, Library):  # it also tells what later reports imply
                    found = {place: found[place] for place in found.keys() & expected.keys()}
                if {place: found[place] for place in found.keys() & set(drawn)} != expected:
                    raise SystemExit(f"{system.name}: another answer for day {day}, known {known}")
                held += len(expected)
                for place in rng.sample(list(expected), min(40, len(expected))):
                    if system.point(place, day, known) != expected[place]:
                        raise SystemExit(f"{system.name}: another answer for {place}, {day}")
                    held += 1
    return held


def _day(rng: random.Random) -> int:
    return work.FIRST + rng.randrange(400, work.SPAN)


def _points(
    subject: str, library: Library, peers: Sequence[Peer], rng: random.Random, places: int
) -> list[Figure]:
    register = AtRegister(library)
    chosen = [rng.randrange(places) for _ in range(40)]
    found = []
    for known in (NOW, work.FIRST + rng.randrange(work.SPAN // 2, work.SPAN)):
        when = "now" if known == NOW else "on a day"
        for system, goal in ((library, 50e-6), (register, 5e-6)):
            # Of days before which little was known, the answers say little of the cost.
            days = [_day(rng) if known == NOW else known - rng.randrange(400) for _ in range(240)]
            questions = [(chosen[n % 40], day, known) for n, day in enumerate(days)]
            # The places are warm, their days are not.
            asked([system], [(number, _day(rng), known) for number in chosen], "point")
            for before in ("", ", a span asked before"):
                times = asked([system, *peers], questions, "point", at_once=40)
                level = "" if system is library else ", register level"
                what, ours = f"one place, as known {when}{level}{before}", times.pop(system.name)
                found.append(Figure(subject, what, ours, goal=goal, peers=times))
    return found


def _wholes(
    subject: str, library: Library, peers: Sequence[Peer], rng: random.Random, reports: int
) -> list[Figure]:
    goal = 1.5e-3 if reports <= 1_000_000 else 10e-3
    days = [_day(rng) for _ in range(30)]
    few = [day + rng.randrange(100, 400) for day in days[:3]]
    kinds = {
        "all places, as known now": [(day, NOW) for day in days],
        "all places, a day of knowledge not asked before": [
            (day, day + 30 + n) for n, day in enumerate(days[:15])
        ],
        "all places, a day of knowledge asked before": [
            (day, few[n % 3]) for n, day in enumerate(days)
        ],
    }
    for known in (NOW, *few):
        for _ in range(10):  # whatever a view keeps, once it is asked about several days
            library.whole(_day(rng), known)
    found, ratios = [], []
    for what, questions in kinds.items():
        times = asked([library, *peers], questions, "whole", at_once=5)
        ours = times.pop(library.name)
        found.append(Figure(subject, what, ours, goal=goal, peers=times))
        if best := [times[name] for name in ("polars", "DuckDB") if name in times]:
            what += f": as fast as {FASTER}"
            ratios.append(Figure(subject, what, min(best) / ours, "times", 3, at_least=True))
    return found + ratios
