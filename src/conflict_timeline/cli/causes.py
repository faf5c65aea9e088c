"""The claims and changes of mind that made an answer another, as JSON."""

from __future__ import annotations

from typing import Any

from conflict_timeline.cli.machine import (
    claim_json,
    day_json,
)
from conflict_timeline.codec import kind_of
from conflict_timeline.events import RecordsMerged
from conflict_timeline.telling import reason_of
from conflict_timeline.timeline.causes import Cause
from conflict_timeline.view import Seen

__all__ = ["cause_json", "cause_source"]


def cause_json(cause: Cause) -> dict[str, Any]:
    """One cause: a claim, or a change of mind with what it aims at."""
    if isinstance(cause, Seen):
        return claim_json(cause)
    event = cause.event
    return {
        "id": cause.id,
        "kind": kind_of(event),
        "source": event.source,
        "target": None if isinstance(event, RecordsMerged) else event.target,
        "into": event.into if isinstance(event, RecordsMerged) else None,
        "merged": event.merged if isinstance(event, RecordsMerged) else None,
        "reason": reason_of(event),
        "known": day_json(cause.known),
    }


def cause_source(cause: Cause) -> str:
    """The id of the source it stands in."""
    return cause.source.id if isinstance(cause, Seen) else cause.event.source
