"""What is told of an append is true, whichever access to the disk fails and for however long.

Each access of an append is made to fail in each way that SQLite knows for it: once, or from then on
until the log is opened again. What the store says is then held against what the file holds, and
against what it would hold after a loss of power too.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import apsw
import attrs
import pytest

from conflict_timeline.errors import LogError, NotWrittenError, OutcomeUnknownError
from conflict_timeline.events import Event, Source
from conflict_timeline.log import SQLiteLog, guarded, opening
from tests.archive.bridge import store_on, versions
from tests.archive.disk import Disk, InPart, Platter, disk_error
from tests.conftest import Told
from tests.contract_store import change, changes

SEED = 20171017

BEFORE: list[Event] = [*changes(30), Source(id="long", title="t", note="x" * 9_000)]
BATCH: list[Event] = [*changes(20, start=100), Source(id="more", title="t", note="y" * 9_000)]
NEW = [event.content_id for event in BATCH]

#: How each kind of access can fail; "part" does the first half of it. A read that gives less and
#: says nothing is not among them: to SQLite that is the end of the file, and no store can tell.
WAYS: dict[str, dict[str, int]] = {
    "open": {"cannot open": apsw.SQLITE_CANTOPEN},
    "access": {"error": apsw.SQLITE_IOERR_ACCESS},
    "size": {"error": apsw.SQLITE_IOERR_FSTAT},
    "lock": {"error": apsw.SQLITE_IOERR_LOCK},
    "read": {"error": apsw.SQLITE_IOERR_READ},
    "write": {
        "error": apsw.SQLITE_IOERR_WRITE,
        "full": apsw.SQLITE_FULL,
        "part": apsw.SQLITE_IOERR_WRITE,
        "part, then full": apsw.SQLITE_FULL,
    },
    "truncate": {"error": apsw.SQLITE_IOERR_TRUNCATE},
    "sync": {"error": apsw.SQLITE_IOERR_FSYNC},
    "delete": {"error": apsw.SQLITE_IOERR_DELETE},
}


@attrs.frozen
class Strike:
    """One access that fails.

    Attributes:
        at: which one, counted from 1.
        operation: what it is.
        way: one of ``WAYS``.
        lasting: whether all accesses of that kind fail from then on.
    """

    at: int
    operation: str
    way: str
    lasting: bool

    @contextlib.contextmanager
    def on(self, disk: Disk) -> Iterator[None]:
        """Within, the access fails."""
        count = 0

        def before(operation: str) -> None:
            nonlocal count
            count += 1
            if count == self.at or (
                self.lasting and count > self.at and operation == self.operation
            ):
                error = disk_error(WAYS[operation][self.way])
                raise InPart(error) if self.way.startswith("part") else error

        with mock.patch.object(disk, "before", before):
            yield


def strikes(operations: list[str]) -> list[Strike]:
    return [
        Strike(at, operation, way, lasting)
        for at, operation in enumerate(operations, 1)
        for way in WAYS[operation]
        for lasting in (False, True)
    ]


#: Within it, the disk fails.
Failing = Callable[[], contextlib.AbstractContextManager[None]]


def append(path: Path, failing: Failing) -> None:
    with SQLiteLog.open(path) as log, failing():
        log.append(BATCH, timeout=0.01)


def append_and_append_again(path: Path, failing: Failing) -> None:
    """The same append on the same object, once the disk is sound again."""
    with SQLiteLog.open(path) as log:
        with contextlib.suppress(NotWrittenError), failing():
            log.append(BATCH, timeout=0.01)
        log.append(BATCH)


def open_and_append(path: Path, failing: Failing) -> None:
    with failing(), SQLiteLog.open(path) as log:
        log.append(BATCH, timeout=0.01)


def no_log(folder: Path, wal: bool) -> dict[str, bytes]:
    return {}


def sound_log(folder: Path, wal: bool) -> dict[str, bytes]:
    with Disk() as disk, store_on(disk, folder, wal=wal) as path:
        with SQLiteLog.open(path) as log:
            log.append(BEFORE)
        return {name: bytes(data) for name, data in disk.files.items()}


def crashed_log(folder: Path, wal: bool) -> dict[str, bytes]:
    """What the power's loss left in the middle of a second append, to be undone or redone."""
    with Disk(sound_log(folder, wal)) as disk, store_on(disk, folder, wal=wal) as path:
        with SQLiteLog.open(path) as log:
            log.append(changes(30, start=1_000))
        platter, rng = Platter(), random.Random(SEED)
        crashed: list[dict[str, bytes]] = []
        for happening in disk.history:
            platter.take(happening)
            left = platter.after_loss_of_power(rng)
            if any(data for name, data in left.items() if name != "log.db"):
                crashed.append(left)
        return crashed[len(crashed) * 3 // 4]


#: What is done, and with which files.
CASES = [
    (append, sound_log),
    (append_and_append_again, sound_log),
    (open_and_append, sound_log),
    (open_and_append, crashed_log),
    (open_and_append, no_log),
]


def ids_in(files: dict[str, bytes], folder: Path, wal: bool) -> list[str]:
    """The ids that a log holds, on a disk that is sound again."""
    with Disk(files) as disk, store_on(disk, folder, wal=wal) as path, SQLiteLog.open(path) as log:
        ids = [entry.id for entry in log.entries()]
        log.append(BATCH)
        added = [] if set(NEW) <= set(ids) else NEW
        assert [entry.id for entry in log.entries()] == [*ids, *added], "not one copy each"
        assert log.verify() == []
        return ids


def outcome_of(
    act: Callable[[Path, Failing], None],
    files: dict[str, bytes],
    folder: Path,
    wal: bool,
    failing: Callable[[Disk], contextlib.AbstractContextManager[None]],
) -> str:
    """Does something on a disk that fails, and gives what is said of it; which must be true."""
    before = ids_in(files, folder, wal)
    possible, outcome = [before, [*before, *NEW]], "outcome unknown"
    with Disk(files) as disk, store_on(disk, folder, wal=wal) as path:
        try:
            act(path, lambda: failing(disk))
        except OutcomeUnknownError:
            pass
        except LogError as error:
            outcome = "not written" if isinstance(error, NotWrittenError) else "not opened"
            assert outcome == "not written" or act is open_and_append
            possible = possible[:1]
        else:
            outcome, possible = "written", possible[1:]
        left = {name: bytes(data) for name, data in disk.files.items()}
        platter, rng = Platter(), random.Random(SEED)
        for happening in disk.history:
            platter.take(happening)
    for image in [left, *(platter.after_loss_of_power(rng) for _ in range(3))]:
        assert ids_in(image, folder, wal) in possible, f"{outcome} is not true"
    return outcome


def operations(
    act: Callable[[Path, Failing], None], files: dict[str, bytes], folder: Path, wal: bool
) -> list[str]:
    """The accesses to a disk that does not fail, in order."""
    seen: list[str] = []

    def watched(disk: Disk) -> contextlib.AbstractContextManager[None]:
        return mock.patch.object(disk, "before", seen.append)

    assert outcome_of(act, files, folder, wal, watched) == "written"
    return seen


def check(folder: Path, told: Told, wal: bool, one_in: int) -> None:
    journal = "write-ahead log" if wal else "truncated journal"
    outcomes: Counter[str] = Counter()
    rng = random.Random(SEED)
    for act, make in CASES:
        files = make(folder, wal)
        for strike in strikes(operations(act, files, folder, wal)):
            if rng.randrange(one_in) == 0:
                try:
                    outcomes[outcome_of(act, files, folder, wal, strike.on)] += 1
                except BaseException as error:
                    error.add_note(f"{act.__name__} on {make.__name__}, {strike}")
                    raise
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    told(f"I/O faults, {journal}: seed {SEED}, {outcomes.total():,}: {counts}; {versions()}")
    assert {"written", "not written", "outcome unknown", "not opened"} <= set(outcomes)


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_what_is_told_is_true(folder: Path, told: Told, wal: bool) -> None:
    check(folder, told, wal, one_in=20)


@pytest.mark.nightly
@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_what_is_told_is_true_at_every_access(folder: Path, told: Told, wal: bool) -> None:
    check(folder, told, wal, one_in=1)


#: What SQLite may answer to a statement, and what it must then be called.
ANSWERS = {
    "SQLITE_IOERR_READ": sqlite3.OperationalError,
    "SQLITE_IOERR_WRITE": sqlite3.OperationalError,
    "SQLITE_FULL": sqlite3.OperationalError,
    "SQLITE_BUSY": sqlite3.OperationalError,
    "SQLITE_BUSY_SNAPSHOT": sqlite3.OperationalError,
    "SQLITE_LOCKED": sqlite3.OperationalError,
    "SQLITE_PROTOCOL": sqlite3.OperationalError,
    "SQLITE_READONLY": sqlite3.OperationalError,
    "SQLITE_CANTOPEN": sqlite3.OperationalError,
    "SQLITE_INTERRUPT": sqlite3.OperationalError,
    "SQLITE_CORRUPT": sqlite3.DatabaseError,
    "SQLITE_NOTADB": sqlite3.DatabaseError,
    "SQLITE_CONSTRAINT_TRIGGER": sqlite3.IntegrityError,
    "SQLITE_MISUSE": sqlite3.InterfaceError,
}


class Answering(sqlite3.Connection):
    """A connection on which one statement, or each from it on, is answered with an error."""

    asked: list[str] = []  # noqa: RUF012 - of all connections together
    failing_at = 0
    lasting = False
    error: Callable[[], sqlite3.Error]
    after_it = False

    def _answer(self, sql: str, run: Callable[[], Any]) -> Any:
        cls = type(self)
        cls.asked.append(sql)
        number = len(cls.asked)
        if number == cls.failing_at or (cls.lasting and number > cls.failing_at > 0):
            if cls.after_it:
                run()
            raise cls.error()
        return run()

    def execute(self, sql: str, *values: Any) -> Any:
        return self._answer(sql, lambda: super(Answering, self).execute(sql, *values))

    def executemany(self, sql: str, rows: Any) -> Any:
        return self._answer(sql, lambda: super(Answering, self).executemany(sql, rows))


def answers(code: str) -> Callable[[], sqlite3.Error]:
    def error() -> sqlite3.Error:
        raised = ANSWERS[code](f"as if {code}")
        raised.sqlite_errorcode = getattr(sqlite3, code)
        return raised

    return error


@contextlib.contextmanager
def answering(at: int, code: str = "SQLITE_FULL", **how: bool) -> Iterator[type[Answering]]:
    """Within, logs are opened on connections that fail at the ``at``-th statement; 0 is never."""
    cls = type(
        "AnsweringOnce",
        (Answering,),
        {"asked": [], "failing_at": at, "error": answers(code), **how},
    )
    connect = sqlite3.connect
    with mock.patch.object(
        sqlite3, "connect", lambda *args, **options: connect(*args, **options, factory=cls)
    ):
        yield cls


def told_of(file: Path, batch: list[Event]) -> str:
    try:
        with SQLiteLog.open(file) as log:
            log.append(batch, timeout=0.001)
    except NotWrittenError:
        return "not written"
    except OutcomeUnknownError:
        return "outcome unknown"
    except LogError:
        return "not opened"
    return "written"


def check_answer(file: Path, before: bytes, at: int, code: str, **how: bool) -> str:
    """One append on a file where one statement fails, which ends as it is told to have ended."""
    file.write_bytes(before)
    file.with_name(f"{file.name}-journal").unlink(missing_ok=True)
    batch = [change(1), change(7)]
    with (
        answering(at, code, **how) as cls,
        mock.patch.object(opening, "_PATIENCE", 0.001),
        mock.patch.object(guarded, "PATIENCE", 0.001),
    ):
        outcome = told_of(file, batch)
    with SQLiteLog.open(file) as log:
        assert (
            log.position
            in {
                "written": (6,),
                "outcome unknown": (5, 6),
                "not written": (5,),
                "not opened": (5,),
            }[outcome]
        ), (outcome, code, cls.asked[-1])
        assert log.append(batch) == [2, 6]
        assert [entry.event for entry in log.entries()] == [*changes(5), change(7)]
        assert log.verify() == []
    return outcome


def check_answers(folder: Path, told: Told, codes: Iterable[str]) -> None:
    file = folder / "log.db"
    with SQLiteLog.open(file) as log:
        log.append(changes(5))
    before = file.read_bytes()
    with answering(0) as cls:
        assert told_of(file, [change(1), change(7)]) == "written"
    statements = cls.asked
    outcomes: Counter[str] = Counter()
    for code in codes:
        for at in range(1, len(statements) + 1):
            for lasting in (False, True):
                outcomes[check_answer(file, before, at, code, lasting=lasting)] += 1
    # A commit that took effect, though SQLite could not say so.
    at = statements.index("COMMIT") + 1
    assert check_answer(file, before, at, "SQLITE_IOERR_WRITE", after_it=True) == "outcome unknown"
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    told(
        f"errors at each of {len(statements)} statements: {outcomes.total():,}: {counts}; "
        f"SQLite {sqlite3.sqlite_version}"
    )


def test_what_is_told_is_true_whichever_statement_fails(folder: Path, told: Told) -> None:
    check_answers(folder, told, ["SQLITE_IOERR_WRITE", "SQLITE_FULL", "SQLITE_BUSY"])


@pytest.mark.nightly
def test_what_is_told_is_true_whatever_a_statement_answers(folder: Path, told: Told) -> None:
    check_answers(folder, told, ANSWERS)


def test_an_append_that_failed_is_taken_back_at_once(folder: Path) -> None:
    """The same object goes on, and others are not kept waiting."""
    file = folder / "log.db"
    with SQLiteLog.open(file) as log:
        log.append(changes(5))
    with answering(0) as cls, SQLiteLog.open(file) as log, SQLiteLog.open(file) as other:
        cls.failing_at = len(cls.asked) + 3  # after BEGIN and the last position
        with pytest.raises(NotWrittenError, match="as if SQLITE_FULL"):
            log.append([change(7)])
        assert other.append([change(8)], timeout=0.1) == [6]
        assert log.append([change(7)]) == [7]


def test_an_append_that_is_interrupted_is_taken_back_at_once(folder: Path) -> None:
    file = folder / "log.db"
    with SQLiteLog.open(file) as log:
        log.append(changes(5))
    with answering(0) as cls, SQLiteLog.open(file) as log, SQLiteLog.open(file) as other:
        cls.error = KeyboardInterrupt  # type: ignore[assignment]
        cls.failing_at = len(cls.asked) + 3
        with pytest.raises(KeyboardInterrupt):
            log.append([change(7)])
        assert other.append([change(8)], timeout=0.1) == [6]
        assert log.append([change(7)]) == [7]


def test_whatever_fails_within_an_append_it_says_that_nothing_was_written(folder: Path) -> None:
    """The tree is read within the transaction too, and a read alone only says that it failed."""
    file = folder / "log.db"
    with SQLiteLog.open(file) as log:
        log.append(changes(5))
    with answering(0) as cls, SQLiteLog.open(file) as log:
        begun = len(cls.asked)
        log.append([change(6)])
        count = len(cls.asked) - begun
    for number in range(1, count + 1):
        with answering(0, "SQLITE_IOERR_READ") as cls, SQLiteLog.open(file) as log:
            cls.failing_at = len(cls.asked) + number
            with pytest.raises((NotWrittenError, OutcomeUnknownError)) as caught:
                log.append([change(100 + number)])
            assert (cls.asked[-1] == "COMMIT") == (caught.type is OutcomeUnknownError)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "truncate"),
        ("synchronous", 2),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("secure_delete", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("cache_spill", 0),
    ],
)
def test_what_a_connection_is_set_to(folder: Path, pragma: str, value: str | int) -> None:
    with (
        mock.patch.object(opening, "WAL_SAFE_FROM", (99, 0, 0)),
        answering(0) as cls,
        SQLiteLog.open(folder / "log.db") as log,
    ):
        assert log._read(f"PRAGMA {pragma}") == [(value,)]
        # Some SQLites are built so that they do it unasked; others are not.
        assert any(sql.startswith(f"PRAGMA {pragma} = ") for sql in cls.asked)
