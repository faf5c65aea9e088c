"""Questions about places: as-of, explain, history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import (
    claim_json,
    day_json,
    holding_json,
    holdings_json,
    quantity_json,
    when_json,
    write_csv,
    write_json,
)
from conflict_timeline.cli.tables import Cell, Column, Styled, render, screen_width
from conflict_timeline.cli.words import (
    Naming,
    count_of,
    days,
    said_by,
    sources,
    span_end,
    status_cell,
    window,
)
from conflict_timeline.dates import day as civil_day
from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.control import Control, Shown, UnreportedChange
from conflict_timeline.events import ControlChanged, ControlObserved
from conflict_timeline.projections.territory import Span
from conflict_timeline.timeline.explain import Step

__all__ = ["as_of", "explain", "history", "place_columns", "place_row"]

place_columns = (
    Column("Place", least=8),
    Column("Held by", least=18),
    Column("Status"),
    Column("Since", least=13),
    Column("Last evidence", least=13),
    Column("Sources"),
    Column("For : against", right=True, least=7),
)


def place_row(naming: Naming, control: Control) -> list[Cell]:
    """One place's answer as a row of the table."""
    last = control.last_evidence
    if last is None:
        evidence: Cell = Styled("only a later report" if control.evidence else "none", dim=True)
    else:
        day = from_ordinal(min(last.last, control.day)).isoformat()
        evidence = f"{day} ({count_of(control.age or 0, 'day')})"
    for_and_against = f"{control.claimants_for} : {control.claimants_against}"
    return [
        naming.place(control.place),
        naming.held(control),
        status_cell(control.status),
        days(control.since) or "–",
        evidence,
        sources((*control.evidence, *control.against)) or "–",
        for_and_against,
    ]


def place_json(naming: Naming, control: Control) -> dict[str, Any]:
    """One place's answer with stable keys."""
    last = control.last_evidence
    return {
        "place": control.place,
        "name": naming.place(control.place),
        "status": control.status,
        "best": holding_json(control.best),
        "contested": control.contested,
        "shares": {a: quantity_json(control.shares[a]) for a in sorted(control.shares)},
        "possible": holdings_json(control.possible),
        "conceivable": holdings_json(control.conceivable),
        "narrowed": control.narrowed,
        "not_held_by": sorted(control.not_held_by),
        "since": when_json(control.since),
        "last_evidence": None if last is None else last.id,
        "age_days": control.age,
        "claimants_for": control.claimants_for,
        "claimants_against": control.claimants_against,
        "evidence": [claim_json(seen) for seen in control.evidence],
        "against": [claim_json(seen) for seen in control.against],
        "unreported": [_unreported_json(change) for change in control.unreported],
        "withheld": [seen.id for seen in control.withheld],
    }


def _unreported_json(change: UnreportedChange) -> dict[str, Any]:
    return {
        "when": when_json(change.when),
        "before": holding_json(change.before),
        "after": holding_json(change.after),
        "preceding": [seen.id for seen in change.preceding],
        "following": [seen.id for seen in change.following],
    }


def _actor_names(naming: Naming, holdings: Iterable[Iterable[str] | None]) -> dict[str, str]:
    """The names of all actors in the holdings, by id."""
    return {a: naming.actor(a) for a in sorted({a for h in holdings for a in h or ()})}


def _named_in(control: Control) -> list[Iterable[str] | None]:
    return [*control.possible, *control.conceivable, control.not_held_by]


def _csv_holding(holding: Shown) -> str:
    return "unknown" if holding is None else "+".join(sorted(holding))


def _csv_holdings(holdings: Iterable[Shown]) -> list[str]:
    return ["unknown" if h is None else "+".join(h) for h in holdings_json(holdings)]


_PLACE_CSV = ["place", "name", "status", "holder", "best", "best_names", "possible", "conceivable", "not_held_by", "shares", "since_earliest", "since_latest", "last_evidence", "age_days", "sources", "claimants_for", "claimants_against", "evidence", "against"]


def _place_record(naming: Naming, control: Control) -> list[object]:
    since, last = control.since, control.last_evidence
    return [
        control.place,
        naming.place(control.place),
        control.status,
        control.holder,
        _csv_holding(control.best),
        [naming.actor(a) for a in sorted(control.best or ())],
        _csv_holdings(control.possible),
        _csv_holdings(control.conceivable),
        sorted(control.not_held_by),
        [f"{a}={control.shares[a]}" for a in sorted(control.shares)],
        since.earliest if since else None,
        since.latest if since else None,
        day_json(min(last.last, control.day)) if last else None,
        control.age,
        sorted({seen.source.id for seen in control.evidence}),
        control.claimants_for,
        control.claimants_against,
        [seen.id for seen in control.evidence],
        [seen.id for seen in control.against],
    ]


@click.command("as-of")
@question
@click.argument("day", metavar="DAY")
@click.argument("places", nargs=-1, metavar="[PLACE]...")
def as_of(asked: Question, day: str, places: Sequence[str]) -> None:
    """Who held each PLACE at the end of DAY (all reported places, if none is named).

    One row a place: who held it, how certain that is, since when, the last evidence with its age,
    the sources, and how many independent claimants speak for and against it.
    """
    state = asked.view.as_of(day)
    ids = dict.fromkeys(map(asked.view.place, places)) if places else state.territory
    controls = [state.territory[place] for place in ids]
    naming = asked.naming
    names = _actor_names(naming, (h for c in controls for h in _named_in(c)))
    withheld = [
        seen
        for seen in asked.view.visible.withheld
        if isinstance(seen.claim, ControlChanged | ControlObserved)
    ]
    asked.echo["day"] = state.day.isoformat()
    if places:
        withheld = [seen for control in controls for seen in control.withheld]
    asked.tell_withheld(withheld)
    asked.answer(
        heading=f"As of {state.day.isoformat()}",
        columns=place_columns,
        rows=[place_row(naming, control) for control in controls],
        json={
            "actors": names,
            "places": [place_json(naming, control) for control in controls],
            "withheld": len(withheld),
        },
        header=_PLACE_CSV,
        records=[_place_record(naming, control) for control in controls],
        none="Nothing is reported of any place in this view; that is not peace.",
    )


@click.command()
@question
@click.argument("place", metavar="PLACE")
@click.argument("day", metavar="DAY")
def explain(asked: Question, place: str, day: str) -> None:
    """Why the answer for PLACE on DAY is as it is: every claim, and what became of it."""
    explanation = asked.view.explain(place, day)
    control, naming = explanation.control, asked.naming
    day = asked.echo["day"] = civil_day(day).isoformat()
    asked.tell_withheld(control.withheld)
    if asked.form == "json":
        answer = place_json(naming, control)
        steps = [
            {"role": s.role, "reason": s.reason, "claim": claim_json(s.claim)}
            for s in explanation.steps
        ]
        names = _actor_names(naming, _named_in(control))
        write_json({"question": asked.echo, "actors": names, "answer": answer, "steps": steps})
    elif asked.form == "csv":
        write_csv(_STEP_CSV, [_step_record(naming, step) for step in explanation.steps])
    else:
        title = f"{naming.place(control.place)} on {day}"
        click.echo(click.style(asked.heading(title), bold=True))
        click.echo()
        for line in _summary(naming, control):
            click.echo(line)
        if explanation.steps:
            rows = [_step_row(naming, step) for step in explanation.steps]
            click.echo()
            click.echo(render(_STEP_COLUMNS, rows, screen_width()))


_STEP_COLUMNS = (
    Column("Part", least=9),
    Column("When", least=13),
    Column("Claim", least=16),
    Column("Who says it", least=14),
    Column("Known", least=10),
    Column("Why", least=18),
)
_STEP_CSV = ["role", "reason", "claim", "kind", "first", "last", "says", "claimant", "source", "reliability", "credibility", "known", "note"]


def _summary(naming: Naming, control: Control) -> list[str]:
    """The answer in a few lines."""
    status = status_cell(control.status)
    lines = [
        f"Held by        {naming.held(control)}",
        f"Status         {click.style(status.text, fg=status.colour)}",
    ]
    if control.since is not None:
        lines.append(f"Since          {days(control.since)}")
    if (last := control.last_evidence) is not None:
        day = from_ordinal(min(last.last, control.day)).isoformat()
        lines.append(
            f"Last evidence  {day}, {count_of(control.age or 0, 'day')} old: {said_by(last)}"
        )
    against = count_of(control.claimants_against, "independent claimant")
    lines.append(
        f"Evidence       {count_of(control.claimants_for, 'independent claimant')} for, "
        f"{against} against"
    )
    wider = [h for h in holdings_json(control.conceivable - control.possible)]
    if wider:
        texts = [naming.holding(None if h is None else frozenset(h)) for h in wider]
        lines.append(
            f"Conceivable    also {' | '.join(texts)}, if it changed hands more often than reported"
        )
    if not control.narrowed:
        lines.append("Not narrowed   too many histories: all that are conceivable are given")
    for change in control.unreported:
        lines.append(
            f"Assumed        a change no one reported, {naming.holding(change.before)} to "
            f"{naming.holding(change.after)}, {days(change.when)}"
        )
    return lines


def _step_row(naming: Naming, step: Step) -> list[Cell]:
    seen = step.claim
    return [
        status_cell(step.role),
        window(seen.first, seen.last),
        naming.claim(seen.claim),
        said_by(seen),
        from_ordinal(seen.known).isoformat(),
        step.reason,
    ]


def _step_record(naming: Naming, step: Step) -> list[object]:
    seen = step.claim
    found = claim_json(seen)
    keys = ("claimant", "source", "reliability", "credibility", "known", "note")
    return [
        step.role,
        step.reason,
        *(found[key] for key in ("id", "kind", "first", "last")),
        naming.claim(seen.claim),
        *(found[key] for key in keys),
    ]


@click.command()
@question
@click.argument("place", metavar="PLACE")
def history(asked: Question, place: str) -> None:
    """The history of PLACE: spans of days on which the answer stays the same."""
    view, naming = asked.view, asked.naming
    identity = view.place(place)
    spans = view.history(identity)
    asked.echo["place"] = identity
    asked.tell_withheld(view.as_of("9999-12-31").territory[identity].withheld)
    asked.answer(
        heading=f"History of {naming.place(identity)}",
        columns=(Column("From"), Column("To"), Column("Status"), Column("Held by", least=20)),
        rows=[_span_row(naming, span) for span in spans],
        json={
            "place": identity,
            "name": naming.place(identity),
            "actors": _actor_names(naming, (h for span in spans for h in span.possible)),
            "spans": [
                {
                    "start": day_json(span.start),
                    "end": day_json(span.end),
                    "status": span.status,
                    "best": holding_json(span.best),
                    "possible": holdings_json(span.possible),
                }
                for span in spans
            ],
        },
        header=["place", "start", "end", "status", "best", "possible"],
        records=[
            [
                identity,
                day_json(span.start),
                day_json(span.end),
                span.status,
                _csv_holding(span.best),
                _csv_holdings(span.possible),
            ]
            for span in spans
        ],
        none=f"Nothing is reported of who held {naming.place(identity)} in this view.",
    )


def _span_row(naming: Naming, span: Span) -> list[Cell]:
    held = naming.holding(span.best)
    if len(span.possible) > 1:
        held = naming.alternatives(span.best, span.possible)
    return [span_end(span.start), span_end(span.end), status_cell(span.status), held]
