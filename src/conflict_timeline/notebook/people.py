"""Answers about people as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conflict_timeline.notebook.tables import Table, listed, pairs
from conflict_timeline.projections.balance import BalanceRow, BalanceSheet
from conflict_timeline.projections.contradictions import Contradiction
from conflict_timeline.projections.people import Count
from conflict_timeline.words import (
    NOT_GIVEN,
    Naming,
    amount,
    plain,
    quantity_text,
    said_by,
    sources,
    window,
)

__all__ = ["balance", "balances", "contradiction", "contradictions", "count", "counts"]

_BASES = {"headcount": "counted", "flows": "a sum of what was reported", "none": "no report"}


def count(naming: Naming, found: Count) -> Table:
    """How many there were."""
    _, number, certainty, basis, told = _count(naming, found)
    rows = [("Number", number), ("Certainty", certainty), ("Basis", basis), ("Sources", told)]
    return pairs(naming.account(found.key), rows)


def counts(naming: Naming, found: Iterable[Count]) -> Table:
    """All that was reported of how many."""
    header = ("Whom", "Number", "Certainty", "Basis", "Sources")
    rows = [_count(naming, each) for each in found]
    return Table("How many were where", header, rows, total=len(rows))


def _count(naming: Naming, found: Count) -> Sequence[str]:
    number = amount(found.low, found.best, found.high)
    disordered = " (a source's numbers are out of order)" if found.disordered else ""
    return (
        naming.account(found.key),
        number + disordered,
        found.certainty,
        _BASES.get(found.basis, "counted in some histories only"),
        sources(found.evidence) or "–",
    )


def balance(naming: Naming, found: BalanceSheet) -> Table:
    """Every status, and who is unaccounted for."""
    notes = [f"Unaccounted for: {_unaccounted(found)}"]
    if found.contradictory:
        notes.append("The reports cannot all be true, so the numbers are as reported.")
    if not found.settled:
        notes.append("The search was ended early: the bounds hold, but may not be the narrowest.")
    notes += [f"Assumed: {text}" for text in found.assumptions]
    header = ("Status", "Number", "As reported", "Sources")
    whose = f"{naming.actor(found.group)}, {naming.whose(found.nationality, None)}"
    rows = [_row(row) for row in found.rows]
    return Table(f"Balance: {whose}", header, rows, notes=notes)


def _unaccounted(found: BalanceSheet) -> str:
    text = quantity_text(found.unaccounted)
    return "cannot be told" if text == NOT_GIVEN else text


def _row(row: BalanceRow) -> Sequence[str]:
    told = quantity_text(row.count.quantity) if row.reported else "not reported"
    number = amount(row.low, row.best, row.high)
    return plain(row.status), number, told, sources(row.evidence) or "–"


def balances(naming: Naming, found: Sequence[BalanceSheet]) -> Table:
    """The balances of several groups and nationalities, one a row."""
    statuses = [row.status for row in found[0].rows] if found else []
    rows = (
        (
            f"{naming.actor(sheet.group)}, {naming.whose(sheet.nationality, None)}",
            *(quantity_text(sheet[status].quantity) for status in statuses),
            _unaccounted(sheet),
        )
        for sheet in found
    )
    header = ("Whose", *(plain(status).capitalize() for status in statuses), "Unaccounted for")
    return Table("Balances", header, rows, total=len(found))


def contradiction(naming: Naming, found: Contradiction) -> Table:
    """Claims that do not fit together."""
    rows = [
        (window(seen.first, seen.last), naming.claim(seen.claim), said_by(seen))
        for seen in found.claims
    ]
    notes = [found.equation, *(f"Assumed: {text}" for text in found.assumptions)]
    caption = f"{found.kind.capitalize()}: {found.sentence}"
    return Table(caption, ("When", "Claim", "Who says it"), rows, notes=notes)


def contradictions(naming: Naming, found: Sequence[Contradiction]) -> Table:
    """Several such, one a row."""
    rows = (
        (each.kind, each.sentence, each.equation, listed(dict.fromkeys(map(said_by, each.claims))))
        for each in found
    )
    header = ("Kind", "What does not fit", "Numbers", "Who says it")
    return Table("Contradictions", header, rows, total=len(found))
