"""Checkpoints of a store: made of what lies on disk, and held against it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from conflict_timeline.errors import LogError, ProofError
from conflict_timeline.log.contract import Checkpoint, Entry, Head, Problem, Store
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.merkle import leaf_hash
from conflict_timeline.log.notes import Note, Statement, opened, signed, signers

__all__ = ["leaf_of", "make_checkpoint", "verify"]


def leaf_of(entry: Entry) -> bytes:
    """The leaf of an entry, from its bytes; of one that was erased, from its id.

    Raises:
        LogError: if its id or its instant of recording is none.
    """
    id_ = entry.id if entry.erased else hashlib.sha256(entry.data).hexdigest()
    try:
        return leaf_hash(id_, entry.recorded)
    except ValueError as error:
        raise LogError(f"position {entry.position}: {error}; run verify") from error


def make_checkpoint(store: Store, key: SigningKey, origin: str | None = None) -> Checkpoint:
    """A signed checkpoint of a log as it is now; the log keeps it.

    All leaves are made anew from the entries on disk, and their tree is held against the one that
    is stored and the checkpoints that the log keeps of itself: no key signs two pasts.

    Args:
        store: the log.
        key: signs it.
        origin: whose log it is; None is the name of the key.

    Raises:
        LogError: if the log is not what its tree or a checkpoint says; nothing was signed.
        ProofError: if the origin cannot be one.
        NotWrittenError, OutcomeUnknownError: as for ``Store.append``.
    """
    head = store.recomputed()
    for kept in store.checkpoints():
        size = kept.head.size
        if kept.log == store.identity and (size > head.size or store.root(size) != kept.head.root):
            raise LogError(
                f"{store.path}: is not the log of {size} entries that it keeps a checkpoint of; "
                "nothing was signed; run verify"
            )
    statement = Statement(key.name if origin is None else origin, head.size, head.root)
    note = signed(statement.text, key)
    Statement.parse(note.body)  # what we sign, we can read
    checkpoint = Checkpoint(store.identity, head, note.text)
    store.take([], checkpoints=[checkpoint])
    return checkpoint


def verify(
    store: Store, notes: Sequence[str | bytes], keys: Sequence[VerifierKey]
) -> list[Problem]:
    """Everything that is wrong with a log, also by checkpoints that were kept elsewhere.

    Args:
        store: the log.
        notes: the checkpoints, of this log. If there are keys, one of them must have signed each;
            without keys they are taken at their word.
        keys: of those whose signatures count.
    """
    problems: list[Problem] = []
    given = []
    for number, text in enumerate(notes, start=1):
        try:
            note = Note.parse(text)
            statement = Statement.parse(note.body)
            if keys:
                opened(note, keys)
        except ProofError as error:
            problems.append(Problem(None, "note", f"checkpoint {number}: {error}"))
        else:
            head = Head(statement.size, statement.root)
            given.append(Checkpoint(store.identity, head, note.text))
    return problems + _unsigned(store, keys) + store.verify(given)


def _unsigned(store: Store, keys: Sequence[VerifierKey]) -> list[Problem]:
    """What is wrong with the notes that a log keeps."""
    problems = []
    try:
        for number, kept in enumerate(store.checkpoints(), start=1):
            try:
                note = Note.parse(kept.note)
                said = Statement.parse(note.body)
                signers(note, keys)  # anyone may have signed it, but no one falsely
                if kept.head != Head(said.size, said.root):
                    raise ProofError("expected the size and root that it says beside it")
            except ProofError as error:
                problems.append(Problem(None, "note", f"kept checkpoint {number}: {error}"))
    except LogError:
        pass  # what cannot be read is for the store to tell
    return problems
