"""UCDP GED (Georeferenced Event Dataset): one incident a row; also as HDX gives it.

Column names and codes: Högbladh, UCDP GED Codebook version 19.1 (Uppsala University, 2019).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import pendulum

from conflict_timeline.dates import When
from conflict_timeline.documents import Located
from conflict_timeline.errors import shown
from conflict_timeline.events import Actor, Event, Incident, Place, Source
from conflict_timeline.importers.cells import civil_day, coordinate, exactly, identity, whole
from conflict_timeline.importers.files import Moved, PathLike
from conflict_timeline.importers.reports import Report, RowError
from conflict_timeline.importers.tables import Row, Shape, read_rows, read_table
from conflict_timeline.quantities import Quantity

__all__ = ["KNOWN_FROM", "read_ged"]

#: What the known day of a row goes by: the references it rests on, or the data set's release.
KNOWN_FROM = ("references", "release")

_WHERE = (
    *("country", "country_id", "adm_1", "adm_2"),
    *("where_prec", "where_coordinates", "latitude", "longitude"),
)
_NEEDED = (
    *("id", "type_of_violence", "number_of_sources", "source_article", "source_original"),
    *("side_a_new_id", "side_a", "side_b_new_id", "side_b"),
    *_WHERE,
    *("date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "low", "best", "high"),
)

#: type_of_violence: state-based, non-state, one-sided.
_KINDS = {1: "battle", 2: "battle", 3: "attack"}
#: where_prec of places that are no administrative unit: what they are called, and their kind.
_SPOTS = {
    1: ("{}", "point"),
    2: ("{} (within 25 km)", "within 25 km"),
    5: ("{} (fuzzy)", "line or fuzzy area"),
    7: ("{} (sea or air)", "sea or air"),
}
_CIVILIANS = "Civilians"
#: Without a release date, a reference later than this after the event is taken for a slip.
_LATE = timedelta(days=30 * 366)

_BETWEEN = re.compile(r'"\s*;\s*"')
_REFERENCE = re.compile(r"(.*?),\s*([0-9]{4}-[0-9]{2}-[0-9]{2}),.*", re.DOTALL)


def read_ged(
    path: PathLike,
    report: Report,
    *,
    source: Source,
    known_from: str = "references",
    encoding: str | None = None,
    moved: Moved | None = None,
) -> Iterator[Located | Event]:
    """The events of a GED table: places and actors as they are met, one Incident a row.

    When a row was known is bounded by its references: from the first plausible one's date, to the
    last one's, but not before the event ended. A row without a plausible one can have been known
    from its beginning on, and was when the data set came out. See docs/explanation/decisions.md.

    Args:
        path: the CSV, plain, gzipped or zipped.
        report: takes note of rows, refusals, and references that were not believed.
        source: the data set's own record; ``published`` is the day of its release.
        known_from: one of ``KNOWN_FROM``.
        encoding: of the file, if it is not UTF-8.
        moved: called with the number of bytes that were read on.

    Raises:
        InputError: if the file cannot be read, or has not GED's columns.
    """
    reader = _Reader(source, known_from, report)
    shape = Shape(encoding=encoding, fold=True)
    yield source
    rows = read_table(path, report, needed=_NEEDED, shape=shape, moved=moved)
    yield from read_rows(rows, reader.events, report, named="id")


class _Reader:
    def __init__(self, source: Source, known_from: str, report: Report) -> None:
        self._source = source
        self._from_release = known_from == "release"
        self._report = report
        self._met: set[str] = set()
        self._seen: dict[tuple[str, ...], list[Place]] = {}

    def events(self, row: Row) -> Iterator[Located | Event]:
        """The records that the row is the first to name, and its incident."""
        number = whole(row.cells["id"], "id")
        violence = whole(row.cells["type_of_violence"], "type_of_violence")
        if number is None:
            raise RowError("id: expected a number, got an empty cell")
        if violence is None or violence not in _KINDS:
            raise RowError(f"type_of_violence: expected 1, 2 or 3, got {shown(violence)}")
        start, end = (civil_day(row.cells[c], c) for c in ("date_start", "date_end"))
        released = self._source.published
        if released is not None and released.latest is not None and start > released.latest:
            raise RowError(f"date_start: expected no day after the release, got {start}")
        precision = whole(row.cells["date_prec"], "date_prec")
        if precision is None or precision not in range(1, 6):
            raise RowError(f"date_prec: expected 1 to 5, got {shown(precision)}")
        deaths = Quantity(*(self._count(row, column) for column in ("low", "best", "high")))
        places = self._places(row)
        sides = [side for side in (_side(row, "a"), _side(row, "b")) if side is not None]
        named: tuple[Place | Actor, ...] = (*places, *sides)
        incident = Incident(
            kind=_KINDS[violence],
            when=exactly(start) if start == end else _window(start, end, precision),
            place=places[-1].id,
            parties=[side.id for side in sides],
            fatalities=self._fatalities(row),
            deaths=deaths,
            occurrence=f"ucdp-{number}",
            source=self._source.id,
            claimant=" ".join(row.text("source_original").split()) or None,
            known=None if self._from_release else self._known(row, start, end),
            note=_note(row, number, violence, precision),
        )
        if deaths.disordered:
            self._report.note("deaths that break low <= best <= high: kept, their hull counts")
        yield from (record for record in named if record.id not in self._met)
        self._met |= {record.id for record in named}
        yield Located(incident, row.file, row.line, f"event {number}")

    def _count(self, row: Row, column: str) -> int | None:
        number = whole(row.cells[column], column)
        if number is not None and number < 0:
            raise RowError(f"{column}: expected a count of 0 or more, got {number}")
        return number

    def _fatalities(self, row: Row) -> dict[str, Quantity]:
        found: dict[str, Quantity] = {}
        for letter in "ab":
            side, dead = _side(row, letter), self._count(row, f"deaths_{letter}")
            # Deaths of a side that is "Civilians" are counted among deaths_civilians already.
            if side is not None and dead is not None:
                found[side.id] = Quantity(best=dead)
        for word in ("civilians", "unknown"):
            if (dead := self._count(row, f"deaths_{word}")) is not None:
                found[word] = Quantity(best=dead)
        return found

    def _places(self, row: Row) -> list[Place]:
        """The place of the row with all that it lies in, the widest first."""
        key = tuple(row.text(column) for column in _WHERE)
        if key not in self._seen:
            self._seen[key] = self._read_places(row)
        return self._seen[key]

    def _read_places(self, row: Row) -> list[Place]:
        code, country = whole(row.cells["country_id"], "country_id"), row.text("country")
        precision = whole(row.cells["where_prec"], "where_prec")
        if code is None or not country:
            raise RowError("country, country_id: expected a country, got an empty cell")
        if precision is None or precision not in range(1, 8):
            raise RowError(f"where_prec: expected 1 to 7, got {shown(precision)}")
        found = [Place(id=f"ged-{code}", names={"en": [country]}, kind="country")]
        units = [" ".join(row.text(column).split()) for column in ("adm_1", "adm_2")]
        for level, unit in enumerate(units, start=1):
            if unit:
                within = units[: level - 1]
                own = identity(f"ged-{code}", unit, f"adm{level}", *within)
                names = {"en": [unit]}
                found.append(Place(id=own, names=names, kind=f"adm{level}", parent=found[-1].id))
        name = " ".join(row.text("where_coordinates").split())
        names_of = {3: units[1], 4: units[0], 6: " ".join(country.split())}
        if precision in names_of and name in ("", names_of[precision]):
            depth = {3: 2, 4: 1, 6: 0}[precision]
            return found[: 1 + sum(1 for unit in units[:depth] if unit)]
        if not name:
            raise RowError("where_coordinates: expected the name of a place, got an empty cell")
        text, kind = _SPOTS.get(precision, ("{}", f"where_prec {precision}"))
        lat, lon = (coordinate(row.cells[c], c) for c in ("latitude", "longitude"))
        own = identity(f"ged-{code}", name, kind, *units, lat, lon)
        names = {"en": [text.format(name)]}
        found.append(Place(id=own, names=names, kind=kind, parent=found[-1].id, lat=lat, lon=lon))
        return found

    def _known(self, row: Row, start: pendulum.Date, end: pendulum.Date) -> When:
        """Between which days a reader can have come to know what the row says."""
        released = self._source.published
        limit = released.latest if released is not None else None
        believed = []
        for text in _references(row.text("source_article")):
            if (reference := self._dated(text, start, end, limit)) is not None:
                believed.append(reference)
        if not believed:
            self._report.note("rows without a dated reference: known by the release at the latest")
            return When(start, limit)
        last = max(*believed, end)
        return exactly(last) if min(believed) == last else When(min(believed), last)

    def _dated(
        self, text: str, start: pendulum.Date, end: pendulum.Date, limit: pendulum.Date | None
    ) -> pendulum.Date | None:
        """The date of a reference, if it can be that of a report on the event."""
        told = _REFERENCE.fullmatch(text)
        if told is None:
            self._report.note("references without a date that can be told: not believed")
            return None
        try:
            found = civil_day(told[2], "source_article")
        except RowError:
            self._report.note("references whose date is none: not believed")
            return None
        if found < start:
            self._report.note("references dated before the event: not believed")
        elif limit is not None and found > limit:
            self._report.note("references dated after the release: not believed")
        elif limit is None and found - end > _LATE:
            self._report.note("references dated 30 years after the event or later: not believed")
        else:
            return found
        return None


def _side(row: Row, letter: str) -> Actor | None:
    """The actor of a side; civilians are none."""
    return _actor(row.text(f"side_{letter}"), row.text(f"side_{letter}_new_id"), letter)


@lru_cache(maxsize=4_096)
def _actor(name: str, own: str, letter: str) -> Actor | None:
    name = " ".join(name.split())
    number = whole(own, f"side_{letter}_new_id")
    if not name or number is None:
        raise RowError(f"side_{letter}: expected a name and an id, got {shown(name)}")
    if name == _CIVILIANS:
        return None
    kind = "state" if name.startswith("Government of ") else "non-state"
    return Actor(id=f"ucdp-{number}", names={"en": [name]}, kind=kind)


def _window(start: pendulum.Date, end: pendulum.Date, precision: int) -> When:
    if end < start:
        raise RowError(f"date_end: expected no day before {start}, got {end}")
    return When(start, end, rule=f"ged-date-prec-{precision}/1")


def _references(articles: str) -> list[str]:
    """The references of source_article: ``"Office,YYYY-MM-DD,Headline";"..."``."""
    return [text for part in _BETWEEN.split(articles) if (text := part.strip().strip('"'))]


def _note(row: Row, number: int, violence: int, precision: int) -> str:
    counted = whole(row.cells["number_of_sources"], "number_of_sources")
    parts = [
        f"UCDP GED {number}",
        f"type_of_violence {violence}",
        f"where_prec {row.text('where_prec').partition('.')[0]}",
        f"date_prec {precision}",
        f"event_clarity {row.text('event_clarity').partition('.')[0] or 'not given'}",
        "number of sources not recorded" if counted in (-1, None) else f"{counted} sources",
    ]
    references = "; ".join(
        " ".join(text.split()) for text in _references(row.text("source_article"))
    )
    told = ", ".join(parts)
    return f"{told}: {references}" if references else told
