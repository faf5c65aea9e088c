"""A private PostgreSQL server for the tests: made from the system's binaries, gone afterwards."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

#: A server to use instead of a private one: a URL of a superuser.
GIVEN = "CONFLICT_TIMELINE_POSTGRES"
_numbers = itertools.count()


def binaries() -> Path | None:
    """The folder of the newest server there is."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    versions = sorted((int(file.parents[1].name), file.parent) for file in folders)
    return versions[-1][1] if versions else None


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Server:
    """One cluster in a folder of its own, reached by a socket in it."""

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        # Not below pytest's folder, which only its own user may enter: the server refuses root.
        self.folder = Path(tempfile.mkdtemp(prefix="ctpg"))
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres",
                  "-E", "UTF8", "--locale=C", "--no-sync")  # fmt: skip
        # A password is asked for where a test wants to see that it is not shown.
        with open(f"{self._data}/pg_hba.conf", "r+") as file:
            rules = file.read()
            file.seek(0)
            file.write(f"local all secretive scram-sha-256\n{rules}")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60)
        assert result.returncode == 0, f"{program}: {result.stdout}{result.stderr}"

    def start(self, **settings: str) -> None:
        """Starts it, and waits until it answers."""
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **settings}
        given = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "-D", self._data, "-w", "-o", given, "-l", f"{self._data}/log", "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return int(Path(f"{self._data}/postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """Kills all its processes at once, as a loss of power would end them."""
        first = self.pid
        os.kill(first, signal.SIGSTOP)  # lest it see its children die, and tell the clients
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        pids = [*map(int, children), first]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(map(is_running, pids)):
            time.sleep(0.005)
        # Where nobody collects the dead, the next server would take this one for alive.
        for lock in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.*.lock")):
            lock.unlink()

    @property
    def url(self) -> str:
        """Of its first database, for its superuser."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def gone(self) -> None:
        with contextlib.suppress(AssertionError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def private_server(**settings: str) -> Iterator[Server]:
    """A server of one's own; the test is skipped where there are no binaries."""
    bin_ = binaries()
    if bin_ is None:
        pytest.skip("no PostgreSQL server here: install postgresql, or put its bin into PATH")
    server = Server(bin_)
    try:
        server.start(**settings)
        yield server
    finally:
        server.gone()


def fresh(url: str) -> str:
    """The URL of a log that is not there yet."""
    return f"{url}&schema=log{os.getpid()}_{next(_numbers)}"


def run_sql(url: str, *statements: str) -> list[tuple]:
    """Runs statements as the URL's user, in a transaction each; gives the rows of the last."""
    import psycopg

    base, _, schema = url.partition("&schema=")
    rows = []
    with psycopg.connect(base, autocommit=True) as connection:
        if schema:
            connection.execute(f"SET search_path = {schema}, public")
        for statement in statements:
            cursor = connection.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
    return rows


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a server's superuser: of the one given, or of a private one."""
    pytest.importorskip("psycopg")
    if GIVEN in os.environ:
        yield os.environ[GIVEN]
    else:
        with private_server() as server:
            yield server.url
