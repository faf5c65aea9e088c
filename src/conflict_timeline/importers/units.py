"""Administrative units as JSON: names in several scripts, aliases, P-codes, Wikidata, GeoNames.

The shape is Open Syria's (CC BY 4.0): a list of objects with ``id``, ``name`` by language,
``aliases``, ``centroid``, ``externalIds``, and the ids of the units that each lies in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from conflict_timeline.documents import Located
from conflict_timeline.errors import ConflictTimelineError, shown
from conflict_timeline.events import Event, Place
from conflict_timeline.importers.files import Moved, PathLike, bad_file, open_text
from conflict_timeline.importers.reports import Report, RowError

__all__ = ["read_units"]

_LARGEST = 200_000_000
#: The keys that name the unit around, the nearest first, and what a unit with it is.
_PARENTS = (
    ("subdistrictId", "community"),
    ("districtId", "subdistrict"),
    ("governorateId", "district"),
)


def read_units(
    path: PathLike, report: Report, *, kind: str | None = None, moved: Moved | None = None
) -> Iterator[Located | Event]:
    """The places of a list of administrative units.

    Args:
        path: the JSON, plain or packed.
        report: takes note of units and refusals; a unit's line is its number in the list.
        kind: what the units are; else it is told by what they lie in.
        moved: called with the number of bytes that were read on.

    Raises:
        InputError: if the file cannot be read, or is no list of objects.
    """
    file = os.fspath(path)
    with open_text(path, moved=moved) as stream:
        text = stream.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise bad_file(file, f"expected at most {_LARGEST:,} characters, got more")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_file(file, f"expected JSON: {error}") from None
    if not isinstance(found, list):
        raise bad_file(file, f"expected a list of units, got {shown(found, 40)}")
    for number, unit in enumerate(found, start=1):
        report.rows += 1
        try:
            yield Located(_place(unit, kind), file, number, f"unit {number}")
        except (RowError, ConflictTimelineError) as error:
            name = unit.get("id") if isinstance(unit, dict) else ""
            report.refuse(file, number, str(error), str(name))


def _place(unit: Any, kind: str | None) -> Place:
    if not isinstance(unit, dict):
        raise RowError(f"expected an object, got {shown(unit)}")
    parent, own = next(
        ((unit[key], what) for key, what in _PARENTS if unit.get(key)), (None, "governorate")
    )
    centroid, others = (_table(unit, key) for key in ("centroid", "externalIds"))
    geonames = others.get("geonames")
    if isinstance(geonames, str) and geonames.isdigit() and len(geonames) < 16:
        geonames = int(geonames)
    return Place(
        id=unit.get("id") or "",
        names=_names(unit),
        kind=kind or own,
        parent=parent,
        lat=centroid.get("latitude"),
        lon=centroid.get("longitude"),
        wikidata=others.get("wikidata"),
        geonames=geonames,
        pcode=others.get("ochaPcode"),
    )


def _table(unit: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = unit.get(key) or {}
    if not isinstance(found, dict):
        raise RowError(f"{key}: expected an object, got {shown(found)}")
    return found


def _names(unit: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names by language; the unit's own first, so that it is the one to show."""
    found: dict[str, list[str]] = {}
    for language, name in _table(unit, "name").items():
        found.setdefault(language, []).append(name)
    aliases = unit.get("aliases") or []
    if not isinstance(aliases, list):
        raise RowError(f"aliases: expected a list, got {shown(aliases)}")
    for alias in aliases:
        if not isinstance(alias, dict) or not isinstance(alias.get("language"), str):
            raise RowError(f"aliases: expected value and language, got {shown(alias)}")
        found.setdefault(alias["language"], []).append(alias.get("value") or "")
    return found
