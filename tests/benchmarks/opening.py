"""What a process of its own costs: imports, opening a log, memory; and bytes on disk.

    python -m tests.benchmarks.opening LOG PLACE DAY

opens a log, asks, and prints what it took as JSON; ``figures`` runs that and gives medians.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import work
from tests.benchmarks.asking import place
from tests.benchmarks.logs import beside, built
from tests.benchmarks.measuring import Figure, timed

__all__ = ["figures"]

_TIMES = 7
_IMPORT = (
    "import time; b = time.perf_counter(); import conflict_timeline; print(time.perf_counter() - b)"
)


def figures(folder: Path, reports: int, places: int) -> list[Figure]:
    """What it costs to import the package, and to open a log of vague work and ask."""
    rng = random.Random(9)
    log = built(folder, reports, places, "vague")
    imports = [float(_run("-c", _IMPORT)) for _ in range(2 * _TIMES)]
    asked = [
        json.loads(
            _run(
                "-m", "tests.benchmarks.opening", str(log.path), place(rng.randrange(places)),
                str(work.FIRST + rng.randrange(800, work.SPAN)),
            )
        )
        for _ in range(_TIMES)
    ]  # fmt: skip
    told = {name: statistics.median(each[name] for each in asked) for name in asked[0]}
    events = int(told["events"])
    size = log.path.stat().st_size
    index = sum(file.stat().st_size for file in beside(log.path))
    subject = f"A process of its own: {reports:,} reports, {places:,} places, {events:,} events"
    held = {name: (told[name] - told["before"]) / events for name in ("point", "now", "known")}
    return [
        Figure(subject, "import conflict_timeline", statistics.median(imports), goal=0.15),
        Figure(
            subject, "open the log and answer a first point, besides imports", told["first"],
            goal=50e-3,
        ),
        Figure(subject, "bytes on disk an event: the log", size / events, "B"),
        Figure(
            subject, "bytes on disk an event: its index", index / events, "B", goal=100
        ),
        Figure(subject, "bytes in memory an event: points asked", held["point"], "B", goal=100),
        Figure(
            subject, "bytes in memory an event: all places asked, as known now", held["now"],
            "B", goal=100,
        ),
        Figure(
            subject, "bytes in memory an event: and as known on two days", held["known"], "B",
            goal=100,
        ),
        Figure(subject, "memory with the imports only", told["before"] / 1e6, "MB"),
        Figure(subject, "peak memory of the whole process", told["most"] / 1e6, "MB"),
    ]  # fmt: skip


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env=os.environ
    )
    return done.stdout


def _memory(which: str) -> int:
    """Bytes of memory that the process has, "VmRSS", or had at most, "VmHWM", maps included.

    What getrusage tells as the most is, in a new process, no less than what its parent had.
    """
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split(f"{which}:")[1].split()[0]) * 1024


def main(path: str, name: str, day: str) -> None:
    """Opens a log and asks; prints what it took."""
    import conflict_timeline as ct
    from conflict_timeline.dates import from_ordinal

    asked = int(day)

    def point(log: str) -> None:
        with ct.open(log) as timeline:
            assert timeline.as_of(from_ordinal(asked)).territory[name].possible

    with tempfile.TemporaryDirectory() as folder:
        small = str(Path(folder) / "small.db")
        with ct.open(small) as timeline:  # what is imported only when it is needed
            timeline.append(list(work.events(work.make(200, 2))))
            timeline.append([ct.Place(id=name)])
            timeline.as_of(from_ordinal(asked)).territory.whole()
        point(small)
    told: dict[str, float] = {"before": _memory("VmRSS"), "first": timed(lambda: point(path))}
    with ct.open(path) as timeline:
        told["events"] = timeline.position
        for number in range(50):
            assert timeline.as_of(from_ordinal(asked - number)).territory[name].possible
        told["point"] = _memory("VmRSS")
        for number in range(12):
            timeline.as_of(from_ordinal(asked - number)).territory.whole()
        told["now"] = _memory("VmRSS")
        for known in (asked + 60, asked + 90):
            view = timeline.view(known_by=from_ordinal(known))
            for number in range(2):
                view.as_of(from_ordinal(asked - number)).territory.whole()
        told["known"] = _memory("VmRSS")
    told["most"] = _memory("VmHWM")
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
