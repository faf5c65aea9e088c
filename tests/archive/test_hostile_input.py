"""Files and texts made to do harm: read, or refused by name; none hangs or exhausts memory."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import random
import socket
import sqlite3
import zipfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from conflict_timeline.cli.reading import read_events
from conflict_timeline.documents import read_document, read_documents, unmatched_locators
from conflict_timeline.errors import ConflictTimelineError, InputError
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.keys import SigningKey, VerifierKey
from tests.conftest import Told

SEED = 20171017
TIME_LIMIT = 120
MOST_MEMORY = 1_500_000_000
SIZE = 100_000

spawn = multiprocessing.get_context("spawn")

EVENT = b'[[event]]\ntype = "source"\nid = "a"\ntitle = "x"\n'


def repeated(unit: bytes, before: bytes = b"") -> bytes:
    return before + unit * (SIZE // len(unit))


def zipped(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../events.toml", EVENT * 10_000)
    return (folder / "x.zip").read_bytes()


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "x.db") as connection:
        connection.execute("CREATE TABLE event (type TEXT)")
    connection.close()
    return (folder / "x.db").read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """What may stand in a file that is given as an event file."""
    rng = random.Random(SEED)
    made = {
        "zip": zipped(folder),
        "gzip": gzip.compress(EVENT * 10_000),
        "sqlite": database(folder),
        "png": b"\x89PNG\r\n\x1a\n" + rng.randbytes(5_000),
        "noise": rng.randbytes(SIZE),
        "bytes without line ends": rng.randbytes(SIZE).replace(b"\n", b""),
        "utf-16": EVENT.decode().encode("utf-16"),
        "utf-32": EVENT.decode().encode("utf-32"),
        "two marks of byte order": b"\xef\xbb\xbf\xef\xbb\xbf" + EVENT,
        "a mark in the middle": EVENT + b"\xef\xbb\xbf" + EVENT,
        "surrogates as bytes": EVENT.replace(b"x", b"\xed\xa0\x80"),
        "surrogates as escapes": EVENT.replace(b"x", b"\\ud800"),
        "beyond Unicode": EVENT.replace(b"x", b"\\UFFFFFFFF"),
        "nul in text": EVENT.replace(b"x", b"a\0b"),
        "nul as escape": EVENT.replace(b"x", b"a\\u0000b"),
        "all line ends": EVENT.replace(b"\n", b"\r\n", 2) + EVENT.replace(b"\n", b"\n\r\n"),
        "old line ends": EVENT.replace(b"\n", b"\r"),
        "line separators": EVENT.replace(b"x", "a\u2028b\u2029c\x85d".encode()),
        "one long line": EVENT.replace(b"x", b"x" * SIZE),
        "a long key": EVENT + b"k" * SIZE + b" = 1\n",
        "an infinite count": EVENT.replace(b"title", b"count = inf\ntitle"),
        "a number of many digits": EVENT.replace(
            b"title", b"count = 1" + b"0" * 5_000 + b"\ntitle"
        ),
        "a large exponent": EVENT.replace(b"title", b"count = 1e400\ntitle"),
        "hexadecimal digits": EVENT.replace(b"title", b"count = 0x" + b"f" * SIZE + b"\ntitle"),
        "a far day": EVENT.replace(b"title", b"published = 9999-12-31T23:59:60Z\ntitle"),
    }
    units: dict[str, tuple[bytes, bytes]] = {
        "headers": (b"[[event]]\n", b""),
        "tables": (b"[a]\n", b""),
        "keys": (b"a=1\n", b""),
        "dots": (b"a.", b""),
        "brackets": (b"[", b"a="),
        "braces": (b"{a=", b"a="),
        "items": (b"1,", b"a=["),
        "quotes": (b'"', b""),
        "triple quotes": (b'"""', b"a="),
        "backslashes": (b"\\", b'a="'),
        "comments": (b"#\n", b""),
        "line ends": (b"\n", b""),
        "nuls": (b"\0", b""),
    }
    return made | {name: repeated(*unit) for name, unit in units.items()}


def read_all(folder: Path, result: Connection) -> None:
    """Runs in a process of its own, of bounded memory: what came of each content."""
    try:
        import resource
    except ImportError:  # not on this system: time alone is bounded
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    outcomes: dict[str, Any] = {}
    for name, data in contents(folder).items():
        file = folder / f"{name}.toml"
        file.write_bytes(data)
        for reader in (read_document, lambda path: read_events(path.read_bytes(), str(path))):
            try:
                reader(file)
                outcomes.setdefault(name, []).append("read")
            except InputError as error:
                told = [fault.file == str(file) and bool(fault.message) for fault in error.faults]
                outcomes.setdefault(name, []).append("refused" if all(told) else "unplaced")
    result.send(outcomes)


def test_contents_are_read_or_refused_in_bounded_memory_and_time(
    tmp_path: Path, told: Told
) -> None:
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=read_all, args=(tmp_path, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.poll(TIME_LIMIT), "it hangs"
        outcomes = ours.recv()
    finally:
        process.kill()
        process.join()
    read = {name for name, ways in outcomes.items() if ways == ["read", "read"]}
    assert read == {
        "nul as escape",
        "all line ends",
        "line separators",
        "one long line",
    }
    refused = {name for name, ways in outcomes.items() if ways == ["refused", "refused"]}
    assert refused == set(outcomes) - read
    told(f"hostile files: seed {SEED}, {len(outcomes)} kinds, {len(read)} read, the others refused")


def folder_of_oddities(folder: Path) -> dict[str, Path]:
    """Things with a name that are no regular files, and that a program may wait on for ever."""
    odd = {name: folder / f"{name}.toml" for name in ("pipe", "folder", "loop", "nowhere", "link")}
    os.mkfifo(odd["pipe"])
    odd["folder"].mkdir()
    odd["loop"].symlink_to(odd["loop"])
    odd["nowhere"].symlink_to(folder / "absent")
    odd["link"].symlink_to(odd["pipe"])
    odd["socket"] = folder / "s.toml"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(odd["socket"]))
    return odd | {"device": Path("/dev/zero"), "terminal": Path("/dev/tty")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(
    "use",
    [
        read_document,
        lambda path: read_documents([path]),
        lambda path: unmatched_locators([], path),
        SigningKey.read,
        VerifierKey.read,
        lambda path: SQLiteLog.open(path, create=False),
        lambda path: SQLiteLog.open(path, readonly=True),
    ],
    ids=["file", "files", "articles", "signer", "verifier", "log", "log to read"],
)
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, use: Callable[[Path], Any]
) -> None:
    for name, path in folder_of_oddities(tmp_path).items():
        with pytest.raises(ConflictTimelineError) as caught:
            use(path)
        assert str(path) in str(caught.value), name
    assert not (tmp_path / "absent").exists(), "a link that leads nowhere was followed"


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "there.toml").write_bytes(EVENT)
    (tmp_path / "link.toml").symlink_to("there.toml")
    assert len(read_document(tmp_path / "link.toml").events) == 1
    SQLiteLog.open(tmp_path / "log.db").close()
    (tmp_path / "link.db").symlink_to("log.db")
    SQLiteLog.open(tmp_path / "link.db").close()


SOURCE = '{"type": "source", "id": "a", "title": "x"}'

TEXTS = [
    SOURCE.replace('"a"', '"a", "id": "b"'),
    SOURCE.replace('"x"', '"x", "x": NaN'),
    SOURCE.replace('"x"', "NaN"),
    SOURCE.replace('"x"', "1e400"),
    SOURCE.replace('"x"', "9" * 5_000),
    SOURCE.replace("x", "\\ud800"),
    SOURCE.replace("x", "a\0b"),
    SOURCE.replace("x", "a\\u0000b"),
    SOURCE.replace("x", "y" * SIZE),
    SOURCE.replace('"x"', "[" * 100_000),
    SOURCE.replace('"x"', '{"a": {"b": 1, "b": 2}}'),
    SOURCE + SOURCE,
    SOURCE[:-1],
    SOURCE.replace("}", ",}"),
    SOURCE.replace('"', "'"),
    "\ufeff" + SOURCE,
    "[]",
    "{}",
    "[[1]]",
    SOURCE,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_json_is_taken_in_a_list_if_and_only_if_it_is_taken_by_itself(text: str) -> None:
    def outcome(given: str) -> Any:
        try:
            return [item.event for item in read_events(given.encode(), "<stdin>")]
        except InputError as error:
            return "refused" if all(fault.file for fault in error.faults) else "unplaced"

    alone = outcome(text)
    assert outcome(f"[{text}]") == alone or text in ("[]", "[[1]]") or text.startswith("\ufeff")
    assert alone != "unplaced"
    if alone != "refused":
        assert [json.loads(text.removeprefix("\ufeff"))["title"]] == [e.title for e in alone]


def test_a_text_above_the_largest_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conflict_timeline.cli.reading.LARGEST_FILE", len(SOURCE))
    assert len(read_events(SOURCE.encode(), "<stdin>")) == 1
    with pytest.raises(InputError, match="at most"):
        read_events(SOURCE.encode() + b" ", "<stdin>")
