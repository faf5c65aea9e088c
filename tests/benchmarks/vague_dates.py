"""The questions to which the library has no peer: one date in ten vague, both axes.

What is possible and conceivable is first held, place by place, against registers made of the work
itself, past the log and its index: each searched by itself, where whole states search all at once.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.benchmarks import work
from tests.benchmarks.asking import NOW, Library, place, whole
from tests.benchmarks.logs import built, copied
from tests.benchmarks.measuring import Figure, median_of, timed

import conflict_timeline as ct
from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.control import shown
from conflict_timeline.projections.register import Answer, Record, Register
from conflict_timeline.timeline.view import View

__all__ = ["figures"]

#: Places whose answers are held against others, and places that are asked about by themselves.
_HELD, _ASKED = 150, 60
_BATCH = 10_000
_RETRACTED_NEVER = -1


class Plain:
    """The answers of single places from the work's own columns."""

    def __init__(self, made: work.Work) -> None:
        self._made = made
        self._order = np.argsort(made.place, kind="stable")
        self._starts = np.searchsorted(made.place[self._order], np.arange(made.places + 1))

    def answer(self, number: int, day: int, known: int) -> Answer:
        """What can have held for a place, by what was known on a day."""
        made = self._made
        rows = self._order[self._starts[number] : self._starts[number + 1]]
        gone = made.retracted[rows]
        rows = rows[(made.known[rows] <= known) & ((gone == _RETRACTED_NEVER) | (gone > known))]
        records = [
            Record("one", int(made.first[n]), int(made.last[n]), work.MOVES[made.move[n]], (n,), n)
            for n in rows.tolist()
        ]
        return Register.of(records).answer("one", day)


def figures(folder: Path, reports: int, places: int) -> list[Figure]:
    """The times of the library.

    Args:
        folder: where the log is.
        reports, places: the size of the work.
    """
    rng = random.Random(8)
    log = built(folder, reports, places, "vague")
    with ct.open(log.path) as timeline:
        held = _check(Library(timeline), Plain(log.made), rng)
    subject = (
        f"One date in ten vague, one report in a hundred retracted: {reports:,} reports, "
        f"{places:,} places; {held:,} answers held against registers of single places"
    )
    with ct.open(log.path) as timeline:
        library = Library(timeline)
        found = [
            *_wholes(subject, library, rng),
            *_other_knowledge(subject, library, rng),
            *_one_place(subject, library, rng, places),
        ]
    return [*found, *_late(subject, log.path, rng, places)]


def _check(library: Library, plain: Plain, rng: random.Random) -> int:
    """Holds what the library says of drawn places against plain registers; how many were held."""
    held = 0
    for known in (NOW, _day(rng), _day(rng)):
        day = _day(rng) if known == NOW else known - rng.randrange(30, 700)
        state = library.whole(day, known)
        at = {key: number for number, key in enumerate(state.keys)}
        for key in rng.sample(list(state.keys), min(_HELD, len(at))):
            expected = plain.answer(int(key[6:]), day, known)
            told = (state.possible(at[key]), state.conceivable(at[key]))
            if told != (expected.possible, expected.conceivable):
                raise SystemExit(f"another answer for {key}, {day}, {known}")
            control = library.view(known).as_of(from_ordinal(day)).territory[key]
            best = state.holdings[state.best[at[key]]]
            if (
                best not in expected.possible
                or control.best != shown(best)
                or control.possible != {shown(holding) for holding in expected.possible}
            ):
                raise SystemExit(f"another answer for {key} alone, {day}, {known}")
            held += 2
    return held


def _day(rng: random.Random) -> int:
    return work.FIRST + rng.randrange(800, work.SPAN)


def _whole(view: View, day: int) -> Callable[[], object]:
    return lambda: whole(view, day)


def _wholes(subject: str, library: Library, rng: random.Random) -> list[Figure]:
    """Whole states as known now."""
    view, days = library.timeline.view(), [_day(rng) for _ in range(41)]
    first = timed(_whole(view, days[0]))
    possible = median_of([_whole(view, day) for day in days[1:]])
    again = median_of([_whole(view, day) for day in days[-8:]])
    return [
        Figure(subject, "all places, the first question to an open log", first),
        Figure(
            subject,
            "all places, possible and conceivable, as known now, another day",
            possible,
            goal=3e-3,
        ),
        Figure(subject, "all places, a day asked again", again),
    ]


def _other_knowledge(subject: str, library: Library, rng: random.Random) -> list[Figure]:
    """Whole states by what was known on some day."""
    found = []
    timeline = library.timeline
    for what, later in {"near the day": 60, "three years after the day": 1_095}.items():
        days = [work.FIRST + rng.randrange(800, work.SPAN - later) for _ in range(9)]
        views = [timeline.view(known_by=from_ordinal(day + later)) for day in days]
        asked = [_whole(view, day) for view, day in zip(views, days, strict=True)]
        what = (
            f"all places, possible and conceivable, by a day of knowledge not asked before, {what}"
        )
        found.append(Figure(subject, what, median_of(asked), goal=60e-3))
        others = [_whole(views[n % 2], _day(rng)) for n in range(24)]
        what = "the same day of knowledge, other days"
        found.append(Figure(subject, what, median_of(others)))
    graded = [_whole(timeline.view(min_reliability=grade), _day(rng)) for grade in "BC"]
    found.append(Figure(subject, "all places, sources of a grade, asked first", median_of(graded)))
    middle = [timeline.position * part // 8 for part in (3, 4, 5)]
    earlier = [_whole(timeline.view(at=at), _day(rng)) for at in middle]
    found.append(Figure(subject, "all places, an earlier log, asked first", median_of(earlier)))
    return found


def _one_place(subject: str, library: Library, rng: random.Random, places: int) -> list[Figure]:
    """Points and histories."""
    view = library.timeline.view()
    chosen = [place(number) for number in rng.sample(range(places), min(_ASKED, places))]
    states = [view.as_of(from_ordinal(_day(rng))) for _ in range(10)]
    first = median_of([lambda p=p: states[0].territory[p].best for p in chosen])
    points = [(p, _day(rng)) for p in chosen for _ in range(8)]
    register = view.territory.register

    def publicly(key: str, day: int) -> Callable[[], object]:
        asked = from_ordinal(day)
        return lambda: library.timeline.as_of(asked).territory[key].best

    below = median_of([lambda p=p, d=d: register.answer(p, d) for p, d in points[::2]])
    below_again = median_of([lambda p=p, d=d: register.answer(p, d) for p, d in points[::2]])
    above = median_of([publicly(p, d) for p, d in points[1::2]])
    above_again = median_of([publicly(p, d) for p, d in points[1::2]])
    status = median_of([lambda p=p: states[1].territory[p].status for p in chosen])
    new = [place(number) for number in rng.sample(range(places), min(_ASKED, places))]
    history = median_of([lambda p=p: view.history(p) for p in new])
    again = median_of([lambda p=p: view.history(p) for p in new])
    return [
        Figure(subject, "one place, not asked before", first),
        Figure(subject, "one place, another day", above, goal=50e-6),
        Figure(subject, "one place, a span asked before", above_again, goal=50e-6),
        Figure(subject, "one place, register level, another day", below, goal=5e-6),
        Figure(subject, "one place, register level, a span asked before", below_again, goal=5e-6),
        Figure(subject, "status of one place, for which claims are decoded", status),
        Figure(subject, "history of one place, the first time", history, goal=100e-6),
        Figure(subject, "history of one place, again", again, goal=100e-6),
    ]


def _late(subject: str, path: Path, rng: random.Random, places: int) -> list[Figure]:
    """Whole states after late reports, in a copy of the log."""
    with copied(path) as copy, ct.open(copy) as timeline:
        for _ in range(10):
            whole(timeline.view(), _day(rng))
        alone, appended, after = [], [], []
        for _ in range(9):
            [late] = _late_reports(1, rng, places)
            appended.append(timed(lambda one=late: timeline.append([one])))
            for times in (after, alone):
                day = _day(rng)
                times.append(timed(lambda d=day: whole(timeline.view(), d)))
        many = [_late_reports(_BATCH, rng, places) for _ in range(3)]
        batch = median_of([lambda some=some: timeline.append(some) for some in many])
        taken_in = timed(lambda: whole(timeline.view(), _day(rng)))
    ratio = statistics.median(after) / statistics.median(alone)
    return [
        Figure(subject, "one report appended, durable", statistics.median(appended)),
        Figure(subject, f"{_BATCH:,} late reports appended", _BATCH / batch, "events/s"),
        Figure(subject, f"all places after {3 * _BATCH:,} late reports", taken_in),
        Figure(subject, "all places after a late report", statistics.median(after)),
        Figure(subject, "the same, in terms of all places alone", ratio, "times", goal=2),
    ]


def _late_reports(count: int, rng: random.Random, places: int) -> list[ct.ControlObserved]:
    """Reports of any day that are published after all others."""
    return [
        ct.ControlObserved(
            place=place(rng.randrange(places)), holders=[rng.choice(work.ACTORS)],
            when=from_ordinal(_day(rng)), source="source-0", note=f"late {rng.random()}",
            known=from_ordinal(work.FIRST + work.SPAN + 1_500),
        )
        for _ in range(count)
    ]  # fmt: skip
