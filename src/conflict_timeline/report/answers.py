"""Who held each place on every day of a report, as known on every day of publication.

The answers are the library's own, asked once for each run of days on which nothing can change, and
written down; a page only looks them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.territory import Territory
from conflict_timeline.report.sublogs import Known
from conflict_timeline.report.tables import Numbered, rows

__all__ = ["Answers", "Period", "turning_days"]

#: Best, status, what else is possible, what else is conceivable; holdings as sorted actor ids.
_Answer: TypeAlias = tuple["_Holding", str, tuple["_Holding", ...], tuple["_Holding", ...]]
_Holding: TypeAlias = tuple[str, ...] | None


@attrs.frozen
class Period:
    """The days of a report, ordinals."""

    first: int
    last: int

    def offset(self, day: int) -> int | None:
        """A day counted from the first, or None where it is open."""
        return None if day <= OPEN_PAST or day >= OPEN_FUTURE else day - self.first


def turning_days(territory: Territory, place: str, stale_after: int | None = None) -> set[int]:
    """The days on which an answer for a place, or its evidence, can become another; ordinals."""
    register = territory.register
    found = set(register.breakpoints(place))
    if stale_after is not None:
        found |= {register.window(i)[1] + stale_after + 1 for i in register.indices(place)}
    return found


class Answers:
    """The answers for the places of a report, as numbers.

    Attributes:
        answers: the distinct answers; what the numbers stand for.
    """

    def __init__(self, period: Period) -> None:
        self._period = period
        self.answers: Numbered[_Answer] = Numbered()

    def of(
        self,
        place: str,
        known: Sequence[Known],
        number: Callable[[int], int],
        claims: Mapping[str, int],
    ) -> tuple[list[list[int]], list[list[object]]]:
        """The answers for a place.

        Args:
            place: its id.
            known: what was known of it, one day of publication after another.
            number: of a day of publication.
            claims: the numbers of the claims on it, by id.

        Returns:
            The rows (see ``tables.rows``): day, number of the answer, number of its evidence; and
            the evidence: claims for it, claims against it, independent origins of each.
        """
        evidence: Numbered[tuple[tuple[int, ...], tuple[int, ...], int, int]] = Numbered()

        def row(control: Control) -> tuple[int, int]:
            shown = evidence.number(
                (
                    tuple(claims[seen.id] for seen in control.evidence),
                    tuple(claims[seen.id] for seen in control.against),
                    control.claimants_for,
                    control.claimants_against,
                )
            )
            return self.answers.number(_answer(control)), shown

        def of_one(at: Known) -> list[tuple[int, ...]]:
            found: list[tuple[int, ...]] = []
            territory, first = at.view.territory, self._period.first
            of = territory.visible.merges.place(place)
            days = turning_days(territory, of, at.view.stale_after)
            asked = [first, *sorted(day for day in days if first < day <= self._period.last)]
            for day in asked:
                told = row(territory.at(of, day, at.view.stale_after))
                if not found or found[-1][1:] != told:
                    found.append((day - first, *told))
            return found

        told = rows((number(at.day), of_one(at)) for at in known)
        return told, [
            [list(part) if isinstance(part, tuple) else part for part in item]
            for item in evidence.values
        ]


def _answer(control: Control) -> _Answer:
    wider = control.conceivable - control.possible
    others = control.possible - {control.best}
    return _holding(control.best), control.status, _ordered(others), _ordered(wider)


def _ordered(holdings: Iterable[Shown]) -> tuple[_Holding, ...]:
    return tuple(map(_holding, sorted(holdings, key=lambda h: (h is None, sorted(h or ())))))


def _holding(holding: Shown) -> _Holding:
    return None if holding is None else tuple(sorted(holding))
