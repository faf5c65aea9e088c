"""The log used by several processes at once, and by processes that are killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pytest

from conflict_timeline.errors import NotWrittenError
from conflict_timeline.log import SQLiteLog, opening
from tests.contract_store import change, changes

spawn = multiprocessing.get_context("spawn")

TIME_LIMIT = 120
BATCH = 5


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def start(target: Any, *args: Any) -> BaseProcess:
    process = spawn.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def finish(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.join(TIME_LIMIT)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def use_wal(wal: bool) -> None:
    if wal:
        opening.WAL_SAFE_FROM = (3, 0, 0)


def write(file: Path, writer: int, batches: int, wal: bool, acknowledged: Queue[Any]) -> None:
    use_wal(wal)
    with SQLiteLog.open(file) as log:
        for batch in range(batches):
            events = changes(3, start=1_000_000 * writer + 3 * batch)
            acknowledged.put((events, log.append(events, timeout=TIME_LIMIT)))


def read(file: Path, until: int, readonly: bool, wal: bool, sightings: Queue[Any]) -> None:
    use_wal(wal)
    with SQLiteLog.open(file, readonly=readonly) as log:
        seen: list[str] = []
        looks = 0
        while len(seen) < until:
            looks += 1
            entries = list(log.entries())
            assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
            assert len(entries) % 3 == 0, "a batch was seen in part"
            ids = [entry.id for entry in entries]
            assert ids[: len(seen)] == seen, "what was seen before has changed"
            seen = ids
        sightings.put(looks)


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_readers_follow_a_writer(file: Path, monkeypatch: pytest.MonkeyPatch, wal: bool) -> None:
    if wal:
        monkeypatch.setattr(opening, "WAL_SAFE_FROM", (3, 0, 0))
    SQLiteLog.open(file).close()
    queue: Queue[Any] = spawn.Queue()
    sightings: Queue[Any] = spawn.Queue()
    processes = [start(read, file, 300, number == 0, wal, sightings) for number in range(3)]
    processes.append(start(write, file, 0, 100, wal, queue))
    for _ in range(100):
        queue.get(timeout=TIME_LIMIT)
    for _ in range(3):
        assert sightings.get(timeout=TIME_LIMIT) >= 1
    finish(processes)


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_writers_lose_nothing(file: Path, monkeypatch: pytest.MonkeyPatch, wal: bool) -> None:
    """They also race to make the file: none finds it half made."""
    if wal:
        monkeypatch.setattr(opening, "WAL_SAFE_FROM", (3, 0, 0))
    queue: Queue[Any] = spawn.Queue()
    processes = [start(write, file, number, 50, wal, queue) for number in range(4)]
    acknowledged = [queue.get(timeout=TIME_LIMIT) for _ in range(200)]
    finish(processes)
    with SQLiteLog.open(file) as log:
        entries = {entry.position: entry.event for entry in log.entries()}
        assert log.verify() == []
    assert sorted(entries) == list(range(1, 601))
    for events, positions in acknowledged:
        assert [entries[position] for position in positions] == events
        assert positions == list(range(positions[0], positions[0] + 3)), "a batch was torn apart"


def write_until_killed(file: Path, first: int, pipe: Connection) -> None:
    with SQLiteLog.open(file) as log:
        for start_at in range(first, first + 1_000_000, BATCH):
            positions = log.append(changes(BATCH, start=start_at))
            pipe.send((start_at, positions))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_was_acknowledged_survives_a_killed_writer(file: Path) -> None:
    seed = 20171017
    print(f"seed {seed}, 10 kills")  # noqa: T201
    rng = random.Random(seed)
    acknowledged: dict[int, int] = {}
    for attempt in range(10):
        ours, theirs = spawn.Pipe(duplex=False)
        process = start(write_until_killed, file, 1_000_000 * attempt, theirs)
        theirs.close()
        received = [ours.recv()]
        time.sleep(rng.uniform(0, 0.05))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with contextlib.suppress(EOFError):
            while True:
                received.append(ours.recv())
        process.join(TIME_LIMIT)
        assert process.exitcode == -signal.SIGKILL
        for first, positions in received:
            acknowledged.update(zip(range(first, first + BATCH), positions, strict=True))
        with SQLiteLog.open(file) as log:
            entries = {entry.position: entry.event for entry in log.entries()}
            assert log.verify() == []
        assert len(entries) % BATCH == 0, "a batch was written in part"
        lost = [n for n, position in acknowledged.items() if entries.get(position) != change(n)]
        assert lost == []


def hold_lock(file: Path, pipe: Connection) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        pipe.send("held")
        pipe.recv()
        connection.execute("ROLLBACK")
        pipe.send("free")


def test_a_lock_that_another_process_keeps(file: Path) -> None:
    with SQLiteLog.open(file) as log:
        log.append([change(0)])
        ours, theirs = spawn.Pipe()
        process = start(hold_lock, file, theirs)
        assert ours.recv() == "held"
        began = time.monotonic()
        with pytest.raises(NotWrittenError, match=r"another process kept the log locked for 0.3 s"):
            log.append([change(1)], timeout=0.3)
        assert time.monotonic() - began >= 0.3
        assert log.position == 1
        ours.send("let go")
        assert ours.recv() == "free"
        assert log.append([change(1)]) == [2]
        finish([process])
