"""Commands on a log itself: init, load, append, verify."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

from conflict_timeline.cli.archive import (
    checkpoint_option,
    kept_notes,
    key_option,
    verifier_keys,
)
from conflict_timeline.cli.axes import format_option, log_argument
from conflict_timeline.cli.machine import write_csv, write_json
from conflict_timeline.cli.reading import read_events
from conflict_timeline.cli.running import NO, read_log, say, write_log
from conflict_timeline.cli.tables import Cell, Column, render, screen_width
from conflict_timeline.corpora import corpus as shipped
from conflict_timeline.documents import LARGEST_FILE, unmatched_locators
from conflict_timeline.errors import Fault, LogError, NotALogError
from conflict_timeline.log import Problem, Store, is_url, masked, open_store
from conflict_timeline.timeline import Timeline
from conflict_timeline.words import count_of

if TYPE_CHECKING:
    from conflict_timeline.log.postgres import PostgresLog

__all__ = ["append", "init", "load", "verify"]


@click.command(short_help="Makes a new and empty log.")
@log_argument
@click.option(
    "--writer",
    "writers",
    multiple=True,
    metavar="ROLE",
    help="Of a log on a server: a role that may append and read; may be given several times.",
)
@click.option(
    "--reader",
    "readers",
    multiple=True,
    metavar="ROLE",
    help="Of a log on a server: a role that may only read; may be given several times.",
)
def init(log: str, writers: tuple[str, ...], readers: tuple[str, ...]) -> None:
    """Makes LOG, a new and empty log; one that is there already is left as it is.

    The roles of a log on a server must be there. None of them can change or delete what is
    recorded; only the owner, who runs this command, could.
    """
    if not is_url(log) and (writers or readers):
        raise click.UsageError(f"a file has no roles: expected postgresql://..., got {log}")
    store, new = _made(log)
    with store:
        if new:
            say(f"{masked(log)}: made, empty.")
        else:
            what = count_of(store.position, "entry", "entries")
            say(f"{masked(log)}: is a log already, with {what}; left as it is.")
        if writers or readers:
            cast("PostgresLog", store).grant(writers=writers, readers=readers)
            for roles, rights in ((writers, "may append and read"), (readers, "may read")):
                for role in roles:
                    say(f"{role}: {rights}.")


def _made(log: str) -> tuple[Store, bool]:
    """A log, and whether it is new."""
    if not is_url(log):
        new = not os.path.exists(log)
        return open_store(log), new
    try:
        return open_store(log, create=False), False
    except NotALogError:
        raise
    except LogError:  # it is missing; or cannot be had at all, and then not the next time either
        return open_store(log), True


@click.command(short_help="Loads event files into a log: all of them, or none.")
@log_argument
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option(
    "--corpus", metavar="NAME", help="Load a corpus that is shipped with the package: isis."
)
def load(log: str, files: tuple[str, ...], corpus: str | None) -> None:
    """Loads event FILEs (TOML, or folders of it) into LOG: all of them, or none.

    Every fault in any file is told with its file and line. Loading again what the log holds already
    changes nothing.
    """
    paths: list[str | Path] = [*files, *(shipped(corpus) if corpus is not None else ())]
    if not paths:
        raise click.UsageError("expected a FILE or --corpus, got neither")
    with write_log(log) as timeline:
        before = timeline.position
        positions = timeline.load(_with_progress(paths))
        _tell_recorded(timeline, before, len(positions))


def _with_progress(paths: list[str | Path]) -> Iterator[str | Path]:
    """The paths, with a bar on a terminal that moves as they are taken."""
    stderr = sys.stderr
    with click.progressbar(
        [file for path in paths for file in _files(path)],
        label="Reading",
        file=stderr,
        hidden=not stderr.isatty(),
    ) as bar:
        yield from bar


def _files(path: str | Path) -> list[str | Path]:
    """The event files of a folder, so that each moves the bar; else the path, for load to judge."""
    folder = Path(path)
    found = sorted(f for f in folder.glob("*.toml") if f.name[0] != ".") if folder.is_dir() else []
    return [*found] or [path]


def _tell_recorded(timeline: Timeline, before: int, given: int) -> None:
    after = timeline.position
    known = given - (after - before)
    there = f", {known:,} {'was' if known == 1 else 'were'} there already" if known else ""
    say(f"Recorded {count_of(after - before, 'event')}{there}; log position {after:,}.")


@click.command(short_help="Appends an event given as TOML or JSON.")
@log_argument
@click.option(
    "--file",
    "stream",
    type=click.File("rb"),
    default="-",
    help="File with the event; standard input if not given, or '-'.",
)
def append(log: str, stream: IO[bytes]) -> None:
    """Appends an event to LOG, given as TOML or JSON on standard input.

    TOML holds the fields of one event, or [[event]] tables; JSON one object, or a list of them. The
    position and id of each event are written to standard output: an id is what a retraction or a
    correction aims at.

    \b
    Example:
      conflict-timeline append my.db < event.toml
    """  # noqa: D301 - click looks for the character itself
    located = read_events(stream.read(LARGEST_FILE + 1), getattr(stream, "name", "<stdin>"))
    with write_log(log) as timeline:
        before = timeline.position
        positions = timeline.append(located)
        for position, item in zip(positions, located, strict=True):
            click.echo(f"{position}\t{item.event.content_id}")
        _tell_recorded(timeline, before, len(positions))


@click.command(short_help="Checks a log: rows, ids, hash tree, schema.")
@log_argument
@click.option(
    "--articles",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Also hold the claims' locators against the articles (*.txt) in that folder.",
)
@checkpoint_option
@key_option
@format_option
def verify(
    log: str,
    articles: str | None,
    checkpoints: tuple[str, ...],
    keys: tuple[str, ...],
    form: str,
) -> None:
    """Checks LOG: rows, canonical bytes, ids, hash tree, checkpoints, schema and triggers.

    It cannot tell that the whole file was rewritten, with a hash tree that fits: that takes a
    --checkpoint that was kept elsewhere. Exit code 1 if there are problems.
    """
    known, kept = verifier_keys(keys), kept_notes(checkpoints)
    with read_log(log) as timeline:
        problems = timeline.verify(checkpoints=kept, keys=known)
        position = timeline.position
        faults: list[Fault] = []
        if articles is not None and not problems:
            events = [entry.event for entry in timeline.events()]
            faults = unmatched_locators(events, articles)
    found = [*map(_problem, problems), *map(_unmatched, faults)]
    if form == "json":
        rows = [dict(zip(_CSV, row, strict=True)) for row in found]
        write_json({"log": masked(log), "position": position, "sound": not found, "problems": rows})
    elif form == "csv":
        write_csv(_CSV, found)
    elif found:
        columns = [Column("Position", right=True), Column("Kind"), Column("Problem", least=30)]
        cells: list[list[Cell]] = [[f"{at or ''}", kind, text] for at, kind, text in found]
        click.echo(render(columns, cells, screen_width()))
    else:
        held = "; every locator has its paragraph" if articles is not None else ""
        if kept:
            by = "signed by a key given" if known else "whose signatures were not checked"
            held += f"; as {count_of(len(kept), 'checkpoint')} had it, {by}"
        click.echo(f"{masked(log)}: sound, {count_of(position, 'entry', 'entries')}{held}")
    if found:
        if problems and articles is not None:
            say("The locators were not checked: the log itself is not sound.")
        say(f"{count_of(len(found), 'problem')} found.")
        click.get_current_context().exit(NO)


_CSV = ("position", "kind", "message")


def _problem(problem: Problem) -> tuple[int | None, str, str]:
    return problem.position, problem.kind, problem.message


def _unmatched(fault: Fault) -> tuple[int | None, str, str]:
    digits = "".join(c for c in (fault.path or "").partition("]")[0] if c.isdigit())
    return int(digits) if digits else None, "locator", fault.message
