"""The closed form of ``conceivable`` (DESIGN section 4): what could hold in any world at all."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from conflict_timeline.dates import OPEN_PAST
from conflict_timeline.projections.columns import LEVEL
from conflict_timeline.projections.holdings import UNKNOWN, Holding, Move
from conflict_timeline.projections.moves import Moves
from conflict_timeline.projections.ragged import Ints, distinct, ranges

__all__ = ["Runs", "conceivable", "conceivable_of_all"]


def conceivable(
    first: Sequence[int],
    last: Sequence[int],
    moves: Sequence[Move],
    day: int,
    implied_within: int | None,
) -> frozenset[Holding]:
    """The holdings at the end of a day in all worlds, every report taken as a change of its own.

    Args:
        first: earliest days of the records of one key, as ordinals.
        last: their latest days.
        moves: what they say.
        day: an ordinal.
        implied_within: days before the first record for which its ``before`` holds; None for
            without limit.
    """
    records = range(len(first))
    found: set[Holding] = set()
    latest_done = max((first[i] for i in records if last[i] <= day), default=OPEN_PAST - 1)
    for i in records:
        if first[i] <= day and last[i] >= latest_done:
            found.add(moves[i].after)
    ends = min(last, default=OPEN_PAST)
    for g in records:
        if last[g] <= day:
            continue
        begins = max(first[g], day + 1)
        others = [i for i in records if i != g]
        before = moves[g].before
        if all(last[i] >= begins for i in others):
            if before is UNKNOWN or implied_within is None:
                found.add(before)
            else:
                if begins - day <= implied_within:
                    found.add(before)
                if ends - day > implied_within:
                    found.add(UNKNOWN)
            # It need not come first: what follows may hold as well.
        preceding = max((first[i] for i in others if last[i] < begins), default=OPEN_PAST - 1)
        if preceding < day and any(
            first[i] < day and last[i] >= preceding and not moves[g].fits(moves[i].after)
            for i in others
        ):
            found.add(before)
    return frozenset(found) or frozenset([UNKNOWN])


@attrs.frozen(eq=False)
class Runs:
    """Runs of records, each of the one key that it is asked about.

    Attributes:
        begin: where each run begins; none is empty.
        owner: the run of each record.
        first, last, move: of each record.
    """

    begin: Ints
    owner: Ints
    first: Ints
    last: Ints
    move: Ints


def conceivable_of_all(
    runs: Runs, moves: Moves, day: Ints, implied_within: int | None
) -> tuple[Ints, Ints]:
    """What is conceivable in many runs of records, as ``conceivable`` tells it of one.

    Args:
        runs: the records.
        moves: what they say.
        day: that each run is asked about.
        implied_within: as ``conceivable`` takes it.

    Returns:
        Runs and numbers of holdings: each conceivable one once, by run.
    """
    owner, first, last, move = runs.owner, runs.first, runs.last, runs.move
    asked = day[owner]
    latest_done = np.maximum.reduceat(np.where(last <= asked, first, OPEN_PAST - 1), runs.begin)
    done = (first <= asked) & (last >= latest_done[owner])
    found = [(owner[done], moves.after_of[move[done]])]
    coming = np.flatnonzero(last > asked)
    of, before = owner[coming], moves.before_of[move[coming]]
    asked_of = day[of]
    begins = np.maximum(first[coming], asked_of + 1)
    ends = np.minimum.reduceat(last, runs.begin)[of]
    can_be_first = ends >= begins
    if implied_within is None:
        found.append((of[can_be_first], before[can_be_first]))
    else:
        near = can_be_first & ((before == 0) | (begins - asked_of <= implied_within))
        found.append((of[near], before[near]))
        far = can_be_first & (before != 0) & (ends - asked_of > implied_within)
        found.append((of[far], np.zeros_like(of[far])))
    preceding = _preceding(runs, of, begins)
    after_some = preceding < asked_of
    coming, of, before, preceding = (c[after_some] for c in (coming, of, before, preceding))
    # What can be followed by an unreported change is among what was done last: it begins before
    # the day, and what must precede the coming record includes all that was certainly done.
    earlier = np.flatnonzero(done & (first < asked))
    count = np.bincount(owner[earlier], minlength=len(runs.begin))
    pair, at = ranges((np.cumsum(count) - count)[of], count[of])
    other = earlier[at]
    last_enough = (last[other] >= preceding[pair]) & (other != coming[pair])
    pair, other = pair[last_enough], other[last_enough]
    changed = pair[~moves.fits(move[coming[pair]], moves.after_of[move[other]])]
    found.append((of[changed], before[changed]))
    owners, codes = (np.concatenate(column) for column in zip(*found, strict=True))
    silent = np.setdiff1d(np.arange(len(runs.begin)), owners)
    holdings = len(moves.holdings)
    pairs = distinct(np.concatenate([owners * holdings + codes, silent * holdings]))
    return pairs // holdings, pairs % holdings


def _preceding(runs: Runs, of: Ints, begins: Ints) -> Ints:
    """By run and day: the latest beginning among the records that end before the day."""
    level = runs.owner * LEVEL - OPEN_PAST + 2
    order = np.argsort(level + runs.last, kind="stable")
    latest = np.maximum.accumulate((level + runs.first)[order])
    base = of * LEVEL - OPEN_PAST + 2
    at = np.searchsorted((level + runs.last)[order], base + begins, side="left") - 1
    return np.where(at >= runs.begin[of], latest[at] - base, OPEN_PAST - 1)
