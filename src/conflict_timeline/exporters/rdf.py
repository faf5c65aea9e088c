"""RDF: claims with their sources, in the manner of PROV-O and of Wikidata.

A claim is a statement node, known by its id as ``urn:sha256:...``. It hangs on what it is about,
has its dates as qualifiers (Wikidata's point in time, start and end, earliest and latest date), a
reference (stated in, URL, date of publication) and its primary source (PROV). Its canonical JSON is
kept with it, so that nothing is lost. Needs the ``rdf`` extra (rdflib).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO

from conflict_timeline.codec import decode
from conflict_timeline.documents import Located
from conflict_timeline.errors import DecodeError
from conflict_timeline.exporters.columns import Progress
from conflict_timeline.exporters.rdf_terms import NAMESPACES, TERMS, Terms
from conflict_timeline.exporters.rdf_triples import Triples
from conflict_timeline.timeline import View

if TYPE_CHECKING:
    from rdflib import Graph

__all__ = ["TERMS", "graph", "read_rdf", "write_ntriples", "write_turtle"]


def graph(view: View, progress: Progress = iter) -> Graph:
    """The claims of a view with their sources, as an rdflib graph.

    Raises:
        MissingExtraError: without rdflib.
    """
    triples = Triples(view)
    from rdflib import Graph

    found = Graph(bind_namespaces="none")
    for prefix, namespace in NAMESPACES.items():
        found.bind(prefix, namespace)
    for triple in triples.all(progress):
        found.add(triple)
    return found


def write_turtle(view: View, stream: BinaryIO, progress: Progress = iter) -> None:
    """Writes a view as Turtle, which people can read."""
    found = graph(view, progress)
    stream.write(found.serialize(format="turtle", encoding="utf-8"))


def write_ntriples(view: View, stream: BinaryIO, progress: Progress = iter) -> None:
    """Writes a view as N-Triples, a line a triple, without keeping them all in memory."""
    for triple in Triples(view).all(progress):
        stream.write(f"{' '.join(map(_term, triple))} .\n".encode())


_ESCAPES = {
    "\t": "\\t",
    "\b": "\\b",
    "\n": "\\n",
    "\r": "\\r",
    "\f": "\\f",
    '"': '\\"',
    "\\": "\\\\",
}


def _term(node: Any) -> str:
    """A term as N-Triples has it (RDF 1.1)."""
    text = re.sub(
        r'[\x00-\x1f"\\\x7f]', lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04X}"), str(node)
    )
    if not hasattr(node, "datatype"):
        return f"<{node}>"
    if node.language:
        return f'"{text}"@{node.language}'
    return f'"{text}"' if node.datatype is None else f'"{text}"^^<{node.datatype}>'


def read_rdf(stream: BinaryIO, form: str) -> list[Located]:
    """The events of an exported graph, for ``Timeline.append``.

    Args:
        stream: Turtle or N-Triples.
        form: "turtle" or "ntriples".

    Raises:
        DecodeError: for an event that is not the one its IRI says.
        MissingExtraError: without rdflib.
    """
    terms = Terms()
    from rdflib import Graph

    found = Graph()
    found.parse(stream, format={"ntriples": "nt"}.get(form, form))
    events = []
    for node, text in sorted(found.subject_objects(terms.name("ct:event"))):
        event = decode(str(text).encode("utf-8"))
        if str(node) != f"urn:sha256:{event.content_id}":
            raise DecodeError(f"expected the event of {node}, got that of {event.content_id}")
        events.append(Located(event, None, None, str(node)))
    return events
