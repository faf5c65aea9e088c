"""The Ukrainian control data as events: which source asserted that who held which place."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import conflict_timeline as ct

__all__ = ["control_events"]

#: Who holds what lies inside the areas of each layer; the other layers tell of no holder.
HOLDERS = {
    "deepstate": "russia",
    "isw_control_map": "russia",
    "isw_assessed_control": "russia",
    "russia_claimed_control": "russia",
    "ukraine_claimed_counteroffensive": "ukraine",
}


def control_events(control: Path, places: Path, region: str | None = None) -> Iterator[ct.Event]:
    """A log of the control series.

    Args:
        control, places: the files.
        region: only places of a region whose name begins so.
    """
    for actor in ("russia", "ukraine"):
        yield ct.Actor(id=actor, names={"en": [actor.title()]}, kind="state")
    for layer in HOLDERS:
        yield ct.Source(id=layer, title=layer.replace("_", " "), publisher=layer.split("_")[0])
    rows = [
        row
        for row in _rows(control)
        if row["layer"] in HOLDERS
        and row["date"] < "2100"
        and (region is None or row["region"].startswith(region))
    ]
    named = {_key(row): row for row in _rows(places)}
    label = {_key(row): row["name"].title() for row in rows}
    for key in sorted(label):
        found = named.get(key)
        at = {} if found is None else {"lat": float(found["lat"]), "lon": float(found["lon"])}
        yield ct.Place(id=key, names={"en": [label[key]]}, kind="place", **at)
    held: set[tuple[str, str]] = set()
    for row in sorted(rows, key=lambda row: (row["date"], row["inside"])):
        place, holder, day = _key(row), HOLDERS[row["layer"]], row["date"]
        said = {
            "source": row["layer"],
            "place": place,
            "when": day,
            "known": row["known"][:10] or day,
        }
        if row["inside"] == "1":
            held.add((row["layer"], place))
            yield ct.ControlObserved(holders=[holder], **said)
        elif (row["layer"], place) in held:  # no more asserted: taken by whom is not said
            held.discard((row["layer"], place))
            yield ct.ControlChanged(from_=holder, **said)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _key(row: dict[str, str]) -> str:
    """An id of a place: its name and region, as the control table has no other for each."""
    return re.sub(r"[^a-z0-9]+", "-", f"{row['name']} {row['region']}".lower()).strip("-")
