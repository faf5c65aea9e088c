"""What answers hang on: sources, grades, a few claims."""

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
    holding_json,
    quantity_json,
)
from conflict_timeline.cli.tables import Cell, Column, Styled, hanging, screen_width, sections
from conflict_timeline.cli.territory import actor_names
from conflict_timeline.projections.control import Shown
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.sensitivity import GRADES, Flip, Smallest
from conflict_timeline.quantities import Quantity
from conflict_timeline.words import Naming, quantity_text, said_by

__all__ = ["sensitivity"]


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
