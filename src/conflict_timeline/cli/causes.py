"""The claims and changes of mind that made an answer another, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conflict_timeline.cli.machine import (
    claim_json,
    day_json,
)
from conflict_timeline.cli.words import (
    Naming,
    plain,
    said_by,
)
from conflict_timeline.codec import kind_of
from conflict_timeline.events import Corrected, RecordsMerged, Retracted
from conflict_timeline.timeline.causes import Cause
from conflict_timeline.view import Seen

__all__ = ["because", "cause_json", "cause_source", "cause_text"]

_SHOWN = 3  # so many reports are named where many made an answer another


def because(naming: Naming, causes: Sequence[Cause], *, with_claims: bool = False) -> str:
    """The first few causes in words, and how many more there are."""
    texts = [*dict.fromkeys(cause_text(naming, cause, with_claims) for cause in causes)]
    more = len(texts) - _SHOWN
    return "; ".join(texts if more < 2 else [*texts[:_SHOWN], f"and {more} more"]) or "–"


def cause_text(naming: Naming, cause: Cause, with_claims: bool) -> str:
    """One cause in words: who said it, and with the claim if asked for."""
    if isinstance(cause, Seen):
        said = said_by(cause)
        return f"{naming.claim(cause.claim)}: {said}" if with_claims else said
    event = cause.event
    what = kind_of(event)
    if isinstance(event, RecordsMerged):
        what = f"{event.merged} merged into {event.into}"
    return f"{what} by {event.source}: {_reason(event)}"


def _reason(event: Retracted | Corrected | RecordsMerged) -> str:
    return event.reason or (plain(event.kind) if isinstance(event, Corrected) else "")


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
        "reason": _reason(event),
        "known": day_json(cause.known),
    }


def cause_source(cause: Cause) -> str:
    """The id of the source it stands in."""
    return cause.source.id if isinstance(cause, Seen) else cause.event.source
