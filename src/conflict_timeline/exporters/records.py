"""Tables of the log's own records: sources, places, actors, and which were merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from conflict_timeline.events import Actor, Place, Reference
from conflict_timeline.exporters import values
from conflict_timeline.exporters.columns import Column, Progress, TableSpec, Type
from conflict_timeline.timeline import View

__all__ = ["ACTORS", "MERGES", "PLACES", "SOURCES", "actors", "merges", "places", "sources"]

_NOTE = Column("note", Type.TEXT, "A remark.")
_RECORD = (
    Column("record", Type.ID, "SHA-256 of the record's canonical bytes."),
    Column("event", Type.EVENT, "The record whole: canonical JSON; null if redacted."),
)
_NAMED = (
    Column("name", Type.TEXT, "Name in the language asked for, else in English, else any."),
    Column("names", Type.NAMES, "All names with their languages."),
)

SOURCES = TableSpec(
    "sources",
    "The documents that claims stand in",
    "One row a source that the view's recording allows.",
    (
        Column("id", Type.KEY, "The key that claims name it by."),
        Column("title", Type.TEXT, "Title."),
        Column("publisher", Type.TEXT, "Publisher."),
        Column("author", Type.TEXT, "Author."),
        Column("published", Type.TEXT, "When it was published: EDTF; null if it cannot be known."),
        Column("published_earliest", Type.DAY, "First day on which it can have been."),
        Column("published_latest", Type.DAY, "Last day on which it can have been.", None, True),
        Column("language", Type.KEY, "BCP 47 tag."),
        Column("reliability", Type.KEY, "Admiralty A to F; null is not graded, and taken as F."),
        Column("derived_from", Type.KEY, "Id of the source it copies."),
        Column("url", Type.TEXT, "Address."),
        Column("claims", Type.INTEGER, "Claims that the view shows of it."),
        _NOTE,
        *_RECORD,
    ),
)

PLACES = TableSpec(
    "places",
    "Places and areas",
    "One row a place that the view's recording allows.",
    (
        Column("id", Type.KEY, "The key that claims name it by."),
        *_NAMED,
        Column("kind", Type.KEY, '"city", "governorate", "country" ...'),
        Column("parent", Type.KEY, "Id of the place it lies in."),
        Column("lat", Type.NUMBER, "Latitude, WGS 84.", "degrees"),
        Column("lon", Type.NUMBER, "Longitude, WGS 84.", "degrees"),
        Column("wikidata", Type.KEY, "Wikidata id."),
        Column("geonames", Type.INTEGER, "GeoNames id."),
        Column("pcode", Type.KEY, "OCHA P-code."),
        Column("iso", Type.KEY, "ISO 3166-1 alpha-2 code of a country."),
        Column("merged_into", Type.KEY, "Id of the place that stands for it in the view."),
        _NOTE,
        *_RECORD,
    ),
)

ACTORS = TableSpec(
    "actors",
    "States, groups, persons, coalitions",
    "One row an actor that the view's recording allows.",
    (
        Column("id", Type.KEY, "The key that claims name it by."),
        *_NAMED,
        Column("kind", Type.KEY, '"state", "non-state", "coalition", "person" ...'),
        Column("parent", Type.KEY, "Id of the actor it belongs to."),
        Column("wikidata", Type.KEY, "Wikidata id."),
        Column("merged_into", Type.KEY, "Id of the actor that stands for it in the view."),
        _NOTE,
        *_RECORD,
    ),
)

MERGES = TableSpec(
    "merges",
    "Records that are of one place or actor",
    "One row a merge that works in the view, the last known last.",
    (
        Column("id", Type.ID, "SHA-256 of the merge's canonical bytes."),
        Column("what", Type.KEY, '"place" or "actor".'),
        Column("merged_into", Type.KEY, "Id of the record that stands for both."),
        Column("merged", Type.KEY, "Id of the other one."),
        Column("reason", Type.TEXT, "Why they are one."),
        Column("source", Type.KEY, "Id of the source that says so."),
        Column("event", Type.EVENT, "The merge whole: canonical JSON."),
    ),
)


def _record(record: Reference) -> dict[str, Any]:
    return {"record": record.content_id, "event": values.canonical_text(record)}


def _named(record: Place | Actor, label: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": label,
        "names": values.names(record),
        "kind": record.kind,
        "parent": record.parent,
        "wikidata": record.wikidata,
        "note": record.note,
        **_record(record),
    }


def sources(view: View, progress: Progress) -> Iterator[Mapping[str, Any]]:
    """The rows of ``sources``, by id."""
    found = view.visible.sources
    claims = Counter(seen.source.id for seen in view.visible.claims)
    for identity in progress(sorted(found)):
        source = found[identity]
        published = source.published
        yield {
            "id": source.id,
            "title": source.title,
            "publisher": source.publisher,
            "author": source.author,
            "published": None if published is None else published.edtf,
            "published_earliest": None if published is None else published.earliest,
            "published_latest": None if published is None else published.latest,
            "language": source.language,
            "reliability": source.reliability,
            "derived_from": source.derived_from,
            "url": source.url,
            "claims": claims[identity],
            "note": source.note,
            **_record(source),
        }


def places(view: View, language: str, progress: Progress) -> Iterator[Mapping[str, Any]]:
    """The rows of ``places``, by id."""
    found = view.visible.places
    for identity in progress(sorted(found)):
        place = found[identity]
        yield {
            **_named(place, view.place_names.label(identity, language)),
            "lat": place.lat,
            "lon": place.lon,
            "geonames": place.geonames,
            "pcode": place.pcode,
            "iso": place.iso,
            "merged_into": view.visible.merges.places.get(identity),
        }


def actors(view: View, language: str, progress: Progress) -> Iterator[Mapping[str, Any]]:
    """The rows of ``actors``, by id."""
    found = view.visible.actors
    for identity in progress(sorted(found)):
        yield {
            **_named(found[identity], view.actor_names.label(identity, language)),
            "merged_into": view.visible.merges.actors.get(identity),
        }


def merges(view: View, progress: Progress) -> Iterator[Mapping[str, Any]]:
    """The rows of ``merges``."""
    for event in progress(view.visible.merges.events):
        yield {
            "id": event.id,
            "what": event.what,
            "merged_into": event.into,
            "merged": event.merged,
            "reason": event.reason,
            "source": event.source,
            "event": values.canonical_text(event),
        }
