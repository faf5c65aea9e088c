"""The log on PostgreSQL: its contract, what it refuses to change, to open and to overlook."""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import shlex
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from conflict_timeline.cli import main
from conflict_timeline.errors import (
    LogError,
    NotALogError,
    NotWrittenError,
    OutcomeUnknownError,
)
from conflict_timeline.log import postgres_schema as schema
from conflict_timeline.log import postgres_session
from conflict_timeline.log.postgres import PostgresLog
from conflict_timeline.log.postgres_url import Target
from tests.contract_store import NewPlace, Opener, StoreContract, change, changes
from tests.postgres_server import fresh, private_server, run_sql

COLUMNS = "(position, id, kind, recorded, body)"
NEW = "'' || encode(sha256('\\x00'), 'hex'), 'k', 'r', '\\x00'::bytea"


@pytest.fixture
def url(server_url: str) -> str:
    return fresh(server_url)


@pytest.fixture
def log(url: str) -> Iterator[PostgresLog]:
    with PostgresLog.open(url) as opened:
        opened.append(changes(5))
        yield opened


class TestPostgres(StoreContract):
    @pytest.fixture
    def new_place(self, server_url: str) -> NewPlace:
        def new_place() -> Opener:
            url = fresh(server_url)
            return lambda: PostgresLog.open(url)

        return new_place


def tamper(url: str, *statements: str) -> None:
    """Changes a log as its owner could: guards away, change, guards back."""
    tables = schema.TABLES
    run_sql(
        url,
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables),
        "ALTER TABLE events DROP CONSTRAINT events_check",
        *statements,
        f"ALTER TABLE events ADD CONSTRAINT events_check CHECK {tables['events'].check} NOT VALID",
        "UPDATE pg_constraint SET convalidated = true WHERE conname = 'events_check'",
        *(
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
            for name, table, _, _ in schema._triggers()
        ),
    )


class TestAppendOnly:
    @pytest.mark.parametrize("role", ["origin", "replica"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE events SET subject = 'x'",
            "UPDATE events SET position = 9 WHERE position = 1",
            "DELETE FROM events",
            "DELETE FROM events WHERE position = 5",
            "TRUNCATE events",
            "TRUNCATE events, nodes, checkpoints, log_identity, histories, history_entries",
            f"INSERT INTO events {COLUMNS} SELECT 1, {NEW}",
            f"INSERT INTO events {COLUMNS} SELECT 7, {NEW}",
            f"INSERT INTO events {COLUMNS} SELECT 0, {NEW}",
            f"INSERT INTO events {COLUMNS} SELECT NULL, {NEW}",
            f"INSERT INTO events {COLUMNS} SELECT 6, id, 'k', 'r', body FROM events LIMIT 1",
            f"INSERT INTO events {COLUMNS} SELECT 1, {NEW} ON CONFLICT DO NOTHING",
            f"INSERT INTO events {COLUMNS} SELECT 1, {NEW} "
            "ON CONFLICT (position) DO UPDATE SET subject = 'x'",
            "UPDATE nodes SET hashes = '\\x00'",
            "DELETE FROM nodes",
            "TRUNCATE nodes",
            "INSERT INTO nodes SELECT level, start, hashes FROM nodes LIMIT 1",
            "UPDATE log_identity SET log = 'x'",
            "DELETE FROM log_identity",
            "DELETE FROM checkpoints",
            "UPDATE histories SET log = 'x'",
            "TRUNCATE history_entries",
        ],
    )
    def test_statement_is_refused(
        self, log: PostgresLog, url: str, statement: str, role: str
    ) -> None:
        before = list(log.entries())
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            run_sql(url, f"SET session_replication_role = {role}", statement)
        assert list(log.entries()) == before
        assert log.verify() == []

    def test_an_id_that_is_not_the_hash_of_the_bytes_is_refused(
        self, log: PostgresLog, url: str
    ) -> None:
        squatted = change(9).id
        with pytest.raises(psycopg.errors.CheckViolation):
            run_sql(url, f"INSERT INTO events {COLUMNS} VALUES (6, '{squatted}', 'k', 'r', 'x')")
        assert log.append([change(9)]) == [6]

    def test_an_equals_sign_of_ones_own_does_not_fool_a_guard(
        self, log: PostgresLog, url: str
    ) -> None:
        with pytest.raises(psycopg.errors.RestrictViolation):
            run_sql(
                url,
                "CREATE FUNCTION public.lie(bigint, bigint) RETURNS boolean LANGUAGE sql "
                "AS 'SELECT true'",
                "CREATE OPERATOR public.= (LEFTARG = bigint, RIGHTARG = bigint, "
                "FUNCTION = public.lie)",
                f"SET search_path = public, pg_catalog, {Target.parse(url).schema}",
                f"INSERT INTO events {COLUMNS} SELECT 99, {NEW}",
            )
        run_sql(url, "DROP FUNCTION public.lie CASCADE")
        assert log.position == 5

    def test_who_inserts_without_this_library_waits_for_the_writer(
        self, log: PostgresLog, url: str
    ) -> None:
        with log._transaction(5, "") as _, pytest.raises(psycopg.errors.LockNotAvailable):
            run_sql(url, "SET lock_timeout = 50", f"INSERT INTO events {COLUMNS} SELECT 6, {NEW}")
        run_sql(url, f"INSERT INTO events {COLUMNS} SELECT 6, {NEW}")
        assert log.position == 6


class TestSchema:
    @pytest.fixture
    def refused(self, url: str) -> Any:
        def check(message: str) -> None:
            for how in ({}, {"create": False}, {"readonly": True}):
                with pytest.raises(NotALogError, match=message):
                    PostgresLog.open(url, **how)

        return check

    @pytest.mark.parametrize(
        ("statements", "message"),
        [
            (["DROP TRIGGER events_no_update ON events"], "trigger events_no_update is missing"),
            (
                ["ALTER TABLE events DISABLE TRIGGER events_no_delete"],
                "trigger events_no_delete was altered",
            ),
            (
                ["ALTER TABLE nodes ENABLE REPLICA TRIGGER nodes_no_update"],
                "trigger nodes_no_update was altered",
            ),
            (
                [
                    "DROP TRIGGER events_no_delete ON events",
                    "CREATE TRIGGER events_no_delete BEFORE DELETE OR TRUNCATE ON events "
                    "EXECUTE FUNCTION tell()",
                    "ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_delete",
                ],
                "trigger events_no_delete was altered",
            ),
            (
                [
                    "DROP TRIGGER events_no_overwrite ON events",
                    "CREATE TRIGGER events_no_overwrite BEFORE INSERT ON events FOR EACH ROW "
                    "WHEN (NEW.position > 10) EXECUTE FUNCTION events_no_overwrite()",
                    "ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_overwrite",
                ],
                "trigger events_no_overwrite was altered",
            ),
            (
                [
                    "CREATE OR REPLACE FUNCTION never() RETURNS trigger LANGUAGE plpgsql "
                    "AS 'BEGIN RETURN NULL; END'"
                ],
                "function never was altered",
            ),
            (
                ["ALTER FUNCTION events_no_update() RESET ALL"],
                "function events_no_update was alter",
            ),
            (
                ["CREATE RULE swallow AS ON INSERT TO events DO INSTEAD NOTHING"],
                "rule swallow does not belong here",
            ),
            (
                [
                    "ALTER TABLE events ENABLE ROW LEVEL SECURITY",
                    "CREATE POLICY blind ON events USING (position < 3)",
                ],
                "policy blind does not belong here; table events was altered",
            ),
            (["CREATE VIEW v AS SELECT 1"], "relation v does not belong here"),
            (["CREATE TABLE more (x int)"], "table more does not belong here"),
            (["CREATE TABLE more () INHERITS (events)"], "child table more does not belong here"),
            (["CREATE SEQUENCE s"], "relation s does not belong here"),
            (["CREATE INDEX mine ON events (known)"], "index mine does not belong here"),
            (
                ["ALTER TABLE nodes SET UNLOGGED"],
                "table nodes was altered",
            ),
            (["ALTER TABLE events ADD COLUMN mood text"], "column events.mood does not belong"),
            (["ALTER TABLE events DROP COLUMN subject"], "column events.subject is missing"),
            (
                ['ALTER TABLE events ALTER known TYPE text COLLATE "en-x-icu"'],
                "column events.known was altered",
            ),
            (["ALTER TABLE events ALTER kind DROP NOT NULL"], "column events.kind was altered"),
            (
                ["ALTER TABLE events ALTER recorded SET DEFAULT 'now'"],
                "column events.recorded was altered",
            ),
            (
                ["ALTER TABLE events DROP CONSTRAINT events_id_key"],
                "constraint events_id_key is missing; index events_id_key is missing",
            ),
            (
                [
                    "ALTER TABLE events DROP CONSTRAINT events_check",
                    "ALTER TABLE events ADD CONSTRAINT events_check CHECK (true)",
                ],
                "constraint events_check was altered",
            ),
            (
                [
                    "UPDATE pg_index SET indisvalid = false "
                    "WHERE indexrelid = 'redactions'::regclass"
                ],
                "index redactions was altered",
            ),
            (["DROP TABLE nodes"], "table nodes is missing"),
            (
                [
                    "CREATE OR REPLACE FUNCTION schema_version() RETURNS integer LANGUAGE sql "
                    "IMMUTABLE AS 'SELECT 99'"
                ],
                "schema version 99 is newer than",
            ),
            (["DROP FUNCTION schema_version"], "function schema_version is missing"),
        ],
    )
    def test_altered(
        self, log: PostgresLog, url: str, refused: Any, statements: list[str], message: str
    ) -> None:
        run_sql(url, *statements)
        refused(message)
        assert "schema" in {problem.kind for problem in log.verify()}

    def test_another_application(self, url: str, refused: Any) -> None:
        run_sql(url, f"CREATE SCHEMA {Target.parse(url).schema}", "CREATE TABLE mine (x int)")
        refused("of another application, not a log")
        assert run_sql(url, "SELECT count(*) FROM mine") == [(0,)]

    @pytest.mark.parametrize("how", [{"create": False}, {"readonly": True}])
    def test_missing(self, url: str, how: dict[str, bool]) -> None:
        with pytest.raises(LogError, match="there is no log in schema"):
            PostgresLog.open(url, **how)

    def test_an_empty_schema_made_by_an_administrator_becomes_a_log(self, url: str) -> None:
        run_sql(url, f"CREATE SCHEMA {Target.parse(url).schema}")
        with PostgresLog.open(url) as log:
            assert log.append([change()]) == [1]

    def test_interrupted_creation_leaves_nothing(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = list(schema.statements(Target.parse(url).schema))
        for made in range(0, len(whole) + 1, 7):
            with monkeypatch.context() as patch:
                broken = [*whole[:made], "CREATE NONSENSE"]
                patch.setattr(schema, "statements", lambda _schema, broken=broken: broken)
                with pytest.raises(LogError, match="NONSENSE"):
                    PostgresLog.open(url)
            assert (
                run_sql(
                    url, f"SELECT 1 FROM pg_namespace WHERE nspname = '{Target.parse(url).schema}'"
                )
                == []
            )
        with PostgresLog.open(url) as log:
            assert log.verify() == []

    def test_of_several_that_make_it_at_once_one_does(self, url: str) -> None:
        identities: list[str] = []

        def make() -> None:
            with PostgresLog.open(url) as log:
                identities.append(log.identity)

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(identities) == 4
        assert len(set(identities)) == 1

    def test_what_the_server_keeps_for_itself_is_no_fault(self, log: PostgresLog, url: str) -> None:
        run_sql(url, "VACUUM ANALYZE events", "ALTER TABLE events SET (fillfactor = 90)")
        PostgresLog.open(url).close()

    def test_a_database_of_another_encoding_is_refused(self, server_url: str) -> None:
        run_sql(
            server_url,
            "DROP DATABASE IF EXISTS latin",
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
        )
        with pytest.raises(LogError, match="expected a database in UTF8, got one in LATIN1"):
            PostgresLog.open(server_url.replace("/postgres?", "/latin?"))

    def test_an_identity_is_kept_and_checked(self, url: str) -> None:
        with PostgresLog.open(url, identity="0" * 32) as log:
            assert log.identity == "0" * 32
        with pytest.raises(LogError, match=f"expected the log {'1' * 32}, found {'0' * 32}"):
            PostgresLog.open(url, identity="1" * 32)


class TestDurability:
    def test_a_weaker_setting_of_the_user_is_raised(self, server_url: str, url: str) -> None:
        run_sql(server_url, "DROP ROLE IF EXISTS hasty", "CREATE ROLE hasty SUPERUSER LOGIN")
        run_sql(server_url, "ALTER ROLE hasty SET synchronous_commit = off")
        with PostgresLog.open(url.replace("postgres@", "hasty@")) as log:
            assert log._read("SELECT current_setting('synchronous_commit')") == [("on",)]
            assert log.append([change()]) == [1]

    def test_a_setting_that_reads_back_otherwise_is_refused(
        self, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with log._session.connection(_deadline()) as connection:
            connection.execute("SET synchronous_commit = local")
        with pytest.raises(NotWrittenError, match=r"expected synchronous_commit on.* got local"):
            log.append([change(9)])
        assert log.position == 5

    @pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
    def test_a_server_that_may_lose_what_it_acknowledged_is_refused(self, setting: str) -> None:
        with (
            private_server(**{setting: "off"}) as server,
            pytest.raises(LogError, match=f"expected {setting} on, which a log needs, got off"),
        ):
            PostgresLog.open(fresh(server.url))


def _deadline() -> Any:
    from conflict_timeline.log.waiting import Deadline

    return Deadline(10)


class Refusing:
    """A connection whose COMMIT ends as the test wants it to."""

    def __init__(self, connection: Any, commit: Any) -> None:
        self._connection = connection
        self._commit = commit

    def execute(self, query: Any, *values: Any) -> Any:
        if query == "COMMIT":
            return self._commit(self._connection)
        return self._connection.execute(query, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def cut(connection: Any) -> None:
    """Ends the server's process for a connection, from another one."""
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


class TestOutcomes:
    def test_a_connection_lost_before_commit_writes_nothing(
        self, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(connection: Any, *_: Any) -> Any:
            cut(connection.connection)
            return connection.execute("SELECT 1").fetchone()

        with monkeypatch.context() as patch:
            patch.setattr(log, "_now", lost)
            with pytest.raises(NotWrittenError, match="nothing was written: terminating"):
                log.append([change(9)])
        assert log.position == 5
        assert log.append([change(9)]) == [6]

    @pytest.mark.parametrize("committed", [False, True])
    def test_a_connection_lost_during_commit_leaves_the_outcome_unknown(
        self, log: PostgresLog, committed: bool
    ) -> None:
        def commit(connection: Any) -> Any:
            if committed:
                connection.execute("COMMIT")
            cut(connection)
            return connection.execute("COMMIT")

        log._session._connection = Refusing(log._session._connection, commit)
        with pytest.raises(OutcomeUnknownError, match=r"unknown .*; append the same"):
            log.append([change(9)])
        assert log.position == 5 + committed
        assert log.append([change(9)]) == [6]
        assert log.verify() == []

    def test_a_commit_that_the_server_refuses_writes_nothing(
        self, log: PostgresLog, url: str
    ) -> None:
        def commit(connection: Any) -> Any:
            # An error that the server only finds at the commit, and survives.
            connection.execute(
                "CREATE TEMP TABLE late (x int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)"
            )
            connection.execute("INSERT INTO late VALUES (1), (1)")
            return connection.execute("COMMIT")

        log._session._connection = Refusing(log._session._connection, commit)
        with pytest.raises(NotWrittenError, match="nothing was written: duplicate key"):
            log.append([change(9)])
        log._session._connection = log._session._connection._connection
        assert log.position == 5
        assert log.append([change(9)]) == [6]

    def test_a_commit_that_becomes_a_rollback_is_told(self, log: PostgresLog) -> None:
        def commit(connection: Any) -> Any:
            with contextlib.suppress(psycopg.Error):
                connection.execute("nonsense")
            return connection.execute("COMMIT")

        log._session._connection = Refusing(log._session._connection, commit)
        with pytest.raises(NotWrittenError, match="nothing was written: ROLLBACK"):
            log.append([change(9)])
        assert log.position == 5

    def test_interrupted_by_the_user(self, log: PostgresLog) -> None:
        def commit(connection: Any) -> Any:
            raise KeyboardInterrupt

        log._session._connection = Refusing(log._session._connection, commit)
        with pytest.raises(KeyboardInterrupt):
            log.append([change(9)])
        assert log.position == 5
        assert log.append([change(9)]) == [6]

    def test_a_read_that_is_interrupted_lets_go_of_its_connection(
        self, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: Any) -> Any:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(postgres_session, "run", interrupted)
            with pytest.raises(KeyboardInterrupt):
                _ = log.position
        assert log._session._connection is None
        assert log.position == 5

    def test_a_server_that_is_too_old(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_session, "_OLDEST", 990_000)
        with pytest.raises(LogError, match="expected PostgreSQL 13 or later, got"):
            PostgresLog.open(url)

    def test_a_writer_that_keeps_the_lock(self, log: PostgresLog, url: str) -> None:
        with PostgresLog.open(url) as other, other._transaction(5, ""):
            began = time.monotonic()
            with pytest.raises(NotWrittenError, match=r"another writer kept .* for 0.3 s"):
                log.append([change(9)], timeout=0.3)
            assert time.monotonic() - began >= 0.3
        assert log.append([change(9)]) == [6]

    def test_who_waited_for_the_lock_sees_what_was_committed_meanwhile(
        self, log: PostgresLog, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at_work = threading.Event()

        def slow(connection: Any) -> str:
            at_work.set()
            time.sleep(0.3)
            return "2017-10-20T09:30:00.000000Z"

        with PostgresLog.open(url) as other:
            monkeypatch.setattr(other, "_now", slow)
            found: list[Any] = []
            thread = threading.Thread(target=lambda: found.append(other.append([change(8)])))
            thread.start()
            at_work.wait()
            assert log.append([change(8), change(9)]) == [6, 7]
            thread.join()
        assert found == [[6]]
        assert log.verify() == []

    def test_a_connection_lost_between_two_uses_is_made_again(self, log: PostgresLog) -> None:
        for use in (lambda: log.position, lambda: log.append([change(9)])):
            assert log._session._connection is not None
            cut(log._session._connection)
            use()
        assert log.position == 6

    @pytest.mark.parametrize("use", ["append", "read"])
    def test_a_server_that_lost_entries_is_not_taken_for_the_log(
        self, log: PostgresLog, url: str, use: str
    ) -> None:
        """As after a standby that missed them has taken over."""
        if use == "read":
            log.append([change(7), change(8)])
            reader = PostgresLog.open(url)
            assert len(list(reader.entries())) == 7
        else:
            reader = PostgresLog.open(url)
            reader.append([change(7), change(8)])
        with reader:
            tamper(url, "DELETE FROM events WHERE position = 7")
            for _ in range(2):
                assert (
                    reader._session._connection is None or cut(reader._session._connection) is None
                )
                with pytest.raises(LogError, match="position 7 was there and is gone"):
                    _ = reader.position
                with pytest.raises(NotWrittenError, match="position 7 was there and is gone"):
                    reader.append([change(9)])

    def test_another_log_in_its_place_is_not_taken_for_it(self, log: PostgresLog, url: str) -> None:
        run_sql(url, f"DROP SCHEMA {Target.parse(url).schema} CASCADE")
        PostgresLog.open(url).close()
        assert log._session._connection is not None
        cut(log._session._connection)
        with pytest.raises(LogError, match=r"expected the log .*, found .* there now"):
            _ = log.position

    def test_another_thread_at_work(self, log: PostgresLog) -> None:
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with log._session._lock:
                held.set()
                done.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        try:
            with pytest.raises(NotWrittenError, match="another thread used it"):
                log.append([change(9)], timeout=0.05)
        finally:
            done.set()
            thread.join()

    def test_readonly(self, log: PostgresLog, url: str) -> None:
        with PostgresLog.open(url, readonly=True) as reader:
            assert list(reader.entries()) == list(log.entries())
            assert reader.verify() == []
            with pytest.raises(NotWrittenError, match="opened for reading only"):
                reader.append([change(9)])
            with pytest.raises(LogError, match="read-only transaction"):
                reader._read("CREATE TABLE x (y int)")

    @pytest.mark.parametrize(
        "clock", ["2001-01-01T00:00:00.000000Z", "9999-01-01T00:00:00.000000Z"]
    )
    def test_instants_never_go_back(
        self, log: PostgresLog, monkeypatch: pytest.MonkeyPatch, clock: str
    ) -> None:
        [last] = log.entries(after=4)
        monkeypatch.setattr(log, "_now", lambda _: clock)
        log.append([change(9)])
        [new] = log.entries(after=5)
        assert new.recorded == max(last.recorded, clock)

    def test_few_large_entries_are_read_in_several_goes(
        self, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from conflict_timeline.log import postgres

        monkeypatch.setattr(postgres, "BYTES_AT_ONCE", 150)
        assert [entry.position for entry in log.entries()] == [1, 2, 3, 4, 5]


class TestErasing:
    """After a redaction, here one that is written by hand."""

    @pytest.fixture
    def secret(self, log: PostgresLog, url: str) -> str:
        secret = change(2).id
        run_sql(
            url,
            "INSERT INTO events (position, id, kind, recorded, body, subject) SELECT 6, "
            f"encode(sha256('x'), 'hex'), 'redacted', recorded, 'x', '{secret}' FROM events "
            "LIMIT 1",
        )
        return secret

    def test_erased_bytes_leave_the_table(self, log: PostgresLog, url: str, secret: str) -> None:
        assert log.erase(secret) is True
        assert log.erase(secret) is False
        [(path,)] = run_sql(url, "SELECT pg_relation_filepath('events')")
        run_sql(url, "CHECKPOINT")
        [(content,)] = run_sql(url, f"SELECT pg_read_binary_file('{path}')")
        assert b'"place":"p1"' in content
        assert b'"place":"p2"' not in content
        erased = log.find(secret)
        assert erased is not None
        assert (erased.position, erased.erased) == (3, True)
        assert [problem for problem in log.verify() if problem.position == 3] == []

    def test_a_table_that_cannot_be_written_anew_is_told(
        self, log: PostgresLog, url: str, secret: str
    ) -> None:
        with psycopg.connect(url.partition("&schema")[0]) as other:
            other.execute(f"SELECT 1 FROM {Target.parse(url).schema}.events")
            with log._session.connection(_deadline()) as connection:
                connection.execute("SET lock_timeout = 50")
            with pytest.raises(LogError, match=r"was erased, but .* VACUUM \(FULL\)"):
                log.erase(secret)
        assert log.erase(secret) is False

    def test_nothing_else_is_erased(self, log: PostgresLog, url: str, secret: str) -> None:
        other = change(1).id
        with pytest.raises(NotWrittenError, match="has no redaction; nothing was erased"):
            log.erase(other)
        emptied = "kind = 'erased', body = '', earliest = NULL, latest = NULL, subject = NULL"
        for statement in (
            f"UPDATE events SET {emptied} WHERE id = '{other}'",
            f"UPDATE events SET {emptied}, recorded = 'x' WHERE id = '{secret}'",
            f"UPDATE events SET body = '' WHERE id = '{secret}'",
            f"UPDATE events SET {emptied} WHERE kind = 'redacted'",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation):
                run_sql(url, statement)


def _use_inherited(log: PostgresLog, answers: Any) -> None:
    for use in (lambda: log.position, lambda: log.append([change(9)])):
        try:
            use()
            answers.put("used")
        except LogError as error:
            answers.put(str(error))
    log.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_an_object_belongs_to_the_process_that_opened_it(log: PostgresLog) -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    with log._session._lock:  # as another thread may hold it when the process forks
        child = fork.Process(target=_use_inherited, args=(log, answers))
        child.start()
    for _ in range(2):
        assert "open it again there" in answers.get(timeout=20)
    child.join(20)
    assert child.exitcode == 0
    assert log.append([change(9)]) == [6]


def _problems(log: PostgresLog) -> list[tuple[int | None, str]]:
    return [(problem.position, problem.kind) for problem in log.verify()]


class TestVerify:
    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("UPDATE events SET body = '\\x7b7d' WHERE position = 3", {(3, "id"), (3, "body")}),
            ("UPDATE events SET id = 'abc' WHERE position = 3", {(3, "id")}),
            ("UPDATE events SET kind = 'source' WHERE position = 3", {(3, "column")}),
            ("UPDATE events SET earliest = NULL WHERE position = 3", {(3, "column")}),
            ("UPDATE events SET subject = 'الرقة' WHERE position = 3", {(3, "column")}),
            ("UPDATE events SET recorded = 'today' WHERE position = 5", {(5, "recorded")}),
            ("DELETE FROM events WHERE position = 3", {(3, "position")}),
        ],
    )
    def test_finds_tampering(
        self, log: PostgresLog, url: str, statement: str, expected: set[tuple[int, str]]
    ) -> None:
        tamper(url, statement)
        assert expected <= set(_problems(log))
        with PostgresLog.open(url) as again:
            assert expected <= set(_problems(again))

    def test_a_damaged_index_is_told_where_amcheck_is_there(
        self, log: PostgresLog, url: str
    ) -> None:
        run_sql(url, "CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA public")
        try:
            assert log.verify() == []
            # A row that the index of ids does not know.
            [(index,)] = run_sql(url, "SELECT 'events_id_key'::regclass::oid")
            tamper(
                url,
                f"UPDATE pg_index SET indisready = false, indisvalid = false "
                f"WHERE indexrelid = {index}",
                "UPDATE events SET id = repeat('0', 64) WHERE position = 3",
                f"UPDATE pg_index SET indisready = true, indisvalid = true "
                f"WHERE indexrelid = {index}",
            )
            assert (None, "integrity") in _problems(log)
        finally:
            run_sql(url, "DROP EXTENSION amcheck")

    def test_a_table_that_cannot_be_read(self, log: PostgresLog) -> None:
        with pytest.raises(LogError, match=r"cannot be read: relation .* does not exist"):
            log._read("SELECT * FROM absent")


class TestGuide:
    """The commands and the SQL of the guide do what it says."""

    PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "use-postgresql.md"
    OLD = "@db.example.org/archive"

    def blocks(self, kind: str) -> list[str]:
        return re.findall(rf"^```{kind}\n(.*?)^```$", self.PAGE.read_text("utf-8"), re.M | re.S)

    def test_it_runs(self, server_url: str) -> None:
        administration, rights = self.blocks("sql")
        for role in ("archivist", "desk", "public_reader"):
            run_sql(server_url, f"DROP ROLE IF EXISTS {role}")
        run_sql(server_url, "DROP DATABASE IF EXISTS archive", "CREATE DATABASE archive")
        run_sql(server_url, *filter(str.strip, administration.split(";")))
        new = server_url.partition("@")[2].replace("/postgres", "/archive")
        ran = []
        for line in "".join(self.blocks("sh")).splitlines():
            program, *arguments = shlex.split(line.replace(self.OLD, f"@{new}"))
            if program == "conflict-timeline":
                result = CliRunner().invoke(main, arguments)
                assert result.exit_code == 0, f"{line}\n{result.output}"
                ran.append((arguments[0], result.output))
        assert [command for command, _ in ran] == ["init", "load", "as-of", "verify", "follow"]
        assert "desk: may append and read.\npublic_reader: may read.\n" in ran[0][1]
        assert ran[-1][1].count('{"position": 13') == 8
        # What the page lists is what the command granted: granting it again changes nothing.
        there = "SELECT relname, relacl::text FROM pg_class WHERE relkind = 'r' AND relacl IS NOT "
        there += "NULL AND relnamespace = 'conflict_timeline'::regnamespace ORDER BY relname"
        owner = f"postgresql://archivist@{new}"
        before = run_sql(owner, there)
        run_sql(owner, *filter(str.strip, rights.split(";")))
        assert run_sql(owner, there) == before
        assert len(before) == len(schema.TABLES)
