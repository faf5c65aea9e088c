"""The demonstration: the shipped corpus, on a telling day."""

from __future__ import annotations

from collections.abc import Sequence

import click

from conflict_timeline.cli.axes import Question
from conflict_timeline.cli.balance import balance_text
from conflict_timeline.cli.forecasts import forecast_columns, forecast_row
from conflict_timeline.cli.people import count_row, people_columns
from conflict_timeline.cli.tables import Cell, Column, hanging, render, screen_width
from conflict_timeline.cli.territory import place_columns, place_row
from conflict_timeline.cli.words import status_cell
from conflict_timeline.corpora import corpus
from conflict_timeline.projections.people import Count
from conflict_timeline.timeline import State, Timeline, open_timeline
from conflict_timeline.words import count_of, sources

__all__ = ["demo"]

_DAY = "2017-10-09"
_CONTRASTS: tuple[tuple[str, str | None], ...] = (
    ("2017-10-09", None),
    ("2017-10-19", None),
    ("2017-10-23", None),
    ("2017-10-23", "2017-10-10"),
)
_NEXT = (
    ("keep it", "conflict-timeline init isis.db && conflict-timeline load isis.db --corpus isis"),
    ("see why", "conflict-timeline explain isis.db Rakka 2017-10-19"),
    ("no hindsight", "conflict-timeline as-of isis.db 2017-10-09 --known-by 2017-05-10"),
    ("for machines", "conflict-timeline people isis.db 2017-10-31 --nationality CA --format csv"),
)


@click.command(short_help="Shows what it answers, on five articles.")
def demo() -> None:
    """Shows what the library answers, on five articles about the Islamic State.

    The articles' claims are loaded into a log in memory: nothing is written to the disk.
    """
    with open_timeline(":memory:") as timeline:
        timeline.load(corpus("isis"))
        asked = Question("demo", timeline, {})
        state = timeline.as_of(_DAY)
        claims = asked.view.visible.claims
        published = len({seen.source.id for seen in claims})
        _line(
            f"{count_of(len(claims), 'claim')} from {published} articles of 2016 to 2025 on the "
            "Islamic State, in a log in memory."
        )
        _territory(asked, state)
        _contrast(timeline)
        _people(asked, timeline)
        _others(asked, state)
        _forecasts(timeline)
    _heading("Next")
    for what, command in _NEXT:
        click.echo(f"  {what:<13} {click.style(command, fg='cyan')}")


def _heading(text: str) -> None:
    click.echo()
    click.echo(click.style(text, bold=True))


def _line(text: str) -> None:
    click.echo(hanging("", text, screen_width()))


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    click.echo(render(columns, rows, screen_width()))


def _territory(asked: Question, state: State) -> None:
    _heading(f"Who held what at the end of {_DAY}, by all five articles")
    controls = [state.territory[place] for place in state.territory]
    _table(place_columns, [place_row(asked.naming, control) for control in controls])


def _contrast(timeline: Timeline) -> None:
    """One town, asked of other days, and as it could be known then."""
    _heading("Raqqa: other days, and what could be known")
    rows: list[list[Cell]] = []
    for day, known_by in _CONTRASTS:
        asked = Question("demo", timeline, {"known_by": known_by})
        control = asked.view.as_of(day).territory["raqqa"]
        known = "all articles" if known_by is None else f"by {known_by}"
        cells: list[Cell] = [day, known, asked.naming.held(control), status_cell(control.status)]
        rows.append([*cells, sources(control.evidence)])
    columns = ("On", "Known", "Held by", "Status", "Sources")
    _table([Column(title) for title in columns], rows)
    _line("The last row asks of the day above it what a reader could know two weeks earlier.")


def _people(asked: Question, timeline: Timeline) -> None:
    state = timeline.as_of("2017-10-31")
    _heading("Members of the Islamic State on 2017-10-31: all together, and from Canada")
    counts = [count for count in state.people if _is_shown(count)]
    columns = people_columns(counts)
    day = state.day.toordinal()
    _table(columns, [count_row(asked.naming, count, columns, day) for count in counts])
    _line(f"The balance of Canadians: {balance_text(state.people.balance('is', 'CA'))}.")


def _is_shown(count: Count) -> bool:
    key = count.key
    return key.group == "is" and key.place is None and key.nationality in (None, "CA")


def _others(asked: Question, state: State) -> None:
    _heading(f"Also reported by {_DAY}")
    sides = (" and ".join(map(asked.naming.actor, a.claim.members)) for a in state.alliances)
    _line(
        f"{count_of(len(state.incidents), 'incident')}, "
        f"{count_of(len(state.figures), 'other figure')}, "
        f"{count_of(len(state.forecasts), 'forecast')}, "
        f"{count_of(len(state.alliances), 'alliance')}: {'; '.join(dict.fromkeys(sides))}."
    )


def _forecasts(timeline: Timeline) -> None:
    """The forecasts that can be judged; the others stay pending whatever happens."""
    found = timeline.forecasts(as_of="2017-12-31")
    about_places = [judged for judged in found if judged.forecast.place is not None]
    _heading(f"Forecasts of who would hold what, judged on 2017-12-31 (of {len(found)} made)")
    _table(forecast_columns, [forecast_row(judged) for judged in about_places])
