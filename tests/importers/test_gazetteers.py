"""Places from gazetteers: administrative units and GeoNames dumps."""

from __future__ import annotations

import json

import pytest

import conflict_timeline as ct
from conflict_timeline.importers import Report, import_events, read_mapped, read_mapping, read_units
from tests.importers.conftest import of, read, reasons
from tests.shared_data import shared_data

LEVELS = ("governorates", "districts", "subdistricts")


def test_the_units_of_syria_are_places_with_all_their_names_and_ids():
    tl, report = ct.open(":memory:"), Report()
    raw = {
        level: json.loads(shared_data(f"syria-{level}.json").read_text("utf-8")) for level in LEVELS
    }
    for level in LEVELS:
        import_events(tl, read_units(shared_data(f"syria-{level}.json"), report), report)
    assert reasons(report) == []
    places = tl.view().visible.places
    assert len(places) == report.rows == sum(map(len, raw.values()))
    for level, kind, parent in zip(
        LEVELS, ("governorate", "district", "subdistrict"), (None, "governorateId", "districtId"),
        strict=True,
    ):  # fmt: skip
        for unit in raw[level]:
            place, others = places[unit["id"]], unit["externalIds"]
            assert (place.kind, place.parent) == (kind, unit[parent] if parent else None)
            assert (place.pcode, place.wikidata) == (others["ochaPcode"], others.get("wikidata"))
            assert str(place.geonames or "") == others.get("geonames", "")
            assert (place.lat, place.lon) == tuple(unit["centroid"].values())
            assert place.names["ar"][0] == unit["name"]["ar"]
            told = {alias["value"] for alias in unit["aliases"]} | set(unit["name"].values())
            assert {name for names in place.names.values() for name in names} == told
    names = tl.view().place_names
    assert names.resolve("محافظة حلب") == names.resolve("Aleppo Governorate") == "sy-aleppo"
    # The same again, and again in another order, writes nothing.
    again = Report()
    import_events(tl, read_units(shared_data("syria-districts.json"), again), again)
    assert again.new == 0


UNIT = {"id": "a", "name": {"en": "A"}, "aliases": [], "centroid": {}, "externalIds": {}}


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("text", "expected an object, got 'text'"),
        ({**UNIT, "id": None}, "id: expected text that is not blank, got ''"),
        ({**UNIT, "centroid": [1, 2]}, "centroid: expected an object, got [1, 2]"),
        ({**UNIT, "centroid": {"latitude": 99}}, "lat: expected degrees within +-90, got 99"),
        ({**UNIT, "aliases": {"value": "B"}}, "aliases: expected a list, got {'value': 'B'}"),
        ({**UNIT, "aliases": [{"value": "B"}]}, "aliases: expected value and language, got"),
        ({**UNIT, "externalIds": {"geonames": "x1"}}, "geonames: expected a whole number"),
    ],
)
def test_a_unit_that_makes_no_sense_is_refused(write, unit, reason):
    events, report = read(read_units, write(json.dumps([unit, UNIT]), "units.json"))
    [(number, told)] = reasons(report)
    assert number == 1
    assert told.startswith(reason)
    assert [place.id for place in of(events, ct.Place)] == ["a"]


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[" * 100_000])
def test_what_is_no_list_of_units_is_refused(write, text):
    with pytest.raises(ct.InputError, match=r"expected JSON|expected a list of units"):
        read(read_units, write(text, "units.json"))


def test_units_larger_than_any_list_are_refused(write, monkeypatch):
    monkeypatch.setattr("conflict_timeline.importers.units._LARGEST", 10)
    with pytest.raises(ct.InputError, match="expected at most 10 characters"):
        read(read_units, write(json.dumps([UNIT]), "units.json"))


#: Two rows in the columns of a GeoNames dump.
GEONAMES = (
    '703448\tKyiv\tKyiv\tKiev,Kyiv,Київ,"Kijów\t50.45466\t30.5238\tP\tPPLC\tUA\t\t12\t\t\t\t2797553\t\t'
    "187\tEurope/Kyiv\t2024-01-01\n"
    "000001\tNowhere\tNowhere\t\t95\t30\tP\tPPL\tUA\t\t12\t\t\t\t0\t\t0\tEurope/Kyiv\t2024-01-01\n"
)


def test_a_geonames_dump_is_places(write):
    events, report = read(read_mapped, write(GEONAMES, "UA.txt"), mapping=read_mapping("geonames"))
    [place] = of(events, ct.Place)
    assert (place.id, place.geonames, place.kind, place.lat) == (
        "geonames-703448", 703448, "PPLC", 50.45466,
    )  # fmt: skip
    assert place.names == {"en": ("Kyiv",), "und": ("Kiev", "Kyiv", "Київ", '"Kijów')}
    assert reasons(report) == [(2, "lat: expected degrees within +-90, got 95")]
