"""Roles: one that may append and read, one that may only read, and nothing that lets them alter."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from conflict_timeline.cli import main
from conflict_timeline.errors import LogError, NotWrittenError
from conflict_timeline.log import postgres_schema as schema
from conflict_timeline.log.postgres import PostgresLog
from conflict_timeline.log.postgres_url import Target
from tests.contract_store import change, changes
from tests.postgres_server import fresh, run_sql

ROLES = ("clerk", "guest", "owner", "chief", "deputy")


@pytest.fixture
def url(server_url: str) -> str:
    """Of a log that ``owner`` made, who is no superuser, with its roles granted by the command."""
    for role in ROLES:
        run_sql(
            server_url,
            f"DO $$BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role} LOGIN; END IF; END$$",
        )
    run_sql(
        server_url,
        "GRANT CREATE ON DATABASE postgres TO owner",
        "ALTER ROLE chief CREATEROLE",
        "GRANT owner TO deputy",
    )
    url = fresh(server_url).replace("postgres@", "owner@")
    made = CliRunner().invoke(main, ["init", url, "--writer", "clerk", "--reader", "guest"])
    assert made.exit_code == 0, made.output
    assert "clerk: may append and read.\nguest: may read.\n" in made.stderr
    return url


def as_role(url: str, role: str) -> str:
    return url.replace("owner@", f"{role}@")


def test_a_writer_appends_reads_and_follows(url: str) -> None:
    with PostgresLog.open(as_role(url, "clerk")) as log:
        assert log.append(changes(3)) == [1, 2, 3]
        assert log.append([change(1), change(5)]) == [2, 4]
        assert [entry.position for entry in log.follow(0, timeout=0)] == [1, 2, 3, 4]
        assert log.verify() == []
        assert log.head().size == 4


def test_a_reader_reads_and_cannot_append(url: str) -> None:
    with PostgresLog.open(url) as log:
        log.append(changes(3))
    with PostgresLog.open(as_role(url, "guest"), create=False) as log:
        assert [entry.position for entry in log.follow(0, timeout=0)] == [1, 2, 3]
        assert log.verify() == []
        with pytest.raises(NotWrittenError, match="permission denied for table events"):
            log.append([change(9)])
    with PostgresLog.open(as_role(url, "guest"), readonly=True) as log:
        assert log.position == 3


def test_a_stranger_sees_nothing(url: str) -> None:
    with pytest.raises(LogError, match="role chief may not read this log"):
        PostgresLog.open(as_role(url, "chief"))


@pytest.mark.parametrize("role", ["clerk", "guest"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET {} = {}",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} ADD COLUMN mood text",
        "ALTER TABLE {} OWNER TO {role}",
        "DROP TABLE {}",
        "CREATE TRIGGER mine BEFORE INSERT ON {} EXECUTE FUNCTION never()",
        "CREATE RULE mine AS ON INSERT TO {} DO INSTEAD NOTHING",
        "CREATE INDEX mine ON {} ({})",
        "BEGIN; LOCK TABLE {} IN EXCLUSIVE MODE",
        "VACUUM (FULL) {}",
        "GRANT DELETE ON {} TO {role}",
    ],
)
def test_neither_can_alter_anything(url: str, role: str, statement: str) -> None:
    with PostgresLog.open(url) as log:
        log.append(changes(3))
        before = list(log.entries())
        for table, spec in schema.TABLES.items():
            column = next(iter(spec.columns))
            text = (
                statement.replace("{role}", role).replace("{}", table, 1).replace("{}", column, 2)
            )
            if text.startswith("VACUUM"):
                run_sql(as_role(url, role), text)  # a warning, and nothing is done
                continue
            if text.startswith("GRANT"):
                run_sql(as_role(url, role), text)  # a warning, and nothing is granted
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    run_sql(as_role(url, role), f"DELETE FROM {table}")
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                run_sql(as_role(url, role), text)
        assert list(log.entries()) == before
        assert log.verify() == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "DROP FUNCTION never() CASCADE",
        "CREATE TABLE mine (x int)",
        "DROP SCHEMA {schema} CASCADE",
        "SET ROLE owner",
        "ALTER DATABASE postgres SET fsync = off",
    ],
)
@pytest.mark.parametrize("role", ["clerk", "guest"])
def test_nor_the_rest_of_the_schema(url: str, role: str, statement: str) -> None:
    name = Target.parse(url).schema
    with pytest.raises(psycopg.Error, match=r"permission|must be owner|cannot be changed"):
        run_sql(as_role(url, role), statement.replace("{schema}", name))
    with PostgresLog.open(url) as log:
        assert log.verify() == []


@pytest.mark.parametrize(
    ("role", "why"),
    [
        ("postgres", "is a superuser"),
        ("chief", "may make roles"),
        ("owner", "owns the log"),
        ("deputy", "may become its owner"),
        ("nobody_at_all", "there is no role 'nobody_at_all'"),
        ('x"; DROP TABLE events; --', "there is no role"),
    ],
)
def test_a_role_that_could_alter_the_log_all_the_same_is_refused(
    url: str, role: str, why: str
) -> None:
    result = CliRunner().invoke(main, ["init", url, "--reader", "guest", "--writer", role])
    assert result.exit_code == 4
    assert why in result.stderr


def test_granting_is_all_or_nothing_and_may_lower(url: str) -> None:
    with PostgresLog.open(url) as log:
        with pytest.raises(LogError, match="got guest as both"):
            log.grant(writers=["guest"], readers=["guest"])
        with pytest.raises(LogError, match="no role"):
            log.grant(writers=["guest"], readers=["nobody_at_all"])
    with (
        PostgresLog.open(as_role(url, "guest"), create=False) as guest,
        pytest.raises(NotWrittenError, match="permission denied"),
    ):
        guest.append([change()])
    with PostgresLog.open(url) as log:
        log.grant(readers=["clerk"])
    with (
        PostgresLog.open(as_role(url, "clerk")) as clerk,
        pytest.raises(NotWrittenError, match="permission denied"),
    ):
        clerk.append([change()])


def test_only_the_owner_grants(url: str) -> None:
    with (
        PostgresLog.open(as_role(url, "clerk")) as log,
        pytest.raises(LogError, match="only its owner can let others use a log"),
    ):
        log.grant(readers=["guest"])


def test_a_file_has_no_roles(tmp_path: Any) -> None:
    result = CliRunner().invoke(main, ["init", str(tmp_path / "log.db"), "--writer", "clerk"])
    assert result.exit_code == 2
    assert "a file has no roles" in result.stderr
    assert not (tmp_path / "log.db").exists()
