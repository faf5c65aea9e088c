"""Tables of answers: who held what, how many were where, what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import Place
from conflict_timeline.exporters import values
from conflict_timeline.exporters.columns import Column, Progress, TableSpec, Type
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.incidents import Happening
from conflict_timeline.projections.people import Count
from conflict_timeline.quantities import Quantity
from conflict_timeline.timeline import State, View

__all__ = ["CONTROL", "HEADCOUNTS", "INCIDENTS", "SPANS", "control", "headcounts", "incidents",
           "spans"]  # fmt: skip

_DAY = Column("day", Type.DAY, "The day asked for; the answer is that of its end.")
_PLACE = (
    Column("place", Type.KEY, "Place id."),
    Column("name", Type.TEXT, "Its name in the language asked for, else in English, else any."),
    Column("kind", Type.KEY, 'Its kind, as "city"; null if its record gives none.'),
    Column("parent", Type.KEY, "Id of the place it lies in."),
    Column("lat", Type.NUMBER, "Latitude, WGS 84.", "degrees"),
    Column("lon", Type.NUMBER, "Longitude, WGS 84.", "degrees"),
)
_HELD = (
    Column("status", Type.KEY, 'How certain the answer is; see "What a status means".'),
    Column("holder", Type.KEY, "The actor that holds it; null if several do, or it is unknown."),
    Column("contested", Type.BOOLEAN, "Whether several actors hold it; null if it is unknown."),
    Column("best", Type.HOLDING, "The holding to show; null is unknown."),
    Column("held_by", Type.TEXT, "Best in words: the names of its actors; null is unknown."),
    Column("possible", Type.HOLDINGS, "The holdings in the histories with the fewest changes."),
    Column("possibly", Type.TEXT, "The same in words, best first; a bar stands between two."),
)

CONTROL = TableSpec(
    "control",
    "Who held what on a day",
    "One row a place that claims speak of: who held it at the end of the day.",
    (
        _DAY,
        *_PLACE,
        *_HELD,
        Column("conceivable", Type.HOLDINGS, "The holdings in any history at all."),
        Column("narrowed", Type.BOOLEAN, "False where there were too many histories to narrow."),
        Column("shares", Type.QUANTITIES, "The part that each holder of best has; 1 is the whole."),
        Column("not_held_by", Type.KEYS, "Actors named in its reports that cannot hold it."),
        Column("since_earliest", Type.DAY, "First day on which best can have begun; null is open."),
        Column("since_latest", Type.DAY, "Last day on which best can have begun."),
        Column("last_evidence", Type.DAY, "Last day of the latest claim for best by the day."),
        Column("age", Type.INTEGER, "From that day to the day asked for.", "days"),
        Column("claimants_for", Type.INTEGER, "Independent origins of the claims for best."),
        Column("claimants_against", Type.INTEGER, "Independent origins of those against it."),
        Column("sources", Type.KEYS, "Ids of the sources of the claims for best."),
        Column("evidence", Type.IDS, "Ids of the claims for best, in order of time."),
        Column("against", Type.IDS, "Ids of the claims that say otherwise."),
        Column(
            "withheld", Type.INTEGER, "Claims of which the record cannot say if they were known."
        ),
    ),
    day="required",
    places=True,
)

SPANS = TableSpec(
    "control_spans",
    "Who held what, span by span",
    "One row a place and span of days on which the answer for it stays the same.",
    (
        *_PLACE,
        Column("start_day", Type.DAY, "First day; null is open: as far back as can be said."),
        Column(
            "end_day", Type.DAY, "Last day; null is open: until something is reported.", None, True
        ),
        *_HELD,
    ),
    places=True,
)

HEADCOUNTS = TableSpec(
    "headcounts",
    "How many were where on a day",
    "One row an account that something was reported of by the day.",
    (
        _DAY,
        Column("group_id", Type.KEY, "Actor id of the group."),
        Column("group_name", Type.TEXT, "Its name in the language asked for."),
        Column("status", Type.KEY, '"joined" is all that ever entered; else where they are.'),
        Column("nationality", Type.KEY, "ISO 3166-1 alpha-2; null is the reports on all."),
        Column("place", Type.KEY, "Place id; null is the reports on all places."),
        Column("low", Type.INTEGER, "The least it can have been; null is open.", "people"),
        Column("best", Type.INTEGER, "The best estimate; null where there is none.", "people"),
        Column("high", Type.INTEGER, "The most it can have been; null is open.", "people"),
        Column("basis", Type.KEY, '"headcount", "flows" (a sum of what was reported) or "mixed".'),
        Column("certainty", Type.KEY, '"certain", "uncertain" or "disputed".'),
        Column("disordered", Type.BOOLEAN, "Whether a claim breaks low <= best <= high."),
        Column("claimants", Type.INTEGER, "Independent origins of the evidence."),
        Column("sources", Type.KEYS, "Ids of the sources of the evidence."),
        Column("evidence", Type.IDS, "Ids of the claims it rests on."),
    ),
    day="required",
)

INCIDENTS = TableSpec(
    "incidents",
    "What happened",
    "One row an incident, out of all reports of it; with a day, those that may have begun by then.",
    (
        Column("id", Type.ID, "Id of the most reliable report of it."),
        Column("kind", Type.KEY, "What it was, as that report has it."),
        Column("earliest", Type.DAY, "First day on which it can have been; null is open."),
        Column("latest", Type.DAY, "Last day on which it can have been.", None, True),
        Column("place", Type.KEY, "Place id; null if not said."),
        Column("name", Type.TEXT, "The place's name."),
        *_PLACE[4:],
        Column("parties", Type.KEYS, "Actor ids of those who took part."),
        Column("targets", Type.KEYS, "Actor ids of those it was directed at."),
        Column("fatalities_low", Type.INTEGER, "In all; null is open or not said.",
               "people"),
        Column("fatalities_best", Type.INTEGER, "Likewise.", "people"),
        Column("fatalities_high", Type.INTEGER, "Likewise.", "people"),
        Column("fatalities", Type.QUANTITIES, "Deaths by party, the hull of the reports.",
               "people"),
        Column("note", Type.TEXT, "The most reliable report in other words."),
        Column("occurrence", Type.KEY, "Key that joins the reports of it, if there is one."),
        Column("claimants", Type.INTEGER, "Independent origins of the reports."),
        Column("sources", Type.KEYS, "Ids of the sources of the reports."),
        Column("reports", Type.IDS, "Ids of all reports of it, the most reliable first."),
    ),
    day="optional",
)  # fmt: skip


def _place(view: View, identity: str, language: str) -> dict[str, Any]:
    record = view.visible.places.get(identity, Place(id=identity))
    return {
        "place": identity,
        "name": view.place_names.label(identity, language),
        "kind": record.kind,
        "parent": record.parent,
        "lat": record.lat,
        "lon": record.lon,
    }


def _held(
    view: View, status: str, best: Shown, possible: frozenset[Shown], language: str
) -> dict[str, Any]:
    def named(holding: Shown) -> str:
        return " and ".join(sorted(view.actor_names.label(a, language) for a in holding or ()))

    others = (named(holding) or "unknown" for holding in possible - {best})
    return {
        "status": status,
        "holder": next(iter(best)) if best is not None and len(best) == 1 else None,
        "contested": None if best is None else len(best) > 1,
        "best": values.holding(best),
        "held_by": named(best) or None,
        "possible": values.holdings(possible),
        "possibly": " | ".join([named(best) or "unknown", *sorted(others)]),
    }


def control(
    view: View, day: int, places: Sequence[str], language: str, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """The rows of ``control``."""
    state = State(view, day)
    for place in progress(places):
        yield _control(view, state.territory[place], language)


def _control(view: View, found: Control, language: str) -> Mapping[str, Any]:
    since, last = found.since, found.last_evidence
    return {
        "day": from_ordinal(found.day),
        **_place(view, found.place, language),
        **_held(view, found.status, found.best, found.possible, language),
        "conceivable": values.holdings(found.conceivable),
        "narrowed": found.narrowed,
        "shares": values.quantities(found.shares),
        "not_held_by": sorted(found.not_held_by),
        "since_earliest": None if since is None else since.earliest,
        "since_latest": None if since is None else since.latest,
        "last_evidence": None if last is None else from_ordinal(min(last.last, found.day)),
        "age": found.age,
        "claimants_for": found.claimants_for,
        "claimants_against": found.claimants_against,
        "sources": values.sources(found.evidence),
        "evidence": values.ids(found.evidence),
        "against": values.ids(found.against),
        "withheld": len(found.withheld),
    }


def spans(
    view: View, places: Sequence[str], language: str, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """The rows of ``control_spans``."""
    for place in progress(places):
        of = _place(view, place, language)
        for span in view.history(place):
            yield {
                **of,
                "start_day": values.day(span.start),
                "end_day": values.day(span.end),
                **_held(view, span.status, span.best, span.possible, language),
            }


def headcounts(
    view: View, day: int, language: str, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """The rows of ``headcounts``."""
    people = view.people
    for key in progress(list(people.accounts)):
        count = people.count(key, day)
        if count.basis != "none":
            yield _headcount(view, count, day, language)


def _headcount(view: View, count: Count, day: int, language: str) -> Mapping[str, Any]:
    key = count.key
    return {
        "day": from_ordinal(day),
        "group_id": key.group,
        "group_name": view.actor_names.label(key.group, language),
        "status": key.status,
        "nationality": key.nationality,
        "place": key.place,
        "low": count.low,
        "best": count.best,
        "high": count.high,
        "basis": count.basis,
        "certainty": count.certainty,
        "disordered": count.disordered,
        "claimants": count.claimants,
        "sources": values.sources(count.evidence),
        "evidence": values.ids(count.evidence),
    }


def incidents(
    view: View, day: int, language: str, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """The rows of ``incidents``."""
    for happening in progress(list(State(view, day).incidents)):
        yield _incident(view, happening, language)


def _incident(view: View, found: Happening, language: str) -> Mapping[str, Any]:
    place = None if found.place is None else _place(view, found.place, language)
    total = found.toll or Quantity()  # that nobody said is not that nobody died
    return {
        "id": found.reports[0].id,
        "kind": found.kind,
        "earliest": values.day(found.first),
        "latest": values.day(found.last),
        "place": found.place,
        "name": None if place is None else place["name"],
        "lat": None if place is None else place["lat"],
        "lon": None if place is None else place["lon"],
        "parties": list(found.claim.parties),
        "targets": list(found.claim.targets),
        "fatalities_low": total.low,
        "fatalities_best": total.best,
        "fatalities_high": total.high,
        "fatalities": values.quantities(found.fatalities),
        "note": found.claim.note,
        "occurrence": found.claim.occurrence,
        "claimants": len(view.visible.origins(found.reports)),
        "sources": values.sources(found.reports),
        "reports": values.ids(found.reports),
    }
