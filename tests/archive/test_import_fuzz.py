"""Exported logs that were damaged or forged: taken as what they were, or refused; never half."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest

from conflict_timeline.codec import canonical_json
from conflict_timeline.errors import ConflictTimelineError, InputError
from conflict_timeline.events import Source
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.contract import Checkpoint, History, HistoryEntry
from conflict_timeline.log.jsonl import LogFile, lines_of, read_log_file, restore_dump
from conflict_timeline.log.keys import SigningKey
from conflict_timeline.log.notes import Statement, signed
from tests.conftest import Told
from tests.contract_store import changes

SEED = 20171017

#: What neither a root nor an id covers: the identities of logs; that checkpoints and histories
#: are left out whole; and what a note says beside size and root, which its signature covers. All
#: else comes as it was, or not at all.
UNCOVERED = {"log", "histories", "checkpoints"}


@attrs.frozen
class Exported:
    """The lines of a log, and what they tell."""

    lines: tuple[bytes, ...]
    log: LogFile


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A log with a history of another, and signed checkpoints of both."""
    folder = tmp_path_factory.mktemp("exported")
    key = SigningKey.generate("archive.example")

    def vouched(log: SQLiteLog) -> Checkpoint:
        head = log.head()
        note = signed(Statement("archive.example", head.size, head.root).text, key).text
        return Checkpoint(log.identity, head, note)

    with SQLiteLog.open(folder / "other.db") as other:
        other.append(changes(6, start=3))
        taken, theirs = list(other.entries()), vouched(other)
        entries = [HistoryEntry(e.position, e.id, e.recorded) for e in taken]
        history = History(other.identity, other.head(), entries)
    with SQLiteLog.open(folder / "log.db") as log:
        log.append([*changes(5), Source(id="long", title="t", note="é\u2028x" * 50)])
        log.take(taken, histories=[history], checkpoints=[theirs])
        log.take([], checkpoints=[vouched(log)])
        assert log.verify() == []
        lines = tuple(lines_of(log))
    return Exported(lines, read_log_file(io.BytesIO(b"".join(lines)), "exported"))


# ---- what is done to them -----------------------------------------------------------------------


def _bytes_changed(lines: list[bytes], rng: random.Random) -> bytes:
    data = bytearray(b"".join(lines))
    at = rng.randrange(len(data))
    match rng.randrange(5):
        case 0:
            data[at] ^= 1 << rng.randrange(8)
        case 1:
            del data[at : at + rng.choice([1, 1, 2, 20])]
        case 2:
            data[at:at] = rng.choice([b" ", b"\0", b"0", b'"', b"\n", b"\r", rng.randbytes(3)])
        case 3:
            data[at : at + 1] = rng.randbytes(1)
        case _:
            del data[at:]
    return bytes(data)


def _lines_changed(lines: list[bytes], rng: random.Random) -> bytes:
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines.insert(at, rng.choice([b"\n", b"{}\n", b"null\n", b"[]\n", b"[" * 5_000 + b"\n"]))
        case 4:
            lines[at] = lines[at].replace(b"\n", b"\r\n")
        case _:
            lines[at] = b"\xef\xbb\xbf" + lines[at]
    return b"".join(lines)


def _value_changed(lines: list[bytes], rng: random.Random) -> bytes:
    """One value or key somewhere in the JSON of a line is another."""
    at = rng.randrange(len(lines))
    value = json.loads(lines[at])
    table: Any = value
    while True:
        key = rng.choice(list(table))
        if not isinstance(table[key], dict) or rng.random() < 0.2:
            break
        table = table[key]
    values = [None, True, 0, 1, -1, 2**53, 1e400, "", "x", "\0", [], {}, [table[key]]]
    match rng.randrange(4):
        case 0:
            del table[key]
        case 1:
            table[str(rng.choice(["x", "", "event", "erased", "position"]))] = rng.choice(values)
        case 2:
            table[key] = rng.choice(values)
        case _:
            if isinstance(table[key], str) and table[key]:
                place = rng.randrange(len(table[key]))
                table[key] = table[key][:place] + rng.choice("0aZ é") + table[key][place + 1 :]
            elif isinstance(table[key], int):
                table[key] += rng.choice([-1, 1])
    lines[at] = json.dumps(value).encode() + b"\n"
    return b"".join(lines)


def _written_otherwise(lines: list[bytes], rng: random.Random) -> bytes:
    """The same JSON in other bytes."""
    at = rng.randrange(len(lines))
    value = json.loads(lines[at])
    lines[at] = rng.choice(
        [
            json.dumps(value).encode(),
            json.dumps(value, indent=None, separators=(" ,  ", " :\t")).encode(),
            json.dumps(value, sort_keys=True).encode(),
            canonical_json(value),
        ]
    ) + rng.choice([b"\n", b" \n", b"\r\n"])
    return b"".join(lines)


def _key_twice(lines: list[bytes], rng: random.Random) -> bytes:
    at = rng.randrange(len(lines))
    key = rng.choice(list(json.loads(lines[at])))
    lines[at] = lines[at].replace(b"{", b'{"%s":null,' % key.encode(), 1)
    return b"".join(lines)


CHANGES = (_bytes_changed, _lines_changed, _value_changed, _written_otherwise, _key_twice)


# ---- what comes of it ---------------------------------------------------------------------------


def outcome(exported: Exported, data: bytes, folder: Path, write: bool) -> str:
    """What is made of the lines; fails if that is anything but what they were, or one error."""
    try:
        found = read_log_file(io.BytesIO(data), "mutated")
    except InputError as error:
        [fault] = error.faults
        assert fault.file == "mutated"
        assert fault.line is not None
        assert 1 <= fault.line <= data.count(b"\n") + 2
        if write:
            (folder / "in.jsonl").write_bytes(data)
            with pytest.raises(InputError):
                restore_dump(folder / "in.jsonl", folder / "out.db")
            assert [path.name for path in folder.iterdir()] == ["in.jsonl"], "written in part"
        return "refused"
    truth = exported.log
    assert (found.head, found.entries) == (truth.head, truth.entries)
    different = {name for name in UNCOVERED if getattr(found, name) != getattr(truth, name)}
    assert {unnamed(h) for h in found.histories} <= {unnamed(h) for h in truth.histories}
    heads = {(checkpoint.head.size, checkpoint.head.root) for checkpoint in truth.checkpoints}
    if different == {"checkpoints"}:
        forged = [c for c in found.checkpoints if (c.head.size, c.head.root) not in heads]
        if forged:
            return taken_with_a_forged_checkpoint(data, folder)
    return f"taken, {' and '.join(sorted(different))} not as they were" if different else "taken"


def unnamed(history: History) -> tuple[object, ...]:
    """All of a history but the identity of its log."""
    return (history.head, tuple(history.entries), history.continues, history.number)


def taken_with_a_forged_checkpoint(data: bytes, folder: Path) -> str:
    """A checkpoint with another head is not kept, or ``verify`` tells."""
    (folder / "in.jsonl").write_bytes(data)
    try:
        restore_dump(folder / "in.jsonl", folder / "out.db").close()
    except ConflictTimelineError:
        assert not (folder / "out.db").exists()
        return "refused"
    raise AssertionError("a checkpoint with another root was kept")


def check(exported: Exported, folder: Path, told: Told, times: int) -> None:
    rng = random.Random(SEED)
    outcomes: Counter[str] = Counter()
    for number in range(times):
        data = rng.choice(CHANGES)(list(exported.lines), rng)
        for old in folder.iterdir():
            old.unlink()
        try:
            outcomes[outcome(exported, data, folder, write=number % 10 == 0)] += 1
        except BaseException as error:
            error.add_note(f"number {number}")
            raise
    assert outcomes["refused"]
    assert outcomes["taken"], "the same meaning in other bytes is taken"
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(outcomes.items()))
    told(f"mutated exports: seed {SEED}, {times:,}: {counts}")


def test_a_mutated_export_is_refused_or_means_the_same(
    exported: Exported, folder: Path, told: Told
) -> None:
    check(exported, folder, told, 500)


@pytest.mark.nightly
def test_many_mutated_exports_are_refused_or_mean_the_same(
    exported: Exported, folder: Path, told: Told
) -> None:
    check(exported, folder, told, 10_000)
