"""The hash tree: against RFC 9162 read literally, against known answers, and against forgers."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_timeline.errors import ProofError
from conflict_timeline.log.merkle import (
    EMPTY_ROOT,
    Growth,
    check_consistency,
    check_inclusion,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root,
    root_of_inclusion,
)
from tests.oracles import merkle as rfc

LARGEST = 65

LEAVES = [hashlib.sha256(b"\0%d" % number).digest() for number in range(LARGEST + 1)]


class Nodes(dict[tuple[int, int], bytes]):
    """Complete nodes as a store keeps them: inserted once, read by level and number."""

    def __init__(self, leaves: Sequence[bytes] = ()) -> None:
        super().__init__()
        self.growth = Growth()
        self.add(leaves)

    def add(self, leaves: Sequence[bytes]) -> None:
        for run in self.growth.extend(leaves):
            assert len(run.hashes) % 32 == 0
            for i in range(len(run.hashes) // 32):
                assert (run.level, run.start + i) not in self, "a node was inserted twice"
                self[run.level, run.start + i] = run.hashes[32 * i : 32 * i + 32]

    def __call__(self, level: int, number: int) -> bytes:
        return self[level, number]


ALL = Nodes(LEAVES[:LARGEST])


@cache
def mth(size: int) -> bytes:
    return rfc.mth(LEAVES[:size])


@cache
def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    return tuple(inclusion_path(index, size, ALL))


@cache
def consistency(old: int, new: int) -> tuple[bytes, ...]:
    return tuple(consistency_path(old, new, ALL))


# ---- known answers ------------------------------------------------------------------------------

# The leaves and hashes that the Certificate Transparency project tests its own trees with.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
             "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_the_answers_that_certificate_transparency_publishes() -> None:
    leaves = [hashlib.sha256(b"\0" + bytes.fromhex(text)).digest() for text in CT_LEAVES]
    nodes = Nodes(leaves)
    assert [root(size, nodes).hex() for size in range(9)] == CT_ROOTS
    assert [rfc.mth(leaves[:size]).hex() for size in range(9)] == CT_ROOTS
    for (index, size), path in CT_INCLUSION.items():
        assert [item.hex() for item in inclusion_path(index, size, nodes)] == path
    for (old, new), path in CT_CONSISTENCY.items():
        assert [item.hex() for item in consistency_path(old, new, nodes)] == path


def test_a_leaf_is_the_hash_of_the_id_and_the_instant() -> None:
    id_ = hashlib.sha256(b"an event").hexdigest()
    instant = "2017-10-20T09:30:00.000000Z"
    expected = hashlib.sha256(b"\0" + bytes.fromhex(id_) + b"2017-10-20T09:30:00.000000Z").digest()
    assert leaf_hash(id_, instant) == expected


@pytest.mark.parametrize("id_", ["", "ab", "AB" * 32, "ab " * 32, "ab" * 33, "zz" * 32, "é" * 64])
def test_an_id_has_one_text(id_: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        leaf_hash(id_, "2017-10-20T09:30:00.000000Z")


def test_an_instant_that_is_not_ascii_has_no_leaf() -> None:
    with pytest.raises(ValueError, match="ascii"):
        leaf_hash("ab" * 32, "２017-10-20T09:30:00.000000Z")


# ---- growing ------------------------------------------------------------------------------------


def test_an_empty_tree() -> None:
    growth = Growth()
    assert growth.extend([]) == []
    assert (growth.size, growth.peaks) == (0, ())
    assert growth.root == root(0, ALL) == EMPTY_ROOT == hashlib.sha256().digest()


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_every_size_has_the_root_and_the_nodes_of_the_rfc(size: int) -> None:
    nodes = Nodes(LEAVES[:size])
    assert nodes.growth.size == size
    assert nodes.growth.root == root(size, nodes) == root(size, ALL) == mth(size)
    complete = {(level, n) for level in range(8) for n in range(size >> level)}
    assert set(nodes) == complete
    for level, number in complete:
        low = number << level
        assert nodes[level, number] == rfc.mth(LEAVES[low : low + (1 << level)])


@given(st.lists(st.integers(0, 40), max_size=8))
def test_batches_of_any_size_give_the_tree_of_all_at_once(batches: list[int]) -> None:
    leaves = [hashlib.sha256(b"%d" % number).digest() for number in range(sum(batches))]
    nodes, done = Nodes(), 0
    for batch in batches:
        nodes.add(leaves[done : done + batch])
        done += batch
        # What a writer keeps between batches, and what it finds stored, is the same tree.
        again = Growth(nodes.growth.size, nodes.growth.peaks)
        stored = Growth.of(done, nodes)
        assert again.peaks == stored.peaks == nodes.growth.peaks
        assert again.root == stored.root == nodes.growth.root
        nodes.growth = stored
    assert dict(nodes) == dict(Nodes(leaves))
    assert nodes.growth.root == rfc.mth(leaves)


def test_peaks_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Growth(3, [LEAVES[0]])
    with pytest.raises(ValueError, match="longer"):
        Growth(2, LEAVES[:2])


# ---- proofs -------------------------------------------------------------------------------------


def test_every_inclusion_proof_is_that_of_the_rfc_and_holds() -> None:
    count = 0
    for size in range(1, LARGEST + 1):
        for index in range(size):
            path = inclusion(index, size)
            assert list(path) == rfc.path(index, LEAVES[:size])
            assert root_of_inclusion(LEAVES[index], index, size, path) == mth(size)
            assert check_inclusion(LEAVES[index], index, size, mth(size), path)
            count += 1
    print(f"{count} inclusion proofs, all sizes to {LARGEST}")  # noqa: T201
    assert count == LARGEST * (LARGEST + 1) // 2


def test_every_consistency_proof_is_that_of_the_rfc_and_holds() -> None:
    count = 0
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            path = consistency(old, new)
            if old:  # the RFC speaks of 0 < m
                assert list(path) == rfc.proof(old, LEAVES[:new])
            assert check_consistency(old, mth(old), new, mth(new), path)
            count += 1
    print(f"{count} consistency proofs, all sizes to {LARGEST}")  # noqa: T201
    assert count == (LARGEST + 1) * (LARGEST + 2) // 2


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (6, 5)])
def test_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofError, match=rf"expected a leaf from 0 to {size - 1}, got {index}"):
        inclusion_path(index, size, ALL)
    with pytest.raises(ProofError, match=rf"expected a leaf from 0 to {size - 1}, got {index}"):
        root_of_inclusion(LEAVES[0], index, size, [])
    assert not check_inclusion(LEAVES[0], index, size, mth(max(size, 0)), [])


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5), (1, 0)])
def test_no_proof_that_a_tree_shrank(old: int, new: int) -> None:
    with pytest.raises(ProofError, match=rf"from 0 to {new}, got {old}"):
        consistency_path(old, new, ALL)
    assert not check_consistency(old, mth(5), new, mth(5), [])


@given(st.binary(max_size=40), st.integers(), st.integers(), st.lists(st.binary(max_size=33)))
def test_whatever_is_handed_in_is_judged(
    item: bytes, index: int, size: int, path: list[bytes]
) -> None:
    assert check_inclusion(item, index, size, bytes(32), path) is False
    if not 0 <= index == size:
        assert check_consistency(index, bytes(32), size, bytes(32), path) is False


# ---- forgeries ----------------------------------------------------------------------------------

Forged = Iterator[tuple[str, tuple[bytes, ...]]]


def flipped(item: bytes, number: int) -> bytes:
    changed = bytearray(item)
    changed[number // 8] ^= 1 << number % 8
    return bytes(changed)


def altered(path: tuple[bytes, ...], pick: random.Random) -> Forged:
    """A path that is shorter, longer, reordered, or has one bit or one byte wrong."""
    for at in range(len(path)):
        yield "truncated", path[:at]
        yield "truncated", path[at + 1 :]
        yield "one left out", path[:at] + path[at + 1 :]
        yield "one bit flipped", (
            *path[:at], flipped(path[at], pick.randrange(256)), *path[at + 1 :]
        )  # fmt: skip
        yield "a hash cut short", (*path[:at], path[at][:31], *path[at + 1 :])
    for at in range(len(path) + 1):
        yield "extended", (*path[:at], LEAVES[-1], *path[at:])
        yield "extended", (*path[:at], *path[at : at + 1], *path[at:], EMPTY_ROOT)
    if path != path[::-1]:
        yield "reversed", path[::-1]


def test_no_forged_inclusion_proof_is_accepted() -> None:
    pick = random.Random(9162)
    tried: Counter[str] = Counter()

    def refused(kind: str, *forged: object) -> None:
        tried[kind] += 1
        assert not check_inclusion(*forged), (kind, forged)  # type: ignore[arg-type]

    for size in range(1, LARGEST + 1):
        for index in range(size):
            leaf, good, path = LEAVES[index], mth(size), inclusion(index, size)
            for kind, other in altered(path, pick):
                refused(kind, leaf, index, size, good, other)
            for shifted in {index - 1, index + 1, index ^ 1, pick.randrange(size)} - {index}:
                refused("another index", leaf, shifted, size, good, path)
            refused("another leaf", LEAVES[index + 1], index, size, good, path)
            refused("one bit of the leaf", flipped(leaf, index), index, size, good, path)
            refused("one bit of the root", leaf, index, size, flipped(good, size), path)
            if path:
                refused("a node for a leaf", path[-1], index, size, good, path)
            for other_size in {size - 1, size + 1, 2 * size, pick.randrange(1, LARGEST)} - {size}:
                other_root = mth(other_size) if other_size <= LARGEST else good
                if other_root != good:
                    refused("the root of another size", leaf, index, size, other_root, path)
                    refused("another size with its root", leaf, index, other_size, other_root, path)
            for other_index in {(index + 1) % size, pick.randrange(size)} - {index}:
                refused(
                    "proof of another leaf", leaf, index, size, good, inclusion(other_index, size)
                )
    print(f"{sum(tried.values())} forged inclusion proofs, 0 accepted: {dict(tried)}")  # noqa: T201
    assert len(tried) == 14


def turns(index: int, size: int) -> tuple[str, ...]:
    """On which side each hash of a path stands: all that a path knows of index and size."""
    sides: list[str] = []
    start, end = 0, size
    while end - start > 1:
        middle = next(start + (1 << k) for k in range(7, -1, -1) if 1 << k < end - start)
        right = index < middle
        sides.insert(0, "right" if right else "left")
        start, end = (start, middle) if right else (middle, end)
    return tuple(sides)


def test_a_size_is_told_only_by_the_root_that_is_kept_with_it() -> None:
    """Under a root that belongs to another size a proof holds where its turns are the same.

    So the RFC has it. It is why size and root are one pair, signed as one.
    """
    accepted = refused = 0
    for size in range(1, 34):
        for index in range(size):
            for other in range(1, 34):
                same = other != size and index < other and turns(index, other) == turns(index, size)
                held = check_inclusion(
                    LEAVES[index], index, other, mth(size), inclusion(index, size)
                )
                assert held == (same or other == size)
                accepted, refused = accepted + (held and other != size), refused + (not held)
    print(f"another size claimed for a root: {refused} refused, {accepted} of the same turns held")  # noqa: T201
    assert accepted
    assert refused > accepted


def test_no_forged_consistency_proof_is_accepted() -> None:
    pick = random.Random(2141)
    tried: Counter[str] = Counter()

    def refused(kind: str, *forged: object) -> None:
        tried[kind] += 1
        assert not check_consistency(*forged), (kind, forged)  # type: ignore[arg-type]

    for new in range(1, LARGEST + 1):
        for old in range(new + 1):
            was, now, path = mth(old), mth(new), consistency(old, new)
            for kind, other in altered(path, pick):
                refused(kind, old, was, new, now, other)
            refused("one bit of the old root", old, flipped(was, new), new, now, path)
            if old:  # every tree begins with the empty one
                refused("one bit of the new root", old, was, new, flipped(now, old), path)
            if old != new:
                refused("swapped roots", old, now, new, was, path)
                refused("swapped sizes", new, was, old, now, path)
                refused("both swapped", new, now, old, was, path)
            for other_old in {old - 1, old + 1, pick.randrange(new + 1)} - {old}:
                if 0 <= other_old <= new:
                    if path != consistency(other_old, new):  # empty ones hold for two pairs
                        refused(
                            "another old size with its root",
                            *(other_old, mth(other_old), new, now, path),
                        )
                    refused("the root of another old size", old, mth(other_old), new, now, path)
            for other_new in {new - 1, new + 1, pick.randrange(LARGEST)} - {new}:
                if old and old <= other_new <= LARGEST:
                    refused(
                        "another new size with its root", old, was, other_new, mth(other_new), path
                    )
                    refused("the root of another new size", old, was, new, mth(other_new), path)
            if 0 < old < new:
                refused(
                    "a rewritten past", old, rfc.mth([*LEAVES[1:old], LEAVES[-1]]), new, now, path
                )
    print(f"{sum(tried.values())} forged consistency proofs, 0 accepted: {dict(tried)}")  # noqa: T201
    assert len(tried) == 16


def test_a_log_rewritten_behind_a_checkpoint_has_no_proof() -> None:
    """Every path of a rewritten tree, tried against the root that was kept of the true one."""
    count = 0
    for new in range(2, 34):
        for old in range(1, new):
            changed = old // 2
            other = [*LEAVES[:changed], LEAVES[-1], *LEAVES[changed + 1 : new]]
            nodes = Nodes(other)
            for path in (consistency_path(size, new, nodes) for size in range(1, new + 1)):
                assert not check_consistency(old, mth(old), new, rfc.mth(other), path)
                count += 1
    print(f"{count} proofs of rewritten logs, 0 accepted")  # noqa: T201
