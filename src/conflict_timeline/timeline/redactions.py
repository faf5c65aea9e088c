"""What was redacted in a log: that it was, when and why, and never what."""

from __future__ import annotations

import attrs

from conflict_timeline.events import Redacted
from conflict_timeline.log import Store
from conflict_timeline.log.columns import REDACTED

__all__ = ["Redaction", "redactions"]


@attrs.frozen
class Redaction:
    """One event whose bytes were erased.

    Attributes:
        position, id: the event's place in the log, and its id.
        reason: why, in the words of who did it.
        recorded: the instant at which the redaction was recorded.
        left: whether something is left that stands in its place.
    """

    position: int
    id: str
    reason: str
    recorded: str
    left: bool


def redactions(store: Store) -> tuple[Redaction, ...]:
    """The redactions of a log, by the positions of what was redacted."""
    found: dict[str, Redaction] = {}
    # Of several of one event that with the least id counts, in every log.
    for entry in sorted(store.of_kind(REDACTED), key=lambda entry: entry.id):
        event, target = entry.event, None
        if isinstance(event, Redacted) and event.target not in found:
            target = store.find(event.target)
        if isinstance(event, Redacted) and target is not None:
            left = event.instead is not None
            found[event.target] = Redaction(
                target.position, event.target, event.reason, entry.recorded, left
            )
    return tuple(sorted(found.values(), key=lambda redaction: redaction.position))
