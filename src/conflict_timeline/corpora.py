"""The corpora that are shipped with the package."""

from __future__ import annotations

from pathlib import Path

from conflict_timeline.errors import UnknownNameError, shown
from conflict_timeline.names import nearest

__all__ = ["corpus"]

#: Where corpora lie: beside the modules in a wheel, at the root of the repository in a checkout.
_FOLDERS = (
    Path(__file__).resolve().parent / "fixtures",
    Path(__file__).resolve().parents[2] / "fixtures",
)


def corpus(name: str = "isis") -> list[Path]:
    """The event files of a shipped corpus, sorted.

    Args:
        name: ``"isis"``, five articles of 2016 to 2025 on the Islamic State in Syria and Iraq.

    Raises:
        UnknownNameError: if there is none of that name; it carries those that there are.
    """
    shipped = _shipped()
    # Looked up among what is there, never joined to a path: "../secrets" is just not there.
    if not isinstance(name, str) or name not in shipped:
        text = name if isinstance(name, str) else shown(name)
        raise UnknownNameError("corpus", text, nearest(text, shipped) or sorted(shipped)[:5])
    return shipped[name]


def _shipped() -> dict[str, list[Path]]:
    """The files of each corpus; one in the package comes before one of a checkout."""
    found: dict[str, list[Path]] = {}
    for folder in _FOLDERS:
        for child in sorted(folder.iterdir()) if folder.is_dir() else []:
            if files := sorted(child.glob("*.toml")):
                found.setdefault(child.name, files)
    return found
