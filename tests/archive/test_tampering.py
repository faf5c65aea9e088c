"""What is seen of a log that was altered: that it was, where, and how; and what cannot be seen."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.tampering import KINDS, Damage, Made, made, tampered
from tests.conftest import Told

SEED = 20171017

Kind = Callable[[Made, random.Random], Damage]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("sound") / "log.db")


def first(problems: list[tuple[int | None, str]], damage: Damage) -> tuple[int | None, bool] | None:
    """Position of the first problem, and whether it is of a kind expected; None if there is none.

    That a checkpoint does not hold is said of all entries that it covers, so it may come before.
    """
    told = [p for p in problems if p[1] != "checkpoint" or "checkpoint" in damage.kinds]
    return (told[0][0], told[0][1] in damage.kinds) if told else None


def check(log: Made, folder: Path, told: Told, kind: Kind, times: int) -> None:
    rng = random.Random(f"{SEED} {kind.__name__}")
    seen_alone = seen_vouched = 0
    for number in range(times):
        damage, alone, vouched = tampered(log, kind, rng, folder / f"{number}.db")
        assert first(alone, damage) == (None if damage.blind else (damage.position, True)), alone
        expected = (damage.position_vouched, True) if damage.kinds else None
        assert first(vouched, damage) == expected, vouched
        seen_alone += bool(alone)
        seen_vouched += bool(vouched)
    told(
        f"tampering, {kind.__name__.replace('_', ' ')}: seed {SEED}, {times} times, seen "
        f"{seen_alone} times without a checkpoint kept elsewhere, {seen_vouched} times with"
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_was_altered_is_seen_where_it_was(
    log: Made, folder: Path, told: Told, kind: Kind
) -> None:
    check(log, folder, told, kind, 5)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_was_altered_is_seen_a_hundred_times(
    log: Made, folder: Path, told: Told, kind: Kind
) -> None:
    check(log, folder, told, kind, 100)


def test_nothing_is_erased_without_a_redaction(log: Made, folder: Path) -> None:
    file = folder / "log.db"
    shutil.copy(log.file, file)
    erase = """UPDATE events SET kind = 'erased', body = x'', known = NULL, earliest = NULL,
        latest = NULL, subject = NULL WHERE position = 3"""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(erase)
        assert connection.execute("SELECT count(*) FROM events WHERE body = x''").fetchone() == (0,)
