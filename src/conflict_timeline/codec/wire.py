"""The one table of wire names: what an event's kind and version are called in canonical bytes.

Names here are forever: a log written today must decode in twenty years. A class may be renamed or
moved; its row keeps its name. A changed meaning gets a new version and an upcaster.
"""

from __future__ import annotations

from conflict_timeline import events
from conflict_timeline.errors import EventError, shown

__all__ = ["CLASSES", "FIELDS_RENAMED", "KIND_KEY", "VERSIONS", "VERSION_KEY", "kind_of"]

#: The key that carries the kind, and the one that carries the version when it is not 1.
KIND_KEY = "type"
VERSION_KEY = "version"

CLASSES: dict[str, type[events.Event]] = {
    "source": events.Source,
    "place": events.Place,
    "actor": events.Actor,
    "control-changed": events.ControlChanged,
    "control-observed": events.ControlObserved,
    "people-moved": events.PeopleMoved,
    "headcount-observed": events.HeadcountObserved,
    "incident": events.Incident,
    "figure-observed": events.FigureObserved,
    "alliance-observed": events.AllianceObserved,
    "forecast": events.Forecast,
    "retracted": events.Retracted,
    "corrected": events.Corrected,
    "records-merged": events.RecordsMerged,
    "redacted": events.Redacted,
    "log-merged": events.LogMerged,
}

#: The version that each kind is written in; 1 unless it stands here.
VERSIONS: dict[str, int] = {}

#: Attributes that Python's keywords forced another name on.
FIELDS_RENAMED: dict[str, str] = {"from_": "from"}

_KINDS = {cls: kind for kind, cls in CLASSES.items()}


def kind_of(event: events.Event | type[events.Event]) -> str:
    """The wire name of an event or an event class.

    Raises:
        EventError: if it is none that this library writes.
    """
    kind = _KINDS.get(event if isinstance(event, type) else type(event))
    if kind is None:
        raise EventError(f"expected an event, got {shown(event)}")
    return kind
