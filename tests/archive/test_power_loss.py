"""What is acknowledged survives a loss of power, whatever the disk did not get to write.

The store writes to a disk in memory that keeps the order of all it is told. From that the files
are made that a loss of power may leave at each moment, and opened by the store as users have it.
"""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import pytest

from conflict_timeline.errors import LogError
from conflict_timeline.events import Event, Source
from conflict_timeline.log import SQLiteLog, opening
from tests.archive.bridge import store_on, versions
from tests.archive.disk import SECTOR, Acknowledged, Change, Disk, Happening, Platter, Sync
from tests.conftest import Told
from tests.contract_store import changes

SEED = 20171017

#: Journal mode and level of synchronisation, and whether acknowledged appends may be lost so.
UNSAFE = {
    "delete, full": {"journal_mode": "delete", "synchronous": 2},
    "delete, normal": {"journal_mode": "delete", "synchronous": 1},
    "delete, off": {"journal_mode": "delete", "synchronous": 0},
    "truncate, normal": {"journal_mode": "truncate", "synchronous": 1},
    "truncate, off": {"journal_mode": "truncate", "synchronous": 0},
    "write-ahead, normal": {"journal_mode": "wal", "synchronous": 1},
    "write-ahead, off": {"journal_mode": "wal", "synchronous": 0},
}

numbers = itertools.count()


@attrs.frozen
class Work:
    """What a writer did: its batches, and all that happened on the disk meanwhile."""

    batches: list[list[Event]]
    history: list[Happening]


def batch(rng: random.Random, start: int) -> list[Event]:
    """A few events or many, now and then one that takes several pages."""
    events = changes(rng.choice([1, 1, 2, 5, 30]), start=start)
    if rng.random() < 0.3:
        events.append(Source(id=f"s{start}", title="t", note="x" * rng.randrange(20_000)))
    return events


def work(
    rng: random.Random,
    folder: Path,
    *,
    wal: bool,
    unsafe: Mapping[str, Any] | None = None,
    appends: int = 8,
) -> Work:
    """Appends in two sittings, the second of which the power ends before the log is closed."""
    folder.mkdir()
    batches: list[list[Event]] = []
    with Disk() as disk, store_on(disk, folder, wal=wal, unsafe=unsafe) as path:
        for _ in range(2):
            log = SQLiteLog.open(path)
            for _ in range(appends // 2):
                batches.append(batch(rng, 100 * len(batches)))
                disk.acknowledge(log.append(batches[-1])[-1])
            end = len(disk.history)
            log.close()
    return Work(batches, disk.history[:end] if rng.random() < 0.5 else disk.history)


def images(
    rng: random.Random, history: list[Happening], count: int
) -> Iterator[tuple[dict[str, bytes], int]]:
    """About ``count`` of what a loss of power may leave, spread over a history.

    With each, the position that was acknowledged by then.
    """
    platter, position = Platter(), 0
    each, owed = count / len(history), 0.0
    for happening in history:
        platter.take(happening)
        if isinstance(happening, Acknowledged):
            position = happening.position
        owed += each
        while owed >= 1:
            owed -= 1
            yield platter.after_loss_of_power(rng), position


def fault_of(folder: Path, image: dict[str, bytes], done: Work, acknowledged: int) -> str | None:
    """What is wrong with what a loss of power left, or None."""
    folder.mkdir()
    for name, data in image.items():
        (folder / name).write_bytes(data)
    ids = [event.content_id for events in done.batches for event in events]
    ends = list(itertools.accumulate(len(events) for events in done.batches))
    try:
        with SQLiteLog.open(folder / "log.db") as log:
            found = [entry.id for entry in log.entries()]
            if len(found) < acknowledged:
                return f"{acknowledged} acknowledged, {len(found)} there"
            if found != ids[: len(found)] or len(found) not in (0, *ends):
                return f"a batch in part: {len(found)} there"
            if problems := log.verify():
                return f"not sound: {problems[0]}"
            if len(found) % 5 == 0:
                for events in done.batches:
                    log.append(events)
                if [entry.id for entry in log.entries()] != ids:
                    return "the same appends again went wrong"
    except LogError as error:
        return f"not readable: {error}"
    finally:
        shutil.rmtree(folder)
    return None


def faults(
    within: Path, rng: random.Random, total: int, *, wal: bool, unsafe: Any = None, each: int = 100
) -> tuple[int, list[str]]:
    """The number of images tried, and what is wrong with some of them."""
    tried, found = 0, []
    while tried < total:
        done = work(rng, within / f"work-{next(numbers)}", wal=wal, unsafe=unsafe)
        for image, acknowledged in images(rng, done.history, min(each, total - tried)):
            tried += 1
            fault = fault_of(within / f"image-{next(numbers)}", image, done, acknowledged)
            found += [fault] if fault else []
    return tried, found


def check(folder: Path, told: Told, total: int, wal: bool) -> None:
    journal = "write-ahead log" if wal else "truncated journal"
    with mock.patch.object(opening, "WAL_SAFE_FROM", (3, 0, 0) if wal else (99, 0, 0)):
        tried, found = faults(folder, random.Random(SEED), total, wal=wal)
    told(f"power loss, {journal}: seed {SEED}, {tried:,} images, {len(found)} faulty; {versions()}")
    assert found == []


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_what_is_acknowledged_survives_a_loss_of_power(folder: Path, told: Told, wal: bool) -> None:
    check(folder, told, 150, wal)


@pytest.mark.nightly
@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_what_is_acknowledged_survives_many_losses_of_power(
    folder: Path, told: Told, wal: bool
) -> None:
    check(folder, told, 10_000, wal)


def check_unsafe(folder: Path, told: Told, total: int, name: str) -> None:
    wal = name.startswith("write-ahead")
    rng = random.Random(SEED)
    tried, found = faults(folder, rng, total, wal=wal, unsafe=UNSAFE[name])
    lost = [fault for fault in found if "acknowledged" in fault]
    told(
        f"power loss, {name}: seed {SEED}, {tried:,} images, {len(lost)} lost, {len(found)} faulty"
    )
    assert lost, "the test does not see what it is there to see"


@pytest.mark.parametrize("name", UNSAFE)
def test_a_careless_setting_is_seen_to_lose(folder: Path, told: Told, name: str) -> None:
    check_unsafe(folder, told, 100, name)


@pytest.mark.nightly
@pytest.mark.parametrize("name", UNSAFE)
def test_careless_settings_are_seen_to_lose_in_many_images(
    folder: Path, told: Told, name: str
) -> None:
    check_unsafe(folder, told, 1_000, name)


class TestTheDiskItself:
    """It must lose what a disk may lose, and nothing else."""

    @staticmethod
    def left(history: list[Happening], tries: int = 300) -> list[dict[str, bytes]]:
        rng, platter = random.Random(SEED), Platter()
        for happening in history:
            platter.take(happening)
        return [platter.after_loss_of_power(rng) for _ in range(tries)]

    def test_it_keeps_what_was_synced(self) -> None:
        history = [
            Change("create", "a"),
            Change("write", "a", 0, b"x" * 2_000),
            Change("truncate", "a", 1_500),
            Sync("a", folder=True),
        ]
        assert self.left(history) == [{"a": b"x" * 1_500}] * 300

    def test_a_name_needs_the_folder_synced(self) -> None:
        history = [Change("create", "a"), Change("write", "a", 0, b"x"), Sync("a", folder=False)]
        assert {tuple(image.items()) for image in self.left(history)} == {(), (("a", b"x"),)}
        history += [Sync(None, folder=True), Change("delete", "a")]
        assert {tuple(image.items()) for image in self.left(history)} == {(), (("a", b"x"),)}
        history += [Sync(None, folder=True)]
        assert self.left(history) == [{}] * 300

    def test_it_writes_in_any_order_and_in_parts(self) -> None:
        start = [
            Change("create", "a"),
            Change("write", "a", 0, b"-" * 4 * SECTOR),
            Sync("a", folder=True),
        ]
        history: list[Happening] = [*start]
        history += [Change("write", "a", at * SECTOR, b"x" * SECTOR) for at in range(4)]
        images = self.left(history)
        assert {image["a"].count(b"x") for image in images} >= {at * SECTOR for at in range(5)}
        assert any(image["a"].startswith(b"-") and image["a"].endswith(b"x") for image in images)
        assert any(image["a"].count(b"x") % SECTOR for image in images), "no sector is ever torn"
        assert all(set(image["a"]) <= set(b"-x") and len(image["a"]) == 2_048 for image in images)

    def test_a_file_may_grow_before_it_is_written(self) -> None:
        history = [
            Change("create", "a"),
            Sync("a", folder=True),
            Change("write", "a", 0, b"x" * SECTOR),
        ]
        assert {len(image["a"]) for image in self.left(history)} >= {0, SECTOR}
        assert any(bytes(SECTOR) == image["a"] for image in self.left(history))

    def test_a_truncation_may_be_lost(self) -> None:
        history = [
            Change("create", "a"),
            Change("write", "a", 0, b"x"),
            Sync("a", folder=True),
            Change("truncate", "a", 0),
        ]
        assert {image["a"] for image in self.left(history)} == {b"x", b""}
