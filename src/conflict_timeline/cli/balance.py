"""Questions to the ledger of people: what balances, what is unaccounted for, what cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import claim_json, quantity_json
from conflict_timeline.cli.tables import Cell, Column, Styled, hanging, render, screen_width
from conflict_timeline.events import HeadcountObserved, PeopleMoved
from conflict_timeline.projections.balance import BalanceRow, BalanceSheet
from conflict_timeline.projections.contradictions import Contradiction
from conflict_timeline.words import Naming, amount, plain, quantity_text, said_by, sources, window

__all__ = ["balance", "balance_text", "contradictions"]


# ---- balance ------------------------------------------------------------------------------------


@click.command(short_help="Every status of a group, and who is unaccounted for.")
@question
@click.argument("day", metavar="DAY")
@click.argument("group", metavar="GROUP")
@click.option(
    "--nationality",
    metavar="COUNTRY",
    help="Only that nationality: a country's name or ISO code; all together, if not given.",
)
def balance(asked: Question, day: str, group: str, nationality: str | None) -> None:
    """The members of GROUP at the end of DAY: every status, and how many are unaccounted for.

    What nobody reported is narrowed by what was: everyone who joined is in one status, and a total
    is at least the sum of its parts.
    """
    naming = asked.naming
    state = asked.view.as_of(day)
    sheet = state.people.balance(group, nationality)
    asked.echo.update(day=state.day.isoformat(), group=sheet.group, nationality=sheet.nationality)
    asked.tell_withheld(asked.withheld_of(HeadcountObserved, PeopleMoved))
    told = any(row.low is not None or row.high is not None for row in sheet.rows)
    whose = f"{naming.actor(sheet.group)}, {naming.whose(sheet.nationality, None)}"
    asked.answer(
        heading=f"Balance of {whose}, as of {state.day.isoformat()}",
        body=lambda: _sheet_text(sheet),
        json=_sheet_json(naming, sheet),
        header=_BALANCE_CSV.split(),
        records=_records(sheet) if told else [],
        none="Nothing is reported of such people in this view; that is not zero.",
    )


_BALANCE_COLUMNS = (
    Column("Status"),
    Column("Number", least=14),
    Column("As reported", least=14),
    Column("Sources", least=12),
)
_BALANCE_CSV = "group nationality status low best high reported narrowed sources evidence"


def _row(row: BalanceRow) -> list[Cell]:
    number: Cell = amount(row.low, row.best, row.high)
    count = row.count
    told: Cell = Styled("not reported", dim=True)
    if row.reported:
        told = quantity_text(count.quantity)
    elif row.evidence:
        told = Styled("only who left", dim=True)
    return [plain(row.status), number, told, sources(row.evidence) or "–"]


def balance_text(sheet: BalanceSheet) -> str:
    """The reported numbers of a balance and what they leave, in a sentence."""
    told = [
        f"{quantity_text(row.quantity)} {plain(row.status)}" for row in sheet.rows if row.reported
    ]
    return f"{', '.join(told)}; {quantity_text(sheet.unaccounted)} unaccounted for"


def _sheet_text(sheet: BalanceSheet) -> str:
    width = screen_width()
    lines = [render(_BALANCE_COLUMNS, [_row(row) for row in sheet.rows], width), ""]
    lines.append(hanging(Styled("Unaccounted for  ", dim=True), _unaccounted(sheet), width))
    if sheet.contradictory:
        told = (
            "the reports cannot all be true, so the numbers are as reported; the command "
            "'contradictions' says which"
        )
        lines.append(hanging(Styled("Contradictory    ", dim=True), Styled(told, "red"), width))
    if not sheet.settled:
        told = "the search was ended early: the bounds hold, but may not be the narrowest"
        lines.append(hanging(Styled("Not narrowed     ", dim=True), told, width))
    for number, text in enumerate(sheet.assumptions):
        lead = "Assumed          " if number == 0 else " " * 17
        lines.append(hanging(Styled(lead, dim=True), text, width))
    return "\n".join(lines)


def _unaccounted(sheet: BalanceSheet) -> str:
    """How many are unaccounted for, and of how many."""
    if not sheet.joined.reported:
        return "cannot be told: nobody reported how many joined"
    text = quantity_text(sheet.unaccounted)
    return f"{text}, of {quantity_text(sheet.joined.quantity)} who joined"


def _row_json(row: BalanceRow) -> dict[str, Any]:
    count = row.count
    return {
        "status": row.status,
        **quantity_json(row.quantity),
        "reported": row.reported,
        "narrowed": row.narrowed,
        "count": {
            **quantity_json(count.quantity),
            "basis": count.basis,
            "certainty": count.certainty,
        },
        "evidence": [claim_json(seen) for seen in row.evidence],
    }


def _sheet_json(naming: Naming, sheet: BalanceSheet) -> dict[str, Any]:
    return {
        "group": sheet.group,
        "group_name": naming.actor(sheet.group),
        "nationality": sheet.nationality,
        "nationality_name": sheet.nationality and naming.country(sheet.nationality),
        "rows": [_row_json(row) for row in sheet.rows],
        "unaccounted": quantity_json(sheet.unaccounted),
        "contradictory": sheet.contradictory,
        "settled": sheet.settled,
        "assumptions": list(sheet.assumptions),
    }


def _records(sheet: BalanceSheet) -> list[list[object]]:
    """A record a status, and one of what is unaccounted for."""
    whose = (sheet.group, sheet.nationality)
    left = sheet.unaccounted
    rows: list[list[object]] = [
        [
            *whose,
            row.status,
            *(row.low, row.best, row.high),
            *(row.reported, row.narrowed),
            sorted({seen.source.id for seen in row.evidence}),
            [seen.id for seen in row.evidence],
        ]
        for row in sheet.rows
    ]
    return [*rows, [*whose, "unaccounted", left.low, left.best, left.high, False, None, [], []]]


# ---- contradictions -----------------------------------------------------------------------------


@click.command(short_help="Which reports of people cannot all be true.")
@question
@click.argument("day", metavar="DAY")
@click.option("--group", metavar="NAME", help="Only of that group's members (name or id).")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many to look for.",
)
def contradictions(asked: Question, day: str, group: str | None, limit: int) -> None:
    """Reports of people, up to the end of DAY, that do not fit together.

    Each is a smallest set of claims: without any one of them the others fit. "Impossible" are
    claims that cannot all be true, "strained" those of which only the best numbers do not balance.
    """
    naming = asked.naming
    state = asked.view.as_of(day)
    of = None if group is None else asked.view.actor(group)
    found = state.people.contradictions(of, limit)
    asked.echo.update(day=state.day.isoformat(), group=of, limit=limit)
    asked.tell_withheld(asked.withheld_of(HeadcountObserved, PeopleMoved))
    asked.answer(
        heading=f"Contradictions as of {state.day.isoformat()}: {len(found)}",
        body=lambda: "\n\n".join(_paragraphs(naming, found)),
        json={"contradictions": [_contradiction_json(naming, item) for item in found]},
        header=_CONTRADICTION_CSV.split(),
        records=[_contradiction_record(item) for item in found],
        none="No reports of people in this view contradict each other.",
    )


_CONTRADICTION_CSV = "kind group gap sentence equation sources claims"
_CLAIM_COLUMNS = (
    Column("When", least=13),
    Column("Claim", least=24),
    Column("Who says it", least=20),
)


def _paragraphs(naming: Naming, found: Sequence[Contradiction]) -> Iterator[str]:
    width = screen_width()
    for number, item in enumerate(found, 1):
        lead = f"{number}. "
        colour = "red" if item.kind == "impossible" else "yellow"
        lines = [
            f"{lead}{click.style(item.kind, fg=colour)}, by {item.gap:,}",
            hanging(" " * len(lead), item.sentence, width),
            hanging(" " * len(lead), item.equation, width),
        ]
        rows: list[list[Cell]] = [
            [window(seen.first, seen.last), naming.claim(seen.claim), said_by(seen)]
            for seen in item.claims
        ]
        table = render(_CLAIM_COLUMNS, rows, width - len(lead))
        lines += ["", *(f"{' ' * len(lead)}{line}".rstrip() for line in table.split("\n"))]
        if item.assumptions:
            lines.append("")
        for at, text in enumerate(item.assumptions):
            first = "Assumed  " if at == 0 else " " * 9
            lines.append(hanging(Styled(" " * len(lead) + first, dim=True), text, width))
        yield "\n".join(lines)


def _contradiction_json(naming: Naming, item: Contradiction) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "group": item.group,
        "group_name": naming.actor(item.group),
        "sentence": item.sentence,
        "equation": item.equation,
        "gap": item.gap,
        "claims": [claim_json(seen) for seen in item.claims],
        "assumptions": list(item.assumptions),
    }


def _contradiction_record(item: Contradiction) -> list[object]:
    return [
        item.kind,
        item.group,
        item.gap,
        item.sentence,
        item.equation,
        [source.id for source in item.sources],
        [seen.id for seen in item.claims],
    ]
