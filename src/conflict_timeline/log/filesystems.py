"""Whether a file lies on a network file system, where SQLite's locks cannot be relied on.

See https://www.sqlite.org/lockingv3.html, "How To Corrupt Your Database Files", and
https://www.sqlite.org/useovernet.html. What cannot be told is taken as local.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path, PurePath

__all__ = ["NETWORK", "mounts_of_linux", "mounts_of_mac", "network_type", "type_at"]

#: Names under which Linux and macOS mount what lies on other machines.
NETWORK = frozenset({
    "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fhgfs", "glusterfs",
    "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
    "webdav",
    "fuse.beegfs", "fuse.ceph", "fuse.curlftpfs", "fuse.davfs", "fuse.davfs2", "fuse.gcsfuse",
    "fuse.glusterfs", "fuse.goofys", "fuse.juicefs", "fuse.moosefs", "fuse.rclone", "fuse.s3fs",
    "fuse.smbnetfs", "fuse.sshfs",
    "macfuse.sshfs", "osxfuse.sshfs",
})  # fmt: skip

_MOUNTINFO = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_DRIVE_REMOTE = 4  # of GetDriveTypeW


def network_type(path: str | os.PathLike[str]) -> str | None:
    """The kind of network file system a file lies on, or would if it were made; else None.

    Args:
        path: absolute; its folder is there.
    """
    real = os.path.realpath(path)
    if sys.platform == "win32":  # pragma: no cover - on Windows
        return _of_windows(real)
    found = type_at(real, _mounts())
    return found if found in NETWORK else None


def _mounts() -> list[tuple[str, str]]:
    try:
        if sys.platform == "darwin":  # pragma: no cover - on macOS
            told = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=10)
            return mounts_of_mac(told.stdout)
        return mounts_of_linux(_MOUNTINFO.read_text("utf-8", "surrogateescape"))
    except (OSError, subprocess.SubprocessError):
        return []


def mounts_of_linux(text: str) -> list[tuple[str, str]]:
    """Mount points and types, from ``/proc/self/mountinfo`` (see proc(5))."""
    found = []
    for line in text.splitlines():
        fields, _, rest = line.partition(" - ")
        parts, kind = fields.split(" "), rest.partition(" ")[0]
        if len(parts) > 4 and kind:
            point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), parts[4])
            found.append((point, kind))
    return found


def mounts_of_mac(text: str) -> list[tuple[str, str]]:
    """Mount points and types, from what ``mount`` prints: ``what on /where (type, ...)``."""
    matches = re.findall(r"^.*? on (/.*) \(([^,)]+)[^)]*\)$", text, re.MULTILINE)
    return [(point, kind) for point, kind in matches]


def type_at(path: str, mounts: list[tuple[str, str]]) -> str | None:
    """The type of the file system that holds a path: the longest mount point, the last of several.

    Args:
        path: without links in it.
        mounts: mount points and types in the order in which they were mounted.
    """
    held = [
        (len(PurePath(point).parts), number, kind)
        for number, (point, kind) in enumerate(mounts)
        if PurePath(path).is_relative_to(point)
    ]
    return max(held)[2] if held else None


def _of_windows(path: str) -> str | None:  # pragma: no cover - on Windows
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(path)[0]
        if drive.startswith("\\\\"):
            return "network share"
        if ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE:
            return "network drive"
    return None
