"""The work that speed is measured on: seeded reports of who held many places over twelve years.

Each place has a history that nobody knows in full; reports tell of it. One date in ten is vague,
from two weeks to a year; one report in thirty is wrong; one in a hundred is retracted, some time
after it was published. Reports are published days after what they tell of, one in twenty years
after, and stand in the log in order of publication: so valid time comes late and out of order.

``make`` gives columns, ``events`` the same work as events in order of publication.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import attrs
import numpy as np
import numpy.typing as npt

from conflict_timeline.dates import When, from_ordinal
from conflict_timeline.events import (
    Actor,
    ControlChanged,
    ControlObserved,
    Event,
    Place,
    Retracted,
    Source,
)
from conflict_timeline.projections.holdings import Move

__all__ = ["FIRST", "SPAN", "Work", "claims", "events", "make", "records"]

Ints = npt.NDArray[np.int64]

ACTORS = tuple(f"actor-{n}" for n in range(6))
#: What reports say, by number: who held it, then who took it from whom.
MOVES = (
    *(Move(holders=frozenset([actor])) for actor in ACTORS),
    *(Move(to=a, from_=b) for a in ACTORS for b in ACTORS),  # a from a stands for no report
)
#: The first day, an ordinal (2013), and how many days there are: twelve years.
FIRST, SPAN = 734_869, 4_383
#: Claims in one source, on average.
_CLAIMS_A_SOURCE = 50
_VAGUE_DAYS = (14, 30, 91, 182, 365)


@attrs.frozen(eq=False)
class Work:
    """Reports in order of publication.

    Attributes:
        places: how many.
        place, first, last, move: of each report; ``move`` is an index into ``MOVES``.
        source: number of the source that each stands in; a source is of one day.
        known: the day of publication.
        retracted: the day on which it was taken back, or -1.
    """

    places: int
    place: Ints
    first: Ints
    last: Ints
    move: Ints
    source: Ints
    known: Ints
    retracted: Ints

    def __len__(self) -> int:
        return len(self.place)


def make(
    reports: int,
    places: int,
    *,
    vague: float = 0.1,
    retracted: float = 0.01,
    seed: int = 1,
) -> Work:
    """The work of a size.

    Args:
        reports: how many control reports.
        places: how many places they are of.
        vague: the part of them that have vague dates.
        retracted: the part of them that are taken back.
        seed: the same seed gives the same work.
    """
    rng = np.random.default_rng(seed)
    place = rng.integers(0, places, reports)
    day = rng.integers(FIRST, FIRST + SPAN, reports)
    order = np.lexsort((day, place))
    place, day = place[order], day[order]
    move = _told(rng, place)
    first, last = day.copy(), day.copy()
    some = np.flatnonzero(rng.random(reports) < vague)
    length = rng.choice(_VAGUE_DAYS, len(some))
    first[some] -= (rng.random(len(some)) * length).astype(np.int64)
    last[some] = first[some] + length
    delay = rng.geometric(0.2, reports)
    late = rng.random(reports) < 0.05
    delay[late] += rng.integers(1, 1_100, int(late.sum()))
    known = last + delay
    order = np.argsort(known, kind="stable")
    place, first, last, move, known = (c[order] for c in (place, first, last, move, known))
    taken_back = np.where(
        rng.random(reports) < retracted, known + rng.integers(1, 400, reports), -1
    )
    return Work(places, place, first, last, move, _sources(known), known, taken_back)


def _told(rng: np.random.Generator, place: Ints) -> Ints:
    """What is reported, in order of place and day."""
    count = len(place)
    turns = rng.random(count) < 0.3
    taker = rng.integers(0, len(ACTORS), count)
    at = np.maximum.accumulate(np.where(turns, np.arange(count), 0))
    begin = np.searchsorted(place, np.arange(int(place.max(initial=0)) + 1))
    at = np.maximum(at, begin[place])
    holder = taker[at]
    before = np.where(at > begin[place], taker[np.maximum(at - 1, 0)], (holder + 1) % 6)
    wrong = rng.random(count) < 1 / 30
    holder = np.where(wrong, rng.integers(0, len(ACTORS), count), holder)
    as_change = (turns | (rng.random(count) < 0.2)) & (holder != before)
    return np.where(as_change, len(ACTORS) * (1 + holder) + before, holder)


def _sources(known: Ints) -> Ints:
    """Numbers of sources: of each day's reports, so many to a source."""
    day_begins = np.searchsorted(known, known)
    part = (np.arange(len(known)) - day_begins) // _CLAIMS_A_SOURCE
    new = np.ones(len(known), dtype=bool)
    new[1:] = (known[1:] != known[:-1]) | (part[1:] != part[:-1])
    return np.cumsum(new) - 1


def records(work: Work) -> list[Event]:
    """The sources, places and actors of the work."""
    found: list[Event] = [Actor(id=actor, names={"en": [actor.title()]}) for actor in ACTORS]
    found += [
        Place(id=_place(n), names={"en": [f"Town {n}"], "ar": [f"بلدة {n}"]})
        for n in range(work.places)
    ]
    numbers, at = np.unique(work.source, return_index=True)
    for number, known in zip(numbers.tolist(), work.known[at].tolist(), strict=True):
        day = from_ordinal(known)
        found.append(
            Source(
                id=f"source-{number}",
                title=f"Report {number}",
                publisher=f"Agency {number % 40}",
                published=When(day, day),
                reliability="ABCD"[number % 4],
            )
        )
    return found


def claims(work: Work) -> Iterator[ControlChanged | ControlObserved]:
    """The reports as events, in order of publication."""
    columns = (work.place, work.first, work.last, work.move, work.source)
    for number, (place, first, last, said, source) in enumerate(
        zip(*(c.tolist() for c in columns), strict=True)
    ):
        when, move = When(from_ordinal(first), from_ordinal(last)), MOVES[said]
        where, whose = _place(place), f"source-{source}"
        note = f"report {number}"
        if move.holders is not None:
            yield ControlObserved(
                place=where, holders=list(move.holders), when=when, source=whose, note=note
            )
        else:
            yield ControlChanged(
                place=where, to=move.to, from_=move.from_, when=when, source=whose, note=note
            )


def events(work: Work) -> Iterator[Event]:
    """All of the work in order: records, reports, and retractions after what was known by then."""
    yield from records(work)
    waiting: list[tuple[int, int, Event]] = []
    for number, claim in enumerate(claims(work)):
        known = int(work.known[number])
        while waiting and waiting[0][0] < known:
            yield heapq.heappop(waiting)[2]
        yield claim
        back = int(work.retracted[number])
        if back >= 0:
            day = from_ordinal(back)
            heapq.heappush(
                waiting,
                (
                    back,
                    number,
                    Retracted(
                        target=claim.id, reason="withdrawn", source=claim.source,
                        known=When(day, day),
                    ),
                ),
            )  # fmt: skip
    while waiting:
        yield heapq.heappop(waiting)[2]


def _place(number: int) -> str:
    return f"place-{number:06}"
