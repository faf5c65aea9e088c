"""File systems on other machines are told, and no log is opened on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conflict_timeline.errors import LogError
from conflict_timeline.log import SQLiteLog, filesystems
from conflict_timeline.log.filesystems import (
    NETWORK,
    mounts_of_linux,
    mounts_of_mac,
    network_type,
    type_at,
)

LINUX = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 27 0:30 / /srv/share rw,relatime shared:5 master:2 - nfs4 server:/export rw,vers=4.2
31 27 0:31 / /srv/share/local rw - ext4 /dev/vdb rw
32 27 0:32 / /mnt/with\040space rw - cifs //server/share rw
33 27 0:33 / /home rw - fuse.sshfs me@host: rw
34 27 0:34 / /home rw - xfs /dev/vdc rw
broken
"""

MAC = """/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
//guest:@server._smb._tcp.local/Public on /Volumes/Public (smbfs, nodev, nosuid, mounted by me)
server:/export on /Volumes/with (odd) name (nfs)
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/tmp/log.db", "ext4"),
        ("/srv/share/log.db", "nfs4"),
        ("/srv/share/local/log.db", "ext4"),
        ("/srv/shared/log.db", "ext4"),
        ("/srv/share", "nfs4"),
        ("/mnt/with space/a/log.db", "cifs"),
        ("/home/me/log.db", "xfs"),
    ],
)
def test_the_longest_and_last_mount_counts(path: str, expected: str) -> None:
    assert type_at(path, mounts_of_linux(LINUX)) == expected


def test_no_mounts_tell_nothing() -> None:
    assert type_at("/tmp/log.db", []) is None
    assert mounts_of_linux("") == mounts_of_mac("") == []


def test_mounts_of_a_mac() -> None:
    mounts = mounts_of_mac(MAC)
    assert type_at("/Users/me/log.db", mounts) == "apfs"
    assert type_at("/Volumes/Public/log.db", mounts) == "smbfs"
    assert type_at("/Volumes/with (odd) name/log.db", mounts) == "nfs"


@pytest.mark.parametrize("kind", sorted(NETWORK))
def test_a_log_on_another_machine_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file = tmp_path / "log.db"
    SQLiteLog.open(file).close()
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(f"1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / {tmp_path} rw - {kind} b rw\n")
    monkeypatch.setattr(filesystems, "_MOUNTINFO", mountinfo)
    link = tmp_path.parent / f"{tmp_path.name}-link.db"
    link.symlink_to(file)
    try:
        for path in (file, tmp_path / "new.db", link):
            for readonly in (False, True):
                if path.exists() or not readonly:
                    with pytest.raises(LogError, match=rf"network file system \({kind}\)"):
                        SQLiteLog.open(path, readonly=readonly)
    finally:
        link.unlink()
    assert not (tmp_path / "new.db").exists()


def test_what_cannot_be_told_is_taken_as_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystems, "_MOUNTINFO", tmp_path / "none")
    assert network_type(tmp_path / "log.db") is None
    SQLiteLog.open(tmp_path / "log.db").close()


def test_a_disk_of_this_machine(tmp_path: Path) -> None:
    assert network_type(tmp_path / "log.db") is None
