"""The hash tree over a log: RFC 9162, section 2.1, with SHA-256.

The tree of ``size`` leaves has a node for each of its complete subtrees: node ``(level, number)``
stands over the ``2**level`` leaves from leaf ``number * 2**level`` on. Such a node never changes
again, so it can be stored by insertion alone. The right edge of a tree, which does change, is made
from complete nodes when it is asked for.

Leaves are counted from 0, as in the RFC: the leaf of log position p has index p - 1. A proof tells
nothing of sizes by itself; trust begins with a size and a root that are kept as one pair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import attrs

from conflict_timeline.errors import ProofError, shown

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "Growth",
    "Node",
    "Run",
    "check_consistency",
    "check_inclusion",
    "consistency_path",
    "inclusion_path",
    "leaf_hash",
    "leaf_hashes",
    "root",
    "root_of_inclusion",
]

#: Reads a complete node by its level and its number in that level.
Node = Callable[[int, int], bytes]

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# RFC 9162 tells leaves from inner nodes by a first byte, so that neither passes for the other.
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(event_id: str, recorded: str) -> bytes:
    """The leaf of one entry: SHA-256 of 0x00, the id's 32 bytes, and the instant of recording.

    It commits to the hash of the event, not to its bytes: these can be erased, and the tree stands.

    Args:
        event_id: 64 lower-case hex digits.
        recorded: the UTC instant, as the log writes it.

    Raises:
        ValueError: if the id is another text, or the instant is not ASCII.
    """
    id_ = bytes.fromhex(event_id)
    if len(id_) != HASH_SIZE or id_.hex() != event_id:  # one id has one text
        raise ValueError(f"expected 64 lower-case hex digits, got {shown(event_id)}")
    return hashlib.sha256(_LEAF + id_ + recorded.encode("ascii")).digest()


def leaf_hashes(event_ids: Iterable[str], recorded: Iterable[str]) -> list[bytes]:
    """The leaves of entries, as ``leaf_hash`` gives each, of ids that are known to be ones."""
    hashed, raw, prefix = hashlib.sha256, bytes.fromhex, _LEAF
    return [
        hashed(prefix + raw(event_id) + instant.encode("ascii")).digest()
        for event_id, instant in zip(event_ids, recorded, strict=True)
    ]


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


@attrs.frozen
class Run:
    """Complete nodes that follow each other in one level.

    Attributes:
        level: 0 for leaves.
        start: number of the first node in that level.
        hashes: their hashes, 32 bytes each, one after the other.
    """

    level: int
    start: int
    hashes: bytes


class Growth:
    """A tree that grows at its end, known by its size and its peaks alone.

    Args:
        size: leaves that it has.
        peaks: its largest complete subtrees from left to right: one for each bit that is set in
            the size, the highest first.

    Example:
        >>> growth = Growth()
        >>> [(run.level, run.start) for run in growth.extend([bytes(32)] * 3)]
        [(0, 0), (1, 0)]
        >>> growth.size, len(growth.peaks)
        (3, 2)
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self._size = size
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        self._peaks = dict(zip(levels, peaks, strict=True))

    @classmethod
    def of(cls, size: int, node: Node) -> Growth:
        """A tree of which the complete nodes are stored."""
        return cls(size, _peaks(0, size, node))

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Its largest complete subtrees, from left to right."""
        return tuple(self._peaks[level] for level in sorted(self._peaks, reverse=True))

    @property
    def root(self) -> bytes:
        """The root; of an empty tree, SHA-256 of nothing."""
        return _folded(self.peaks)

    def extend(self, leaves: Sequence[bytes]) -> list[Run]:
        """Adds leaves.

        Args:
            leaves: their hashes, 32 bytes each.

        Returns:
            The nodes that became complete, lowest level first; all of them are new.
        """
        hashed, prefix = hashlib.sha256, _NODE
        old, new = self._size, self._size + len(leaves)
        runs: list[Run] = []
        level, fresh = 0, b"".join(leaves)
        while fresh:
            runs.append(Run(level, old >> level, fresh))
            # What was left without a right neighbour has one now.
            pairs = self._peaks.pop(level, b"") + fresh
            even = len(pairs) & ~63
            if even < len(pairs):
                self._peaks[level] = pairs[even:]
            fresh = b"".join(
                [hashed(prefix + pairs[at : at + 64]).digest() for at in range(0, even, 64)]
            )
            level += 1
        self._size = new
        return runs


def _folded(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = _joined(peak, result)
    return result


def _peaks(start: int, end: int, node: Node) -> list[bytes]:
    """The complete subtrees over leaves, from left to right, of a subtree that begins at start."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(node(level, start >> level))
        start += 1 << level
    return peaks


def root(size: int, node: Node) -> bytes:
    """The root of the tree over the first leaves.

    Args:
        size: how many leaves.
        node: reads a complete node of this tree.
    """
    return _folded(_peaks(0, size, node))


def _split(start: int, end: int) -> int:
    """Where the right part of a subtree begins: after the largest power of two that leaves one."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """The proof that a leaf is in a tree: PATH of RFC 9162, section 2.1.3.1.

    Raises:
        ProofError: if the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"expected a leaf from 0 to {size - 1}, got {index}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_folded(_peaks(middle, end, node)))
            end = middle
        else:
            path.append(_folded(_peaks(start, middle, node)))
            start = middle
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a tree must have for this proof to hold: RFC 9162, section 2.1.3.2.

    Raises:
        ProofError: if no tree of that size has a proof of that shape for that leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"expected a leaf from 0 to {size - 1}, got {index}")
    if any(len(item) != HASH_SIZE for item in (leaf, *path)):
        raise ProofError(f"expected hashes of {HASH_SIZE} bytes")
    result, left, right = leaf, index, size - 1
    for item in path:
        if right == 0:
            raise ProofError("expected a shorter path for a tree of that size")
        if left & 1 or left == right:
            result = _joined(item, result)
            while not left & 1 and left:
                left, right = left >> 1, right >> 1
        else:
            result = _joined(result, item)
        left, right = left >> 1, right >> 1
    if right != 0:
        raise ProofError("expected a longer path for a tree of that size")
    return result


def check_inclusion(leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that the tree of that size and root has that leaf at that index."""
    try:
        return root_of_inclusion(leaf, index, size, path) == root
    except ProofError:
        return False


def consistency_path(old: int, new: int, node: Node) -> list[bytes]:
    """The proof that a tree only grew: PROOF of RFC 9162, section 2.1.4.1.

    It is empty where the old tree is empty, or is the new one.

    Raises:
        ProofError: if the old size is not from 0 to the new one.
    """
    if not 0 <= old <= new:
        raise ProofError(f"expected an earlier size from 0 to {new}, got {old}")
    if old == 0:
        return []
    path = []
    start, end = 0, new
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            path.append(_folded(_peaks(middle, end, node)))
            end = middle
        else:
            path.append(_folded(_peaks(start, middle, node)))
            start = middle
    if start:  # else it is the old tree itself, of which the root is known
        path.append(_folded(_peaks(start, end, node)))
    return path[::-1]


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path proves that the new tree begins with the old one: RFC 9162, 2.1.4.2."""
    if not 0 <= old <= new or any(len(item) != HASH_SIZE for item in (old_root, new_root, *path)):
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    # The old root is a node of the new tree where the old size is a power of two.
    nodes = [*path] if old & (old - 1) else [old_root, *path]
    if not nodes:
        return False
    left, right = old - 1, new - 1
    while left & 1:
        left, right = left >> 1, right >> 1
    was = now = nodes[0]
    for item in nodes[1:]:
        if right == 0:
            return False
        if left & 1 or left == right:
            was, now = _joined(item, was), _joined(item, now)
            while not left & 1 and left:
                left, right = left >> 1, right >> 1
        else:
            now = _joined(now, item)
        left, right = left >> 1, right >> 1
    return right == 0 and was == old_root and now == new_root
