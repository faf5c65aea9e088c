"""Which places and periods have evidence."""

from __future__ import annotations

from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import (
    account_json,
    day_json,
)
from conflict_timeline.cli.tables import Cell, Column, Styled, hanging, screen_width, sections
from conflict_timeline.cli.words import some_of
from conflict_timeline.events import Claim
from conflict_timeline.projections.coverage import Coverage, Covered, Period
from conflict_timeline.words import Naming, count_of, days, span_end

__all__ = ["coverage"]


@click.command(short_help="Which places and periods have evidence.")
@question
def coverage(asked: Question) -> None:
    """Which places and people have evidence, of which days, and how long nobody said anything."""
    naming = asked.naming
    found = asked.view.coverage()
    asked.tell_withheld(asked.withheld_of(Claim))
    asked.answer(
        heading="Coverage",
        body=lambda: _coverage_text(
            naming.telling_apart([*found.places, *found.without_claims]), found
        ),
        json={
            "places": [
                {"place": place, "name": naming.place(place), **_covered_json(covered)}
                for place, covered in found.places.items()
            ],
            "people": [
                {**account_json(key), "name": naming.account(key), **_covered_json(covered)}
                for key, covered in found.people.items()
            ],
            "without_claims": list(found.without_claims),
        },
        header=_COVERAGE_CSV.split(),
        records=[
            *(
                ["territory", place, None, None, None, *_covered_record(covered)]
                for place, covered in found.places.items()
            ),
            *(
                [
                    *("people", key.place, key.group, key.status, key.nationality),
                    *_covered_record(covered),
                ]
                for key, covered in found.people.items()
            ),
            *(
                ["territory", place, None, None, None, None, None, 0, 0, *[None] * 5]
                for place in found.without_claims
            ),
        ],
        none="No place or group is declared in this view.",
    )


_COVERAGE_CSV = (
    "topic place group status nationality first last claims claimants origins periods "
    "silence_start silence_end silence_days"
)


def _coverage_text(naming: Naming, found: Coverage) -> str:
    columns = (
        Column("First evidence", least=10),
        Column("Last", least=10),
        Column("Claims", right=True),
        Column("From", least=20),
        Column("Longest silence", least=13),
    )
    groups = {key.group for key in found.people}
    text = sections(
        [
            (
                "Who held what",
                (Column("Place", least=10), *columns),
                [[naming.place(p), *_covered_row(c)] for p, c in found.places.items()],
            ),
            (
                "How many were where",
                (Column("Whom", least=18), *columns),
                [
                    [naming.account(key, group=len(groups) > 1), *_covered_row(c)]
                    for key, c in found.people.items()
                ],
            ),
        ]
    )
    if not found.without_claims:
        return text
    names = some_of(map(naming.place, found.without_claims))
    told = hanging(Styled("No claim says who held  ", dim=True), names, screen_width())
    return f"{text}\n\n{told}" if text else told


def _covered_row(covered: Covered) -> list[Cell]:
    first, last = covered.periods[0].start, covered.periods[-1].end
    longest = covered.longest_silence
    silent: Cell = Styled("–", dim=True)
    if longest is not None:
        silent = f"{days(longest.when)} ({count_of(longest.days or 0, 'day')})"
    origins = ", ".join(covered.origins)
    return [span_end(first), span_end(last), f"{covered.claims:,}", origins, silent]


def _period_json(period: Period) -> dict[str, str | None]:
    return {"start": day_json(period.start), "end": day_json(period.end)}


def _covered_json(covered: Covered) -> dict[str, Any]:
    longest = covered.longest_silence
    return {
        "first": day_json(covered.periods[0].start),
        "last": day_json(covered.periods[-1].end),
        "claims": covered.claims,
        "claimants": covered.claimants,
        "origins": list(covered.origins),
        "periods": [_period_json(period) for period in covered.periods],
        "longest_silence": None
        if longest is None
        else {**_period_json(longest), "days": longest.days},
    }


def _covered_record(covered: Covered) -> list[object]:
    found = _covered_json(covered)
    silence = found["longest_silence"] or {}
    periods = [f"{p['start'] or '..'}/{p['end'] or '..'}" for p in found["periods"]]
    return [
        *(found[name] for name in ("first", "last", "claims", "claimants", "origins")),
        periods,
        *(silence.get(name) for name in ("start", "end", "days")),
    ]
