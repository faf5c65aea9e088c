"""RDF: statements with qualifiers and references, and the events in them once more."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import PROV, RDF, RDFS, SKOS, XSD

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline import strategies
from conflict_timeline.exporters import rdf
from tests.answers import everything
from tests.exporters.hostile import FEWER, hostile_logs
from tests.exporters.test_tables import DAYS, opened

CT = Namespace(rdf.TERMS)
PQ = Namespace("http://www.wikidata.org/prop/qualifier/")
PR = Namespace("http://www.wikidata.org/prop/reference/")
WD = Namespace("http://www.wikidata.org/entity/")
WGS84 = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
DCTERMS = Namespace("http://purl.org/dc/terms/")


def written(view, form: str) -> bytes:
    stream = io.BytesIO()
    ex.write_graph(view, form, stream)
    return stream.getvalue()


def parsed(view, form: str = "ntriples") -> Graph:
    return Graph().parse(written(view, form), format={"ntriples": "nt"}.get(form, form))


def node(claim) -> URIRef:
    return URIRef(f"urn:sha256:{ct.event_id(claim)}")


@FEWER
@given(hostile_logs(merges=True))
def test_both_forms_are_the_same_graph_whatever_is_in_it(events):
    with opened(events) as timeline:
        view = timeline.view()
        lines, turtle = parsed(view, "ntriples"), parsed(view, "turtle")
        assert isomorphic(lines, turtle)
        names = {str(text) for text in lines.objects(None, RDFS.label)}
        for record in (*view.visible.places.values(), *view.visible.actors.values()):
            assert {given[0] for given in record.names.values()} <= names
        assert all("<" not in str(s) and " " not in str(s) for s in lines.subjects())


@FEWER
@given(strategies.logs(merges=True) | hostile_logs(merges=True), DAYS)
def test_the_events_of_a_graph_give_the_same_answers(events, day):
    with opened(events) as timeline:
        expected = everything(timeline.view(), day)
        for form in ex.GRAPHS:
            with ct.open(":memory:") as other:
                stream = io.BytesIO(written(timeline.view(), form))
                other.append(rdf.read_rdf(stream, form))
                assert everything(other.view(), day) == expected


SOURCE = ct.Source(
    id="paper",
    title="Kaupunki vallattiin",
    publisher="Paper",
    language="fi",
    published="2020-03-09",
    url="https://example.org/a?b=c",
    derived_from="wire",
)
WIRE = ct.Source(id="wire", title="Wire", published="2020-03/2020-04", url="javascript:alert(1)")
PLACE = ct.Place(
    id="town",
    names={"en": ["Town", "Burg"], "ar": ["بلدة"]},
    lat=35.5,
    lon=39,
    wikidata="Q42",
    geonames=172955,
    parent="land",
)
LAND = ct.Place(id="land", wikidata='Q1><evil:"')
ARMY, FRONT = ct.Actor(id="army", names={"en": ["Army"]}), ct.Actor(id="front")
TAKEN = ct.ControlChanged(
    place="town",
    to="army",
    from_="front",
    when="2020-03-05",
    source="paper",
    claimant="the mayor",
    locator=ct.Locator(paragraph=3),
    derived_from="wire",
)
VAGUE = ct.ControlObserved(place="town", holders={"army": 0.8, "front": None}, when="2020-02~",
                           source="paper")  # fmt: skip
LASTED = ct.AllianceObserved(members=["army"], when="2020-01-02", until="2020-02-03",
                             source="paper")  # fmt: skip
COUNTED = ct.HeadcountObserved(group="front", status="killed", count=ct.Quantity(low=3),
                               when="2020-03-01", source="wire")  # fmt: skip


@pytest.fixture(scope="module")
def graph():
    records = [SOURCE, WIRE, PLACE, LAND, ARMY, FRONT]
    with opened([*records, TAKEN, VAGUE, LASTED, COUNTED]) as timeline:
        yield parsed(timeline.view())


def test_a_claim_hangs_on_its_place_with_its_source_and_who_said_it(graph):
    claim, place = node(TAKEN), node(PLACE)
    assert (place, CT.statement, claim) in graph
    assert set(graph.objects(claim, RDF.type)) >= {PROV.Entity, CT.ControlChanged}
    assert graph.value(claim, PROV.hadPrimarySource) == node(SOURCE)
    assert (claim, PROV.wasDerivedFrom, node(WIRE)) in graph
    agent = graph.value(claim, PROV.wasAttributedTo)
    assert graph.value(agent, RDFS.label) == Literal("the mayor")
    assert (graph.value(claim, CT.taker), graph.value(claim, CT.loser)) == (node(ARMY), node(FRONT))


def test_its_reference_is_as_wikidata_has_them(graph):
    [reference] = [r for r in graph.objects(node(TAKEN), PROV.wasDerivedFrom) if r != node(WIRE)]
    assert graph.value(reference, PR.P248) == node(SOURCE)
    assert graph.value(reference, PR.P854) == URIRef("https://example.org/a?b=c")
    assert graph.value(reference, PR.P577) == Literal("2020-03-09", datatype=XSD.date)
    assert graph.value(reference, PR.P958) == Literal("paragraph 3")


def test_exact_dates_are_points_vague_ones_have_an_earliest_and_a_latest_day(graph):
    def day(text):
        return Literal(text, datatype=XSD.date)

    assert graph.value(node(TAKEN), PQ.P585) == day("2020-03-05")
    assert graph.value(node(TAKEN), PQ.P1319) is None
    assert graph.value(node(VAGUE), PQ.P585) is None
    bounds = graph.value(node(VAGUE), PQ.P1319), graph.value(node(VAGUE), PQ.P1326)
    assert bounds == (day("2020-02-01"), day("2020-02-29"))
    assert graph.value(node(VAGUE), PQ.P1480) == WD.Q5727902
    lasted = graph.value(node(LASTED), PQ.P580), graph.value(node(LASTED), PQ.P582)
    assert lasted == (day("2020-01-02"), day("2020-02-03"))


def test_what_is_open_is_left_out(graph):
    assert graph.value(node(COUNTED), CT.low) == Literal(3)
    assert graph.value(node(COUNTED), CT.high) is None
    shares = list(graph.objects(node(VAGUE), CT.share))
    assert [graph.value(share, CT.of) for share in shares] == [node(ARMY)]


def test_records_have_names_in_languages_and_other_ids(graph):
    place = node(PLACE)
    assert set(graph.objects(place, RDFS.label)) == {Literal("Town", "en"), Literal("بلدة", "ar")}
    assert set(graph.objects(place, SKOS.altLabel)) == {Literal("Burg", "en")}
    matches = set(graph.objects(place, SKOS.exactMatch))
    assert matches == {WD.Q42, URIRef("https://sws.geonames.org/172955/")}
    assert float(graph.value(place, WGS84.lat)) == 35.5
    assert graph.value(place, DCTERMS.isPartOf) == node(LAND)
    assert set(graph.objects(node(LAND), SKOS.exactMatch)) == set()
    assert graph.value(node(SOURCE), DCTERMS.title) == Literal("Kaupunki vallattiin", "fi")
    assert (node(SOURCE), PROV.wasDerivedFrom, node(WIRE)) in graph


def test_an_address_that_is_none_is_text(graph):
    assert graph.value(node(WIRE), RDFS.seeAlso) == Literal("javascript:alert(1)")


def test_the_view_is_told_with_it():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        view = timeline.view(known_by="2017-10-10")
        found = parsed(view, "turtle")
        [collection] = found.subjects(RDF.type, PROV.Collection)
        members = set(found.objects(collection, PROV.hadMember))
        assert members == {URIRef(f"urn:sha256:{seen.id}") for seen in view.visible.claims}
        assert '"known_by":"2017-10-10"' in str(found.value(collection, CT.axes))


def test_a_source_taken_back_is_known_by_its_key():
    with opened([SOURCE, WIRE, PLACE, LAND, ARMY, FRONT, TAKEN]) as timeline:
        timeline.append([ct.Retracted(target=ct.event_id(WIRE), reason="a hoax", source="paper")])
        found = parsed(timeline.view())
        assert (node(TAKEN), PROV.wasDerivedFrom, CT["source:wire"]) in found


def test_an_altered_event_is_refused():
    with opened([LAND]) as timeline:
        data = written(timeline.view(), "ntriples").replace(
            b'\\"type\\"', b'\\"kind\\":\\"x\\",\\"type\\"'
        )
    with pytest.raises(ct.DecodeError, match="expected the event of urn:sha256:"):
        rdf.read_rdf(io.BytesIO(data), "ntriples")


def test_without_rdflib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with ct.open(":memory:") as timeline:
        for form in ex.GRAPHS:
            with pytest.raises(ct.MissingExtraError, match=r"conflict-timeline\[rdf\]"):
                ex.write_graph(timeline.view(), form, io.BytesIO())
        with pytest.raises(ct.AxisError, match="expected one of turtle, ntriples"):
            ex.write_graph(timeline.view(), "xml", io.BytesIO())


def test_what_was_redacted_has_no_event_and_all_else():
    with opened([SOURCE, WIRE]) as timeline:
        bare = ct.Source(id="wire", title="A source in danger")
        timeline.redact(WIRE.content_id, "in danger", bare)
        view = timeline.view()
        found = parsed(view)
        assert found.value(node(WIRE), DCTERMS.title) == Literal("A source in danger")
        assert found.value(node(WIRE), CT.event) is None
        events = rdf.read_rdf(io.BytesIO(written(view, "turtle")), "turtle")
        assert [item.event for item in events] == [SOURCE]
