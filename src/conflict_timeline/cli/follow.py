"""The command follow: new entries as they are recorded."""

from __future__ import annotations

import json

import click

from conflict_timeline.cli.axes import format_option, log_argument
from conflict_timeline.cli.machine import write_csv, write_json
from conflict_timeline.cli.running import INTERRUPTED, read_log, say
from conflict_timeline.log import Entry
from conflict_timeline.log.columns import ERASED, columns_of

__all__ = ["follow"]

_CSV = ("position", "recorded", "kind", "subject", "id")


@click.command(short_help="Tells new entries as they are recorded.")
@log_argument
@click.option(
    "--after",
    type=click.IntRange(min=0),
    metavar="POSITION",
    help="Begin after that position; if not given, after the last entry there is now.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="End when nothing new came for so long; if not given, go on until interrupted.",
)
@format_option
def follow(log: str, after: int | None, timeout: float | None, form: str) -> None:
    """Tells each entry of LOG as it is recorded, by whomever: a line each, in order, each once.

    With --format json each line is one JSON object, with the event as it was recorded.
    """
    with read_log(log) as timeline:
        start = timeline.position if after is None else after
        if form == "csv":
            write_csv(_CSV, [])
        else:
            say(f"Following after position {start:,}.")
        try:
            for entry in timeline.follow(start, timeout=timeout):
                _tell(entry, form)
        except KeyboardInterrupt:  # how following is meant to end
            click.get_current_context().exit(INTERRUPTED)


def _tell(entry: Entry, form: str) -> None:
    columns = None if entry.erased else columns_of(entry.event)
    kind = ERASED if columns is None else columns.kind
    subject = None if columns is None else columns.subject
    row = (entry.position, entry.recorded, kind, subject, entry.id)
    if form == "csv":
        write_csv(None, [row])
    elif form == "json":
        event = None if entry.erased else json.loads(entry.data)
        write_json({**dict(zip(_CSV, row, strict=True)), "event": event}, indent=None)
    else:
        click.echo(f"{entry.position:>9,}  {entry.recorded}  {kind:<18}  {subject or ''}")
