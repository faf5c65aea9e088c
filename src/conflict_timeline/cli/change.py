"""Questions about change: diff between two states, revisions of one answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, position_or_instant, question
from conflict_timeline.cli.machine import (
    claim_json,
    csv_holding,
    csv_holdings,
    csv_quantity,
    day_json,
    holding_json,
    holdings_json,
    quantity_json,
    when_json,
)
from conflict_timeline.cli.tables import Cell, Column, sections
from conflict_timeline.cli.territory import actor_names, actors_in, place_json
from conflict_timeline.cli.words import (
    NOT_GIVEN,
    Naming,
    amount,
    days,
    plain,
    quantity_text,
    said_by,
    status_cell,
)
from conflict_timeline.codec import kind_of
from conflict_timeline.events import Corrected, Forecast, RecordsMerged, Retracted
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.quantities import Quantity
from conflict_timeline.timeline import Change, Diff, Revision
from conflict_timeline.timeline.causes import Cause
from conflict_timeline.timeline.diff import KINDS
from conflict_timeline.timeline.subjects import Allied, Counted, Happened, Held, Subject, Value
from conflict_timeline.view import Seen

__all__ = ["diff", "revisions"]

_ALL = "all"
_NOTHING = "nothing reported"
_SHOWN = 3  # so many reports are named where many made an answer another

_SUBJECT_KEYS = {
    "territory": ("place",),
    "people": ("group", "status", "nationality", "place"),
    "incidents": ("report",),
    "figures": ("measure", "subject", "place", "unit"),
    "alliances": ("claim",),
    "forecasts": ("claim",),
}


# ---- diff ---------------------------------------------------------------------------------------


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
    withheld = {s.id: s for v in (first.view, second.view) for s in v.visible.withheld}
    asked.tell_withheld([*withheld.values()])
    # The second view may know records that the first does not, and the other way round.
    naming = _Telling(other.naming, found)
    changes = [*found]
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
            "actors": naming.actors(changes),
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


class _Telling:
    """Subjects and values of a diff in words."""

    def __init__(self, naming: Naming, found: Diff) -> None:
        self.naming = naming
        views = (found.first.view, found.second.view)
        self._forecasts = {
            seen.id: seen.claim.statement
            for view in views
            for seen in (*view.visible.claims, *(s for s, _ in view.visible.hidden))
            if isinstance(seen.claim, Forecast)
        }

    def actors(self, changes: Iterable[Change]) -> dict[str, str]:
        """The names of the actors in all holdings, by id."""
        values = [value for c in changes for value in (c.before, c.after)]
        held = [h for value in values if isinstance(value, Held) for h in value.possible]
        return actor_names(self.naming, held)

    def subject(self, change: Change) -> str:
        """What a change is about."""
        naming, subject = self.naming, change.subject
        topic, key = subject.topic, subject.key
        if topic == "territory":
            return naming.place(key[0])
        if topic == "people":
            group, status, nationality, place = key
            account = AccountKey(group, status, nationality or None, place or None)
            return naming.account(account)
        value = change.before if change.after is None else change.after
        if topic == "figures":
            measure, about, place, unit = key
            parts = [about and naming.actor(about), place and naming.place(place)]
            return ", ".join([plain(measure), *filter(None, parts), f"in {plain(unit)}"])
        if isinstance(value, Happened):
            where = [naming.place(value.place)] if value.place else []
            return ", ".join([plain(value.kind), *where, days(value.when)])
        if isinstance(value, Allied):
            return value.name or " and ".join(map(naming.actor, value.members))
        return f"forecast: {self._forecasts.get(key[0], key[0])}"

    def value(self, value: Value) -> str:
        """An answer in words."""
        naming = self.naming
        if value is None:
            return _NOTHING
        if isinstance(value, Held):
            if value.status == "unknown" and value.best is None:
                return "unknown"
            held = naming.holding(value.best)
            if len(value.possible) > 1:
                held = naming.alternatives(value.best, value.possible)
            return f"{held} ({value.status})"
        if isinstance(value, Counted):
            if value.certainty == "unknown":
                return _NOTHING
            text = amount(value.low, value.best, value.high)
            return f"{'how many is ' if text == NOT_GIVEN else ''}{text} ({value.certainty})"
        if isinstance(value, Happened):
            dead = [
                f"{naming.actor(party)} {quantity_text(number)}"
                for party, number in sorted(value.fatalities.items())
            ]
            return f"reported; dead: {', '.join(dead)}" if dead else "reported"
        if isinstance(value, Quantity):
            return quantity_text(value)
        return value.status if isinstance(value, Allied) else value


def _sections(naming: _Telling, changes: Sequence[Change]) -> str:
    return sections(
        (
            kind[0].upper() + kind[1:],
            _DIFF_COLUMNS,
            [
                [
                    naming.subject(change),
                    naming.value(change.before),
                    naming.value(change.after),
                    _because(naming.naming, change.because),
                ]
                for change in changes
                if change.kind == kind
            ],
        )
        for kind in KINDS
    )


def _because(naming: Naming, causes: Sequence[Cause], *, with_claims: bool = False) -> str:
    texts = [*dict.fromkeys(_cause_text(naming, cause, with_claims) for cause in causes)]
    more = len(texts) - _SHOWN
    return "; ".join(texts if more < 2 else [*texts[:_SHOWN], f"and {more} more"]) or "–"


def _cause_text(naming: Naming, cause: Cause, with_claims: bool) -> str:
    if isinstance(cause, Seen):
        said = said_by(cause)
        return f"{naming.claim(cause.claim)}: {said}" if with_claims else said
    event = cause.event
    what = kind_of(event)
    if isinstance(event, RecordsMerged):
        what = f"{event.merged} merged into {event.into}"
    return f"{what} by {event.source}: {_reason(event)}"


def _reason(event: Retracted | Corrected | RecordsMerged) -> str:
    return event.reason or (plain(event.kind) if isinstance(event, Corrected) else "")


def _cause_json(cause: Cause) -> dict[str, Any]:
    if isinstance(cause, Seen):
        return claim_json(cause)
    event = cause.event
    return {
        "id": cause.id,
        "kind": kind_of(event),
        "source": event.source,
        "target": None if isinstance(event, RecordsMerged) else event.target,
        "into": event.into if isinstance(event, RecordsMerged) else None,
        "merged": event.merged if isinstance(event, RecordsMerged) else None,
        "reason": _reason(event),
        "known": day_json(cause.known),
    }


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


def _change_json(naming: _Telling, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "topic": change.subject.topic,
        "subject": _subject_json(change.subject),
        "name": naming.subject(change),
        "before": _value_json(change.before),
        "after": _value_json(change.after),
        "because": [_cause_json(cause) for cause in change.because],
    }


def _change_record(naming: _Telling, change: Change) -> list[object]:
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
        ]
    return value.status if isinstance(value, Allied) else value


# ---- revisions ----------------------------------------------------------------------------------


@click.command(short_help="How the answer for one day changed as reports came.")
@question
@click.argument("place", metavar="PLACE")
@click.argument("day", metavar="DAY")
def revisions(asked: Question, place: str, day: str) -> None:
    """How the answer for PLACE on DAY changed as reports were published, each with what did it."""
    naming = asked.naming
    found = asked.view.revisions(place, day)
    control = found[-1].control
    asked.echo.update(place=control.place, day=asked.view.as_of(day).day.isoformat())
    asked.tell_withheld(control.withheld)
    if len(found) == 1:  # nothing was ever known
        found = []
    asked.answer(
        heading=f"What was known of {naming.place(control.place)} on {asked.echo['day']}",
        columns=(
            Column("Known since", least=11),
            Column("Held by", least=18),
            Column("Status"),
            Column("Because of", least=24),
        ),
        rows=[_revision_row(naming, revision) for revision in found],
        json={
            "actors": actor_names(naming, (h for r in found for h in actors_in(r.control))),
            "revisions": [
                {
                    "known": None if r.known is None else r.known.isoformat(),
                    "answer": place_json(naming, r.control),
                    "because": [_cause_json(cause) for cause in r.because],
                }
                for r in found
            ],
        },
        header=["place", "day", "known", "status", "best", "possible", "sources", "because"],
        records=[
            [
                control.place,
                asked.echo["day"],
                r.known,
                r.status,
                csv_holding(r.best),
                csv_holdings(r.possible),
                sorted({_source(cause) for cause in r.because}),
                [cause.id for cause in r.because],
            ]
            for r in found
        ],
        none=f"Nothing is reported that tells who held {naming.place(control.place)} on that day.",
    )


def _source(cause: Cause) -> str:
    return cause.source.id if isinstance(cause, Seen) else cause.event.source


def _revision_row(naming: Naming, revision: Revision) -> list[Cell]:
    return [
        "at first" if revision.known is None else revision.known.isoformat(),
        naming.held(revision.control),
        status_cell(revision.status),
        _because(naming, revision.because, with_claims=True),
    ]
