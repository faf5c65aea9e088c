"""The columns of an entry that index its bytes: what a store may be asked by."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import attrs

from conflict_timeline.codec import CLASSES, kind_of
from conflict_timeline.dates import When
from conflict_timeline.events import Claim, Event, Source, Statement

__all__ = [
    "ERASED",
    "MERGED",
    "REDACTED",
    "SUBJECTS",
    "Columns",
    "Values",
    "columns_of",
    "values_of",
]

#: What ``kind`` says of an entry whose bytes are gone, and of the event that allowed it.
ERASED, REDACTED = "erased", "redacted"

#: The kind that tells of a merged log.
MERGED = "log-merged"

#: The field that says, for each kind, what an event is chiefly about; None where no one thing is.
SUBJECTS: dict[str, str | None] = {
    "source": "id",
    "place": "id",
    "actor": "id",
    "control-changed": "place",
    "control-observed": "place",
    "people-moved": "group",
    "headcount-observed": "group",
    "incident": "place",
    "figure-observed": "measure",
    "alliance-observed": None,
    "forecast": "place",
    "retracted": "target",
    "corrected": "target",
    "records-merged": "merged",
    REDACTED: "target",
    MERGED: "log",
}


#: kind, known, earliest, latest, subject.
Values = tuple[str, str | None, str | None, str | None, str | None]


@attrs.frozen
class Columns:
    """What a store keeps beside an event's bytes. All of it follows from them.

    Attributes:
        kind: wire name.
        known: last day of the event's own ``known``, of a Source its last day of publication; None
            where that is open or not given (then the source's counts, which the log does not know).
        earliest, latest: bounds of ``when``; None where open, or where the event has none.
        subject: place, group, measure, target, merged or id: see ``SUBJECTS``.
    """

    kind: str
    known: str | None
    earliest: str | None
    latest: str | None
    subject: str | None


def columns_of(event: Event) -> Columns:
    """The columns of an event; days as ISO text.

    Raises:
        EventError: if it is none that this library writes.
    """
    return Columns(*values_of(event))


def values_of(event: Event) -> Values:
    """The same as a plain tuple, in the order of ``Columns``: a row is made of it."""
    plan = _PLANS.get(type(event))
    if plan is None:
        kind_of(event)
        raise AssertionError("every kind has its columns")
    kind, known, when, subject = plan
    earliest, latest = _bounds(event.when) if when else (None, None)  # type: ignore[attr-defined]
    published = getattr(event, known) if known is not None else None
    return (
        kind,
        None if published is None else _bounds(published)[1],
        earliest,
        latest,
        getattr(event, subject) if subject is not None else None,
    )


@lru_cache(maxsize=8192)
def _bounds(when: When) -> tuple[str | None, str | None]:
    return _iso(when.earliest), _iso(when.latest)


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _known_field(cls: type[Event]) -> str | None:
    if issubclass(cls, Source):
        return "published"
    return "known" if issubclass(cls, Statement) else None


# What is read of each class: kind, the field of its known day, whether it has ``when``, subject.
_PLANS = {
    cls: (kind, _known_field(cls), issubclass(cls, Claim), SUBJECTS[kind])
    for kind, cls in CLASSES.items()
}
