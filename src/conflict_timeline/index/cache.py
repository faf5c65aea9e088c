"""The index beside the log, in a file that can be lost at any time.

It covers the log up to a position and is taken only where identity, position and root of the hash
tree are those of the log, and as many of its entries are erased. A file that is missing, stale,
damaged, from another version, or in a folder that cannot be written costs time, never correctness:
the head has a checksum that is looked at when it is opened, and each block of rows has one that is
looked at before a row of it is.

    magic, 8 bytes; length of the head, 8 bytes; CRC-32 of the head, 8 bytes; head, JSON;
    from the next multiple of 64 on: the columns of rows, and then whatever other columns the head
    names, each from a multiple of 64 on
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from conflict_timeline.index.rows import BLOCK, COLUMNS

__all__ = ["SUFFIX", "Saved", "discard", "load", "save"]

SUFFIX = "-index"
_MAGIC = b"CTLGIDX2"
_ALIGNED = 64


@attrs.frozen(eq=False)
class Saved:
    """What a file holds.

    Attributes:
        head: whatever is small, as plain values.
        columns: the columns of the rows, mapped from the file; what is written to them stays here.
        is_sound: whether a block of rows is as it was written.
        others: other columns, likewise.
        others_sound: whether they are as they were written, all of them.
    """

    head: dict[str, Any]
    columns: dict[str, npt.NDArray[Any]]
    is_sound: Callable[[int], bool]
    others: dict[str, npt.NDArray[Any]]
    others_sound: Callable[[], bool]


def _path(log: str) -> Path:
    return Path(log + SUFFIX)


def discard(log: str) -> None:
    """Removes the file beside a log, if there is one."""
    with contextlib.suppress(OSError):
        _path(log).unlink()


def save(
    log: str,
    head: dict[str, Any],
    columns: dict[str, npt.NDArray[Any]],
    others: dict[str, npt.NDArray[Any]],
) -> int:
    """Writes the file beside a log, all of it or nothing; what cannot be written is left.

    Args:
        log: the path of the log.
        head: whatever is small, as plain values.
        columns: the columns of the rows.
        others: other columns.

    Returns:
        How many bytes were written.
    """
    count = len(columns["place"])
    checks = [_check(columns, block) for block in range(-(-count // BLOCK))]
    layout = {name: [column.dtype.str, len(column)] for name, column in others.items()}
    own = {"rows": count, "checks": checks, "layout": COLUMNS}
    more = {"others": layout, "others_check": _sum(others.values())}
    text = json.dumps({**head, **own, **more}, separators=(",", ":")).encode()
    path = _path(log)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    size = 0
    try:
        with temporary.open("wb") as file:
            file.write(_MAGIC + len(text).to_bytes(8, "little"))
            file.write(zlib.crc32(text).to_bytes(8, "little") + text)
            every = [np.asarray(columns[name], dtype=kind) for name, kind in COLUMNS.items()]
            for column in [*every, *others.values()]:
                file.write(bytes(-file.tell() % _ALIGNED))
                file.write(np.ascontiguousarray(column).data)
            size = file.tell()
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return 0
    return size


def load(log: str) -> Saved | None:
    """What the file beside a log holds; None if there is none that can be read."""
    try:
        data = np.memmap(_path(log), dtype=np.uint8, mode="c")
        if bytes(data[:8]) != _MAGIC:
            return None
        length = int.from_bytes(bytes(data[8:16]), "little")
        text = bytes(data[24 : 24 + length])
        if zlib.crc32(text) != int.from_bytes(bytes(data[16:24]), "little"):
            return None
        head = json.loads(text)
        if head["layout"] != COLUMNS:
            return None
        found, at = [], 24 + length
        rows = [(kind, head["rows"]) for kind in COLUMNS.values()]
        for kind, count in [*rows, *head["others"].values()]:
            at += -at % _ALIGNED
            end = at + count * np.dtype(kind).itemsize
            if end > len(data):
                return None
            found.append(np.asarray(data[at:end]).view(kind))
            at = end
        columns = dict(zip(COLUMNS, found, strict=False))
        others = dict(zip(head["others"], found[len(COLUMNS) :], strict=True))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    checks = head["checks"]
    return Saved(
        head,
        columns,
        lambda block: _check(columns, block) == checks[block],
        others,
        lambda: _sum(others.values()) == head["others_check"],
    )


def _check(columns: dict[str, npt.NDArray[Any]], block: int) -> int:
    return _sum(column[block * BLOCK : (block + 1) * BLOCK] for column in columns.values())


def _sum(columns: Iterable[npt.NDArray[Any]]) -> int:
    found = 0
    for column in columns:
        found = zlib.crc32(np.ascontiguousarray(column).data, found)
    return found


def packed(texts: Iterable[str]) -> str:
    """Ids as one text: they have no blanks."""
    return " ".join(texts)


def unpacked(text: str) -> list[str]:
    """The ids in a text."""
    return text.split(" ") if text else []
