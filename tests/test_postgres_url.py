"""Where a log on a server lies: what libpq is told, and that no password is ever shown."""

from __future__ import annotations

import builtins
import io
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.cli import main
from conflict_timeline.errors import LogError
from conflict_timeline.log import open_store
from conflict_timeline.log.postgres import PostgresLog
from conflict_timeline.log.postgres_session import told
from conflict_timeline.log.postgres_url import Target, is_url, masked
from tests.postgres_server import fresh, private_server, run_sql

SECRET = "geheim-7"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ana:geheim-7@db.example.org:5432/syria", "postgresql://ana@db.example.org:5432/syria"),
        ("postgres://ana:geheim-7@db/syria?schema=a", "postgresql://ana@db/syria?schema=a"),
        ("postgresql://db/syria?password=geheim-7&host=/run", "postgresql://db/syria?host=/run"),
        ("postgresql://db/syria?sslpassword=geheim-7", "postgresql://db/syria"),
        ("postgresql://db/syria?p%61ssword=geheim-7", "postgresql://db/syria"),
        ("postgresql://db/syria?options=-c%20x%3Dgeheim-7", "postgresql://db/syria"),
        ("postgresql://:geheim-7@/", "postgresql://"),
        ("postgresql://", "postgresql://"),
        ("postgresql://ana:a:geheim-7@[::1]:5432,h2:1/d", "postgresql://ana@[::1]:5432,h2:1/d"),
        ("postgresql://ana:x@geheim-7@db/syria", "postgresql://..."),
        ("postgresql://ana:x/geheim-7@db/syria", "postgresql://..."),
        ("postgresql://ana:x?geheim-7@db/syria", "postgresql://..."),
        ("postgresql://ana:x#geheim-7@db/syria", "postgresql://..."),
        ("postgresql://ana:x geheim-7@db/syria", "postgresql://..."),
        ("postgresql://ana:x%zzgeheim-7@db/syria", "postgresql://ana@db/syria"),
        ("a/file.db", "a/file.db"),
        (":memory:", ":memory:"),
        ("postgresql.db", "postgresql.db"),
    ],
)  # fmt: skip
def test_masked(url: str, shown: str) -> None:
    assert masked(url) == shown
    assert masked(shown) == shown
    assert is_url(url) == url.startswith(("postgres://", "postgresql://"))


@given(
    st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=5),
    st.sampled_from(["", "/", "@", ":", "?", "#", "%", "&", "="]),
)
def test_no_password_comes_through_whatever_stands_around_it(text: str, sign: str) -> None:
    for url in (
        f"postgresql://ana:{text}{sign}{SECRET}@db/syria",
        f"postgresql://ana:{SECRET}{sign}{text}@db/syria",
        f"postgresql://db/syria?password={SECRET}{sign}",
        f"postgresql://db/syria?user=a&password={text}{SECRET}",
    ):
        assert SECRET not in masked(url)
        assert SECRET not in "\n".join(what_is_told_of(url))


def what_is_told_of(url: str) -> list[str]:
    """How a URL that is read is shown, or what is said of one that is not."""
    try:
        target = Target.parse(url)
    except LogError as error:
        return [str(error), *map(str, (error.__cause__, error.__context__ is error.__cause__))]
    return [repr(target), target.label]


class TestTarget:
    def test_what_libpq_is_told(self) -> None:
        target = Target.parse(
            "postgresql://ana:geheim-7@db:5433/syria?schema=y2017&sslmode=require"
        )
        assert target.schema == "y2017"
        assert target.options == {
            "user": "ana",
            "password": SECRET,
            "host": "db",
            "port": "5433",
            "dbname": "syria",
            "sslmode": "require",
        }
        assert Target.parse("postgresql://db/syria?schema=a").options["dbname"] == "syria"
        assert Target.parse("postgresql://").schema == "conflict_timeline"

    @pytest.mark.parametrize(
        "name", ["", "Syria", "pg_syria", "a-b", 'a"b', "a;b", "1a", "x" * 64, "الرقة"]
    )
    def test_a_schema_that_is_no_plain_name(self, name: str) -> None:
        with pytest.raises(LogError, match="schema: expected lower-case letters"):
            Target.parse(f"postgresql://db/syria?schema={name}")

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            (
                "postgresql://ana:geheim-7@db/syria?nonsense=1",
                "has a parameter that libpq does not know",
            ),
            ("postgresql://ana:geheim-7%zz@db/syria", "libpq cannot read this URL"),
            ("postgresql://ana:geheim-7@db/syria?sslmode", "libpq cannot read this URL"),
            ("postgresql://ana:geh@eim-7@db/syria", "cannot be read .* percent-encoded"),
        ],
    )
    def test_a_url_that_cannot_be_read(self, url: str, message: str) -> None:
        with pytest.raises(LogError, match=message) as caught:
            open_store(url)
        text = "".join(traceback.format_exception(caught.value))
        assert not any(part in text.split("postgresql://ana:")[-1] for part in ("geh@", "geheim"))
        assert SECRET not in str(caught.value)

    def test_without_psycopg_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        honest = builtins.__import__

        def without(name: str, *rest: Any, **more: Any) -> Any:
            if name == "psycopg" or name.startswith("psycopg."):
                raise ImportError("No module named 'psycopg'")
            return honest(name, *rest, **more)

        for name in [n for n in sys.modules if n.startswith("conflict_timeline.log.postgres")]:
            if not name.endswith("_url"):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(LogError, match=r"pip install 'conflict-timeline\[postgres\]'"):
            ct.open("postgresql://db/syria")

    def test_an_error_of_the_driver_is_one_line_without_the_password(self) -> None:
        target = Target.parse("postgresql://ana:geheim-7@db/syria")
        error = psycopg.OperationalError("cannot connect\n  with geheim-7\n")
        assert told(error, target) == "cannot connect; with ***"


@pytest.fixture(scope="module")
def secret_url() -> Iterator[str]:
    """Of a log that only a role with a password may open."""
    with private_server() as server:
        run_sql(server.url, f"CREATE ROLE secretive LOGIN SUPERUSER PASSWORD '{SECRET}'")
        url = fresh(server.url).replace("postgres@", f"secretive:{SECRET}@")
        with ct.open(url) as timeline:
            timeline.load(ct.corpus("isis"))
        yield url


class TestNothingIsShown:
    """Everything that may tell of the log, right and wrong."""

    def test_in_python(self, secret_url: str) -> None:
        with ct.open(secret_url) as timeline:
            state = timeline.as_of("2017-10-09")
            shown = [repr(timeline), repr(timeline._store), timeline._store.path, state.citation]
            assert "secretive@" in shown[0]
        with pytest.raises(LogError) as caught:
            _ = timeline.position
        shown += traceback.format_exception(caught.value)
        with pytest.raises(LogError, match="password authentication failed") as caught:
            ct.open(secret_url.replace(SECRET, f"{SECRET}x"))
        shown.append(str(caught.value))
        with PostgresLog.open(secret_url) as log:
            shown.append(repr(log._session.target))
        assert [text for text in shown if SECRET in text] == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ["init", "LOG"],
            ["load", "LOG", "--corpus", "isis"],
            ["verify", "LOG"],
            ["verify", "LOG", "--format", "json"],
            ["as-of", "LOG", "2017-10-09", "Rakka"],
            ["as-of", "LOG", "2017-10-09", "Rakka", "--format", "json"],
            ["explain", "LOG", "Rakka", "2017-10-09"],
            ["history", "LOG", "Rakka"],
            ["people", "LOG", "2017-10-31"],
            ["cite", "LOG", "2017-10-09"],
            ["follow", "LOG", "--after", "130", "--timeout", "0"],
        ],
        ids=" ".join,
    )
    def test_on_the_command_line(self, secret_url: str, arguments: list[str]) -> None:
        def run(url: str) -> Any:
            return CliRunner().invoke(main, [url if a == "LOG" else a for a in arguments])

        good = run(secret_url)
        assert good.exit_code == 0, good.output
        wrong_schema = run(secret_url.replace("schema=", "schema=pg_"))
        wrong_password = run(secret_url.replace(SECRET, f"{SECRET}x"))
        nowhere = run(secret_url.replace("host=/tmp", "host=/nowhere"))
        unreadable = run(secret_url.replace("@/", "@@/"))
        for bad in (wrong_schema, wrong_password, nowhere, unreadable):
            assert bad.exit_code == 4, bad.output
            assert bad.stderr.startswith("Error: ")
        for result in (good, wrong_schema, wrong_password, nowhere, unreadable):
            assert SECRET not in result.output + result.stderr

    def test_a_log_that_is_not_there(self, secret_url: str) -> None:
        url = secret_url + "_none"
        result = CliRunner().invoke(main, ["load", url, "--corpus", "isis"])
        assert result.exit_code == 4
        assert "there is no log in schema" in result.stderr
        assert "conflict-timeline init" in result.stderr
        assert SECRET not in result.stderr
        made = CliRunner().invoke(main, ["init", url])
        assert (made.exit_code, made.stderr) == (0, f"{masked(url)}: made, empty.\n")
        again = CliRunner().invoke(main, ["init", url])
        assert "is a log already, with 0 entries; left as it is" in again.stderr


def test_answers_can_be_written_anywhere(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without a name for its encoding is no trouble."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with ct.open(fresh(server_url)) as timeline:
        print(timeline)  # noqa: T201
    assert "postgresql://postgres@" in sys.stdout.getvalue()  # type: ignore[attr-defined]
