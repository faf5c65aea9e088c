"""Being told of new entries by the server, on a connection that does nothing else."""

from __future__ import annotations

import contextlib
import time

import psycopg
from psycopg import sql

from conflict_timeline.log.postgres_session import Connection, Session

__all__ = ["Listening"]

_STEP = 0.5


class Listening:
    """LISTEN on the channel that is named like the log's schema; see ``follow.Waiting``.

    Where listening is not possible (on a standby, or while the server is away) it waits a short
    time instead: who follows asks the log itself then.

    Args:
        session: of the store.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection: Connection | None = None
        self._possible = True
        self._listen()

    def wait(self, seconds: float) -> None:
        """Waits for a notification, or until the store is closed."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._session.closed.is_set():
            if self._connection is None:
                self._session.closed.wait(min(left, _STEP))
                self._listen()
                return
            try:
                for _ in self._connection.notifies(timeout=min(left, _STEP), stop_after=1):
                    return
            except psycopg.Error:
                self.close()
                return

    def came(self) -> None:
        """The server tells of each append; nothing is to be learned from that."""

    def close(self) -> None:
        """Closes the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                connection.close()

    def _listen(self) -> None:
        if not self._possible:
            return
        try:
            self._connection = self._session.dedicated()
            channel = sql.Identifier(self._session.target.schema)
            self._connection.execute(sql.SQL("LISTEN {}").format(channel))
        except psycopg.OperationalError:
            self.close()
        except psycopg.Error:
            self._possible = False
            self.close()
