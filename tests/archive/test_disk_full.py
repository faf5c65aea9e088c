"""A disk that is full: what is told is true, and the log goes on once there is room again."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import subprocess
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

import conflict_timeline as ct
from conflict_timeline.errors import LogError, NotWrittenError, OutcomeUnknownError
from conflict_timeline.events import Event, Source
from conflict_timeline.log import SQLiteLog
from tests.conftest import Told
from tests.contract_store import change, changes

spawn = multiprocessing.get_context("spawn")

SIZE = 1_000_000


def large(number: int) -> list[Event]:
    """A batch of some 60 kB."""
    return [change(number), Source(id=f"s{number}", title="t", note="x" * 60_000)]


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Makes the folder a small file system of its own, and tells whether that could be done."""
    mount = shutil.which("mount")
    made = mount is not None and (
        subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={SIZE}", "none", folder],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", folder], check=True)


def fill(log: SQLiteLog) -> tuple[int, NotWrittenError | OutcomeUnknownError]:
    """Appends batches until one fails; gives its number and the error."""
    for number in range(1_000):
        try:
            log.append(large(number))
        except (NotWrittenError, OutcomeUnknownError) as error:
            return number, error
    raise AssertionError("the disk is never full")


def check_log(file: Path, before: int) -> None:
    """All that was acknowledged is there and sound, and the append that failed is not."""
    with SQLiteLog.open(file) as log:
        assert log.verify() == []
        expected = [event.content_id for number in range(before) for event in large(number)]
        assert [entry.id for entry in log.entries()] == expected


def check_goes_on(file: Path, before: int) -> None:
    """With room again, the same append is recorded once."""
    with SQLiteLog.open(file) as log:
        positions = log.append(large(before))
        assert positions == [2 * before + 1, 2 * before + 2]
        assert log.append(large(before)) == positions
        assert log.verify() == []


def test_an_append_to_a_full_disk(tmp_path: Path, told: Told) -> None:
    with small_disk(tmp_path) as made:
        if not made:
            told("disk full: no file system could be mounted here; a limit of size took its place")
            return
        file, ballast = tmp_path / "log.db", tmp_path / "ballast"
        ballast.write_bytes(bytes(SIZE // 2))
        with SQLiteLog.open(file) as log:
            before, error = fill(log)
            assert isinstance(error, NotWrittenError)
            assert "full" in str(error)
            with pytest.raises(NotWrittenError, match="full"):
                log.append(large(before))
            check_log(file, before)
            ballast.unlink()
            assert log.append(large(before)) == [2 * before + 1, 2 * before + 2]
        check_goes_on(file, before)
        told(f"disk full: {before} appends acknowledged, then one refused, 0 lost")


def test_a_log_cannot_be_made_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path) as made:
        if not made:
            return
        ballast = tmp_path / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as stream:
            while True:
                stream.write(bytes(4_096))
        with pytest.raises(LogError, match="full"):
            SQLiteLog.open(tmp_path / "log.db")
        ballast.unlink()
        with SQLiteLog.open(tmp_path / "log.db") as log:
            assert log.append(changes(3)) == [1, 2, 3]


def fill_within_limit(file: Path, result: Connection) -> None:
    """Runs in a process of its own, whose files may not grow beyond a size."""
    import resource

    with SQLiteLog.open(file) as log:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE, SIZE))
        before, error = fill(log)
    result.send((before, type(error)))


@pytest.mark.skipif(shutil.which("mount") is None, reason="no limits on the size of files here")
def test_an_append_to_a_file_that_may_not_grow(tmp_path: Path, told: Told) -> None:
    """To SQLite this is no full disk but a write that fails; so more cannot be told."""
    file = tmp_path / "log.db"
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=fill_within_limit, args=(file, theirs))
    process.start()
    theirs.close()
    before, error = ours.recv()
    process.join()
    assert before > 1
    assert error is OutcomeUnknownError
    check_log(file, before)
    check_goes_on(file, before)
    told(f"file at its limit: {before} appends acknowledged, the next unknown, 0 lost")


def test_copies_onto_a_full_disk(tmp_path: Path, folder: Path, told: Told) -> None:
    """A backup or a dump is there whole or not at all, and the log goes on."""
    with SQLiteLog.open(folder / "log.db") as log:
        for number in range(30):
            log.append(large(number))
    with small_disk(tmp_path) as made, ct.open(folder / "log.db") as timeline:
        if not made:
            return
        with SQLiteLog.open(folder / "log.db") as log, pytest.raises(NotWrittenError, match="full"):
            log.backup(tmp_path / "backup.db")
        with pytest.raises(OSError, match="No space left"):
            timeline.dump(tmp_path / "log.jsonl")
        assert list(tmp_path.iterdir()) == [], "a part of a copy is left"
        assert timeline.verify() == []
    told("disk full: no backup and no dump was left by half")


def test_questions_about_a_log_on_a_full_disk(tmp_path: Path) -> None:
    """What is kept to answer faster can be done without."""
    with small_disk(tmp_path) as made:
        with ct.open(tmp_path / "log.db") as timeline:
            timeline.append([*records(), change(1)])
            if made:
                with contextlib.suppress(OSError), (tmp_path / "ballast").open("wb") as stream:
                    while True:
                        stream.write(bytes(4_096))
            held = timeline.as_of("2017-12-01").territory["p1"]
            assert (held.holder, held.status) == ("sdf", "certain")
        with ct.open(tmp_path / "log.db") as timeline:
            assert timeline.as_of("2017-12-01").territory["p1"].holder == "sdf"


def records() -> list[Event]:
    """What claims of ``change`` speak of."""
    return [
        ct.Source(id="s", title="t", published="2017-11"),
        ct.Place(id="p1"),
        ct.Actor(id="sdf"),
        ct.Actor(id="is"),
    ]
