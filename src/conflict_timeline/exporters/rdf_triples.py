"""A view as triples: claims as statements with qualifiers and references, and its records."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from conflict_timeline.codec import canonical_json
from conflict_timeline.dates import When
from conflict_timeline.events import Actor, Place, Reference, Source
from conflict_timeline.exporters import values
from conflict_timeline.exporters.columns import Progress
from conflict_timeline.exporters.rdf_terms import Terms
from conflict_timeline.exporters.tables import about
from conflict_timeline.quantities import Quantity
from conflict_timeline.timeline import View
from conflict_timeline.view import Seen

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.term import Node

__all__ = ["Triples"]

Triple: TypeAlias = "tuple[URIRef, URIRef, Node]"

_POINT_IN_TIME, _START, _END = "pq:P585", "pq:P580", "pq:P582"
_EARLIEST, _LATEST = "pq:P1319", "pq:P1326"
_SOURCING, _CIRCA = "pq:P1480", "wd:Q5727902"
_STATED_IN, _URL, _PUBLISHED, _SECTION = "pr:P248", "pr:P854", "pr:P577", "pr:P958"

_WIKIDATA = re.compile(r"Q[1-9][0-9]{0,14}")


class Triples:
    """The triples of a view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.terms = Terms()

    def all(self, progress: Progress = iter) -> Iterator[Triple]:
        """All of them, once each, but for what several records share."""
        visible = self.view.visible
        yield from self._view()
        for source in visible.sources.values():
            yield from self._source(source)
        for place in visible.places.values():
            yield from self._named(place)
        for actor in visible.actors.values():
            yield from self._named(actor)
        for merge in visible.merges.events:
            node = self.terms.event(merge.id)
            yield from self._values(node, {"rdf:type": [self.terms.name("ct:RecordsMerged")]})
            yield from self._event(node, merge)
        for seen in progress(visible.claims):
            yield from self._claim(seen)

    # ---- parts ----------------------------------------------------------------------------------

    def _values(self, node: URIRef, found: Mapping[str, Iterable[Node | None]]) -> Iterator[Triple]:
        for predicate, objects in found.items():
            for value in objects:
                if value is not None:
                    yield node, self.terms.name(predicate), value

    def _event(self, node: URIRef, event: Any) -> Iterator[Triple]:
        if (text := values.canonical_text(event)) is not None:
            yield node, self.terms.name("ct:event"), self.terms.typed(text, "rdf:JSON")

    def _texts(self, *given: str | None, language: str | None = None) -> list[Node]:
        return [self.terms.text(text, language) for text in given if text is not None]

    def _day(self, day: Any) -> Node | None:
        return None if day is None else self.terms.typed(day.isoformat(), "xsd:date")

    def _record(self, kind: str, identity: str) -> URIRef:
        """The IRI of a source, place or actor: its content's, or its key's if it is taken back."""
        visible = self.view.visible
        records: dict[str, Mapping[str, Reference]] = {
            "source": visible.sources,
            "place": visible.places,
            "actor": visible.actors,
        }
        if identity in records[kind]:
            return self.terms.event(records[kind][identity].content_id)
        return self.terms.own(kind, identity)

    def _view(self) -> Iterator[Triple]:
        """The collection of all: which view it is of."""
        found = about(self.view)
        text = canonical_json(found)
        node = self.terms.own("view", hashlib.sha256(text).hexdigest())
        name = self.terms.name
        yield from self._values(
            node,
            {
                "rdf:type": [name("prov:Collection")],
                "rdfs:comment": self._texts(found["disclaimer"], language="en"),
                "ct:axes": [self.terms.typed(text.decode("utf-8"), "rdf:JSON")],
                "prov:hadMember": (self.terms.event(s.id) for s in self.view.visible.claims),
            },
        )

    def _said_by(self, node: URIRef, name: str | None) -> Iterator[Triple]:
        if name is None:
            return
        agent = self.terms.own("agent", name)
        yield node, self.terms.name("prov:wasAttributedTo"), agent
        yield agent, self.terms.name("rdf:type"), self.terms.name("prov:Agent")
        yield agent, self.terms.name("rdfs:label"), self.terms.text(name)

    def _source(self, source: Source) -> Iterator[Triple]:
        terms = self.terms
        node = self._record("source", source.id)
        copied = source.derived_from
        published = source.published
        yield from self._said_by(node, source.publisher)
        yield from self._values(
            node,
            {
                "rdf:type": [terms.name("prov:Entity"), terms.name("ct:Source")],
                "dcterms:identifier": self._texts(source.id),
                "dcterms:title": self._texts(source.title, language=source.language),
                "dcterms:creator": self._texts(source.author),
                "dcterms:publisher": self._texts(source.publisher),
                "dcterms:language": self._texts(source.language),
                "dcterms:issued": [self._day(published.earliest)]
                if published is not None and published.is_exact
                else [],
                "ct:publishedEarliest": []
                if published is None
                else [self._day(published.earliest)],
                "ct:publishedLatest": [] if published is None else [self._day(published.latest)],
                "ct:reliability": self._texts(source.reliability),
                "rdfs:seeAlso": [] if source.url is None else [terms.web(source.url)],
                "prov:wasDerivedFrom": [] if copied is None else [self._record("source", copied)],
            },
        )
        yield from self._event(node, source)

    def _named(self, record: Place | Actor) -> Iterator[Triple]:
        terms = self.terms
        kind = "place" if isinstance(record, Place) else "actor"
        merges = self.view.visible.merges
        stands = (merges.place if kind == "place" else merges.actor)(record.id)
        node = self._record(kind, record.id)
        for language, given in record.names.items():
            first, *others = self._texts(*given, language=language)
            yield from self._values(
                node, {"rdfs:label": [first], "skos:prefLabel": [first], "skos:altLabel": others}
            )
        wikidata = record.wikidata or ""
        yield from self._values(
            node,
            {
                "rdf:type": [terms.name(f"ct:{type(record).__name__}")],
                "dcterms:identifier": self._texts(record.id),
                "ct:kind": self._texts(record.kind),
                "dcterms:isPartOf": [
                    None if record.parent is None else self._record(kind, record.parent)
                ],
                "skos:exactMatch": [
                    terms.name(f"wd:{wikidata}") if _WIKIDATA.fullmatch(wikidata) else None,
                    None if stands == record.id else self._record(kind, stands),
                ],
            },
        )
        if isinstance(record, Place):
            yield from self._place(node, record)
        yield from self._event(node, record)

    def _place(self, node: URIRef, place: Place) -> Iterator[Triple]:
        terms = self.terms
        degrees = {"geo:lat": place.lat, "geo:long": place.lon}
        yield from self._values(
            node,
            {
                **{
                    predicate: [terms.typed(float(value), "xsd:double")]
                    for predicate, value in degrees.items()
                    if value is not None
                },
                "skos:exactMatch": [
                    None
                    if place.geonames is None
                    else terms.web(f"https://sws.geonames.org/{place.geonames}/")
                ],
                "ct:pcode": self._texts(place.pcode),
                "ct:iso": self._texts(place.iso),
            },
        )

    # ---- claims ---------------------------------------------------------------------------------

    def _claim(self, seen: Seen) -> Iterator[Triple]:
        terms, name, claim = self.terms, self.terms.name, seen.claim
        node, source = terms.event(seen.id), self._record("source", seen.source.id)
        copied = claim.derived_from
        yield from self._said_by(node, claim.claimant)
        yield from self._values(
            node,
            {
                "rdf:type": [
                    name("prov:Entity"),
                    name("wikibase:Statement"),
                    name(f"ct:{type(claim).__name__}"),
                ],
                "prov:hadPrimarySource": [source],
                "prov:wasGeneratedBy": [
                    None if seen.correction is None else terms.event(seen.correction)
                ],
                "rdfs:comment": self._texts(claim.note),
                "ct:credibility": []
                if claim.credibility is None
                else [terms.typed(claim.credibility, "xsd:integer")],
                "ct:known": [self._day(values.day(seen.known))],
                "ct:knownFrom": self._texts(seen.known_from),
                "ct:occurrence": self._texts(claim.occurrence),
                "prov:wasDerivedFrom": [] if copied is None else [self._record("source", copied)],
            },
        )
        yield from self._reference(node, source, seen)
        yield from self._dates(node, seen)
        yield from self._matter(node, seen)
        yield from self._event(node, claim)

    def _reference(self, node: URIRef, source: URIRef, seen: Seen) -> Iterator[Triple]:
        """Where it is stated, as Wikidata gives references: one node for all that share it."""
        terms, url, published = self.terms, seen.source.url, seen.source.published
        locator = seen.claim.locator
        paragraph = None if locator is None else f"paragraph {locator.paragraph}"
        where = terms.own("reference", seen.source.content_id, paragraph or "whole")
        yield node, terms.name("prov:wasDerivedFrom"), where
        yield from self._values(
            where,
            {
                "rdf:type": [terms.name("wikibase:Reference")],
                _STATED_IN: [source],
                _URL: [] if url is None else [terms.web(url)],
                _PUBLISHED: [self._day(published.earliest)]
                if published is not None and published.is_exact
                else [],
                _SECTION: self._texts(paragraph),
            },
        )

    def _dates(self, node: URIRef, seen: Seen) -> Iterator[Triple]:
        """Exact dates as Wikidata qualifies them; vague ones by their earliest and latest day."""
        when: When = seen.claim.when
        until: When | None = getattr(seen.claim, "until", None)
        first, last = values.day(seen.first), values.day(seen.last)
        if until is not None:
            exact = {_START: when, _END: until}
            dates = {p: [self._day(w.earliest)] for p, w in exact.items() if w.is_exact}
        elif when.is_exact:
            dates = {_POINT_IN_TIME: [self._day(first)]}
        else:
            dates = {_EARLIEST: [self._day(first)], _LATEST: [self._day(last)]}
        circa = [self.terms.name(_CIRCA)] if when.approximate else []
        yield from self._values(
            node,
            {
                **dates,
                _SOURCING: circa,
                "ct:edtf": self._texts(when.edtf),
                "ct:earliest": [self._day(first)],
                "ct:latest": [self._day(last)],
                "ct:untilEarliest": [None if until is None else self._day(until.earliest)],
                "ct:untilLatest": [None if until is None else self._day(until.latest)],
            },
        )

    def _matter(self, node: URIRef, seen: Seen) -> Iterator[Triple]:
        """What it says, of which place and actors; it hangs on the first of them as in Wikidata."""
        about = seen.about
        place = getattr(about, "place", None)
        actors = {
            predicate: getattr(about, field, None)
            for predicate, field in (
                ("ct:taker", "to"),
                ("ct:loser", "from_"),
                ("ct:group", "group"),
                ("ct:subject", "subject"),
                ("ct:holder", "holders"),
                ("ct:party", "parties"),
                ("ct:target", "targets"),
                ("ct:member", "members"),
                ("ct:against", "against"),
                ("ct:predictedHolder", "holder"),
                ("ct:predictedNotHolder", "not_holder"),
            )
        }
        found = {
            predicate: [
                self._record("actor", actor)
                for actor in ([given] if isinstance(given, str) else given or ())
            ]
            for predicate, given in actors.items()
        }
        about_what = self._record("place", place) if place is not None else None
        bearer = about_what or next((nodes[0] for nodes in found.values() if nodes), None)
        if bearer is not None:
            yield bearer, self.terms.name("ct:statement"), node
        words = {
            f"ct:{predicate}": self._texts(getattr(about, field, None))
            for predicate, field in (
                ("status", "status"),
                ("fromStatus", "from_status"),
                ("toStatus", "to_status"),
                ("nationality", "nationality"),
                ("kind", "kind"),
                ("measure", "measure"),
                ("unit", "unit"),
                ("predicted", "statement"),
            )
        }
        yield from self._values(node, {"ct:place": [about_what], **found, **words})
        quantity = getattr(about, "count", None) or getattr(about, "value", None)
        if quantity is not None:
            yield from self._quantity(node, quantity)
        for field, predicate in (("holders", "ct:share"), ("fatalities", "ct:fatalities")):
            for of, part in (getattr(about, field, None) or {}).items():
                if part is not None:
                    inner = self.terms.own(field, seen.id, of)
                    yield node, self.terms.name(predicate), inner
                    party = self._record("actor", of)
                    yield from self._values(
                        inner, {"ct:of": [party], "dcterms:identifier": self._texts(of)}
                    )
                    yield from self._quantity(inner, part)

    def _quantity(self, node: URIRef, quantity: Quantity) -> Iterator[Triple]:
        for bound in ("low", "best", "high"):
            value = getattr(quantity, bound)
            if value is not None:
                kind = "xsd:integer" if isinstance(value, int) else "xsd:double"
                yield node, self.terms.name(f"ct:{bound}"), self.terms.typed(value, kind)
