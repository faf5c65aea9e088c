"""Exports: tables of a view in the formats of other tools."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from conflict_timeline.cli.axes import Question, log_argument, question_of_view
from conflict_timeline.cli.running import say, write_log
from conflict_timeline.cli.writing import output
from conflict_timeline.errors import AxisError
from conflict_timeline.exporters import (
    FORMATS,
    GRAPHS,
    TABLES,
    Table,
    table,
    write,
    write_graph,
    write_tables,
)
from conflict_timeline.exporters.datasette import metadata as datasette_metadata
from conflict_timeline.exporters.plain import json_text
from conflict_timeline.exporters.spreadsheets import write_csv

__all__ = ["export", "tables"]

_DATASETTE = "datasette-metadata"


@click.command(short_help="Writes tables for spreadsheets, maps, data frames.")
@question_of_view
@click.argument("form", metavar="FORMAT", type=click.Choice([*FORMATS, *GRAPHS, _DATASETTE]))
@click.argument("name", metavar="[TABLE]", type=click.Choice([*TABLES]), required=False)
@click.option("--day", metavar="DAY", help="The day the table is of: control, headcounts need it.")
@click.option(
    "--place",
    "places",
    multiple=True,
    metavar="PLACE",
    help="Only that place, of control and control_spans; may be given several times.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write to FILE, whole or not at all; '-' or none is standard output.",
)
@click.option(
    "--metadata",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Also write to FILE, as JSON, what the columns mean and which view it is.",
)
@click.option("--bom", is_flag=True, help="Begin CSV with a byte-order mark, as Excel wants it.")
def export(
    asked: Question,
    form: str,
    name: str | None,
    day: str | None,
    places: Sequence[str],
    out: str | None,
    metadata: str | None,
    bom: bool,
) -> None:
    """Writes TABLE of LOG in FORMAT: csv, jsonl, geojson, timelinejs, parquet or arrow.

    turtle and ntriples write all claims with their sources, as RDF, and datasette-metadata what the
    SQL views mean ('tables' makes them); they take no TABLE.

    \b
    TABLE is one of:
      control        who held what on a day
      control_spans  who held what, span by span
      headcounts     how many were where on a day
      incidents      what happened
      claims         what was claimed, by whom, when
      sources, places, actors, merges

    What is unknown or open is null, or an empty cell; it is never zero, and never today.
    """  # noqa: D301 - click looks for the character itself
    if form not in FORMATS:
        given = {"TABLE": name, "--day": day, "--place": places, "--metadata": metadata}
        if besides := [option for option, value in {**given, "--bom": bom}.items() if value]:
            raise click.UsageError(f"{form}: expected no {', no '.join(besides)}")
        _export_whole(asked, form, out)
        return
    if name is None:
        raise click.UsageError(f"{form}: expected a TABLE, one of {', '.join(TABLES)}")
    if bom and form != "csv":
        raise AxisError(f"--bom: expected the format csv, got {form}")
    if FORMATS[form].binary and out is None and _is_terminal():
        raise click.UsageError(f"{form} is binary: give --out FILE, or send it to a file")
    found = table(
        name,
        asked.view,
        day=day,
        places=places or None,
        language=asked.language,
        progress=partial(_progress, name),
    )
    with output(out) as stream:
        remarks = write_csv(found, stream, bom=True) if bom else write(found, form, stream)
    if metadata is not None:
        with output(metadata) as stream:
            stream.write(f"{json_text(_described(found))}\n".encode())
    for remark in remarks:
        say(remark)


@click.command(short_help="Puts SQL views into a log, for R, QGIS, Datasette.")
@log_argument
@click.option(
    "--lang",
    type=click.Choice(["en", "ar", "fi"]),
    default="en",
    show_default=True,
    help="Language of names in control_spans.",
)
def tables(log: str, lang: str) -> None:
    """Puts SQL views into LOG: claims, headcounts, incidents and control_spans.

    The first three are always of now. control_spans is worked out: run this again after an append,
    as its column is_current says.
    """
    with write_log(log) as timeline:
        progress = partial(_progress, "control_spans")
        position = write_tables(timeline, language=lang, progress=progress)
    say(f"{log}: has its views; control_spans is of log position {position:,}.")


def _export_whole(asked: Question, form: str, out: str | None) -> None:
    """Writes what is of the whole view, or of the file."""
    view = asked.view
    with output(out) as stream:
        if form == _DATASETTE:
            found = datasette_metadata(Path(asked.label).stem)
            stream.write(f"{json_text(found)}\n".encode())
        else:
            write_graph(view, form, stream, progress=partial(_progress, form))


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _progress(label: str, items: Sequence[Any]) -> Iterable[Any]:
    """The items, with a bar on a terminal that moves as they are taken."""
    stderr = sys.stderr
    hidden = not stderr.isatty()
    with click.progressbar(items, label=label, file=stderr, hidden=hidden) as bar:
        yield from bar


def _described(found: Table) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "type": column.type.value,
            "description": column.meaning,
            **({} if column.unit is None else {"unit": column.unit}),
        }
        for column in found.columns
    ]
    return {**found.about, "description": found.spec.meaning, "columns": columns}
