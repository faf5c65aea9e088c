"""Answers as the plain values that rows hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pendulum

from conflict_timeline.codec import encode
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, from_ordinal
from conflict_timeline.events import Actor, Event, Place
from conflict_timeline.projections.control import Shown
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen

__all__ = ["canonical_text", "day", "holding", "holdings", "ids", "names", "quantities", "sources"]


def day(ordinal: int) -> pendulum.Date | None:
    """The day of an ordinal; None where open."""
    return None if ordinal <= OPEN_PAST or ordinal >= OPEN_FUTURE else from_ordinal(ordinal)


def holding(shown: Shown) -> list[str] | None:
    """Actor ids in order; None is unknown."""
    return None if shown is None else sorted(shown)


def holdings(shown: Iterable[Shown]) -> list[list[str] | None]:
    """Holdings in order, unknown last."""
    return sorted(map(holding, shown), key=lambda h: (h is None, h or []))


def quantities(by: Mapping[str, Quantity]) -> list[dict[str, Any]]:
    """Quantities by actor or party, in order of it."""
    return [
        {"of": of, "low": by[of].low, "best": by[of].best, "high": by[of].high} for of in sorted(by)
    ]


def names(record: Place | Actor) -> list[dict[str, str]]:
    """All names with their languages, those to show first in each."""
    return [
        {"language": language, "name": name}
        for language, given in record.names.items()
        for name in given
    ]


def ids(claims: Iterable[Seen]) -> list[str]:
    """The ids of claims, in the order given."""
    return [seen.id for seen in claims]


def sources(claims: Iterable[Seen]) -> list[str]:
    """The ids of the sources that claims stand in, each once, in order."""
    return sorted({seen.source.id for seen in claims})


def canonical_text(event: Event) -> str | None:
    """The canonical JSON of an event: what its id is the hash of; None if that was redacted."""
    data = encode(event)
    if hashlib.sha256(data).hexdigest() != event.content_id:
        return None
    return data.decode("utf-8")
