"""The question about people: how many of a group were where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import claim_json
from conflict_timeline.cli.tables import Cell, Column, Styled
from conflict_timeline.cli.words import status_cell
from conflict_timeline.events import COMPARTMENTS, JOINED, HeadcountObserved, PeopleMoved
from conflict_timeline.projections.people import Count
from conflict_timeline.words import Naming, amount, dated, sources

__all__ = ["count_row", "people", "people_columns"]

_BASES = {"headcount": "counted", "flows": "added up", "mixed": "mixed"}


def people_columns(counts: Sequence[Count]) -> list[Column]:
    """The columns of the table; group and place only where they tell rows apart."""
    columns = [Column("Nationality"), Column("Status"), Column("Number", least=14)]
    if any(count.key.place for count in counts):
        columns.insert(1, Column("Place"))
    if len({count.key.group for count in counts}) > 1:
        columns.insert(0, Column("Group", least=12))
    return [
        *columns,
        Column("Certainty"),
        Column("Basis"),
        Column("Last evidence", least=13),
        Column("Sources"),
    ]


def count_row(naming: Naming, count: Count, columns: Sequence[Column], day: int) -> list[Cell]:
    """One account's answer as a row of the table."""
    key = count.key
    last = max((min(seen.last, day) for seen in count.evidence), default=None)
    cells: dict[str, Cell] = {
        "Group": naming.actor(key.group),
        "Place": naming.place(key.place),
        "Nationality": naming.country(key.nationality),
        "Status": key.status.replace("_", " "),
        "Number": amount(count.low, count.best, count.high),
        "Certainty": status_cell(count.certainty),
        "Basis": _BASES.get(count.basis, count.basis),
        "Last evidence": "–" if last is None else dated(last, day),
        "Sources": sources(count.evidence) or "–",
    }
    if count.low == 0 and count.best is None and count.high is None:
        cells["Number"] = Styled("not given", dim=True)
    return [cells[column.title] for column in columns]


def _json(naming: Naming, count: Count) -> dict[str, Any]:
    key = count.key
    return {
        "group": key.group,
        "group_name": naming.actor(key.group),
        "status": key.status,
        "nationality": key.nationality,
        "nationality_name": key.nationality and naming.country(key.nationality),
        "place": key.place,
        "place_name": key.place and naming.place(key.place),
        "low": count.low,
        "best": count.best,
        "high": count.high,
        "basis": count.basis,
        "certainty": count.certainty,
        "disordered": count.disordered,
        "claimants": count.claimants,
        "origins": list(count.origins),
        "evidence": [claim_json(seen) for seen in count.evidence],
    }


_CSV = (
    "group group_name status nationality nationality_name place place_name low best high "
    "basis certainty disordered sources evidence"
)


def _record(naming: Naming, count: Count) -> list[object]:
    found = _json(naming, count)
    found["sources"] = sorted({seen.source.id for seen in count.evidence})
    found["evidence"] = [seen.id for seen in count.evidence]
    return [found[name] for name in _CSV.split()]


@click.command(short_help="How many members of groups were where.")
@question
@click.argument("day", metavar="DAY")
@click.option("--group", metavar="NAME", help="Only members of that group (name or id).")
@click.option(
    "--nationality",
    metavar="COUNTRY",
    help="Only that nationality: a country's name or ISO code; 'all' for counts of all together.",
)
@click.option(
    "--place", metavar="NAME", help="Only that place; 'all' for counts of all places together."
)
@click.option(
    "--status", type=click.Choice([JOINED, *COMPARTMENTS]), help="Only members with that status."
)
def people(
    asked: Question,
    day: str,
    group: str | None,
    nationality: str | None,
    place: str | None,
    status: str | None,
) -> None:
    """How many members of groups were where at the end of DAY.

    Each number is an envelope over all histories: "counted" rests on a headcount, "added up"
    is the sum of what was reported, so more may have gone unreported; "mixed" is counted in some
    histories only.
    """
    view, naming = asked.view, asked.naming
    state = view.as_of(day)
    wanted = {
        "group": group and view.actor(group),
        "nationality": _all_or(nationality, view.nationality),
        "place": _all_or(place, view.place),
        "status": status,
    }
    counts = [
        count
        for count in state.people
        if all(v is None or v == (getattr(count.key, k) or _ALL) for k, v in wanted.items())
    ]
    asked.echo.update({"day": state.day.isoformat(), **wanted})
    asked.tell_withheld(asked.withheld_of(HeadcountObserved, PeopleMoved))
    groups = sorted({naming.actor(count.key.group) for count in counts})
    of_whom = f"People of {groups[0]}" if len(groups) == 1 else "People"
    columns = people_columns(counts)
    ordinal = state.day.toordinal()
    asked.answer(
        heading=f"{of_whom} as of {state.day.isoformat()}",
        columns=columns,
        rows=[count_row(naming, count, columns, ordinal) for count in counts],
        json={"counts": [_json(naming, count) for count in counts]},
        header=_CSV.split(),
        records=[_record(naming, count) for count in counts],
        none="Nothing is reported of such people in this view; that is not zero.",
    )


_ALL = "all"


def _all_or(name: str | None, resolve: Any) -> str | None:
    return name if name is None or name == _ALL else str(resolve(name))
