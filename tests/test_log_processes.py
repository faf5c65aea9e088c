"""A log that another process keeps locked; see tests/archive for many writers, and killed ones."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from conflict_timeline.errors import NotWrittenError
from conflict_timeline.log import SQLiteLog
from tests.contract_store import change

spawn = multiprocessing.get_context("spawn")

TIME_LIMIT = 120


def hold_lock(file: Path, pipe: Connection) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        pipe.send("held")
        pipe.recv()
        connection.execute("ROLLBACK")
        pipe.send("free")


def test_a_lock_that_another_process_keeps(tmp_path: Path) -> None:
    file = tmp_path / "log.db"
    with SQLiteLog.open(file) as log:
        log.append([change(0)])
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=hold_lock, args=(file, theirs), daemon=True)
        process.start()
        assert ours.recv() == "held"
        began = time.monotonic()
        with pytest.raises(NotWrittenError, match=r"another process kept the log locked for 0.3 s"):
            log.append([change(1)], timeout=0.3)
        assert time.monotonic() - began >= 0.3
        assert log.position == 1
        ours.send("let go")
        assert ours.recv() == "free"
        assert log.append([change(1)]) == [2]
        process.join(TIME_LIMIT)
        assert process.exitcode == 0
