"""Questions about the evidence: what answers hang on, what is covered, areas counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import (
    account_json,
    claim_json,
    csv_holding,
    csv_quantity,
    day_json,
    holding_json,
    quantity_json,
)
from conflict_timeline.cli.tables import Cell, Column, Styled, hanging, screen_width, sections
from conflict_timeline.cli.territory import actor_names, actors_in, place_json
from conflict_timeline.cli.words import (
    Naming,
    count_of,
    days,
    quantity_text,
    said_by,
    span_end,
    status_cell,
)
from conflict_timeline.projections.control import Shown
from conflict_timeline.projections.coverage import Coverage, Covered, Period
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.rollup import Rollup, Tally
from conflict_timeline.projections.sensitivity import GRADES, Flip, Smallest
from conflict_timeline.quantities import Quantity

__all__ = ["coverage", "rollup", "sensitivity"]


# ---- sensitivity --------------------------------------------------------------------------------


@click.command(short_help="Which answers hang on one source, or a few claims.")
@question
@click.argument("day", metavar="DAY")
@click.argument("place", metavar="[PLACE]", required=False)
def sensitivity(asked: Question, day: str, place: str | None) -> None:
    """What the answers for DAY hang on (only those about PLACE, if it is named).

    Which of them flip if one source is left out, or is graded otherwise; and for each place, the
    fewest claims without which its answer would be another.
    """
    view = asked.view
    state = view.as_of(day)
    only = None if place is None else view.place(place)
    asked.echo.update(day=state.day.isoformat(), place=only)
    found = view.sensitivity(day)
    left_out = {source: _of(flips, only) for source, flips in found.sources.items()}
    regraded = {
        (source, grade): flips
        for source, grades in found.grades.items()
        for grade, all_flips in grades.items()
        if (flips := _of(all_flips, only))
    }
    places = list(state.territory) if only is None else [only] * (only in state.territory)
    smallest = [found.smallest(identity) for identity in places]
    telling = _Flips(asked.naming)
    asked.answer(
        heading=f"What the answers for {state.day.isoformat()} hang on",
        body=lambda: telling.text(left_out, regraded, smallest, only),
        json={
            "actors": telling.actors((left_out, regraded), smallest),
            "sources": [
                {"source": source, "flips": [telling.flip_json(flip) for flip in flips]}
                for source, flips in left_out.items()
            ],
            "grades": [
                {
                    "source": source,
                    "grade": grade,
                    "flips": [telling.flip_json(flip) for flip in flips],
                }
                for (source, grade), flips in regraded.items()
            ],
            "smallest": [telling.smallest_json(item) for item in smallest],
        },
        header=_FLIP_CSV.split(),
        records=[
            *(
                _flip_record("without source", source, None, flip)
                for source, flips in left_out.items()
                for flip in flips
            ),
            *(
                _flip_record("source graded", source, grade, flip)
                for (source, grade), flips in regraded.items()
                for flip in flips
            ),
            *(_smallest_record(item) for item in smallest),
        ],
        none="Nothing is reported that an answer could hang on in this view.",
    )


_FLIP_CSV = (
    "what source grade claims complete place group status nationality account_place before after"
)


def _of(flips: Iterable[Flip], only: str | None) -> tuple[Flip, ...]:
    return tuple(flip for flip in flips if only is None or flip.subject == only)


class _Flips:
    """Flips in words."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming

    def subject(self, flip: Flip) -> str:
        """What would be answered otherwise."""
        if isinstance(flip.subject, str):
            return self.naming.place(flip.subject)
        return self.naming.account(flip.subject)

    def value(self, value: Shown | Quantity) -> str:
        """One of the two answers."""
        if isinstance(value, Quantity):
            return quantity_text(value)
        return self.naming.holding(value)

    def actors(
        self, flips: Iterable[Mapping[Any, Iterable[Flip]]], smallest: Iterable[Smallest]
    ) -> dict[str, str]:
        """The names of the actors in all answers, by id."""
        both = [flip for found in flips for told in found.values() for flip in told]
        answers = [answer for told in (both, smallest) for one in told for answer in _answers(one)]
        return actor_names(self.naming, (a for a in answers if not isinstance(a, Quantity)))

    def text(
        self,
        left_out: Mapping[str, Sequence[Flip]],
        regraded: Mapping[tuple[str, str], Sequence[Flip]],
        smallest: Sequence[Smallest],
        only: str | None,
    ) -> str:
        """The tables."""
        answers = (Column("Answer", least=18), Column("Is", least=16), Column("Would be", least=16))
        fewest = (
            Column("Place", least=10),
            Column("Is", least=16),
            Column("Would be", least=16),
            Column("Without", least=30),
        )
        text = sections(
            [
                (
                    "If a source were left out",
                    (Column("Source", least=10), *answers),
                    [row for s, flips in left_out.items() for row in self._rows([s], flips)],
                ),
                (
                    "If a source were graded otherwise",
                    (Column("Source", least=10), Column("Graded"), *answers),
                    [
                        row
                        for (source, grades), flips in _alike(regraded).items()
                        for row in self._rows([source, grades], flips)
                    ],
                ),
                (
                    "The fewest claims without which the answer would be another",
                    fewest,
                    [self._smallest_row(item) for item in smallest],
                ),
            ]
        )
        if any(left_out.values()) and regraded:
            return text
        unmoved = []
        what = "any answer" if only is None else f"the answer for {self.naming.place(only)}"
        if not any(left_out.values()):
            unmoved.append(f"No source, left out by itself, would change {what}.")
        if not regraded:
            unmoved.append(f"No other grade of one source would change {what}.")
        width = screen_width()
        return "\n".join([text, "", *(hanging("", line, width) for line in unmoved)])

    def _rows(self, lead: Sequence[str], flips: Sequence[Flip]) -> list[list[Cell]]:
        """Rows of flips, what makes them only on the first."""
        return [
            [
                *(cell if number == 0 else "" for cell in lead),
                self.subject(flip),
                self.value(flip.before),
                self.value(flip.after),
            ]
            for number, flip in enumerate(flips)
        ]

    def _smallest_row(self, item: Smallest) -> list[Cell]:
        naming = self.naming
        without: Cell = Styled(str(item), dim=True)
        after: Cell = Styled("–", dim=True)
        if item.events is not None:
            after = naming.holding(item.after)
            told = [f"{naming.claim(seen.claim)}: {said_by(seen)}" for seen in item.events]
            without = "; ".join(told)
        return [naming.place(item.place), naming.holding(item.before), after, without]

    def flip_json(self, flip: Flip) -> dict[str, Any]:
        """A flip with stable keys."""
        account = flip.subject if isinstance(flip.subject, AccountKey) else None
        return {
            "place": flip.subject if isinstance(flip.subject, str) else None,
            "account": None if account is None else account_json(account),
            "name": self.subject(flip),
            "before": _answer_json(flip.before),
            "after": _answer_json(flip.after),
        }

    def smallest_json(self, item: Smallest) -> dict[str, Any]:
        """A smallest set with stable keys."""
        events = item.events
        return {
            "place": item.place,
            "name": self.naming.place(item.place),
            "before": holding_json(item.before),
            "after": holding_json(item.after),
            "claims": None if events is None else [claim_json(seen) for seen in events],
            "tried": item.tried,
            "complete": item.complete,
        }


def _answers(told: Flip | Smallest) -> tuple[Shown | Quantity, Shown | Quantity]:
    return told.before, told.after


def _alike(
    regraded: Mapping[tuple[str, str], Sequence[Flip]],
) -> dict[tuple[str, str], Sequence[Flip]]:
    """Grades of a source that flip the same answers, as one: "A, B"."""
    together: dict[tuple[str, tuple[Flip, ...]], list[str]] = {}
    for (source, grade), flips in regraded.items():
        together.setdefault((source, tuple(flips)), []).append(grade)
    return {
        (source, ", ".join(sorted(grades, key=GRADES.index))): flips
        for (source, flips), grades in together.items()
    }


def _answer_json(value: Shown | Quantity) -> Any:
    return quantity_json(value) if isinstance(value, Quantity) else holding_json(value)


def _csv_answer(value: Shown | Quantity) -> str:
    return csv_quantity(value) if isinstance(value, Quantity) else csv_holding(value)


def _flip_record(what: str, source: str, grade: str | None, flip: Flip) -> list[object]:
    subject: list[object] = [None] * 5
    if isinstance(flip.subject, AccountKey):
        subject[1:] = account_json(flip.subject).values()
    else:
        subject[0] = flip.subject
    answers = [_csv_answer(flip.before), _csv_answer(flip.after)]
    return [what, source, grade, None, None, *subject, *answers]


def _smallest_record(item: Smallest) -> list[object]:
    claims = None if item.events is None else [seen.id for seen in item.events]
    answers = [csv_holding(item.before), csv_holding(item.after)]
    nobody = [None] * 4
    return ["without claims", None, None, claims, item.complete, item.place, *nobody, *answers]


# ---- coverage -----------------------------------------------------------------------------------


@click.command(short_help="Which places and periods have evidence.")
@question
def coverage(asked: Question) -> None:
    """Which places and people have evidence, of which days, and how long nobody said anything."""
    naming = asked.naming
    found = asked.view.coverage()
    asked.tell_withheld(asked.view.visible.withheld)
    asked.answer(
        heading="Coverage",
        body=lambda: _coverage_text(naming, found),
        json={
            "places": [
                {"place": place, "name": naming.place(place), **_covered_json(covered)}
                for place, covered in found.places.items()
            ],
            "people": [
                {**account_json(key), "name": naming.account(key), **_covered_json(covered)}
                for key, covered in found.people.items()
            ],
            "without_claims": list(found.without_claims),
        },
        header=_COVERAGE_CSV.split(),
        records=[
            *(
                ["territory", place, None, None, None, *_covered_record(covered)]
                for place, covered in found.places.items()
            ),
            *(
                [
                    *("people", key.place, key.group, key.status, key.nationality),
                    *_covered_record(covered),
                ]
                for key, covered in found.people.items()
            ),
            *(
                ["territory", place, None, None, None, None, None, 0, 0, *[None] * 5]
                for place in found.without_claims
            ),
        ],
        none="No place or group is declared in this view.",
    )


_COVERAGE_CSV = (
    "topic place group status nationality first last claims claimants origins periods "
    "silence_start silence_end silence_days"
)


def _coverage_text(naming: Naming, found: Coverage) -> str:
    columns = (
        Column("First evidence", least=10),
        Column("Last", least=10),
        Column("Claims", right=True),
        Column("From", least=20),
        Column("Longest silence", least=13),
    )
    groups = {key.group for key in found.people}
    text = sections(
        [
            (
                "Who held what",
                (Column("Place", least=10), *columns),
                [[naming.place(p), *_covered_row(c)] for p, c in found.places.items()],
            ),
            (
                "How many were where",
                (Column("Whom", least=18), *columns),
                [
                    [naming.account(key, group=len(groups) > 1), *_covered_row(c)]
                    for key, c in found.people.items()
                ],
            ),
        ]
    )
    if not found.without_claims:
        return text
    names = ", ".join(sorted(map(naming.place, found.without_claims)))
    told = hanging(Styled("No claim says who held  ", dim=True), names, screen_width())
    return f"{text}\n\n{told}" if text else told


def _covered_row(covered: Covered) -> list[Cell]:
    first, last = covered.periods[0].start, covered.periods[-1].end
    longest = covered.longest_silence
    silent: Cell = Styled("–", dim=True)
    if longest is not None:
        silent = f"{days(longest.when)} ({count_of(longest.days or 0, 'day')})"
    origins = ", ".join(covered.origins)
    return [span_end(first), span_end(last), f"{covered.claims:,}", origins, silent]


def _period_json(period: Period) -> dict[str, str | None]:
    return {"start": day_json(period.start), "end": day_json(period.end)}


def _covered_json(covered: Covered) -> dict[str, Any]:
    longest = covered.longest_silence
    return {
        "first": day_json(covered.periods[0].start),
        "last": day_json(covered.periods[-1].end),
        "claims": covered.claims,
        "claimants": covered.claimants,
        "origins": list(covered.origins),
        "periods": [_period_json(period) for period in covered.periods],
        "longest_silence": None
        if longest is None
        else {**_period_json(longest), "days": longest.days},
    }


def _covered_record(covered: Covered) -> list[object]:
    found = _covered_json(covered)
    silence = found["longest_silence"] or {}
    periods = [f"{p['start'] or '..'}/{p['end'] or '..'}" for p in found["periods"]]
    return [
        *(found[name] for name in ("first", "last", "claims", "claimants", "origins")),
        periods,
        *(silence.get(name) for name in ("start", "end", "days")),
    ]


# ---- roll-up ------------------------------------------------------------------------------------


@click.command(short_help="The places of an area, counted by holder.")
@question
@click.argument("area", metavar="AREA")
@click.argument("day", metavar="DAY")
def rollup(asked: Question, area: str, day: str) -> None:
    """How many places of AREA each side held at the end of DAY: at least, at best, at most.

    "Best" counts by the best answer for each place. Only places that reports speak of are counted;
    AREA itself is given no holder.
    """
    naming = asked.naming
    state = asked.view.as_of(day)
    found = state.territory.rollup(area)
    asked.echo.update(area=found.area, day=state.day.isoformat())
    controls = [*found.members.values()]
    asked.tell_withheld([seen for control in controls for seen in control.withheld])
    asked.answer(
        heading=f"{naming.place(found.area)} on {state.day.isoformat()}",
        body=lambda: _rollup_text(naming, found),
        json={
            "area": found.area,
            "name": naming.place(found.area),
            "actors": actor_names(naming, (h for c in controls for h in actors_in(c))),
            "holdings": [
                {"holding": holding_json(holding), **_tally_json(tally)}
                for holding, tally in found.holdings.items()
            ],
            "holders": [
                {"actor": actor, "name": naming.actor(actor), **_tally_json(tally)}
                for actor, tally in found.actors.items()
            ],
            "members": [place_json(naming, control) for control in controls],
            "without_report": list(found.without_report),
            "leaves": list(found.leaves),
            "own": None if found.own is None else place_json(naming, found.own),
        },
        header=["area", "day", "holding", "names", "certain", "best", "possible", "reported"],
        records=[
            [
                found.area,
                state.day,
                csv_holding(holding),
                [naming.actor(actor) for actor in sorted(holding or ())],
                *_tally_json(tally).values(),
                len(controls),
            ]
            for holding, tally in found.holdings.items()
        ],
        none=f"Nothing is reported of any place in {naming.place(found.area)} in this view.",
    )


def _rollup_text(naming: Naming, found: Rollup) -> str:
    tallies = [Column(title, right=True) for title in ("At least", "Best", "At most")]
    shared = any(len(holding or ()) > 1 for holding in found.holdings)
    text = sections(
        [
            (
                f"Of {count_of(len(found.members), 'place')} that reports speak of",
                (Column("Held by", least=18), *tallies),
                [[naming.holding(h), *_tally_row(t)] for h, t in found.holdings.items()],
            ),
            (
                "Alone or with others",
                (Column("Actor", least=18), *tallies),
                [[naming.actor(a), *_tally_row(t)] for a, t in found.actors.items() if shared],
            ),
            (
                "Place by place",
                (Column("Place", least=10), Column("Held by", least=18), Column("Status")),
                [
                    [naming.place(place), naming.held(control), status_cell(control.status)]
                    for place, control in found.members.items()
                ],
            ),
        ]
    )
    notes: list[tuple[str, Cell]] = []
    if found.without_report:
        names = ", ".join(sorted(map(naming.place, found.without_report)))
        notes.append(("No report of", names))
    if found.own is not None:
        told = f"{naming.held(found.own)} ({found.own.status}), by claims on the area itself"
        notes.append(("Not counted", told))
    width = screen_width()
    lines = [hanging(Styled(f"{what:<14}", dim=True), told, width) for what, told in notes]
    return "\n".join([text, "", *lines]) if lines else text


def _tally_row(tally: Tally) -> list[Cell]:
    return [f"{number:,}" for number in (tally.certain, tally.best, tally.possible)]


def _tally_json(tally: Tally) -> dict[str, int]:
    return {"certain": tally.certain, "best": tally.best, "possible": tally.possible}
