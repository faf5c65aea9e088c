"""The map under the places: outlines within a box of the globe, drawn small.

Lines are Natural Earth's unless the user gives others. Which lines these are is a claim, too: the
page says whose they are, and draws those in dispute as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import cos, isfinite, radians
from os import PathLike
from pathlib import Path
from typing import Any

import attrs

from conflict_timeline.errors import Fault, InputError, shown
from conflict_timeline.files import read_file
from conflict_timeline.report.geometry import (
    Box,
    Point,
    clipped_line,
    clipped_ring,
    decoded,
    simplified,
)

__all__ = ["Basemap", "Projection", "natural_earth", "read_basemap"]

#: Units of the map along the longer side of the box of its places.
_UNITS = 2_000
_LEAST_SPAN = 0.5  # degrees
_DEEPEST = 64
_LARGEST = 500_000_000  # bytes of a basemap


@attrs.frozen
class Basemap:
    """Outlines in degrees.

    Attributes:
        areas: rings of land.
        lines: by kind ("border", "disputed", "line"), lines.
        credit: whose they are.
    """

    areas: Sequence[Sequence[Point]]
    lines: dict[str, Sequence[Sequence[Point]]]
    credit: str


@attrs.frozen
class Projection:
    """Equirectangular, true to shape in the middle of the places: x and y in units of the map.

    Attributes:
        west, south, east, north: the box of the places, in degrees.
    """

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, points: Iterable[Point]) -> Projection:
        """The projection for places at (longitude, latitude); of the globe if there is none."""
        found = list(points)
        if not found:
            return cls(-180, -60, 180, 80)
        west, east = min(x for x, _ in found), max(x for x, _ in found)
        south, north = min(y for _, y in found), max(y for _, y in found)
        wider, higher = (max(0.0, _LEAST_SPAN - s) / 2 for s in (east - west, north - south))
        return cls(west - wider, south - higher, east + wider, north + higher)

    @property
    def shrink(self) -> float:
        """How much shorter a degree of longitude is than one of latitude."""
        return max(0.1, cos(radians((self.south + self.north) / 2)))

    @property
    def scale(self) -> float:
        """Units a degree of latitude."""
        return _UNITS / max((self.east - self.west) * self.shrink, self.north - self.south)

    def at(self, longitude: float, latitude: float) -> tuple[int, int]:
        """Where a point lies on the map; y grows downwards."""
        x = (longitude - self.west) * self.shrink * self.scale
        return round(x), round((self.north - latitude) * self.scale)

    @property
    def surroundings(self) -> Box:
        """The box that outlines are drawn in: thrice the places' own, for a map to be moved."""
        wide = max(self.east - self.west, (self.north - self.south) / self.shrink)
        high = max(self.north - self.south, (self.east - self.west) * self.shrink)
        box = (self.west - wide, self.south - high, self.east + wide, self.north + high)
        return max(box[0], -180.0), max(box[1], -90.0), min(box[2], 180.0), min(box[3], 90.0)

    def drawn(self, basemap: Basemap) -> dict[str, str]:
        """The outlines as SVG path data, by kind; "land" is an area."""
        box, tolerance = self.surroundings, 1.5 / self.scale
        rings = (clipped_ring(ring, box) for ring in basemap.areas if _meet(ring, box))
        found = {"land": "".join(self._path(r, tolerance, closed=True) for r in rings)}
        for kind, lines in basemap.lines.items():
            parts = (part for line in lines if _meet(line, box) for part in clipped_line(line, box))
            found[kind] = "".join(self._path(part, tolerance) for part in parts)
        return {kind: path for kind, path in found.items() if path}

    def _path(self, points: Sequence[Point], tolerance: float, *, closed: bool = False) -> str:
        placed: list[tuple[int, int]] = []
        for point in simplified(points, tolerance):
            at = self.at(*point)
            if not placed or placed[-1] != at:
                placed.append(at)
        if len(placed) < (3 if closed else 2):
            return ""
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(placed)]
        x, y = placed[0]
        return f"M{x} {y}l{' '.join(f'{dx} {dy}' for dx, dy in steps)}{'z' if closed else ''}"


def _meet(points: Sequence[Point], box: Box) -> bool:
    left, bottom, right, top = box
    return bool(
        points
        and min(x for x, _ in points) <= right
        and max(x for x, _ in points) >= left
        and min(y for _, y in points) <= top
        and max(y for _, y in points) >= bottom
    )


@cache
def natural_earth() -> Basemap:
    """The outlines shipped with the package; see ``tools/natural_earth.py``."""
    data = json.loads(files(__package__).joinpath("assets/outlines.json").read_text("utf-8"))
    arcs = [decoded(text, data["grid"]) for text in data["arcs"]]

    def joined(numbers: Sequence[int]) -> list[Point]:
        ring: list[Point] = []
        for number in numbers:
            arc = arcs[number] if number >= 0 else arcs[~number][::-1]
            ring += arc[1:] if ring else arc
        return ring

    lines = {"border": data["borders"], "disputed": data["disputed"]}
    return Basemap(
        [joined(ring) for ring in data["land"]],
        {kind: [arcs[number] for number in numbers] for kind, numbers in lines.items()},
        "Natural Earth, public domain",
    )


def read_basemap(path: str | PathLike[str]) -> Basemap:
    """A basemap of one's own: the areas and lines of a GeoJSON file (RFC 7946).

    Points, names and other properties are not drawn.

    Raises:
        InputError: if it is no GeoJSON with areas or lines, or a position is not one on the globe.
    """
    file = Path(path)
    try:
        data = read_file(file, _LARGEST)
        if len(data) > _LARGEST:
            raise InputError([Fault(f"expected at most {_LARGEST:,} bytes, got more", file.name)])
        value = json.loads(data.decode("utf-8-sig"))
    except InputError:
        raise
    except OSError as error:
        raise InputError([Fault(f"cannot be read: {error.strerror}", file.name)]) from None
    except UnicodeDecodeError as error:
        message = f"expected GeoJSON, which is UTF-8, got byte {error.start} that is not"
        raise InputError([Fault(message, file.name)]) from None
    except (ValueError, RecursionError) as error:
        raise InputError([Fault(f"expected GeoJSON: {error}", file.name)]) from None
    areas: list[list[Point]] = []
    lines: list[list[Point]] = []
    try:
        for kind, points in _shapes(value, 0):
            (areas if kind == "area" else lines).append(points)
    except ValueError as error:
        raise InputError([Fault(str(error), file.name)]) from None
    if not areas and not lines:
        raise InputError([Fault("expected areas or lines in the GeoJSON, got none", file.name)])
    return Basemap(areas, {"border": areas, "line": lines}, f"{file.name}, given by the maker")


def _shapes(value: Any, depth: int) -> Iterator[tuple[str, list[Point]]]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        raise ValueError(f"expected a GeoJSON object, got {shown(value)}")
    kind, inside = value.get("type"), value.get("coordinates")
    if kind == "FeatureCollection":
        for feature in _list(value.get("features")):
            yield from _shapes(feature, depth + 1)
    elif kind == "Feature":
        if value.get("geometry") is not None:
            yield from _shapes(value["geometry"], depth + 1)
    elif kind == "GeometryCollection":
        for geometry in _list(value.get("geometries")):
            yield from _shapes(geometry, depth + 1)
    elif kind in ("Polygon", "MultiLineString"):
        for line in _list(inside):
            yield "area" if kind == "Polygon" else "line", _points(line)
    elif kind == "MultiPolygon":
        for polygon in _list(inside):
            for ring in _list(polygon):
                yield "area", _points(ring)
    elif kind == "LineString":
        yield "line", _points(inside)
    elif kind not in ("Point", "MultiPoint"):
        raise ValueError(f"type: expected one of GeoJSON's, got {shown(kind)}")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list in the GeoJSON, got {shown(value)}")
    return value


def _points(value: Any) -> list[Point]:
    found: list[Point] = []
    for position in _list(value):
        numbers = _list(position)[:2]
        good = len(numbers) == 2 and all(
            isinstance(n, int | float) and not isinstance(n, bool) and isfinite(n) for n in numbers
        )
        if not good or abs(numbers[0]) > 180 or abs(numbers[1]) > 90:
            raise ValueError(
                "expected a position as [longitude, latitude] in degrees (WGS 84), "
                f"got {shown(position)}"
            )
        found.append((float(numbers[0]), float(numbers[1])))
    return found
