"""Finds reference data that lies beside the repository, in ``../shared/data``."""

from __future__ import annotations

from pathlib import Path

import pytest

__all__ = ["shared_data"]


def shared_data(name: str) -> Path:
    """The path of a shared data file.

    Skips the test where there is no shared folder at all (a checkout elsewhere); fails it where the
    folder is there and the file is not, so that a renamed file cannot pass unnoticed.
    """
    shared = Path(__file__).resolve().parents[1].parent / "shared"
    if not shared.is_dir():
        pytest.skip(f"no shared folder at {shared}")
    path = shared / "data" / name
    if not path.is_file():
        pytest.fail(f"{shared} is there, but {path} is not")
    return path
