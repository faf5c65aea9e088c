"""A log as JSON Lines, and back: nothing is lost, and nothing false comes in."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.log import Checkpoint
from conflict_timeline.log.jsonl import LONGEST_LINE, read_log_file
from conflict_timeline.strategies import logs
from tests.test_merging import ARMY, FRONT, PLACE, SOURCE, answers, taken, timeline
from tests.test_redaction import LEFT, NAME, TOLD

VERIFIER = Path(__file__).parent.parent / "docs" / "verifier" / "verify_log.py"


def dumped(tl) -> bytes:
    out = io.BytesIO()
    tl.dump(out)
    return out.getvalue()


def rich():
    """A log with merged logs, one of which grew, checkpoints, and a redaction."""
    tl, other = timeline([SOURCE, PLACE, ARMY, TOLD]), timeline([SOURCE, FRONT])
    tl.merge(other)
    other.append([ct.Place(id="idlib", names={"ar": ["إدلب"], "en": ["Idlib \u2028"]})])
    other.merge(timeline([ct.Actor(id="legion")]))
    for log, note in ((other, "theirs"), (tl, "ours")):
        store = log._store
        store.take([], checkpoints=[Checkpoint(store.identity, store.head(), signed(store, note))])
    tl.merge(other)
    tl.redact(TOLD.id, "in danger", LEFT)
    return tl


def signed(store, name: str) -> str:
    from conflict_timeline.log.keys import SigningKey
    from conflict_timeline.log.notes import Statement
    from conflict_timeline.log.notes import signed as sign

    head = store.head()
    return sign(Statement(name, head.size, head.root).text, SigningKey.generate(name)).text


def test_what_is_no_text_is_told_as_such(tmp_path):
    with ct.open(tmp_path / "log.db") as tl:
        tl.append([SOURCE])
    with pytest.raises(ct.InputError, match=r"log\.db:1: expected UTF-8, got byte \d+ that is not"):
        ct.undump(tmp_path / "log.db", tmp_path / "made.db")


def test_a_folder_that_is_not_there_is_told_by_the_path_given(tmp_path):
    path = tmp_path / "no" / "log.jsonl"
    with pytest.raises(FileNotFoundError) as caught:
        timeline([SOURCE]).dump(path)
    assert caught.value.filename == str(path)


def test_a_dump_makes_the_same_log_again(tmp_path):
    tl = rich()
    tl.dump(tmp_path / "log.jsonl")
    assert NAME.encode() not in (tmp_path / "log.jsonl").read_bytes()
    with ct.undump(tmp_path / "log.jsonl", tmp_path / "again.db") as again:
        assert dumped(again) == dumped(tl) == (tmp_path / "log.jsonl").read_bytes()
        here, there = tl._store, again._store
        assert there.identity == here.identity
        assert list(there.entries()) == list(here.entries())
        assert [there.root(n) for n in range(tl.position + 1)] == [
            here.root(n) for n in range(tl.position + 1)
        ]
        assert there.checkpoints() == here.checkpoints() != []
        assert there.histories() == here.histories() != []
        for history in here.histories():
            found = list(there.history_entries(history.number))
            assert found == list(here.history_entries(history.number))
        assert again.verify() == []
        assert answers(again) == answers(tl)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.db", "log.jsonl"]


@given(logs())
@settings(max_examples=40)
def test_any_log_comes_back_byte_for_byte(events):
    tl = timeline(events)
    data = dumped(tl)
    told = read_log_file(io.BytesIO(data), "x")
    with ct.open(":memory:") as again:
        again._store._identity = told.log  # what a file is made with
        told.into(again._store)
        assert dumped(again) == data


def test_the_verifier_of_plain_python_agrees(tmp_path):
    rich().dump(tmp_path / "log.jsonl")
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, tmp_path / "log.jsonl"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_checkpoint_is_told_with_the_history_that_reaches_as_far(tmp_path):
    """Of several histories of one log the first may be shorter than what was signed."""
    tl, other = timeline([SOURCE]), timeline([SOURCE, FRONT])
    tl.merge(other)
    other.append([ct.Actor(id="legion")])
    store = other._store
    store.take([], checkpoints=[Checkpoint(store.identity, store.head(), signed(store, "theirs"))])
    other.append([ct.Actor(id="militia")])
    tl.merge(other)
    told = [json.loads(line) for line in dumped(tl).splitlines()]
    sizes = {t["history"]["number"]: t["history"]["size"] for t in told if "history" in t}
    [whose] = [line["checkpoint"]["history"] for line in told if "checkpoint" in line]
    assert (sizes, whose) == ({1: 2, 2: 4}, 2)
    tl.dump(tmp_path / "log.jsonl")
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, tmp_path / "log.jsonl"], check=False
    )
    assert done.returncode == 0


def lines() -> list[bytes]:
    return dumped(rich()).splitlines(keepends=True)


def edited(line: bytes, **fields: object) -> bytes:
    return json.dumps({**json.loads(line), **fields}).encode() + b"\n"


def refused(tmp_path, data: bytes) -> str:
    (tmp_path / "bad.jsonl").write_bytes(data)
    with pytest.raises(ct.InputError) as caught:
        ct.undump(tmp_path / "bad.jsonl", tmp_path / "made.db")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]
    [fault] = caught.value.faults
    assert fault.file == str(tmp_path / "bad.jsonl")
    return f"{fault.line}: {fault.message}"


def test_every_line_that_is_left_out_twice_or_moved_is_missed(tmp_path):
    whole = lines()
    for at in range(len(whole)):
        kind = next(iter(json.loads(whole[at])))
        if kind != "checkpoint":  # one checkpoint more or less is another log of the same tree
            refused(tmp_path, b"".join(whole[:at] + whole[at + 1 :]))
            refused(tmp_path, b"".join([*whole[: at + 1], *whole[at:]]))
        if at > 0 and kind != "checkpoint":
            moved = [*whole[: at - 1], whole[at], whole[at - 1], *whole[at + 1 :]]
            refused(tmp_path, b"".join(moved))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda whole: [], "1: expected a header, got an empty file"),
        (lambda whole: [b"{}\n"], "1: expected the keys"),
        (lambda whole: [b"[]\n"], "1: expected a JSON object, got []"),
        (lambda whole: [b"\xff\n"], "1: expected UTF-8, got byte 0 that is not"),
        (lambda whole: [b"nonsense\n"], "1: expected JSON"),
        (lambda whole: [b"[" * 100_000 + b"\n"], "1: expected a line of a log, got JSON nested"),
        (lambda whole: [b"x" * (LONGEST_LINE + 1)], "1: expected a line of at most"),
        (lambda whole: [edited(whole[0], version=2)], "1: expected the header of a log"),
        (lambda whole: [edited(whole[0], log="x")], "1: log: expected"),
        (lambda whole: [edited(whole[0], size=True)], "1: size: expected"),
        (lambda whole: [whole[0].rstrip()], "1: expected a line feed at the end"),
        (lambda whole: [whole[0], edited(whole[1], position=2)], "2: expected position 1, got 2"),
        (lambda whole: [whole[0], edited(whole[1], id="A" * 64)], "2: id: expected"),
        (lambda whole: [whole[0], edited(whole[1], recorded="today")], "2: recorded: expected"),
        (lambda whole: [whole[0], edited(whole[1], more=1)], "2: expected the keys event, id"),
        (lambda whole: [whole[0], b'{"position":1,"position":1}\n'], "2: expected each key once"),
        (lambda whole: [whole[0], b'{"position":NaN}\n'], "2: expected a number, got NaN"),
        (lambda whole: [whole[0], b'{"position":%s}\n' % (b"1" * 5_000)], "2: expected a number"),
        (lambda whole: [whole[0], b'{"other":1}\n'], "2: expected a line of a log, got the keys"),
        (lambda whole: whole[:3], "4: entries: expected 11 with the root"),
    ],
)
def test_a_line_that_is_not_as_it_must_be_is_told(tmp_path, change, message):
    assert refused(tmp_path, b"".join(change(lines()))).startswith(message)


def test_an_event_that_is_not_that_of_its_id_is_refused(tmp_path):
    whole = lines()
    at = next(n for n, line in enumerate(whole) if b'"id":"homs"' in line)
    whole[at] = whole[at].replace(b'"id":"homs"', b'"id":"hama"')
    told = refused(tmp_path, b"".join(whole))
    assert told.startswith(f"{at + 1}: expected the event whose hash is ")


def test_an_entry_is_erased_only_with_its_redaction(tmp_path):
    tl = timeline([SOURCE, PLACE, ARMY, TOLD])
    whole = dumped(tl).splitlines(keepends=True)
    entry = json.loads(whole[4])
    del entry["event"]
    whole[4] = json.dumps({**entry, "erased": True}).encode() + b"\n"
    (tmp_path / "bad.jsonl").write_bytes(b"".join(whole))
    with pytest.raises(ct.NotWrittenError, match="no redaction"):
        ct.undump(tmp_path / "bad.jsonl", tmp_path / "made.db")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]


@given(st.data())
@settings(max_examples=150)
def test_a_changed_byte_never_makes_another_log(data):
    whole = dumped(timeline([SOURCE, PLACE, ARMY, FRONT, taken("army", "2020-01-05")]))
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != whole[at]))
    changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
    try:
        told = read_log_file(io.BytesIO(changed), "x")
        with ct.open(":memory:") as made:
            made._store._identity = told.log
            told.into(made._store)
            again = dumped(made)
    except (ct.ConflictTimelineError, ValueError):
        return

    # Only the name of the log is its own to say, and the order of keys is no matter.
    def canonical(text):
        parsed = [json.loads(line) for line in text.splitlines()]
        return [{k: v for k, v in line.items() if k != "log"} for line in parsed]

    assert canonical(again) == canonical(whole)


def test_nothing_is_overwritten(tmp_path):
    tl = rich()
    (tmp_path / "there").write_text("mine")
    with pytest.raises(FileExistsError, match="there: is there already"):
        tl.dump(tmp_path / "there")
    tl.dump(tmp_path / "log.jsonl")
    with pytest.raises(FileExistsError, match="there: is there already"):
        ct.undump(tmp_path / "log.jsonl", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"
