"""What changed from one state to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, position_or_instant, question
from conflict_timeline.cli.causes import cause_json
from conflict_timeline.cli.machine import (
    csv_holdings,
    csv_quantity,
    holding_json,
    holdings_json,
    quantity_json,
    when_json,
)
from conflict_timeline.cli.tables import Column, sections
from conflict_timeline.cli.territory import actor_names
from conflict_timeline.events import Claim
from conflict_timeline.quantities import Quantity
from conflict_timeline.telling import Telling, because
from conflict_timeline.timeline import Change
from conflict_timeline.timeline.diff import KINDS
from conflict_timeline.timeline.subjects import Allied, Counted, Happened, Held, Subject, Value
from conflict_timeline.words import Naming

__all__ = ["diff"]

_ALL = "all"
_NOTHING = "nothing reported"

_SUBJECT_KEYS = {
    "territory": ("place",),
    "people": ("group", "status", "nationality", "place"),
    "incidents": ("report",),
    "figures": ("measure", "subject", "place", "unit"),
    "alliances": ("claim",),
    "forecasts": ("claim",),
}


@click.command(short_help="What changed from one day, or view, to another.")
@question
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--then-known-by",
    metavar="DAY",
    help="For B, only what was published by the end of that day; 'all' for everything. As for A, "
    "if not given.",
)
@click.option(
    "--then-at",
    metavar="POSITION|INSTANT",
    help="For B, only what was recorded by then; 'all' for everything. As for A, if not given.",
)
def diff(asked: Question, a: str, b: str, then_known_by: str | None, then_at: str | None) -> None:
    """What changed from the end of day A to the end of day B, or from what was known to what is.

    Each change is put down to one of three things: the world changed; we learned what was so
    already; or a claim was withdrawn. The options choose the view of A, and of B unless it has its
    own: the same day twice, with --then-known-by, tells what was learned in between.
    """
    then: dict[str, Any] = {}
    if then_known_by is not None:
        then["then_known_by"] = None if then_known_by == _ALL else then_known_by
    if then_at is not None:
        then["then_at"] = None if then_at == _ALL else position_or_instant(then_at)
    found = asked.timeline.diff(a, b, **asked.axes, **then)
    first, second = found.first, found.second
    other = asked.of(second.view)
    asked.echo.update(
        day=first.day.isoformat(),
        then_day=second.day.isoformat(),
        then_known_by=other.echo["known_by"],
        then_at=other.echo["at"],
    )
    views = [asked.of(view) for view in (first.view, second.view)]
    withheld = {seen.id: seen for of in views for seen in of.withheld_of(Claim)}
    asked.tell_withheld([*withheld.values()])
    # The second view may know records that the first does not, and the other way round.
    changes = [*found]
    places = [c.subject.key[0] for c in changes if c.subject.topic == "territory"]
    names = other.naming.telling_apart(places) if asked.form == "table" else other.naming
    naming = Telling(names, found)
    heading = f"From {asked.echo['day']} to {asked.echo['then_day']}"
    if then_known_by is not None:
        known = other.echo["known_by"]
        heading += f", then {'all publications' if known is None else f'known by {known}'}"
    if then_at is not None:
        at = other.echo["at"]
        heading += f", then at {'the end of the log' if at is None else at}"
    asked.answer(
        heading=heading,
        body=lambda: _sections(naming, changes),
        json={
            "actors": _actors(naming.naming, changes),
            "changes": [_change_json(naming, change) for change in changes],
        },
        header=_DIFF_CSV.split(),
        records=[_change_record(naming, change) for change in changes],
        none="Nothing that the log tells is another from the one to the other.",
    )


_DIFF_CSV = "kind topic subject name before after because"
_DIFF_COLUMNS = (
    Column("What", least=14),
    Column("Before", least=16),
    Column("After", least=16),
    Column("Because of", least=16),
)


def _actors(naming: Naming, changes: Iterable[Change]) -> dict[str, str]:
    """The names of the actors in all holdings, by id."""
    values = [value for c in changes for value in (c.before, c.after)]
    held = [h for value in values if isinstance(value, Held) for h in value.possible]
    return actor_names(naming, held)


def _sections(naming: Telling, changes: Sequence[Change]) -> str:
    return sections(
        (
            kind[0].upper() + kind[1:],
            _DIFF_COLUMNS,
            [
                [
                    naming.subject(change),
                    naming.value(change.before),
                    naming.value(change.after),
                    because(naming.naming, change.because),
                ]
                for change in changes
                if change.kind == kind
            ],
        )
        for kind in KINDS
    )


def _subject_json(subject: Subject) -> dict[str, str | None]:
    keys = _SUBJECT_KEYS[subject.topic]
    return {name: part or None for name, part in zip(keys, subject.key, strict=True)}


def _value_json(value: Value) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, Held):
        return {
            "best": holding_json(value.best),
            "possible": holdings_json(value.possible),
            "status": value.status,
        }
    if isinstance(value, Counted):
        return {
            "low": value.low,
            "best": value.best,
            "high": value.high,
            "certainty": value.certainty,
        }
    if isinstance(value, Happened):
        return {
            "kind": value.kind,
            "when": when_json(value.when),
            "place": value.place,
            "fatalities": {p: quantity_json(n) for p, n in sorted(value.fatalities.items())},
            "deaths": None if value.deaths is None else quantity_json(value.deaths),
        }
    if isinstance(value, Quantity):
        return quantity_json(value)
    if isinstance(value, Allied):
        return {
            "name": value.name,
            "members": list(value.members),
            "against": list(value.against),
            "status": value.status,
        }
    return {"verdict": value}


def _change_json(naming: Telling, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "topic": change.subject.topic,
        "subject": _subject_json(change.subject),
        "name": naming.subject(change),
        "before": _value_json(change.before),
        "after": _value_json(change.after),
        "because": [cause_json(cause) for cause in change.because],
    }


def _change_record(naming: Telling, change: Change) -> list[object]:
    return [
        change.kind,
        change.subject.topic,
        [*change.subject.key],
        naming.subject(change),
        _csv_value(change.before),
        _csv_value(change.after),
        [cause.id for cause in change.because],
    ]


def _csv_value(value: Value) -> object:
    if isinstance(value, Held):
        return [value.status, *csv_holdings(value.possible)]
    if isinstance(value, Counted):
        return csv_quantity(Quantity(value.low, value.best, value.high))
    if isinstance(value, Quantity):
        return csv_quantity(value)
    if isinstance(value, Happened):
        return [
            value.kind,
            *(f"{p}={csv_quantity(n)}" for p, n in sorted(value.fatalities.items())),
            *([] if value.deaths is None else [f"deaths={csv_quantity(value.deaths)}"]),
        ]
    return value.status if isinstance(value, Allied) else value
