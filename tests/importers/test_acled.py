"""ACLED rows, made up in its format, with current and older headers."""

from __future__ import annotations

import pytest

import conflict_timeline as ct
from conflict_timeline.importers import read_acled
from tests.importers.conftest import SOURCE, as_csv, of, read, reasons

ROW = {
    "event_id_cnty": "XXX1",
    "event_date": "2019-03-15",
    "year": "2019",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Rebels of the North",
    "assoc_actor_1": "",
    "inter1": "Rebel group",
    "actor2": "Military Forces of Atlantis (2018-)",
    "assoc_actor_2": "",
    "inter2": "State forces",
    "country": "Atlantis",
    "admin1": "North",
    "admin2": "Upper",
    "admin3": "",
    "location": "Port",
    "latitude": "31.5",
    "longitude": "-24.25",
    "geo_precision": "1",
    "source": "Atlantis Daily;  Radio North",
    "notes": "A clash, made up.",
    "fatalities": "3",
    "timestamp": "1553212800",  # 2019-03-22
}
#: As exports were before 2019: upper case, event types that tell of territory, numbers for inter.
OLD = {
    "EVENT_ID_CNTY": "7XXX",
    "EVENT_DATE": "15 March 2016",
    "TIME_PRECISION": "1",
    "EVENT_TYPE": "Battle-Government regains territory",
    "ACTOR1": "Military Forces of Atlantis",
    "INTER1": "1",
    "ACTOR2": "Rebels of the North",
    "INTER2": "2",
    "COUNTRY": "Atlantis",
    "ADMIN1": "North",
    "LOCATION": "Port",
    "LATITUDE": "31.5",
    "LONGITUDE": "-24.25",
    "GEO_PRECISION": "1",
    "SOURCE": "Atlantis Daily",
    "NOTES": "",
    "FATALITIES": "0",
}


def acled(write, *changes, row=ROW, **options):
    path = write(as_csv([{**row, **change} for change in changes]))
    return read(read_acled, path, source=SOURCE, **options)


def claims(write, kind, row=ROW, **change):
    events, report = acled(write, change, row=row)
    assert reasons(report) == []
    names = {actor.id: actor.names["en"][0] for actor in of(events, ct.Actor)}
    return of(events, kind), names


def test_a_row_is_an_incident_with_its_records(write):
    events, _ = acled(write, {})
    [found] = of(events, ct.Incident)
    assert (found.kind, found.deaths, str(found.when)) == (
        "battle",
        ct.Quantity(best=3),
        "2019-03-15",
    )
    assert found.claimant == "Atlantis Daily; Radio North"
    assert {a.names["en"][0]: a.kind for a in of(events, ct.Actor)} == {
        "Rebels of the North": "non-state",
        "Military Forces of Atlantis (2018-)": "state",
    }
    assert [(p.kind, p.names["en"][0]) for p in of(events, ct.Place)] == [
        ("country", "Atlantis"), ("admin1", "North"), ("admin2", "Upper"), ("point", "Port"),
    ]  # fmt: skip
    assert "A clash, made up." in found.note


@pytest.mark.parametrize(
    ("event", "sub", "kind"),
    [
        ("Explosions/Remote violence", "Air/drone strike", "air_strike"),
        ("Explosions/Remote violence", "Grenade", "attack"),
        ("Violence against civilians", "Attack", "attack"),
        ("Protests", "Peaceful protest", "other"),
        ("Strategic developments", "Arrests", "arrest"),
        ("Strategic developments", "Headquarters or base established", "movement"),
        ("Battle-No change of territory", "", "battle"),
        ("Riots/Protests", "", "other"),
    ],
)
def test_kinds_of_incidents(write, event, sub, kind):
    [found], _ = claims(write, ct.Incident, event_type=event, sub_event_type=sub)
    assert found.kind == kind


TERRITORY = [
    ("Non-state actor overtakes territory", {}, ("Rebels of the North", "Military Forces of")),
    ("Government regains territory", {}, ("Military Forces of", "Rebels of the North")),
    # Which actor stands first says nothing in ACLED: of two rebels no one can tell who took it.
    ("Non-state actor overtakes territory", {"inter2": "Political militia"}, None),
    ("Government regains territory", {"inter1": "State forces"}, None),
    ("Government regains territory", {"actor1": "", "inter1": ""}, ("Military Forces of", None)),
    ("Non-violent transfer of territory", {"actor2": ""}, ("Rebels of the North", None)),
    ("Non-violent transfer of territory", {}, None),
]


@pytest.mark.parametrize(("verb", "change", "taken"), TERRITORY)
def test_territory_verbs_are_changes_of_control_where_the_taker_can_be_told(
    write, verb, change, taken
):
    changes, names = claims(write, ct.ControlChanged, sub_event_type=verb, **change)
    incidents, _ = claims(write, ct.Incident, sub_event_type=verb, **change)
    told = [(names[c.to], c.from_ and names[c.from_]) for c in changes]
    if taken is None:
        assert told == []
    else:
        [(to, from_)] = told
        assert to.startswith(taken[0])
        assert (from_ or "").startswith(taken[1] or "")
    # A battle for a town is an incident, too: people died in it. A transfer without one is none.
    assert len(incidents) == (0 if verb.startswith("Non-violent") and taken else 1)
    assert {c.occurrence for c in (*changes, *incidents)} == {(incidents or changes)[0].occurrence}


def test_older_headers_and_event_types_are_read(write):
    [change], names = claims(write, ct.ControlChanged, row=OLD)
    assert (names[change.to], names[change.from_]) == (
        "Military Forces of Atlantis", "Rebels of the North",
    )  # fmt: skip
    assert str(change.when) == "2016-03-15"
    [transfer], _ = claims(
        write, ct.ControlChanged, row=OLD, EVENT_TYPE="Non-violent transfer of territory", ACTOR2=""
    )
    assert transfer.from_ is None


def test_civilians_are_no_actor(write):
    [found], names = claims(write, ct.Incident, actor2="Civilians (Atlantis)", inter2="Civilians")
    assert [names[party] for party in found.parties] == ["Rebels of the North"]


WINDOWS = [("1", "2019-03-15"), ("2", "2019-03-09/2019-03-21"), ("3", "2019-03")]


@pytest.mark.parametrize(("precision", "when"), WINDOWS)
def test_time_precision_bounds_the_day(write, precision, when):
    [found], _ = claims(write, ct.Incident, time_precision=precision)
    assert found.when.edtf == when


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("15 March 2019", {}),
        ("15-Mar-2019", {}),
        ("2019-03-15", {}),
        ("15/03/2019", {"dates": "d/m/y"}),
    ],
)
def test_dates_are_read_as_acled_writes_them(write, text, options):
    events, report = acled(write, {"event_date": text}, **options)
    assert reasons(report) == []
    assert str(of(events, ct.Incident)[0].when) == "2019-03-15"


@pytest.mark.parametrize(
    ("precision", "kind", "name"),
    [("1", "point", "Port"), ("2", "area", "Port (area)"), ("3", "admin1", "North")],
)
def test_geo_precision_bounds_the_place(write, precision, kind, name):
    events, _ = acled(write, {"geo_precision": precision})
    [found] = of(events, ct.Incident)
    [place] = [p for p in of(events, ct.Place) if p.id == found.place]
    assert (place.kind, place.names["en"][0]) == (kind, name)


def test_the_timestamp_says_only_by_when_a_row_was_known(write):
    events, _ = acled(write, {})
    tl = ct.open(":memory:")
    tl.append(events)
    before = tl.incidents("2019-03", known_by="2019-03-21")
    assert (len(before), len(before.withheld)) == (0, 1)
    assert len(tl.incidents("2019-03", known_by="2019-03-22")) == 1


def test_without_a_timestamp_the_export_bounds_what_was_known(write):
    events, report = acled(write, {"timestamp": ""})
    assert str(of(events, ct.Incident)[0].known) == "2019-03-15/2020-06-25"
    assert report.notes["rows without a timestamp: known by the export at the latest"] == 1


REFUSED = [
    ({"event_id_cnty": ""}, "event_id_cnty: expected an id, got an empty cell"),
    ({"event_date": "03/15/2019"}, "event_date: '03/15/2019' is no EDTF date; it can be read in"),
    ({"event_date": "2019-03"}, "event_date: expected a day, got 2019-03"),
    ({"event_date": ""}, "event_date: expected a day, got an empty cell"),
    ({"time_precision": "4"}, "time_precision: expected 1, 2 or 3, got 4"),
    ({"geo_precision": "9"}, "geo_precision: expected 1, 2 or 3, got 9"),
    ({"event_type": "Tea party", "sub_event_type": ""}, "event_type: expected one of ACLED's"),
    ({"country": ""}, "country: expected a country, got an empty cell"),
    ({"location": ""}, "location: expected the name of a place, got an empty cell"),
    ({"fatalities": "many"}, "fatalities: expected a whole number, got 'many'"),
    ({"timestamp": "1550000000"}, "timestamp: expected no day before 2019-03-15, got 2019-02-12"),
    ({"timestamp": "yesterday"}, "timestamp: expected an instant"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_row_that_cannot_be_read_is_refused_with_the_reason(write, change, reason):
    events, report = acled(write, change, {"event_id_cnty": "XXX2"})
    [(line, told)] = reasons(report)
    assert line == 2
    assert told.startswith(reason)
    assert len(of(events, ct.Incident)) == 1
