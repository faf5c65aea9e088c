"""Proofs out of a log, for someone who does not have it: texts that stand alone.

What such a text holds and how it is checked is in ``conflict_timeline.log.proofs``.
"""

from __future__ import annotations

import json
from typing import Any

from conflict_timeline.codec import canonical_json
from conflict_timeline.errors import LogError, ProofError
from conflict_timeline.log import merkle
from conflict_timeline.log.contract import Entry, Store
from conflict_timeline.log.vouching import leaf_of

__all__ = ["prove", "prove_growth"]


def prove(store: Store, what: str | int, size: int | None = None, *, whole: bool = True) -> str:
    """The proof that an event is in a log.

    Args:
        store: the log.
        what: the event's id, or its position.
        size: of the tree in which it is proven; None is that of the last checkpoint that the log
            keeps of itself and that covers the event, else that of the whole log.
        whole: whether the event itself is in the proof; an erased one never is.

    Raises:
        ProofError: if the log has no such event or size.
        LogError: if the stored tree does not prove it; run verify.
    """
    entry = _entry(store, what)
    notes = _notes(store)
    covering = [kept for kept in notes if kept >= entry.position]
    if size is None:
        size = max(covering, default=store.position)
    _check_size(store, size, entry.position, f"the entry at position {entry.position}")
    path = merkle.inclusion_path(entry.position - 1, size, store.node)
    root = store.root(size)
    if not merkle.check_inclusion(leaf_of(entry), entry.position - 1, size, root, path):
        raise LogError(
            f"{store.path}: position {entry.position}: is not what the stored hash tree has; "
            "run verify"
        )
    return _text(
        kind="inclusion",
        log=store.identity,
        position=entry.position,
        id=entry.id,
        recorded=entry.recorded,
        **({"event": json.loads(entry.data)} if whole and not entry.erased else {}),
        size=size,
        root=root.hex(),
        path=[item.hex() for item in path],
        checkpoints=notes.get(size, []),
    )


def prove_growth(store: Store, old: int, size: int | None = None) -> str:
    """The proof that a log only grew.

    Args:
        store: the log.
        old: the earlier size, at least 1.
        size: the later one; None is that of the last checkpoint that the log keeps of itself, if
            that is later, else that of the whole log.

    Raises:
        ProofError: if the log had no such sizes.
        LogError: if the stored tree does not prove it; run verify.
    """
    notes = _notes(store)
    if size is None:
        size = max((kept for kept in notes if kept > old), default=store.position)
    if old < 1:
        raise ProofError(f"expected an earlier size from 1, got {old}")
    _check_size(store, size, old + 1, f"the log of {old} entries")
    path = merkle.consistency_path(old, size, store.node)
    was, now = store.root(old), store.root(size)
    if not merkle.check_consistency(old, was, size, now, path):
        raise LogError(f"{store.path}: the stored hash tree contradicts itself; run verify")
    return _text(
        kind="consistency",
        log=store.identity,
        old_size=old,
        old_root=was.hex(),
        size=size,
        root=now.hex(),
        path=[item.hex() for item in path],
        checkpoints=[*notes.get(old, []), *notes.get(size, [])],
    )


def _entry(store: Store, what: str | int) -> Entry:
    if isinstance(what, str):
        found = store.find(what)
    else:
        found = next(iter(store.entries(what - 1, what)), None) if what > 0 else None
    if found is None:
        whole = "the position" if isinstance(what, int) else "the id"
        there = f"{store.position:,} entries" if store.position != 1 else "one entry"
        raise ProofError(f"{store.path}: expected {whole} of one of its {there}, got {what!r}")
    return found


def _check_size(store: Store, size: int, least: int, what: str) -> None:
    last = store.position
    if not least <= size <= last:
        raise ProofError(f"expected a size from {least} to {last} for {what}, got {size}")


def _notes(store: Store) -> dict[int, list[str]]:
    """The checkpoints that a log keeps of itself, by size; of those alone that its tree has."""
    notes: dict[int, list[str]] = {}
    for kept in store.checkpoints():
        if kept.log == store.identity and kept.head.size <= store.position:
            notes.setdefault(kept.head.size, []).append(kept.note)
    return notes


def _text(**parts: Any) -> str:
    return canonical_json({"conflict_timeline": "proof", "version": 1, **parts}).decode("utf-8")
