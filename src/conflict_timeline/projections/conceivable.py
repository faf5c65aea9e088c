"""The closed form of ``conceivable`` (DESIGN section 4): what could hold in any world at all."""

from __future__ import annotations

from collections.abc import Sequence

from conflict_timeline.dates import OPEN_PAST
from conflict_timeline.projections.holdings import UNKNOWN, Holding, Move

__all__ = ["conceivable"]


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
