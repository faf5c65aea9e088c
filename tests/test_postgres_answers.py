"""Law 9: the embedded store and the server store give the same entries, roots and answers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.events import Event
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.postgres import PostgresLog
from conflict_timeline.timeline import Timeline
from tests.answers import everything
from tests.postgres_server import fresh

_DAYS = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def instant(number: int) -> str:
    return f"2026-01-01T00:00:{number % 60:02}.000000Z"


@pytest.fixture
def pair(server_url: str, monkeypatch: pytest.MonkeyPatch):
    """Makes an empty log in each store; both have the same clock."""

    def now(self: Any, _connection: object) -> str:
        self.ticks = getattr(self, "ticks", 0) + 1
        return instant(self.ticks)

    for store in (SQLiteLog, PostgresLog):
        monkeypatch.setattr(store, "_now", now)
    return lambda: (
        Timeline(SQLiteLog.open(":memory:", identity="0" * 32)),
        Timeline(PostgresLog.open(fresh(server_url), identity="0" * 32)),
    )


@_DAYS
@given(
    events=strategies.logs(merges=True),
    cuts=st.lists(st.integers(0, 20), max_size=3),
    day=strategies.days(),
    data=st.data(),
)
def test_same_appends_same_bytes_and_same_answers(
    pair, events: Sequence[Event], cuts: list[int], day, data
) -> None:
    file, server = pair()
    with file, server:
        bounds = [0, *sorted(cuts), len(events)]
        for start, end in itertools.pairwise(bounds):
            # Each batch brings some of what is there already along.
            batch = [*events[:start][-2:], *events[start:end]]
            if start == 0 or end >= len(events):
                batch = list(events)
            assert file.append(batch) == server.append(batch)
        assert list(file.events()) == list(server.events())
        assert file._store.head() == server._store.head()
        assert file._store.root(file.position // 2) == server._store.root(server.position // 2)
        assert file.verify() == server.verify() == []
        at = data.draw(st.none() | st.integers(0, file.position))
        known_by = data.draw(st.none() | strategies.days())
        one = file.view(known_by=known_by, at=at)
        other = server.view(known_by=known_by, at=at)
        assert one.as_of(day).to_bytes() == other.as_of(day).to_bytes()
        assert one.as_of(day).citation == other.as_of(day).citation
        assert everything(one, day) == everything(other, day)


def test_the_corpus_gives_the_same_citations(pair) -> None:
    file, server = pair()
    with file, server:
        for timeline in (file, server):
            timeline.load(ct.corpus("isis"))
        for day in ("2016-06-16", "2017-10-09", "2017-10-19", "2025-06-24"):
            cited = file.as_of(day).citation
            assert server.as_of(day).citation == cited
            assert server.resolve(cited).to_bytes() == file.resolve(cited).to_bytes()
        assert list(file.events()) == list(server.events())


def test_a_log_is_taken_over_byte_for_byte(server_url: str) -> None:
    """From a file to a server and back: entries, instants, identity and root stay."""
    with SQLiteLog.open(":memory:") as file, Timeline(file) as timeline:
        timeline.load(ct.corpus("isis"))
        entries, head, identity = list(file.entries()), file.head(), file.identity
    with PostgresLog.open(fresh(server_url), identity=identity) as server:
        server.take(entries, keep_recorded=True)
        assert list(server.entries()) == entries
        assert server.head() == head
        with SQLiteLog.open(":memory:", identity=identity) as back:
            back.take(list(server.entries()), keep_recorded=True)
            assert (list(back.entries()), back.head()) == (entries, head)
