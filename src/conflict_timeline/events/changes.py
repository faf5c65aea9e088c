"""Changes of mind: claims taken back or put right. They work from their own known day on."""

from __future__ import annotations

import attrs

from conflict_timeline.errors import EventError, shown
from conflict_timeline.events import fields
from conflict_timeline.events.base import Claim, Statement

__all__ = ["CORRECTION_KINDS", "Corrected", "Retracted"]

CORRECTION_KINDS = ("clerical_error", "source_correction", "rereading", "new_evidence")


def _claim(value: Claim) -> Claim:
    if not isinstance(value, Claim):
        raise EventError(f"expected a claim that replaces the target, got {shown(value)}")
    return value


def _kind(value: str) -> str:
    return fields.one_of(value, CORRECTION_KINDS)


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
