"""Baselines: folded states that are kept, so that the next question need not begin anew.

A state is kept under a hash over the ids of the claims that led to it, in order, and nothing else.
A claim's id is a hash of its content, so a state that is found is the one that folding them again
would give, whatever view, day or log is asked. A late report changes the hash of everything from
its place on: what was kept for later places is not found any more, and the nearest earlier baseline
is used. A baseline can be missing; it cannot be stale.
"""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from conflict_timeline.projections.fold import Projection
from conflict_timeline.view import Seen

__all__ = ["Baselines"]

S = TypeVar("S")

_TAG = b"conflict-timeline fold 1\n"
_EVERY = 64
_FACTOR = 4


class _Kept:
    """The states kept for one projection, the one used last at the end."""

    def __init__(self, projection: object) -> None:
        self.projection = projection  # held, so that no other object gets its id
        self.states: OrderedDict[bytes, tuple[int, Any]] = OrderedDict()

    def put(self, digest: bytes, length: int, state: object) -> None:
        """Keeps a copy, if the state can be copied so that nobody can tell."""
        try:
            copied = copy.deepcopy(state)
            if copied != state:
                return
        except Exception:
            # Whatever the state's own methods raise: it is not kept, and the answer is the same.
            return
        self.states[digest] = (length, copied)


class Baselines:
    """Folded states of some projections, bounded in number.

    States are copied when they are kept and when they are used: neither a caller who changes the
    answer nor an ``evolve`` that changes its argument gets at them. A state that cannot be copied,
    or of which the copy is not equal to it, is not kept.

    Args:
        projections: for how many projection objects states are kept.
        states: how many for each; those used longest ago are given up.
    """

    def __init__(self, *, projections: int = 8, states: int = 64) -> None:
        self._most_projections = projections
        self._most_states = states
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def __len__(self) -> int:
        """How many states are kept."""
        return sum(len(kept.states) for kept in self._kept.values())

    def fold(self, projection: Projection[S], claims: Sequence[Seen]) -> S:
        """The projection's state after some claims: what ``fold`` gives, from a baseline."""
        kept = self._of(projection)
        wanted = milestones(len(claims))
        lengths = wanted | {n for n, _ in kept.states.values() if n <= len(claims)}
        digests = _prefixes(claims, sorted(lengths))
        done = 0
        found = None
        for length, digest in digests.items():
            if digest in kept.states:
                kept.states.move_to_end(digest)
                done, found = length, digest
        state = projection.initial() if found is None else copy.deepcopy(kept.states[found][1])
        for length in sorted(n for n in wanted if n > done):
            for seen in claims[done:length]:
                state = projection.evolve(state, seen.about)
            done = length
            kept.put(digests[length], length, state)
        while len(kept.states) > self._most_states:
            kept.states.popitem(last=False)
        return state

    def _of(self, projection: object) -> _Kept:
        # By identity: two projections may be equal and fold otherwise, and many cannot be hashed.
        kept = self._kept.setdefault(id(projection), _Kept(projection))
        self._kept.move_to_end(id(projection))
        while len(self._kept) > self._most_projections:
            self._kept.popitem(last=False)
        return kept


def milestones(length: int) -> set[int]:
    """After how many claims states are kept, when so many are folded.

    After all of them, and after the last two multiples of 64, 256, 1024 and so on: the nearer the
    end, the denser, since most reports are about days not long past. A report with d claims after
    it finds a baseline at most 8 d or 128 claims from the end; of a million claims, at most 15
    states are wanted.
    """
    found = {length} if length else set()
    size = _EVERY
    while size <= length:
        last = length - length % size
        found |= {last, last - size} - {0}
        size *= _FACTOR
    return found


def _prefixes(claims: Sequence[Seen], lengths: Iterable[int]) -> dict[int, bytes]:
    """For each length, in rising order, the hash over the ids of so many first claims."""
    running = hashlib.sha256(_TAG)
    digests = {}
    done = 0
    for length in lengths:
        running.update("".join(map(_identity, claims[done:length])).encode())
        done = length
        digests[length] = running.digest()
    return digests


def _identity(seen: Seen) -> str:
    """What a claim is known by: its id, and where records were merged, what it reads as."""
    return seen.id if seen.about is seen.claim else f"{seen.id}~{seen.about.id}"
