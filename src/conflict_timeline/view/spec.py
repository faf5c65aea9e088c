"""Which events a question may see: the axes of a view."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

import attrs

from conflict_timeline.dates import day
from conflict_timeline.errors import AxisError, shown
from conflict_timeline.events import Event, Source

__all__ = ["RELIABILITIES", "Logged", "ViewSpec", "instant"]

#: Admiralty grades from what is believed least; F, and no grade, cannot be judged.
RELIABILITIES = "FEDCBA"


class Logged(Protocol):
    """An event as a log gives it."""

    @property
    def position(self) -> int:
        """Its place in the log, from 1."""
        ...

    @property
    def recorded(self) -> str:
        """The UTC instant of recording, ISO 8601."""
        ...

    @property
    def first_recorded(self) -> str:
        """The earliest instant at which any log that was merged into it recorded it."""
        ...

    @property
    def id(self) -> str:
        """The event's id."""
        ...

    @property
    def event(self) -> Event:
        """The event."""
        ...


def instant(value: object) -> str:
    """A recorded instant as logs write it: UTC, ISO 8601, microseconds, Z.

    Raises:
        AxisError: for what is not an instant with a time zone.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    # A text without a zone is no instant: pendulum would take it for UTC, which nobody said.
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise AxisError(
            "at: expected a log position or an instant with its time zone, as in "
            f"'2017-10-19T12:00:00Z', got {shown(value)}"
        )
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _at(value: object) -> int | str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise AxisError(f"at: expected a log position from 0, got {value}")
        return value
    return instant(value)


def _known_by(value: Any) -> int | None:
    return None if value is None else day(value, "known_by").toordinal()


def _sources(value: Iterable[str] | str | None) -> frozenset[str] | None:
    if value is None:
        return None
    return frozenset([value]) if isinstance(value, str) else frozenset(value)


def _reliability(value: str | None) -> str | None:
    if value is not None and (len(value) != 1 or value not in RELIABILITIES):
        raise AxisError(f"min_reliability: expected one letter from A to F, got {shown(value)}")
    return value


@attrs.frozen(kw_only=True)
class ViewSpec:
    """Which events a question may see.

    Attributes:
        known_by: an ordinal; only what was published by that day. None for all.
        at: a log position, or an instant; only what was recorded by then. None for all.
        sources: only claims that stand in these; None for all.
        min_reliability: only claims of sources graded at least so; F is the least.
    """

    known_by: int | None = attrs.field(default=None, converter=_known_by)
    at: int | str | None = attrs.field(default=None, converter=_at)
    sources: frozenset[str] | None = attrs.field(default=None, converter=_sources)
    min_reliability: str | None = attrs.field(default=None, converter=_reliability)

    def admits(self, entry: Logged) -> bool:
        """Whether the entry was recorded in time."""
        if self.at is None:
            return True
        return entry.position <= self.at if isinstance(self.at, int) else entry.recorded <= self.at

    def trusts(self, source: Source) -> bool:
        """Whether the source is graded well enough."""
        least = self.min_reliability
        grade = RELIABILITIES.index(source.reliability or "F")
        return least is None or grade >= RELIABILITIES.index(least)
