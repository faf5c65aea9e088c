"""The places of an area, counted by holder."""

from __future__ import annotations

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import (
    csv_holding,
    holding_json,
)
from conflict_timeline.cli.tables import Cell, Column, Styled, hanging, screen_width, sections
from conflict_timeline.cli.territory import actor_names, actors_in, place_json
from conflict_timeline.cli.words import some_of, status_cell
from conflict_timeline.projections.rollup import Rollup, Tally
from conflict_timeline.words import Naming, count_of

__all__ = ["rollup"]


@click.command(short_help="The places of an area, counted by holder.")
@question
@click.argument("area", metavar="AREA")
@click.argument("day", metavar="DAY")
def rollup(asked: Question, area: str, day: str) -> None:
    """How many places of AREA each side held at the end of DAY: at least, at best, at most.

    "Best" counts by the best answer for each place. Only places that reports speak of are counted;
    AREA itself is given no holder.
    """
    naming = asked.naming
    state = asked.view.as_of(day)
    found = state.territory.rollup(area)
    asked.echo.update(area=found.area, day=state.day.isoformat())
    controls = [*found.members.values()]
    asked.tell_withheld([seen for control in controls for seen in control.withheld])
    asked.answer(
        heading=f"{naming.place(found.area)} on {state.day.isoformat()}",
        body=lambda: _rollup_text(
            naming.telling_apart([*found.members, *found.without_report]), found
        ),
        json={
            "area": found.area,
            "name": naming.place(found.area),
            "actors": actor_names(naming, (h for c in controls for h in actors_in(c))),
            "holdings": [
                {"holding": holding_json(holding), **_tally_json(tally)}
                for holding, tally in found.holdings.items()
            ],
            "holders": [
                {"actor": actor, "name": naming.actor(actor), **_tally_json(tally)}
                for actor, tally in found.actors.items()
            ],
            "members": [place_json(naming, control) for control in controls],
            "without_report": list(found.without_report),
            "leaves": list(found.leaves),
            "own": None if found.own is None else place_json(naming, found.own),
        },
        header=["area", "day", "holding", "names", "certain", "best", "possible", "reported"],
        records=[
            [
                found.area,
                state.day,
                csv_holding(holding),
                [naming.actor(actor) for actor in sorted(holding or ())],
                *_tally_json(tally).values(),
                len(controls),
            ]
            for holding, tally in found.holdings.items()
        ],
        none=f"Nothing is reported of any place in {naming.place(found.area)} in this view.",
    )


def _rollup_text(naming: Naming, found: Rollup) -> str:
    tallies = [Column(title, right=True) for title in ("At least", "Best", "At most")]
    shared = any(len(holding or ()) > 1 for holding in found.holdings)
    text = sections(
        [
            (
                f"Of {count_of(len(found.members), 'place')} that reports speak of",
                (Column("Held by", least=18), *tallies),
                [[naming.holding(h), *_tally_row(t)] for h, t in found.holdings.items()],
            ),
            (
                "Alone or with others",
                (Column("Actor", least=18), *tallies),
                [[naming.actor(a), *_tally_row(t)] for a, t in found.actors.items() if shared],
            ),
            (
                "Place by place",
                (Column("Place", least=10), Column("Held by", least=18), Column("Status")),
                [
                    [naming.place(place), naming.held(control), status_cell(control.status)]
                    for place, control in found.members.items()
                ],
            ),
        ]
    )
    notes: list[tuple[str, Cell]] = []
    if found.without_report:
        names = some_of(map(naming.place, found.without_report))
        notes.append(("No report of", names))
    if found.own is not None:
        told = f"{naming.held(found.own)} ({found.own.status}), by claims on the area itself"
        notes.append(("Not counted", told))
    width = screen_width()
    lines = [hanging(Styled(f"{what:<14}", dim=True), told, width) for what, told in notes]
    return "\n".join([text, "", *lines]) if lines else text


def _tally_row(tally: Tally) -> list[Cell]:
    return [f"{number:,}" for number in (tally.certain, tally.best, tally.possible)]


def _tally_json(tally: Tally) -> dict[str, int]:
    return {"certain": tally.certain, "best": tally.best, "possible": tally.possible}
