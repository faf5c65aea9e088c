"""Tables for people: columns wrapped to the terminal, scripts of any width and direction."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence

import attrs
import click

from conflict_timeline.words import NBSP

__all__ = [
    "NBSP",
    "Cell",
    "Column",
    "Styled",
    "clean",
    "display_width",
    "hanging",
    "render",
    "screen_width",
    "sections",
    "wrap",
]

_GAP = "  "
_HYPHEN = re.compile(r"-(?=\D)")  # one within a date is none
_SAMPLE = 60  # so many rows decide how columns share what room is left
_NARROWEST, _NARROW, _WIDEST, _NOT_A_TERMINAL = 40, 80, 120, 100

#: What a terminal obeys instead of showing: with these, a text could pass for another.
_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@attrs.frozen
class Column:
    """One column of a table.

    Attributes:
        title: its heading.
        right: whether its cells are flush right, as numbers are.
        least: the display width below which it is not wrapped, unless there is no other way.
    """

    title: str
    right: bool = False
    least: int = 8


@attrs.frozen
class Styled:
    """A cell with a colour; terminals and tests that take none see only the text."""

    text: str
    colour: str | None = None
    dim: bool = False


Cell = str | Styled


def clean(text: str) -> str:
    """The text without what a terminal would obey; sources are not to move the cursor."""
    return "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if c not in _BIDI_CONTROLS
    )


def display_width(text: str) -> int:
    """The columns that a text takes on a terminal (UAX #11; marks and controls take none)."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def screen_width() -> int:
    """The width to write for: the terminal's within reason, COLUMNS if set, else 100."""
    if not os.environ.get("COLUMNS") and not sys.stdout.isatty():
        return _NOT_A_TERMINAL
    columns = shutil.get_terminal_size((_NOT_A_TERMINAL, 24)).columns
    return max(_NARROWEST, min(columns, _WIDEST))


def wrap(text: str, width: int) -> list[str]:
    """The text in lines no wider than that; a word that is wider is cut, at a hyphen if it has one.

    A no-break space joins words, and is written as a common one.
    """
    lines: list[str] = []
    line = ""
    for word in filter(None, clean(text).split(" ")):
        joined = f"{line} {word}" if line else word
        if display_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        while display_width(word) > width:
            part = _head(word, width)
            lines.append(part)
            word = word[len(part) :]
        line = word
    if line or not lines:
        lines.append(line)
    return [found.replace(NBSP, " ") for found in lines]


def _head(word: str, width: int) -> str:
    """As much of a word as fits, at least a character."""
    taken = 0
    for at, character in enumerate(word):
        taken += _width(character)
        if taken > width:
            head = word[: max(at, 1)]
            hyphen = max(head.rfind(mark) for mark in "-/")
            return head[: hyphen + 1] if hyphen > 0 else head
    return word


def hanging(lead: Cell, text: Cell, width: int) -> str:
    """A paragraph whose further lines stand under its text, not under its lead."""
    first = lead if isinstance(lead, Styled) else Styled(lead)
    body = text if isinstance(text, Styled) else Styled(text)
    indent = display_width(first.text)
    lines = [_coloured(body, line) for line in wrap(body.text, max(width - indent, 8))]
    return _coloured(first, first.text) + f"\n{' ' * indent}".join(lines)


def _coloured(cell: Styled, text: str) -> str:
    if not text or not (cell.colour or cell.dim):
        return text
    return click.style(text, fg=cell.colour, dim=cell.dim or None)


def render(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: int) -> str:
    """The table as text, each cell wrapped so that a row fits the width.

    Where words would have to be broken for that on a narrow screen, the cells of a row stand one
    below the other.
    """
    table = [[_styled(cell) for cell in row] for row in rows]
    if (widths := _fit(columns, table, width)) is None:
        return "\n\n".join(_one_below_the_other(columns, row, width) for row in table)
    titles = [Styled(column.title) for column in columns]
    lines = [click.style(line, bold=True) for line in _lines(columns, titles, widths)]
    lines.append(_GAP.join("─" * w for w in widths))
    blocks = [_lines(columns, row, widths) for row in table]
    # Where many rows take several lines, the eye needs help to keep them apart.
    roomy = sum(map(len, blocks)) > 2 * len(blocks)
    for number, block in enumerate(blocks):
        if roomy and number:
            lines.append("")
        lines += block
    return "\n".join(lines)


def sections(parts: Iterable[tuple[str, Sequence[Column], Sequence[Sequence[Cell]]]]) -> str:
    """Tables one below the other, each under its title; those without rows are left out."""
    width = screen_width()
    blocks = []
    for title, columns, rows in parts:
        if rows:
            lines = [click.style(line, bold=True) for line in wrap(title, width)]
            blocks.append("\n".join([*lines, render(columns, rows, width)]))
    return "\n\n".join(blocks)


def _styled(cell: Cell) -> Styled:
    styled = cell if isinstance(cell, Styled) else Styled(cell)
    return attrs.evolve(styled, text=" ".join(filter(None, clean(styled.text).split(" "))))


def _lines(columns: Sequence[Column], row: Sequence[Styled], widths: Sequence[int]) -> list[str]:
    cells = [wrap(cell.text, w) for cell, w in zip(row, widths, strict=True)]
    lines = []
    for at in range(max(map(len, cells))):
        parts = []
        for column, cell, texts, width in zip(columns, row, cells, widths, strict=True):
            text = texts[at] if at < len(texts) else ""
            padding = " " * (width - display_width(text))
            shown = _coloured(cell, text)
            parts.append(padding + shown if column.right else shown + padding)
        lines.append(_GAP.join(parts).rstrip())
    return lines


def _one_below_the_other(columns: Sequence[Column], row: Sequence[Styled], width: int) -> str:
    """A row as lines, each cell beside the title of its column; what is empty is left out."""
    indent = max(display_width(column.title) for column in columns) + len(_GAP)
    told = [(column.title, cell) for column, cell in zip(columns, row, strict=True) if cell.text]
    return "\n".join(
        hanging(Styled(title + " " * (indent - display_width(title)), dim=True), cell, width)
        for title, cell in told
    )


def _fit(
    columns: Sequence[Column], table: Sequence[Sequence[Styled]], width: int
) -> list[int] | None:
    """The width of each column: its natural one, the widest giving way until the row fits.

    None if words would have to be broken for that on a narrow screen.
    """
    cells = [[c.title, *(row[at].text for row in table)] for at, c in enumerate(columns)]
    natural = [max(map(display_width, texts)) for texts in cells]
    whole = list(map(_widest_part, cells))
    least = [
        min(full, max(column.least, part))
        for column, part, full in zip(columns, whole, natural, strict=True)
    ]
    room = width - len(_GAP) * (len(columns) - 1)
    widths = _narrowed(_narrowed(natural, least, room), whole, room)
    if sum(widths) > room:
        if width < _NARROW:
            return None
        widths = _narrowed(widths, [1] * len(columns), room)
    if widths == natural:
        return widths
    # Wrapped at words, columns need less than they were given: the highest one gets what is left.
    sample = [texts[:_SAMPLE] for texts in cells]
    widths = [_used(texts, w) for texts, w in zip(cells, widths, strict=True)]
    for _ in range(room - sum(widths)):
        heights = [
            sum(len(wrap(text, w)) for text in texts) if w < full else 0
            for texts, w, full in zip(sample, widths, natural, strict=True)
        ]
        widths[heights.index(max(heights))] += 1
    return [_used(texts, w) for texts, w in zip(cells, widths, strict=True)]


def _narrowed(widths: Sequence[int], floor: Sequence[int], room: int) -> list[int]:
    """The widths, the widest giving way until all fit into the room or stand on the floor."""
    found = list(widths)
    while sum(found) > room:
        spare = [w if w > f else 0 for w, f in zip(found, floor, strict=True)]
        if not any(spare):
            break
        found[spare.index(max(spare))] -= 1
    return found


def _used(texts: Sequence[str], width: int) -> int:
    return max(display_width(line) for text in texts for line in wrap(text, width))


def _widest_part(texts: Iterable[str]) -> int:
    """The widest piece, which is not broken."""
    return max(display_width(p) for text in texts for p in _HYPHEN.sub("- ", text).split(" "))
