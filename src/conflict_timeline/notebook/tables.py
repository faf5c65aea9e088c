"""Small tables in HTML: escaped, without colours of their own, without anything from elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

import attrs

__all__ = ["MOST_ROWS", "Table", "listed", "pairs"]

#: So many rows of a table are shown; how many more there are is told.
MOST_ROWS = 60

# Notebooks flush cells to the right and stripe rows in colours of their theme: only the first is
# undone. Text that looks like TeX is not to be set as such.
_DIV = '<div class="tex2jax_ignore mathjax_ignore" style="overflow-x:auto">'
_START = ' style="text-align:start;vertical-align:top"'
_ONE_LINE = ' style="text-align:start;vertical-align:top;white-space:nowrap"'
_CAPTION = ' style="caption-side:top;text-align:start;font-weight:bold"'


@attrs.frozen
class Table:
    """A table.

    Attributes:
        caption: what it tells; plain text, as all of it is.
        header: the titles of its columns; the first column names what a row is about.
        rows: a text for each column.
        total: how many rows there are in all, if that is known to be more than are given.
        notes: what stands below it.
        scrolled: whether each cell is one line: of many columns none would have room otherwise.
    """

    caption: str
    header: Sequence[str]
    rows: Iterable[Sequence[str]]
    total: int | None = None
    notes: Sequence[str] = ()
    scrolled: bool = False

    def html(self) -> str:
        """The table as HTML."""
        shown = list(islice(self.rows, MOST_ROWS + 1))
        total = max(len(shown), self.total or 0)
        more = total - min(len(shown), MOST_ROWS)
        style = _ONE_LINE if self.scrolled else _START
        head = "".join(f'<th scope="col"{style}>{_text(title)}</th>' for title in self.header)
        body = "".join(_row(row, style) for row in shown[:MOST_ROWS])
        notes = list(self.notes)
        if more > 0:
            notes.insert(0, f"and {f'{more:,}' if self.total is not None else 'some'} more")
        below = "".join(f'<p dir="auto">{_text(note)}</p>' for note in notes)
        table = (
            f'<table><caption dir="auto"{_CAPTION}>{_text(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
        return f"{_DIV}{table if shown else _nothing(self.caption)}{below}</div>"


def _nothing(caption: str) -> str:
    return f'<p dir="auto"><b>{_text(caption)}</b>: nothing</p>'


def _row(row: Sequence[str], style: str) -> str:
    first, *others = row
    cells = "".join(f'<td dir="auto"{style}>{_text(text)}</td>' for text in others)
    return f'<tr><th scope="row" dir="auto"{style}>{_text(first)}</th>{cells}</tr>'


def pairs(caption: str, rows: Iterable[tuple[str, str]], notes: Sequence[str] = ()) -> Table:
    """A table of one answer: what is told, and what it is; what is empty is left out."""
    return Table(caption, ("", "answer"), [row for row in rows if row[1]], notes=notes)


def listed(texts: Iterable[str]) -> str:
    """Texts in one cell; a dash if there are none."""
    return "; ".join(texts) or "–"


def _text(text: str) -> str:
    """The text as HTML shows it, without control characters: some are no text in HTML at all."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return escape(plain)
