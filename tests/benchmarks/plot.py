"""A plot of lines over sizes, both axes logarithmic, as SVG that reads on light and on dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

import attrs

__all__ = ["Line", "Panel", "svg"]

#: Of middling lightness, so that they show on white and on near black; told apart by any eye.
COLOURS = ("#3b8bd4", "#d9692b", "#2ca089", "#b85fb8", "#a8861c", "#7c7c7c")
_TEXT, _GRID = "#767676", "#767676"
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 300, 220, 52, 150, 34, 40
_BETWEEN_LABELS = 12


@attrs.frozen
class Line:
    """Seconds by size, and what they are of."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@attrs.frozen
class Panel:
    """Lines that share their axes."""

    title: str
    lines: Sequence[Line]


def svg(panels: Sequence[Panel], said: str) -> str:
    """The panels, two beside each other; ``said`` tells those who cannot see it what it shows."""
    wide, tall = _LEFT + _WIDTH + _RIGHT, _TOP + _HEIGHT + _BOTTOM
    width, height = wide * min(2, len(panels)), tall * -(-len(panels) // 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="sans-serif" font-size="11" fill="{_TEXT}">',
        f"<title>{escape(said)}</title>",
    ]
    for number, panel in enumerate(panels):
        down, across = divmod(number, 2)
        at = f"{across * wide + _LEFT},{down * tall + _TOP}"
        parts += [f'<g transform="translate({at})">', *_drawn(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _drawn(panel: Panel) -> list[str]:
    xs = [x for line in panel.lines for x, _ in line.points]
    ys = [y for line in panel.lines for _, y in line.points]
    left, right = math.log10(min(xs)), math.log10(max(xs))
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def x_of(value: float) -> float:
        return _WIDTH * (math.log10(value) - left) / ((right - left) or 1)

    def y_of(value: float) -> float:
        return _HEIGHT * (high - math.log10(value)) / ((high - low) or 1)

    parts = [f'<text x="0" y="-14" font-size="13" font-weight="bold">{escape(panel.title)}</text>']
    for power in range(low, high + 1):
        y = y_of(10.0**power)
        parts.append(f'<path d="M0 {y:.1f}H{_WIDTH}" stroke="{_GRID}" stroke-opacity=".35"/>')
        parts.append(f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{_time(power)}</text>')
    for size in sorted(set(xs)):
        x = x_of(size)
        parts.append(f'<path d="M{x:.1f} 0V{_HEIGHT}" stroke="{_GRID}" stroke-opacity=".35"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT + 18}" text-anchor="{_anchor(x)}">{_count(size)}</text>'
        )
    parts.append(f'<text x="{_WIDTH + 8}" y="{_HEIGHT + 18}">reports</text>')
    below = _labels([y_of(line.points[-1][1]) for line in panel.lines])
    for colour, line, label in zip(COLOURS, panel.lines, below, strict=False):
        at = [(x_of(x), y_of(y)) for x, y in line.points]
        drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        dash = ' stroke-dasharray="5 3"' if line.dashed else ""
        parts.append(f'<path d="M{drawn}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at]
        parts.append(
            f'<text x="{at[-1][0] + 8:.1f}" y="{label + 4:.1f}" fill="{colour}">'
            f"{escape(line.name)}</text>"
        )
    return parts


def _labels(wanted: Sequence[float]) -> list[float]:
    """Where labels go: near what they name, none over another, none below the panel."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    found = [0.0] * len(wanted)
    last = -math.inf
    for at in order:
        last = found[at] = max(wanted[at], last + _BETWEEN_LABELS)
    limit = _HEIGHT + 4.0
    for at in reversed(order):
        limit = found[at] = min(found[at], limit)
        limit -= _BETWEEN_LABELS
    return found


def _time(power: int) -> str:
    """A power of ten of a second."""
    for unit, least in (("s", 0), ("ms", -3), ("µs", -6), ("ns", -9)):
        if power >= least:
            return f"{10 ** (power - least):,} {unit}"
    return f"1e{power} s"


def _anchor(x: float) -> str:
    """How a label stands to a point of the axis below, so that it stays clear of its neighbours."""
    return "start" if x == 0 else "end" if x == _WIDTH else "middle"


def _count(size: float) -> str:
    return f"{size / 1e6:g} million" if size >= 1e6 else f"{size:,.0f}"
