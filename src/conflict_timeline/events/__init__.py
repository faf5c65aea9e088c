"""The events: what a log records."""

from conflict_timeline.events.base import Claim, Event, Locator, Reference, Statement, identify_by
from conflict_timeline.events.changes import (
    CORRECTION_KINDS,
    MERGED_KINDS,
    Corrected,
    RecordsMerged,
    Retracted,
)
from conflict_timeline.events.claims import (
    COMPARTMENTS,
    EXPECTATIONS,
    INCIDENT_KINDS,
    JOINED,
    OUTSIDE,
    AllianceObserved,
    ControlChanged,
    ControlObserved,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    PeopleMoved,
)
from conflict_timeline.events.keeping import Erased, Keeping, LogMerged, Redacted
from conflict_timeline.events.reference import Actor, Place, Source

__all__ = [
    "COMPARTMENTS",
    "CORRECTION_KINDS",
    "EXPECTATIONS",
    "INCIDENT_KINDS",
    "JOINED",
    "MERGED_KINDS",
    "OUTSIDE",
    "Actor",
    "AllianceObserved",
    "Claim",
    "ControlChanged",
    "ControlObserved",
    "Corrected",
    "Erased",
    "Event",
    "FigureObserved",
    "Forecast",
    "HeadcountObserved",
    "Incident",
    "Keeping",
    "Locator",
    "LogMerged",
    "PeopleMoved",
    "Place",
    "RecordsMerged",
    "Redacted",
    "Reference",
    "Retracted",
    "Source",
    "Statement",
    "identify_by",
]
