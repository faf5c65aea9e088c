"""The difference between "reported unchanged" and "no report", on a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs
import pendulum

from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.holdings import Move
from conflict_timeline.projections.windows import representative_day

__all__ = ["Silence", "silence"]

#: First and last day of a report, and what it says.
_Report: TypeAlias = tuple[int, int, Move]


@attrs.frozen
class Silence:
    """What the last report of a holding was, and how long ago.

    Attributes:
        kind: "reported unchanged" (it tells of a holding that an earlier report told of already),
            "changed" (it tells of the change to it, or the report before it told of another
            holding), "no report since" (the holding was told of once, and of no change; or not
            within the ``stale_after`` days that were asked for; or not at all by that day).
        last: the last day that the latest report for the holding can be about, the day asked for
            at most; None if there is none by that day.
        days: from then to the day asked for; None likewise.
    """

    kind: str
    last: pendulum.Date | None
    days: int | None


def silence(
    held: Sequence[_Report],
    told: Sequence[_Report],
    day: int,
    age: int | None,
    stale_after: int | None,
) -> Silence:
    """What was last reported of a holding.

    Args:
        held: the reports that leave the holding and may be of a day by ``day``.
        told: all reports of the place that may be.
        day: an ordinal.
        age: days since the latest of ``held``; None if there is none.
        stale_after: days after which a report is no report any more; None for never.
    """
    last = None if age is None else from_ordinal(day - age)
    if age is None or (stale_after is not None and age > stale_after):
        return Silence("no report since", last, age)
    newest = max(held, key=lambda report: (_when(report), report[2].is_change))
    move = newest[2]
    before = [report for report in told if _when(report) < _when(newest)]
    if move.is_change:
        kind = "changed"
    elif not before:
        kind = "no report since"
    else:
        latest = max(_when(report) for report in before)
        known = any(r[2].after == move.after for r in before if _when(r) == latest)
        kind = "reported unchanged" if known else "changed"
    return Silence(kind, last, age)


def _when(report: _Report) -> int:
    return representative_day(report[0], report[1])
