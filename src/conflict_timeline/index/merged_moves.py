"""Moves as they read where actors are merged; see ``merges.Merges.read`` for whole claims."""

from __future__ import annotations

from conflict_timeline.merges import Merges
from conflict_timeline.projections.holdings import Move
from conflict_timeline.projections.moves import Moves

__all__ = ["as_read"]


def as_read(moves: Moves, merges: Merges) -> Moves:
    """The moves under the same numbers, each actor as what stands for it."""
    return Moves(_read(move, merges) for move in moves.moves)


def _read(move: Move, merges: Merges) -> Move:
    if move.holders is not None:
        return Move(holders=frozenset(map(merges.actor, move.holders)))
    to = None if move.to is None else merges.actor(move.to)
    from_ = None if move.from_ is None else merges.actor(move.from_)
    if to is not None and to == from_:  # it was there all along
        return Move(holders=frozenset([to]))
    return Move(to=to, from_=from_, occurrence=move.occurrence)
