"""Every goal for speed and size, measured: ``python -m tests.benchmarks.table [reports] [places]``.

    --folder DIR   where logs and figures are kept; a log of ten million reports is built once
    --only PARTS   measure only these parts anew, of exact, vague, opening, append,
                   log, people; with "none", only print what the folder has
    --peers NAMES  ask only these peers
    --page FILE    put the tables into a page as well, between its marks

Prints a table for each subject, in Markdown: what was asked, what it took (the median), what the
goal is and whether it is met, and what the same took in other systems, asked in turn in the same
run; in brackets, how many times the library's figure that is. Every answer is held against plain
loops, or against registers of single places, before anything is timed. Figures are kept as they
are measured, so that a run that was cut off goes on where it was with ``--only``.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks import append, exact_dates, opening, people, vague_dates, whole_log
from tests.benchmarks.measuring import Figure, Figures

__all__ = ["main", "measure"]

#: What figures stand between, in a page.
MARKS = ("<!-- figures -->", "<!-- end of figures -->")

Part = Callable[[Path, int, int], list[Figure]]


def parts(peers: Sequence[str]) -> dict[str, Part]:
    """What is measured, in order."""
    return {
        "exact": lambda *size: exact_dates.figures(*size, only=peers),
        "vague": vague_dates.figures,
        "opening": opening.figures,
        "append": append.figures,
        "log": whole_log.figures,
        "people": people.figures,
    }


def measure(
    folder: Path, reports: int, places: int, only: Sequence[str] = (), peers: Sequence[str] = ()
) -> Figures:
    """Measures some parts, or all, and keeps the figures in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = Figures(folder / f"figures-{reports}-{places}.json")
    for name, part in parts(peers).items():
        if only and name not in only:
            continue
        begun = time.perf_counter()
        figures.put(name, part(folder, reports, places))
        print(f"{name}: {time.perf_counter() - begun:,.0f} s", file=sys.stderr, flush=True)
    return figures


def main(arguments: Sequence[str]) -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="?", type=float, default=1e5)
    parser.add_argument("places", nargs="?", type=float, default=1e4)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", type=lambda text: text.split(","), default=())
    parser.add_argument("--peers", type=lambda text: text.split(","), default=())
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as gone:
        folder = asked.folder or Path(gone)
        figures = measure(folder, int(asked.reports), int(asked.places), asked.only, asked.peers)
        tables = f"{machine()}\n{figures.tables(list(parts(())))}"
        print(tables)
        if asked.page is not None:
            asked.page.write_text(put_between(asked.page.read_text("utf-8"), tables), "utf-8")


def machine() -> str:
    """What the figures were measured on."""
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()} "
        f"{platform.machine()}; load over five minutes {os.getloadavg()[1]:.1f}."
    )


def put_between(page: str, tables: str) -> str:
    """A page with tables in place of what stood between its marks, a heading lower."""
    before, after = page.split(MARKS[0])[0], page.split(MARKS[1])[1]
    lower = tables.replace("\n## ", "\n### ")
    return f"{before}{MARKS[0]}\n\n{lower}\n\n{MARKS[1]}{after}"


if __name__ == "__main__":
    main(sys.argv[1:])
