"""Many writers and readers of one log: none loses anything, none waits for ever."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import attrs
import pytest

from conflict_timeline.log import SQLiteLog, opening
from tests.conftest import Told
from tests.contract_store import change, changes

spawn = multiprocessing.get_context("spawn")
#: Forked from a process that has imported all already: ten imports take longer than the test.
quick = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")

#: Seconds that an append may wait for others, and that the test waits for anyone.
TIME_LIMIT = 300

#: How many events each of eight writers appends at a time.
SIZES = (2, 5, 10, 10, 20, 20, 50, 100)
READERS = 2


@attrs.frozen
class Written:
    """What a writer was told: the first position of each of its batches, and how long it waited."""

    writer: int
    positions: list[list[int]]
    longest: float
    whole: float


def number_of(writer: int, index: int) -> int:
    return 1_000_000 * writer + index


def get_ready(wal: bool) -> None:
    opening.WAL_SAFE_FROM = (3, 0, 0) if wal else (99, 0, 0)
    SQLiteLog.open(":memory:").close()  # imports what takes longest


def write(
    file: Path, writer: int, count: int, wal: bool, together: Barrier, results: Queue[Any]
) -> None:
    """Opens the log when all others do, so that they race to make it, and appends its events."""
    get_ready(wal)
    together.wait(TIME_LIMIT)
    size, positions, longest = SIZES[writer], [], 0.0
    began = time.monotonic()
    with SQLiteLog.open(file) as log:
        for start in range(0, count, size):
            asked = time.monotonic()
            batch = changes(size, start=number_of(writer, start))
            positions.append(log.append(batch, timeout=TIME_LIMIT))
            longest = max(longest, time.monotonic() - asked)
        results.put(Written(writer, positions, longest, time.monotonic() - began))


def follow(
    file: Path, until: int, readonly: bool, wal: bool, together: Barrier, results: Queue[Any]
) -> None:
    """Reads what is new, again and again, and gives the ids in the order in which they came."""
    get_ready(wal)
    together.wait(TIME_LIMIT)
    ids: list[str] = []
    looks = 0
    while not file.exists() or not file.stat().st_size:
        time.sleep(0.001)
    with SQLiteLog.open(file, readonly=readonly) as log:
        while len(ids) < until:
            looks += 1
            new = list(log.entries(after=len(ids)))
            assert [entry.position for entry in new] == list(
                range(len(ids) + 1, len(ids) + 1 + len(new))
            )
            if new:
                check_whole(int(new[-1].event.place.removeprefix("p")))
            ids += [entry.id for entry in new]
    results.put((looks, ids))


def check_whole(last: int) -> None:
    """The last event to be seen ends its batch."""
    writer, index = divmod(last, 1_000_000)
    assert (index + 1) % SIZES[writer] == 0, "a batch was seen in part"


def run_all(file: Path, wal: bool, count: int, result: Connection) -> None:
    """Runs in a process of its own, with one thread, so that it may fork."""
    get_ready(wal)
    written, followed = quick.Queue(), quick.Queue()
    together, total = quick.Barrier(len(SIZES) + READERS), len(SIZES) * count
    calls: list[Any] = [
        (write, (file, writer, count, wal, together, written)) for writer in range(len(SIZES))
    ]
    calls += [
        (follow, (file, total, reader == 0, wal, together, followed)) for reader in range(READERS)
    ]
    processes = [quick.Process(target=target, args=args, daemon=True) for target, args in calls]
    for process in processes:
        process.start()
    results = [written.get(timeout=TIME_LIMIT) for _ in SIZES]
    seen = [followed.get(timeout=TIME_LIMIT) for _ in range(READERS)]
    for process in processes:
        process.join(TIME_LIMIT)
    result.send((results, seen, [process.exitcode for process in processes]))


def check(folder: Path, told: Told, wal: bool, count: int) -> None:
    file, total = folder / "log.db", len(SIZES) * count
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=run_all, args=(file, wal, count, theirs))
    process.start()
    theirs.close()
    results, seen, codes = ours.recv()
    process.join()
    assert set(codes) == {0}

    with SQLiteLog.open(file) as log:
        entries = list(log.entries())
        assert log.verify() == []
    ids = [entry.id for entry in entries]
    assert [entry.position for entry in entries] == list(range(1, total + 1)), "a gap, or a copy"
    assert len(set(ids)) == total
    for result in results:
        size = SIZES[result.writer]
        for number, positions in enumerate(result.positions):
            assert positions == list(range(positions[0], positions[0] + size)), "a batch torn apart"
            first = change(number_of(result.writer, size * number))
            assert entries[positions[0] - 1].event == first, "acknowledged, and not there"
    for _, followed_ids in seen:
        assert followed_ids == ids, "a reader missed an event, or saw one twice"
    journal = "write-ahead log" if wal else "truncated journal"
    told(
        f"{len(SIZES)} writers x {count:,} events, {journal}: "
        f"longest wait {max(r.longest for r in results):.2f} s of {TIME_LIMIT} s allowed, "
        f"writers done after {min(r.whole for r in results):.1f} to "
        f"{max(r.whole for r in results):.1f} s; {READERS} readers saw each event once, "
        f"in {' and '.join(str(looks) for looks, _ in seen)} looks"
    )


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_writers_lose_nothing_and_readers_miss_nothing(folder: Path, told: Told, wal: bool) -> None:
    check(folder, told, wal, count=300)


@pytest.mark.nightly
@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_many_events_of_writers_are_not_lost(folder: Path, told: Told, wal: bool) -> None:
    check(folder, told, wal, count=10_000)
