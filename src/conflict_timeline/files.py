"""Reading a whole file that a user names: only a regular one, and of bounded size."""

from __future__ import annotations

import os
import stat

__all__ = ["read_file"]

# Without it, opening a named pipe waits for someone to write into it, for ever.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """The first bytes of a file, one more than ``most`` if it has them.

    Raises:
        OSError: if it is no regular file or cannot be read; its ``strerror`` says why.
        ValueError: if no file can have that path.
    """
    with open(path, "rb", opener=_at_once) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(None, "it is not a regular file", os.fspath(path))
        return file.read(most + 1)


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | _AT_ONCE)
