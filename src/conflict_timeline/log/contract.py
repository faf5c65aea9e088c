"""What every store of a log promises, whichever database it lies in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from types import TracebackType
from typing import Protocol, Self

import attrs

from conflict_timeline.codec import decode
from conflict_timeline.events import Event

__all__ = ["Entry", "Problem", "Store"]


@attrs.frozen
class Entry:
    """One event as the log holds it.

    Attributes:
        position: place in the log: 1, 2, 3 ... without gaps.
        id: SHA-256, in hex, of the canonical bytes.
        recorded: UTC instant of recording, ISO 8601 with microseconds and ``Z``; text order is
            time order. It never goes back from one position to the next.
        data: the canonical bytes.
    """

    position: int
    id: str
    recorded: str
    data: bytes

    @cached_property
    def event(self) -> Event:
        """The event, decoded when it is first asked for.

        Raises:
            DecodeError: if the bytes are of a kind or version that this library does not know.
        """
        return decode(self.data)


@attrs.frozen
class Problem:
    """One thing that verification found wrong.

    Attributes:
        position: the entry it is about, or None if it is about the store as a whole.
        kind: ``schema``, ``integrity``, ``unreadable``, ``position``, ``id``, ``body``,
            ``column`` or ``recorded``.
        message: what was expected and what is there.
    """

    position: int | None
    kind: str
    message: str

    def __str__(self) -> str:
        where = "the log" if self.position is None else f"position {self.position}"
        return f"{where}: {self.kind}: {self.message}"


class Store(Protocol):
    """An append-only log of events.

    A store knows events by their canonical bytes and nothing of what they mean together: whether a
    claim names a source that exists is for its caller to check.
    """

    @property
    def path(self) -> str:
        """Where the log lies, as a message or a citation names it."""
        ...

    @property
    def position(self) -> int:
        """The position of the last entry; 0 when the log is empty."""
        ...

    def append(
        self,
        events: Sequence[Event],
        *,
        expected_position: int | None = None,
        timeout: float = 30.0,
    ) -> list[int]:
        """Records events, all or none; they are durable when this returns.

        Appending is idempotent: an event that the log holds already is not written again.

        Args:
            events: in the order in which they get their positions.
            expected_position: the position the log must be at. A batch of which every event is
                recorded already writes nothing, and is answered whatever the position: this is
                what makes the same append safe to repeat.
            timeout: seconds to wait for other writers.

        Returns:
            The position of each event, in the order given; of one there before, its first.

        Raises:
            EventError: if one of them is no event, or is too large; nothing was written.
            PositionConflictError: if the log is at another position; nothing was written.
            NotWrittenError: if surely nothing was written.
            OutcomeUnknownError: if that cannot be told; reopen the log and append the same again.
        """
        ...

    def entries(self, after: int = 0, upto: int | None = None) -> Iterator[Entry]:
        """The entries in order of position.

        Where the last one lies is settled when the iteration begins, so it ends even while others
        append. No lock is held between entries: appending while iterating is allowed.

        Args:
            after: position before the first entry wanted.
            upto: position of the last entry wanted; None is the end of the log.
        """
        ...

    def find(self, event_id: str) -> Entry | None:
        """The entry of the event with that id, if the log holds it."""
        ...

    def verify(self) -> list[Problem]:
        """Everything that is wrong with the log as it lies in the store; empty if nothing is."""
        ...

    def close(self) -> None:
        """Lets go of the store. Closing twice is allowed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
