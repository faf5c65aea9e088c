"""What was predicted, and how it came out, on every day of a report, as known on every day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conflict_timeline.events import Forecast
from conflict_timeline.projections.forecasts import judge
from conflict_timeline.report.answers import Period, turning_days
from conflict_timeline.report.sublogs import Known
from conflict_timeline.report.tables import Numbered, rows

__all__ = ["forecasts"]


def forecasts(
    known: Sequence[Known], period: Period, number: Callable[[int], int], claims: Mapping[str, int]
) -> dict[int, dict[str, Any]]:
    """The forecasts with their verdicts.

    Args:
        known: what was known of them and of the place they are on.
        period: the days of the report.
        number: of a day of publication.
        claims: the numbers of the claims, by id.

    Returns:
        By the claim's number: the distinct verdicts, each with its reason, and rows (see
        ``tables.rows``) of a day and a verdict's number; -1 where none was made yet or known.
    """
    verdicts: dict[str, Numbered[tuple[str, str]]] = {}
    told: list[tuple[int, dict[str, list[tuple[int, ...]]]]] = []
    for at in known:
        found: dict[str, list[tuple[int, ...]]] = {}
        for day in _days(at, period):
            for judged in judge(at.view.territory, day):
                of = judged.evidence.id
                value = verdicts.setdefault(of, Numbered()).number((judged.verdict, judged.reason))
                begun = found.setdefault(of, [] if day == period.first else [(0, -1)])
                if not begun or begun[-1][1] != value:
                    begun.append((day - period.first, value))
        told.append((number(at.day), found))
    return {
        claims[of]: {
            "verdicts": [list(pair) for pair in pairs.values],
            "rows": rows((day, found.get(of, [(0, -1)])) for day, found in told),
        }
        for of, pairs in verdicts.items()
    }


def _days(at: Known, period: Period) -> list[int]:
    territory = at.view.territory
    made = [seen for seen in territory.visible.claims if isinstance(seen.about, Forecast)]
    days: set[int] = set()
    for seen in made:
        assert isinstance(seen.about, Forecast)
        window = seen.about.window
        days |= {seen.first, window.first, window.last, window.last + 1}
        if seen.about.place is not None:
            days |= turning_days(territory, seen.about.place)
    return [period.first, *sorted(day for day in days if period.first < day <= period.last)]
