"""Dated, sourced, often contradictory reports of a conflict, and what they say of any day.

>>> import conflict_timeline as ct
>>> tl = ct.open(":memory:")
>>> positions = tl.load(ct.corpus("isis"))
>>> sorted(tl.as_of("2017-10-09").territory["Rakka"].best)
['is', 'sdf']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from conflict_timeline.codec import event_id
from conflict_timeline.dates import When
from conflict_timeline.errors import (
    AmbiguousNameError,
    AxisError,
    CitationError,
    ClosedError,
    ConflictTimelineError,
    DateError,
    DecodeError,
    ErasedError,
    EventError,
    Fault,
    InputError,
    LogError,
    LogExistsError,
    LogNotFoundError,
    MissingExtraError,
    NotALogError,
    NotWrittenError,
    OutcomeUnknownError,
    PositionConflictError,
    ProofError,
    QuantityError,
    UnknownNameError,
)
from conflict_timeline.events import (
    Actor,
    AllianceObserved,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Event,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    Locator,
    LogMerged,
    PeopleMoved,
    Place,
    RecordsMerged,
    Redacted,
    Retracted,
    Source,
)
from conflict_timeline.quantities import Quantity

if TYPE_CHECKING:
    from conflict_timeline.corpora import corpus
    from conflict_timeline.log.keys import SigningKey, VerifierKey
    from conflict_timeline.log.proofs import check_proof
    from conflict_timeline.timeline import State, Timeline, View, undump
    from conflict_timeline.timeline import open_timeline as open

__version__ = "0.1.0"

__all__ = [
    "Actor",
    "AllianceObserved",
    "AmbiguousNameError",
    "AxisError",
    "CitationError",
    "Claim",
    "ClosedError",
    "ConflictTimelineError",
    "ControlChanged",
    "ControlObserved",
    "Corrected",
    "DateError",
    "DecodeError",
    "ErasedError",
    "Event",
    "EventError",
    "Fault",
    "FigureObserved",
    "Forecast",
    "HeadcountObserved",
    "Incident",
    "InputError",
    "Locator",
    "LogError",
    "LogExistsError",
    "LogMerged",
    "LogNotFoundError",
    "MissingExtraError",
    "NotALogError",
    "NotWrittenError",
    "OutcomeUnknownError",
    "PeopleMoved",
    "Place",
    "PositionConflictError",
    "ProofError",
    "Quantity",
    "QuantityError",
    "RecordsMerged",
    "Redacted",
    "Retracted",
    "SigningKey",
    "Source",
    "State",
    "Timeline",
    "UnknownNameError",
    "VerifierKey",
    "View",
    "When",
    "check_proof",
    "corpus",
    "event_id",
    "open",
    "undump",
]

# What needs numpy and SQLite is loaded when it is first asked for: making events needs neither.
_LATER = {
    "SigningKey": ("conflict_timeline.log.keys", "SigningKey"),
    "State": ("conflict_timeline.timeline", "State"),
    "Timeline": ("conflict_timeline.timeline", "Timeline"),
    "VerifierKey": ("conflict_timeline.log.keys", "VerifierKey"),
    "View": ("conflict_timeline.timeline", "View"),
    "check_proof": ("conflict_timeline.log.proofs", "check_proof"),
    "corpus": ("conflict_timeline.corpora", "corpus"),
    "open": ("conflict_timeline.timeline", "open_timeline"),
    "undump": ("conflict_timeline.timeline", "undump"),
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LATER[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value
