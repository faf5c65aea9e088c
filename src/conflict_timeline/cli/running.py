"""How commands end: exit codes, one clear line for each error, and streams that do not break."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import Any, NoReturn, TextIO

import click

from conflict_timeline.errors import (
    AxisError,
    CitationError,
    ConflictTimelineError,
    DateError,
    EventError,
    InputError,
    LogError,
    MissingExtraError,
    NotWrittenError,
    OutcomeUnknownError,
    ProofError,
    QuantityError,
    UnknownNameError,
)
from conflict_timeline.log import is_url
from conflict_timeline.timeline import Timeline, open_timeline

__all__ = [
    "BAD_INPUT",
    "BAD_LOG",
    "EXIT_CODES",
    "INTERRUPTED",
    "NO",
    "USAGE",
    "Commands",
    "read_log",
    "say",
    "write_log",
]

NO, USAGE, BAD_INPUT, BAD_LOG = 1, 2, 3, 4
INTERRUPTED, _BROKEN_PIPE = 130, 141  # 128 and the signal's number, as shells have it

_USAGE_ERRORS = (
    *(AxisError, CitationError, DateError, EventError, MissingExtraError, QuantityError),
    UnknownNameError,
)

EXIT_CODES = """\b
Exit codes:
  0  done, or answered
  1  the answer is no: nothing in the log answers, verify found problems, a citation is of
     another answer, or a proof does not hold
  2  wrong usage, a malformed date or citation, an unknown or ambiguous name, or an extra
     that is not installed
  3  a bad input file, key, checkpoint or proof; every fault is told, and nothing was written
  4  the log cannot be opened or written
  130  interrupted
  141  the reader of the output went away
"""


class Commands(click.Group):
    """A group of commands whose errors are told in a line, with the exit code of their kind."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Runs the command line."""
        _set_streams()
        return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was asked for."""
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            ctx.color = False
        try:
            return super().invoke(ctx)
        except ConflictTimelineError as error:
            _fail(ctx, str(error), _exit_code(error))
        except BrokenPipeError:
            _drop_output()
            ctx.exit(_BROKEN_PIPE)
        except KeyboardInterrupt:
            say("Interrupted.")
            ctx.exit(INTERRUPTED)
        except OSError as error:
            _drop_output()
            file = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
            what = f"{file}cannot read or write: {error.strerror}"
            _fail(ctx, what if error.strerror else str(error), BAD_LOG)


def _fail(ctx: click.Context, message: str, code: int) -> NoReturn:
    say(f"{click.style('Error', fg='red')}: {message}")
    ctx.exit(code)


def _exit_code(error: ConflictTimelineError) -> int:
    if isinstance(error, LogError):
        return BAD_LOG
    if isinstance(error, _USAGE_ERRORS):
        return USAGE
    if isinstance(error, ProofError):
        return BAD_INPUT
    # A decode error here is one of a log's bytes: those of an input are told as its faults.
    return BAD_INPUT if isinstance(error, InputError) else BAD_LOG


def _drop_output() -> None:
    """Sends what is still buffered nowhere, lest the interpreter complain at its exit."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _set_streams() -> None:
    """Makes both streams take every name: UTF-8, unless a terminal or the user says otherwise.

    What the user has closed takes everything, and nothing comes of it.
    """
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            chosen = bool(os.environ.get("PYTHONIOENCODING")) or stream.isatty()
            plain = codecs.lookup(stream.encoding).name == "ascii"
            keep = chosen and not plain
            stream.reconfigure(encoding=None if keep else "utf-8", errors="replace")


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # for as long as the process lives


def say(message: str) -> None:
    """A message to the person at the terminal: on standard error, never among the data."""
    click.echo(message, err=True)


def read_log(path: str) -> Timeline:
    """A log to be asked: it is not made if missing, and nothing can be written to it."""
    try:
        return open_timeline(path, readonly=True)
    except LogError as error:
        raise _hinted(error, path) from None


def write_log(path: str) -> Timeline:
    """A log to be appended to; it is not made if missing, as that may be a slip of the pen."""
    try:
        return open_timeline(path, create=False)
    except LogError as error:
        raise _hinted(error, path) from None


def _hinted(error: LogError, path: str) -> LogError:
    if isinstance(error, NotWrittenError | OutcomeUnknownError) or os.path.exists(path):
        return error
    if is_url(path):  # most often the server is away, or does not let us in
        return error
    return LogError(f"{error}; 'conflict-timeline init {path}' makes a log")
