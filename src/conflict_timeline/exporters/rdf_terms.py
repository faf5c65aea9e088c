"""The terms of linked data: namespaces, IRIs that nothing can break out of, literals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from conflict_timeline.errors import MissingExtraError

if TYPE_CHECKING:
    from rdflib import Literal, URIRef
    from rdflib.term import Node

__all__ = ["NAMESPACES", "TERMS", "Terms"]

#: Our own terms, where neither PROV nor Wikidata has one.
TERMS = "urn:conflict-timeline:"

NAMESPACES = {
    "ct": TERMS,
    "dcterms": "http://purl.org/dc/terms/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "pq": "http://www.wikidata.org/prop/qualifier/",
    "pr": "http://www.wikidata.org/prop/reference/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "wd": "http://www.wikidata.org/entity/",
    "wikibase": "http://wikiba.se/ontology#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f\ud800-\udfff]')


class Terms:
    """Makes terms of rdflib from short names and values."""

    def __init__(self) -> None:
        try:
            import rdflib
        except ImportError:
            raise MissingExtraError("RDF", "rdf") from None
        self._rdf = rdflib
        self._names: dict[str, URIRef] = {}

    def name(self, short: str) -> URIRef:
        """The IRI of a prefixed name."""
        if short not in self._names:
            prefix, _, local = short.partition(":")
            self._names[short] = self._rdf.URIRef(NAMESPACES[prefix] + local)
        return self._names[short]

    def event(self, identity: str) -> URIRef:
        """The IRI of an event: its id."""
        return self._rdf.URIRef(f"urn:sha256:{identity}")

    def own(self, *parts: str) -> URIRef:
        """An IRI of ours; what people chose is percent-encoded in it."""
        return self._rdf.URIRef(TERMS + ":".join(quote(part, safe="") for part in parts))

    def text(self, text: str, language: str | None = None) -> Literal:
        """A literal, with its language where that is a tag."""
        tag = language if language and _LANGUAGE.fullmatch(language) else None
        return self._rdf.Literal(text, lang=tag)

    def typed(self, value: Any, datatype: str) -> Literal:
        """A literal of a datatype, its text as it is."""
        return self._rdf.Literal(str(value), datatype=self.name(datatype), normalize=False)

    def web(self, address: str) -> Node:
        """A web address as an IRI; anything else, as ``javascript:``, as text."""
        try:
            scheme = urlsplit(address).scheme
        except ValueError:
            scheme = ""
        if scheme in ("http", "https") and not _NOT_IN_IRI.search(address):
            return self._rdf.URIRef(address)
        return self._rdf.Literal(address)
