"""How long recording takes, durable, in batches.

    python -m tests.benchmarks.append [events] [batch] [rounds]

The same events go into a bare SQLite table with an index, into this library's log (with ids, hash
tree and columns), through its timeline (with all checks, and with the index that answers are told
from), and into the eventsourcing package, one after the other in each round, each with a file of
its own, SQLite's journal truncated and fully synced. Each is held to have all of them. Medians of
the rounds, by the clock and by the processor: on a machine with other work only the second says
much.
"""

from __future__ import annotations

import hashlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from tests.benchmarks.logs import batches as cut
from tests.benchmarks.measuring import Figure
from tests.benchmarks.work import events as events_of
from tests.benchmarks.work import make

from conflict_timeline.codec import decode, encode
from conflict_timeline.events import Event, Reference
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.batch import Batch
from conflict_timeline.log.columns import columns_of
from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.timeline import open_timeline

T = TypeVar("T")
R = TypeVar("R")
Batches = list[list[Event]]
INSTANT = "2017-10-20T09:30:00.000000Z"


def batches_of(count: int, size: int) -> Batches:
    """The work in batches; what they name is declared before, in the order of the log."""
    made = sorted(events_of(make(count, max(1_000, count // 100))), key=_references_first)
    return list(cut(iter(made), size))


def _references_first(event: Event) -> bool:
    return not isinstance(event, Reference)


def fresh(batches: Batches) -> Batches:
    """The same events as they are when new: none has its id yet."""
    return [[decode(encode(event)) for event in batch] for batch in batches]


def bare(file: Path, batches: Batches) -> Iterator[None]:
    """One table with an index; what is written is made before the clock runs."""
    rows, at = [], 0
    for batch in batches:
        made = Batch.of(batch).rows
        rows.append(
            [(at + n, row[0], row[2], row[6], row[4], row[1]) for n, row in enumerate(made)]
        )
        at += len(made)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE events (position INTEGER PRIMARY KEY, id, kind, place, day, body)"
    )
    connection.execute("CREATE INDEX by_place ON events (place, day)")
    yield
    for part in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", part)
        connection.execute("COMMIT")
    connection.close()
    yield
    with closing(sqlite3.connect(file)) as kept:
        assert kept.execute("SELECT count(*) FROM events").fetchone() == (at,)


def ours(file: Path, batches: Batches) -> Iterator[None]:
    """The log itself."""
    given = fresh(batches)
    with SQLiteLog.open(file) as log:
        yield
        for batch in given:
            log.append(batch)
        yield
        assert log.position == sum(map(len, given))


def through_timeline(file: Path, batches: Batches, read: bool = False) -> Iterator[None]:
    """The log with all that is checked before anything is recorded."""
    given = fresh(batches)
    with open_timeline(file) as timeline:
        yield
        for batch in given:
            timeline.append(batch)
        if read:
            assert timeline.as_of("2019-05-05").territory["place-000001"].possible
        yield
        assert timeline.position == sum(map(len, given))


def with_read_models(file: Path, batches: Batches) -> Iterator[None]:
    """The same, and then a question, for which the index takes in all that was recorded."""
    yield from through_timeline(file, batches, read=True)


@cache
def _reported() -> Any:
    from eventsourcing.domain import DomainEvent

    class Reported(DomainEvent):
        body: str

    return Reported


def peer(file: Path, batches: Batches) -> Iterator[None]:
    """The eventsourcing package: its mapper, its JSON, its SQLite recorder."""
    from eventsourcing.application import Application

    reported = _reported()
    now = datetime.now(UTC)
    given, number = [], 0
    for batch in batches:
        made = []
        for event in batch:
            number += 1
            body = encode(event).decode()
            made.append(
                reported(
                    originator_id=UUID(int=number), originator_version=1, timestamp=now, body=body
                )
            )
        given.append(made)
    settings = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(file)}
    application: Application = Application(env=settings)
    yield
    for part in given:
        application.events.put(part)
    yield
    assert application.recorder.max_notification_id() == number


Work = Callable[[Path, Batches], Iterator[None]]
BARE, LOG, CHECKED, TIMELINE, PEER = (
    "bare SQLite table with an index",
    "log, with ids, tree and columns",
    "timeline, with all checks",
    "timeline, with all checks and the index",
    "eventsourcing",
)
WORKS: dict[str, Work] = {
    BARE: bare, LOG: ours, CHECKED: through_timeline, TIMELINE: with_read_models,
}  # fmt: skip
if find_spec("eventsourcing"):
    WORKS[PEER] = peer


def timed(work: Work, batches: Batches) -> tuple[float, float]:
    """Seconds by the clock and by the processor."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        steps = work(Path(folder) / "log.db", batches)
        next(steps)
        clock, processor = time.perf_counter(), time.process_time()
        next(steps)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        next(steps, None)  # it has all of them
        return clock, processor


def parts(batches: Batches) -> dict[str, float]:
    """Processor seconds of each part of an append."""
    spent: dict[str, float] = {}

    def measure(name: str, action: Callable[[T], R], given: T) -> R:
        begin = time.process_time()
        result = action(given)
        spent[name] = spent.get(name, 0.0) + time.process_time() - begin
        return result

    growth = Growth()
    for batch in fresh(batches):
        bodies = measure("encode", lambda batch: [encode(event) for event in batch], batch)
        ids = measure("hash", lambda each: [hashlib.sha256(x).hexdigest() for x in each], bodies)
        measure("columns", lambda batch: [columns_of(event) for event in batch], batch)
        leaves = measure("leaves", lambda ids: [leaf_hash(id_, INSTANT) for id_ in ids], ids)
        measure("nodes", growth.extend, leaves)
        measure("(decode)", lambda bodies: [decode(body) for body in bodies], bodies)
    return spent


def measured(batches: Batches, rounds: int) -> dict[str, tuple[float, float]]:
    """Events a second in each system, by the clock and by the processor."""
    total = sum(map(len, batches))
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in WORKS}
    for _ in range(rounds):
        for name, work in WORKS.items():
            times[name].append(timed(work, batches))
    medians = {
        name: [statistics.median(column) for column in zip(*found, strict=True)]
        for name, found in times.items()
    }
    return {name: (total / clock, total / spent) for name, (clock, spent) in medians.items()}


def figures(folder: Path, reports: int, places: int) -> list[Figure]:
    """Events recorded a second; of at most a hundred thousand reports."""
    del folder, places
    batches = batches_of(min(reports, 100_000), 10_000)
    rates = measured(batches, 3)
    total = sum(map(len, batches))
    subject = f"Durable append: {total:,} events in batches of 10,000"
    found, ratios = [], []
    for at, how in enumerate(("by the clock", "by the processor")):
        rate = {name: told[at] for name, told in rates.items()}
        others = {name: rate[name] for name in (BARE, PEER) if name in rate}
        for name in (TIMELINE, CHECKED, LOG):
            found.append(Figure(subject, f"{name}, {how}", rate[name], "events/s", peers=others))
        # Sixty thousand where a bare table takes two hundred thousand; four times the peer.
        for other, goal in ((BARE, 0.3), (PEER, 4)):
            if other in rate:
                what, ratio = f"timeline, {how}: as fast as {other}", rate[TIMELINE] / rate[other]
                ratios.append(Figure(subject, what, ratio, "times", goal, at_least=True))
    found += ratios
    for name, seconds in parts(batches).items():
        found.append(Figure(f"{subject}: parts", f"{name}, an event", seconds / total))
    return found


def main(count: int = 100_000, size: int = 10_000, rounds: int = 3) -> None:
    """Prints the medians."""
    batches = batches_of(count, size)
    total = sum(map(len, batches))
    print(f"{total:,} events in batches of {size:,}, medians of {rounds}: events a second")
    print(f"{'':42}{'by the clock':>14}{'by the processor':>18}")
    for name, (clock, processor) in measured(batches, rounds).items():
        print(f"{name:42}{clock:14,.0f}{processor:18,.0f}")
    print("parts, microseconds of the processor an event:")
    for name, seconds in parts(batches).items():
        print(f"  {name:40}{1e6 * seconds / total:14.2f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
