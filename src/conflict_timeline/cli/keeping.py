"""Commands on whole logs: merge, prepare, redact, redactions, dump, undump."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import attrs
import click

from conflict_timeline.cli.axes import format_option, log_argument
from conflict_timeline.cli.machine import write_csv, write_json
from conflict_timeline.cli.reading import read_events
from conflict_timeline.cli.running import read_log, say, write_log
from conflict_timeline.cli.tables import Cell, Column, render, screen_width
from conflict_timeline.errors import Fault, InputError
from conflict_timeline.timeline import undump as make_from_dump
from conflict_timeline.timeline.redactions import Redaction
from conflict_timeline.words import count_of

__all__ = ["dump", "merge", "prepare", "redact", "redactions", "undump"]


@click.command(short_help="Takes over what other logs have.")
@log_argument
@click.argument("others", nargs=-1, required=True, metavar="OTHER...")
def merge(log: str, others: tuple[str, ...]) -> None:
    """Takes over into LOG the events, histories and checkpoints of OTHER logs.

    OTHER is a log, or a dump of one; it is left as it is. Which of two logs takes over the other,
    and how often, changes no answer. Records that both declare, each in its own way, are told: the
    answers use one of them, the same in both logs.
    """
    with write_log(log) as timeline:
        for other in others:
            with _opened(other) as path:
                told = timeline.merge(path)
            there = f", {told.shared:,} shared" if told.shared else ""
            say(f"{other}: {count_of(told.taken, 'new event')} taken{there}.")
            for conflict in told.conflicts:
                say(
                    f"  {conflict.kind} {conflict.id}: declared differently in "
                    f"{', '.join(conflict.fields)}; event {conflict.stands.content_id} counts. To "
                    "settle it, retract one of the two."
                )
        say(f"Log position {timeline.position:,}.")


@contextmanager
def _opened(path: str) -> Iterator[str]:
    """The path of a log; for a dump, of the log that it gives, for as long as that is needed."""
    with open(path, "rb") as file:
        is_dump = file.read(1) == b"{"
    if not is_dump:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "log.db"
        make_from_dump(path, made).close()
        yield str(made)


@click.command(short_help="Makes ready what questions are answered from.")
@log_argument
def prepare(log: str) -> None:
    """Makes ready beforehand what questions about all places of LOG are answered from.

    It is kept in the file beside LOG whose name ends in -index, and changes no answer. That is
    worth its time after many reports were recorded, some 5 seconds for a million; a program that
    goes on asking does it by itself.
    """
    with read_log(log) as timeline:
        timeline.prepare()
        say(f"Ready up to log position {timeline.position:,}.")


@click.command(short_help="Erases the bytes of one event; all proofs stay.")
@log_argument
@click.argument("event", metavar="ID")
@click.option("--reason", required=True, help="Why; it is shown, so it must not tell what goes.")
@click.option(
    "--instead",
    type=click.File("rb"),
    metavar="FILE",
    help="The event without what must go, as TOML or JSON; '-' is standard input.",
)
@click.confirmation_option(
    prompt="The bytes cannot be brought back from this file. Erase them?",
    help="Do not ask first.",
)
def redact(log: str, event: str, reason: str, instead: IO[bytes] | None) -> None:
    """Erases the bytes of the event ID from LOG. Its position, id, tree and proofs stay.

    With --instead another event stands in its place in every view, and answers stay as they are.
    Without it a claim goes altogether. Copies of LOG made before keep the bytes until they take
    LOG over with ``merge``.
    """
    with write_log(log) as timeline:
        left = None
        if instead is not None:
            name = getattr(instead, "name", "<stdin>")
            found = read_events(instead.read(), name)
            if len(found) != 1:
                raise InputError([Fault(f"expected one event, got {len(found)}", name)])
            left = found[0].event
        position = timeline.redact(event, reason, left)
        say(f"Erased; the redaction is at log position {position:,}.")


@click.command(short_help="What was redacted: when and why, never what.")
@log_argument
@format_option
def redactions(log: str, form: str) -> None:
    """Lists what was redacted in LOG: position and id, when, why, and whether something is left."""
    with read_log(log) as timeline:
        found = timeline.view().redactions
    if form == "json":
        write_json({"log": log, "redactions": [attrs.asdict(redaction) for redaction in found]})
    elif form == "csv":
        names = [field.name for field in attrs.fields(Redaction)]
        write_csv(names, [attrs.astuple(redaction) for redaction in found])
    elif found:
        columns = [
            Column("Position", right=True), Column("Event"), Column("Redacted"),
            Column("Left"), Column("Reason", least=20),
        ]  # fmt: skip
        cells: list[list[Cell]] = [
            [f"{r.position:,}", r.id[:12], r.recorded[:10], "yes" if r.left else "no", r.reason]
            for r in found
        ]
        click.echo(render(columns, cells, screen_width()))
    else:
        say(f"{log}: nothing was redacted.")


@click.command(short_help="Writes a whole log as JSON Lines.")
@log_argument
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write to FILE, which must not be there yet; '-' or none is standard output.",
)
def dump(log: str, out: str | None) -> None:
    """Writes LOG as JSON Lines: every event, the hash tree's root, histories and checkpoints.

    ``undump`` makes the same log of it again. What was redacted is not in it.
    """
    with read_log(log) as timeline:
        if out in (None, "-"):
            timeline.dump(sys.stdout.buffer)
        else:
            timeline.dump(out)
            say(f"{out}: written, {count_of(timeline.position, 'entry', 'entries')}.")


@click.command(short_help="Makes a log of a dump.")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.argument("log", metavar="LOG")
def undump(file: str, log: str) -> None:
    """Makes LOG, a new file, of FILE as ``dump`` wrote it: the same ids, tree and checkpoints.

    FILE is checked first: if a line does not hold, nothing is made.
    """
    with make_from_dump(file, log) as timeline:
        say(f"{log}: made, with {count_of(timeline.position, 'entry', 'entries')}.")
