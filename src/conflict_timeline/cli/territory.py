"""Questions about places: as-of and history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.lanes import draws, lanes_option, lanes_text
from conflict_timeline.cli.machine import (
    claim_json,
    csv_holding,
    csv_holdings,
    day_json,
    holding_json,
    holdings_json,
    quantity_json,
    when_json,
)
from conflict_timeline.cli.tables import Cell, Column, Styled, render, screen_width
from conflict_timeline.cli.words import status_cell
from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import ControlChanged, ControlObserved
from conflict_timeline.lanes import lanes as lanes_of
from conflict_timeline.projections.control import Control, UnreportedChange
from conflict_timeline.projections.silence import Silence
from conflict_timeline.projections.territory import Span
from conflict_timeline.words import Naming, dated, days, sources, span_end

__all__ = [
    "actor_names",
    "actors_in",
    "as_of",
    "history",
    "place_columns",
    "place_csv",
    "place_json",
    "place_record",
    "place_row",
]

place_columns = (
    Column("Place", least=8),
    Column("Held by", least=18),
    Column("Status"),
    Column("Since", least=13),
    Column("Last evidence", least=13),
    Column("Sources"),
    Column("For, against", right=True, least=7),
)


def place_row(naming: Naming, control: Control) -> list[Cell]:
    """One place's answer as a row of the table."""
    last = control.last_evidence
    if last is None:
        evidence: Cell = Styled("only a later report" if control.evidence else "none", dim=True)
    else:
        evidence = dated(min(last.last, control.day), control.day)
    for_and_against = f"{control.claimants_for}, {control.claimants_against}"
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
        "origins_for": list(control.origins_for),
        "origins_against": list(control.origins_against),
        "silence": _silence_json(control.silence),
        "evidence": [claim_json(seen) for seen in control.evidence],
        "against": [claim_json(seen) for seen in control.against],
        "unreported": [_unreported_json(change) for change in control.unreported],
        "withheld": [seen.id for seen in control.withheld],
    }


def _silence_json(silence: Silence) -> dict[str, Any]:
    last = silence.last
    return {
        "kind": silence.kind,
        "last": None if last is None else last.isoformat(),
        "days": silence.days,
    }


def _unreported_json(change: UnreportedChange) -> dict[str, Any]:
    return {
        "when": when_json(change.when),
        "before": holding_json(change.before),
        "after": holding_json(change.after),
        "preceding": [seen.id for seen in change.preceding],
        "following": [seen.id for seen in change.following],
    }


def actor_names(naming: Naming, holdings: Iterable[Iterable[str] | None]) -> dict[str, str]:
    """The names of all actors in the holdings, by id."""
    return {a: naming.actor(a) for a in sorted({a for h in holdings for a in h or ()})}


def actors_in(control: Control) -> list[Iterable[str] | None]:
    """All that an answer names: holdings and those who hold in none."""
    return [*control.possible, *control.conceivable, control.not_held_by]


place_csv = (
    "place name status holder best best_names possible conceivable not_held_by shares "
    "since_earliest since_latest last_evidence age_days sources claimants_for "
    "claimants_against evidence against"
)


def place_record(naming: Naming, control: Control) -> list[object]:
    """One place's answer as a row of the CSV."""
    since, last = control.since, control.last_evidence
    return [
        control.place,
        naming.place(control.place),
        control.status,
        control.holder,
        csv_holding(control.best),
        [naming.actor(a) for a in sorted(control.best or ())],
        csv_holdings(control.possible),
        csv_holdings(control.conceivable),
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


@click.command("as-of", short_help="Who held what at the end of a day.")
@question
@click.argument("day", metavar="DAY")
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@lanes_option
def as_of(asked: Question, day: str, places: Sequence[str], lanes: bool | None) -> None:
    """Who held each PLACE at the end of DAY (all reported places, if none is named).

    One row a place: who held it, how certain that is, since when, the last evidence with its age,
    the sources, and how many independent claimants speak for and against it. A lane for each place,
    above the table, shows the days before and after.
    """
    state = asked.view.as_of(day)
    ids = dict.fromkeys(map(asked.view.place, places)) if places else state.territory
    controls = [state.territory[place] for place in ids]
    naming = asked.naming
    names = actor_names(naming, (h for c in controls for h in actors_in(c)))
    if places:
        withheld = [seen for control in controls for seen in control.withheld]
    else:
        withheld = asked.withheld_of(ControlChanged, ControlObserved)
    rows: list[list[Cell]] = []
    if asked.form == "table":
        apart = naming.telling_apart(ids)
        rows = [place_row(apart, control) for control in controls]
    asked.echo["day"] = state.day.isoformat()
    asked.tell_withheld(withheld)
    asked.answer(
        heading=f"As of {state.day.isoformat()}",
        body=lambda: _with_lanes(asked, lanes, ids, place_columns, rows, state.day.toordinal()),
        json={
            "actors": names,
            "places": [place_json(naming, control) for control in controls],
            "withheld": len(withheld),
        },
        header=place_csv.split(),
        records=[place_record(naming, control) for control in controls],
        none="Nothing is reported of any place in this view; that is not peace.",
    )


@click.command(short_help="The history of a place, span by span.")
@question
@click.argument("place", metavar="PLACE")
@lanes_option
def history(asked: Question, place: str, lanes: bool | None) -> None:
    """The history of PLACE: spans of days on which the answer stays the same."""
    view, naming = asked.view, asked.naming
    identity = view.place(place)
    spans = view.history(identity)
    asked.echo["place"] = identity
    asked.tell_withheld(view.as_of("9999-12-31").territory[identity].withheld)
    asked.answer(
        heading=f"History of {naming.place(identity)}",
        body=lambda: _with_lanes(
            asked, lanes, [identity], _SPAN_COLUMNS, [_span_row(naming, span) for span in spans]
        ),
        json={
            "place": identity,
            "name": naming.place(identity),
            "actors": actor_names(naming, (h for span in spans for h in span.possible)),
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
                csv_holding(span.best),
                csv_holdings(span.possible),
            ]
            for span in spans
        ],
        none=f"Nothing is reported of who held {naming.place(identity)} in this view.",
    )


_SPAN_COLUMNS = (Column("From"), Column("To"), Column("Status"), Column("Held by", least=20))


def _with_lanes(
    asked: Question,
    wanted: bool | None,
    places: Collection[str],
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    day: int | None = None,
) -> str:
    """The table, below the lanes of the places if they are drawn."""
    table = render(columns, rows, screen_width())
    if not draws(asked, wanted, len(places)):
        return table
    marked = None if day is None else from_ordinal(day)
    drawn = lanes_of(asked.view, places, day=marked, language=asked.language)
    return f"{lanes_text(drawn, day)}\n\n{table}"


def _span_row(naming: Naming, span: Span) -> list[Cell]:
    held = naming.holding(span.best)
    if len(span.possible) > 1:
        held = naming.alternatives(span.best, span.possible)
    return [span_end(span.start), span_end(span.end), status_cell(span.status), held]
