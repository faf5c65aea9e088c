"""Where a command writes bytes: standard output, a device, or a file that appears whole."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["output"]

# Replacing what a shell has opened would take it away from the shell.
_STANDARD_OUTPUT = (None, "-", "/dev/stdout")


@contextlib.contextmanager
def output(path: str | None) -> Iterator[BinaryIO]:
    """Where bytes go: standard output, or a file that appears whole when all is written.

    A pipe or a device is written to, and stays what it is.

    Args:
        path: of the file; None, "-" or "/dev/stdout" is standard output.

    Raises:
        OSError: if it cannot be written; it names the path as it was given.
    """
    if path in _STANDARD_OUTPUT:
        stream = sys.stdout.buffer
        yield stream
        stream.flush()
        return
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a pipe, /dev/null: nothing to put in its place
        with open(target, "wb") as file:
            yield file
        return
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced; else those of any new file."""
    with contextlib.suppress(OSError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
