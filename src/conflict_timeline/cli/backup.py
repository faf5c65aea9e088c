"""Commands that copy a whole log: backup, restore."""

from __future__ import annotations

import click

from conflict_timeline.cli.axes import log_argument
from conflict_timeline.cli.running import say
from conflict_timeline.log import Head, SQLiteLog
from conflict_timeline.log.postgres_url import is_url, masked
from conflict_timeline.words import count_of

__all__ = ["backup", "restore"]


@click.command(short_help="Makes a verified copy of a log.")
@log_argument
@click.argument("file", type=click.Path())
def backup(log: str, file: str) -> None:
    """Copies LOG to FILE, which must not be there yet, and verifies the copy.

    LOG is a file; a log on a server is backed up with pg_dump. Others may append to it meanwhile.
    FILE gets its name when it is whole and sound: a backup that is there is a good one.
    """
    if is_url(log):
        raise click.UsageError(
            f"{masked(log)}: a log on a server is backed up with pg_dump, not with this command"
        )
    with SQLiteLog.open(log, create=False, readonly=True) as opened:
        _tell(file, "backup", opened.backup(file))


@click.command(short_help="Makes a log from a backup.")
@click.argument("file", type=click.Path())
@log_argument
def restore(file: str, log: str) -> None:
    """Verifies the backup FILE and copies it to LOG, which must not be there yet."""
    _tell(log, "restored", SQLiteLog.restore(file, log))


def _tell(file: str, what: str, head: Head) -> None:
    say(f"{file}: {what}, verified, {count_of(head.size, 'entry', 'entries')}.")
    say(f"Root: {head.root.hex()}")
