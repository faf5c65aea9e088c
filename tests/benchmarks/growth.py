"""How cost grows with the number of reports: ``python -m tests.benchmarks.growth FOLDER [sizes]``.

Measures the questions at each size (by default 1e5, 1e6 and 1e7 reports, of 10,000 places), each in
a process of its own, and draws ``docs/pictures/growth.svg``, with the figures beside it as JSON.
Logs and figures are kept in the folder; a size that has its figures is not measured again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measuring import Figures
from tests.benchmarks.plot import Line, Panel, svg

__all__ = ["drawn", "main"]

PLACES = 10_000
PEERS = "polars,DuckDB"
_PARTS = ("exact", "vague", "opening")
_PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

_NOW, _NEW = "all places, as known now", "all places, a day of knowledge not asked before"
_VAGUE = "all places, possible and conceivable, as known now, another day"
_VAGUE_NEW = (
    "all places, possible and conceivable, by a day of knowledge not asked before, near the day"
)

#: By panel and line: the part, the question, and the peer that was asked it.
SHOWN: dict[str, dict[str, tuple[str, str, str | None]]] = {
    "All of 10,000 places": {
        "exact, as known now": ("exact", _NOW, None),
        "exact, new known_by": ("exact", _NEW, None),
        "vague, as known now": ("vague", _VAGUE, None),
        "vague, new known_by": ("vague", _VAGUE_NEW, None),
        "polars (exact)": ("exact", _NOW, "polars"),
        "DuckDB (exact)": ("exact", _NOW, "DuckDB"),
    },
    "One place": {
        "as_of(day).territory[...]": ("exact", "one place, as known now", None),
        "at the register": ("exact", "one place, as known now, register level", None),
        "history, first time": ("vague", "history of one place, the first time", None),
        "open the log, first point": (
            "opening", "open the log and answer a first point, besides imports", None,
        ),
        "polars (exact)": ("exact", "one place, as known now", "polars"),
        "DuckDB (exact)": ("exact", "one place, as known now", "DuckDB"),
    },
}  # fmt: skip


def _kept(folder: Path, reports: int) -> Figures:
    return Figures(folder / f"figures-{reports}-{PLACES}.json")


def measure(folder: Path, reports: int) -> None:
    """Measures what is not measured yet of a size."""
    missing = [part for part in _PARTS if part not in _kept(folder, reports)]
    for part in missing:
        subprocess.run(
            [
                sys.executable, "-m", "tests.benchmarks.table", str(reports), str(PLACES),
                "--folder", str(folder), "--only", part, "--peers", PEERS,
            ],
            check=True,
        )  # fmt: skip


def drawn(kept: dict[int, Figures]) -> tuple[str, dict[str, dict[str, list[list[float]]]]]:
    """The picture and what it shows: by panel and line, pairs of reports and seconds."""
    told: dict[str, dict[str, list[list[float]]]] = {}
    for title, lines in SHOWN.items():
        told[title] = {}
        for name, (part, question, peer) in lines.items():
            points = told[title][name] = []
            for reports, figures in sorted(kept.items()):
                found = figures.of(part, question)
                points.append([reports, found.value if peer is None else found.peers[peer]])
    panels = [
        Panel(title, [Line(name, points, "(" in name[-8:]) for name, points in lines.items()])  # type: ignore[arg-type]
        for title, lines in told.items()
    ]
    said = "How long questions take, by the number of reports in the log; both axes logarithmic"
    return svg(panels, said), told


def main(folder: Path, sizes: list[int]) -> None:
    """Measures and draws."""
    for reports in sizes:
        measure(folder, reports)
    picture, told = drawn({reports: _kept(folder, reports) for reports in sizes})
    (_PICTURES / "growth.svg").write_text(picture, "utf-8")
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    (_PICTURES / "growth.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(float(n)) for n in sys.argv[2:]] or [10**5, 10**6, 10**7])
