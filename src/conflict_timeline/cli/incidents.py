"""The question about incidents: how many in a window of days, and how many died."""

from __future__ import annotations

from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import day_json, quantity_json, when_json
from conflict_timeline.cli.tables import Cell, Column, sections
from conflict_timeline.dates import When
from conflict_timeline.events import INCIDENT_KINDS
from conflict_timeline.projections.incidents import Happening, Toll
from conflict_timeline.quantities import Quantity
from conflict_timeline.words import Naming, count_of, days, plain, quantity_text, sources, window

__all__ = ["incidents"]

_FEW = 20


@click.command(short_help="Incidents of a window of days, and how many died.")
@question
@click.argument("window", metavar="WINDOW")
@click.option(
    "--how",
    type=click.Choice(["overlap", "within"]),
    default="overlap",
    show_default=True,
    help="Count what may have happened in the window, or only what surely did.",
)
@click.option("--place", metavar="NAME", help="Only there, or in a place within it.")
@click.option("--party", metavar="NAME", help="Only with that actor; or 'civilians', or 'unknown'.")
@click.option("--kind", type=click.Choice(INCIDENT_KINDS), help="Only incidents of that kind.")
@click.option("--claimant", metavar="NAME", help="Only those that this claimant told of.")
@click.option("--list", "listed", is_flag=True, help="Also list the incidents one by one.")
def incidents(asked: Question, window: str, listed: bool, **sought: Any) -> None:
    """How many incidents there were in WINDOW, and how many died, as far as was reported.

    WINDOW is a day, month or year, or two of them with a slash between: 2016-03, 2016-03/2016-05.
    Deaths are sums of what the reports give; an incident of which no deaths were reported adds
    nothing, which is not zero.
    """
    view, naming = asked.view, asked.naming
    when = When.of(window)
    found = view.incidents(when, **sought)
    asked.echo.update({"window": when_json(when), **sought})
    asked.tell_withheld([seen for h in found.withheld for seen in h.reports])
    columns, row = _TOLL_COLUMNS, _toll_row
    rows: list[list[Cell]] = [
        row("chosen", found.count, found.toll.deaths),
        row("surely in the window", Quantity.exactly(found.certain.count), found.certain.deaths),
        row("perhaps in it", Quantity.exactly(found.possible.count), found.possible.deaths),
    ]
    by_party = [
        [_party(naming, party), quantity_text(number)]
        for party, number in found.toll.by_party.items()
    ]
    one_by_one = [_listed(naming, h) for h in found] if listed else []

    def body() -> str:
        text = sections(
            [
                ("Incidents", columns, rows),
                ("Deaths by party", [Column("Party"), Column("Deaths", least=14)], by_party),
                ("One by one", _LIST_COLUMNS, one_by_one),
            ]
        )
        told = _remarks(found.toll)
        return f"{text}\n\n{told}" if told else text

    asked.answer(
        heading=f"Incidents {days(when)}, {found.how}",
        body=body,
        json={
            "how": found.how,
            "count": quantity_json(found.count),
            "chosen": _toll_json(found.toll),
            "certain": _toll_json(found.certain),
            "possible": _toll_json(found.possible),
            "withheld": len(found.withheld),
            "incidents": [_incident_json(h) for h in found] if listed else None,
        },
        header=_CSV,
        records=[[_incident_json(h)[name] for name in _CSV[:5]] + _numbers(h) for h in found],
        none=None if found.possible.count else "No such incident is reported in this view.",
    )


_TOLL_COLUMNS = (Column("Which"), Column("How many", least=12), Column("Deaths", least=14))
_LIST_COLUMNS = (
    *(Column("When"), Column("Kind"), Column("Where", least=14), Column("Parties", least=16)),
    *(Column("Deaths"), Column("Sources")),
)
_CSV = ("occurrence", "first", "last", "kind", "place", "parties", "low", "best", "high", "reports")


def _toll_row(which: str, count: Quantity, deaths: Quantity) -> list[Cell]:
    return [which, quantity_text(count), quantity_text(deaths)]


def _party(naming: Naming, party: str) -> str:
    return party if party in ("civilians", "unknown") else naming.actor(party)


def _remarks(toll: Toll) -> str:
    found = []
    if toll.silent:
        found.append(f"{count_of(toll.silent, 'incident')}: nothing is said of deaths.")
    if toll.disordered:
        what = count_of(toll.disordered, "incident")
        found.append(f"{what}: low, best and high are not in order; their hull is counted.")
    return "\n".join(found)


def _listed(naming: Naming, h: Happening) -> list[Cell]:
    claim = h.claim
    return [
        window(h.first, h.last),
        plain(h.kind),
        "–" if h.place is None else naming.place(h.place),
        ", ".join(map(naming.actor, claim.parties)) or "–",
        "not given" if h.toll is None else quantity_text(h.toll),
        sources(h.reports),
    ]


def _toll_json(toll: Toll) -> dict[str, Any]:
    return {
        "count": toll.count,
        "deaths": quantity_json(toll.deaths),
        "by_party": {party: quantity_json(number) for party, number in toll.by_party.items()},
        "silent": toll.silent,
        "disordered": toll.disordered,
    }


def _incident_json(h: Happening) -> dict[str, Any]:
    return {
        "occurrence": h.claim.occurrence,
        "first": day_json(h.first),
        "last": day_json(h.last),
        "kind": h.kind,
        "place": h.place,
        "parties": list(h.claim.parties),
        "deaths": None if h.toll is None else quantity_json(h.toll),
        "by_party": {party: quantity_json(number) for party, number in h.fatalities.items()},
        "reports": [seen.id for seen in h.reports],
    }


def _numbers(h: Happening) -> list[object]:
    total = h.toll or Quantity()
    numbers = [total.low, total.best, total.high]
    return [list(h.claim.parties), *numbers, [seen.id for seen in h.reports]]
