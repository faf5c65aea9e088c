"""Files as they come: plain, gzipped or zipped, in several encodings, and never larger than said.

What an encoding is, is told by a byte-order mark or by whoever imports; else a text is UTF-8, or it
is refused. Sizes and ratios are bounded, so that a small file cannot fill memory or disk.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from conflict_timeline.errors import Fault, InputError, shown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Bounds", "bad_file", "check_zip", "open_text"]

PathLike = str | os.PathLike[str]
Moved = Callable[[int], None]

_TEXTS = (".csv", ".tsv", ".tab", ".txt")
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4096


class Bounds:
    """How much may come out of a file.

    Attributes:
        size: bytes when unpacked.
        ratio: unpacked to packed, once more than ``free`` bytes came out.
        entries: members of a ZIP archive.
    """

    size = 20_000_000_000
    ratio = 250
    free = 50_000_000
    entries = 5_000


def bad_file(file: PathLike, message: str, line: int | None = None) -> InputError:
    """The error of a file that cannot be read on."""
    return InputError([Fault(message, str(file), line)])


class _Bounded(io.RawIOBase):
    """Passes on what a stream gives, and refuses a file that unpacks to too much."""

    def __init__(self, stream: IO[bytes], file: str, packed: int | None) -> None:
        self._stream = stream
        self._file = file
        self._packed = packed
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._stream.read(len(view))
        except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
            raise bad_file(self._file, f"cannot be unpacked: {error}") from None
        view[: len(data)] = data
        self._given += len(data)
        if self._given > Bounds.size:
            raise bad_file(self._file, f"expected at most {Bounds.size:,} bytes, got more")
        if (
            self._packed is not None
            and self._given > Bounds.free
            and self._given > Bounds.ratio * self._packed
        ):
            raise bad_file(
                self._file,
                f"unpacks to more than {Bounds.ratio} times its size, as no table does: refused",
            )
        return len(data)


class _Counted(io.RawIOBase):
    """A file that tells how far it was read."""

    def __init__(self, stream: IO[bytes], moved: Moved) -> None:
        self._stream = stream
        self._moved = moved

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._moved(len(data))
        return len(data)


@contextmanager
def open_text(
    path: PathLike, *, encoding: str | None = None, moved: Moved | None = None
) -> Iterator[IO[str]]:
    """The text of a file, lines ended as they are.

    Args:
        path: of a text, gzipped or not, or of a ZIP archive with one text in it.
        encoding: if it is known; else a byte-order mark tells, and without one it is UTF-8.
        moved: called with the number of bytes that were read on.

    Raises:
        InputError: if it cannot be opened or unpacked.
    """
    file = os.fspath(path)
    try:
        raw: Any = open(path, "rb")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise bad_file(file, f"cannot be read: {reason}") from None
    with raw:
        packed: int | None = os.fstat(raw.fileno()).st_size
        magic = raw.read(4)
        raw.seek(0)
        source: Any = raw if moved is None else io.BufferedReader(_Counted(raw, moved))
        if magic[:2] == b"\x1f\x8b":
            source = gzip.GzipFile(fileobj=source, mode="rb")
        elif magic == b"PK\x03\x04":
            source = _only_text(raw, file)
        else:
            packed = None
        buffered: Any = io.BufferedReader(_Bounded(source, file, packed), _HEAD * 16)
        yield io.TextIOWrapper(buffered, _encoding(buffered, file, encoding), newline="")


def _only_text(raw: IO[bytes], file: str) -> IO[bytes]:
    """The one text of a ZIP archive."""
    try:
        archive = zipfile.ZipFile(raw)
    except zipfile.BadZipFile as error:
        raise bad_file(file, f"cannot be unpacked: {error}") from None
    check_zip(archive, file)
    names = [n for n in archive.namelist() if n.lower().endswith(_TEXTS) and n[:2] != "__"]
    if len(names) != 1:
        message = f"expected a ZIP archive with one text in it, got {len(names)}: unpack it first"
        raise bad_file(file, message)
    return archive.open(names[0])


def check_zip(archive: zipfile.ZipFile, file: PathLike) -> None:
    """Refuses an archive that would unpack to too much, or that names files elsewhere.

    Raises:
        InputError: for too many or too large members, an encrypted one, a path that leads out.
    """
    members = archive.infolist()
    if len(members) > Bounds.entries:
        raise bad_file(file, f"expected at most {Bounds.entries:,} members, got {len(members):,}")
    for member in members:
        name = member.filename
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise bad_file(file, f"has a member that leads out of it, {shown(name)}: refused")
        if member.flag_bits & 1:
            raise bad_file(file, f"has an encrypted member, {shown(name)}")
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > Bounds.size or (size > Bounds.free and size > Bounds.ratio * max(packed, 1)):
        message = f"unpacks from {packed:,} to {size:,} bytes, as no table does: refused"
        raise bad_file(file, message)


def _encoding(stream: io.BufferedReader, file: str, given: str | None) -> str:
    head = stream.peek(_HEAD)[:_HEAD]
    if given is not None:
        try:
            name = codecs.lookup(given).name
        except LookupError:
            raise bad_file(file, f"encoding: no encoding is known as {shown(given)}") from None
        return "utf-8-sig" if name == "utf-8" else name
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head.count(0) * 10 > len(head):  # a stray one is a matter of its row
        raise bad_file(
            file,
            "expected a text, got NUL bytes at its beginning; if it is UTF-16 without a "
            "byte-order mark, say encoding utf-16-le or utf-16-be",
        )
    return "utf-8"
