"""Mapping files: TOML that says how the columns of a table become records and events.

A field is given as a constant, or as a table with ``column`` or ``text``, which says where in a row
it stands and how it is written there. Every fault is told with its line and key.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from conflict_timeline.errors import Fault, InputError, UnknownNameError
from conflict_timeline.importers.files import PathLike
from conflict_timeline.importers.mapping import TableMapping
from conflict_timeline.importers.mapping_checks import Checker
from conflict_timeline.names import nearest
from conflict_timeline.toml_lines import scan

__all__ = ["mappings", "read_mapping", "template"]

_SHIPPED = Path(__file__).resolve().parent / "mappings"
_LARGEST = 5_000_000


def mappings() -> list[str]:
    """The names of the mapping files that are shipped with the package."""
    return sorted(file.stem for file in _SHIPPED.glob("*.toml"))


def template() -> str:
    """A mapping file to fill in, with what each key means."""
    return (_SHIPPED / "template.toml").read_text("utf-8")


def read_mapping(path: PathLike) -> TableMapping:
    """Reads and checks a mapping file.

    Args:
        path: of a file; or the name of a shipped one, as ``mappings`` gives it.

    Raises:
        InputError: with every fault, by line and key.
        UnknownNameError: for a name that is no file, and not shipped.
    """
    name = str(path)
    file = Path(path)
    if name in mappings():
        file = _SHIPPED / f"{name}.toml"
    elif not file.suffix and not file.exists():
        raise UnknownNameError("mapping", name, nearest(name, mappings()) or mappings())
    try:
        data = file.read_bytes()[: _LARGEST + 1]
        if len(data) > _LARGEST:
            raise InputError([Fault(f"expected at most {_LARGEST:,} bytes, got more", name)])
        text = data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except OSError as error:
        raise InputError([Fault(f"cannot be read: {error.strerror or error}", name)]) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([Fault("expected UTF-8, got a byte that is not", name, line)]) from None
    lines = scan(text, name)
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise InputError([Fault(f"not TOML: {error}", name)]) from None
    return Checker(name, lines).checked(content)
