"""The command that reads what others keep into a log: event data sets, tables, gazetteers."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import click

from conflict_timeline.cli.axes import log_argument
from conflict_timeline.cli.machine import safe_cell
from conflict_timeline.cli.running import say, write_log
from conflict_timeline.cli.tables import Cell, Column, render, screen_width
from conflict_timeline.documents import Located
from conflict_timeline.errors import Fault, InputError
from conflict_timeline.events import Event, Source
from conflict_timeline.importers import (
    KNOWN_FROM,
    Refused,
    Report,
    import_events,
    read_acled,
    read_ged,
    read_mapped,
    read_mapping,
    read_units,
    template,
)
from conflict_timeline.words import count_of

__all__ = ["import_"]

_SHOWN = 20

Moved: TypeAlias = Callable[[int], None]
Options: TypeAlias = dict[str, Any]


def _source(options: Options, **defaults: str) -> Source:
    """The record of the data set, as far as it was told."""
    told = {name: options[name] for name in ("title", "publisher", "published", "url")}
    told = {name: value for name, value in told.items() if value is not None}
    if options["source"] is not None:
        told["id"] = options["source"]
    return Source(reliability=options["reliability"], **{**defaults, **told})


def _ged(file: str, report: Report, options: Options, moved: Moved) -> Iterator[Event | Located]:
    source = _source(
        options,
        id="ucdp-ged",
        title="UCDP Georeferenced Event Dataset",
        publisher="Uppsala Conflict Data Program",
    )
    known_from, encoding = options["known_from"], options["encoding"]
    return read_ged(
        file, report, source=source, known_from=known_from, encoding=encoding, moved=moved
    )


def _acled(file: str, report: Report, options: Options, moved: Moved) -> Iterator[Event | Located]:
    source = _source(
        options,
        id="acled",
        title="Armed Conflict Location & Event Data",
        publisher="ACLED",
    )
    dates, encoding = options["dates"], options["encoding"]
    return read_acled(file, report, source=source, dates=dates, encoding=encoding, moved=moved)


def _table(file: str, report: Report, options: Options, moved: Moved) -> Iterator[Event | Located]:
    if options["mapping"] is None:
        raise click.UsageError("table: expected --mapping; --template shows one to fill in")
    return read_mapped(file, report, mapping=read_mapping(options["mapping"]), moved=moved)


def _geonames(
    file: str, report: Report, options: Options, moved: Moved
) -> Iterator[Event | Located]:
    return read_mapped(file, report, mapping=read_mapping("geonames"), moved=moved)


def _units(file: str, report: Report, options: Options, moved: Moved) -> Iterator[Event | Located]:
    return read_units(file, report, moved=moved)


_FORMATS: dict[str, Callable[[str, Report, Options, Moved], Iterable[Event | Located]]] = {
    "acled": _acled,
    "ged": _ged,
    "geonames": _geonames,
    "table": _table,
    "units": _units,
}


def _show_template(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(template(), nl=False)
        context.exit()


@click.command(name="import", short_help="Imports data that others keep: GED, ACLED, tables.")
@log_argument
@click.argument("form", type=click.Choice(sorted(_FORMATS)), metavar="FORMAT")
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write every refused row and why to that file, as CSV.",
)
@click.option(
    "--mapping",
    metavar="FILE|NAME",
    help="table: the mapping file, or the name of a shipped one: icsr, viina.",
)
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_template,
    help="Write a mapping file to fill in to standard output, and nothing else.",
)
@click.option("--source", metavar="ID", help="Id of the data set's own record.")
@click.option("--title", metavar="TEXT", help="Its title.")
@click.option("--publisher", metavar="TEXT", help="Its publisher.")
@click.option("--published", metavar="DATE", help="When it came out; EDTF, as in 2019-06.")
@click.option("--url", metavar="URL", help="Where it is.")
@click.option(
    "--reliability", type=click.Choice(list("ABCDEF")), metavar="A-F", help="Its Admiralty grade."
)
@click.option(
    "--known-from",
    type=click.Choice(KNOWN_FROM),
    default=KNOWN_FROM[0],
    show_default=True,
    help="ged: whether a row was known by its references, or only when the data set came out.",
)
@click.option(
    "--dates",
    metavar="ORDER",
    help="acled: how its dates are written, as in 'd/m/y', if that is in doubt.",
)
@click.option(
    "--encoding", metavar="NAME", help="Of a text that is neither UTF-8 nor has a byte-order mark."
)
def import_(
    log: str, form: str, files: tuple[str, ...], dry_run: bool, refused: str | None, **options: Any
) -> None:
    """Imports FILEs of a FORMAT into LOG. What is in it already is not written twice.

    Every row that cannot be read is refused, with the reason; the others are written, at most
    50,000 events in a transaction.

    \b
    FORMAT is one of:
      ged       UCDP GED, as CSV, also as the Humanitarian Data Exchange has it
      acled     ACLED, as CSV, with current and older headers
      table     any CSV or .xlsx, as a mapping file says (--mapping)
      geonames  places: a GeoNames dump
      units     places: administrative units as JSON, as Open Syria has them
    """  # noqa: D301 - click looks for the character itself
    report = Report()
    with ExitStack() as stack:
        if refused is not None:
            report.on_refused = _writer(stack, refused)
        timeline = stack.enter_context(write_log(log))
        events = (
            event
            for file in files
            for event in _FORMATS[form](file, report, options, _progress(stack, file))
        )
        import_events(timeline, events, report, dry_run=dry_run)
        position = timeline.position
    _tell(report, dry_run, position, refused)


def _writer(stack: ExitStack, path: str) -> Callable[[Refused], None]:
    """Writes refused rows to a file as they are met."""
    try:
        stream = stack.enter_context(Path(path).open("w", encoding="utf-8", newline=""))  # noqa: SIM115 - the stack closes it
    except OSError as error:
        raise InputError([Fault(f"cannot be written: {error.strerror or error}", path)]) from None
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "line", "row", "reason"])

    def write(row: Refused) -> None:
        writer.writerow(map(safe_cell, (row.file, row.line, row.row, row.reason)))

    return write


def _progress(stack: ExitStack, file: str) -> Moved:
    """A bar on a terminal that moves as the file is read."""
    stderr = sys.stderr
    size = os.path.getsize(file) if os.path.isfile(file) else 0
    bar = click.progressbar(
        length=size, label=os.path.basename(file), file=stderr, hidden=not stderr.isatty()
    )
    return stack.enter_context(bar).update


def _tell(report: Report, dry_run: bool, position: int, refused: str | None) -> None:
    read = f"{count_of(report.rows, 'row')} read, {report.refusals:,} refused."
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(report.found.items()))
    if dry_run:
        say(f"{read} Nothing was written; it would be: {kinds or 'nothing'}.")
    else:
        there = report.recorded - report.new
        known = f", {there:,} {'was' if there == 1 else 'were'} there already" if there else ""
        new = count_of(report.new, "event")
        say(f"{read} Recorded {new}{known}; log position {position:,}.")
        if kinds:
            say(f"Read: {kinds}.")
    for note, times in sorted(report.notes.items()):
        say(f"Note: {note} ({times:,}).")
    if report.refused:
        columns = [Column("Line", right=True), Column("Row"), Column("Refused because", least=30)]
        reasons: dict[str, list[Refused]] = {}
        for row in report.refused:
            reasons.setdefault(row.reason, []).append(row)
        told = list(reasons.values())[:_SHOWN]
        say(render(columns, [_refused_row(alike) for alike in told], screen_width()))
        if report.refusals > len(told):
            say(f"All {report.refusals:,} refused rows: see {refused or '--refused FILE'}.")


def _refused_row(alike: Sequence[Refused]) -> list[Cell]:
    """The first of the rows refused for one reason, and how many more there are."""
    first, others = alike[0], len(alike) - 1
    reason = f"{first.reason} (and {count_of(others, 'more row')})" if others else first.reason
    return [str(first.line or ""), first.row, reason]
