"""Lanes on a terminal: one row a place, told apart by letters and patterns, and by colours."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from conflict_timeline.cli.axes import Question
from conflict_timeline.cli.tables import clean, display_width, screen_width, wrap
from conflict_timeline.dates import from_ordinal
from conflict_timeline.lanes import PATTERNS, Block, Key, Lane, Lanes
from conflict_timeline.words import count_of

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["draws", "lanes_option", "lanes_text"]

UNKNOWN = "·"
#: What stands before each letter; of one cell it is all there is, so that no doubt is hidden.
_HATCHES = {"contested": "╱", "uncertain": "░", "disputed": "▒"}
_MOST_UNASKED = 40  # so many lanes are drawn on a terminal if nobody asks
#: Steps between marks of the axis, in months.
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)

lanes_option = click.option(
    "--lanes/--no-lanes",
    "lanes",
    default=None,
    help="Draw a lane for each place above the table; by default on a terminal, for up to "
    f"{_MOST_UNASKED} places.",
)


def draws(asked: Question, wanted: bool | None, places: int) -> bool:
    """Whether lanes are drawn: only with a table, and unasked only where someone looks at it."""
    if asked.form != "table" or places == 0:
        return False
    return _on_a_terminal() and places <= _MOST_UNASKED if wanted is None else wanted


def _on_a_terminal() -> bool:
    return sys.stdout.isatty()


def lanes_text(drawn: Lanes, day: int | None = None) -> str:
    """The lanes with axis and legend, no wider than the screen.

    Args:
        drawn: the lanes.
        day: an ordinal to be marked on the axis.
    """
    from rich.console import Console

    width = screen_width()
    scale = _Scale(drawn, width)
    buffer = io.StringIO()
    # Colours are always written: what is not to have them is stripped of them by click.
    console = Console(file=buffer, width=width, force_terminal=True, legacy_windows=False)
    for line in _drawing(drawn, scale, day):
        console.print(line, soft_wrap=True, highlight=False)
    return buffer.getvalue().rstrip("\n")


class _Scale:
    """Which days a cell stands for."""

    def __init__(self, drawn: Lanes, width: int) -> None:
        widest = max(display_width(clean(row.name)) for row in drawn.rows)
        self.indent = min(widest, width // 3)
        self.first = drawn.first
        self.days = drawn.last - drawn.first + 1
        self.cells = min(width - self.indent - 2, self.days)

    def begins(self, cell: int) -> int:
        """The first day of a cell; of the one after the last, the day after the axis."""
        return self.first + -(-cell * self.days // self.cells)

    def cell(self, day: int) -> int:
        """The cell that a day lies in."""
        return (day - self.first) * self.cells // self.days


def _drawing(drawn: Lanes, scale: _Scale, day: int | None) -> Iterator[Text]:
    from rich.text import Text

    lead = " " * (scale.indent + 2)
    if day is not None:
        mark = _beside("▼", from_ordinal(day).isoformat(), scale.cell(day), scale.cells)
        yield Text(lead + mark)
    hidden = 0
    for row in drawn.rows:
        name = _fitted(clean(row.name), scale.indent)
        cells, left_out = _cells(row, scale)
        hidden += left_out
        line = Text(name + " " * (scale.indent - display_width(name) + 2))
        for block, place in cells:
            _paint(line, drawn, block, place)
        yield line
    marks, labels = _axis(scale)
    yield Text(lead + marks, style="dim")
    yield Text(lead + labels)
    yield Text()
    yield from _legend(drawn)
    if hidden:
        cell = count_of(-(-scale.days // scale.cells), "day")
        spans = count_of(hidden, "span")
        told = f"Not drawn: {spans}, too short for a cell of up to {cell}."
        for text in wrap(told, screen_width()):
            yield Text(text, style="dim")


def _beside(mark: str, label: str, at: int, cells: int) -> str:
    """A mark in its cell, its label on the side where there is room."""
    after = at + 2 + len(label) <= cells
    return " " * at + f"{mark} {label}" if after else f"{label} {mark}".rjust(at + 1)


def _fitted(name: str, width: int) -> str:
    """As much of a name as fits, with dots if it is cut."""
    if display_width(name) <= width:
        return name
    while name and display_width(name) > width - 1:
        name = name[:-1]
    return name + "…"


def _cells(row: Lane, scale: _Scale) -> tuple[list[tuple[Block | None, int]], int]:
    """What is drawn in each cell, with its number within its block; how many blocks are in none.

    A cell shows the block that has most of its days.
    """
    found: list[tuple[Block | None, int]] = []
    at = 0
    drawn: Counter[int] = Counter()
    for cell in range(scale.cells):
        first, end = scale.begins(cell), scale.begins(cell + 1)
        while at < len(row.blocks) and row.blocks[at].last < first:
            at += 1
        here = [
            (min(block.last + 1, end) - max(block.first, first), -number)
            for number, block in enumerate(row.blocks[at:], at)
            if block.first < end
        ]
        if not here:
            found.append((None, 0))
            continue
        number = -max(here)[1]
        found.append((row.blocks[number], drawn[number]))
        drawn[number] += 1
    return found, len(row.blocks) - len(drawn)


def _paint(line: Text, drawn: Lanes, block: Block | None, place: int) -> None:
    """One cell of a lane."""
    if block is None or block.pattern == "unknown":
        line.append(UNKNOWN, "dim")
        return
    holders = block.holders
    hatch = _HATCHES.get(block.pattern)
    key = drawn.holders.get(holders[0] or "")
    if hatch is not None:
        at, odd = divmod(place, 2)
        if not odd:
            line.append(hatch, "" if key is None else key.colour)
            return
        key = drawn.holders.get(holders[at % len(holders)] or "")
    if key is None:
        line.append(UNKNOWN, "dim")
    elif block.pattern == "implied":
        # A small letter on no ground: there is less to go by than for a report of its own.
        line.append(key.letter.lower(), f"bold {key.colour}")
    else:
        line.append(key.letter, _ground(key))


def _ground(key: Key) -> str:
    """A letter on its holder's colour."""
    return f"{'black' if key.ink == 'black' else 'bright_white'} on {key.colour}"


def _axis(scale: _Scale) -> tuple[str, str]:
    """Marks at beginnings of months or years, as many as their labels leave room for."""
    for step in _STEPS:
        told = _marked(scale, step)
        ends = [at + len(label) + 2 for at, label in told]
        if all(a <= at for a, (at, _) in zip(ends, told[1:], strict=False)):
            break
    if len(told) < 2:  # the axis is too short for months, or too narrow: its ends are told
        last = scale.begins(scale.cells) - 1
        told = [(0, from_ordinal(scale.first).isoformat())]
        if scale.cells >= 24:
            told.append((scale.cells - 10, from_ordinal(last).isoformat()))
    marks, labels = "", ""
    for at, label in told:
        end_mark = at + len(label) - 1 if at and at + len(label) == scale.cells else at
        marks = marks.ljust(end_mark, "─") + "┬"
        labels = labels.ljust(at) + label
    return marks.ljust(scale.cells, "─"), labels


def _marked(scale: _Scale, step: int) -> list[tuple[int, str]]:
    """The cells of every so many months, with their labels, where these fit on the axis."""
    first = from_ordinal(scale.first)
    last = from_ordinal(scale.begins(scale.cells) - 1)
    month = -(-(first.year * 12 + first.month - 1 + (first.day > 1)) // step) * step
    found = []
    while month <= last.year * 12 + last.month - 1 and month < 120_000:
        year, number = divmod(month, 12)
        label = f"{year:04}" if step % 12 == 0 else f"{year:04}-{number + 1:02}"
        if year:
            cell = scale.cell(first.set(year=year, month=number + 1, day=1).toordinal())
            if cell + len(label) <= scale.cells:
                found.append((cell, label))
        month += step
    return found


def _legend(drawn: Lanes) -> Iterator[Text]:
    """Who the letters are, and what the patterns say; one entry a line where they are long."""
    from rich.text import Text

    entries = []
    for key in drawn.holders.values():
        entries.append(Text.assemble((key.letter, _ground(key)), f" {clean(key.name)}"))
    letter = next((key.letter for key in drawn.holders.values()), "X")
    signs = {
        "implied": letter.lower(),
        "unknown": UNKNOWN,
        **{name: f"{hatch}{letter}" for name, hatch in _HATCHES.items()},
    }
    for pattern in drawn.patterns:
        if pattern in signs:
            entries.append(Text(f"{signs[pattern]} {PATTERNS[pattern]}"))
    line = Text()
    for entry in entries:
        if line and display_width(line.plain) + 3 + display_width(entry.plain) > screen_width():
            yield line
            line = Text()
        line = entry if not line else Text.assemble(line, "   ", entry)
        if display_width(line.plain) > screen_width():  # an entry that is wider by itself
            *whole, last = wrap(line.plain, screen_width())
            yield from map(Text, whole)
            line = Text(last)
    if line:
        yield line
