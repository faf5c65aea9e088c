"""How the answer for one day changed as reports came."""

from __future__ import annotations

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.causes import cause_json, cause_source
from conflict_timeline.cli.machine import (
    csv_holding,
    csv_holdings,
)
from conflict_timeline.cli.tables import Cell, Column
from conflict_timeline.cli.territory import actor_names, actors_in, place_json
from conflict_timeline.cli.words import status_cell
from conflict_timeline.telling import because
from conflict_timeline.timeline import Revision
from conflict_timeline.words import Naming

__all__ = ["revisions"]


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
                    "because": [cause_json(cause) for cause in r.because],
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
                sorted({cause_source(cause) for cause in r.because}),
                [cause.id for cause in r.because],
            ]
            for r in found
        ],
        none=f"Nothing is reported that tells who held {naming.place(control.place)} on that day.",
    )


def _revision_row(naming: Naming, revision: Revision) -> list[Cell]:
    return [
        "at first" if revision.known is None else revision.known.isoformat(),
        naming.held(revision.control),
        status_cell(revision.status),
        because(naming, revision.because, with_claims=True),
    ]
