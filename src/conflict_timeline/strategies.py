"""Hypothesis strategies: events and logs that are late, vague, contradictory and taken back.

They draw from a small world (three places, three actors, three sources, some weeks), so that what
is drawn meets: reports of one place on one day, two takers of one town, a retraction of a
retraction. ``logs`` are complete: what a claim names is declared in them, so they load as they
are.

Needs the ``test`` extra (hypothesis).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pendulum
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conflict_timeline.codec import event_id
from conflict_timeline.dates import When
from conflict_timeline.events import (
    COMPARTMENTS,
    CORRECTION_KINDS,
    INCIDENT_KINDS,
    JOINED,
    OUTSIDE,
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
    PeopleMoved,
    Place,
    RecordsMerged,
    Retracted,
    Source,
)
from conflict_timeline.quantities import Quantity

__all__ = [
    "ACTORS",
    "FIRST_DAY",
    "LAST_DAY",
    "PLACES",
    "SOURCES",
    "changes_of_mind",
    "claims",
    "control_claims",
    "days",
    "logs",
    "merges",
    "people_claims",
    "quantities",
    "records",
    "rivals",
    "whens",
]

PLACES = ("hama", "homs", "idlib")
ACTORS = ("army", "front", "legion")
SOURCES = ("agency", "blog", "paper")
FIRST_DAY = pendulum.date(2020, 1, 1)
LAST_DAY = pendulum.date(2020, 2, 29)
_CLAIMANTS = (None, None, "the army", "a witness")


def days(
    first: pendulum.Date = FIRST_DAY, last: pendulum.Date = LAST_DAY
) -> SearchStrategy[pendulum.Date]:
    """Civil days of the small world."""
    span = (last - first).days
    return st.integers(0, span).map(lambda n: first + timedelta(days=n))


@st.composite
def whens(
    draw: st.DrawFn,
    *,
    vague: bool = True,
    first: pendulum.Date = FIRST_DAY,
    last: pendulum.Date = LAST_DAY,
) -> When:
    """Dates: exact days, windows, and now and then one that is open to the past."""
    start = draw(days(first, last))
    if not vague or draw(st.booleans()):
        return When(start, start)
    end = min(start + timedelta(days=draw(st.integers(0, 30))), last)
    open_past = draw(st.integers(0, 9)) == 0
    return When(
        None if open_past else start,
        end,
        approximate=draw(st.booleans()),
        uncertain=draw(st.booleans()),
    )


@st.composite
def quantities(draw: st.DrawFn, *, most: int = 40) -> Quantity:
    """Counts: exact, ranges, open on either side, without any number; now and then disordered."""
    numbers = sorted(draw(st.lists(st.integers(0, most), min_size=3, max_size=3)))
    kind = draw(st.sampled_from(["exact", "range", "at least", "up to", "unknown", "disordered"]))
    if kind == "exact":
        return Quantity.exactly(numbers[0])
    if kind == "range":
        return Quantity(*numbers)
    if kind == "at least":
        return Quantity(low=numbers[0])
    if kind == "up to":
        return Quantity(high=numbers[2])
    return Quantity() if kind == "unknown" else Quantity(*reversed(numbers))


def records() -> SearchStrategy[list[Event]]:
    """The small world's sources, places and actors; the sources' grades and dates vary."""
    grades = st.lists(st.sampled_from([*"ABCDEF", None]), min_size=3, max_size=3)
    published = st.lists(days(), min_size=3, max_size=3)

    def make(drawn: tuple[list[str | None], list[pendulum.Date]]) -> list[Event]:
        reliabilities, dates = drawn
        return [
            *(
                Source(id=name, title=name, publisher=name, published=date, reliability=grade)
                for name, grade, date in zip(SOURCES, reliabilities, dates, strict=True)
            ),
            *(Place(id=name, names={"en": [name.title()]}) for name in PLACES),
            *(Actor(id=name, names={"en": [name.title()]}) for name in ACTORS),
        ]

    return st.tuples(grades, published).map(make)


def _end(when: When) -> pendulum.Date:
    return LAST_DAY if when.latest is None else when.latest


@st.composite
def _basics(draw: st.DrawFn, *, vague: bool) -> dict[str, object]:
    """The fields that all claims have. What is reported late has a known day of its own."""
    when = draw(whens(vague=vague))
    known = draw(days(_end(when), LAST_DAY + timedelta(days=30)))
    return {
        "when": when,
        "known": When(known, known),
        "source": draw(st.sampled_from(SOURCES)),
        "claimant": draw(st.sampled_from(_CLAIMANTS)),
        "credibility": draw(st.sampled_from([None, 1, 3, 6])),
        "occurrence": draw(st.sampled_from([None, None, None, "first", "second"])),
    }


@st.composite
def control_claims(draw: st.DrawFn, *, vague: bool = True) -> ControlChanged | ControlObserved:
    """Reports of who took, lost or held a place; takers and losers may be unnamed."""
    fields = draw(_basics(vague=vague))
    place = draw(st.sampled_from(PLACES))
    if draw(st.booleans()):
        holders = draw(st.lists(st.sampled_from(ACTORS), min_size=1, max_size=2, unique=True))
        return ControlObserved(place=place, holders=holders, **fields)  # type: ignore[arg-type]
    to, from_ = draw(st.permutations([*ACTORS, None]))[:2]
    return ControlChanged(place=place, to=to, from_=from_, **fields)  # type: ignore[arg-type]


@st.composite
def people_claims(draw: st.DrawFn, *, vague: bool = True) -> HeadcountObserved | PeopleMoved:
    """Reports of how many were where, and how many moved."""
    fields = draw(_basics(vague=vague))
    fields["group"] = draw(st.sampled_from(ACTORS[:2]))
    fields["nationality"] = draw(st.sampled_from([None, "CA", "FI"]))
    fields["count"] = draw(quantities())
    if draw(st.booleans()):
        status = draw(st.sampled_from([JOINED, *COMPARTMENTS]))
        return HeadcountObserved(status=status, **fields)  # type: ignore[arg-type]
    to_status = draw(st.sampled_from(COMPARTMENTS))
    from_status = draw(st.sampled_from([s for s in (OUTSIDE, *COMPARTMENTS) if s != to_status]))
    return PeopleMoved(from_status=from_status, to_status=to_status, **fields)  # type: ignore[arg-type]


@st.composite
def _other_claims(draw: st.DrawFn, *, vague: bool = True) -> Claim:
    fields = draw(_basics(vague=vague))
    place = draw(st.sampled_from([None, *PLACES]))
    kind = draw(st.sampled_from(["incident", "figure", "alliance", "forecast"]))
    if kind == "incident":
        parties = draw(st.lists(st.sampled_from(ACTORS), max_size=2))
        fatalities = draw(st.dictionaries(st.sampled_from(ACTORS), quantities(), max_size=1))
        return Incident(
            kind=draw(st.sampled_from(INCIDENT_KINDS)),
            place=place,
            parties=parties,
            fatalities=fatalities,
            deaths=draw(st.none() | quantities()),
            **fields,  # type: ignore[arg-type]
        )
    if kind == "figure":
        value = draw(quantities())
        return FigureObserved(measure="area", unit="km2", value=value, place=place, **fields)  # type: ignore[arg-type]
    if kind == "alliance":
        members = draw(st.lists(st.sampled_from(ACTORS), min_size=1, max_size=2))
        return AllianceObserved(members=members, **fields)  # type: ignore[arg-type]
    when = fields["when"]
    assert isinstance(when, When)
    start = draw(days(_end(when)))  # a forecast is about days to come
    holder = draw(st.sampled_from(ACTORS)) if place else None
    window = When(start, start + timedelta(days=draw(st.integers(0, 20))))
    return Forecast(statement="so it will be", window=window, place=place, holder=holder, **fields)  # type: ignore[arg-type]


def claims(*, vague: bool = True) -> SearchStrategy[Claim]:
    """Claims of every kind, most of them about control and people."""
    return st.one_of(
        control_claims(vague=vague), people_claims(vague=vague), _other_claims(vague=vague)
    )


@st.composite
def rivals(draw: st.DrawFn, claim: Claim) -> Claim:
    """What another report says of the matter and the days of a claim; it may agree or not."""
    if isinstance(claim, ControlChanged | ControlObserved):
        other = draw(control_claims())
        return attrs.evolve(other, place=claim.place, when=claim.when, known=claim.known)
    source, claimant = draw(st.sampled_from(SOURCES)), draw(st.sampled_from(_CLAIMANTS))
    if isinstance(claim, HeadcountObserved | PeopleMoved):
        count = draw(quantities())
        return attrs.evolve(claim, source=source, claimant=claimant, count=count)
    return attrs.evolve(claim, source=source, claimant=claimant)


@st.composite
def changes_of_mind(draw: st.DrawFn, targets: Sequence[Event]) -> Retracted | Corrected:
    """A retraction of one of the targets, or a correction if it is a claim."""
    target = draw(st.sampled_from(list(targets)))
    known = draw(days(FIRST_DAY, LAST_DAY + timedelta(days=60)))
    source = draw(st.sampled_from(SOURCES))
    if isinstance(target, Claim) and draw(st.booleans()):
        replacement = attrs.evolve(
            target, note="put right", when=draw(whens(last=_end(target.when)))
        )
        kind = draw(st.sampled_from(CORRECTION_KINDS))
        return Corrected(
            target=event_id(target), replacement=replacement, kind=kind, source=source, known=known
        )
    return Retracted(target=event_id(target), reason="withdrawn", source=source, known=known)


@st.composite
def merges(draw: st.DrawFn) -> RecordsMerged:
    """Merges of two places or two actors of the small world; some close a circle."""
    what = draw(st.sampled_from(["place", "actor"]))
    into, merged = draw(st.permutations(PLACES if what == "place" else ACTORS))[:2]
    known = draw(days(FIRST_DAY, LAST_DAY + timedelta(days=60)))
    source = draw(st.sampled_from(SOURCES))
    return RecordsMerged(
        what=what, into=into, merged=merged, reason="one and the same", source=source, known=known
    )


_MERGES = merges()  # the name is an option of ``logs``


@st.composite
def logs(
    draw: st.DrawFn,
    *,
    max_claims: int = 8,
    vague: bool = True,
    changes: bool = True,
    merges: bool = False,
) -> list[Event]:
    """Complete logs: records, claims, and changes of mind about claims and about each other.

    Args:
        max_claims: how many claims at most.
        vague: whether dates may be windows.
        changes: whether claims may be retracted and corrected.
        merges: whether records may be merged, and with ``changes`` parted again.
    """
    events: list[Event] = list(draw(records()))
    told: list[Event] = []
    for claim in draw(st.lists(claims(vague=vague), max_size=max_claims)):
        earlier = [event for event in told if isinstance(event, Claim)]
        contested = bool(earlier) and draw(st.integers(0, 3)) == 0
        told.append(draw(rivals(draw(st.sampled_from(earlier)))) if contested else claim)
    if merges:
        told += draw(st.lists(_MERGES, max_size=3))
    if changes and told:
        for _ in range(draw(st.integers(0, 3))):
            told.append(draw(changes_of_mind(told)))
    # What was drawn twice is one event.
    return list({event_id(event): event for event in [*events, *told]}.values())
