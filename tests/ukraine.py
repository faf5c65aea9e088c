"""The Ukrainian control data as a log: imported by mapping files, as a user would."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import conflict_timeline as ct
from conflict_timeline.importers import Report, import_events, read_mapped, read_mapping
from tests.shared_data import shared_data

__all__ = ["imported", "of_region"]

_MAPPINGS = Path(__file__).parent / "importers" / "mappings"


def imported(control: Path | None = None) -> tuple[ct.Timeline, Report, Report]:
    """A log of the places and of the control series, and the reports of both imports.

    Args:
        control: a part of the series; all of it, if none is given.
    """
    tl, reports = ct.open(":memory:"), []
    files = {
        "places-ukraine": shared_data("places-ukraine.csv.gz"),
        "control-ukraine": control or shared_data("control-ukraine.csv.gz"),
    }
    for name, path in files.items():
        mapping, report = read_mapping(_MAPPINGS / f"{name}.toml"), Report()
        import_events(tl, read_mapped(path, report, mapping=mapping), report)
        reports.append(report)
    return tl, *reports


def of_region(region: str, folder: Path) -> Path:
    """A table of the control series of a region, written to a folder."""
    path = folder / f"{region}.csv"
    with (
        gzip.open(shared_data("control-ukraine.csv.gz"), "rt", encoding="utf-8") as source,
        path.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, rows.fieldnames)
        writer.writeheader()
        writer.writerows(row for row in rows if row["region"].startswith(region))
    return path
