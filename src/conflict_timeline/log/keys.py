"""Keys that sign checkpoints: Ed25519, in the text form of signed notes.

A key has a name, by which a note says whose signature it bears, and an id: the first four bytes of
SHA-256 over the name, a line feed, 0x01 and the public key (https://c2sp.org/signed-note). As text
a verifier key is ``name+id+base64`` and a signing key ``PRIVATE+KEY+name+id+base64``, as Go's
``sumdb/note`` and the tools around it write them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from types import ModuleType
from typing import TYPE_CHECKING, Self

import attrs

from conflict_timeline.errors import MissingExtraError, ProofError, shown
from conflict_timeline.files import read_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519

__all__ = [
    "KEY_SIZE",
    "SigningKey",
    "VerifierKey",
    "from_base64",
    "is_key_name",
    "to_base64",
]

KEY_SIZE = 32

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_LONGEST_NAME = 200
_LONGEST = 1_000


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: visible characters, no white space, no plus sign."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and not (set(name) & set(" +"))


def to_base64(data: bytes) -> str:
    """Bytes as base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes that base64 stands for, which must be written as ``to_base64`` does.

    Raises:
        ProofError: if it is anything else; the same bytes never have two texts.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        data = b""
    if not data or to_base64(data) != text:
        raise ProofError(f"expected base64, got {shown(text)}")
    return data


def _check_name(_: object, __: object, name: str) -> None:
    if not is_key_name(name):
        raise ProofError(f"expected a key name without blanks and plus signs, got {shown(name)}")


def _check_size(_: object, __: object, data: bytes) -> None:
    if len(data) != KEY_SIZE:
        raise ProofError(f"expected a key of {KEY_SIZE} bytes, got {len(data)}")


@attrs.frozen
class VerifierKey:
    """What tells whether a signature is somebody's; everyone may know it.

    Attributes:
        name: of its owner.
        public: the Ed25519 public key.
    """

    name: str = attrs.field(validator=_check_name)
    public: bytes = attrs.field(validator=_check_size)

    @classmethod
    def parse(cls, text: object) -> Self:
        """The key that a text stands for.

        Raises:
            ProofError: if it is none, or was mistyped.
        """
        if isinstance(text, str) and text.startswith(_PRIVATE):
            raise ProofError("expected a verifier key, got a signing key: keep it to yourself")
        parts = _parts(text)
        if parts is None:
            raise ProofError(f"expected a verifier key, name+id+base64, got {shown(text)}")
        name, id_, public = parts
        key = cls(name, public)
        if key.id.hex() != id_:
            raise ProofError(f"{name}: expected a key id that fits: the text was mistyped")
        return key

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The key in a file.

        Raises:
            ProofError: if the file cannot be read, or holds no verifier key.
        """
        return cls.parse(_read(path))

    @property
    def id(self) -> bytes:
        """The four bytes by which signature lines name it, besides its name."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as text: ``name+id+base64``."""
        return f"{self.name}+{self.id.hex()}+{to_base64(_ED25519 + self.public)}"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether a signature of a message was made with the signing key that belongs to this.

        Raises:
            MissingExtraError: if ``cryptography`` is not installed.
        """
        from_public = _ed25519().Ed25519PublicKey.from_public_bytes
        from cryptography.exceptions import InvalidSignature

        try:
            from_public(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):  # or 32 bytes that are no point of the curve
            return False
        return True


@attrs.frozen
class SigningKey:
    """What signs checkpoints; whoever has it can sign as its owner.

    Attributes:
        name: of its owner.
        seed: the Ed25519 private key; it is not shown.
    """

    name: str = attrs.field(validator=_check_name)
    seed: bytes = attrs.field(validator=_check_size, repr=False)

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key, drawn from the randomness of the operating system.

        Args:
            name: whose it is; best a URL without its scheme, such as ``example.org/syria``, which
                nobody else will choose.

        Raises:
            ProofError: if no key may be called so.
        """
        return cls(name, secrets.token_bytes(KEY_SIZE))

    @classmethod
    def parse(cls, text: object) -> Self:
        """The key that a text stands for.

        Raises:
            ProofError: if it is none, or was mistyped; the message does not repeat it.
            MissingExtraError: if ``cryptography`` is not installed.
        """
        private = isinstance(text, str) and text.startswith(_PRIVATE)
        parts = _parts(text[len(_PRIVATE) :]) if isinstance(text, str) and private else None
        if parts is None:
            raise ProofError(f"expected a signing key, {_PRIVATE}name+id+base64")
        name, id_, seed = parts
        key = cls(name, seed)
        if key.verifier.id.hex() != id_:
            raise ProofError(f"{name}: expected a key id that fits: the text was mistyped")
        return key

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The key in a file.

        Raises:
            ProofError: if the file cannot be read, or holds no signing key.
            MissingExtraError: if ``cryptography`` is not installed.
        """
        return cls.parse(_read(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the key to a new file that only its owner may read.

        Raises:
            FileExistsError: if there is a file; a key that is overwritten is gone for good.
        """
        with open(path, "x", encoding="utf-8", opener=_privately) as file:
            file.write(f"{self.text}\n")

    @property
    def verifier(self) -> VerifierKey:
        """The key by which everyone can check what this one signed."""
        return VerifierKey(self.name, self._private().public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The key as text: ``PRIVATE+KEY+name+id+base64``."""
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{to_base64(_ED25519 + self.seed)}"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: 64 bytes, for one message always the same (RFC 8032)."""
        return self._private().sign(message)

    def _private(self) -> ed25519.Ed25519PrivateKey:
        key: ed25519.Ed25519PrivateKey
        key = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed)
        return key


def _ed25519() -> ModuleType:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError("signing, and checking signatures,", "archive") from error
    return ed25519


def _parts(text: object) -> tuple[str, str, bytes] | None:
    """Name, id and key of a text without its prefix; None if it is of another form."""
    parts = text.split("+", 2) if isinstance(text, str) and len(text) <= _LONGEST else []
    if len(parts) != 3 or not is_key_name(parts[0]):
        return None
    try:
        data = from_base64(parts[2])
    except ProofError:
        return None
    if len(data) != 1 + KEY_SIZE or data[:1] != _ED25519:
        return None
    return parts[0], parts[1], data[1:]


def _read(path: str | os.PathLike[str]) -> str:
    """The one line of a key file."""
    try:
        return read_file(path, _LONGEST).decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ProofError(f"{os.fspath(path)}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ProofError(f"{os.fspath(path)}: expected a key as text") from None


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
