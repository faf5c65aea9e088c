"""Answers for machines: JSON with stable keys, and CSV that no spreadsheet takes for a formula.

JSON: one object a command; ``question`` repeats the axes in force. Actors, places, sources and
claims go by their ids, with names beside. A holding is a sorted list of actor ids. ``null`` is
unknown or open, never zero and never no; days are ISO 8601. CSV: a header and one row an answer;
lists are joined by semicolons, the actors of one holding by a plus sign; an empty cell is what null
is in JSON.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from conflict_timeline.codec import kind_of
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When, from_ordinal
from conflict_timeline.exporters.spreadsheets import guarded
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen

__all__ = [
    "account_json",
    "claim_json",
    "csv_holding",
    "csv_holdings",
    "csv_quantity",
    "day_json",
    "holding_json",
    "holdings_json",
    "quantity_json",
    "safe_cell",
    "when_json",
    "write_csv",
    "write_json",
]

_LIST = ";"

Shown = frozenset[str] | None


def write_json(value: Mapping[str, Any], *, indent: int | None = 2) -> None:
    """Writes one object, its keys in the order given.

    Args:
        value: the object.
        indent: of what lies within it; None for one line.
    """
    # A stream that is not UTF-8 gets escapes, so that nothing is lost.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    ascii_only = encoding.lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, indent=indent))


def write_csv(header: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> None:
    """Writes a header and rows (RFC 4180, lines ended by LF); lists are joined by semicolons.

    Args:
        header: the names of the columns; None where they were written before.
        rows: the rows.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header is not None:
        writer.writerow(header)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    click.echo(text.getvalue(), nl=False)


def safe_cell(value: object) -> str:
    """A value as a CSV cell; what a spreadsheet would run as a formula gets an apostrophe.

    The rule is that of exported tables; see ``exporters.spreadsheets``.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return safe_cell(_LIST.join(str(item) for item in value))
    return guarded(str(value))


def day_json(ordinal: int) -> str | None:
    """A day as ISO text; None where open."""
    if ordinal <= OPEN_PAST or ordinal >= OPEN_FUTURE:
        return None
    return from_ordinal(ordinal).isoformat()


def when_json(when: When | None) -> dict[str, str | None] | None:
    """The bounds of a When as ISO text, None where open, and its EDTF text."""
    if when is None:
        return None
    return {
        "earliest": None if when.earliest is None else when.earliest.isoformat(),
        "latest": None if when.latest is None else when.latest.isoformat(),
        "edtf": when.edtf,
    }


def quantity_json(quantity: Quantity) -> dict[str, Any]:
    """Low, best and high; None is open, which is not zero."""
    return {"low": quantity.low, "best": quantity.best, "high": quantity.high}


def holding_json(holding: Shown) -> list[str] | None:
    """Actor ids in order; None is unknown."""
    return None if holding is None else sorted(holding)


def holdings_json(holdings: Iterable[Shown]) -> list[list[str] | None]:
    """Holdings in order, unknown last."""
    return sorted((holding_json(h) for h in holdings), key=lambda h: (h is None, h or []))


def account_json(key: AccountKey) -> dict[str, str | None]:
    """What an account counts, by ids; None is all."""
    return {
        "group": key.group,
        "status": key.status,
        "nationality": key.nationality,
        "place": key.place,
    }


def csv_holding(holding: Shown) -> str:
    """A holding as a CSV cell: its actors joined by plus signs."""
    return "unknown" if holding is None else "+".join(sorted(holding))


def csv_holdings(holdings: Iterable[Shown]) -> list[str]:
    """Holdings as a list of CSV texts, unknown last."""
    return ["unknown" if h is None else "+".join(h) for h in holdings_json(holdings)]


def csv_quantity(quantity: Quantity) -> str:
    """A quantity as one CSV text: a number, or low..best..high with what is open left out."""
    if quantity.is_exact:
        return str(quantity.best)
    parts = (quantity.low, quantity.best, quantity.high)
    return "" if quantity.is_open else "..".join("" if n is None else str(n) for n in parts)


def claim_json(seen: Seen) -> dict[str, Any]:
    """One claim: what it is, where it stands, and how far it is to be believed."""
    claim, source = seen.claim, seen.source
    return {
        "id": seen.id,
        "kind": kind_of(claim),
        "source": source.id,
        "source_title": source.title,
        "publisher": source.publisher,
        "claimant": claim.claimant,
        "reliability": source.reliability,
        "credibility": claim.credibility,
        "when": when_json(claim.when),
        "first": day_json(seen.first),
        "last": day_json(seen.last),
        "known": day_json(seen.known),
        "known_from": seen.known_from,
        "correction": seen.correction,
        "paragraph": None if claim.locator is None else claim.locator.paragraph,
        "note": claim.note,
    }
