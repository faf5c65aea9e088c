"""Verification of the hash tree: leaves, nodes, merged histories, and checkpoints of them all."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Any

import attrs

from conflict_timeline.errors import LogError
from conflict_timeline.log.contract import Checkpoint, Head, Problem
from conflict_timeline.log.merkle import EMPTY_ROOT, HASH_SIZE, Growth, Run, leaf_hash
from conflict_timeline.log.schema import Read

__all__ = ["Known", "TreeCheck", "check_checkpoints", "check_histories", "checkpoints", "decoded"]

_ROWS_AT_ONCE = 16
_PAGE = 1_000

_STORED = """SELECT start, hashes FROM nodes
WHERE level = ? AND start >= ? ORDER BY start LIMIT ?"""

# In one query, so that an append between two cannot be taken for damage.
_ENDS = """SELECT level, max(start + length(hashes) / 32), (SELECT max(position) FROM events)
FROM nodes GROUP BY level ORDER BY level"""

_Entry = tuple[int, bytes, bytes]


class _Level:
    """The hashes of one level as they are stored, read from the first on."""

    def __init__(self, read: Read, level: int) -> None:
        self._read = read
        self._level = level
        self._held, self._at, self._next, self._ended = b"", 0, 0, False

    def take(self, count: int) -> bytes:
        """The next hashes; fewer where they end, or where a row does not follow the last."""
        end = self._at + count * HASH_SIZE
        while len(self._held) < end and not self._ended:
            rows = self._read(_STORED, (self._level, self._next, _ROWS_AT_ONCE))
            self._ended = not rows
            self._held, end, self._at = self._held[self._at :], end - self._at, 0
            for start, hashes in rows:
                # A damaged page gives what the column's type would not allow.
                if start != self._next or type(hashes) is not bytes or len(hashes) % HASH_SIZE:
                    self._ended = True
                    break
                self._held += hashes
                self._next += len(hashes) // HASH_SIZE
        taken = self._held[self._at : end]
        self._at += len(taken)
        return taken


class TreeCheck:
    """Holds the entries of a log, page by page, against the tree that is stored.

    Once a leaf is not the entry's, two trees are made: over the leaves of the entries, and over
    those that are stored. What fits one of them is no further problem: so one change is told once,
    and not again on every level above it.

    Args:
        read: runs a query.
        size: of the log.
        sizes: those at which its root is wanted.

    Attributes:
        heads: the roots found, by size; of both trees, if there are two.
        readable: False once entries are missing that no leaf stands in for: then there are no
            more roots.
    """

    def __init__(self, read: Read, size: int, sizes: Iterable[int]) -> None:
        self._read = read
        self._stops = sorted({at for at in sizes if 0 < at <= size}, reverse=True)
        self._levels: dict[int, _Level] = {}
        self._short: set[int] = set()  # levels of which missing nodes were told
        self._bad: set[tuple[int, int]] = set()  # nodes that are not as they should be
        self._growths = [Growth()]
        self.heads: dict[int, set[bytes]] = {0: {EMPTY_ROOT}}
        self.readable = True

    @property
    def root(self) -> bytes:
        """The root over the leaves of the entries so far."""
        return self._growths[0].root

    def add(self, entries: Sequence[_Entry]) -> Iterator[Problem]:
        """Takes the next entries: position, id and instant of each, in order of position."""
        for run in _contiguous(entries):
            yield from self.add_leaves(run[0][0], [_leaf(id_, at) for _, id_, at in run])

    def add_leaves(self, first: int, leaves: list[bytes]) -> Iterator[Problem]:
        """Takes the leaves of the next entries, from a position on; b"" where there can be none."""
        size = self._growths[0].size
        leaves = leaves[max(0, size + 1 - first) :]  # what lies before was told as misplaced
        missing = max(0, first - 1 - size)
        if not leaves or not self.readable:
            return
        between = self._stored(0).take(missing)
        if len(between) < missing * HASH_SIZE:
            self.readable = False
            return
        yield from self._grow([_split(between)])
        yield from self._hold(max(first, size + 1), leaves)

    def _stored(self, level: int) -> _Level:
        return self._levels.setdefault(level, _Level(self._read, level))

    def _hold(self, first: int, leaves: list[bytes]) -> Iterator[Problem]:
        stored = self._stored(0).take(len(leaves))
        if b"".join(leaves) == stored:
            yield from self._grow([leaves])
            return
        others = []
        for at, leaf in enumerate(leaves):
            position, there = first + at, stored[at * HASH_SIZE : (at + 1) * HASH_SIZE]
            if not there and 0 not in self._short:
                self._short.add(0)
                yield Problem(position, "leaf", "expected a leaf of the hash tree, found none")
            elif there and leaf and there != leaf:
                message = f"expected the hash of id and instant, {leaf.hex()}, got {there.hex()}"
                yield Problem(position, "leaf", f"{message}; one was changed")
            leaves[at] = leaf or there or bytes(HASH_SIZE)
            others.append(there or leaves[at])
        if leaves == others:
            yield from self._grow([leaves])
        else:
            yield from self._grow([leaves, others])

    def _grow(self, leaves: list[list[bytes]]) -> Iterator[Problem]:
        """Adds leaves to both trees; where only one list is given, it is that of both."""
        if len(leaves) > len(self._growths):
            self._growths.append(Growth(self._growths[0].size, self._growths[0].peaks))
        at, count = 0, len(leaves[0])
        while at < count:
            end, size = count, self._growths[0].size
            if self._stops and self._stops[-1] <= size + count - at:
                end = at + self._stops.pop() - size
            grown = [
                growth.extend(leaves[min(number, len(leaves) - 1)][at:end])
                for number, growth in enumerate(self._growths)
            ]
            for runs in zip(*grown, strict=True):
                if runs[0].level:
                    yield from self._compare(runs)
            self.heads[size + end - at] = {growth.root for growth in self._growths}
            at = end

    def _compare(self, runs: Sequence[Run]) -> Iterator[Problem]:
        """What of one level that became complete is not stored so; either tree may be right."""
        level, start = runs[0].level, runs[0].start
        there = self._stored(level).take(len(runs[0].hashes) // HASH_SIZE)
        if there == runs[0].hashes:
            return
        either = zip_longest(_split(there), *(_split(run.hashes) for run in runs))
        for number, (node, *expected) in enumerate(either, start=start):
            name = f"node {number} on level {level}"
            if node is None and level not in self._short:
                self._short.add(level)
                message = f"expected {name} of the hash tree, found none"
                follows = level - 1 in self._short
            elif node is not None and node not in expected:
                self._bad.add((level, number))
                message = f"expected {name} to be the hash of the two below it; one was changed"
                below = {(level - 1, 2 * number), (level - 1, 2 * number + 1)}
                follows = not self._bad.isdisjoint(below)
            else:
                continue
            if not follows:  # else it is told of what is below, and so of the first position
                yield Problem((number << level) + 1, "node", message)

    def end(self) -> Iterator[Problem]:
        """What is wrong with the end of the tree."""
        leaves = 0
        for level, end, last in _typed(self._read(_ENDS, ()), "nodes", int, int, int | None):
            last = last or 0
            if level == 0 and end > last:
                leaves = end
                message = f"the hash tree has {end} leaves, the log {last} entries: those at its "
                yield Problem(last + 1, "truncated", f"{message}end are missing")
            elif not 0 <= level < 64 or end > max(leaves, last) >> level:
                message = f"level {level} of the hash tree has {end} nodes, more than there can be"
                yield Problem(None, "node", message)


def _contiguous(entries: Sequence[_Entry]) -> list[Sequence[_Entry]]:
    """The entries, parted where positions are missing."""
    if not entries or entries[-1][0] - entries[0][0] == len(entries) - 1:
        return [entries] if entries else []
    cuts = [i for i in range(1, len(entries)) if entries[i][0] != entries[i - 1][0] + 1]
    bounds = [0, *cuts, len(entries)]
    return [entries[start:end] for start, end in pairwise(bounds)]


def _leaf(id_: bytes, recorded: bytes) -> bytes:
    """The leaf of an entry; none if id or instant are such, as is told, that there can be none."""
    try:
        return leaf_hash(id_.decode("ascii"), recorded.decode("ascii"))
    except ValueError:
        return b""


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


# ---- merged histories and checkpoints -----------------------------------------------------------


@attrs.frozen
class Known:
    """Roots of a log that this one can vouch for: its own, or those of a history.

    Attributes:
        log: its identity.
        size: how many entries of it there are.
        heads: roots by size, wherever they were wanted.
        own: whether it is the log that is verified.
    """

    log: str
    size: int
    heads: dict[int, set[bytes]]
    own: bool = False


_CHECKPOINTS = """SELECT CAST(log AS BLOB), size, root, CAST(note AS BLOB)
FROM checkpoints ORDER BY number"""

_HISTORIES = """SELECT number, CAST(log AS BLOB), size, root, continues
FROM histories ORDER BY number"""


def checkpoints(read: Read) -> list[Checkpoint]:
    """The checkpoints kept in a log."""
    rows = _typed(read(_CHECKPOINTS, ()), "checkpoints", bytes, int, bytes, bytes)
    return [
        Checkpoint(decoded(log), Head(size, root), decoded(note)) for log, size, root, note in rows
    ]


def decoded(text: bytes) -> str:
    """The text, with what is no UTF-8 in it shown as such."""
    return text.decode("utf-8", "backslashreplace")


def _typed(rows: list[tuple[Any, ...]], table: str, *types: Any) -> list[tuple[Any, ...]]:
    """The rows, if they are as the columns' types allow: from a damaged page they may not be.

    Raises:
        LogError: if they are not.
    """
    for row in rows:
        if not all(map(isinstance, row, types)):
            raise LogError(f"a row of {table} is damaged")
    return rows


def check_histories(
    read: Read, vouched: Sequence[Checkpoint]
) -> Generator[Problem, None, list[Known]]:
    """What is wrong with the histories of a log; returns those that are sound."""
    rows = _typed(read(_HISTORIES, ()), "histories", int, bytes, int, bytes, int | None)
    found = {row[0]: row for row in rows}
    sound = []
    for number, (_, named, size, root, _) in found.items():
        log = decoded(named)
        wanted = [item.head.size for item in vouched if item.log == log]
        count, heads = _history_heads(read, _chain(number, found), {*wanted, size})
        name = f"history {number}, of log {log}"
        if count != size:
            message = f"{name}: expected {size} entries, got {count} that follow each other"
            yield Problem(None, "history", message)
        elif root not in heads[size]:
            yield Problem(None, "history", f"{name}: its entries are not those of its root")
        else:
            sound.append(Known(log, size, heads))
        lost = read(_LOST, (number,))
        if lost:
            message = f"{name}: the event of its position {lost[0][0]} is not in the log"
            yield Problem(None, "history", message)
    return sound


_LOST = """SELECT position FROM history_entries AS there WHERE history = ?
    AND NOT EXISTS (SELECT 1 FROM events WHERE events.id = there.id) ORDER BY position LIMIT 1"""

_HISTORY_ENTRIES = """SELECT position, CAST(id AS BLOB), CAST(recorded AS BLOB)
FROM history_entries WHERE history = ? AND position > ? ORDER BY position LIMIT ?"""


def _chain(number: int, found: dict[int, tuple[Any, ...]]) -> list[int]:
    """The histories that make up one, first those that it continues."""
    chain: list[int] = []
    at: int | None = number
    while at is not None and at in found and at not in chain:
        chain.append(at)
        at = found[at][4]
    return chain[::-1]


def _history_heads(
    read: Read, chain: Sequence[int], wanted: Iterable[int]
) -> tuple[int, dict[int, set[bytes]]]:
    """How many entries of a history follow each other, and the roots at the sizes wanted."""
    growth, heads, sizes = Growth(), {0: {EMPTY_ROOT}}, set(wanted)
    for number in chain:
        while rows := read(_HISTORY_ENTRIES, (number, growth.size, _PAGE)):
            for position, id_, recorded in rows:
                leaf = _leaf(id_ or b"", recorded or b"")
                if position != growth.size + 1 or not leaf:
                    return growth.size, heads
                growth.extend([leaf])
                if growth.size in sizes:
                    heads[growth.size] = {growth.root}
    return growth.size, heads


def check_checkpoints(vouched: Iterable[Checkpoint], known: Sequence[Known]) -> Iterator[Problem]:
    """Which checkpoints do not hold, and from where on their entries were changed or are gone."""
    good = {0}
    for item in sorted(vouched, key=lambda item: item.head.size):
        size, root = item.head.size, item.head.root
        candidates = [log for log in known if log.log == item.log]
        if any(root in log.heads.get(size, ()) for log in candidates):
            good |= {size} if any(log.own for log in candidates) else set()
            continue
        if not candidates:
            message = f"is about log {item.log}, which is neither this one nor merged into it"
            yield Problem(None, "checkpoint", f"a checkpoint {message}")
            continue
        own = any(log.own for log in candidates)
        longest = max(log.size for log in candidates)
        of = "" if own else f" of log {item.log}"
        if size > longest:
            message = f"a checkpoint{of} says {size} entries, there are {longest}"
            at, kind = longest + 1, "truncated"
        else:
            at, kind = max(good) + 1, "checkpoint"
            message = f"the entries up to {size} are not those of a checkpoint{of}"
            if own and at > 1:
                message += f"; those up to {at - 1} are as another one says"
        yield Problem(at if own else None, kind, message)
