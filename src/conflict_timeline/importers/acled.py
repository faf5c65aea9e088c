"""ACLED (Armed Conflict Location & Event Data): territory verbs as control, the rest as incidents.

Column names and codes: ACLED Codebook (2023), and those of its older exports, whose event types
told of territory themselves ("Battle-Government regains territory").
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache

import attrs
import pendulum

from conflict_timeline.dates import When
from conflict_timeline.documents import Located
from conflict_timeline.errors import shown
from conflict_timeline.events import Actor, Claim, ControlChanged, Event, Incident, Place, Source
from conflict_timeline.importers.cells import coordinate, exactly, identity, utc_day, whole
from conflict_timeline.importers.files import Moved, PathLike
from conflict_timeline.importers.reports import Report, RowError
from conflict_timeline.importers.tables import Row, Shape, read_rows, read_table
from conflict_timeline.importers.values import Style, evaluate
from conflict_timeline.quantities import Quantity

__all__ = ["read_acled"]

_NEEDED = (
    *("event_id_cnty", "event_date", "time_precision", "event_type", "actor1", "actor2"),
    *("inter1", "inter2", "country", "admin1", "location", "latitude", "longitude"),
    *("geo_precision", "source", "fatalities"),
)

#: Sub-events, or event types of older exports, that tell of territory, and who took it.
_GOVERNMENT, _NON_STATE, _TRANSFER = "government", "non-state", "transfer"
_TERRITORY = {
    "government regains territory": _GOVERNMENT,
    "battle-government regains territory": _GOVERNMENT,
    "non-state actor overtakes territory": _NON_STATE,
    "battle-non-state actor overtakes territory": _NON_STATE,
    "non-violent transfer of territory": _TRANSFER,
}
#: The kind of an incident, by sub-event or else by event type.
_KINDS = {
    "air/drone strike": "air_strike",
    "arrests": "arrest",
    "agreement": "announcement",
    "headquarters or base established": "movement",
    "battles": "battle",
    "battle-no change of territory": "battle",
    "battle-government regains territory": "battle",
    "battle-non-state actor overtakes territory": "battle",
    "explosions/remote violence": "attack",
    "remote violence": "attack",
    "violence against civilians": "attack",
    "protests": "other",
    "riots": "other",
    "riots/protests": "other",
    "strategic developments": "other",
    "strategic development": "other",
}
_STATE = ("1", "state forces")
_CIVILIANS = ("7", "civilians")
#: Dates as ACLED writes them, now and before.
_DATES = ("edtf", "d month y", "d-month-y")


@attrs.frozen
class _Side:
    actor: Actor | None
    state: bool


def read_acled(
    path: PathLike,
    report: Report,
    *,
    source: Source,
    dates: str | None = None,
    encoding: str | None = None,
    moved: Moved | None = None,
) -> Iterator[Located | Event]:
    """The events of an ACLED export: places and actors as they are met, one or two claims a row.

    A row is overwritten when ACLED learns more, and ``timestamp`` is the day of its last change. So
    it says by when a row was known as it is, at the latest, and nothing of when it became so: in a
    view on an earlier day the record cannot say.

    Args:
        path: the CSV, plain, gzipped or zipped.
        report: takes note of rows, refusals, and takers that could not be told.
        source: the export's own record; ``published`` is the day of download.
        dates: how event_date is written, as for ``Style.dates``; else ISO 8601, "d month y" or
            "d-month-y", whichever a row's date fits.
        encoding: of the file, if it is not UTF-8.
        moved: called with the number of bytes that were read on.

    Raises:
        InputError: if the file cannot be read, or has not ACLED's columns.
    """
    reader = _Reader(source, dates, report)
    shape = Shape(encoding=encoding, fold=True)
    yield source
    rows = read_table(path, report, needed=_NEEDED, shape=shape, moved=moved)
    yield from read_rows(rows, reader.events, report, named="event_id_cnty")


class _Reader:
    def __init__(self, source: Source, dates: str | None, report: Report) -> None:
        self._source = source
        self._dates = _DATES if dates is None else (dates,)
        self._report = report
        self._met: set[str] = set()

    def events(self, row: Row) -> Iterator[Located | Event]:
        """The records that the row is the first to name, and its claims."""
        number = row.text("event_id_cnty")
        if not number:
            raise RowError("event_id_cnty: expected an id, got an empty cell")
        when = self._when(row)
        places = _places(row)
        sides = [_side(row.text(f"actor{n}"), row.text(f"inter{n}").lower()) for n in (1, 2)]
        shared = {
            "when": when,
            "place": places[-1].id,
            "source": self._source.id,
            "occurrence": identity("acled", number),
            "claimant": " ".join(row.text("source").split()) or None,
            "known": self._known(row, when),
            "note": _note(row, number),
        }
        claims = list(self._claims(row, sides, shared))
        actors = [side.actor for side in sides if side.actor is not None]
        named: tuple[Place | Actor, ...] = (*places, *actors)
        yield from (record for record in named if record.id not in self._met)
        self._met |= {record.id for record in named}
        for claim in claims:
            yield Located(claim, row.file, row.line, f"event {number}")

    def _claims(
        self, row: Row, sides: list[_Side], shared: Mapping[str, object]
    ) -> Iterator[Claim]:
        event, sub = (row.text(column).lower() for column in ("event_type", "sub_event_type"))
        verb = _TERRITORY.get(sub) or _TERRITORY.get(event)
        changed = None
        if verb is not None:
            changed = _taken(verb, sides)
            if changed is None:
                self._report.note("territory verbs whose taker the columns do not tell: incidents")
            else:
                to, from_ = changed
                yield ControlChanged(to=to, from_=from_, **shared)  # type: ignore[arg-type]
        if verb == _TRANSFER and changed is not None:
            return
        kind = _KINDS.get(sub) or _KINDS.get(event) or ("movement" if verb == _TRANSFER else None)
        if kind is None:
            raise RowError(
                f"event_type: expected one of ACLED's, got {shown(row.text('event_type'))}"
            )
        fatalities = whole(row.cells["fatalities"], "fatalities")
        yield Incident(
            kind=kind,
            parties=[side.actor.id for side in sides if side.actor is not None],
            deaths=None if fatalities is None else Quantity(best=fatalities),
            **shared,  # type: ignore[arg-type]
        )

    def _when(self, row: Row) -> When:
        found = self._day(row)
        precision = whole(row.cells["time_precision"], "time_precision")
        if precision == 1:
            return exactly(found)
        rule = f"acled-time-precision-{precision}/1"
        if precision == 2:  # some day of a week that this day is in
            week = timedelta(days=6)
            return When(found - week, found + week, rule=rule)
        if precision == 3:
            last = monthrange(found.year, found.month)[1]
            return When(found.replace(day=1), found.replace(day=last), rule=rule)
        raise RowError(f"time_precision: expected 1, 2 or 3, got {shown(precision)}")

    def _day(self, row: Row) -> pendulum.Date:
        refusal: RowError | None = None
        for dates in self._dates:
            try:
                value = evaluate({"column": "event_date"}, row, Style(dates=dates), "when", "date")
            except RowError as error:
                refusal = refusal or error
                continue
            if value is None:
                raise RowError("event_date: expected a day, got an empty cell")
            found = When.of(value)
            if not found.is_exact or found.earliest is None:
                raise RowError(f"event_date: expected a day, got {found.edtf}")
            return found.earliest
        assert refusal is not None
        raise RowError(f"event_date: {str(refusal).removeprefix('when: ')}")

    def _known(self, row: Row, when: When) -> When:
        """From the first day on which it can have happened to that of the row's last change."""
        stamp = row.text("timestamp")
        if stamp:
            last: pendulum.Date | None = utc_day(stamp, "timestamp")
        else:
            self._report.note("rows without a timestamp: known by the export at the latest")
            last = None if self._source.published is None else self._source.published.latest
        first = when.earliest
        if first is not None and last is not None and last < first:
            raise RowError(f"timestamp: expected no day before {first}, got {last}")
        return When(first, last)


def _taken(verb: str, sides: list[_Side]) -> tuple[str, str | None] | None:
    """Taker and loser; None where the columns do not tell, as their order says nothing."""
    first, second = sides
    if verb == _TRANSFER:
        if second.actor is not None or first.actor is None:
            return None
        return first.actor.id, None
    wanted = [
        side for side in sides if side.actor is not None and side.state == (verb == _GOVERNMENT)
    ]
    if len(wanted) != 1:
        return None
    [taker] = wanted
    other = second if taker is first else first
    assert taker.actor is not None
    return taker.actor.id, None if other.actor is None else other.actor.id


@lru_cache(maxsize=8_192)
def _side(name: str, inter: str) -> _Side:
    """Who took part; civilians are no actor."""
    name = " ".join(name.split())
    if not name or inter in _CIVILIANS:
        return _Side(None, False)
    state = inter in _STATE
    kind = "state" if state else "non-state"
    return _Side(Actor(id=identity("acled", name), names={"en": [name]}, kind=kind), state)


def _places(row: Row) -> list[Place]:
    """The place of a row with all that it lies in, the widest first."""
    country = " ".join(row.text("country").split())
    if not country:
        raise RowError("country: expected a country, got an empty cell")
    precision = whole(row.cells["geo_precision"], "geo_precision")
    if precision not in (1, 2, 3):
        raise RowError(f"geo_precision: expected 1, 2 or 3, got {shown(precision)}")
    found = [Place(id=identity("acled", country), names={"en": [country]}, kind="country")]
    units = [" ".join(row.text(f"admin{level}").split()) for level in (1, 2, 3)]
    depth = 1 if precision == 3 else 3
    for level, unit in enumerate(units[:depth], start=1):
        if unit:
            own = identity("acled", unit, f"admin{level}", country, *units[: level - 1])
            names = {"en": [unit]}
            found.append(Place(id=own, names=names, kind=f"admin{level}", parent=found[-1].id))
    if precision == 3:  # the location is the capital that stands for the province
        return found
    name = " ".join(row.text("location").split())
    if not name:
        raise RowError("location: expected the name of a place, got an empty cell")
    text, kind = (name, "point") if precision == 1 else (f"{name} (area)", "area")
    lat, lon = (coordinate(row.cells[c], c) for c in ("latitude", "longitude"))
    own = identity("acled", name, kind, country, *units, lat, lon)
    names = {"en": [text]}
    found.append(Place(id=own, names=names, kind=kind, parent=found[-1].id, lat=lat, lon=lon))
    return found


def _note(row: Row, number: str) -> str:
    codes = ", ".join(
        f"{column} {text}"
        for column in ("event_type", "sub_event_type", "time_precision", "geo_precision")
        if (text := row.text(column))
    )
    told = " ".join(row.text("notes").split())
    return f"ACLED {number}, {codes}" + (f": {told}" if told else "")
