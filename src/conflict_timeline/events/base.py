"""What all events share: an event is one immutable entry of the log, known by its content."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import attrs

from conflict_timeline.dates import When
from conflict_timeline.errors import EventError, shown
from conflict_timeline.events import fields

__all__ = ["Claim", "Event", "Locator", "Reference", "Statement", "identify_by", "known_as"]

_identify: Callable[[Event], str] | None = None


def identify_by(function: Callable[[Event], str]) -> None:
    """Sets how ids are made. The codec does, once: values know nothing of how they are stored."""
    global _identify
    _identify = function


@attrs.frozen(kw_only=True, slots=True)
class Event:
    """Root of all events."""

    @cached_property
    def content_id(self) -> str:
        """SHA-256, in hex, of the event's canonical bytes: its identity in every log."""
        if _identify is None:  # pragma: no cover - the package's __init__ loads the codec
            raise RuntimeError("conflict_timeline.codec is not loaded")
        return _identify(self)


def known_as(event: Event, identity: str) -> None:
    """Keeps the id that an event was recorded under, where its bytes are of an older version."""
    object.__setattr__(event, "content_id", identity)


@attrs.frozen(kw_only=True)
class Reference(Event):
    """Root of Source, Place and Actor: this log's own records, not claims about the world."""


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Locator:
    """Where in its source a claim stands.

    Attributes:
        paragraph: 1-based number among the text's non-blank lines.
        sha256: of the paragraph with white space folded (see ``documents.paragraphs``).
    """

    paragraph: int = attrs.field(converter=fields.whole)
    sha256: str | None = attrs.field(default=None, converter=fields.content_hash_or_none)


def _locator(value: Locator | None) -> Locator | None:
    if value is None or isinstance(value, Locator):
        return value
    raise EventError(f"expected a Locator, got {shown(value)}")


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Statement(Event):
    """Root of what a source says: claims about the world, and changes of mind about claims.

    Attributes:
        source: id of the Source it stands in.
        claimant: who says it, where that is not the publisher ("the SDF", "a US official").
        credibility: Admiralty 1 (confirmed) to 6 (cannot be judged).
        known: publication day or window, where it is not the source's own; the last day counts.
        derived_from: id of the Source that this one took it from; a copy of a copy is one origin.
        locator: where in the source it stands.
        note: the claim in other words, or the analyst's remark.
    """

    source: str = attrs.field(converter=fields.key)
    claimant: str | None = attrs.field(default=None, converter=fields.text_or_none)
    credibility: int | None = attrs.field(default=None, converter=fields.credibility)
    known: When | None = attrs.field(default=None, converter=fields.when_or_none)
    derived_from: str | None = attrs.field(default=None, converter=fields.key_or_none)
    locator: Locator | None = attrs.field(default=None, converter=_locator)
    note: str | None = attrs.field(default=None, converter=fields.text_or_none)

    @property
    def id(self) -> str:
        """The event's identity: see ``content_id``."""
        return self.content_id


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Claim(Statement):
    """Root of claims about the world.

    Attributes:
        when: on some day within it, in valid time.
        occurrence: key of the one happening that several events report; different keys are never
            one happening.
    """

    when: When = attrs.field(converter=fields.when)
    occurrence: str | None = attrs.field(default=None, converter=fields.key_or_none)
