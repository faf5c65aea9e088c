"""Signed notes, and checkpoints as notes: text that can be printed, mailed and kept elsewhere.

A signed note (https://c2sp.org/signed-note) is text, an empty line, and a line for each signature:
an em dash, the name of the key, and base64 of the key's id and the signature. The text of a
checkpoint (https://c2sp.org/tlog-checkpoint) has a line for the origin, the size of the tree, and
its root in base64. What is read here may come from anyone, so it is taken strictly: there is one
way to write a note, and everything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

import attrs

from conflict_timeline.errors import ProofError, shown
from conflict_timeline.log.keys import SigningKey, VerifierKey, from_base64, is_key_name, to_base64
from conflict_timeline.log.merkle import EMPTY_ROOT, HASH_SIZE

__all__ = ["LONGEST", "Note", "Signature", "Statement", "opened", "signed", "signers"]

#: Sixteen signatures of the largest kind fit, and nothing hostile takes long.
LONGEST = 200_000

_MOST_SIGNATURES = 100
_DASH = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_LARGEST = 2**63 - 1


@attrs.frozen
class Signature:
    """One signature line of a note.

    Attributes:
        name: of the key.
        id: four bytes that tell it from other keys of that name.
        data: the signature itself.
    """

    name: str
    id: bytes
    data: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note."""
        return f"{_DASH}{self.name} {to_base64(self.id + self.data)}\n"


@attrs.frozen
class Note:
    """Text and the signatures under it.

    Attributes:
        body: the text, with the line feed at its end; it is what was signed.
        signatures: in their order; nothing is known of whether they hold.
    """

    body: str
    signatures: tuple[Signature, ...]

    @property
    def text(self) -> str:
        """The whole note."""
        return "\n".join([self.body, "".join(signature.line for signature in self.signatures)])

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """The note that a text is.

        Raises:
            ProofError: if it is none; the message says where.
        """
        note = _plain(text)
        body, gap, lines = note.rpartition("\n\n")
        if not gap or not lines.endswith("\n") or not body:
            raise ProofError(
                "expected a text, an empty line, and signature lines, each with an end"
            )
        if lines.count("\n") > _MOST_SIGNATURES:
            raise ProofError(f"expected at most {_MOST_SIGNATURES} signature lines")
        found = tuple(_signature(line) for line in lines[:-1].split("\n"))
        if len({(signature.name, signature.id) for signature in found}) < len(found):
            raise ProofError("expected one signature of each key, got two of one")
        return cls(body + "\n", found)


def _plain(text: str | bytes) -> str:
    try:
        data = text.encode("utf-8") if isinstance(text, str) else text
        if len(data) > LONGEST:
            raise ProofError(f"expected a note of at most {LONGEST} bytes, got {len(data)}")
        note = data.decode("utf-8")
    except UnicodeError:
        raise ProofError("expected a note in UTF-8") from None
    control = _CONTROL.search(note)
    if control:
        line = note.count("\n", 0, control.start()) + 1
        raise ProofError(
            f"line {line}: expected no control characters, got {control[0]!a}: "
            "a note is kept byte for byte"
        )
    return note


def _signature(line: str) -> Signature:
    dash, name, encoded = line[:2], *line[2:].partition(" ")[::2]
    if dash != _DASH or not is_key_name(name):
        raise ProofError(f"expected a signature line, dash, name and base64, got {shown(line)}")
    data = from_base64(encoded)
    if len(data) <= 4:
        raise ProofError(f"{name}: expected a key id of 4 bytes and a signature in base64")
    return Signature(name, data[:4], data[4:])


def signed(body: str, key: SigningKey) -> Note:
    """A text with a signature.

    Raises:
        ProofError: if the text cannot be that of a note.
    """
    if _plain(body)[-1:] != "\n":
        raise ProofError("expected a text that ends with a line feed")
    signature = Signature(key.name, key.verifier.id, key.sign(body.encode("utf-8")))
    return Note.parse(Note(body, (signature,)).text)  # what we write, we can read


def signers(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Those of some keys whose signatures a note bears; signatures of other keys do not count.

    Raises:
        ProofError: if a signature that names one of the keys is not that key's.
    """
    by_name = {(key.name, key.id): key for key in keys}
    found = []
    for signature in note.signatures:
        key = by_name.get((signature.name, signature.id))
        if key is None:
            continue
        if not key.verifies(signature.data, note.body.encode("utf-8")):
            raise ProofError(f"the signature of {key.name} does not hold: the note was altered")
        found.append(key)
    return found


def opened(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Those of some keys whose signatures a note bears: at least one.

    Raises:
        ProofError: if a signature that names one of the keys is not that key's, or if there is none
            of any of them.
    """
    known = list(keys)
    found = signers(note, known)
    if not found:
        names = ", ".join(sorted({key.name for key in known}))
        theirs = ", ".join(dict.fromkeys(signature.name for signature in note.signatures))
        raise ProofError(f"expected a signature of {names or 'a key, got no key'}, got {theirs}")
    return found


@attrs.frozen
class Statement:
    """What a checkpoint says: the tree of that origin, at that size, has that root.

    Attributes:
        origin: whose log it is; by custom the name of the key that signs.
        size: number of entries.
        root: of the hash tree over them, 32 bytes.
        more: further lines, which mean nothing here.
    """

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text to be signed."""
        return "\n".join([self.origin, str(self.size), to_base64(self.root), *self.more, ""])

    @classmethod
    def parse(cls, body: str) -> Self:
        """The statement that the text of a note makes.

        Raises:
            ProofError: if it is not the text of a checkpoint.
        """
        lines = body.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise ProofError("expected a checkpoint: lines for its origin, size and root")
        origin, size, root, *more = lines[:-1]
        if not origin.isprintable() or origin != origin.strip():
            raise ProofError(f"origin: expected visible characters, got {shown(origin)}")
        if not _SIZE.fullmatch(size) or int(size) > _LARGEST:
            raise ProofError(f"size: expected a whole number, got {shown(size)}")
        data = from_base64(root)
        if len(data) != HASH_SIZE:
            raise ProofError(f"root: expected {HASH_SIZE} bytes in base64, got {len(data)}")
        if int(size) == 0 and data != EMPTY_ROOT:
            raise ProofError("root: expected that of the empty tree, as the size is 0")
        return cls(origin, int(size), data, tuple(more))
