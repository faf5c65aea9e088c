"""The tables that there are, and one of them for a view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from conflict_timeline import __version__
from conflict_timeline.dates import OPEN_FUTURE, from_ordinal
from conflict_timeline.dates import day as civil_day
from conflict_timeline.errors import AxisError, CitationError, shown
from conflict_timeline.exporters import claims, records, states
from conflict_timeline.exporters.columns import Progress, Table, TableSpec
from conflict_timeline.timeline import View

__all__ = ["DISCLAIMER", "TABLES", "about", "table"]

#: What goes with every table: names and borders are claims, too.
DISCLAIMER = (
    "Names of places, groups and countries are labels as the sources or common usage have them, "
    "and no position on whose place it is. These are reports and what follows from them: that a "
    "claim is in a table does not mean that it is true."
)

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        states.CONTROL,
        states.SPANS,
        states.HEADCOUNTS,
        states.INCIDENTS,
        claims.CLAIMS,
        records.SOURCES,
        records.PLACES,
        records.ACTORS,
        records.MERGES,
    )
}


def table(
    name: str,
    view: View,
    *,
    day: Any = None,
    places: Iterable[str] | None = None,
    language: str = "en",
    progress: Progress = iter,
) -> Table:
    """A table of what a view says.

    Args:
        name: one of ``TABLES``.
        view: of a timeline; its axes are those of the table.
        day: the day that ``control`` and ``headcounts`` are of; of ``incidents``, those that may
            have begun by then. It is never today unless you say so.
        places: of ``control`` and ``control_spans``: ids or names; None is all that claims are of.
        language: of names.
        progress: wraps what the rows are made from, to show how far it got.

    Raises:
        AxisError, DateError: for a table, day or places that do not go together.
        UnknownNameError, AmbiguousNameError: for a place.

    Example:
        >>> import conflict_timeline as ct
        >>> tl = ct.open(":memory:")
        >>> positions = tl.load(ct.corpus("isis"))
        >>> raqqa = table("control", tl.view(), day="2017-10-19", places=["Raqqa"])
        >>> next(raqqa.dicts())["possible"]
        [['is', 'sdf'], ['sdf']]
    """
    spec = TABLES.get(name)
    if spec is None:
        raise AxisError(f"table: expected one of {', '.join(TABLES)}, got {shown(name)}")
    if day is None and spec.day == "required":
        raise AxisError(f"{name}: expected the day it is of, got none")
    if day is not None and spec.day == "none":
        raise AxisError(f"{name}: expected no day, as it is of all, got {shown(day)}")
    if places is not None and not spec.places:
        raise AxisError(f"{name}: expected no places, as it is of all")
    of = OPEN_FUTURE if day is None else civil_day(day).toordinal()
    chosen = None if places is None else list(dict.fromkeys(map(view.place, places)))

    def where() -> list[str]:
        return sorted(view.territory.claims) if chosen is None else chosen

    rows: dict[str, Callable[[], Iterator[Mapping[str, Any]]]] = {
        "control": lambda: states.control(view, of, where(), language, progress),
        "control_spans": lambda: states.spans(view, where(), language, progress),
        "headcounts": lambda: states.headcounts(view, of, language, progress),
        "incidents": lambda: states.incidents(view, of, language, progress),
        "claims": lambda: claims.claims(view, progress),
        "sources": lambda: records.sources(view, progress),
        "places": lambda: records.places(view, language, progress),
        "actors": lambda: records.actors(view, language, progress),
        "merges": lambda: records.merges(view, progress),
    }
    asked = {
        "day": None if day is None else civil_day(day).isoformat(),
        "places": chosen,
        "language": language,
    }
    return Table(spec, {"table": name, "title": spec.title, **asked, **about(view)}, rows[name])


def about(view: View) -> dict[str, Any]:
    """Which view it is: its axes, and what tells the log and the library from others."""
    spec = view.spec
    return {
        "known_by": None if spec.known_by is None else from_ordinal(spec.known_by).isoformat(),
        "at": spec.at,
        "position": view.position,
        "sources": None if spec.sources is None else sorted(spec.sources),
        "min_reliability": spec.min_reliability,
        "implied_within": view.implied_within,
        "stale_after": view.stale_after,
        "log": _identity(view),
        "library": f"conflict_timeline {__version__}",
        "disclaimer": DISCLAIMER,
    }


def _identity(view: View) -> str | None:
    """The identity of the log as citations give it; None where entries of it were left out."""
    try:
        return view.identity
    except CitationError:
        return None
