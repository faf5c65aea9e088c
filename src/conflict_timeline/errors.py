"""The errors of the library: one root, and each also the builtin a caller would catch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs


class ConflictTimelineError(Exception):
    """Root of every error that this library raises on purpose."""


class DateError(ConflictTimelineError, ValueError):
    """A date text or value that is not a day, or not a date within years 1 to 9999."""


class QuantityError(ConflictTimelineError, ValueError):
    """A count, share or figure whose bounds are not numbers, or are out of range."""


class EventError(ConflictTimelineError, ValueError):
    """A field of an event that cannot be what it says."""


class DecodeError(ConflictTimelineError, ValueError):
    """Bytes or a table that do not decode to an event of a known kind and version."""


class UnknownNameError(ConflictTimelineError, KeyError):
    """A name that no visible record bears; carries the nearest ones.

    Attributes:
        name: what was asked for.
        what: ``"place"``, ``"actor"``, ``"source"`` ...
        candidates: up to five nearest known names, best first.
    """

    def __init__(self, what: str, name: str, candidates: Iterable[str] = ()) -> None:
        self.what = what
        self.name = name
        self.candidates = tuple(candidates)
        hint = f"; nearest: {', '.join(self.candidates)}" if self.candidates else ""
        self.message = f"no {what} is known as {name!r}{hint}"
        super().__init__(self.message)

    def __str__(self) -> str:  # KeyError would show the repr of its message
        return self.message


class AmbiguousNameError(UnknownNameError):
    """A name that several records bear; ``candidates`` are their ids."""

    def __init__(self, what: str, name: str, candidates: Iterable[str]) -> None:
        super().__init__(what, name, candidates)
        self.message = (
            f"{name!r} may be any of several {what}s: {', '.join(self.candidates)}; ask by id"
        )
        self.args = (self.message,)


class AxisError(ConflictTimelineError, ValueError):
    """A time axis that is malformed, or that the question cannot honour."""


class CitationError(ConflictTimelineError, ValueError):
    """A citation that cannot be read, or an answer that is not the cited one.

    Attributes:
        differences: one sentence for each thing that is wrong or differs.
    """

    def __init__(self, head: str, differences: Iterable[str]) -> None:
        self.differences = tuple(differences)
        super().__init__("\n".join([head, *(f"  {difference}" for difference in self.differences)]))


class ProofError(ConflictTimelineError, ValueError):
    """A key, checkpoint or proof that cannot be read, or that does not show what it should."""


class MissingExtraError(ConflictTimelineError, ImportError):
    """Something that needs packages which only an optional extra brings."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'conflict-timeline[{extra}]'")


class LogError(ConflictTimelineError):
    """Root of what can go wrong with a log as a store."""


class NotALogError(LogError, ValueError):
    """A file that is not one of our logs, or whose schema is not as it was made."""


class LogNotFoundError(LogError, FileNotFoundError):
    """A log that is not there, or the folder that it should be made in."""


class LogExistsError(LogError, FileExistsError):
    """A place for a copy of a log that something else has; it was left as it is."""


class NotWrittenError(LogError, OSError):
    """An append of which surely nothing was written."""


class OutcomeUnknownError(LogError, OSError):
    """An append whose outcome is unknown: reopen the log, and the same append again is safe."""


class ClosedError(NotWrittenError, ValueError):
    """A log that was closed: an answer needs it for what it has not read yet."""


class PositionConflictError(NotWrittenError):
    """The log was not at ``expected_position``; nothing was written."""


class ErasedError(LogError, LookupError):
    """The event of an entry whose bytes were erased after a redaction."""


@attrs.frozen
class Fault:
    """One thing wrong with an input, and where.

    Attributes:
        message: what was expected and what came.
        file: the file's name, or None for events handed over in Python.
        line: 1-based line in that file, where it can be told.
        path: where in the input, as in ``event[3].when``.
    """

    message: str
    file: str | None = None
    line: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        where = ": ".join(part for part in (place, self.path) if part)
        return f"{where}: {self.message}" if where else self.message


class InputError(ConflictTimelineError, ValueError):
    """An input with one or more faults; all of them are told, and nothing was written.

    Attributes:
        faults: every fault found, in the order of the input.
        readable: what could be read of the input all the same, for further checks.
    """

    def __init__(self, faults: Iterable[Fault], readable: Iterable[Any] = ()) -> None:
        self.faults = tuple(faults)
        self.readable = tuple(readable)
        count = len(self.faults)
        head = f"{count} fault{'s' if count != 1 else ''}, nothing was written"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


def shown(value: Any, limit: int = 80) -> str:
    """The repr of a value, cut to a length that fits a message."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or an integer of too many digits
        text = f"a value of type {type(value).__name__} that is too large to show"
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
