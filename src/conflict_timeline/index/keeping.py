"""Between a log's index and the file beside the log."""

from __future__ import annotations

from typing import Any

import numpy as np

from conflict_timeline.errors import LogError
from conflict_timeline.index import cache
from conflict_timeline.index.log_index import LogIndex
from conflict_timeline.index.now import COLUMNS, Now, Terms
from conflict_timeline.index.present import present
from conflict_timeline.index.source_facts import SourceFacts
from conflict_timeline.log import Store
from conflict_timeline.log.opening import MEMORY
from conflict_timeline.projections.holdings import Move
from conflict_timeline.projections.spans import AnswerTable

__all__ = ["FORMAT", "discard", "is_due", "keep", "prepare", "restore"]

#: Goes up whenever the same log would make another index.
FORMAT = 3

#: A smaller log is read in the time that a file takes.
SMALLEST = 2_000
_GROWN = 20  # one part in so many, since it was kept last


def discard(index: LogIndex) -> None:
    """Removes the file of an index, so that nothing of what was erased from the log stays in it."""
    if _has_file(index.reader.store):
        cache.discard(index.reader.store.path)
    index.saved = 0


def is_due(index: LogIndex, position: int) -> bool:
    """Whether an index up to a position would be written beside its log."""
    new = position - index.saved
    return _has_file(index.reader.store) and position >= SMALLEST and new * _GROWN >= position


def keep(index: LogIndex) -> int:
    """Writes an index beside its log, if it has grown enough; gives how many bytes.

    The first time the present of the log is made as well.
    """
    if not is_due(index, index.position):
        return 0
    if not index.saved:
        index.now = present(index)
    return _write(index)


def _write(index: LogIndex) -> int:
    index.rows.settle_now()
    others: dict[str, Any] = {}
    if (now := _present(index)) is not None:
        others = {"begin": now.begin, "terms": now.terms.table.ravel(), **now.spans}
    written = cache.save(index.reader.store.path, _head(index), index.rows.base, others)
    index.saved = index.position  # also where it could not be written: not to try at every append
    return written


def _present(index: LogIndex) -> Now | None:
    """The present of a log; None if there is nothing in it."""
    now = index.now
    return None if now is None or not len(now.spans["start"]) else now


def prepare(index: LogIndex) -> None:
    """Makes the present of a log where it was not made yet, or was touched since, and keeps it."""
    was = index.now
    if was is None or len(index.touched_after(was.position)):
        index.now = present(index, was)
        index.asked = 0
    if _has_file(index.reader.store) and index.position >= SMALLEST:
        _write(index)


def restore(index: LogIndex) -> bool:
    """Fills an empty index from the file beside its log, as far as that covers the log."""
    store = index.reader.store
    found = cache.load(store.path) if _has_file(store) else None
    if found is None:
        return False
    try:
        if not _is_of(found.head, store):
            return False
        _fill(index, found.head)
        starts = np.asarray(found.head["starts"], dtype=np.int64)
        _fill_now(index, found)
    except (KeyError, TypeError, ValueError, IndexError, LogError):
        index.become(LogIndex(index.reader))
        return False
    index.rows.take_over(found.columns, starts, found.is_sound, index.heal)
    return True


def _has_file(store: Store) -> bool:
    """Whether the log lies in a file, so that there is a place beside it."""
    return store.path != MEMORY and "://" not in store.path


def _is_of(head: dict[str, Any], store: Store) -> bool:
    """Whether it was made of the log's first entries, of which no more are erased."""
    if head["format"] != FORMAT or head["log"] != store.identity:
        return False
    position = int(head["position"])
    return bool(
        position <= store.position
        and store.root(position).hex() == head["root"]
        and _erased(store, head["redactions"]) == head["erased"]
    )


def _erased(store: Store, redactions: list[str]) -> int:
    found = map(store.find, redactions)
    return sum(1 for entry in found if entry is not None and not entry.data)


def _head(index: LogIndex) -> dict[str, Any]:
    store = index.reader.store
    return {
        "format": FORMAT,
        "log": store.identity,
        "position": index.position,
        "root": store.root(index.position).hex(),
        "redactions": sorted(index.redactions),
        "erased": _erased(store, sorted(index.redactions)),
        "now": None
        if (now := _present(index)) is None
        else {
            "position": now.position,
            "foresees": now.foresees,
            "terms": [now.terms.first, now.terms.length],
            "table": now.table.plain(),
            "touched": index.touched_after(now.position).tolist(),
        },
        "starts": index.rows.starts(len(index.places)).tolist(),
        "places": cache.packed(index.places),
        "sources": cache.packed(index.sources),
        "facts": index.source_facts.plain(),
        "declared": {
            kind: {
                "ids": cache.packed(found),
                "positions": list(found.values()),
                "again": index.declared_again[kind],
            }
            for kind, found in index.declared.items()
        },
        "moves": [
            [None if m.holders is None else sorted(m.holders), m.to, m.from_, m.occurrence]
            for m in index.moves.moves
        ],
        "changes": sorted(index.changes),
        "tangled": [[position, *told] for position, told in index.tangled.items()],
        "contested": sorted(index.contested),
        "odd": sorted(index.odd),
        "merged": sorted(index.merged),
        "unsure": sorted(index.unsure),
        "awaited": sorted(index.awaited),
    }


def _fill(index: LogIndex, head: dict[str, Any]) -> None:
    index.position = index.saved = head["position"]
    index.redactions = set(head["redactions"])
    index.places.extend(cache.unpacked(head["places"]))
    index.place_code = dict(zip(index.places, range(len(index.places)), strict=True))
    index.sources = cache.unpacked(head["sources"])
    index.source_code = dict(zip(index.sources, range(len(index.sources)), strict=True))
    index.source_facts = SourceFacts(*head["facts"])
    for kind, found in head["declared"].items():
        ids = cache.unpacked(found["ids"])
        index.declared[kind] = dict(zip(ids, found["positions"], strict=True))
        index.declared_again[kind] = found["again"]
    for holders, to, from_, occurrence in head["moves"]:
        held = None if holders is None else frozenset(holders)
        index.moves.code(Move(holders=held, to=to, from_=from_, occurrence=occurrence))
    if len(index.moves) != len(head["moves"]):
        raise ValueError("a move stands twice")
    index.changes = set(head["changes"])
    index.tangled = {position: (claim, by) for position, claim, by in head["tangled"]}
    index.contested, index.odd = set(head["contested"]), set(head["odd"])
    index.merged, index.awaited = set(head["merged"]), set(head["awaited"])
    index.unsure = {(kind, identity) for kind, identity in head["unsure"]}


def _fill_now(index: LogIndex, found: cache.Saved) -> None:
    """Leaves the present to be read, and looked at, when it is first asked for."""
    told = found.head["now"]
    if told is None:
        return
    table = AnswerTable.taken(told["table"])
    begin = found.others["begin"]
    spans = {name: found.others[name] for name in COLUMNS}
    first, length = told["terms"]
    terms = Terms(first, length, found.others["terms"].reshape(-1, len(begin) - 1))
    now = Now(told["position"], begin, spans, table, told["foresees"], terms)
    index.touched = dict.fromkeys(told["touched"], index.position)
    index.read_now_by(lambda: now if found.others_sound() else None)
