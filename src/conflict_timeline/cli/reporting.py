"""A report to look at and publish: one HTML file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from conflict_timeline.cli.axes import Question, question_of_view
from conflict_timeline.cli.running import say
from conflict_timeline.cli.writing import output
from conflict_timeline.events import ControlChanged, ControlObserved
from conflict_timeline.report import html_report

__all__ = ["report"]


@click.command(short_help="Writes a report with a map and lanes: one HTML file.")
@question_of_view
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    required=True,
    metavar="FILE",
    help="The file to write, whole or not at all; '-' is standard output.",
)
@click.option("--title", metavar="TEXT", help="Its heading.")
@click.option(
    "--place",
    "places",
    multiple=True,
    metavar="NAME",
    help="Only that place and what lies in it; may be given several times.",
)
@click.option("--from", "first", metavar="DAY", help="Its first day; else the first of its claims.")
@click.option("--to", "last", metavar="DAY", help="Its last day; else the last of its claims.")
@click.option(
    "--basemap",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="GeoJSON to draw in place of Natural Earth's outlines.",
)
def report(
    asked: Question,
    out: str,
    title: str | None,
    places: Sequence[str],
    first: str | None,
    last: str | None,
    basemap: str | None,
) -> None:
    """Writes a report of LOG: a map and lanes to go through by day and by what was known.

    The file needs no network and no other file. The answers in it are those of the other commands,
    for every day and as known on every day of publication, up to --known-by.
    """
    asked.tell_withheld(asked.withheld_of(ControlChanged, ControlObserved))
    with _bar() as progress:
        text = html_report(
            asked.timeline,
            title=title,
            places=places or None,
            first=first,
            last=last,
            language=asked.language,
            basemap=basemap,
            progress=progress,
            **asked.axes,
        )
    with output(out) as stream:
        stream.write(text.encode())
    if out != "-":
        say(f"{out}: written.")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal that is told how much is done."""
    stderr = sys.stderr
    with click.progressbar(
        length=1, label="Asking", file=stderr, hidden=not stderr.isatty()
    ) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield progress
