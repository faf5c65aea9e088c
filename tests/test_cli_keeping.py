"""The command line: merge, redact, redactions, dump, undump."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import conflict_timeline as ct
from tests.test_cli import run
from tests.test_merging import ARMY, FRONT, PLACE, SOURCE, taken
from tests.test_redaction import NAME, TOLD


@pytest.fixture
def log(tmp_path: Path) -> str:
    with ct.open(tmp_path / "log.db") as tl:
        tl.append([SOURCE, PLACE, ARMY, TOLD])
    return str(tmp_path / "log.db")


@pytest.fixture
def other(tmp_path: Path) -> str:
    with ct.open(tmp_path / "other.db") as tl:
        homs = ct.Place(id="homs", names={"ar": ["حمص"]})
        tl.append([SOURCE, homs, FRONT, taken("front", "2020-02-01")])
    return str(tmp_path / "other.db")


def test_merge_tells_what_is_new_and_what_is_declared_otherwise(log, other):
    done = run("merge", log, other)
    assert done.exit_code == 0
    assert f"{other}: 3 new events taken, 1 shared." in done.stderr
    assert "place homs: declared differently in names; event " in done.stderr
    assert "Log position 8." in done.stderr
    assert run("merge", log, other).stderr.count("0 new events taken, 4 shared.") == 1


def test_a_dump_is_merged_as_a_log_is(log, other, tmp_path):
    dumped = str(tmp_path / "other.jsonl")
    assert run("dump", other, "--out", dumped).stderr == f"{dumped}: written, 4 entries.\n"
    assert "3 new events taken" in run("merge", log, dumped).stderr
    assert run("merge", log, str(tmp_path / "none")).exit_code == 4
    (tmp_path / "bad").write_text("{}\n")
    assert run("merge", log, str(tmp_path / "bad")).exit_code == 3


def test_redact_asks_first_and_erases(log):
    asked = run("redact", log, TOLD.id, "--reason", "in danger", input="n\n")
    assert asked.exit_code == 1
    assert NAME.encode() in Path(log).read_bytes()
    left = 'type = "control-changed"\nplace = "homs"\nto = "army"\nwhen = "2020-01-05"\n'
    done = run(
        "redact", log, TOLD.id, "--reason", "in danger", "--instead", "-", "--yes",
        input=left + 'source = "paper"\n',
    )  # fmt: skip
    assert (done.exit_code, done.stderr) == (0, "Erased; the redaction is at log position 5.\n")
    assert NAME.encode() not in Path(log).read_bytes()
    table = run("redactions", log)
    assert "in danger" in table.stdout
    assert TOLD.id[:12] in table.stdout
    [row] = json.loads(run("redactions", log, "--format", "json").stdout)["redactions"]
    assert (row["position"], row["id"], row["left"]) == (4, TOLD.id, True)
    assert run("redactions", log, "--format", "csv").stdout.splitlines()[0] == (
        "position,id,reason,recorded,left"
    )
    assert run("verify", log).exit_code == 0
    assert run("redact", log, TOLD.id, "--reason", "x", "--yes").exit_code == 3
    two = '[[event]]\ntype = "place"\nid = "a"\n[[event]]\ntype = "place"\nid = "b"\n'
    more = run("redact", log, TOLD.id, "--reason", "x", "--instead", "-", "--yes", input=two)
    assert "expected one event, got 2" in more.stderr


def test_nothing_redacted_is_told(log):
    done = run("redactions", log)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"{log}: nothing was redacted.\n")


def test_undump_makes_the_same_log(log, tmp_path):
    text = run("dump", log).stdout
    (tmp_path / "log.jsonl").write_text(text)
    again = str(tmp_path / "again.db")
    done = run("undump", str(tmp_path / "log.jsonl"), again)
    assert (done.exit_code, done.stderr) == (0, f"{again}: made, with 4 entries.\n")
    assert run("dump", again).stdout == text
    assert run("undump", str(tmp_path / "log.jsonl"), again).exit_code == 4
    told = run("dump", log, "--out", again)
    assert (told.exit_code, told.stderr) == (4, f"Error: {again}: is there already\n")
