"""Waiting for other users of a log: a deadline, and retries with jitter until it.

SQLite's own busy handler sleeps in fixed steps, gives up at once where it sees a deadlock, and
cannot be given one deadline for several statements; so it is switched off.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["PATIENCE", "Deadline", "is_busy", "primary_code"]

T = TypeVar("T")

#: Seconds to wait for others, where the caller does not say.
PATIENCE = 30.0

_SHORTEST_PAUSE = 0.0005
_LONGEST_PAUSE = 0.025

# PROTOCOL is what a WAL reader gets when it lost too many races for the same lock.
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})


def primary_code(error: Exception) -> int | None:
    """SQLite's primary result code; None for errors that Python's module raises itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def is_busy(error: Exception) -> bool:
    """Whether the same call may succeed once another connection is done."""
    return primary_code(error) in _BUSY


class Deadline:
    """An end on the monotonic clock, shared by all that one call waits for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(0.0, seconds)
        self._end = time.monotonic() + self.seconds

    @property
    def remaining(self) -> float:
        """Seconds left; never below 0, and no more than a lock can be waited for."""
        return min(max(0.0, self._end - time.monotonic()), threading.TIMEOUT_MAX)

    def retry(self, action: Callable[[], T], refused: Callable[[Exception], bool] = is_busy) -> T:
        """Does the action until it is not refused.

        Args:
            action: what is to be done.
            refused: whether after this error the same may succeed; by default, if SQLite is busy.

        Raises:
            Exception: the action's own error, or its last refusal when time is up.
        """
        pause = _SHORTEST_PAUSE
        while True:
            try:
                return action()
            except Exception as error:
                if not refused(error) or not self.remaining:
                    raise
            # Jitter: waiters that were refused together must not come back together.
            length = random.uniform(_SHORTEST_PAUSE, pause)  # noqa: S311 - no secret
            time.sleep(min(length, self.remaining))
            pause = min(pause * 2, _LONGEST_PAUSE)
