"""Event files: TOML with one ``[[event]]`` table an event; every fault with its file and line."""

from __future__ import annotations

import hashlib
import math
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import attrs

from conflict_timeline.codec import from_table, salvaged
from conflict_timeline.errors import EventError, Fault, InputError, shown
from conflict_timeline.events import (
    Actor,
    Corrected,
    Event,
    Locator,
    Place,
    Source,
    Statement,
)
from conflict_timeline.files import read_file
from conflict_timeline.frozen import FrozenMap
from conflict_timeline.toml_lines import DEEPEST, Lines, scan

__all__ = [
    "Document",
    "Located",
    "is_json",
    "paragraph_hash",
    "paragraphs",
    "read_document",
    "read_documents",
    "unmatched_locators",
]

#: A file larger than this is no hand-written one, and would exhaust time and memory.
LARGEST_FILE = 50_000_000
#: What stands at the top level of a file.
TOP_LEVEL = ("event", "about")

PathLike = str | os.PathLike[str]


@attrs.frozen
class Located:
    """An event, and where it stands in its file.

    Attributes:
        event: the event.
        file: the file's name, or None for an event that came from no file.
        line: 1-based line of its ``[[event]]`` header.
        path: ``event[3]`` for the third of the file.
        lines: by field (``when``, ``count.low``), the line on which it is given.
        complete: whether the event is all that stands there; else faulty fields are left out.
    """

    event: Event
    file: str | None
    line: int | None
    path: str
    lines: Mapping[str, int] = attrs.field(
        factory=dict[str, int], converter=FrozenMap[str, int], repr=False
    )
    complete: bool = True

    @classmethod
    def bare(cls, event: Event, number: int) -> Located:
        """An event from no file, the ``number``-th of its batch, counted from 1."""
        return cls(event, None, None, f"event[{number}]")

    def fault(self, message: str, field: str | None = None) -> Fault:
        """A fault of this event, or of one of its fields, found after it was read."""
        return _fault(message, self.file, self.line, self.path, self.lines, field)


@attrs.frozen
class Document:
    """What one event file holds."""

    path: str
    events: tuple[Located, ...]


def read_document(path: PathLike) -> Document:
    """Reads one event file.

    A UTF-8 byte-order mark, which some editors write, is passed over.

    Args:
        path: a TOML file: ``[[event]]`` tables, each as ``codec.from_table`` takes it, and at most
            an ``about`` text beside them.

    Raises:
        InputError: with every fault in it; also if it is missing, empty, too large, not UTF-8 or
            not TOML.
    """
    document, faults, _ = _read(path)
    faults += _conflicts(document.events)
    if faults:
        raise InputError(faults)
    return document


def read_documents(paths: PathLike | Iterable[PathLike]) -> list[Document]:
    """Reads several event files, each once.

    Args:
        paths: files, or folders of which every ``*.toml`` is read in sorted order (hidden ones
            are not).

    Raises:
        InputError: with every fault of every file, and for a source, place or actor that is
            declared differently in two places. What could be read is in its ``readable``.
    """
    documents: dict[str, Document] = {}
    faults: list[Fault] = []
    salvage: list[Located] = []
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        try:
            files = _files(path)
        except InputError as error:
            faults += error.faults
            continue
        for file in files:
            if (real := os.path.abspath(file)) not in documents:
                documents[real], found, more = _read(file)
                faults += found
                salvage += more
    events = [located for document in documents.values() for located in document.events]
    faults += _conflicts(events)
    if faults:
        raise InputError(faults, readable=[*events, *salvage])
    return list(documents.values())


def paragraphs(text: str) -> list[str]:
    """The non-blank lines of a text in NFC, white space folded to single blanks."""
    lines = re.split(r"[\r\n]", unicodedata.normalize("NFC", text.removeprefix("\ufeff")))
    return [folded for line in lines if (folded := " ".join(line.split()))]


def paragraph_hash(paragraph: str) -> str:
    """SHA-256, in hex, of a paragraph in the form that ``paragraphs`` gives it."""
    folded = " ".join(unicodedata.normalize("NFC", paragraph).split())
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def unmatched_locators(
    items: Iterable[Document | Located | Event], folder: PathLike
) -> list[Fault]:
    """The claims whose locator matches no paragraph of any article.

    A locator without a hash can only be held against the number of paragraphs.

    Args:
        items: documents, or events with or without their place in a file.
        folder: holds the articles as ``*.txt``, a paragraph a line.

    Raises:
        InputError: if the folder holds no article, or one that cannot be read.
    """
    articles = {
        file.name: [paragraph_hash(p) for p in paragraphs(_text_of(file))]
        for file in _files(folder, ".txt")
    }
    faults: list[Fault] = []
    for located in _located(items):
        statements = [located.event]
        if isinstance(located.event, Corrected):
            statements.append(located.event.replacement)
        for statement in statements:
            if isinstance(statement, Statement) and statement.locator is not None:
                field = "locator" if statement is located.event else "replacement.locator"
                if message := _mismatch(statement.locator, articles):
                    faults.append(located.fault(message, field))
    return faults


def _located(items: Iterable[Document | Located | Event]) -> Iterator[Located]:
    for number, item in enumerate(items, 1):
        if isinstance(item, Document):
            yield from item.events
        else:
            yield Located.bare(item, number) if isinstance(item, Event) else item


def _mismatch(locator: Locator, articles: Mapping[str, list[str]]) -> str | None:
    number, sha256 = locator.paragraph, locator.sha256
    long_enough = [hashes for hashes in articles.values() if len(hashes) >= number]
    if any(sha256 in (None, hashes[number - 1]) for hashes in long_enough):
        return None
    elsewhere = [
        f"it is paragraph {hashes.index(sha256) + 1} of {name}"
        for name, hashes in articles.items()
        if sha256 in hashes
    ]
    found = "; ".join(elsewhere) or f"none of the {len(articles)} articles has it"
    return f"expected the paragraph with this hash as paragraph {number}, but {found}"


def _fault(
    message: str,
    file: str | None,
    line: int | None,
    path: str,
    lines: Mapping[str, int],
    field: str | None,
) -> Fault:
    """A fault on the line of the field, or of the nearest table around it."""
    around = field or ""
    while around and around not in lines:
        around = around.rpartition(".")[0]
    return Fault(message, file, lines.get(around, line), f"{path}.{field}" if field else path)


def _files(path: PathLike, suffix: str = ".toml") -> list[Path]:
    """The files of a folder with a suffix, sorted; the path itself if it is no folder."""
    folder = Path(path)
    try:
        if suffix == ".toml" and not folder.is_dir():
            return [folder]
        # Hidden files are left out: archives made on macOS hold a "._x.toml" for each x.toml.
        files = sorted(
            entry
            for entry in folder.iterdir()
            if entry.suffix.lower() == suffix and entry.name[0] != "." and entry.is_file()
        )
    except (OSError, ValueError) as error:
        raise InputError([_unreadable(path, error)]) from None
    if not files:
        message = f"expected a folder with *{suffix} files, found none in it"
        raise InputError([Fault(message, str(path))])
    return files


def _unreadable(path: PathLike, error: OSError | ValueError) -> Fault:
    if isinstance(error, FileNotFoundError):
        return Fault("there is no such file or folder", str(path))
    reason = getattr(error, "strerror", None) or str(error)
    return Fault(f"cannot be read: {reason}", str(path))


def _text_of(path: PathLike) -> str:
    """The text of a UTF-8 file of bounded size."""
    file = str(path)
    try:
        data = read_file(path, LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise InputError([_unreadable(path, error)]) from None
    if len(data) > LARGEST_FILE:
        message = f"expected at most {LARGEST_FILE:,} bytes, got more; split the file"
        raise InputError([Fault(message, file)])
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        looks = " (it looks like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        message = f"expected UTF-8, got a byte that is not at offset {error.start}{looks}"
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([Fault(message, file, line)]) from None


def _read(path: PathLike) -> tuple[Document, list[Fault], list[Located]]:
    """A file's sound events, its faults in their order, and what can be read of the others."""
    file = str(path)
    document = Document(file, ())
    try:
        text = _text_of(path)
        lines = scan(text, file)
        content = _parse(text, lines, file)
    except InputError as error:
        return document, list(error.faults), []
    faults = _top_level_faults(content, lines, file)
    tables = content.get("event")
    located: list[Located] = []
    salvage: list[Located] = []
    for index, table in enumerate(tables if isinstance(tables, list) else []):
        line, fields = lines.events[index]
        path_in_file = f"event[{index + 1}]"
        try:
            event = _event(table)
        except InputError as error:
            faults += [
                _fault(f.message, file, line, path_in_file, fields, f.path) for f in error.faults
            ]
            if (readable := salvaged(table)) is not None:
                part = Located(readable, file, line, path_in_file, fields, complete=False)
                salvage.append(part)
        else:
            located.append(Located(event, file, line, path_in_file, fields))
    faults.sort(key=lambda fault: fault.line or 0)
    return attrs.evolve(document, events=tuple(located)), faults, salvage


def _parse(text: str, lines: Lines, file: str) -> dict[str, Any]:
    line: int | None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).rpartition(" (at ")
        numbers = [int(number) for number in re.findall(r"\d+", where)]
        line = at = numbers[0] if numbers else text.count("\n") + 1
        repeated = [r for r in lines.repeated if r[2] <= at]
        if repeated and message == "Cannot overwrite a value":
            path, key, line, first = repeated[-1]
            message = f"expected each key once; {shown(key)} is given on line {first} already"
            raise InputError([Fault(message, file, line, path)]) from None
        if is_json(text):
            message = "expected TOML, got JSON: 'conflict-timeline append --file' reads that"
            raise InputError([Fault(message, file, 1)]) from None
        column = f" (column {numbers[1]})" if numbers else ""
        message = f"not TOML: {message}{column}"
    except ValueError as error:  # Python refuses to read an integer of thousands of digits
        long = re.search(r"[0-9][0-9_]{4299}", text)
        line = text.count("\n", 0, long.start()) + 1 if long else None
        message = f"expected a number that fits 64 bits: {error}"
    raise InputError([Fault(message, file, line, lines.path_at(line))])


def is_json(text: str) -> bool:
    """Whether a text is meant as JSON: an object, or a list of them.

    TOML can begin with a bracket too, but not as JSON does.
    """
    text = text.lstrip()
    return text[:1] == "{" or (text[:1] == "[" and text[1:].lstrip()[:1] in ("{", "]"))


def _top_level_faults(content: dict[str, Any], lines: Lines, file: str) -> list[Fault]:
    faults: list[Fault] = []
    for key in [key for key in content if key not in TOP_LEVEL]:
        near = get_close_matches(key[:40].lower(), TOP_LEVEL, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        message = f"expected only [[event]] tables and about at the top level{hint}"
        faults.append(Fault(message, file, lines.top.get(key), shown(key)[1:-1]))
    if not isinstance(content.get("about", ""), str):
        message = f"expected text, got {shown(content['about'])}"
        faults.append(Fault(message, file, lines.top.get("about"), "about"))
    if "event" in content and (
        not isinstance(content["event"], list) or len(content["event"]) != len(lines.events)
    ):
        message = "expected [[event]] tables, in double brackets"
        faults.append(Fault(message, file, lines.top.get("event"), "event"))
        content["event"] = None
    if not faults and not content.get("event"):
        faults.append(Fault("expected at least one [[event]] table, found none", file))
    return faults


def _event(table: Mapping[str, Any]) -> Event:
    """The event of a table; values that TOML can hold and an event cannot are told first."""
    faults = list(_unfit(table))
    bad = {(fault.path or "").partition(".")[0] for fault in faults}
    try:
        event = from_table({key: value for key, value in table.items() if key not in bad})
        if not faults:
            _ = event.content_id  # refuses an event too large to be written
            return event
    except InputError as error:
        faults += [f for f in error.faults if (f.path or "").partition(".")[0] not in bad]
    except EventError as error:
        faults.append(Fault(str(error)))
    raise InputError(faults)


def _unfit(table: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of single values; walks without recursion, as the nesting may be hostile."""
    pending: list[tuple[str, Any, int]]
    pending = [(key, table[key], 1) for key in reversed(list(table))]
    while pending:
        path, value, depth = pending.pop()
        if depth > DEEPEST:
            yield Fault(f"expected values nested at most {DEEPEST} deep", path=path)
        elif isinstance(value, dict):
            pending += [(f"{path}.{key}", value[key], depth + 1) for key in reversed(value)]
        elif isinstance(value, list):
            pending += [(path, item, depth + 1) for item in reversed(value)]
        elif isinstance(value, datetime | time):
            message = f"expected a day without a time of day, got {value.isoformat()}"
            yield Fault(message, path=path)
        elif isinstance(value, float) and not math.isfinite(value):
            yield Fault(f"expected a finite number, got {value}", path=path)
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            yield Fault(f"expected a number that fits 64 bits, got {hex(value)[:20]}...", path=path)


def _conflicts(events: Iterable[Located]) -> list[Fault]:
    """Faults of sources, places and actors declared again with other content."""
    first: dict[tuple[type[Event], str], Located] = {}
    faults: list[Fault] = []
    for located in events:
        event = located.event
        if isinstance(event, Source | Place | Actor):
            earlier = first.setdefault((type(event), event.id), located)
            if earlier.event != event:
                what = type(event).__name__.lower()
                where = f"{earlier.file}:{earlier.line}: {earlier.path}"
                message = f"{what} {event.id!r} is declared differently at {where}"
                faults.append(located.fault(message, "id"))
    return faults
