"""What a timeline does with its log: reads, dumps, verifies and proves it; SQL views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from typing import Any, BinaryIO

from conflict_timeline import __version__
from conflict_timeline.errors import LogError
from conflict_timeline.log import Entry, Problem, SQLiteLog, Store, proving
from conflict_timeline.log.closing import Closing
from conflict_timeline.log.jsonl import lines_of, whole
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.vouching import make_checkpoint, verify

__all__ = ["Archive"]


class Archive(Closing):
    """The part of a timeline that is about its log, whatever is in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def close(self) -> None:
        """Closes the log. Closing twice is allowed."""
        self._store.close()

    @property
    def position(self) -> int:
        """The position of the log's last entry; 0 if it is empty."""
        return self._store.position

    def dump(self, to: str | PathLike[str] | BinaryIO) -> None:
        """Writes the whole log as JSON Lines; ``undump`` makes the same log of it again.

        Args:
            to: a path, where nothing may be yet; or something open for writing bytes.

        Raises:
            FileExistsError: if something is there.
        """
        if not isinstance(to, str | PathLike):
            to.writelines(lines_of(self._store))
            return
        with whole(fspath(to)) as file:
            file.writelines(lines_of(self._store))

    def events(self) -> Iterator[Entry]:
        """The log in order: entries with ``position``, ``recorded``, ``id`` and ``event``."""
        return self._store.entries()

    def follow(self, after: int | None = None, *, timeout: float | None = None) -> Iterator[Entry]:
        """New entries as they are recorded, by whomever: in order, none missed, none twice.

        Args:
            after: position before the first entry wanted; None for the last that is there now.
            timeout: seconds without a new entry after which it ends; None for never. It also ends
                when the timeline is closed.
        """
        return self._store.follow(after, timeout=timeout)

    def verify(
        self,
        *,
        checkpoints: Iterable[str | bytes] = (),
        keys: Iterable[VerifierKey | str] = (),
    ) -> list[Problem]:
        """What is wrong with the log: rows, bytes, schema, hash tree, checkpoints; empty if sound.

        Args:
            checkpoints: that were kept elsewhere. Without one, entries that are missing at the end
                and a file that was rewritten as a whole cannot be told.
            keys: whose signatures count, as text or ``VerifierKey``. If there are any, one of them
                must have signed each of the checkpoints given.

        Raises:
            ProofError: if a key is none.
        """
        known = [key if isinstance(key, VerifierKey) else VerifierKey.parse(key) for key in keys]
        return verify(self._store, list(checkpoints), known)

    def checkpoint(
        self, key: SigningKey | str | PathLike[str], *, origin: str | None = None
    ) -> str:
        """Signs the log as it is now, and keeps the checkpoint in it.

        Args:
            key: the key, or the path of the file that holds it.
            origin: whose log it is; None is the name of the key.

        Returns:
            The checkpoint: a few lines of text to be kept elsewhere, byte for byte.

        Raises:
            LogError: if the log is not what its hash tree says; nothing was signed.
            ProofError: if the key or the origin cannot be one.
            MissingExtraError: if the extra ``archive`` is not installed.
        """
        signing = key if isinstance(key, SigningKey) else SigningKey.read(key)
        return make_checkpoint(self._store, signing, origin).note

    def prove(self, event: str | int, *, size: int | None = None, whole: bool = True) -> str:
        """The proof that an event is in the log, for ``check_proof`` on any machine.

        Args:
            event: its id or its position.
            size: of the log in which it is proven; None is that of its last checkpoint, if that
                covers the event, else that of now.
            whole: whether the event itself is in the proof.

        Raises:
            ProofError: if the log has no such event or size.
            LogError: if the log is not what its hash tree says.
        """
        return proving.prove(self._store, event, size, whole=whole)

    def prove_growth(self, old: int, *, size: int | None = None) -> str:
        """The proof that the log of an earlier size only grew, for ``check_proof``.

        Args:
            old: the earlier size, from 1.
            size: the later one; None is that of its last checkpoint, if that is later, else that
                of now.

        Raises:
            ProofError: if the log had no such size.
            LogError: if the log is not what its hash tree says.
        """
        return proving.prove_growth(self._store, old, size)

    def keep_spans(self, spans: Iterable[Sequence[Any]], *, position: int) -> None:
        """Writes the SQL views into the log's file, with the rows of ``control_spans``.

        ``conflict_timeline.exporters.write_tables`` works them out.

        Args:
            spans: rows of ``log.read_models.SPAN_COLUMNS``.
            position: the log position that they are of.

        Raises:
            LogError: if the log is in no SQLite file, or cannot be written.
        """
        if not isinstance(self._store, SQLiteLog):
            raise LogError(f"{self._store.path}: SQL views are kept in SQLite files only")
        library = f"conflict_timeline {__version__}"
        self._store.keep_spans(spans, position=position, library=library)
