"""Windows of days, as ordinals, and what several reports of one happening leave of them."""

from __future__ import annotations

from collections.abc import Iterable

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When, from_ordinal
from conflict_timeline.view import Seen

__all__ = ["as_when", "common_window", "representative_day"]


def representative_day(first: int, last: int) -> int:
    """The middle of the bounds, rounded down; the closed bound of an open one."""
    if first <= OPEN_PAST:
        return last
    return first if last >= OPEN_FUTURE else (first + last) // 2


def as_when(first: int, last: int) -> When:
    """Day ordinals as a When, open where they are."""
    return When(
        None if first <= OPEN_PAST else from_ordinal(first),
        None if last >= OPEN_FUTURE else from_ordinal(last),
    )


def common_window(members: Iterable[Seen]) -> tuple[int, int]:
    """The days that all reports of one happening allow; if there are none, those of any."""
    windows = [(seen.first, seen.last) for seen in members]
    first, last = max(w[0] for w in windows), min(w[1] for w in windows)
    if first > last:
        return min(w[0] for w in windows), max(w[1] for w in windows)
    return first, last
