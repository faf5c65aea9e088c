"""Forecasts, judged against the state; a forecast never changes it."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.events import Forecast
from conflict_timeline.projections.holdings import ButNot
from conflict_timeline.projections.territory import Territory
from conflict_timeline.view import Seen

__all__ = ["Judged", "judge"]


@attrs.frozen(eq=False)
class Judged:
    """A forecast and what became of it.

    Attributes:
        forecast: the claim.
        verdict: "borne out", "refuted", "undecided" (its window is over and the evidence does not
            tell, or it is about nothing that a state tells), "pending" (its window is not over).
        reason: why.
        evidence: the forecast's claim as the view sees it.
    """

    forecast: Forecast
    verdict: str
    reason: str
    evidence: Seen

    def _repr_html_(self) -> str:
        return in_html(self)


def judge(territory: Territory, day: int) -> list[Judged]:
    """The forecasts made by a day, each judged by what the view says of the days up to it."""
    found = []
    for seen in territory.visible.claims:
        if isinstance(seen.claim, Forecast) and seen.first <= day:
            assert isinstance(seen.about, Forecast)
            verdict, reason = _verdict(territory, seen.about, day)
            found.append(Judged(seen.claim, verdict, reason, seen))
    return sorted(found, key=lambda j: (j.evidence.first, j.evidence.last, j.evidence.id))


def _verdict(territory: Territory, forecast: Forecast, day: int) -> tuple[str, str]:
    over = forecast.window.last <= day
    if forecast.place is None:
        if over:
            return "undecided", "it is about nothing that the log's states tell"
        return "pending", "its window is not over"
    first, last = forecast.window.first, min(forecast.window.last, day)
    if forecast.expectation == "held_at_end":
        if not over:
            return "pending", "its window is not over"
        first = last
    truths = list(_truths(territory, forecast, first, last)) if first <= last else []
    throughout = forecast.expectation != "held_at_some_time"
    if throughout:
        if False in truths:
            return "refuted", "on a day of its window it was certainly otherwise"
        if over and truths and None not in truths:
            return "borne out", "on every day asked it was certainly so"
    else:
        if True in truths:
            return "borne out", "on a day of its window it was certainly so"
        if over and truths and None not in truths:
            return "refuted", "on every day of its window it was certainly otherwise"
    if not over:
        return "pending", "its window is not over"
    return "undecided", "the evidence leaves both possible"


def _truths(
    territory: Territory, forecast: Forecast, first: int, last: int
) -> Iterator[bool | None]:
    """Whether it is certainly so, certainly not, or open, for each answer in the days."""
    assert forecast.place is not None
    days = [d for d in territory.register.breakpoints(forecast.place) if first < d <= last]
    for day in [max(first, OPEN_PAST + 1), *days]:
        answer = territory.register.answer(forecast.place, min(day, OPEN_FUTURE - 1))
        seen = {_holds(forecast, holding) for holding in answer.possible}
        yield seen.pop() if len(seen) == 1 else None


def _holds(forecast: Forecast, holding: object) -> bool | None:
    actor = forecast.holder or forecast.not_holder
    if isinstance(holding, frozenset):
        return holding == {actor} if forecast.holder else actor not in holding
    if isinstance(holding, ButNot) and holding.actor == actor:
        return forecast.holder is None
    return None
