"""What a view shows: the claims and records, and since when each was known.

What is retracted or corrected in a view is left out, and what is merged in it reads as one. What it
shows is a pure function of the set of events: never of their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from copy import copy
from functools import cached_property, lru_cache

import attrs

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, day, from_ordinal
from conflict_timeline.events import (
    Actor,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Event,
    Forecast,
    Place,
    RecordsMerged,
    Retracted,
    Source,
    Statement,
)
from conflict_timeline.merges import Merges
from conflict_timeline.view.spec import RELIABILITIES, Logged, ViewSpec

__all__ = [
    "ChangeOfMind",
    "InForce",
    "Seen",
    "Visible",
    "in_force",
    "publication",
    "recorded_day",
    "seen_as",
    "visible",
]


@attrs.frozen(eq=False, repr=False)
class Seen:
    """A claim as a view sees it.

    Attributes:
        claim: the event, as it stands in the log.
        id: its id.
        source: its Source record.
        first, last: bounds of when, as ordinals; nothing reported happened after it was published.
        known_first, known: between which days it was published; the last one counts.
        known_from: what says so: "event", "source" or "recorded".
        correction: id of the Corrected that put it there, if one did.
        about: the claim as it reads in the view: merged ids are those that stand for them.
            Answers are reckoned from it; it is ``claim`` itself where nothing was merged.
    """

    claim: Claim
    id: str
    source: Source
    first: int
    last: int
    known_first: int
    known: int
    known_from: str
    correction: str | None = None
    about: Claim = attrs.field(default=attrs.Factory(lambda self: self.claim, takes_self=True))

    def __repr__(self) -> str:
        kind = type(self.claim).__name__
        return f"Seen({kind} in {self.claim.source!r}, {self.claim.when}, {self.id[:12]})"

    @cached_property
    def rank(self) -> tuple[int, int, int, str]:
        """Greater is believed first: reliability, credibility, known, id."""
        return (
            RELIABILITIES.index(self.source.reliability or "F"),
            -(self.claim.credibility or 6),
            self.known,
            self.id,
        )


@attrs.frozen(eq=False)
class ChangeOfMind:
    """A retraction, correction or merge as a view sees it; whether it works is another matter.

    Attributes:
        event: the event.
        id: its id.
        known: the day on which it was published, an ordinal.
    """

    event: Retracted | Corrected | RecordsMerged
    id: str
    known: int


class Visible:
    """What a view shows of a log.

    Attributes:
        sources, places, actors: the records, by id.
        claims: what counts, in order of id.
        withheld: claims that may have been published by ``known_by``, or not: their publication is
            only bounded. A view before the bound cannot say, which is not "nothing happened".
        changes: the changes of mind that were known in time, by id.
        overruled: for the id of each claim left out, the changes of mind that did it.
        hidden: claims that were recorded in time and are not shown, with the reason.
        merges: which places and actors stand for others.
    """

    def __init__(self, spec: ViewSpec) -> None:
        self.spec = spec
        self.sources: MutableMapping[str, Source] = {}
        self.places: MutableMapping[str, Place] = {}
        self.actors: MutableMapping[str, Actor] = {}
        self.claims: list[Seen] = []
        self.withheld: list[Seen] = []
        self.changes: dict[str, ChangeOfMind] = {}
        self.overruled: dict[str, list[Statement]] = {}
        self.hidden: list[tuple[Seen, str]] = []
        self.merges = Merges()

    def with_claims(self, claims: Iterable[Seen]) -> Visible:
        """The same records with other claims."""
        result = copy(self)
        result.claims = sorted(claims, key=lambda seen: seen.id)
        return result

    def of_place(self, place: str) -> Visible:
        """What it shows of the control of one place, and perhaps of others."""
        return self

    def withheld_of(self, place: str) -> Sequence[Seen]:
        """The withheld claims on the control of a place."""
        return [
            seen
            for seen in self.withheld
            if isinstance(seen.about, ControlChanged | ControlObserved)
            and seen.about.place == place
        ]

    def origin(self, seen: Seen) -> str:
        """Who a claim goes back to, in a form in which spellings of one name meet."""
        return self.origin_name(seen).casefold()

    def origin_name(self, seen: Seen) -> str:
        """Who a claim goes back to: its claimant, else the publisher of the source at its root.

        A copy of a copy is one origin, and so are sources that copy each other in a circle.
        """
        if seen.claim.claimant is not None:
            return seen.claim.claimant
        copied = self.sources.get(seen.claim.derived_from or seen.source.id, seen.source)
        chain = [copied]
        while (following := self.sources.get(copied.derived_from or "")) is not None:
            if following in chain:
                copied = min(chain[chain.index(following) :], key=lambda source: source.id)
                break
            chain.append(copied := following)
        return copied.publisher or copied.id

    def origins(self, claims: Iterable[Seen]) -> tuple[str, ...]:
        """The independent origins of claims by name, each once, sorted."""
        found: dict[str, str] = {}
        for name in sorted(self.origin_name(seen) for seen in claims):
            found.setdefault(name.casefold(), name)
        return tuple(found[key] for key in sorted(found))


def visible(entries: Iterable[Logged], spec: ViewSpec) -> Visible:
    """What a view shows of the entries of a log."""
    result = Visible(spec)
    admitted = sorted((e for e in entries if spec.admits(e)), key=lambda entry: entry.id)
    events = {entry.id: entry.event for entry in admitted}
    recorded = {entry.id: recorded_day(entry.first_recorded) for entry in admitted}
    minds = in_force(events, recorded, spec)
    for identity in minds.standing:
        event = events[identity]
        if isinstance(event, Source):
            result.sources.setdefault(event.id, event)
        elif isinstance(event, Place):
            result.places.setdefault(event.id, event)
        elif isinstance(event, Actor):
            result.actors.setdefault(event.id, event)
    result.changes, result.overruled = minds.changes, minds.overruled
    result.merges = Merges.of(minds.merges)
    for identity, event in events.items():
        if isinstance(event, Claim):
            _place(result, event, identity, recorded[identity], None)
        elif isinstance(event, Corrected) and identity in minds.replacing:
            _place(result, event.replacement, event.replacement.id, recorded[identity], identity)
    # The same claim may be there in its own right and as a replacement: it is one claim.
    result.claims = list({seen.id: seen for seen in sorted(result.claims, key=_by_id)}.values())
    return result


def _by_id(seen: Seen) -> tuple[str, str]:
    return (seen.id, seen.correction or "")


def seen_as(
    claim: Claim, identity: str, source: Source, recorded: int, by: str | None, merges: Merges
) -> Seen:
    """A claim as a view sees it.

    Args:
        claim: the event.
        identity: its id.
        source: the record of its source that stands in the view.
        recorded: the day of recording.
        by: id of the correction that put it there, if one did.
        merges: of the view.
    """
    return _seen(claim, identity, source, recorded, by, merges.read(claim))


def _place(result: Visible, claim: Claim, identity: str, recorded: int, by: str | None) -> None:
    """Puts a claim among what is shown, withheld or hidden."""
    source = result.sources.get(claim.source)
    if source is None:  # its source was taken back, and it with it
        return
    seen = _seen(claim, identity, source, recorded, by, result.merges.read(claim))
    spec = result.spec
    if identity in result.overruled:
        result.hidden.append((seen, "overruled"))
    elif spec.sources is not None and claim.source not in spec.sources:
        result.hidden.append((seen, "source not asked for"))
    elif not spec.trusts(source):
        result.hidden.append((seen, f"reliability below {spec.min_reliability}"))
    elif spec.known_by is None or seen.known <= spec.known_by:
        result.claims.append(seen)
    else:
        result.hidden.append((seen, f"published by {from_ordinal(seen.known).isoformat()}"))
        if seen.known_first <= spec.known_by:
            result.withheld.append(seen)


def _seen(
    claim: Claim, identity: str, source: Source, recorded: int, by: str | None, about: Claim
) -> Seen:
    known_first, known, known_from = publication(claim, source, recorded)
    first, last = claim.when.first, claim.when.last
    if not isinstance(claim, Forecast) and first <= known:
        last = min(last, known)
    return Seen(claim, identity, source, first, last, known_first, known, known_from, by, about)


def publication(statement: Statement, source: Source | None, recorded: int) -> tuple[int, int, str]:
    """First and last day of publication, and what says so; the day recorded if nothing does."""
    when = statement.known
    if when is not None and (last := when.last) < OPEN_FUTURE:
        return when.first, last, "event"
    when = None if source is None else source.published
    if when is not None and (last := when.last) < OPEN_FUTURE:
        return when.first, last, "source"
    return OPEN_PAST, recorded, "recorded"


def recorded_day(recorded: str) -> int:
    """The day of an instant of recording, as an ordinal: UTC, as logs write it."""
    return _ordinal(recorded[:10])


@lru_cache(maxsize=1_024)  # a log is recorded on few days
def _ordinal(text: str) -> int:
    return day(text).toordinal()


@attrs.define
class InForce:
    """Which events of some stand, and why.

    Attributes:
        standing: ids of those that nothing overrules.
        replacing: ids of the corrections of which the replacement counts.
        overruled: for the id of each that fell, the changes of mind that did it.
        merges: those that work, the last known last.
        changes: the changes of mind that were known in time, by id.
    """

    standing: list[str]
    replacing: set[str]
    overruled: dict[str, list[Statement]]
    merges: list[RecordsMerged]
    changes: dict[str, ChangeOfMind]


def in_force(events: Mapping[str, Event], recorded: Mapping[str, int], spec: ViewSpec) -> InForce:
    """Which events stand, which replace or merge, and what each fallen event fell to.

    A change of mind works if it was known in time and no working change of mind takes it back. It
    works whatever sources a view asks for: a claim known to be wrong must not return by a filter.
    An id is a hash over its target's id, so that no chain can close into a circle.
    """
    sources: dict[str, Source] = {}
    for event in events.values():
        if isinstance(event, Source):
            sources.setdefault(event.id, event)
    changes: dict[str, list[tuple[str, Retracted | Corrected]]] = {}
    known: dict[str, int] = {}
    seen: dict[str, ChangeOfMind] = {}
    merging: list[tuple[int, str, RecordsMerged]] = []
    for identity, event in events.items():
        if isinstance(event, Retracted | Corrected | RecordsMerged):
            known[identity] = publication(event, sources.get(event.source), recorded[identity])[1]
            if spec.known_by is not None and known[identity] > spec.known_by:
                continue
            seen[identity] = ChangeOfMind(event, identity, known[identity])
            if isinstance(event, RecordsMerged):
                merging.append((known[identity], identity, event))
            else:
                changes.setdefault(event.target, []).append((identity, event))
    working: dict[str, bool] = {}
    aims = [(identity, event) for found in changes.values() for identity, event in found]
    for identity, _ in aims:
        _settle(identity, changes, working)
    result = InForce([], set(), {}, [], seen)
    for target, found in changes.items():
        effective = [(i, e) for i, e in found if working[i]]
        if effective:
            result.overruled[target] = [event for _, event in effective]
        corrected = [(known[i], i) for i, e in effective if isinstance(e, Corrected)]
        if corrected:  # of several corrections of one claim the last one known counts
            result.replacing.add(max(corrected)[1])
    result.standing = [i for i in events if i not in result.overruled]
    merging.sort(key=lambda found: found[:2])
    result.merges = [event for _, i, event in merging if i not in result.overruled]
    return result


def _settle(
    identity: str,
    changes: Mapping[str, Sequence[tuple[str, Retracted | Corrected]]],
    working: dict[str, bool],
) -> None:
    """Whether a change of mind works: iteratively, since a chain may be longer than the stack."""
    stack = [identity]
    while stack:
        at = stack[-1]
        against = [i for i, _ in changes.get(at, ())]
        open_ones = [i for i in against if i not in working]
        if open_ones:
            stack += open_ones
            continue
        working[at] = not any(working[i] for i in against)
        stack.pop()
