"""A disk in memory that SQLite writes to, that can fail, and that can lose its power.

It keeps every write, truncation, sync, creation and deletion in the order in which they came. So
the file system that a loss of power would have left at any moment can be made afterwards: what was
synced is there, and of what was not, anything, in any order, down to half a sector.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import apsw
import attrs

__all__ = [
    "SECTOR",
    "Acknowledged",
    "Change",
    "Disk",
    "Happening",
    "InPart",
    "Platter",
    "Sync",
    "disk_error",
]

_numbers = itertools.count()

#: What a disk writes at once, if it loses its power in between.
SECTOR = 512

# What SQLite's own VFS says of a disk on Unix.
_SECTOR_TOLD = 4096
_DEVICE = apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

# For these SQLite's own VFS syncs the folder with the first sync of the file.
_FOLDER_SYNCED = (
    apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
)


@attrs.frozen
class Change:
    """One thing done to a file or to the folder.

    Attributes:
        what: ``create``, ``delete``, ``write`` or ``truncate``.
        name: of the file.
        at: offset of a write, or size after a truncation.
        data: what was written.
    """

    what: str
    name: str
    at: int = 0
    data: bytes = b""


@attrs.frozen
class Sync:
    """A promise of the disk: what was done to this file before is there after a loss of power.

    Attributes:
        name: of the file; None for the folder alone.
        folder: whether the names in the folder are promised too.
    """

    name: str | None
    folder: bool


@attrs.frozen
class Acknowledged:
    """The store told its caller, by returning, that this much is recorded."""

    position: int


Happening = Change | Sync | Acknowledged


class Disk(apsw.VFS):
    """The files of one folder in memory, as an SQLite VFS.

    Args:
        files: what is on it to begin with, synced.

    Attributes:
        name: of the VFS.
        files: what a program sees, by name.
        history: all that happened, in order.
        before: called before each operation with its name; may raise to make it fail.
    """

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.name = f"disk-{next(_numbers)}"
        self.files: dict[str, bytearray] = {}
        self.history: list[Happening] = []
        self.before: Callable[[str], None] = lambda operation: None
        self._temporary = 0
        super().__init__(self.name, "")
        for name, data in (files or {}).items():
            self.done(Change("create", name))
            self.done(Change("write", name, 0, bytes(data)))
            self.history.append(Sync(name, folder=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.unregister()

    def acknowledge(self, position: int) -> None:
        """Notes that an append of this position returned."""
        self.history.append(Acknowledged(position))

    def done(self, change: Change) -> None:
        """Applies a change to what a program sees, and keeps it."""
        apply(self.files, change)
        self.history.append(change)

    # What SQLite calls.

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name.rpartition("/")[2]

    def xOpen(self, name: Any, flags: list[int]) -> File:  # noqa: N802
        if name is None:
            self._temporary += 1
            told = f"temporary-{self._temporary}"
        else:
            told = name if isinstance(name, str) else name.filename()
        self.before("open")
        new = told not in self.files
        if new:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise disk_error(apsw.SQLITE_CANTOPEN)
            self.done(Change("create", told))
        flags[1] = flags[0]
        return File(self, told, flags[0], folder=new and bool(flags[0] & _FOLDER_SYNCED))

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        self.before("delete")
        if name not in self.files:
            raise disk_error(apsw.SQLITE_IOERR_DELETE_NOENT)
        self.done(Change("delete", name))
        if syncdir:
            self.history.append(Sync(None, folder=True))

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        self.before("access")
        there = name in self.files
        return there and (flags != apsw.SQLITE_ACCESS_EXISTS or bool(self.files[name]))

    def xRandomness(self, count: int) -> bytes:  # noqa: N802
        return b"\x5a" * count

    def xSleep(self, microseconds: int) -> int:  # noqa: N802
        return microseconds

    def xCurrentTime(self) -> float:  # noqa: N802
        return 2_458_044.5


class File:
    """An open file of a ``Disk``."""

    def __init__(self, disk: Disk, name: str, flags: int, *, folder: bool) -> None:
        self._disk = disk
        self._name = name
        self._flags = flags
        self._folder = folder

    @property
    def _data(self) -> bytearray:
        return self._disk.files[self._name]

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.before("read")
        return bytes(self._data[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        try:
            self._disk.before("write")
        except InPart as part:
            self._disk.done(Change("write", self._name, offset, bytes(data[: len(data) // 2])))
            raise part.error from None
        self._disk.done(Change("write", self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.before("truncate")
        self._disk.done(Change("truncate", self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.before("sync")
        self._disk.history.append(Sync(self._name, self._folder))
        self._folder = False

    def xFileSize(self) -> int:  # noqa: N802
        self._disk.before("size")
        return len(self._data)

    def xClose(self) -> None:  # noqa: N802
        if self._flags & apsw.SQLITE_OPEN_DELETEONCLOSE:
            self._disk.done(Change("delete", self._name))

    def xLock(self, level: int) -> None:  # noqa: N802
        self._disk.before("lock")

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return _SECTOR_TOLD

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return _DEVICE

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return False


class InPart(Exception):  # noqa: N818 - a signal, not an error
    """Raised by ``Disk.before``: half of a write is done, and then it fails."""

    def __init__(self, error: apsw.Error) -> None:
        self.error = error


class Platter:
    """What a disk has promised to keep at one moment, and what it has only been told."""

    def __init__(self) -> None:
        self._kept: dict[str, bytearray] = {}  # by inode
        self._told: dict[str, list[Change]] = {}
        self._names: dict[str, str] = {}  # inode by name, as promised
        self._names_told: list[tuple[str, str | None]] = []
        self._seen: dict[str, str] = {}  # inode by name, as a program sees it
        self._inodes = 0

    @property
    def uncertain(self) -> bool:
        """Whether a loss of power may leave more than one thing."""
        return bool(self._names_told) or any(self._told.values())

    def take(self, happening: Happening) -> None:
        """Moves on by one happening."""
        if isinstance(happening, Sync):
            self._sync(happening)
        elif isinstance(happening, Change):
            self._change(happening)

    def _change(self, change: Change) -> None:
        if change.what == "create":
            self._inodes += 1
            inode = f"{change.name}#{self._inodes}"
            self._kept[inode], self._told[inode] = bytearray(), []
            self._seen[change.name] = inode
            self._names_told.append((change.name, inode))
        elif change.what == "delete":
            del self._seen[change.name]
            self._names_told.append((change.name, None))
        else:
            self._told[self._seen[change.name]].append(change)

    def _sync(self, sync: Sync) -> None:
        if sync.name is not None:
            inode = self._seen[sync.name]
            for change in self._told[inode]:
                _apply_to(self._kept[inode], change)
            self._told[inode] = []
        if sync.folder:
            self._name(self._names, self._names_told)
            self._names_told = []

    @staticmethod
    def _name(names: dict[str, str], changes: list[tuple[str, str | None]]) -> None:
        for name, inode in changes:
            if inode is None:
                names.pop(name, None)
            else:
                names[name] = inode

    def after_loss_of_power(self, rng: random.Random) -> dict[str, bytes]:
        """One of the things that a loss of power at this moment may leave, by file name."""
        fate = _Fate.drawn(rng)
        names = dict(self._names)
        self._name(names, [change for change in self._names_told if fate.keeps()])
        return {name: bytes(fate.of(self._kept[i], self._told[i])) for name, i in names.items()}


@attrs.frozen
class _Fate:
    """How much of what was not synced survives: nothing, all, the first of it, or any."""

    rng: random.Random
    share: float
    first_only: bool
    torn: bool
    garbage: bool

    @classmethod
    def drawn(cls, rng: random.Random) -> _Fate:
        share = rng.choice([0.0, 0.1, 0.5, 0.9, 1.0, rng.random()])
        return cls(rng, share, rng.random() < 0.3, rng.random() < 0.5, rng.random() < 0.5)

    def keeps(self) -> bool:
        return self.rng.random() < self.share

    def of(self, kept: bytearray, told: list[Change]) -> bytearray:
        """A file of which some pending changes took effect."""
        data = bytearray(kept)
        pieces = [piece for change in told for piece in _pieces(change)]
        end = round(len(pieces) * self.share) if self.first_only else len(pieces)
        for number, piece in enumerate(pieces):
            if (self.first_only and number < end) or (not self.first_only and self.keeps()):
                _apply_to(data, piece)
            elif number == end or self.keeps():
                self._partly(data, piece)
        return data

    def _partly(self, data: bytearray, piece: Change) -> None:
        """One end of a sector, or a file that grew by what was never written."""
        if piece.what != "write":
            return
        cut = self.rng.randrange(len(piece.data) + 1)
        if self.torn and self.rng.random() < 0.5:
            _apply_to(data, attrs.evolve(piece, data=piece.data[:cut]))
        elif self.torn:
            _apply_to(data, attrs.evolve(piece, at=piece.at + cut, data=piece.data[cut:]))
        elif piece.at >= len(data):
            grown = self.rng.randbytes(len(piece.data)) if self.garbage else bytes(len(piece.data))
            _apply_to(data, attrs.evolve(piece, data=grown))


def apply(files: dict[str, bytearray], change: Change) -> None:
    """Makes a change to files by name."""
    if change.what == "create":
        files[change.name] = bytearray()
    elif change.what == "delete":
        del files[change.name]
    else:
        _apply_to(files[change.name], change)


def _apply_to(data: bytearray, change: Change) -> None:
    if change.what == "truncate":
        del data[change.at :]
        data.extend(bytes(change.at - len(data)))
    elif change.data:
        data.extend(bytes(max(0, change.at - len(data))))
        data[change.at : change.at + len(change.data)] = change.data


def _pieces(change: Change) -> Iterator[Change]:
    """A change in the parts that a disk does at once."""
    if change.what != "write":
        yield change
        return
    start, end = change.at, change.at + len(change.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield attrs.evolve(change, at=start, data=change.data[start - change.at : stop - change.at])
        start = stop


def disk_error(code: int) -> apsw.Error:
    """What makes SQLite see a result code."""
    error = apsw.exception_for(code)
    error.extendedresult = code
    return error
