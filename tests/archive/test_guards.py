"""Each guard of the log is taken away in turn, and a test fails: so the tests do test it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.archive.guards import GUARDS, ROOT, Guard, run_without
from tests.conftest import Told

#: A few of each kind, tried in every run.
FEW = (
    "DELETE of an entry",
    "commits that are not synced (synchronous)",
    "calling an unknown outcome not written",
    "a second copy of an event",
    "verify: leaves",
)


def check(guard: Guard, folder: Path, told: Told) -> None:
    run = run_without(guard, folder)
    assert run.returncode == 1, run.stdout + run.stderr
    [failed] = re.findall(r"^FAILED (\S+)", run.stdout, flags=re.M)
    assert failed.startswith(guard.test)
    told(f"without the guard against {guard.name}: {failed} fails")


@pytest.mark.parametrize("name", FEW)
def test_a_guard_is_missed(folder: Path, told: Told, name: str) -> None:
    [guard] = [guard for guard in GUARDS if guard.name == name]
    check(guard, folder, told)


@pytest.mark.nightly
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_every_guard_is_missed(folder: Path, told: Told, guard: Guard) -> None:
    check(guard, folder, told)


@pytest.mark.nightly
def test_with_all_guards_the_same_tests_pass(folder: Path) -> None:
    run = run_without(None, folder)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_guard_is_in_the_table_of_what_is_tried() -> None:
    page = (ROOT / "docs" / "explanation" / "trust.md").read_text("utf-8")
    missing = [guard.name for guard in GUARDS if f"| {guard.name} |" not in page]
    assert missing == []


def test_every_guard_is_in_the_source_where_it_is_taken_away() -> None:
    package = ROOT / "src" / "conflict_timeline"
    found = {guard.name: (package / guard.file).read_text("utf-8") for guard in GUARDS}
    moved = [guard.name for guard in GUARDS if found[guard.name].count(guard.text) != 1]
    assert moved == []
