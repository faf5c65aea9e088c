"""The question why: the chain of evidence for one place on one day."""

from __future__ import annotations

from collections.abc import Iterator

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import claim_json, holdings_json, write_csv, write_json
from conflict_timeline.cli.tables import NBSP, Cell, Column, Styled, hanging, render, screen_width
from conflict_timeline.cli.territory import actor_names, actors_in, place_json
from conflict_timeline.cli.words import status_cell
from conflict_timeline.dates import day as civil_day
from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.control import Control
from conflict_timeline.timeline.explain import Step
from conflict_timeline.view import Seen
from conflict_timeline.words import Naming, count_of, dated, days, said_by, window

__all__ = ["explain"]


@click.command(short_help="Why: every claim on a place, and what became of it.")
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
        names = actor_names(naming, actors_in(control))
        write_json({"question": asked.echo, "actors": names, "answer": answer, "steps": steps})
    elif asked.form == "csv":
        write_csv(_STEP_CSV.split(), [_step_record(naming, step) for step in explanation.steps])
    else:
        title = f"{naming.place(control.place)} on {day}"
        click.echo(asked.heading(title))
        click.echo()
        for what, text in _summary(naming, control):
            click.echo(hanging(Styled(f"{what:<15}", dim=True), text, screen_width()))
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
_STEP_CSV = (
    "role reason claim kind first last says claimant source reliability credibility known note"
)


def _summary(naming: Naming, control: Control) -> Iterator[tuple[str, Cell]]:
    """The answer in a few words, by what they are about."""
    yield "Held by", naming.held(control)
    yield "Status", status_cell(control.status)
    if control.since is not None:
        yield "Since", days(control.since)
    if (last := control.last_evidence) is not None:
        when = dated(min(last.last, control.day), control.day)
        yield "Last evidence", f"{when}: {said_by(last)}; {control.silence.kind}"
    claimants = count_of(control.claimants_for, "independent claimant")
    yield "Evidence", f"{claimants} for, {control.claimants_against} against"
    if wider := holdings_json(control.conceivable - control.possible):
        texts = [naming.holding(None if h is None else frozenset(h)) for h in wider]
        yield (
            "Conceivable",
            f"also {' | '.join(texts)}, if it changed hands more often than anyone reported",
        )
    if not control.narrowed:
        yield "Not narrowed", "too many histories for an exact answer: all conceivable are given"
    for change in control.unreported:
        before, after = naming.holding(change.before), naming.holding(change.after)
        yield "Assumed", f"a change no one reported, {before} to {after}, {days(change.when)}"


def _step_row(naming: Naming, step: Step) -> list[Cell]:
    seen = step.claim
    return [
        status_cell(step.role),
        window(seen.first, seen.last),
        naming.claim(seen.claim),
        said_by(seen),
        _known(seen),
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
        naming.claim(seen.claim).replace(NBSP, " "),
        *(found[key] for key in keys),
    ]


def _known(seen: Seen) -> str:
    """The day from which a claim counts as known; told where it is not its publication."""
    day = from_ordinal(seen.known).isoformat()
    return day if seen.known_from != "recorded" else f"{day} (recorded; publication not known)"
