"""The SQL views in a log's file, column by column, and the rows that the library keeps for them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from conflict_timeline.exporters.claims import CLAIMS
from conflict_timeline.exporters.columns import Column, Progress, TableSpec, Type
from conflict_timeline.exporters.states import SPANS
from conflict_timeline.exporters.tables import table
from conflict_timeline.log.read_models import SPAN_COLUMNS
from conflict_timeline.timeline import Timeline

__all__ = ["VIEWS", "write_tables"]

_SHARED = ("position", "id", "source", "publisher", "reliability", "claimant", "credibility")
_DATES = ("edtf", "earliest", "latest")
_PEOPLE = "people"


def _claims(*names: str) -> tuple[Column, ...]:
    return tuple(CLAIMS.column(name) for name in names)


_CLAIMS = TableSpec(
    "claims",
    "What was claimed, by whom, when",
    "One row a claim. What stands retracted or corrected as known now is left out. Places and "
    "actors are as claimed: merges of records are not applied.",
    (
        *(c for c in CLAIMS.columns if c.name not in ("known_earliest", "wording", "event")),
        Column("event", Type.EVENT, "The claim whole: canonical JSON, or what is left of it."),
    ),
)

_HEADCOUNTS = TableSpec(
    "headcounts",
    "How many were counted, as claimed",
    "One row a claim that counts people; not what follows from all of them for a day.",
    (
        *_claims(*_SHARED, "group_id", "status", "nationality", "place", *_DATES, "known"),
        Column("low", Type.INTEGER, "The least; null is open.", _PEOPLE),
        Column("best", Type.INTEGER, "The best estimate; null if there is none.", _PEOPLE),
        Column("high", Type.INTEGER, "The most; null is open.", _PEOPLE),
        Column("wording", Type.TEXT, "The source's own words for the number, where kept."),
        *_claims("occurrence", "note"),
    ),
)

_INCIDENTS = TableSpec(
    "incidents",
    "What happened, as claimed",
    "One row a claim of an incident; several may report one: see occurrence.",
    (
        *_claims(*_SHARED),
        Column("kind", Type.KEY, "What it was."),
        *_claims("place", *_DATES, "until_earliest", "until_latest", "known"),
        Column("parties", Type.KEYS, "Actor ids of those who took part: JSON."),
        Column("targets", Type.KEYS, "Actor ids of those it was directed at: JSON."),
        Column("fatalities_low", Type.INTEGER, "In all; null is open or not said.",
               _PEOPLE),
        Column("fatalities_best", Type.INTEGER, "Likewise.", _PEOPLE),
        Column("fatalities_high", Type.INTEGER, "Likewise.", _PEOPLE),
        Column("fatalities", Type.QUANTITIES, "Deaths by party, as claimed: JSON.", _PEOPLE),
        *_claims("occurrence", "note"),
    ),
)  # fmt: skip

_SPANS = TableSpec(
    "control_spans",
    "Who held what, span by span",
    "One row a place and span of days with one answer, worked out by the library.",
    (
        *(SPANS.column(name) for name in SPAN_COLUMNS),
        Column("computed_at", Type.INTEGER, "The log position at which it was worked out."),
        Column("is_current", Type.BOOLEAN, "1 if that is the last position; else make it anew."),
    ),
)

#: The views, as ``docs/reference/sql-views.md`` has them. Lists in them are JSON, booleans 0 or 1.
VIEWS: dict[str, TableSpec] = {
    spec.name: spec for spec in (_CLAIMS, _HEADCOUNTS, _INCIDENTS, _SPANS)
}


def write_tables(timeline: Timeline, *, language: str = "en", progress: Progress = iter) -> int:
    """Puts the SQL views into the log's file, and the spans of ``control_spans`` as of now.

    Args:
        timeline: of a log in an SQLite file that can be written to.
        language: of names.
        progress: wraps the places, to show how far it got.

    Returns:
        The log position that the spans are of.

    Raises:
        LogError: if the log is kept elsewhere, or cannot be written.
    """
    view = timeline.view()
    spans = table("control_spans", view, language=language, progress=progress)
    rows = (tuple(_plain(row[name]) for name in SPAN_COLUMNS) for row in spans.dicts())
    timeline.keep_spans(rows, position=view.position)
    return view.position


def _plain(value: Any) -> Any:
    """A value as an SQLite file holds it."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else value
