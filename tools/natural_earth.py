"""Makes ``report/assets/outlines.json`` out of world-atlas's ``countries-50m.json``.

    npm pack world-atlas && tar xzf world-atlas-*.tgz
    python tools/natural_earth.py package/countries-50m.json

Natural Earth is in the public domain; world-atlas (ISC) only packs it. Names are left out. Lines
are of three kinds: coasts, borders, and those that Natural Earth draws where who holds the land is
disputed, so that a map can draw these as what they are. Which they are is listed here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from conflict_timeline.report.geometry import Point, encoded, simplified

OUT = Path(__file__).parents[1] / "src/conflict_timeline/report/assets/outlines.json"
GRID = 100  # steps a degree
TOLERANCE = 0.015  # degrees

#: A line with one of these on a side, or lying in one of the boxes (west, south, east, north).
DISPUTED_UNITS = {"Kosovo", "N. Cyprus", "Palestine", "Siachen Glacier", "Somaliland", "W. Sahara"}
DISPUTED_LINES = [
    ({"Ukraine", "Russia"}, (32.0, 45.0, 36.9, 46.3)),  # the isthmus of Crimea
    ({"Israel", "Syria"}, (35.0, 32.5, 36.5, 33.5)),  # the Golan
    ({"India", "Pakistan"}, (73.0, 32.0, 78.0, 36.0)),  # Kashmir
    ({"India", "China"}, (73.0, 26.0, 98.0, 36.5)),
    ({"Egypt", "Sudan"}, (33.0, 21.5, 37.5, 22.5)),  # Halayib
    ({"Sudan", "S. Sudan"}, (27.0, 9.0, 30.0, 10.7)),  # Abyei
    ({"Armenia", "Azerbaijan"}, (44.0, 38.0, 48.0, 42.0)),
]


def main(path: str) -> None:
    """Reads the TopoJSON file and writes the extract."""
    topology = json.loads(Path(path).read_text("utf-8"))
    (west, north), (dx, dy) = topology["transform"]["translate"], topology["transform"]["scale"]
    arcs: list[list[Point]] = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * dx + west, y * dy + north))
        arcs.append(simplified(points, TOLERANCE))
    owners: dict[int, set[str]] = {}
    for country in topology["objects"]["countries"]["geometries"]:
        for arc in _flat(country["arcs"]):
            owners.setdefault(max(arc, ~arc), set()).add(country["properties"]["name"])
    shared = [arc for arc, names in sorted(owners.items()) if len(names) > 1]
    disputed = [arc for arc in shared if _disputed(owners[arc], arcs[arc])]
    polygons = topology["objects"]["land"]["geometries"][0]["arcs"]
    found = {
        "source": "Natural Earth 1:50m, public domain, as packed by world-atlas 2.0.2",
        "grid": GRID,
        "arcs": [encoded(arc, GRID) for arc in arcs],
        "land": [ring for polygon in polygons for ring in polygon],
        "borders": [arc for arc in shared if arc not in disputed],
        "disputed": disputed,
    }
    OUT.write_text(json.dumps(found, separators=(",", ":")) + "\n", "utf-8")


def _flat(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else [arc for part in value for arc in _flat(part)]


def _disputed(names: set[str], points: list[Point]) -> bool:
    if names & DISPUTED_UNITS:
        return True
    return any(
        names == pair and all(w <= x <= e and s <= y <= n for x, y in points)
        for pair, (w, s, e, n) in DISPUTED_LINES
    )


if __name__ == "__main__":
    main(sys.argv[1])
