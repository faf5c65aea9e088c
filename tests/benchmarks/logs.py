"""Logs of the benchmarks' work, built once and kept in a folder: ten million reports take a while.

    python -m tests.benchmarks.logs FOLDER [reports] [places] [exact|vague]

A log is named by what is in it. It is built under another name, so that one that was cut off is
made anew; one that this version of the library cannot open is told, and left.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import attrs
import numpy as np
from tests.benchmarks import work

import conflict_timeline as ct
from conflict_timeline.events import Event
from conflict_timeline.log import SQLiteLog

__all__ = ["Built", "batches", "beside", "built", "copied", "exact"]

BATCH = 100_000


@attrs.frozen(eq=False)
class Built:
    """A log of some work.

    Attributes:
        path: of the log; its index lies beside it.
        made: the work.
    """

    path: Path
    made: work.Work


def exact(reports: int, places: int, seed: int = 1) -> work.Work:
    """Work with exact dates, and one report a place and day: on these every tool agrees."""
    made = work.make(reports, places, vague=0, seed=seed)
    _, first = np.unique(made.place * 10_000_000 + made.first, return_index=True)
    kept = np.sort(first)
    columns = ("place", "first", "last", "move", "source", "known", "retracted")
    return work.Work(places, *(getattr(made, name)[kept] for name in columns))


def beside(path: Path) -> list[Path]:
    """The files that lie beside a log: what can be made anew of it."""
    return sorted(path.parent.glob(f"{path.name}-*"))


@contextmanager
def copied(path: Path, *, with_index: bool = True) -> Iterator[Path]:
    """A copy of a log that is gone afterwards, so that the log stays as it is."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for file in [path, *(beside(path) if with_index else [])]:
            shutil.copyfile(file, Path(folder) / file.name)
        yield Path(folder) / path.name


def batches(events: Iterator[Event], size: int) -> Iterator[list[Event]]:
    """Events in batches."""
    while batch := list(islice(events, size)):
        yield batch


def built(folder: Path, reports: int, places: int, kind: str) -> Built:
    """The log of some work, and its index beside it; it is built where it is not there.

    Args:
        folder: where it is kept.
        reports, places: the size of the work.
        kind: "exact" or "vague", for one date in ten.
    """
    made = exact(reports, places) if kind == "exact" else work.make(reports, places)
    path = folder / f"{kind}-{reports}-{places}.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        for file in [partial, *beside(partial)]:
            file.unlink(missing_ok=True)
        _fill(partial, made)
        partial.rename(path)
        for file in beside(partial):  # an empty journal
            file.unlink()
    with ct.open(path) as timeline:
        timeline.view()  # makes the index and the present, unless they are there
    return Built(path, made)


def _fill(path: Path, made: work.Work) -> None:
    """Appends the work to a log, past the timeline's checks and without an index meanwhile."""
    begun, count = time.perf_counter(), 0
    with SQLiteLog.open(path) as log:
        for batch in batches(work.events(made), BATCH):
            log.append(batch)
            count += len(batch)
            spent = time.perf_counter() - begun
            print(f"{path.name}: {count:,} events, {count / spent:,.0f}/s", flush=True)


def main(folder: str, reports: str = "1e6", places: str = "1e4", kind: str = "vague") -> None:
    """Builds a log, or finds it there."""
    begun = time.perf_counter()
    found = built(Path(folder), int(float(reports)), int(float(places)), kind)
    print(f"{found.path}: {time.perf_counter() - begun:,.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
