"""Checkpoints, verification against them, and proofs: what a stranger can hold against a log."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.codec import canonical_json, encode
from conflict_timeline.log import Checkpoint, Head, History, HistoryEntry, schema
from conflict_timeline.log.merkle import leaf_hash
from conflict_timeline.log.notes import Note, Signature, Statement, opened, signed
from tests.oracles import merkle as rfc

KEY = ct.SigningKey("example.org/syria", bytes(range(32)))
OTHER = ct.SigningKey("example.org/iraq", bytes(range(1, 33)))
KEYS = [KEY.verifier]


def actors(count: int, start: int = 0) -> list[ct.Actor]:
    return [ct.Actor(id=f"a{number}") for number in range(start, start + count)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def tl(file: Path) -> Iterator[ct.Timeline]:
    with ct.open(file) as made:
        made.append(actors(7))
        yield made


def leaves(tl: ct.Timeline) -> list[bytes]:
    return [leaf_hash(entry.id, entry.recorded) for entry in tl.events()]


def tamper(file: Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Changes a log as its owner could: triggers away, change, triggers back."""
    triggers = [sql for sql in schema.STATEMENTS if sql.startswith("CREATE TRIGGER")]
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for sql in triggers:
            connection.execute(f"DROP TRIGGER {sql.split()[2]}")
        for sql in statements:
            connection.execute(sql, values)
        for sql in triggers:
            connection.execute(sql)


def rewrite(file: Path, keep: int | None = None) -> None:
    """What only a checkpoint kept elsewhere can tell: the log of other events, made anew."""
    with ct.open(file) as tl:
        recorded = [entry.event for entry in tl.events()][:keep]
        if keep is None:
            recorded[3] = attrs.evolve(recorded[3], id="another")
        identity = tl._store.identity
    file.unlink()
    from conflict_timeline.log import SQLiteLog

    with SQLiteLog.open(file, identity=identity) as log:
        log.append(recorded)


# ---- checkpoints --------------------------------------------------------------------------------


def test_a_checkpoint_says_size_and_root_and_is_signed(tl: ct.Timeline) -> None:
    text = tl.checkpoint(KEY)
    note = Note.parse(text)
    assert opened(note, KEYS) == KEYS
    assert Statement.parse(note.body) == Statement("example.org/syria", 7, rfc.mth(leaves(tl)))


def test_the_log_keeps_its_checkpoints(tl: ct.Timeline, file: Path) -> None:
    texts = [tl.checkpoint(KEY)]
    assert tl.checkpoint(KEY) == texts[0], "the same log, signed again, is the same text"
    tl.append(actors(3, start=7))
    texts.append(tl.checkpoint(KEY, origin="Ministry of Truth"))
    with ct.open(file) as again:
        kept = again._store.checkpoints()
        assert [checkpoint.note for checkpoint in kept] == texts
        assert [checkpoint.head.size for checkpoint in kept] == [7, 10]
        assert {checkpoint.log for checkpoint in kept} == {again._store.identity}
        assert again.verify(keys=KEYS) == []


def test_a_log_in_memory_and_an_empty_one_can_be_signed() -> None:
    with ct.open(":memory:") as tl:
        assert Statement.parse(Note.parse(tl.checkpoint(KEY)).body).size == 0
        tl.append(actors(1))
        assert Statement.parse(Note.parse(tl.checkpoint(KEY)).body).size == 1
        assert tl.verify() == []


def test_a_key_in_a_file_signs_too(tl: ct.Timeline, tmp_path: Path) -> None:
    KEY.write(tmp_path / "key")
    assert tl.checkpoint(tmp_path / "key") == tl.checkpoint(KEY)
    with pytest.raises(ct.ProofError, match="No such file"):
        tl.checkpoint(tmp_path / "nothing")


@pytest.mark.parametrize("origin", ["", " ", "a\nb", "\u202ea"])
def test_an_origin_that_a_checkpoint_cannot_bear_is_refused(tl: ct.Timeline, origin: str) -> None:
    with pytest.raises(ct.ProofError):
        tl.checkpoint(KEY, origin=origin)
    assert tl._store.checkpoints() == []


CHANGES = {
    "an event's bytes": (
        "UPDATE events SET body = CAST(replace(body, 'a3', 'b3') AS BLOB) WHERE position = 4"
    ),
    "an instant": "UPDATE events SET recorded = '2001-01-01T00:00:00.000000Z' WHERE position = 1",
    "a leaf": "UPDATE nodes SET hashes = zeroblob(length(hashes)) WHERE level = 0",
    "an inner node": "UPDATE nodes SET hashes = zeroblob(length(hashes)) WHERE level = 1",
    "a bit of a node that is no peak": (
        "UPDATE nodes SET hashes = CAST(x'00' || substr(hashes, 2) AS BLOB) WHERE level = 1"
    ),
    "an entry gone": "DELETE FROM events WHERE position = 4",
    "nodes gone": "DELETE FROM nodes",
    "a kept checkpoint": "UPDATE checkpoints SET root = zeroblob(32)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_that_was_changed_is_not_signed(tl: ct.Timeline, file: Path, change: str) -> None:
    tl.checkpoint(KEY)
    tl.append(actors(1, start=7))
    tl.close()
    tamper(file, CHANGES[change])
    with ct.open(file) as again:
        with pytest.raises(ct.LogError, match=r"nothing (is vouched for|was signed)"):
            again.checkpoint(KEY)
        assert len(again._store.checkpoints()) == 1


def test_a_key_does_not_sign_two_pasts(tl: ct.Timeline, file: Path) -> None:
    kept = tl._store
    text = tl.checkpoint(KEY)
    tl.close()
    rewrite(file)
    with ct.open(file) as again:
        head = Statement.parse(Note.parse(text).body)
        checkpoint = Checkpoint(again._store.identity, Head(head.size, head.root), text)
        again._store.take([], checkpoints=[checkpoint])
        with pytest.raises(ct.LogError, match="nothing was signed"):
            again.checkpoint(KEY)
    assert kept.path == str(file)


# ---- verification -------------------------------------------------------------------------------


def test_a_sound_log_holds_against_all_its_checkpoints(tl: ct.Timeline) -> None:
    texts = []
    for start in range(7, 20):
        texts.append(tl.checkpoint(KEY))
        tl.append(actors(1, start=start))
    assert tl.verify(checkpoints=texts, keys=KEYS) == []
    assert tl.verify(checkpoints=[text.encode() for text in texts], keys=[KEY.verifier.text]) == []
    assert tl.verify(checkpoints=texts) == []


def problems(tl: ct.Timeline, **given: Any) -> list[tuple[int | None, str]]:
    return [(problem.position, problem.kind) for problem in tl.verify(**given)]


def test_missing_last_entries_are_told_by_a_checkpoint_and_not_without(
    tl: ct.Timeline, file: Path
) -> None:
    text = tl.checkpoint(KEY)
    tl.close()
    rewrite(file, keep=5)
    with ct.open(file) as shorter:
        assert shorter.verify(keys=KEYS) == []  # the blind spot
        assert problems(shorter, checkpoints=[text], keys=KEYS) == [(6, "truncated")]
        [problem] = shorter.verify(checkpoints=[text])
        assert problem.message == "a checkpoint says 7 entries, there are 5"


def test_a_rewritten_log_is_told_by_a_checkpoint_and_not_without(
    tl: ct.Timeline, file: Path
) -> None:
    with ct.open(":memory:") as before:
        entries = list(tl.events())
        before._store.take(entries[:3], keep_recorded=True)
        earlier = before.checkpoint(KEY)
    text = tl.checkpoint(KEY)
    tl.close()
    with ct.open(file) as same:
        events = [entry.event for entry in same.events()]
        identity = same._store.identity
    file.unlink()
    from conflict_timeline.log import SQLiteLog

    other = attrs.evolve(events[3], id="another")
    changed = attrs.evolve(entries[3], id=ct.event_id(other), data=encode(other))
    with SQLiteLog.open(file, identity=identity) as log:
        log.take([*entries[:3], changed, *entries[4:]], keep_recorded=True)
    with ct.open(file) as rewritten:
        assert rewritten.verify(keys=KEYS) == []  # the blind spot
        assert problems(rewritten, checkpoints=[earlier], keys=KEYS) == []
        [problem] = rewritten.verify(checkpoints=[text, earlier], keys=KEYS)
        assert (problem.position, problem.kind) == (4, "checkpoint")
        assert "those up to 3 are as another one says" in problem.message
        [alone] = rewritten.verify(checkpoints=[text], keys=KEYS)
        assert (alone.position, alone.kind) == (1, "checkpoint")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("an event's bytes", (4, "id")),
        ("an instant", (1, "leaf")),
        ("a leaf", (1, "leaf")),
        ("an inner node", (1, "node")),
        ("a bit of a node that is no peak", (1, "node")),
        ("an entry gone", (4, "position")),
        ("nodes gone", (1, "leaf")),
        ("a kept checkpoint", (None, "note")),
    ],
)
def test_what_the_tree_tells_of_a_changed_log(
    tl: ct.Timeline, file: Path, change: str, expected: tuple[int | None, str]
) -> None:
    tl.checkpoint(KEY)
    tl.close()
    tamper(file, CHANGES[change])
    with ct.open(file) as again:
        assert expected in problems(again)


def test_an_id_and_bytes_that_fit_each_other_do_not_fit_the_tree(
    tl: ct.Timeline, file: Path
) -> None:
    """The entry alone is sound: only the hash tree tells, and names the position."""
    tl.close()
    event = ct.Actor(id="another")
    tamper(
        file,
        "UPDATE events SET body = ?, id = ?, subject = 'another' WHERE position = 5",
        values=(encode(event), ct.event_id(event)),
    )
    with ct.open(file) as again:
        assert problems(again) == [(5, "leaf")]


def test_a_checkpoint_that_is_none_or_nobody_s_is_told(tl: ct.Timeline) -> None:
    good = tl.checkpoint(KEY)
    forged = Signature(KEY.name, KEY.verifier.id, bytes(64))
    cases = {
        "": "expected a text",
        good[:-1]: "each with an end",
        good.replace("7", "8", 1): "does not hold",
        signed(Statement("x", 7, bytes(32)).text, OTHER).text: "expected a signature",
        Note(Note.parse(good).body, (forged,)).text: "does not hold",
        signed("a\nb\nc\n", KEY).text: "size",
    }  # fmt: skip
    for text, told in cases.items():
        [problem] = tl.verify(checkpoints=[text], keys=KEYS)
        assert (problem.position, problem.kind) == (None, "note")
        assert problem.message.startswith("checkpoint 1: ")
        assert told in problem.message
    with pytest.raises(ct.ProofError, match="verifier key"):
        tl.verify(keys=["no key"])


# ---- merged logs --------------------------------------------------------------------------------


def merged(tl: ct.Timeline, *, wrong: bool = False) -> list[str]:
    """Makes as if another log of three entries, then four, had been merged into this one."""
    theirs = [
        HistoryEntry(at, entry.id, f"2001-01-01T00:00:00.00000{at}Z")
        for at, entry in enumerate([*tl.events()][3::-1], start=1)
    ]
    hashes = [leaf_hash(entry.id, entry.recorded) for entry in theirs]
    heads = [Head(size, bytes(32) if wrong else rfc.mth(hashes[:size])) for size in (3, 4)]
    log = "0f" * 16
    notes = [
        signed(Statement(OTHER.name, size, rfc.mth(hashes[:size])).text, OTHER).text
        for size in (2, 4)
    ]
    checkpoints = [
        Checkpoint(log, Head(size, rfc.mth(hashes[:size])), text)
        for size, text in zip((2, 4), notes, strict=True)
    ]
    first = History(log, heads[0], theirs[:3])
    tl._store.take([], histories=[first])
    tl._store.take(
        [], histories=[History(log, heads[1], theirs[3:], continues=1)], checkpoints=checkpoints
    )
    return notes


def test_checkpoints_of_merged_logs_are_held_against_their_histories(tl: ct.Timeline) -> None:
    merged(tl)
    assert tl.verify(keys=[KEY.verifier, OTHER.verifier]) == []
    assert tl.checkpoint(KEY)


def test_a_history_that_is_not_its_root_s_is_told(tl: ct.Timeline) -> None:
    merged(tl, wrong=True)
    told = tl.verify()
    assert {problem.kind for problem in told} == {"history", "checkpoint"}
    assert [problem.message[:10] for problem in told[:2]] == ["history 1,", "history 2,"]


def test_a_changed_entry_of_a_history_is_told(tl: ct.Timeline, file: Path) -> None:
    merged(tl)
    tl.close()
    tamper(
        file,
        "UPDATE history_entries SET recorded = '2001-01-01T00:00:00.000009Z' WHERE position = 1",
    )
    with ct.open(file) as again:
        assert {problem.kind for problem in again.verify()} == {"history", "checkpoint"}


def test_an_entry_of_a_history_that_is_none_is_told(tl: ct.Timeline, file: Path) -> None:
    merged(tl)
    tl.close()
    tamper(file, "UPDATE history_entries SET id = 'x' WHERE position = 4")
    with ct.open(file) as again:
        assert "history" in {problem.kind for problem in again.verify()}


# ---- proofs -------------------------------------------------------------------------------------


def test_every_event_can_be_proven_at_every_size(tl: ct.Timeline) -> None:
    ids = [entry.id for entry in tl.events()]
    for position in range(1, 8):
        for size in range(position, 8):
            verdict = ct.check_proof(tl.prove(position, size=size))
            assert verdict.holds
            assert (verdict.position, verdict.size) == (position, size)
            assert verdict.event == ct.Actor(id=f"a{position - 1}")
            assert verdict.root == rfc.mth(leaves(tl)[:size]).hex()
            assert tl.prove(ids[position - 1], size=size) == tl.prove(position, size=size)


def test_that_a_log_only_grew_can_be_proven_of_all_sizes(tl: ct.Timeline) -> None:
    for old in range(1, 7):
        for size in range(old + 1, 8):
            verdict = ct.check_proof(tl.prove_growth(old, size=size))
            assert verdict.holds
            assert verdict.says == f"the log of {old} entries only grew to {size}"
            assert (verdict.old_size, verdict.size) == (old, size)


def test_a_proof_is_of_the_last_checkpoint_that_covers_it(tl: ct.Timeline) -> None:
    tl.checkpoint(KEY)
    tl.append(actors(2, start=7))
    tl.checkpoint(OTHER)
    tl.append(actors(2, start=9))
    verdict = ct.check_proof(tl.prove(3), keys=[OTHER.verifier])
    assert (verdict.holds, verdict.size, verdict.vouched_by) == (True, 9, ("example.org/iraq",))
    verdict = ct.check_proof(tl.prove(3, size=7), keys=KEYS)
    assert (verdict.holds, verdict.vouched_by) == (True, ("example.org/syria",))
    assert ct.check_proof(tl.prove(10)).size == 11
    assert ct.check_proof(tl.prove_growth(7)).size == 9
    assert ct.check_proof(tl.prove_growth(9)).size == 11


def test_a_proof_without_the_event_says_only_its_id(tl: ct.Timeline) -> None:
    text = tl.prove(3, whole=False)
    assert "event" not in json.loads(text)
    verdict = ct.check_proof(text)
    assert (verdict.holds, verdict.event) == (True, None)
    assert verdict.says.startswith(f"event {verdict.id} was recorded {verdict.recorded} at pos")


@pytest.mark.parametrize("what", [0, -1, 8, 2**70, "00" * 32, "", "é", "\ud800"])
def test_an_event_that_is_not_there_cannot_be_proven(tl: ct.Timeline, what: str | int) -> None:
    with pytest.raises(ct.ProofError, match="7 entries"):
        tl.prove(what)


def test_a_size_that_is_not_there_cannot_be_proven(tl: ct.Timeline) -> None:
    for size in (-1, 0, 3, 8):
        with pytest.raises(
            ct.ProofError, match=f"from 4 to 7 for the entry at position 4, got {size}"
        ):
            tl.prove(4, size=size)
    for old, size in [(7, 7), (5, 4), (5, 8), (0, 3), (-1, 3), (7, None)]:
        with pytest.raises(ct.ProofError):
            tl.prove_growth(old, size=size)


@pytest.mark.parametrize("change", ["an event's bytes", "a leaf", "an inner node"])
def test_a_log_that_was_changed_proves_nothing(tl: ct.Timeline, file: Path, change: str) -> None:
    tl.close()
    tamper(file, CHANGES[change])
    with ct.open(file) as again, pytest.raises(ct.LogError, match="run verify"):
        again.prove(4)


def test_a_stored_tree_that_contradicts_itself_proves_no_growth(
    tl: ct.Timeline, file: Path
) -> None:
    tl.close()
    tamper(file, "UPDATE nodes SET hashes = zeroblob(length(hashes)) WHERE level = 2")
    with ct.open(file) as again, pytest.raises(ct.LogError, match="contradicts itself"):
        again.prove_growth(2, size=7)


def test_an_entry_that_has_no_leaf_proves_nothing(tl: ct.Timeline, file: Path) -> None:
    tl.close()
    tamper(file, "UPDATE events SET recorded = 'é' WHERE position = 4")
    with ct.open(file) as again, pytest.raises(ct.LogError, match=r"position 4: .*; run verify"):
        again.prove(4)


def test_kept_checkpoints_that_cannot_be_read_do_not_stop_verification(
    tl: ct.Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> list[Checkpoint]:
        raise ct.LogError("unreadable")

    monkeypatch.setattr(tl._store, "checkpoints", unreadable)
    assert tl.verify(keys=KEYS) == []


# ---- checking proofs ----------------------------------------------------------------------------


def proof_of(tl: ct.Timeline) -> dict[str, Any]:
    tl.checkpoint(KEY)
    return json.loads(tl.prove(4))


def test_a_key_or_a_checkpoint_must_vouch_where_one_is_given(tl: ct.Timeline) -> None:
    bare = tl.prove(4)
    assert ct.check_proof(bare).holds
    verdict = ct.check_proof(bare, keys=KEYS)
    assert verdict.faults == (
        "expected a checkpoint signed by one of the keys that says: "
        f"7 entries, root {verdict.root}",
    )
    text = tl.checkpoint(KEY)
    assert ct.check_proof(bare, keys=KEYS, checkpoints=[text]).holds
    assert ct.check_proof(bare, checkpoints=[text]).holds
    assert ct.check_proof(bare, checkpoints=[text]).vouched_by == ()
    tl.append(actors(1, start=7))
    later = tl.checkpoint(KEY)
    assert not ct.check_proof(bare, keys=KEYS, checkpoints=[later]).holds
    assert not ct.check_proof(bare, checkpoints=[later]).holds
    assert not ct.check_proof(bare, keys=[OTHER.verifier], checkpoints=[text]).holds
    growth = tl.prove_growth(7)
    assert ct.check_proof(growth, keys=KEYS).vouched_by == ("example.org/syria",)
    assert not ct.check_proof(growth, keys=[OTHER.verifier]).holds


def test_growth_needs_both_ends_vouched_for(tl: ct.Timeline) -> None:
    tl.checkpoint(KEY)
    assert not ct.check_proof(tl.prove_growth(3, size=7), keys=KEYS).holds


FORGED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "position": lambda p: p.update(position=3),
    "position beyond": lambda p: p.update(position=8),
    "id": lambda p: p.update(id="00" * 32),
    "instant": lambda p: p.update(recorded="2001-01-01T00:00:00.000000Z"),
    "instant that is none": lambda p: p.update(recorded="now"),
    "event": lambda p: p["event"].update(id="b"),
    "event and id": lambda p: p.update(event={}, id=hashlib.sha256(b"{}").hexdigest()),
    "event that has no bytes": lambda p: p["event"].update(id=float("nan")),
    "size": lambda p: p.update(size=6),
    "root": lambda p: p.update(root="00" * 32),
    "path shorter": lambda p: p["path"].pop(),
    "path longer": lambda p: p["path"].append("00" * 32),
    "path reversed": lambda p: p["path"].reverse(),
    "checkpoint": lambda p: p.update(checkpoints=[p["checkpoints"][0].replace("7", "8")]),
    "checkpoint's key": lambda p: p.update(
        checkpoints=[p["checkpoints"][0].replace("— example.org/syria ", "— example.org/other ")]
    ),
    "no checkpoint": lambda p: p["checkpoints"].clear(),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_proof_does_not_hold(tl: ct.Timeline, what: str) -> None:
    proof = proof_of(tl)
    assert ct.check_proof(json.dumps(proof), keys=KEYS).holds
    before = copy.deepcopy(proof)
    FORGED[what](proof)
    assert proof != before
    verdict = ct.check_proof(json.dumps(proof), keys=KEYS)
    assert not verdict.holds
    assert all(verdict.faults)


def test_an_event_of_a_kind_that_is_unknown_here_is_proven_all_the_same(tl: ct.Timeline) -> None:
    proof = proof_of(tl)
    event = {"type": "of-tomorrow"}
    proof |= {"event": event, "id": hashlib.sha256(canonical_json(event)).hexdigest()}
    proof |= {"position": 1, "size": 1, "path": [], "checkpoints": []}
    proof["root"] = leaf_hash(proof["id"], proof["recorded"]).hex()
    verdict = ct.check_proof(json.dumps(proof))
    assert (verdict.holds, verdict.event) == (True, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p.pop("path"), "missing or unknown: 'path'"),
        (lambda p: p.update(more=1), "missing or unknown: 'more'"),
        (lambda p: p.update(kind="both"), "of inclusion or consistency"),
        (lambda p: p.update(kind=["inclusion"]), "of inclusion or consistency"),
        (lambda p: p.update(kind="consistency"), "missing or unknown"),
        (lambda p: p.update(version=2), "of version 1"),
        (lambda p: p.pop("conflict_timeline"), "of version 1"),
        (lambda p: p.update(size=True), "size: expected a whole number from 1, got True"),
        (lambda p: p.update(size=0), "size: "),
        (lambda p: p.update(size=7.0), "size: "),
        (lambda p: p.update(size=2**63), "size: "),
        (lambda p: p.update(position="4"), "position: "),
        (lambda p: p.update(root=p["root"].upper()), "root: expected 64 lower-case hex digits"),
        (lambda p: p.update(id=p["id"] + "\n"), "id: "),
        (lambda p: p.update(log=1), "log: expected ASCII text"),
        (lambda p: p.update(recorded="x" * 101), "recorded: "),
        (lambda p: p.update(path=["00"]), "path: expected a list of hashes"),
        (lambda p: p.update(path=["00" * 32] * 200), "path: "),
        (lambda p: p.update(path={}), "path: "),
        (lambda p: p.update(checkpoints=[1]), "checkpoints: expected a list of texts"),
        (lambda p: p.update(event=[]), "event: expected an object"),
    ],
)
def test_what_is_no_proof_is_refused(
    tl: ct.Timeline, change: Callable[[dict[str, Any]], Any], told: str
) -> None:
    proof = proof_of(tl)
    change(proof)
    with pytest.raises(ct.ProofError, match=told):
        ct.check_proof(json.dumps(proof))


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", "1", "x", b"\xff", "\ud800", "[" * 100_000,
        '{"kind":"inclusion","kind":"inclusion"}', '{"size":' + "9" * 10_000 + "}", "x" * 4_000_001,
    ],
)  # fmt: skip
def test_a_hostile_text_is_refused(text: str | bytes) -> None:
    with pytest.raises(ct.ProofError, match="proof"):
        ct.check_proof(text)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=1))
def test_a_proof_with_any_byte_changed_is_refused_or_says_the_same(at: int, byte: bytes) -> None:
    text = PROOF[: at % len(PROOF)] + byte + PROOF[at % len(PROOF) + 1 :]
    try:
        verdict = ct.check_proof(text, keys=KEYS)
    except ct.ProofError:
        return
    if verdict.holds:
        assert verdict == ct.check_proof(PROOF, keys=KEYS)


def _proof() -> bytes:
    with ct.open(":memory:") as tl:
        tl.append(actors(7))
        tl.checkpoint(KEY)
        return tl.prove(4).encode()


PROOF = _proof()
