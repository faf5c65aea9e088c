"""What a log says of itself: what was redacted in it, and which logs were merged into it.

These are no statements of a source. They work in every view, whatever it asks for.
"""

from __future__ import annotations

import attrs

from conflict_timeline.errors import EventError, shown
from conflict_timeline.events import fields
from conflict_timeline.events.base import Event, known_as
from conflict_timeline.events.changes import Corrected

__all__ = ["Erased", "Keeping", "LogMerged", "Redacted"]


@attrs.frozen(kw_only=True)
class Keeping(Event):
    """Root of what a log says of itself."""


def _instead(value: Event | None) -> Event | None:
    if value is None or (isinstance(value, Event) and not isinstance(value, Keeping)):
        return value
    raise EventError(f"expected what the target reads as from now on, got {shown(value)}")


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Redacted(Keeping):
    """The bytes of the target are erased: a source in danger, a name that must not be here.

    Its position, id and instant of recording stay, so that tree, proofs and checkpoints hold. In
    every view the target reads as ``instead``, or is gone. This event itself cannot be redacted, so
    neither the reason nor ``instead`` may tell what had to go.

    Attributes:
        target: id of the event whose bytes are erased.
        reason: why; views show it.
        instead: what is left of the target: the same claim or record without what must go. None
            if nothing is; then it must be a claim, since answers rest on everything else.
        replacement: id of the replacement in the target, where that is a ``Corrected``: it keeps
            its id, whatever it reads as.
    """

    target: str = attrs.field(converter=fields.content_hash)
    reason: str = attrs.field(converter=fields.text)
    instead: Event | None = attrs.field(default=None, converter=_instead)
    replacement: str | None = attrs.field(default=None, converter=fields.content_hash_or_none)

    def reads_as(self) -> Event:
        """What the target reads as, under the ids that it had; ``Erased`` if nothing is left."""
        if self.instead is None:
            return Erased()
        event = attrs.evolve(self.instead)  # a copy: the id is the target's in this place only
        if isinstance(event, Corrected) and self.replacement is not None:
            event = attrs.evolve(event, replacement=attrs.evolve(event.replacement))
            known_as(event.replacement, self.replacement)
        known_as(event, self.target)
        return event


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class LogMerged(Keeping):
    """Another log was merged into this one, up to a size; its positions and instants are kept.

    Attributes:
        log: identity of the other log, 32 hex digits.
        size: how many entries it had.
        root: hash of its tree (RFC 9162), 64 hex digits.
    """

    log: str = attrs.field(converter=fields.log_identity)
    size: int = attrs.field(converter=fields.whole)
    root: str = attrs.field(converter=fields.content_hash)


@attrs.frozen(kw_only=True)
class Erased(Keeping):
    """Stands where an entry was erased and nothing was left of it; it is never recorded."""
