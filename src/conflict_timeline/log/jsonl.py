"""A whole log as JSON Lines, and back: nothing is lost, and every byte that is hashed is the same.

docs/reference/jsonl.md describes the lines. What is read may come from anyone, so it is checked
before any of it is written: the ids, the roots of the log and of its histories, and the heads of
its checkpoints. Signatures are for ``verify``, which is given keys.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any, NoReturn

import attrs

from conflict_timeline.codec import canonical_json
from conflict_timeline.errors import ConflictTimelineError, Fault, InputError, LogError, shown
from conflict_timeline.log.batch import INSTANT
from conflict_timeline.log.contract import Checkpoint, Entry, Head, History, HistoryEntry, Store
from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.log.notes import Note, Statement
from conflict_timeline.log.sqlite import SQLiteLog

__all__ = ["LogFile", "lines_of", "read_log_file", "restore_dump", "whole"]

#: An event is at most 1,000,000 bytes; no line has much more beside it.
LONGEST_LINE = 1_100_000

_FORMAT = "log"
_VERSION = 1
_ID = re.compile(r"[0-9a-f]{64}")
_LOG = re.compile(r"[0-9a-f]{32}")


def lines_of(store: Store) -> Iterator[bytes]:
    """The lines of a log as it is now, each with its line feed."""
    head = store.head()
    yield _line({
        "conflict_timeline": _FORMAT, "version": _VERSION, "log": store.identity,
        "size": head.size, "root": head.root.hex(),
    })  # fmt: skip
    for entry in store.entries(upto=head.size):
        content = b'"erased":true' if entry.erased else b'"event":' + entry.data
        yield b'{"position":%d,"id":"%s","recorded":"%s",%s}\n' % (
            entry.position, entry.id.encode(), entry.recorded.encode(), content,
        )  # fmt: skip
    histories = store.histories()
    for history in histories:
        yield _line({"history": {
            "number": history.number, "log": history.log, "size": history.head.size,
            "root": history.head.root.hex(), "continues": history.continues,
        }})  # fmt: skip
        begun = next((h.head.size for h in histories if h.number == history.continues), 0)
        for told in store.history_entries(history.number):
            if told.position > begun:
                yield _line({"history_entry": {"history": history.number, **attrs.asdict(told)}})
    for kept in store.checkpoints():
        yield _line({"checkpoint": {"note": kept.note, "history": _whose(store, kept)}})


def _whose(store: Store, kept: Checkpoint) -> int | None:
    """The history that a checkpoint is of; None if it is of the log itself.

    Of several histories of one log it is the first whose tree had that head: one may be too short,
    or of a copy that went its own way.
    """
    size, own = kept.head.size, kept.log == store.identity
    if own and size <= store.position and store.root(size) == kept.head.root:
        return None
    numbers = [history.number for history in store.histories() if history.log == kept.log]
    for number in numbers:
        entries = islice(store.history_entries(number), size)
        grown = Growth()
        grown.extend([leaf_hash(entry.id, entry.recorded) for entry in entries])
        if Head(grown.size, grown.root) == kept.head:
            return number
    return None if own or not numbers else numbers[0]  # damaged: which is for verify to tell


def _line(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


@attrs.frozen
class LogFile:
    """A log as its lines tell it.

    Attributes:
        log: its identity.
        head: its size and root.
        entries, histories, checkpoints: all that it has.
    """

    log: str
    head: Head
    entries: tuple[Entry, ...]
    histories: tuple[History, ...]
    checkpoints: tuple[Checkpoint, ...]

    def into(self, store: Store) -> None:
        """Records all of it in an empty log of the same identity."""
        store.take(
            self.entries,
            histories=self.histories,
            checkpoints=self.checkpoints,
            keep_recorded=True,
            expected_position=0,
        )


@contextlib.contextmanager
def whole(path: str) -> Iterator[IO[bytes]]:
    """A new file to write to, which is there whole when the block ends, or not at all.

    Raises:
        FileExistsError: if something is there.
    """
    if os.path.lexists(path):
        raise FileExistsError(f"{path}: is there already")
    folder = os.path.dirname(os.path.abspath(path))
    try:
        temporary = tempfile.TemporaryDirectory(dir=folder, prefix=".dump-")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None
    with temporary as made:
        part = os.path.join(made, "part")
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # unlike a rename it never replaces what came meanwhile


def restore_dump(path: str | Path, to: str | Path) -> SQLiteLog:
    """Makes the log that a file of lines tells of; it is there whole, or not at all.

    Args:
        path: the file of lines.
        to: where the log goes; nothing may be there.

    Raises:
        InputError: with the line at fault; nothing was made.
        FileExistsError: if something is there.
        LogError: if the log cannot be written.
    """
    target = Path(to)
    if target.exists():
        raise FileExistsError(f"{target}: is there already; a log is restored to a new file")
    with open(path, "rb") as file:
        told = read_log_file(file, str(path))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        made = Path(folder) / target.name
        with SQLiteLog.open(made, identity=told.log) as log:
            told.into(log)
            if log.head() != told.head or (problems := log.verify()):
                raise LogError(f"{path}: does not give the log that it tells of: {problems[0]}")
        os.link(made, target)  # unlike a rename it never replaces what came meanwhile
    return SQLiteLog.open(target, create=False)


def read_log_file(file: IO[bytes], name: str) -> LogFile:
    """The log that lines tell of.

    Args:
        file: open for reading bytes.
        name: of the file, for messages.

    Raises:
        InputError: with the first line that is not as it must be, or that contradicts another.
    """
    reader = _Reader()
    number = 1
    try:
        for line in _lines(file):
            reader.take(line)
            number += 1
        return reader.finished()
    except ConflictTimelineError as error:
        text = str(error)
    except UnicodeDecodeError as error:
        text = f"expected UTF-8, got byte {error.start} that is not"
    except ValueError as error:
        text = f"expected JSON: {error}"
    except RecursionError:
        text = "expected a line of a log, got JSON nested too deeply"
    raise InputError([Fault(text, name, number)]) from None


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise LogError(f"expected a line of at most {LONGEST_LINE} bytes, got more")
        if not line.endswith(b"\n"):
            raise LogError("expected a line feed at the end, got a line that is cut off")
        yield line


class _Reader:
    """Takes the lines one after another."""

    def __init__(self) -> None:
        self._header: dict[str, Any] | None = None
        self._entries: list[Entry] = []
        self._grown = Growth()
        self._histories: list[tuple[History, list[HistoryEntry], Growth]] = []
        self._checkpoints: list[Checkpoint] = []

    def take(self, line: bytes) -> None:
        value = _parsed(line)
        if self._header is None:
            self._header = _header(value)
        elif "position" in value:
            self._entry(value)
        elif set(value) == {"history"}:
            self._history(value["history"])
        elif set(value) == {"history_entry"}:
            self._history_entry(value["history_entry"])
        elif set(value) == {"checkpoint"}:
            self._checkpoint(value["checkpoint"])
        else:
            raise LogError(f"expected a line of a log, got the keys {shown(sorted(value))}")

    def finished(self) -> LogFile:
        if self._header is None:
            raise LogError("expected a header, got an empty file")
        head = Head(self._header["size"], bytes.fromhex(self._header["root"]))
        _same("entries", head, self._grown)
        self._end_history()
        histories = tuple(attrs.evolve(h, entries=tuple(e)) for h, e, _ in self._histories)
        return LogFile(
            self._header["log"], head, tuple(self._entries), histories, tuple(self._checkpoints)
        )

    def _entry(self, value: dict[str, Any]) -> None:
        content = "erased" if "erased" in value else "event"
        _keys(value, {"position", "id", "recorded", content})
        position, id_, recorded = _placed(value, self._grown.size + 1)
        if self._histories or self._checkpoints:
            raise LogError("expected the entries before histories and checkpoints")
        if content == "erased" and value["erased"] is not True:
            raise LogError(f"expected erased to be true, got {shown(value['erased'])}")
        data = b"" if content == "erased" else canonical_json(value["event"])
        if data and hashlib.sha256(data).hexdigest() != id_:
            raise LogError(f"expected the event whose hash is {id_}, got another")
        self._entries.append(Entry(position, id_, recorded, data))
        self._grown.extend([leaf_hash(id_, recorded)])

    def _history(self, value: Any) -> None:
        self._end_history()
        _keys(value, {"number", "log", "size", "root", "continues"})
        log, head = _text(value["log"], _LOG, "log"), _head(value)
        if value["number"] != len(self._histories) + 1:
            raise LogError(f"expected history {len(self._histories) + 1}, got {value['number']!r}")
        grown = Growth()
        continues = value["continues"]
        if continues is not None:
            if not isinstance(continues, int) or not 0 < continues <= len(self._histories):
                raise LogError(f"expected an earlier history, got {shown(continues)}")
            before, _, reached = self._histories[continues - 1]
            if before.log != log:
                raise LogError("expected a history to continue one of the same log")
            grown = Growth(reached.size, reached.peaks)
        history = History(log, head, (), continues, value["number"])
        self._histories.append((history, [], grown))

    def _history_entry(self, value: Any) -> None:
        _keys(value, {"history", "position", "id", "recorded"})
        if not self._histories or value["history"] != len(self._histories):
            raise LogError(f"expected an entry of the history before it, got {shown(value)}")
        _, entries, grown = self._histories[-1]
        position, id_, recorded = _placed(value, grown.size + 1)
        entries.append(HistoryEntry(position, id_, recorded))
        grown.extend([leaf_hash(id_, recorded)])

    def _end_history(self) -> None:
        if self._histories:
            history, _, grown = self._histories[-1]
            _same(f"history {history.number}", history.head, grown)

    def _checkpoint(self, value: Any) -> None:
        _keys(value, {"note", "history"})
        whose = value["history"]
        if whose is not None and not (isinstance(whose, int) and 0 < whose <= len(self._histories)):
            raise LogError(f"expected a history or null, got {shown(whose)}")
        if not isinstance(value["note"], str):
            raise LogError(f"expected a signed note, got {shown(value['note'])}")
        said = Statement.parse(Note.parse(value["note"]).body)
        assert self._header is not None
        log = self._header["log"] if whose is None else self._histories[whose - 1][0].log
        head = Head(said.size, said.root)
        self._checkpoints.append(Checkpoint(log, head, value["note"]))


def _parsed(line: bytes) -> dict[str, Any]:
    value = json.loads(
        line.decode("utf-8"),
        object_pairs_hook=_each_once,
        parse_constant=_no_constant,
        parse_int=_bounded,
    )
    if not isinstance(value, dict):
        raise LogError(f"expected a JSON object, got {shown(value)}")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise LogError("expected each key once, got one twice")
    return table


def _no_constant(name: str) -> NoReturn:
    raise LogError(f"expected a number, got {name}")


def _bounded(digits: str) -> int:
    if len(digits) > 20:
        raise LogError(f"expected a number within +-2**53, got {shown(digits)}")
    return int(digits)


def _header(value: dict[str, Any]) -> dict[str, Any]:
    _keys(value, {"conflict_timeline", "version", "log", "size", "root"})
    if (value["conflict_timeline"], value["version"]) != (_FORMAT, _VERSION):
        raise LogError("expected the header of a log of version 1, as conflict-timeline writes it")
    _text(value["log"], _LOG, "log")
    _head(value)
    return value


def _head(value: Mapping[str, Any]) -> Head:
    size = value["size"]
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 2**53:
        raise LogError(f"size: expected a number of entries, got {shown(size)}")
    return Head(size, bytes.fromhex(_text(value["root"], _ID, "root")))


def _placed(value: Mapping[str, Any], due: int) -> tuple[int, str, str]:
    if value["position"] != due or isinstance(value["position"], bool):
        raise LogError(f"expected position {due}, got {shown(value['position'])}")
    return due, _text(value["id"], _ID, "id"), _text(value["recorded"], INSTANT, "recorded")


def _text(value: Any, form: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise LogError(f"{name}: expected {form.pattern}, got {shown(value)}")
    return value


def _keys(value: Any, expected: Iterable[str]) -> None:
    if not isinstance(value, Mapping) or set(value) != set(expected):
        raise LogError(f"expected the keys {', '.join(sorted(expected))}, got {shown(value)}")


def _same(what: str, head: Head, grown: Growth) -> None:
    if (grown.size, grown.root) != (head.size, head.root):
        raise LogError(
            f"{what}: expected {head.size} with the root {head.root.hex()}, got {grown.size} with "
            f"{grown.root.hex()}"
        )
