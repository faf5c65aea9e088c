"""Metadata for Datasette: what the views of a log mean, column by column."""

from __future__ import annotations

from typing import Any

from conflict_timeline.exporters.columns import TableSpec
from conflict_timeline.exporters.sql import VIEWS
from conflict_timeline.exporters.tables import DISCLAIMER

__all__ = ["metadata"]

_FACETS = {
    "claims": ["kind", "source"],
    "headcounts": ["group_id", "status", "nationality"],
    "incidents": ["kind", "place"],
    "control_spans": ["status", "holder"],
}

#: What holds the log itself, and is told to be no place to look first.
_INNER = ("kept", "kept_spans", "kept_replacements", "nodes", "history_entries", "histories",
          "log_identity", "checkpoints")  # fmt: skip


def metadata(database: str) -> dict[str, Any]:
    """What Datasette shows of a log.

    Args:
        database: what Datasette calls it: the file's name without its ending.
    """
    views = {name: _described(spec) for name, spec in VIEWS.items()}
    inner = {name: {"hidden": True} for name in _INNER}
    events = {
        "title": "The log itself",
        "description": "Every entry as it was recorded, retracted or not. Only position, recorded "
        "and body carry information.",
    }
    return {
        "title": "Reports of a conflict, and who says so",
        "description": DISCLAIMER,
        "about": "conflict_timeline",
        "databases": {
            database: {"description": DISCLAIMER, "tables": {**views, "events": events, **inner}}
        },
    }


def _described(spec: TableSpec) -> dict[str, Any]:
    return {
        "title": spec.title,
        "description": spec.meaning,
        "facets": _FACETS[spec.name],
        "columns": {
            # Datasette's own "units" knows those of physics only.
            column.name: column.meaning + (f" In {column.unit}." if column.unit else "")
            for column in spec.columns
        },
    }
