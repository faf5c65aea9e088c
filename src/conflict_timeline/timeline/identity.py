"""The identity of a log up to a position: what tells it from every other log.

A kind of identity gives ``kind:hex`` for a position. Today there is one, the root of the hash tree;
another may stand beside it, and old citations go on naming the one they were made with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.view import Logged

__all__ = ["Tree"]


class Tree:
    """The root of the hash tree over a log's first entries; with the position it is one pair.

    Two logs have it in common if they hold the same events in the same order, recorded at the same
    instants: if one is a copy of the other up to there.

    Args:
        root: gives the root over so many entries, as a store does from its nodes.
    """

    kind = "tree1"

    def __init__(self, root: Callable[[int], bytes]) -> None:
        self._root = root

    @classmethod
    def of(cls, entries: Sequence[Logged]) -> Tree:
        """The tree over entries that lie in no store, from position 1."""

        def root(size: int) -> bytes:
            growth = Growth()
            growth.extend([leaf_hash(entry.id, entry.recorded) for entry in entries[:size]])
            return growth.root

        return cls(root)

    def at(self, position: int) -> str:
        """The identity of the log up to a position that it has."""
        return f"{self.kind}:{self._root(position).hex()}"
