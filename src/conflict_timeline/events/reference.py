"""The log's own records: sources, places and actors."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from conflict_timeline.dates import When
from conflict_timeline.events import fields
from conflict_timeline.events.base import Reference
from conflict_timeline.frozen import FrozenMap

__all__ = ["Actor", "Place", "Source"]


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Source(Reference):
    """A document: article, report, data set.

    Attributes:
        id: the key that statements name it by.
        title, publisher, author, url: as a reader would cite it.
        published: day or window of publication; a window's last day counts as the known day. None
            if it cannot be known: then the day of recording counts.
        language: BCP 47 tag.
        reliability: Admiralty A (reliable) to F (cannot be judged); None is treated as F.
        derived_from: id of the Source it copies, if it is a copy.
    """

    id: str = attrs.field(converter=fields.key)
    title: str = attrs.field(converter=fields.text)
    publisher: str | None = attrs.field(default=None, converter=fields.text_or_none)
    author: str | None = attrs.field(default=None, converter=fields.text_or_none)
    published: When | None = attrs.field(default=None, converter=fields.when_or_none)
    language: str | None = attrs.field(default=None, converter=fields.text_or_none)
    reliability: str | None = attrs.field(default=None, converter=fields.reliability)
    derived_from: str | None = attrs.field(default=None, converter=fields.key_or_none)
    url: str | None = attrs.field(default=None, converter=fields.text_or_none)
    note: str | None = attrs.field(default=None, converter=fields.text_or_none)


def _no_names() -> FrozenMap[str, tuple[str, ...]]:
    return FrozenMap()


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Place(Reference):
    """A place or an area.

    Attributes:
        id: the key that claims name it by.
        names: by language, the first of each the one to show.
        kind: "city", "town", "area", "governorate", "country" ...
        parent: id of the place it lies in.
        lat, lon: decimal degrees, WGS 84.
        wikidata, geonames, pcode: identifiers (Q-number, GeoNames id, OCHA P-code).
        iso: ISO 3166-1 alpha-2 code of a country; nationalities are known by it.
    """

    id: str = attrs.field(converter=fields.key)
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=_no_names, converter=fields.names)
    kind: str | None = attrs.field(default=None, converter=fields.text_or_none)
    parent: str | None = attrs.field(default=None, converter=fields.key_or_none)
    lat: float | None = attrs.field(default=None, converter=fields.latitude)
    lon: float | None = attrs.field(default=None, converter=fields.longitude)
    wikidata: str | None = attrs.field(default=None, converter=fields.key_or_none)
    geonames: int | None = attrs.field(default=None, converter=fields.whole_or_none)
    pcode: str | None = attrs.field(default=None, converter=fields.key_or_none)
    iso: str | None = attrs.field(default=None, converter=fields.country_or_none)
    note: str | None = attrs.field(default=None, converter=fields.text_or_none)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Actor(Reference):
    """A state, an armed group, an authority, a person or a coalition.

    Attributes:
        id: the key that claims name it by.
        names: by language, the first of each the one to show.
        kind: "state", "non-state", "coalition", "person" ...
        parent: id of the actor it belongs to.
        wikidata: Q-number.
    """

    id: str = attrs.field(converter=fields.key)
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=_no_names, converter=fields.names)
    kind: str | None = attrs.field(default=None, converter=fields.text_or_none)
    parent: str | None = attrs.field(default=None, converter=fields.key_or_none)
    wikidata: str | None = attrs.field(default=None, converter=fields.key_or_none)
    note: str | None = attrs.field(default=None, converter=fields.text_or_none)
