"""What makes a log one that others can trust: verification, checkpoints, proofs."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike

from conflict_timeline.log import Problem, Store, proving
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.vouching import make_checkpoint, verify

__all__ = ["Archive"]


class Archive:
    """The part of a timeline that is about its log, whatever is in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
