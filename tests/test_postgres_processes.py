"""The log on PostgreSQL under many writers, and under a server that is killed."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from typing import Any

import attrs
import pytest

from conflict_timeline.errors import LogError, NotWrittenError, OutcomeUnknownError
from conflict_timeline.log.postgres import PostgresLog
from tests.conftest import Told
from tests.contract_store import change, changes
from tests.postgres_server import fresh, private_server

spawn = multiprocessing.get_context("spawn")

TIME_LIMIT = 120
BATCH = 5


def write(url: str, writer: int, events: int, waits: Queue[Any]) -> None:
    rng = random.Random(writer)
    longest, done = 0.0, 0
    with PostgresLog.open(url) as log:
        while done < events:
            size = min(rng.randint(1, 10), events - done)
            began = time.monotonic()
            positions = log.append(changes(size, 10**6 * writer + done), timeout=TIME_LIMIT)
            longest = max(longest, time.monotonic() - began)
            assert positions == list(range(positions[0], positions[0] + size)), "torn apart"
            done += size
    waits.put(longest)


@pytest.mark.parametrize(
    ("writers", "events"),
    [(4, 100), pytest.param(8, 10_000, marks=pytest.mark.nightly)],
)
def test_writers_lose_nothing_and_a_follower_misses_nothing(
    server_url: str, writers: int, events: int, told: Told
) -> None:
    url = fresh(server_url)
    waits: Queue[Any] = spawn.Queue()
    with PostgresLog.open(url) as reader:
        processes: list[BaseProcess] = [
            spawn.Process(target=write, args=(url, writer, events, waits), daemon=True)
            for writer in range(writers)
        ]
        began = time.monotonic()
        for process in processes:
            process.start()
        seen: list[str] = []
        for entry in reader.follow(0, timeout=TIME_LIMIT):
            assert entry.position == len(seen) + 1
            seen.append(entry.id)
            if len(seen) == writers * events:
                break
        took = time.monotonic() - began
        longest = max(waits.get(timeout=TIME_LIMIT) for _ in processes)
        for process in processes:
            process.join(TIME_LIMIT)
        assert [process.exitcode for process in processes] == [0] * writers
        assert [entry.id for entry in reader.entries()] == seen
        assert set(seen) == {
            change(10**6 * writer + n).id for writer in range(writers) for n in range(events)
        }
        assert reader.verify() == []
    told(
        f"{writers} writers x {events} events, seeds 0 to {writers - 1}: the follower missed 0 and "
        f"repeated 0 of {len(seen)} in {took:.1f} s; longest append {longest:.2f} s"
    )
    assert longest < TIME_LIMIT / 2


@attrs.define
class Outcomes:
    """What writers were told of their batches, by the number of a batch's first event."""

    acknowledged: dict[int, list[int]] = attrs.Factory(dict)
    not_written: list[int] = attrs.Factory(list)
    unknown: list[int] = attrs.Factory(list)


def write_until_refused(log: PostgresLog, first: int, outcomes: Outcomes) -> None:
    """Appends batches until one is refused, as when the server is gone."""
    with log:
        for start in range(first, first + 10**6, BATCH):
            try:
                outcomes.acknowledged[start] = log.append(changes(BATCH, start), timeout=0.05)
            except OutcomeUnknownError:
                outcomes.unknown.append(start)
                return
            except NotWrittenError as error:
                outcomes.not_written.append(start)
                if "another writer" not in str(error):
                    return


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.nightly)])
def test_what_was_acknowledged_survives_a_killed_server(kills: int, told: Told) -> None:
    seed = 20171017
    rng = random.Random(seed)
    outcomes = Outcomes()
    with private_server() as server:
        url = fresh(server.url)
        PostgresLog.open(url).close()
        for attempt in range(kills):
            threads = [
                threading.Thread(
                    target=write_until_refused,
                    args=(PostgresLog.open(url), 10**7 * (3 * attempt + number + 1), outcomes),
                )
                for number in range(3)
            ]
            for thread in threads:
                thread.start()
            before = len(outcomes.acknowledged)
            while len(outcomes.acknowledged) < before + 3:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.1))
            server.kill()
            for thread in threads:
                thread.join(TIME_LIMIT)
            assert not any(thread.is_alive() for thread in threads)
            server.start()
            _check(url, outcomes)
    told(
        f"seed {seed}, {kills} kills of the server: {len(outcomes.acknowledged)} batches "
        f"acknowledged, 0 lost; {len(outcomes.not_written)} told as not written, 0 there; "
        f"{len(outcomes.unknown)} told as unknown"
    )
    assert outcomes.acknowledged


def _check(url: str, outcomes: Outcomes) -> None:
    with PostgresLog.open(url) as log:
        there = {entry.id: entry.position for entry in log.entries()}
        assert len(there) % BATCH == 0, "a batch was written in part"
        for start, positions in outcomes.acknowledged.items():
            assert [there.get(event.content_id) for event in changes(BATCH, start)] == positions
        for start in outcomes.not_written:
            assert not any(event.content_id in there for event in changes(BATCH, start))
        for start in outcomes.unknown:
            assert len({event.content_id in there for event in changes(BATCH, start)}) == 1
        # After any of them the same append again is safe; the last of each kind is tried.
        for start in (*outcomes.unknown[-1:], *list(outcomes.acknowledged)[-1:]):
            again = log.append(changes(BATCH, start))
            known = [there.get(event.content_id) for event in changes(BATCH, start)]
            assert known in (again, [None] * BATCH)
        assert log.verify() == []


def test_an_append_goes_on_when_a_server_comes_back_in_time() -> None:
    with private_server() as server, PostgresLog.open(fresh(server.url)) as log:
        log.append([change(0)])
        server.kill()
        thread = threading.Thread(target=server.start)
        thread.start()
        assert log.append([change(1)], timeout=60) == [2]
        thread.join()
        server.kill()
        with pytest.raises(NotWrittenError, match="cannot be reached"):
            log.append([change(2)], timeout=0.2)
        server.start()
        assert log.position == 2


def test_a_standby_is_for_reading() -> None:
    with private_server() as server:
        url = fresh(server.url)
        with PostgresLog.open(url) as log:
            log.append([change(0)])
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        with pytest.raises(LogError, match=r"is a standby; it can be read \(readonly=True\)"):
            PostgresLog.open(url)
        with PostgresLog.open(url, readonly=True) as log:
            assert [entry.position for entry in log.follow(0, timeout=0.5)] == [1]
            assert log.verify() == []
