"""The identity of a log up to a position: what tells it from every other log.

A kind of identity gives ``kind:hex`` for a position. Today there is one, a hash chain; another may
stand beside it, and old citations go on naming the one they were made with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from conflict_timeline.view import Logged

__all__ = ["Chain"]

# The tag keeps a head of this chain from being taken for the hash of anything else.
_TAG = b"conflict-timeline chain 1\n"
_STRIDE = 1024


class Chain:
    """A hash chain over the ids of a log's events, in order.

    The head at position 0 is SHA-256 of a tag; at every other position, of the tag, the head before
    and the event's id, both as 32 bytes. Heads are made when first asked for, and some are kept, so
    that a log that grows costs only its growth.

    Args:
        entries: the log from position 1; it may grow at its end.
    """

    kind = "chain1"

    def __init__(self, entries: Sequence[Logged]) -> None:
        self._entries = entries
        self._heads = [hashlib.sha256(_TAG).digest()]  # at every position that the stride divides

    def at(self, position: int) -> str:
        """The identity of the log up to a position that it has."""
        while len(self._heads) <= position // _STRIDE:
            self._heads.append(self._linked(len(self._heads) - 1, len(self._heads) * _STRIDE))
        return f"{self.kind}:{self._linked(position // _STRIDE, position).hex()}"

    def _linked(self, kept: int, position: int) -> bytes:
        """The head at a position, from the kept one before."""
        head = self._heads[kept]
        for entry in self._entries[kept * _STRIDE : position]:
            head = hashlib.sha256(_TAG + head + bytes.fromhex(entry.id)).digest()
        return head
