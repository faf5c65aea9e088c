"""Upcasters: what turns a table written in an older version of a kind into the current one.

An upcaster is a pure function from table to table, keyed by kind and the version it reads. They are
applied one after the other until the current version is reached. The id of an event stays the hash
of the bytes as they were written, so an upcast event keeps its identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conflict_timeline.codec.wire import VERSION_KEY, VERSIONS
from conflict_timeline.errors import DecodeError, shown

__all__ = ["UPCASTERS", "upcast"]

Table = dict[str, Any]

UPCASTERS: dict[tuple[str, int], Callable[[Table], Table]] = {}


def upcast(
    kind: str,
    table: Mapping[str, Any],
    *,
    upcasters: Mapping[tuple[str, int], Callable[[Table], Table]] = UPCASTERS,
    versions: Mapping[str, int] = VERSIONS,
) -> Table:
    """The table in the current version of its kind, without the version key.

    Raises:
        DecodeError: if the version is none this library knows, or there is no way up from it.
    """
    result = dict(table)
    current = versions.get(kind, 1)
    version = result.pop(VERSION_KEY, 1)
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= current:
        raise DecodeError(f"expected a version of {kind} from 1 to {current}, got {shown(version)}")
    while version < current:
        step = upcasters.get((kind, version))
        if step is None:
            raise DecodeError(f"no upcaster leads from version {version} of {kind}")
        result = step(result)
        version += 1
    return result
