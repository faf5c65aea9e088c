"""What the index keeps of sources, in columns: there can be very many of them."""

from __future__ import annotations

from typing import Any

import attrs

__all__ = ["SourceFact", "SourceFacts"]


@attrs.frozen
class SourceFact:
    """What the index keeps of a source.

    Attributes:
        position: of its declaration.
        grade: its reliability, by index into ``RELIABILITIES``.
        published: first and last day of its publication, None if that cannot be known.
    """

    position: int
    grade: int
    published: tuple[int, int] | None


@attrs.define
class SourceFacts:
    """The facts of sources, by number; of one that was not declared yet there are none.

    Attributes:
        positions: 0 for what was not declared.
        grades: -1 likewise.
        first, last: None where the publication cannot be known.
    """

    positions: list[int] = attrs.field(factory=list)
    grades: list[int] = attrs.field(factory=list)
    first: list[int | None] = attrs.field(factory=list)
    last: list[int | None] = attrs.field(factory=list)

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, code: int) -> SourceFact | None:
        if not self.positions[code]:
            return None
        return SourceFact(self.positions[code], self.grades[code], self.published(code))

    def published(self, code: int) -> tuple[int, int] | None:
        """First and last day of its publication, None if that cannot be known."""
        first, last = self.first[code], self.last[code]
        return None if first is None or last is None else (first, last)

    def __setitem__(self, code: int, fact: SourceFact) -> None:
        self.positions[code], self.grades[code] = fact.position, fact.grade
        self.first[code], self.last[code] = fact.published or (None, None)

    def add(self) -> None:
        """Adds a source that was not declared yet."""
        self.positions.append(0)
        self.grades.append(-1)
        self.first.append(None)
        self.last.append(None)

    def plain(self) -> list[list[Any]]:
        """Its columns, as plain values."""
        return [self.positions, self.grades, self.first, self.last]
