"""What made an answer another: claims that are new or gone, and the changes of mind behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TypeAlias

import attrs

from conflict_timeline.codec import event_id
from conflict_timeline.events import Claim, Corrected, RecordsMerged, Retracted
from conflict_timeline.view import ChangeOfMind, Seen, Visible

__all__ = ["Cause", "differing", "minds", "signature", "speaking"]

#: What a change is put down to.
Cause: TypeAlias = Seen | ChangeOfMind


def signature(visible: Visible, seen: Seen) -> tuple[object, ...]:
    """All of a claim that an answer can depend on."""
    merged = None if seen.about is seen.claim else event_id(seen.about)
    return (seen.id, merged, seen.first, seen.last, seen.rank, visible.origin(seen))


def differing(
    before: Visible, told_before: Iterable[Seen], after: Visible, told_after: Iterable[Seen]
) -> tuple[list[Seen], list[Seen]]:
    """The claims that only the view after shows so, and those that only the one before does."""
    was = {signature(before, seen): seen for seen in told_before}
    now = {signature(after, seen): seen for seen in told_after}
    new = [seen for key, seen in now.items() if key not in was]
    gone = [seen for key, seen in was.items() if key not in now]
    return sorted(new, key=_in_time), sorted(gone, key=_in_time)


def _in_time(seen: Seen) -> tuple[int, int, str]:
    return (seen.first, seen.last, seen.id)


def speaking(claims: Sequence[Seen], evidence: Iterable[Seen]) -> list[Seen]:
    """Those of the claims that the answer rests on; all of them if it rests on none."""
    ids = {seen.id for seen in evidence}
    return [seen for seen in claims if seen.id in ids] or list(claims)


def minds(
    claims: Iterable[Seen],
    before: Visible,
    after: Visible,
    new: Set[str],
    *,
    moved: Set[str] = frozenset(),
) -> list[ChangeOfMind]:
    """The new changes of mind that put claims there or took them away, the first known first.

    Args:
        claims: what is there, or is not any more.
        before, after: the views that it is put down to a difference of.
        new: ids of those that may have done it.
        moved: ids of records that are asked about, and are one with others in one of the views.
    """
    changes = after.changes
    aimed: dict[str, list[str]] = defaultdict(list)
    replaced: dict[str, list[str]] = defaultdict(list)
    for identity, change in changes.items():
        if isinstance(change.event, Retracted | Corrected):
            aimed[change.event.target].append(identity)
        if isinstance(change.event, Corrected):
            replaced[change.event.replacement.id].append(change.event.target)
    named = set(moved)
    found: set[str] = set()
    asked: list[str] = []
    for seen in claims:
        asked += [seen.id, event_id(seen.source)]
        # A replacement comes and goes with the corrections of one target: the last one counts.
        rivals = [i for target in replaced[seen.id] for i in aimed[target]]
        found.update(i for i in rivals if isinstance(changes[i].event, Corrected))
        was, now = before.merges.read(seen.claim), after.merges.read(seen.claim)
        if was != now:
            named |= _named(was) ^ _named(now)
    found |= _merging(named, changes)
    asked += found
    while asked:
        further = [i for i in aimed[asked.pop()] if i not in found]
        found.update(further)
        asked += further
    working = [changes[i] for i in found & new if i not in after.overruled]
    return sorted(working, key=lambda change: (change.known, change.id))


def _merging(named: set[str], changes: Mapping[str, ChangeOfMind]) -> set[str]:
    """The merges that any of some ids has part in, with those that these are merged with."""
    left = {i: c.event for i, c in changes.items() if isinstance(c.event, RecordsMerged)}
    found: set[str] = set()
    while touching := {i for i, m in left.items() if named & {m.into, m.merged}}:
        for identity in touching:
            merge = left.pop(identity)
            named |= {merge.into, merge.merged}
        found |= touching
    return found


def _named(claim: Claim) -> set[str]:
    """The ids that a claim names, and its other texts, which are none."""
    found: set[str] = set()
    for value in attrs.asdict(claim, recurse=False).values():
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, Mapping | tuple):
            found.update(value)
    return found
