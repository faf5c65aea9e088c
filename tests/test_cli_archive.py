"""The commands that let others check a log."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conflict_timeline.cli import main
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.notes import Note, Statement, opened


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- keygen -------------------------------------------------------------------------------------


def test_keygen_makes_a_private_and_a_public_file(folder: Path) -> None:
    result = run("keygen", "archive.key", "--name", "example.org/syria")
    assert result.exit_code == 0
    key = SigningKey.read("archive.key")
    assert key.verifier == VerifierKey.read("archive.key.pub")
    assert result.stdout == f"{key.verifier.text}\n"
    assert result.stderr == (
        "archive.key: made; keep it to yourself, and publish archive.key.pub.\n"
    )
    assert not any(key.text in output for output in (result.stdout, result.stderr))
    if os.name == "posix":
        assert stat.S_IMODE(Path("archive.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("there", ["archive.key", "archive.key.pub"])
def test_keygen_overwrites_nothing(folder: Path, there: str) -> None:
    Path(there).write_text("mine")
    result = run("keygen", "archive.key", "--name", "a")
    assert result.exit_code == 2
    assert f"{there}: is there already" in result.stderr
    assert [file.name for file in folder.iterdir()] == [there]
    assert Path(there).read_text() == "mine"


def test_keygen_follows_no_link_to_nowhere(folder: Path) -> None:
    Path("archive.key").symlink_to(folder / "elsewhere")
    assert run("keygen", "archive.key", "--name", "a").exit_code == 2
    assert not Path("elsewhere").exists()


def test_keygen_refuses_a_name_that_no_note_can_hold(folder: Path) -> None:
    result = run("keygen", "archive.key", "--name", "a b")
    assert result.exit_code == 3
    assert "expected a key name without blanks and plus signs, got 'a b'" in result.stderr
    assert list(folder.iterdir()) == []


def test_keygen_without_the_extra_names_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    result = run("keygen", "archive.key", "--name", "a")
    assert result.exit_code == 2
    assert "pip install 'conflict-timeline[archive]'" in result.stderr
    assert list(folder.iterdir()) == []


# ---- checkpoint, verify -------------------------------------------------------------------------


@pytest.fixture
def log(folder: Path) -> str:
    run("init", "log.db")
    run("load", "log.db", "--corpus", "isis")
    run("keygen", "archive.key", "--name", "example.org/syria")
    return "log.db"


def test_a_checkpoint_goes_to_standard_output_byte_for_byte(log: str) -> None:
    result = run("checkpoint", log, "--key", "archive.key")
    assert (result.exit_code, result.stderr) == (0, "")
    note = Note.parse(result.stdout)
    assert opened(note, [VerifierKey.read("archive.key.pub")])
    assert Statement.parse(note.body).size == 138
    assert run("checkpoint", log, "--key", "archive.key").stdout == result.stdout
    named = run("checkpoint", log, "--key", "archive.key", "--origin", "our log").stdout
    assert named.startswith("our log\n138\n")


def test_a_key_that_others_may_read_is_told(log: str) -> None:
    Path("archive.key").chmod(0o644)
    result = run("checkpoint", log, "--key", "archive.key")
    assert result.exit_code == 0
    assert "archive.key: others may read this key" in result.stderr


def test_a_checkpoint_needs_a_signing_key(log: str) -> None:
    result = run("checkpoint", log, "--key", "archive.key.pub")
    assert result.exit_code == 3
    assert "expected a signing key" in result.stderr
    assert run("checkpoint", log, "--key", "nothing").exit_code == 3
    assert run("checkpoint", "nothing.db", "--key", "archive.key").exit_code == 4


def keep(log: str, name: str = "kept.txt") -> str:
    note = run("checkpoint", log, "--key", "archive.key").stdout
    Path(name).write_bytes(note.encode())
    return name


def test_verify_holds_a_log_against_kept_checkpoints(log: str) -> None:
    kept = keep(log)
    result = run("verify", log, "--checkpoint", kept, "--key", "archive.key.pub")
    assert result.exit_code == 0
    assert result.stdout == (
        "log.db: sound, 138 entries; as 1 checkpoint had it, signed by a key given\n"
    )
    text = Path("archive.key.pub").read_text().strip()
    assert run("verify", log, "--checkpoint", kept, "--key", text).exit_code == 0
    unsigned = run("verify", log, "--checkpoint", kept, "--checkpoint", kept)
    assert "as 2 checkpoints had it, whose signatures were not checked" in unsigned.stdout


def test_verify_tells_a_log_of_another_past(log: str) -> None:
    kept = keep(log)
    run("init", "other.db")
    run("load", "other.db", "--corpus", "isis")
    assert run("verify", "other.db").exit_code == 0
    result = run("verify", "other.db", "--checkpoint", kept, "--key", "archive.key.pub")
    assert result.exit_code == 1
    assert "checkpoint" in result.stdout
    machine = run("verify", "other.db", "--checkpoint", kept, "--format", "json")
    assert [p["kind"] for p in json.loads(machine.stdout)["problems"]] == ["checkpoint"]


@pytest.mark.parametrize("bad", ["", "x" * 300_000, "hello"])
def test_verify_tells_a_checkpoint_that_is_none(log: str, bad: str) -> None:
    Path("bad.txt").write_text(bad)
    result = run("verify", log, "--checkpoint", "bad.txt")
    assert result.exit_code == 1
    assert "checkpoint 1" in result.stdout


def test_verify_refuses_a_key_that_is_none(log: str) -> None:
    assert run("verify", log, "--key", "hello").exit_code == 3
    assert run("verify", log, "--key", "archive.key").exit_code == 3
    assert run("verify", log, "--checkpoint", "nothing.txt").exit_code == 2


# ---- prove, check-proof -------------------------------------------------------------------------


def prove(log: str, *arguments: str) -> str:
    result = run("prove", log, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    Path("proof.json").write_text(result.stdout, "utf-8")
    return result.stdout


def test_a_proof_is_checked_without_the_log(log: str) -> None:
    keep(log)
    proof = json.loads(prove(log, "5"))
    assert json.loads(prove(log, proof["id"])) == proof
    Path(log).unlink()
    result = run("check-proof", "proof.json", "--key", "archive.key.pub")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"Holds: event {proof['id']} was recorded {proof['recorded']} at position 5.\n"
        f"In the log of 138 entries with root {proof['root']}.\n"
        "Vouched for by: example.org/syria.\n"
    )


def test_a_proof_without_a_key_holds_only_in_itself(log: str) -> None:
    text = prove(log, "5", "--without-event")
    assert "event" not in json.loads(text)
    result = CliRunner().invoke(main, ["check-proof"], input=text)
    assert result.exit_code == 0
    assert "Vouched for by: nobody.\n" in result.stdout
    assert "Without a key or a checkpoint that you trust" in result.stderr


def test_a_proof_with_a_kept_checkpoint(log: str) -> None:
    prove(log, "5")
    kept = keep(log)
    result = run("check-proof", "proof.json", "--checkpoint", kept)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Vouched for by: the checkpoint given.\n" in result.stdout
    assert run("check-proof", "proof.json", "--key", "archive.key.pub").exit_code == 1


def test_growth_is_proven(log: str) -> None:
    keep(log)
    text = prove(log, "--from", "100")
    assert (json.loads(text)["old_size"], json.loads(text)["size"]) == (100, 138)
    result = run("check-proof", "proof.json")
    assert result.stdout.startswith("Holds: the log of 100 entries only grew to 138.\n")


def test_a_forged_proof_is_told(log: str) -> None:
    proof = json.loads(prove(log, "5"))
    proof["position"] = 6
    Path("proof.json").write_text(json.dumps(proof))
    result = run("check-proof", "proof.json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith("Does not hold:\n  path: expected one that leads to the root")
    found = json.loads(run("check-proof", "proof.json", "--format", "json").stdout)
    assert (found["holds"], len(found["faults"])) == (False, 1)
    Path("proof.json").write_text("{}")
    assert run("check-proof", "proof.json").exit_code == 3


def test_a_verdict_for_machines(log: str) -> None:
    keep(log)
    proof = json.loads(prove(log, "5"))
    asked = ["check-proof", "proof.json", "--key", "archive.key.pub", "--format"]
    found = json.loads(run(*asked, "json").stdout)
    assert found["event"] == proof["event"]
    assert (found["holds"], found["vouched_by"]) == (True, ["example.org/syria"])
    reference = Path(__file__).parents[1] / "docs" / "reference" / "command-line.md"
    told = reference.read_text("utf-8").partition("### `check-proof`")[2]
    assert all(f"`{key}`" in told for key in found)
    [row] = csv.DictReader(io.StringIO(run(*asked, "csv").stdout))
    assert (row["holds"], row["position"], row["id"]) == ("true", "5", proof["id"])


@pytest.mark.parametrize(
    "arguments",
    [[], ["5", "--from", "3"], ["139"], ["0"], ["x"], ["5", "--size", "4"], ["--from", "138"]],
)
def test_what_cannot_be_proven_is_wrong_usage(log: str, arguments: list[str]) -> None:
    result = run("prove", log, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected" in result.stderr
