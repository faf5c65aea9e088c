"""Keys, signed notes and checkpoints: as others write them, and as forgers would."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conflict_timeline.errors import MissingExtraError, ProofError
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.merkle import EMPTY_ROOT
from conflict_timeline.log.notes import LONGEST, Note, Signature, Statement, opened, signed

# From the documentation of golang.org/x/mod/sumdb/note.
PETER_SIGNS = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWL"
    "ox33WWd1RvMc+QQ=\n"
)
# From the specification of signed notes.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2O"
    "NncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# A checkpoint that Go's module checksum database published.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = (
    "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
    "— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfv"
    "imWEPWL+o3GeoWwOoAw=\n"
)

KEY = SigningKey("example.org/syria", bytes(range(32)))
ROOT = hashlib.sha256(b"a root").digest()


def checkpoint(size: int = 42, root: bytes = ROOT) -> Note:
    return signed(Statement(KEY.name, size, root).text, KEY)


def line(name: str = "a", data: bytes = bytes(68)) -> str:
    return f"— {name} {base64.b64encode(data).decode()}\n"


# ---- as others write them -----------------------------------------------------------------------


def test_go_signs_the_same() -> None:
    key = SigningKey.parse(PETER_SIGNS)
    assert key.text == PETER_SIGNS
    assert key.verifier.text == PETER
    assert key.verifier.id.hex() == "c74f20a3"
    assert signed(PETER_TEXT, key).text == f"{PETER_TEXT}\n{PETER_LINE}"


def test_two_signatures_of_go_hold_together_and_alone() -> None:
    note = Note.parse(f"{PETER_TEXT}\n{PETER_LINE}{ENOCH_LINE}")
    peter, enoch = VerifierKey.parse(PETER), VerifierKey.parse(ENOCH)
    assert opened(note, [peter, enoch]) == [peter, enoch]
    assert opened(note, [enoch]) == [enoch]


def test_the_example_of_the_specification_holds() -> None:
    foo = VerifierKey.parse(FOO)
    assert foo.text == FOO
    assert opened(Note.parse(FOO_NOTE), [foo]) == [foo]
    assert Note.parse(FOO_NOTE.encode()).text == FOO_NOTE


def test_a_checkpoint_of_a_log_that_is_not_ours_holds() -> None:
    note = Note.parse(SUMDB_NOTE)
    key = VerifierKey.parse(SUMDB)
    assert opened(note, [key]) == [key]
    statement = Statement.parse(note.body)
    assert (statement.origin, statement.size) == ("go.sum database tree", 6476701)
    assert statement.text == note.body


def test_ours_reads_as_the_specification_has_it() -> None:
    assert checkpoint().text.startswith(
        f"example.org/syria\n42\n{base64.b64encode(ROOT).decode()}\n\n— example.org/syria "
    )
    assert Statement.parse(Note.parse(checkpoint().text).body) == Statement(KEY.name, 42, ROOT)


# ---- keys ---------------------------------------------------------------------------------------


def test_a_new_key_is_another_each_time() -> None:
    one, two = SigningKey.generate("a"), SigningKey.generate("a")
    assert one.seed != two.seed
    assert SigningKey.parse(one.text) == one
    assert VerifierKey.parse(one.verifier.text) == one.verifier


@pytest.mark.parametrize("text", [PETER, FOO, SUMDB])
def test_a_mangled_verifier_key_is_refused(text: str) -> None:
    refuse_all(VerifierKey.parse, text)


def test_a_mangled_signing_key_is_refused_and_not_repeated() -> None:
    told = refuse_all(SigningKey.parse, PETER_SIGNS)
    assert not any("AYEKFALVFGyNhPJ" in message for message in told)


def refuse_all(parse: object, text: str) -> list[str]:
    """Every part of a text, and the text with any one character another."""
    mangled = {text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)}
    mangled |= {text[:i] + chr(ord(c) + 1) + text[i + 1 :] for i, c in enumerate(text)}
    mangled |= {text + extra for extra in ("\n", " ", "+", "=", "A", "\0")}
    told = []
    for other in mangled - {text}:
        with pytest.raises(ProofError) as caught:
            parse(other)  # type: ignore[operator]
        told.append(str(caught.value))
    return told


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # no Ed25519
        PETER_SIGNS,
        "",
        "+" * 10_000,
        "x" * 1_000_000,
        None,
        b"PeterNeumann",
        "\ud800+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: object) -> None:
    with pytest.raises(ProofError):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\tb", "a\u00a0b", "a\u2028b", "\u202eb", "x" * 201]
)
def test_a_name_that_would_not_fit_its_line_is_refused(name: str) -> None:
    with pytest.raises(ProofError, match="key name"):
        SigningKey.generate(name)
    with pytest.raises(ProofError, match="key name"):
        VerifierKey(name, bytes(32))


def test_keys_of_another_size_are_refused() -> None:
    with pytest.raises(ProofError, match="32 bytes, got 31"):
        SigningKey("a", bytes(31))
    with pytest.raises(ProofError, match="32 bytes, got 33"):
        VerifierKey("a", bytes(33))


def test_a_signing_key_does_not_show_itself() -> None:
    assert KEY.seed.hex() not in repr(KEY)
    assert repr(KEY.seed) not in repr(KEY)


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "archive.key"
    before = os.umask(0)
    try:
        KEY.write(file)
    finally:
        os.umask(before)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == f"{KEY.text}\n"
    assert SigningKey.read(file) == KEY
    with pytest.raises(FileExistsError):
        SigningKey.generate("b").write(file)
    assert SigningKey.read(file) == KEY


def test_a_key_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProofError, match="no-file: cannot be read: No such file"):
        VerifierKey.read(tmp_path / "no-file")
    (tmp_path / "binary").write_bytes(b"\xff" * 2000)
    with pytest.raises(ProofError, match="binary: expected a key as text"):
        SigningKey.read(tmp_path / "binary")
    (tmp_path / "other").write_text("hello")
    with pytest.raises(ProofError, match="expected a verifier key"):
        VerifierKey.read(tmp_path / "other")
    (tmp_path / "crlf").write_bytes(f"{PETER}\r\n".encode())
    assert VerifierKey.read(tmp_path / "crlf").text == PETER


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'conflict-timeline\[archive\]'"):
        KEY.sign(b"")
    with pytest.raises(MissingExtraError):
        VerifierKey.parse(PETER).verifies(bytes(64), b"")


# ---- whose signature counts ---------------------------------------------------------------------


def test_signatures_of_strangers_do_not_count() -> None:
    note = Note.parse(checkpoint().text + line("a.stranger"))
    assert opened(note, [KEY.verifier]) == [KEY.verifier]
    with pytest.raises(ProofError, match=r"of PeterNeumann, got example.org/syria, a.stranger"):
        opened(note, [VerifierKey.parse(PETER)])
    with pytest.raises(ProofError, match="expected a signature of a key, got no key"):
        opened(note, [])


def test_a_known_key_whose_signature_does_not_hold_spoils_the_note() -> None:
    peter = VerifierKey.parse(PETER)
    forged = Signature(peter.name, peter.id, bytes(64))
    note = Note.parse(checkpoint().text + forged.line)
    assert opened(note, [KEY.verifier]) == [KEY.verifier]
    with pytest.raises(ProofError, match="PeterNeumann does not hold"):
        opened(note, [KEY.verifier, peter])


def test_a_key_of_the_same_name_is_another_key() -> None:
    other = SigningKey.generate(KEY.name)
    with pytest.raises(ProofError, match="expected a signature"):
        opened(checkpoint(), [other.verifier])
    # The id of the true key over the signature of another.
    statement = Statement(KEY.name, 42, ROOT).text
    forged = Signature(KEY.name, KEY.verifier.id, other.sign(statement.encode()))
    with pytest.raises(ProofError, match="does not hold"):
        opened(Note(statement, (forged,)), [KEY.verifier])


def test_a_key_that_is_no_point_of_the_curve_verifies_nothing() -> None:
    nowhere = VerifierKey("a", b"\x02" + bytes(31))
    forged = Signature("a", nowhere.id, bytes(64))
    with pytest.raises(ProofError, match="does not hold"):
        opened(Note("text\n", (forged,)), [nowhere])


def test_every_bit_of_a_checkpoint_counts() -> None:
    """One bit flipped anywhere: it is no note any more, or no signature of the key holds."""
    good = checkpoint().text.encode()
    for at in range(8 * len(good)):
        forged = bytearray(good)
        forged[at // 8] ^= 1 << at % 8
        with pytest.raises(ProofError):
            opened(Note.parse(bytes(forged)), [KEY.verifier])
    print(f"{8 * len(good)} flipped bits, 0 accepted")  # noqa: T201


# ---- hostile notes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a text"),
        ("\n", "expected a text"),
        ("\n\n", "expected a text"),
        ("text\n", "expected a text"),
        ("text\n\n", "expected a text"),
        ("text\n" + line(), "expected a text"),
        ("\n\n" + line(), "expected a text"),
        ("text\n\n" + line()[:-1], "each with an end"),
        ("text\n\n" + line() + "more", "each with an end"),
        ("text\n\n" + line() + "more\n", "signature line"),
        ("text\n\n" + line().replace("—", "-"), "signature line"),
        ("text\n\n" + line().replace("— ", "—"), "signature line"),
        ("text\n\n" + line().replace("— ", "—  "), "signature line"),
        ("text\n\n" + line("a+b"), "signature line"),
        ("text\n\n" + line("a\u2003b"), "signature line"),
        ("text\n\n— a\n", "base64"),
        ("text\n\n— a \n", "base64"),
        ("text\n\n— a ====\n", "base64"),
        ("text\n\n— a YWJjZGU\n", "base64"),
        ("text\n\n— a YWJj ZGU=\n", "base64"),
        ("text\n\n— a YWJjZGV=\n", "base64"),  # bits that are thrown away are not zero
        ("text\n\n— a YWJjZA==\n", "key id of 4 bytes and a signature"),
        ("text\n\n— a ÄÖÜ=\n", "base64"),
        ("text\r\n\r\n" + line(), r"line 1: expected no control characters, got '\\r'"),
        ("text\n\n" + line().replace("\n", "\r\n"), r"line 3: .*'\\r'"),
        ("te\0xt\n\n" + line(), "control"),
        ("te\x1bxt\n\n" + line(), "control"),
        ("te\txt\n\n" + line(), "control"),
        ("\ud800\n\n" + line(), "UTF-8"),
        (b"\xff\n\n" + line().encode(), "UTF-8"),
        ("text\n\n" + line() + line(), "two of one"),
        ("text\n\n" + line() + line(data=bytes(4) + b"other"), "two of one"),
        ("text\n\n" + "".join(line(f"k{n}") for n in range(101)), "at most 100"),
        ("x" * LONGEST + "\n\n" + line(), f"at most {LONGEST} bytes"),
        ("text\n\n" + line(data=bytes(LONGEST)), f"at most {LONGEST} bytes"),
        ("\n" * (LONGEST + 1), f"at most {LONGEST} bytes"),
    ],
)
def test_what_is_no_note_is_refused(text: str | bytes, told: str) -> None:
    with pytest.raises(ProofError, match=told):
        Note.parse(text)


def test_as_many_signatures_as_the_specification_asks_are_read() -> None:
    note = Note.parse("text\n\n" + "".join(line(f"k{n}", bytes(5_000)) for n in range(16)))
    assert len(note.signatures) == 16


def test_a_text_may_have_empty_lines() -> None:
    text = "one\n\n— two x\n\n\n"
    assert Note.parse(f"{text}\n{line()}").body == text
    assert opened(signed(text, KEY), [KEY.verifier]) == [KEY.verifier]


@pytest.mark.parametrize("text", ["", "no end", "a\rb\n", "\ud800\n", "x" * LONGEST + "\n"])
def test_what_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(ProofError):
        signed(text, KEY)


_WORDS = st.sampled_from(
    ["\n", "\n\n", "— ", "a ", "AAAAAAAA", "=", "+", "1", "0", "\r", "é", "\0"]
)


@given(st.lists(_WORDS, max_size=12).map("".join) | st.text(max_size=60))
@example("text\n\n— a AAAAAAA=\n")
def test_a_text_is_refused_or_is_the_one_way_to_write_what_was_read(text: str) -> None:
    try:
        note = Note.parse(text)
    except ProofError:
        return
    assert note.text == text


# ---- hostile checkpoints ------------------------------------------------------------------------

GOOD_ROOT = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "lines for its origin"),
        ("a\n1\n", "lines for its origin"),
        (f"\n1\n{GOOD_ROOT}\n", "lines for its origin"),
        (f"a\n\n{GOOD_ROOT}\n", "lines for its origin"),
        (f"a\n1\n{GOOD_ROOT}", "lines for its origin"),
        (f"a\n1\n{GOOD_ROOT}\n\n", "lines for its origin"),
        (f"a\n1\n{GOOD_ROOT}\n\nmore\n", "lines for its origin"),
        (f" a\n1\n{GOOD_ROOT}\n", "origin"),
        (f"\u202ea\n1\n{GOOD_ROOT}\n", "origin"),
        (f"a\n01\n{GOOD_ROOT}\n", "size"),
        (f"a\n-1\n{GOOD_ROOT}\n", "size"),
        (f"a\n+1\n{GOOD_ROOT}\n", "size"),
        (f"a\n1.0\n{GOOD_ROOT}\n", "size"),
        (f"a\n1_0\n{GOOD_ROOT}\n", "size"),
        (f"a\n 1\n{GOOD_ROOT}\n", "size"),
        (f"a\n٤٢\n{GOOD_ROOT}\n", "size"),
        (f"a\n{2**63}\n{GOOD_ROOT}\n", "size"),
        (f"a\n{'9' * 100_000}\n{GOOD_ROOT}\n", "size"),
        (f"a\n1\n{GOOD_ROOT[:-1]}\n", "base64"),
        (f"a\n1\n{GOOD_ROOT} \n", "base64"),
        ("a\n1\nAAAA\n", "root: expected 32 bytes in base64, got 3"),
        (f"a\n0\n{GOOD_ROOT}\n", "empty tree"),
    ],
)
def test_what_is_no_checkpoint_is_refused(body: str, told: str) -> None:
    with pytest.raises(ProofError, match=told):
        Statement.parse(body)


@given(
    st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20),
    st.integers(1, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9), max_size=3),
)
def test_a_statement_reads_back(origin: str, size: int, root: bytes, more: list[str]) -> None:
    statement = Statement(origin, size, root, tuple(more))
    assert Statement.parse(statement.text) == statement


def test_the_empty_tree_can_be_vouched_for() -> None:
    assert Statement.parse(Statement("a", 0, EMPTY_ROOT).text).size == 0
