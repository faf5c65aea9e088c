"""Following a log: its entries as they come, in order, each once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from conflict_timeline.errors import LogError
from conflict_timeline.log.contract import Entry

__all__ = ["Polling", "Waiting", "follow"]

#: However news is told, the log itself is asked at least so often: a message can be lost.
_LONGEST_WAIT = 2.0

_SHORTEST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25


class Waiting(Protocol):
    """How a store tells that there may be something new."""

    def wait(self, seconds: float) -> None:
        """Waits until there may be something new, or the store is closed; no longer than that."""
        ...

    def came(self) -> None:
        """Is told that something new was there."""
        ...

    def close(self) -> None:
        """Lets go of what was needed to be told."""
        ...


class Polling:
    """Waits for no one's word: short at first, longer while nothing comes.

    Args:
        closed: set when the store is closed.
    """

    def __init__(self, closed: threading.Event) -> None:
        self._closed = closed
        self._pause = _SHORTEST_PAUSE

    def wait(self, seconds: float) -> None:
        """Waits a while, longer than the last time."""
        self._closed.wait(min(self._pause, seconds))
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def came(self) -> None:
        """Begins again: where one entry came, the next may come soon."""
        self._pause = _SHORTEST_PAUSE

    def close(self) -> None:
        """Nothing is needed for that."""


def follow(
    entries: Callable[[int], Iterator[Entry]],
    after: int,
    timeout: float | None,
    waiting: Callable[[], Waiting],
    closed: threading.Event,
) -> Iterator[Entry]:
    """The entries after a position as they come; see ``contract.Store.follow``.

    Args:
        entries: the entries after a position that the log has now.
        after: position before the first entry wanted.
        timeout: seconds without a new entry after which it ends; None for never.
        waiting: begins to be told of news; called before the log is first asked, so that nothing
            can fall between.
        closed: set when the store is closed, which ends it.
    """
    after = max(after, 0)
    with contextlib.closing(waiting()) as news:
        since = time.monotonic()
        while not closed.is_set():
            try:
                for entry in entries(after):
                    if entry.position != after + 1:
                        raise LogError(f"expected position {after + 1} next, got {entry.position}")
                    after = entry.position
                    yield entry
                    news.came()
                    since = time.monotonic()
            except LogError:
                if closed.is_set():  # by another thread, between two pages
                    return
                raise
            left = _LONGEST_WAIT
            if timeout is not None:
                left = min(left, since + timeout - time.monotonic())
                if left <= 0:
                    return
            news.wait(left)
