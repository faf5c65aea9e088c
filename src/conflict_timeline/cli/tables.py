"""Tables for people: columns wrapped to the terminal, scripts of any width and direction."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Sequence

import attrs
import click

__all__ = ["Column", "Styled", "clean", "display_width", "render", "screen_width", "wrap"]

_GAP = "  "
_NARROWEST, _WIDEST, _NOT_A_TERMINAL = 60, 120, 100

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
    if not os.environ.get("COLUMNS") and not click.get_text_stream("stdout").isatty():
        return _NOT_A_TERMINAL
    columns = shutil.get_terminal_size((_NOT_A_TERMINAL, 24)).columns
    return max(_NARROWEST, min(columns, _WIDEST))


def wrap(text: str, width: int) -> list[str]:
    """The text in lines no wider than that; a word that is wider is cut."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
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
    return [*lines, line] if line or not lines else lines


def _head(word: str, width: int) -> str:
    taken = 0
    for at, character in enumerate(word):
        taken += _width(character)
        if taken > width:
            return word[: max(at, 1)]
    return word


def render(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: int) -> str:
    """The table as text, each cell wrapped so that a row fits the width."""
    table = [[_styled(cell) for cell in row] for row in rows]
    widths = _fit(columns, table, width)
    titles = [Styled(column.title) for column in columns]
    lines = [click.style(line, bold=True) for line in _lines(columns, titles, widths)]
    lines.append(_GAP.join("─" * w for w in widths))
    blocks = [_lines(columns, row, widths) for row in table]
    # Where cells wrap on average to several lines, the eye needs help to keep the rows apart.
    roomy = sum(map(len, blocks)) > 2 * len(blocks)
    for number, block in enumerate(blocks):
        if roomy and number:
            lines.append("")
        lines += block
    return "\n".join(lines)


def _styled(cell: Cell) -> Styled:
    styled = cell if isinstance(cell, Styled) else Styled(cell)
    return attrs.evolve(styled, text=" ".join(clean(styled.text).split()))


def _lines(columns: Sequence[Column], row: Sequence[Styled], widths: Sequence[int]) -> list[str]:
    cells = [wrap(cell.text, w) for cell, w in zip(row, widths, strict=True)]
    lines = []
    for at in range(max(map(len, cells))):
        parts = []
        for column, cell, texts, width in zip(columns, row, cells, widths, strict=True):
            text = texts[at] if at < len(texts) else ""
            padding = " " * (width - display_width(text))
            shown = text
            if text and (cell.colour or cell.dim):
                shown = click.style(text, fg=cell.colour, dim=cell.dim or None)
            parts.append(padding + shown if column.right else shown + padding)
        lines.append(_GAP.join(parts).rstrip())
    return lines


def _fit(columns: Sequence[Column], table: Sequence[Sequence[Styled]], width: int) -> list[int]:
    """The width of each column: its natural one, the widest giving way until the row fits."""
    widths, words = [], []
    for at, column in enumerate(columns):
        texts = [column.title, *(row[at].text for row in table)]
        widths.append(max(map(display_width, texts)))
        longest = max(display_width(word) for text in texts for word in (text.split() or [""]))
        words.append(min(widths[-1], max(longest, column.least)))
    room = width - len(_GAP) * (len(columns) - 1)
    for floor in (words, [1] * len(columns)):
        while sum(widths) > room:
            spare = [w - f for w, f in zip(widths, floor, strict=True)]
            if max(spare) <= 0:
                break
            # Long texts give way first: what they lose costs the fewest further lines.
            widest = max(range(len(widths)), key=lambda i: (spare[i] > 0, widths[i]))
            widths[widest] -= 1
    return widths
