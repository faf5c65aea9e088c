"""Changes of mind: claims taken back or put right, records found to be one.

They work from their own known day on.
"""

from __future__ import annotations

import attrs

from conflict_timeline.errors import EventError, shown
from conflict_timeline.events import fields
from conflict_timeline.events.base import Claim, Statement

__all__ = ["CORRECTION_KINDS", "MERGED_KINDS", "Corrected", "RecordsMerged", "Retracted"]

CORRECTION_KINDS = ("clerical_error", "source_correction", "rereading", "new_evidence")
MERGED_KINDS = ("place", "actor")


def _claim(value: Claim) -> Claim:
    if not isinstance(value, Claim):
        raise EventError(f"expected a claim that replaces the target, got {shown(value)}")
    return value


def _kind(value: str) -> str:
    return fields.one_of(value, CORRECTION_KINDS)


def _what(value: str) -> str:
    return fields.one_of(value, MERGED_KINDS)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Retracted(Statement):
    """The target no longer stands. A retraction can itself be retracted.

    Attributes:
        target: id of the event taken back.
        reason: why.
    """

    target: str = attrs.field(converter=fields.content_hash)
    reason: str = attrs.field(converter=fields.text)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Corrected(Statement):
    """The target is put right: the replacement stands in its place.

    The replacement is part of this event, so that taking the correction back leaves nothing behind.

    Attributes:
        target: id of the event put right; may be an earlier correction's replacement.
        replacement: the claim as it should have been, with its own id.
        kind: one of ``CORRECTION_KINDS``.
        reason: why, where the kind does not say it all.
    """

    target: str = attrs.field(converter=fields.content_hash)
    replacement: Claim = attrs.field(converter=_claim)
    kind: str = attrs.field(converter=_kind)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class RecordsMerged(Statement):
    """Two records are of one place or actor: claims on either are claims on ``into``.

    It works as a change of mind does; ``Retracted`` of it parts them again. Both records stay in
    the log, and so do the claims as they were made.

    Attributes:
        what: "place" or "actor".
        into: id of the record that stands for both.
        merged: id of the other one.
        reason: why they are one.
    """

    what: str = attrs.field(converter=_what)
    into: str = attrs.field(converter=fields.key)
    merged: str = attrs.field(converter=fields.key)
    reason: str = attrs.field(converter=fields.text)

    def __attrs_post_init__(self) -> None:
        if self.into == self.merged:
            raise EventError(f"merged: expected another id than into, got {self.merged!r} for both")
