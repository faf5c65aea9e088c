"""Writers that are killed: what they were told is recorded, and nothing by half."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import struct
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs
import pytest

from conflict_timeline.log import SQLiteLog, opening
from tests.conftest import Told
from tests.contract_store import change, changes

SEED = 20171017
BATCH = 5
#: Kills of one log, before the next is begun: so that verifying all of it after each stays short.
KILLS_PER_LOG = 25

spawn = multiprocessing.get_context("spawn")
_POSITION = struct.Struct("<q")


@attrs.define
class Count:
    """What came of killing writers."""

    kills: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    in_flight_written: int = 0
    lost: int = 0
    half_written: int = 0
    problems: int = 0
    copies: int = 0


def write_until_killed(file: Path, first: int, acknowledge: int) -> None:
    """Appends batches without end, and passes on the position of each when it is recorded."""
    with SQLiteLog.open(file) as log:
        for start in itertools.count(first, BATCH):
            positions = log.append(changes(BATCH, start=start))
            os.write(acknowledge, _POSITION.pack(positions[0]))


def kill_one(file: Path, rng: random.Random, first: int) -> list[int]:
    """Starts a writer, kills it some time after its first append, and gives what it was told."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        write_until_killed(file, first, write_end)
        os._exit(1)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as acknowledged:
        received = acknowledged.read(_POSITION.size)
        time.sleep(rng.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        received += acknowledged.read()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return [position for (position,) in _POSITION.iter_unpack(received)]


def look(file: Path, first: int, told: list[int], count: Count) -> None:
    """Holds the log against what one killed writer was told."""
    count.kills += 1
    count.acknowledged += BATCH * len(told)
    in_flight = changes(BATCH, start=first + BATCH * len(told))
    with SQLiteLog.open(file) as log:
        count.problems += len(log.verify())
        events = {entry.position: entry.event for entry in log.entries()}
        count.half_written += len(events) % BATCH != 0
        for batch, position in enumerate(told):
            count.lost += sum(
                events.get(position + number) != change(first + BATCH * batch + number)
                for number in range(BATCH)
            )
        count.in_flight += 1
        count.in_flight_written += in_flight[0] in events.values()
        log.append(in_flight)
        count.copies += [entry.event for entry in log.entries()].count(in_flight[0]) - 1
        count.problems += len(log.verify())


def kill_writers(folder: Path, wal: bool, seed: int, kills: int, result: Connection) -> None:
    """Runs in a process of its own with one thread, which may fork."""
    opening.WAL_SAFE_FROM = (3, 0, 0) if wal else (99, 0, 0)
    rng, count = random.Random(seed), Count()
    for kill in range(kills):
        file = folder / f"{kill // KILLS_PER_LOG}.db"
        first = 1_000_000 * (kill + 1)
        look(file, first, kill_one(file, rng, first), count)
    result.send(count)


def check(folder: Path, told: Told, wal: bool, kills: int) -> None:
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=kill_writers, args=(folder, wal, SEED, kills, theirs))
    process.start()
    theirs.close()
    count: Any = ours.recv()
    process.join()
    journal = "write-ahead log" if wal else "truncated journal"
    told(
        f"kill -9, {journal}: seed {SEED}, {count.kills:,} kills, {count.acknowledged:,} events "
        f"acknowledged, {count.lost} lost; {count.in_flight_written:,} of {count.in_flight:,} "
        "appends under way were recorded, each in full"
    )
    assert (count.kills, count.in_flight) == (kills, kills)
    assert count.acknowledged >= BATCH * kills
    assert (count.lost, count.half_written, count.problems, count.copies) == (0, 0, 0, 0)


needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@needs_kill
@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_what_was_acknowledged_survives_a_killed_writer(
    tmp_path: Path, told: Told, wal: bool
) -> None:
    check(tmp_path, told, wal, kills=25)


@needs_kill
@pytest.mark.nightly
@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_what_was_acknowledged_survives_many_killed_writers(
    tmp_path: Path, told: Told, wal: bool
) -> None:
    check(tmp_path, told, wal, kills=500)
