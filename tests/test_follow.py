"""Following a log: gaps are refused, pauses grow, news that is not told is found all the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from conflict_timeline.cli import main
from conflict_timeline.errors import LogError
from conflict_timeline.events import Event
from conflict_timeline.log import Entry, SQLiteLog, open_store
from conflict_timeline.log import follow as following
from conflict_timeline.log.follow import Polling, follow
from conflict_timeline.log.postgres import PostgresLog
from conflict_timeline.log.postgres_listening import Listening
from conflict_timeline.timeline import Timeline
from tests.contract_store import change, changes
from tests.postgres_server import fresh, private_server, run_sql


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "log.db")
    return fresh(request.getfixturevalue("server_url"))


class TestEngine:
    @pytest.mark.parametrize("positions", [[2], [1, 3], [1, 1], [1, 2, 2]])
    def test_a_position_that_is_not_the_next_is_refused(self, positions: list[int]) -> None:
        def entries(after: int) -> Iterator[Entry]:
            return (Entry(position, "", "", b"") for position in positions)

        closed = threading.Event()
        seen = follow(entries, 0, 0, lambda: Polling(closed), closed)
        with pytest.raises(LogError, match=r"expected position . next, got"):
            list(seen)

    def test_pauses_grow_while_nothing_comes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        closed = threading.Event()
        waits: list[float] = []
        monkeypatch.setattr(closed, "wait", waits.append)
        polling = Polling(closed)
        for _ in range(8):
            polling.wait(60)
        assert waits == sorted(waits)
        assert (waits[0], waits[-1]) == (0.01, 0.25)
        polling.came()
        polling.wait(60)
        assert waits[-1] == 0.01

    def test_an_error_of_reading_reaches_the_reader(self) -> None:
        def entries(after: int) -> Iterator[Entry]:
            raise LogError("damaged")
            yield

        closed = threading.Event()
        with pytest.raises(LogError, match="damaged"):
            next(follow(entries, 0, None, lambda: Polling(closed), closed))
        closed.set()
        assert list(follow(entries, 0, None, lambda: Polling(closed), closed)) == []


class TestListening:
    def test_the_server_tells_at_once(
        self, server_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "_LONGEST_WAIT", 60.0)
        url = fresh(server_url)
        with PostgresLog.open(url) as writer, PostgresLog.open(url) as reader:
            news = reader.follow(0, timeout=30)
            timer = threading.Timer(0.5, lambda: writer.append([change()]))
            timer.start()
            began = time.monotonic()
            assert next(news).position == 1
            assert time.monotonic() - began < 20
            timer.join()
            news.close()

    def test_what_is_not_told_is_found_all_the_same(
        self, server_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "_LONGEST_WAIT", 0.1)
        monkeypatch.setattr(Listening, "_listen", lambda self: None)
        url = fresh(server_url)
        with PostgresLog.open(url) as log:
            news = log.follow(0, timeout=20)
            log.append([change(0)])
            assert next(news).position == 1
            log.append([change(1)])
            assert next(news).position == 2

    def test_listening_goes_on_after_its_connection_was_cut(
        self, server_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = fresh(server_url)
        made: list[Listening] = []
        honest = Listening.__init__

        def remembering(self: Listening, session: object) -> None:
            made.append(self)
            honest(self, session)  # type: ignore[arg-type]

        monkeypatch.setattr(Listening, "__init__", remembering)
        with PostgresLog.open(url) as log:
            log.append([change(0)])
            news = log.follow(0, timeout=30)
            assert next(news).position == 1
            assert made[0]._connection is not None
            first = made[0]._connection.info.backend_pid
            run_sql(server_url, f"SELECT pg_terminate_backend({first}, 5000)")
            threading.Timer(1.5, lambda: log.append([change(1)])).start()
            assert next(news).position == 2
            assert made[0]._connection is None or made[0]._connection.info.backend_pid != first
            news.close()

    def test_a_server_that_does_not_let_listen(
        self, server_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with PostgresLog.open(fresh(server_url)) as log:
            log.append([change(0)])

            class NoListening:
                def execute(self, _query: object) -> None:
                    raise psycopg.errors.ReadOnlySqlTransaction("cannot execute LISTEN here")

                def close(self) -> None:
                    pass

            monkeypatch.setattr(log._session, "dedicated", NoListening)
            assert [entry.position for entry in log.follow(0, timeout=0.2)] == [1]

    def test_a_server_that_comes_back_is_followed_on(self) -> None:
        with private_server() as server:
            url = fresh(server.url)
            with PostgresLog.open(url) as reader:
                with PostgresLog.open(url) as writer:
                    writer.append([change(0)])
                news = reader.follow(0, timeout=30)
                assert next(news).position == 1

                def restart() -> None:
                    server.stop()
                    server.start()
                    with PostgresLog.open(url) as writer:
                        writer.append([change(1)])

                thread = threading.Thread(target=restart)
                thread.start()
                assert next(news).position == 2
                thread.join()
                news.close()


class TestCommand:
    @staticmethod
    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    @pytest.fixture
    def events(self) -> list[Event]:
        return changes(3)

    def test_formats(self, place: str, events: list[Event]) -> None:
        with open_store(place) as store:
            store.append(events)
            entries = list(store.entries())
        code, out, err = self.run("follow", place, "--after", "1", "--timeout", "0")
        assert code == 0
        assert [line.split()[0] for line in out.splitlines()] == ["2", "3"]
        assert "control-changed" in out
        assert "Following after position 1." in err
        code, out, _ = self.run(
            "follow", place, "--after", "0", "--timeout", "0", "--format", "json"
        )
        lines = [json.loads(line) for line in out.splitlines()]
        assert [line["id"] for line in lines] == [entry.id for entry in entries]
        assert lines[0] == {
            "position": 1,
            "recorded": entries[0].recorded,
            "kind": "control-changed",
            "subject": "p0",
            "id": entries[0].id,
            "event": json.loads(entries[0].data),
        }
        code, out, _ = self.run(
            "follow", place, "--after", "2", "--timeout", "0", "--format", "csv"
        )
        assert out.splitlines()[0] == "position,recorded,kind,subject,id"
        assert out.splitlines()[1].startswith("3,")
        assert self.run("follow", place, "--timeout", "0")[:2] == (0, "")

    def test_an_erased_entry_has_no_event(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = Entry(7, "0" * 64, "2017-10-20T09:30:00.000000Z", b"")
        monkeypatch.setattr(Timeline, "follow", lambda *_, **__: iter([entry]))
        SQLiteLog.open(tmp_path / "log.db").close()
        _, out, _ = self.run("follow", str(tmp_path / "log.db"), "--format", "json")
        assert json.loads(out)["kind"] == "erased"
        assert json.loads(out)["event"] is None

    @pytest.mark.parametrize("end", [signal.SIGINT, None], ids=["ctrl-c", "reader gone"])
    def test_it_ends_quietly(self, place: str, end: signal.Signals | None) -> None:
        with open_store(place) as store:
            store.append(changes(2))
            process = subprocess.Popen(
                [sys.executable, "-m", "conflict_timeline.cli", "follow", place, "--after", "0"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": "src"},
            )
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline().split()[0] == "1"
            store.append([change(5)])
            assert process.stdout.readline().split()[0] == "2"
            assert process.stdout.readline().split()[0] == "3"
            if end is not None:
                process.send_signal(end)
            else:
                process.stdout.close()
                store.append([change(6)])
            assert process.wait(20) == (130 if end is not None else 141)
            assert process.stderr.read() == "Following after position 0.\n"
            process.stderr.close()
            if not process.stdout.closed:
                process.stdout.close()
