"""What all questions share: the log, the axes of the view, the language and the format."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import click

from conflict_timeline.cli.machine import write_csv, write_json
from conflict_timeline.cli.running import NO, read_log, say
from conflict_timeline.cli.tables import (
    NBSP,
    Cell,
    Column,
    display_width,
    render,
    screen_width,
    wrap,
)
from conflict_timeline.dates import from_ordinal
from conflict_timeline.errors import shown
from conflict_timeline.events import Claim
from conflict_timeline.log import masked
from conflict_timeline.timeline import Timeline, View
from conflict_timeline.view import Seen
from conflict_timeline.words import Naming, count_of

__all__ = [
    "Question",
    "format_option",
    "log_argument",
    "position_or_instant",
    "question",
    "question_of_citation",
    "question_of_view",
]

_POSITION = re.compile(r"[0-9]{1,18}")

log_argument = click.argument("log", type=click.Path(), metavar="LOG")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How the answer is written to standard output.",
)

_NUMBER = re.compile(r"[0-9]{1,7}")
_UNLIMITED = "unlimited"
_IMPLIED_WITHIN = 365  # as in ``Timeline.view``


def _number_of_days(_: click.Context, option: click.Parameter, value: str) -> int | None:
    """The number; None for "unlimited"."""
    if value == _UNLIMITED:
        return None
    if not _NUMBER.fullmatch(value):
        expected = f"expected days from 0 to 9999999, or {_UNLIMITED!r}"
        raise click.BadParameter(f"{expected}, got {shown(value)}", param=option)
    return int(value)


_AXES = (
    click.option(
        "--known-by", metavar="DAY", help="Only what was published by the end of that day."
    ),
    click.option(
        "--at",
        metavar="POSITION|INSTANT",
        help="Only what was recorded by then: a log position, or an instant with its time zone.",
    ),
    click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="ID",
        help="Only claims of that source; may be given several times.",
    ),
    click.option(
        "--min-reliability",
        type=click.Choice(list("ABCDEF"), case_sensitive=False),
        metavar="A-F",
        help="Only claims of sources graded at least so (Admiralty; A is best).",
    ),
    click.option(
        "--implied-within",
        callback=_number_of_days,
        default=str(_IMPLIED_WITHIN),
        show_default=True,
        metavar="DAYS",
        help="A place's first report speaks for that many days before it; or 'unlimited'.",
    ),
    click.option(
        "--stale-after",
        type=click.IntRange(min=0),
        metavar="DAYS",
        help="Call an answer stale when its last evidence is older than that.",
    ),
)
_LANGUAGE = click.option(
    "--lang",
    type=click.Choice(["en", "ar", "fi"]),
    default="en",
    show_default=True,
    help="Language of names in the answer; every language is understood.",
)
_ANSWER = (_LANGUAGE, format_option)


@attrs.define(slots=False)
class Question:
    """One question to a log.

    Attributes:
        command: its name.
        timeline: the log asked.
        axes: the arguments of ``Timeline.view``.
        language: of names in the answer.
        form: "table", "json" or "csv".
        label: what a heading calls the log.
    """

    command: str
    timeline: Timeline
    axes: Mapping[str, Any]
    language: str = "en"
    form: str = "table"
    label: str = ""

    @cached_property
    def view(self) -> View:
        """What the question may see."""
        return self.timeline.view(**self.axes)

    @cached_property
    def naming(self) -> Naming:
        """The names it is answered with."""
        return Naming(self.view, self.language)

    @cached_property
    def position(self) -> int:
        """The position up to which the view shows what was recorded."""
        return self.view.position

    @cached_property
    def echo(self) -> dict[str, Any]:
        """The question as JSON answers repeat it."""
        spec = self.view.spec
        known_by = spec.known_by
        return {
            "command": self.command,
            "known_by": None if known_by is None else from_ordinal(known_by).isoformat(),
            "at": spec.at,
            "position": self.position,
            "sources": None if spec.sources is None else sorted(spec.sources),
            "min_reliability": spec.min_reliability,
            "implied_within": self.view.implied_within,
            "stale_after": self.view.stale_after,
            "lang": self.language,
        }

    def heading(self, asked: str) -> str:
        """What was asked and the axes in force: one line, if the screen is wide enough."""
        echo = self.echo
        parts = [
            asked,
            f"known by {echo['known_by']}" if echo["known_by"] else "all publications",
            f"at {echo['at']}" if isinstance(echo["at"], str) else "",
            f"log position {self.position:,}",
            f"only {', '.join(echo['sources'])}" if echo["sources"] else "",
            f"reliability {echo['min_reliability']} or better" if echo["min_reliability"] else "",
            _implied(echo["implied_within"]),
            f"stale after {echo['stale_after']} days" if echo["stale_after"] is not None else "",
            self.label,
        ]
        width = screen_width()
        whole = (
            part.replace(" ", NBSP) if display_width(part) <= width else part for part in parts
        )
        wrapped = wrap(" · ".join(filter(None, whole)), width)
        return "\n".join(click.style(text, bold=True) for text in wrapped)

    def of(self, view: View) -> Question:
        """The same question to a view that is at hand."""
        other = attrs.evolve(self)
        other.__dict__["view"] = view
        return other

    def withheld_of(self, *kinds: type[Claim]) -> list[Seen]:
        """The reports of some kinds of which the record cannot say whether they were known."""
        if self.view.spec.known_by is None:  # then all that was published counts
            return []
        return [seen for seen in self.view.visible.withheld if isinstance(seen.claim, kinds)]

    def tell_withheld(self, withheld: Sequence[Seen]) -> None:
        """Says how many reports may or may not have been known, lest silence be read as no."""
        if not withheld:
            return
        origins = ", ".join(sorted({seen.source.id for seen in withheld}))
        what = count_of(len(withheld), "report")
        say(
            f"Note: of {what} ({origins}) the record cannot say whether "
            f"{'it was' if len(withheld) == 1 else 'they were'} published by then; left out."
        )

    def answer(
        self,
        *,
        heading: str,
        columns: Sequence[Column] = (),
        rows: Sequence[Sequence[Cell]] = (),
        body: Callable[[], str] | None = None,
        json: Mapping[str, Any],
        header: Sequence[str],
        records: Sequence[Sequence[object]],
        none: str | None,
    ) -> None:
        """Writes the answer in the format asked for; exit code 1 if there is nothing in it.

        Args:
            heading: first line of the table.
            columns, rows: the table.
            body: what stands for the table, where the answer is not one table.
            json: what follows the question in the JSON object.
            header, records: the CSV.
            none: what to say where there are no records; None if that is an answer, too.
        """
        if self.form == "json":
            write_json({"question": self.echo, **json})
        elif self.form == "csv":
            write_csv(header, records)
        else:
            click.echo(self.heading(heading))
            if records:
                click.echo()
                click.echo(render(columns, rows, screen_width()) if body is None else body())
        if not records and none is not None:
            say(none)
            click.get_current_context().exit(NO)


def question(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the log and the axes; it is called with a ``Question`` first."""

    @functools.wraps(command)
    def ask(log: str, lang: str, form: str, **others: Any) -> None:
        axes = _axes(others)
        _ask(command, log, axes, lang, form, others)

    return _decorated(ask, (*_AXES, *_ANSWER))


def question_of_view(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the log and the axes, and no format: it has formats of its own."""

    @functools.wraps(command)
    def ask(log: str, lang: str, **others: Any) -> None:
        axes = _axes(others)
        _ask(command, log, axes, lang, "", others)

    return _decorated(ask, (*_AXES, _LANGUAGE))


def _axes(options: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``Timeline.view``, taken out of a command's options."""
    names = ("known_by", "at", "sources", "min_reliability", "implied_within", "stale_after")
    axes = {name: options.pop(name) for name in names}
    return {
        **axes,
        "at": position_or_instant(axes["at"]),
        "sources": axes["sources"] or None,
    }


def question_of_citation(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the log, and no axes: a citation fixes them."""

    @functools.wraps(command)
    def ask(log: str, lang: str, form: str, **others: Any) -> None:
        _ask(command, log, {}, lang, form, others)

    return _decorated(ask, _ANSWER)


def _implied(days: int | None) -> str:
    """How far back a first report speaks, where it is not the year that it is if none is asked."""
    if days == _IMPLIED_WITHIN:
        return ""
    return "implied without limit" if days is None else f"implied within {days:,} days"


def position_or_instant(at: str | None) -> int | str | None:
    """A log position as a number, anything else as it is."""
    return int(at) if at is not None and _POSITION.fullmatch(at) else at


def _ask(
    command: Callable[..., None],
    log: str,
    axes: Mapping[str, Any],
    lang: str,
    form: str,
    others: Mapping[str, Any],
) -> None:
    name = str(click.get_current_context().info_name)
    with read_log(log) as timeline:
        command(Question(name, timeline, axes, lang, form, masked(log)), **others)


def _decorated(
    ask: Callable[..., None], options: Sequence[Callable[..., Any]]
) -> Callable[..., None]:
    for option in reversed(options):
        ask = option(ask)
    return log_argument(ask)
