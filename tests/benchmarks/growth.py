"""How cost grows with the number of reports: ``python -m tests.benchmarks.growth FOLDER [sizes]``.

Measures the questions at each size, by default 1e5, 1e6 and 1e7 reports: exact ones of 10,000
places, vague ones of a hundredth as many places as there are reports. Each part is measured in a
process of its own. Draws ``docs/pictures/growth.svg``, with the figures beside it as JSON. Logs and
figures are kept in the folder; what has its figures is not measured again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measuring import Figures
from tests.benchmarks.plot import Line, Panel, svg

__all__ = ["drawn", "main", "places_of"]

PEERS = "polars,DuckDB"
_PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

_NEW = "all places, a day of knowledge not asked before"
_VAGUE = "all places, possible and conceivable, "
_VAGUE_NEW = f"{_VAGUE}by a day of knowledge not asked before, "
_ONE = "one place, as known now"
_VAGUE_ONE = "one place, another day"

#: By panel and line: the part, the question, and the peer that was asked it.
SHOWN: dict[str, dict[str, tuple[str, str, str | None]]] = {
    "Exact dates: all of 10,000 places": {
        "as known now": ("exact", "all places, as known now", None),
        "a new known_by": ("exact", _NEW, None),
        "polars": ("exact", "all places, as known now", "polars"),
        "DuckDB": ("exact", "all places, as known now", "DuckDB"),
    },
    "Exact dates: one of 10,000 places": {
        "as_of(day).territory[…]": ("exact", _ONE, None),
        "at the register": ("exact", f"{_ONE}, register level", None),
        "polars": ("exact", _ONE, "polars"),
        "DuckDB": ("exact", _ONE, "DuckDB"),
    },
    "One in ten vague: all places, 100 reports each": {
        "as known now": ("vague", f"{_VAGUE}as known now, another day", None),
        "a new known_by, near": ("vague", f"{_VAGUE_NEW}near the day", None),
        "a new known_by, far": ("vague", f"{_VAGUE_NEW}three years after the day", None),
        "after a late report": ("vague", "all places after a late report", None),
    },
    "One in ten vague: one place": {
        "as_of(day).territory[…]": ("vague", _VAGUE_ONE, None),
        "at the register": ("vague", "one place, register level, another day", None),
        "history, first time": ("vague", "history of one place, the first time", None),
        "open, and a first point": (
            "opening", "open the log and answer a first point, besides imports", None,
        ),
    },
}  # fmt: skip


def places_of(part: str, reports: int) -> int:
    """Of how many places the reports of a part are."""
    return 10_000 if part == "exact" else reports // 100


def kept(folder: Path, part: str, reports: int) -> Figures:
    """The figures of a part that the folder has."""
    return Figures(folder / f"figures-{reports}-{places_of(part, reports)}.json")


def measure(folder: Path, reports: int) -> None:
    """Measures what is not measured yet of a size."""
    for part in ("exact", "vague", "opening"):
        if part not in kept(folder, part, reports):
            subprocess.run(
                [
                    sys.executable, "-m", "tests.benchmarks.table", str(reports),
                    str(places_of(part, reports)), "--folder", str(folder), "--only", part,
                    "--peers", PEERS,
                ],
                check=True,
            )  # fmt: skip


Told = dict[str, dict[str, list[list[float]]]]


def drawn(folder: Path, sizes: Sequence[int]) -> tuple[str, Told]:
    """The picture and what it shows: by panel and line, pairs of reports and seconds."""
    told: Told = {}
    for title, lines in SHOWN.items():
        told[title] = {}
        for name, (part, question, peer) in lines.items():
            points = told[title][name] = []
            for reports in sizes:
                found = kept(folder, part, reports).of(part, question)
                points.append([reports, found.value if peer is None else found.peers[peer]])
    panels = [
        Panel(
            title,
            [
                Line(name, [(x, y) for x, y in points], SHOWN[title][name][2] is not None)
                for name, points in lines.items()
            ],
        )
        for title, lines in told.items()
    ]
    said = "How long questions take, by the number of reports in the log; both axes logarithmic"
    return svg(panels, said), told


def main(folder: Path, sizes: list[int]) -> None:
    """Measures and draws."""
    for reports in sizes:
        measure(folder, reports)
    picture, told = drawn(folder, sizes)
    (_PICTURES / "growth.svg").write_text(picture, "utf-8")
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    (_PICTURES / "growth.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(float(n)) for n in sys.argv[2:]] or [10**5, 10**6, 10**7])
