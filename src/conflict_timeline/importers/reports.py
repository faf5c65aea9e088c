"""What became of the rows of an import: how many, which were refused and why, what was noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import attrs

from conflict_timeline.codec import kind_of
from conflict_timeline.events import Event

__all__ = ["Refused", "Report", "RowError"]


class RowError(ValueError):
    """A row that cannot be read; readers catch it, and refuse the row for its message."""


@attrs.frozen
class Refused:
    """A row that was not imported.

    Attributes:
        file: name of the file.
        line: 1-based line on which the row begins; of a spreadsheet, the row.
        reason: what was expected, and what came.
        row: the row's identifier, or the beginning of its text.
    """

    file: str
    line: int | None
    reason: str
    row: str = ""


@attrs.define
class Report:
    """What became of an import.

    Attributes:
        rows: how many rows were read, refused ones among them.
        refused: those refused, in order; of very many, the first ``keep``.
        refusals: how many were refused.
        notes: what else was noticed, and how often.
        found: events read, by wire name.
        recorded: how many of them the log holds now; 0 in a dry run.
        new: how many of these it did not hold before.
        keep: how many refused rows are kept in memory.
        on_refused: called with each refused row as it is met.
    """

    rows: int = 0
    refused: list[Refused] = attrs.field(factory=list)
    refusals: int = 0
    notes: Counter[str] = attrs.field(factory=Counter)
    found: Counter[str] = attrs.field(factory=Counter)
    recorded: int = 0
    new: int = 0
    keep: int = 10_000
    on_refused: Callable[[Refused], None] | None = None

    def refuse(self, file: str, line: int | None, reason: str, row: str = "") -> None:
        """Takes note of a row that is not imported."""
        refused = Refused(file, line, reason, row[:200])
        self.refusals += 1
        if len(self.refused) < self.keep:
            self.refused.append(refused)
        if self.on_refused is not None:
            self.on_refused(refused)

    def note(self, what: str, times: int = 1) -> None:
        """Takes note of something that does not keep a row out."""
        self.notes[what] += times

    def count(self, event: Event) -> None:
        """Counts an event that was read."""
        self.found[kind_of(event)] += 1
