"""What the index takes from events: read off their canonical bytes, or of the events themselves.

Control claims are most of a log, so the plain ones are read from JSON without making events of
them. Whatever is not plain is decoded, so that a fault is told as it always is.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from conflict_timeline.codec.wire import KIND_KEY, VERSION_KEY, VERSIONS
from conflict_timeline.dates import When
from conflict_timeline.events import ControlChanged, ControlObserved, Event
from conflict_timeline.log import Entry
from conflict_timeline.projections.holdings import Move

__all__ = ["ControlFact", "fact_of", "fact_of_claim", "fact_of_event"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

# What ``json.loads`` does, without looking for the encoding and for white space around it.
_read = json.JSONDecoder().raw_decode


class ControlFact(NamedTuple):  # made for every claim of a log, and gone at once
    """A control claim as the index needs it.

    Attributes:
        place, source: their ids.
        first, last: bounds of when, as ordinals, as the claim gives them.
        until: those of ``until``, if it has one.
        known: first and last day of the claim's own ``known``, if it has one.
        credibility: Admiralty; None is the least.
        move: what it says.
    """

    place: str
    source: str
    first: int
    last: int
    until: tuple[int, int] | None
    known: tuple[int, int] | None
    credibility: int | None
    move: Move


def fact_of(entry: Entry) -> ControlFact | Event:
    """What an entry says: of a control claim the facts, of anything else the event.

    Raises:
        ErasedError, DecodeError: as ``Entry.event``.
    """
    if entry.data:
        try:
            text = entry.data.decode()
            table, end = _read(text)
            found = _plain(table) if end == len(text) else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            found = None  # decoding tells what is wrong with it
        if found is not None:
            return found
    return fact_of_event(entry.event)


def fact_of_event(event: Event) -> ControlFact | Event:
    """What an event says: of a control claim the facts, of anything else itself."""
    return fact_of_claim(event) if isinstance(event, ControlChanged | ControlObserved) else event


def fact_of_claim(claim: ControlChanged | ControlObserved) -> ControlFact:
    """The facts of a claim."""
    until = None
    if isinstance(claim, ControlObserved):
        move = _held(tuple(claim.holders))
        if claim.until is not None:
            until = (claim.until.first, claim.until.last)
    else:
        move = _changed(claim.to, claim.from_, claim.occurrence)
    known = None if claim.known is None else (claim.known.first, claim.known.last)
    return ControlFact(
        claim.place, claim.source, claim.when.first, claim.when.last, until, known,
        claim.credibility, move,
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def _bounds(edtf: str) -> tuple[int, int]:
    if _DAY.fullmatch(edtf):  # as nearly all are
        day = date.fromisoformat(edtf).toordinal()
        return day, day
    when = When.parse(edtf)
    return when.first, when.last


def _days(value: Any) -> tuple[int, int]:
    return _bounds(value if isinstance(value, str) else value["edtf"])


def _plain(table: dict[str, Any]) -> ControlFact | None:
    """The facts of a control claim in the current version; None of anything else."""
    kind = table[KIND_KEY]
    if kind not in ("control-changed", "control-observed"):
        return None
    if VERSION_KEY in table or VERSIONS.get(kind, 1) != 1:
        return None  # it may have been written in an older version
    until = known = None
    if kind == "control-observed":
        move = _held(tuple(table["holders"]))
        if "until" in table:
            until = _days(table["until"])
    else:
        move = _changed(table.get("to"), table.get("from"), table.get("occurrence"))
    if "known" in table:
        known = _days(table["known"])
    first, last = _days(table["when"])
    return ControlFact(
        table["place"], table["source"], first, last, until, known, table.get("credibility"), move
    )


@lru_cache(maxsize=65_536)
def _held(holders: tuple[str, ...]) -> Move:
    return Move(holders=frozenset(holders))


@lru_cache(maxsize=65_536)
def _changed(to: str | None, from_: str | None, occurrence: str | None) -> Move:
    return Move(to=to, from_=from_, occurrence=occurrence)
