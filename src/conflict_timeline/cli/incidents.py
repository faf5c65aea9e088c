"""The question about incidents: how many in a window of days, and how many died."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import day_json, quantity_json, when_json
from conflict_timeline.cli.tables import Cell, Column, sections
from conflict_timeline.cli.territory import actor_names
from conflict_timeline.dates import When
from conflict_timeline.events import INCIDENT_KINDS
from conflict_timeline.projections.incidents import Happening, Toll, Window
from conflict_timeline.quantities import Quantity
from conflict_timeline.words import (
    NOT_GIVEN,
    Naming,
    count_of,
    days,
    plain,
    quantity_text,
    sources,
    who_took_part,
    window,
)

__all__ = ["incidents"]

_WITHOUT_RECORD = ("civilians", "unknown")


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
    if sought["place"] is not None:
        sought["place"] = view.place(sought["place"])
    if sought["party"] not in (None, *_WITHOUT_RECORD):
        sought["party"] = view.actor(sought["party"])
    asked.echo.update({"window": when_json(when), **sought})
    asked.tell_withheld([seen for h in found.withheld for seen in h.reports])
    columns, row = _TOLL_COLUMNS, _toll_row
    rows: list[list[Cell]] = [
        row("chosen", found.count, found.toll),
        row("surely in the window", Quantity.exactly(found.certain.count), found.certain),
        row("perhaps in it", Quantity.exactly(found.possible.count), found.possible),
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
        heading=_heading(asked, days(when), found.how, sought),
        body=body,
        json={
            "how": found.how,
            "actors": actor_names(naming, _parties(found, listed)),
            "count": quantity_json(found.count),
            "chosen": _toll_json(found.toll),
            "certain": _toll_json(found.certain),
            "possible": _toll_json(found.possible),
            "withheld": len(found.withheld),
            "incidents": [_incident_json(naming, h) for h in found] if listed else None,
        },
        header=_CSV,
        records=[_record(naming, h) for h in found],
        none=None if found.possible.count else "No such incident is reported in this view.",
    )


def _heading(asked: Question, when: str, how: str, sought: dict[str, Any]) -> str:
    """Which incidents: names as they were understood, so that another place is noticed."""
    naming, place, party = asked.naming, sought["place"], sought["party"]
    parts = [
        f"Incidents {when}, {how}",
        "" if place is None else f"in {naming.place(place)}",
        "" if party is None else f"with {_party(naming, party)}",
        "" if sought["kind"] is None else f"kind {plain(sought['kind'])}",
        "" if sought["claimant"] is None else f"told by {sought['claimant']}",
    ]
    return " · ".join(filter(None, parts))


_TOLL_COLUMNS = (Column("Which"), Column("How many", least=12), Column("Deaths", least=14))
_LIST_COLUMNS = (
    *(Column("When"), Column("Kind"), Column("Where", least=14), Column("Parties", least=16)),
    *(Column("Deaths"), Column("Sources")),
)
_CSV = (
    "occurrence",
    "first",
    "last",
    "kind",
    "place",
    "parties",
    "targets",
    "low",
    "best",
    "high",
    "reports",
)


def _toll_row(which: str, count: Quantity, toll: Toll) -> list[Cell]:
    deaths = _deaths(toll)
    return [which, quantity_text(count), NOT_GIVEN if deaths is None else quantity_text(deaths)]


def _deaths(toll: Toll) -> Quantity | None:
    """What the deaths add up to; None if nothing was said of any, which is not zero."""
    return None if toll.silent == toll.count else toll.deaths


def _party(naming: Naming, party: str) -> str:
    return party if party in _WITHOUT_RECORD else naming.actor(party)


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
        who_took_part(naming, claim) or "–",
        "not given" if h.toll is None else quantity_text(h.toll),
        sources(h.reports),
    ]


def _toll_json(toll: Toll) -> dict[str, Any]:
    return {
        "count": toll.count,
        "deaths": None if (deaths := _deaths(toll)) is None else quantity_json(deaths),
        "by_party": {party: quantity_json(number) for party, number in toll.by_party.items()},
        "silent": toll.silent,
        "disordered": toll.disordered,
    }


def _parties(found: Window, listed: bool) -> Iterator[Iterable[str]]:
    """All that an answer names: who died on which side and, where they are listed, who took part.

    Civilians are of no side, and have no record.
    """
    for toll in (found.toll, found.certain, found.possible):
        yield [party for party in toll.by_party if party not in _WITHOUT_RECORD]
    if listed:
        yield from ((*h.claim.parties, *h.claim.targets) for h in found)


def _incident_json(naming: Naming, h: Happening) -> dict[str, Any]:
    return {
        "occurrence": h.claim.occurrence,
        "first": day_json(h.first),
        "last": day_json(h.last),
        "kind": h.kind,
        "place": h.place,
        "place_name": None if h.place is None else naming.place(h.place),
        "parties": list(h.claim.parties),
        "targets": list(h.claim.targets),
        "deaths": None if h.toll is None else quantity_json(h.toll),
        "by_party": {party: quantity_json(number) for party, number in h.fatalities.items()},
        "reports": [seen.id for seen in h.reports],
    }


def _record(naming: Naming, h: Happening) -> list[object]:
    found, total = _incident_json(naming, h), h.toll or Quantity()
    numbers = [total.low, total.best, total.high]
    return [*(found[name] for name in _CSV[:7]), *numbers, found["reports"]]
