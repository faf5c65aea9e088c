"""What a place can be: held by named actors, or unknown; and what a report does to it.

DESIGN section 4 calls these before, after and fit. Nothing here knows of places, days or sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import attrs

__all__ = ["UNKNOWN", "ButNot", "Holding", "Move", "canonical", "canonical_order", "contradicts"]


@attrs.frozen
class ButNot:
    """Unknown, but not this actor: what a loss leaves whose taker is not named."""

    actor: str


#: The actors present in control (one is control, several is contested), or unknown.
Holding: TypeAlias = frozenset[str] | ButNot | None
UNKNOWN: None = None


def canonical(holding: Holding) -> tuple[int, tuple[str, ...]]:
    """Sort key: known holdings by their sorted actors, then unknown-but-not, then unknown."""
    if isinstance(holding, frozenset):
        return (0, tuple(sorted(holding)))
    return (1, (holding.actor,)) if isinstance(holding, ButNot) else (2, ())


def canonical_order(holdings: Iterable[Holding]) -> list[Holding]:
    """The holdings in canonical order."""
    return sorted(holdings, key=canonical)


def contradicts(a: Holding, b: Holding) -> bool:
    """Whether no one state of the place can be described by both."""
    if a is None or b is None:
        return False
    if isinstance(a, ButNot):
        return not isinstance(b, ButNot) and a.actor in b
    if isinstance(b, ButNot):
        return b.actor in a
    return a != b


@attrs.frozen
class Move:
    """What one report says, apart from its days.

    Attributes:
        holders: for an observation, exactly who held.
        to, from_: for a change, taker and loser; one of them may be None.
        occurrence: the happening it reports, if it says so; two that differ are never one change.
    """

    holders: frozenset[str] | None = None
    to: str | None = None
    from_: str | None = None
    occurrence: str | None = None
    after: Holding = attrs.field(init=False, eq=False, default=None)
    before: Holding = attrs.field(init=False, eq=False, default=None)

    def __attrs_post_init__(self) -> None:
        after: Holding
        before: Holding
        if self.holders is not None:
            after = before = self.holders
        else:
            after = ButNot(self.from_ or "") if self.to is None else frozenset((self.to,))
            before = UNKNOWN if self.from_ is None else frozenset((self.from_,))
        object.__setattr__(self, "after", after)
        object.__setattr__(self, "before", before)

    @property
    def is_change(self) -> bool:
        """Whether it reports a change; else it is an observation."""
        return self.holders is None

    def fits(self, previous: Holding) -> bool:
        """Whether the report can follow the holding without an unreported change between."""
        if self.holders is not None:
            if isinstance(previous, ButNot):
                return previous.actor not in self.holders
            return previous == self.holders
        if self.from_ is None:
            return previous != self.after
        if isinstance(previous, ButNot):
            return previous.actor != self.from_
        return previous is not None and self.from_ in previous

    def merged(self, other: Move) -> Move | None:
        """The one change that both can be reports of, or None if they cannot be one."""
        if self.holders is not None or other.holders is not None:
            return None
        for a, b in (
            (self.from_, other.from_),
            (self.to, other.to),
            (self.occurrence, other.occurrence),
        ):
            if a is not None and b is not None and a != b:
                return None
        to, from_ = self.to or other.to, self.from_ or other.from_
        if to is not None and to == from_:  # one takes from the other's taker
            return None
        return Move(to=to, from_=from_, occurrence=self.occurrence or other.occurrence)
