"""Lines and rings on a plane: simplify them, clip them to a box, write them small.

Points are (x, y) in any unit; a box is (left, bottom, right, top) in the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

__all__ = ["Box", "Point", "clipped_line", "clipped_ring", "decoded", "encoded", "simplified"]

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]


def simplified(points: Sequence[Point], tolerance: float) -> list[Point]:
    """The points without those that lie within the tolerance of a line (Douglas and Peucker).

    A ring, whose ends are one point, keeps the point that is farthest from them.
    """
    if len(points) < 3:
        return list(points)
    keep = {0, len(points) - 1}
    parts = [(0, len(points) - 1)]
    while parts:
        start, end = parts.pop()
        farthest, at = tolerance * tolerance, None
        for i in range(start + 1, end):
            distance = _from_segment(points[i], points[start], points[end])
            if distance > farthest:
                farthest, at = distance, i
        if at is not None:
            keep.add(at)
            parts += [(start, at), (at, end)]
    return [points[i] for i in sorted(keep)]


def _from_segment(point: Point, a: Point, b: Point) -> float:
    """The squared distance of a point from a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0
    if length:
        along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length
        along = max(0.0, min(1.0, along))
    x, y = point[0] - a[0] - along * dx, point[1] - a[1] - along * dy
    return x * x + y * y


def clipped_ring(ring: Sequence[Point], box: Box) -> list[Point]:
    """What of an area lies in the box, as one ring (Sutherland and Hodgman); empty if nothing.

    Parts of an area that the box cuts into several hang together along its edge.
    """
    left, bottom, right, top = box
    sides: list[tuple[int, float, Callable[[float, float], bool]]] = [
        (0, left, lambda value, edge: value >= edge),
        (0, right, lambda value, edge: value <= edge),
        (1, bottom, lambda value, edge: value >= edge),
        (1, top, lambda value, edge: value <= edge),
    ]
    found = list(ring)
    for axis, edge, inside in sides:
        before, found = found, []
        for i, point in enumerate(before):
            previous = before[i - 1]
            enters, was = inside(point[axis], edge), inside(previous[axis], edge)
            if enters != was:
                found.append(_crossing(previous, point, axis, edge))
            if enters:
                found.append(point)
    return found


def _crossing(a: Point, b: Point, axis: int, edge: float) -> Point:
    along = (edge - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + along * (b[1 - axis] - a[1 - axis])
    return (edge, other) if axis == 0 else (other, edge)


def clipped_line(line: Sequence[Point], box: Box) -> Iterator[list[Point]]:
    """The parts of a line that lie in the box, whole steps at a time: nothing is cut short."""
    left, bottom, right, top = box
    part: list[Point] = []
    for a, b in pairwise(line):
        outside = (
            max(a[0], b[0]) < left
            or min(a[0], b[0]) > right
            or max(a[1], b[1]) < bottom
            or min(a[1], b[1]) > top
        )
        if outside:
            if part:
                yield part
            part = []
        else:
            part = part or [a]
            part.append(b)
    if part:
        yield part


def encoded(points: Iterable[Point], grid: int) -> str:
    """Points as text: steps on the grid, five bits a character (Google's polyline algorithm)."""
    text: list[str] = []
    last = (0, 0)
    for x, y in points:
        at = (round(x * grid), round(y * grid))
        for step in (at[0] - last[0], at[1] - last[1]):
            value = ~(step << 1) if step < 0 else step << 1
            while value >= 0x20:
                text.append(chr((0x20 | (value & 0x1F)) + 63))
                value >>= 5
            text.append(chr(value + 63))
        last = at
    return "".join(text)


def decoded(text: str, grid: int) -> list[Point]:
    """The points that ``encoded`` wrote."""
    numbers: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 63
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    points: list[Point] = []
    x = y = 0
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x / grid, y / grid))
    return points
