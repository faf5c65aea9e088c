"""The commands that let others check a log."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conflict_timeline.cli import main
from conflict_timeline.log.keys import SigningKey, VerifierKey


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
