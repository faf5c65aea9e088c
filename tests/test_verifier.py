"""The verifier in docs/verifier/: it says of an export, and of proofs, what is true of them.

It runs as those run it who have nothing but it: as a program of its own, with Python alone. What it
reads is written here line by line, from the formats' descriptions.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

import conflict_timeline as ct
from conflict_timeline.codec import canonical_json, encode
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.log.notes import Signature, Statement, signed
from tests.oracles import merkle as rfc

VERIFIER = Path(__file__).resolve().parents[1] / "docs" / "verifier" / "verify_log.py"

KEY = SigningKey("example.org/syria", bytes(range(32)))
OTHER = SigningKey("example.org/iraq", bytes(range(1, 33)))

Line = dict[str, Any]


@attrs.frozen
class Answer:
    code: int
    out: str
    err: str


def verify(*arguments: str | Path) -> Answer:
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, *arguments],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


# ---- an export, as docs/reference/jsonl.md has it ------------------------------------------------


def instant(number: int) -> str:
    return f"2017-10-20T09:30:00.{number:06}Z"


def entry(position: int, event: Line, recorded: str) -> Line:
    return {"position": position, "id": id_of(event), "recorded": recorded, "event": event}


def id_of(event: Line) -> str:
    return hashlib.sha256(canonical_json(event)).hexdigest()


def leaves(entries: list[Line]) -> list[bytes]:
    return [leaf_hash(line["id"], line["recorded"]) for line in entries]


def root(entries: list[Line]) -> bytes:
    return rfc.mth(leaves(entries))


def note(entries: list[Line], size: int, key: SigningKey = KEY) -> str:
    return signed(Statement(key.name, size, root(entries[:size])).text, key).text


def export(entries: list[Line], rest: list[Line] | None = None, **header: Any) -> list[Line]:
    head = {
        "conflict_timeline": "log",
        "version": 1,
        "log": "0f" * 16,
        "size": len(entries),
        "root": root(entries).hex(),
    }
    return [head | header, *entries, *(rest or [])]


EVENTS = [
    ct.Source(id="paper", title="Ein Bericht über Rakka", published="2017-10-20"),
    ct.Place(
        id="raqqa", names={"ar": ["الرقة"], "en": ["Raqqa \u2028 line"]}, lat=35.95, lon=1e-05
    ),
    ct.Actor(id="sdf"),
    ct.ControlChanged(place="raqqa", to="sdf", when="2017-10-16/2017-10-22", source="paper"),
    ct.ControlObserved(place="raqqa", holders={"sdf": 0.8}, when="2017-10-20", source="paper"),
]
PLAIN = [
    entry(number, json.loads(encode(event)), instant(number))
    for number, event in enumerate(EVENTS, start=1)
]


def a_log() -> list[Line]:
    """A log with all there can be: an erased entry, two logs merged in, one twice; checkpoints."""
    erased = {k: v for k, v in PLAIN[4].items() if k != "event"} | {"erased": True}
    redaction = {"type": "redacted", "target": erased["id"], "reason": "in danger"}
    entries = [*PLAIN[:4], erased, entry(6, redaction, instant(6))]
    theirs = [
        {"position": at, "id": PLAIN[number]["id"], "recorded": instant(at)}
        for at, number in enumerate((2, 0, 1, 3), start=1)
    ]
    rest: list[Line] = []
    for number, size, continues in ((1, 3, None), (2, 4, 1)):
        head = {"number": number, "log": "aa" * 16, "size": size}
        head |= {"root": root(theirs[:size]).hex(), "continues": continues}
        rest.append({"history": head})
        new = theirs[3 if continues else 0 : size]
        rest += [{"history_entry": {"history": number, **line}} for line in new]
    rest.append({"checkpoint": {"note": note(entries, 4), "history": None}})
    rest.append({"checkpoint": {"note": note(entries, 6), "history": None}})
    rest.append({"checkpoint": {"note": note(theirs, 2, OTHER), "history": 2}})
    return export(entries, rest)


def own(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "position" in line]


def write(path: Path, lines: list[Line]) -> Path:
    path.write_bytes(b"".join(canonical_json(line) + b"\n" for line in lines))
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "log.jsonl", a_log())


# ---- what holds ---------------------------------------------------------------------------------


def test_it_is_one_file_of_200_lines_that_needs_nothing() -> None:
    text = VERIFIER.read_text("utf-8")
    assert text.count("\n") <= 200
    assert max(map(len, text.splitlines())) <= 100
    [line] = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    names = line.partition("#")[0].removeprefix("import ").split(",")
    assert {name.strip() for name in names} <= sys.stdlib_module_names
    ast.parse(text, feature_version=(3, 9))


def test_a_sound_log_is_sound(log: Path) -> None:
    told = verify(log, "--key", KEY.verifier.text, "--key", OTHER.verifier.text)
    assert (told.code, told.err) == (0, "")
    head = root(own(a_log())).hex()
    assert told.out == (f"{log}: 6 entries, root {head}, 3 checkpoints, 3 signatures of the keys\n")
    assert "3 checkpoints, 0 signatures" in verify(log).out
    assert verify(write(log, export([]))).code == 0


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 9, 33, 64, 65])
def test_logs_of_all_shapes_have_the_root_of_the_rfc(tmp_path: Path, size: int) -> None:
    events = [json.loads(encode(ct.Actor(id=f"a{number}"))) for number in range(size)]
    entries = [entry(at, event, instant(at)) for at, event in enumerate(events, start=1)]
    notes = [{"checkpoint": {"note": note(entries, at), "history": None}} for at in range(size)]
    told = verify(write(tmp_path / "log.jsonl", export(entries, notes)), "--key", KEY.verifier.text)
    assert told.code == 0, told.err
    assert f"{size} signatures of the keys" in told.out


def test_the_shipped_corpus_verifies(tmp_path: Path) -> None:
    with ct.open(":memory:") as tl:
        tl.load(ct.corpus("isis"))
        entries = [entry(e.position, json.loads(e.data), e.recorded) for e in tl.events()]
    told = verify(write(tmp_path / "isis.jsonl", export(entries)))
    assert (told.code, told.err) == (0, "")


# ---- a checkpoint that was kept elsewhere -------------------------------------------------------


def kept(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "kept.txt"
    file.write_bytes(text.encode())
    return file


def test_a_kept_checkpoint_holds(tmp_path: Path, log: Path) -> None:
    file = kept(tmp_path, note(own(a_log()), 5))
    assert verify(log, "--checkpoint", file, "--key", KEY.verifier.text).code == 0


def test_a_rewritten_log_is_sound_by_itself_and_refuted_by_a_kept_checkpoint(
    tmp_path: Path, log: Path
) -> None:
    """What can not be told without a checkpoint, and is told with one."""
    file = kept(tmp_path, note(own(a_log()), 4))
    changed = copy.deepcopy(PLAIN)
    changed[3]["event"]["when"] = "2017-10-17"
    changed[3]["id"] = id_of(changed[3]["event"])
    rewritten = write(log, export(changed))
    assert verify(rewritten).code == 0
    told = verify(rewritten, "--checkpoint", file, "--key", KEY.verifier.text)
    assert told.code == 1
    assert f"{file}: ValueError('expected another root at size 4')" in told.err


def test_entries_that_are_missing_at_the_end_are_told_by_a_kept_checkpoint(
    tmp_path: Path, log: Path
) -> None:
    file = kept(tmp_path, note(own(a_log()), 4))
    shorter = write(log, export(PLAIN[:3]))
    assert verify(shorter).code == 0
    told = verify(shorter, "--checkpoint", file, "--key", KEY.verifier.text)
    assert told.code == 1
    assert "expected 4 entries, some are missing" in told.err


@pytest.mark.parametrize("keys", [[], [OTHER]])
def test_a_checkpoint_without_a_signature_that_counts_is_none(
    tmp_path: Path, log: Path, keys: list[SigningKey]
) -> None:
    file = kept(tmp_path, note(own(a_log()), 4))
    told = verify(log, "--checkpoint", file, *(o for k in keys for o in ("--key", k.verifier.text)))
    assert told.code == 1
    assert "expected a signature of one of the keys" in told.err


def test_a_forged_signature_is_told(tmp_path: Path, log: Path) -> None:
    good = note(own(a_log()), 4)
    body = good.partition("\n\n")[0]
    forger = SigningKey(KEY.name, bytes(32))
    forged = forger.sign(f"{body}\n".encode())
    text = f"{body}\n\n{Signature(KEY.name, KEY.verifier.id, forged).line}"
    told = verify(log, "--checkpoint", kept(tmp_path, text), "--key", KEY.verifier.text)
    assert told.code == 1
    assert "the signature of example.org/syria does not hold" in told.err


# ---- a log in which something was changed -------------------------------------------------------

Change = Callable[[list[Line]], Any]


def history_entry(lines: list[Line], **values: Any) -> None:
    lines[9]["history_entry"].update(values)


def checkpoint(lines: list[Line], old: str, new: str) -> None:
    found = lines[13]["checkpoint"]
    assert old in found["note"]
    found["note"] = found["note"].replace(old, new)


CHANGES: dict[str, Change] = {
    "the header's size": lambda ls: ls[0].update(size=5),
    "the header's root": lambda ls: ls[0].update(root="00" * 32),
    "the header's kind": lambda ls: ls[0].update(conflict_timeline="proof"),
    "the header's version": lambda ls: ls[0].update(version=2),
    "no header": lambda ls: ls.pop(0),
    "a header twice": lambda ls: ls.insert(1, ls[0]),
    "an event's text": lambda ls: ls[1]["event"].update(title="Another"),
    "an event's number": lambda ls: ls[2]["event"].update(lat=35.951),
    "an event's field added": lambda ls: ls[3]["event"].update(kind="state"),
    "an event's field gone": lambda ls: ls[4]["event"].pop("to"),
    "an event and its id": lambda ls: ls[3].update(entry(3, {"type": "x"}, instant(3))),
    "an id": lambda ls: ls[3].update(id="00" * 32),
    "an id in capitals": lambda ls: ls[3].update(id=ls[3]["id"].upper()),
    "an id that is none": lambda ls: ls[3].update(id=None),
    "an instant": lambda ls: ls[3].update(recorded=instant(4)),
    "an instant that goes back": lambda ls: ls[3].update(recorded=instant(1)),
    "an instant that is none": lambda ls: ls[3].update(recorded="2017-10-20"),
    "a position": lambda ls: ls[3].update(position=4),
    "a position as text": lambda ls: ls[3].update(position="3"),
    "an entry gone": lambda ls: ls.pop(3),
    "the last entry gone": lambda ls: ls.pop(6),
    "an entry twice": lambda ls: ls.insert(4, ls[3]),
    "two entries swapped": lambda ls: ls.insert(3, ls.pop(2)),
    "an entry more": lambda ls: ls.insert(7, entry(7, {"type": "x"}, instant(7))),
    "an erased event filled in": lambda ls: ls[5].update(event={"type": "x"}),
    "an erased event called otherwise": lambda ls: ls[5].update(erased="yes"),
    "another erased id": lambda ls: ls[5].update(id="11" * 32),
    "an event erased without a redaction": lambda ls: ls[2].update(erased=bool(ls[2].pop("event"))),
    "a history's size": lambda ls: ls[7]["history"].update(size=2),
    "a history's root": lambda ls: ls[7]["history"].update(root="00" * 32),
    "a history's number": lambda ls: ls[7]["history"].update(number=3),
    "a history that starts the log anew": lambda ls: ls[7]["history"].update(number=None),
    "a history that continues nothing": lambda ls: ls[11]["history"].update(continues=None),
    "a history gone": lambda ls: ls.pop(11),
    "a history's entry gone": lambda ls: ls.pop(12),
    "a history's entry's instant": lambda ls: history_entry(ls, recorded=instant(9)),
    "a history's entry's id": lambda ls: history_entry(ls, id=ls[2]["id"]),
    "a history's entry that is not in the log": lambda ls: history_entry(ls, id="22" * 32),
    "a history's entry's position": lambda ls: history_entry(ls, position=3),
    "a checkpoint's size": lambda ls: checkpoint(ls, "\n4\n", "\n5\n"),
    "a checkpoint's origin": lambda ls: checkpoint(ls, "example.org/syria\n", "example.org/iraq\n"),
    "a checkpoint of another log": lambda ls: ls[13]["checkpoint"].update(history=2),
    "a checkpoint of no log": lambda ls: ls[13]["checkpoint"].update(history=9),
    "a checkpoint that is none": lambda ls: ls[13]["checkpoint"].update(note="hello"),
    "a line of another kind": lambda ls: ls.append({"more": 1}),
    "a line that is no object": lambda ls: ls.append([]),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_in_which_something_was_changed_is_told(tmp_path: Path, change: str) -> None:
    lines = copy.deepcopy(a_log())
    CHANGES[change](lines)
    file = write(tmp_path / "log.jsonl", lines)
    told = verify(file, "--key", KEY.verifier.text, "--key", OTHER.verifier.text)
    assert told.code == 1
    assert str(file) in told.err


def test_an_event_that_a_merged_log_had_must_be_in_the_log(tmp_path: Path) -> None:
    """Its history alone is sound: what was left out of the merge is told all the same."""
    lines = copy.deepcopy(a_log())
    line = lines[10]["history_entry"]
    line["id"] = "22" * 32
    theirs = [lines[n]["history_entry"] for n in (8, 9, 10, 12)]
    for at, size in ((7, 3), (11, 4)):
        lines[at]["history"]["root"] = root(theirs[:size]).hex()
    del lines[15]
    told = verify(write(tmp_path / "log.jsonl", lines))
    assert (told.code, "log.jsonl:11: ValueError('expected each event once" in told.err) == (
        1,
        True,
    )


def test_a_signature_of_an_unknown_key_does_not_count(tmp_path: Path) -> None:
    lines = copy.deepcopy(a_log())
    checkpoint(lines, "— example.org/syria", "— example.org/nobody")
    told = verify(write(tmp_path / "log.jsonl", lines), "--key", KEY.verifier.text)
    assert (told.code, "3 checkpoints, 1 signatures" in told.out) == (0, True)


def test_the_first_bad_line_is_named(tmp_path: Path) -> None:
    lines = copy.deepcopy(a_log())
    lines[3]["event"]["id"] = "isis"
    told = verify(write(tmp_path / "log.jsonl", lines))
    assert "log.jsonl:4: ValueError('the event has another id')" in told.err


RAW: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda data: b"",
    "not UTF-8": lambda data: data.replace(b"Bericht", b"\xff"),
    "not JSON": lambda data: data.replace(b"{", b"[", 1),
    "cut in a line": lambda data: data[:-200],
    "cut at a line": lambda data: b"\n".join(data.split(b"\n")[:5]) + b"\n",
    "a key given twice": lambda data: data.replace(b'"title":', b'"title":"x","title":'),
    "nested deeply": lambda data: data.replace(b'"Ein', b"[" * 100_000 + b'"Ein'),
    "a number of many digits": lambda data: data.replace(b"35.95", b"9" * 10_000),
    "no number": lambda data: data.replace(b"35.95", b"NaN"),
    "a number written otherwise": lambda data: data.replace(b"35.95", b"3595e-2"),
    "an empty line": lambda data: data.replace(b"\n", b"\n\n", 1),
}


@pytest.mark.parametrize("kind", RAW)
def test_a_damaged_file_is_told(tmp_path: Path, kind: str) -> None:
    file = write(tmp_path / "log.jsonl", a_log())
    file.write_bytes(RAW[kind](file.read_bytes()))
    told = verify(file)
    # The same number written otherwise is the same number.
    assert told.code == (0 if kind == "a number written otherwise" else 1)


def test_what_it_cannot_open_is_told(tmp_path: Path) -> None:
    told = verify(tmp_path / "nothing.jsonl")
    assert (told.code, "FileNotFoundError" in told.err) == (1, True)
    assert verify(write(tmp_path / "log.jsonl", a_log()), "--key", "hello").code == 1
    assert verify("--wrong").code == 2


# ---- proofs -------------------------------------------------------------------------------------

ENTRIES = PLAIN


def inclusion(at: int = 4, size: int = 5, notes: list[str] | None = None) -> Line:
    path = rfc.path(at - 1, leaves(ENTRIES[:size]))
    return {
        "conflict_timeline": "proof",
        "version": 1,
        "kind": "inclusion",
        "log": "0f" * 16,
        "position": at,
        "id": ENTRIES[at - 1]["id"],
        "recorded": ENTRIES[at - 1]["recorded"],
        "event": ENTRIES[at - 1]["event"],
        "size": size,
        "root": root(ENTRIES[:size]).hex(),
        "path": [item.hex() for item in path],
        "checkpoints": [note(ENTRIES, size)] if notes is None else notes,
    }


def consistency(old: int = 3, size: int = 5) -> Line:
    return {
        "conflict_timeline": "proof",
        "version": 1,
        "kind": "consistency",
        "log": "0f" * 16,
        "old_size": old,
        "old_root": root(ENTRIES[:old]).hex(),
        "size": size,
        "root": root(ENTRIES[:size]).hex(),
        "path": [item.hex() for item in rfc.proof(old, leaves(ENTRIES[:size]))],
        "checkpoints": [note(ENTRIES, old), note(ENTRIES, size)],
    }


def proof_file(tmp_path: Path, proof: Line) -> Path:
    file = tmp_path / "proof.json"
    file.write_bytes(canonical_json(proof))
    return file


def test_every_proof_holds_with_a_key_and_without(tmp_path: Path) -> None:
    proofs = [inclusion(at, size) for size in range(1, 6) for at in range(1, size + 1)]
    proofs += [consistency(old, size) for size in range(2, 6) for old in range(1, size)]
    for number, proof in enumerate(proofs):
        (tmp_path / f"{number}").write_bytes(canonical_json(proof))
    files = [word for number in range(len(proofs)) for word in ("--proof", tmp_path / f"{number}")]
    told = verify(*files, "--key", KEY.verifier.text)
    assert (told.code, told.out.count("; vouched for\n")) == (0, 25)
    assert f"event {ENTRIES[3]['id']} was recorded {instant(4)} at position 4" in told.out
    assert "the log of 3 entries only grew to 5" in told.out
    told = verify(*files)
    assert (told.code, told.out.count("; nobody vouches for it\n")) == (0, 25)


def test_a_proof_without_its_event_holds(tmp_path: Path) -> None:
    proof = inclusion()
    del proof["event"]
    assert verify("--proof", proof_file(tmp_path, proof), "--key", KEY.verifier.text).code == 0


def test_a_kept_checkpoint_vouches_for_a_proof_without_one(tmp_path: Path) -> None:
    file = proof_file(tmp_path, inclusion(notes=[]))
    told = verify("--proof", file, "--key", KEY.verifier.text)
    assert (told.code, "no checkpoint of one of the keys vouches" in told.err) == (1, True)
    elsewhere = kept(tmp_path, note(ENTRIES, 5))
    told = verify("--proof", file, "--key", KEY.verifier.text, "--checkpoint", elsewhere)
    assert told.code == 0


def test_a_checkpoint_of_another_size_vouches_for_nothing(tmp_path: Path) -> None:
    file = proof_file(tmp_path, inclusion(notes=[note(ENTRIES, 4)]))
    assert verify("--proof", file, "--key", KEY.verifier.text).code == 1


FORGED: dict[str, Change] = {
    "position": lambda p: p.update(position=3),
    "position 0": lambda p: p.update(position=0),
    "position beyond": lambda p: p.update(position=6),
    "id": lambda p: p.update(id=ENTRIES[2]["id"]),
    "id and event": lambda p: p.update(id=ENTRIES[2]["id"], event=ENTRIES[2]["event"]),
    "recorded": lambda p: p.update(recorded=instant(5)),
    "event": lambda p: p["event"].update(to="is"),
    "size": lambda p: p.update(size=4),
    "size and root": lambda p: p.update(size=4, root=root(ENTRIES[:4]).hex()),
    "root": lambda p: p.update(root="00" * 32),
    "path shorter": lambda p: p["path"].pop(),
    "path longer": lambda p: p["path"].append("00" * 32),
    "path swapped": lambda p: p["path"].reverse(),
    "path of other hashes": lambda p: p["path"].__setitem__(0, p["path"][0][2:]),
    "path of no hashes": lambda p: p["path"].__setitem__(0, "zz"),
    "kind": lambda p: p.update(kind="consistency"),
    "version": lambda p: p.update(version=2),
    "conflict_timeline": lambda p: p.update(conflict_timeline="log"),
    "checkpoint": lambda p: p.update(checkpoints=[note(ENTRIES, 5, OTHER)]),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_inclusion_proof_is_told(tmp_path: Path, what: str) -> None:
    proof = copy.deepcopy(inclusion())
    FORGED[what](proof)  # type: ignore[arg-type]
    assert verify("--proof", proof_file(tmp_path, proof), "--key", KEY.verifier.text).code == 1


@pytest.mark.parametrize("old", [2, 3, 4])
@pytest.mark.parametrize("what", ["old_size", "old_root", "size", "root", "path", "both"])
def test_a_forged_consistency_proof_is_told(tmp_path: Path, old: int, what: str) -> None:
    proof = consistency(old)
    forged: Line = {
        "old_size": {"old_size": old - 1},
        "old_root": {"old_root": "00" * 32},
        "size": {"size": 4, "root": root(ENTRIES[:4]).hex()},
        "root": {"root": "00" * 32},
        "path": {"path": proof["path"][:-1]},
        "both": {"old_root": proof["root"], "root": proof["old_root"]},
    }[what]
    if proof | forged == proof:
        pytest.fail("nothing was forged")
    file = proof_file(tmp_path, proof | forged)
    assert verify("--proof", file, "--key", KEY.verifier.text).code == 1


# ---- Ed25519 ------------------------------------------------------------------------------------

# RFC 8032, section 7.1: secret key, public key, message, signature.
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
        "1cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
        "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
        "984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def loaded() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "verify_log"}
    exec(compile(VERIFIER.read_text("utf-8"), str(VERIFIER), "exec"), namespace)
    return namespace


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        loaded()["check_signature"]("a", public, signature, message)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC8032)
def test_the_vectors_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key, text, sign = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert SigningKey("a", bytes.fromhex(secret)).sign(text) == sign
    assert holds(key, sign, text)
    assert not holds(key, sign, text + b"\0")
    order = loaded()["L"]
    larger = int.from_bytes(sign[32:], "little") + order
    assert not holds(key, sign[:32] + larger.to_bytes(32, "little"), text), "malleable"
    for bit in range(0, 512, 37):
        forged = bytearray(sign)
        forged[bit // 8] ^= 1 << bit % 8
        assert not holds(key, bytes(forged), text)
    for wrong in (b"", sign[:63], sign + b"\0", bytes(64), b"\xff" * 64):
        assert not holds(key, wrong, text)


def test_it_judges_signatures_as_the_library_does() -> None:
    count = 0
    for number in range(40):
        key = SigningKey("a", bytes([number]) * 32)
        message = b"m" * number
        sign = key.sign(message)
        for other in (sign, sign[::-1], sign[:32] + bytes(32), bytes(32) + sign[32:]):
            expected = VerifierKey("a", key.verifier.public).verifies(other, message)
            assert holds(key.verifier.public, other, message) == expected
            count += expected
    assert count == 40


def test_its_tree_is_the_library_s() -> None:
    root_of = loaded()["root_of"]
    items = [bytes([number]) * 32 for number in range(130)]
    for size in range(131):
        growth = Growth()
        growth.extend(items[:size])
        assert root_of(items[:size]) == growth.root.hex()
