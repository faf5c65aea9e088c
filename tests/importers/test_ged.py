"""Single rows of UCDP GED, as they are and as they should not be."""

from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest

import conflict_timeline as ct
from conflict_timeline.importers import Report, import_events, read_ged
from tests.importers.conftest import SOURCE, as_csv, of, read, reasons

# Two rows of UCDP GED (CC BY 4.0, Uppsala Conflict Data Program), shortened.
ROW = {
    "id": "214804.0",
    "type_of_violence": "1.0",
    "side_a_new_id": "118.0",
    "side_a": "Government of Syria",
    "side_b_new_id": "4456.0",
    "side_b": "Syrian insurgents",
    "number_of_sources": "1.0",
    "source_article": '"SOHR,2016-01-01,Bombardment targets Idlib and Hama"',
    "source_original": "SOHR",
    "where_prec": "2.0",
    "where_coordinates": "Ein Laroz town",
    "adm_1": "Idlib Governorate",
    "adm_2": "Ariha district",
    "latitude": "35.688342",
    "longitude": "36.449962",
    "country": "Syria",
    "country_id": "652.0",
    "event_clarity": "1.0",
    "date_prec": "1.0",
    "date_start": "2016-01-01",
    "date_end": "2016-01-01",
    "deaths_a": "0.0",
    "deaths_b": "0.0",
    "deaths_civilians": "2.0",
    "deaths_unknown": "0.0",
    "low": "2.0",
    "best": "2.0",
    "high": "2.0",
}


def ged(write, *changes, **options):
    path = write(as_csv([{**ROW, **change} for change in changes]))
    return read(read_ged, path, source=SOURCE, **options)


def incident(write, **change):
    events, report = ged(write, change)
    assert reasons(report) == []
    [found] = of(events, ct.Incident)
    return found


def places(write, **change):
    return [(p.kind, p.names["en"][0], p.lat) for p in of(ged(write, change)[0], ct.Place)]


def test_a_row_is_an_incident_with_its_records(write):
    events, report = ged(write, {})
    found = incident(write)
    assert (report.rows, report.refusals) == (1, 0)
    assert events[0] == SOURCE
    assert found.when == ct.When.of("2016-01-01")
    assert (found.kind, found.occurrence, found.claimant) == ("battle", "ucdp-214804", "SOHR")
    assert found.parties == ("ucdp-118", "ucdp-4456")
    assert {a.id: a.kind for a in of(events, ct.Actor)} == {
        "ucdp-118": "state",
        "ucdp-4456": "non-state",
    }
    assert found.fatalities["civilians"] == ct.Quantity(best=2)
    assert found.deaths == ct.Quantity.exactly(2)
    assert found.known == ct.When.of("2016-01-01")
    assert "where_prec 2" in found.note
    assert "2016-01-01,Bombardment" in found.note


def test_one_sided_violence_is_an_attack_and_civilians_are_no_actor(write):
    found = incident(write, type_of_violence="3", side_b="Civilians", side_b_new_id="1")
    assert (found.kind, found.parties) == ("attack", ("ucdp-118",))


@pytest.mark.parametrize(
    ("precision", "name", "expected"),
    [
        (1, "Ein Laroz town", ("point", "Ein Laroz town", 35.688342)),
        (2, "Ein Laroz town", ("within 25 km", "Ein Laroz town (within 25 km)", 35.688342)),
        (3, "Ariha district", ("adm2", "Ariha district", None)),
        (4, "Idlib Governorate", ("adm1", "Idlib Governorate", None)),
        (5, "Northern Idlib", ("line or fuzzy area", "Northern Idlib (fuzzy)", 35.688342)),
        (6, "Syria", ("country", "Syria", None)),
        (7, "Lake Assad", ("sea or air", "Lake Assad (sea or air)", 35.688342)),
        (4, "Somewhere else", ("where_prec 4", "Somewhere else", 35.688342)),
    ],
)
def test_a_place_is_no_more_precise_than_where_prec_says(write, precision, name, expected):
    change = {"where_prec": str(precision), "where_coordinates": name}
    events, _ = ged(write, change)
    by_id = {place.id: place for place in of(events, ct.Place)}
    [found] = of(events, ct.Incident)
    place = by_id[found.place]
    assert (place.kind, place.names["en"][0], place.lat) == expected
    while place.parent is not None:  # every place lies in the country
        place = by_id[place.parent]
    assert place.id == "ged-652"


def test_ids_of_places_are_of_their_content_and_apart_where_they_differ(write):
    def place(**change):
        return incident(write, **change).place

    assert place() == place(id="1", date_start="2015-12-31", best="9")
    others = [place(latitude="35.7"), place(where_prec="1"), place(adm_2="Other district")]
    assert len({place(), *others}) == 4


def test_dates_are_as_vague_as_date_prec_says(write):
    found = incident(write, date_prec="4", date_start="2016-01-01", date_end="2016-01-31")
    assert found.when.edtf == "2016-01"
    assert found.when.rule == "ged-date-prec-4/1"
    # pandas and the newer CSV files have a time of day.
    assert incident(write, date_start="2016-01-01 00:00:00.000").when.edtf == "2016-01-01"


KNOWN = [
    # one reference: its day
    ('"A,2016-01-03,x"', "2016-01-03"),
    # several: from the first on it can have been known, by the last it was
    ('"A,2016-01-03,x";"B, Inc,2016-01-02,y, z";"C,2017-05-01,w"', "2016-01-02/2017-05-01"),
    # implausible ones are not believed: from before, from after the release
    ('"A,1753-01-01,x";"B,2016-01-05,y"', "2016-01-05"),
    ('"A,2919-02-06,x";"B,2016-01-05,y"', "2016-01-05"),
    ('"A,2015-12-31,x"', "2016-01-01/2020-06-25"),
    # no date that can be told: by the release at the latest
    ("r 25/2", "2016-01-01/2020-06-25"),
    ('"A,2016-02-31,x"', "2016-01-01/2020-06-25"),
    ("", "2016-01-01/2020-06-25"),
]


@pytest.mark.parametrize(("articles", "known"), KNOWN)
def test_references_bound_when_a_row_was_known(write, articles, known):
    assert incident(write, source_article=articles).known == ct.When.parse(known)


def test_what_ends_later_than_its_reference_was_not_known_whole_by_then(write):
    window = {"date_prec": "4", "date_start": "2016-01-01", "date_end": "2016-01-31"}
    found = incident(write, source_article='"A,2016-01-10,x"', **window)
    assert found.known.edtf == "2016-01-10/2016-01-31"


def test_without_a_release_date_nothing_but_the_recording_bounds_what_has_no_reference(write):
    source = ct.Source(id="set", title="A data set")
    late = {"id": "2", "source_article": '"A,2119-01-01,"'}
    path = write(as_csv([{**ROW, "source_article": ""}, {**ROW, **late}]))
    events, report = read(read_ged, path, source=source)
    assert [i.known for i in of(events, ct.Incident)] == [ct.When.parse("2016-01-01/..")] * 2
    assert report.notes["references dated 30 years after the event or later: not believed"] == 1
    tl = ct.open(":memory:")
    tl.append(events)
    found = tl.incidents("2016-01-01", known_by="2016-12-31")
    assert (found.count.low, found.count.high, len(found.withheld)) == (0, 2, 2)


def test_the_release_can_be_what_counts(write):
    events, _ = ged(write, {}, known_from="release")
    tl = ct.open(":memory:")
    tl.append(events)
    assert len(tl.incidents("2016-01-01", known_by="2020-06-24")) == 0
    assert len(tl.incidents("2016-01-01", known_by="2020-06-25")) == 1


def test_disordered_deaths_are_kept_flagged_and_counted_by_their_hull(write):
    events, report = ged(write, {"low": "177", "best": "142", "high": "177"})
    assert report.notes["deaths that break low <= best <= high: kept, their hull counts"] == 1
    tl = ct.open(":memory:")
    tl.append(events)
    toll = tl.incidents("2016").toll
    assert (toll.deaths.low, toll.deaths.best, toll.deaths.high) == (142, 142, 177)
    assert toll.disordered == 1


def test_sources_that_were_not_counted_are_not_minus_one(write):
    assert "number of sources not recorded" in incident(write, number_of_sources="-1").note


REFUSED = [
    ({"id": ""}, "id: expected a number, got an empty cell"),
    ({"id": "x"}, "id: expected a whole number, got 'x'"),
    ({"type_of_violence": "4"}, "type_of_violence: expected 1, 2 or 3, got 4"),
    ({"date_prec": "0"}, "date_prec: expected 1 to 5, got 0"),
    ({"date_start": "01/02/2016"}, "date_start: expected a day as in 2016-06-15, got '01/02/2016'"),
    ({"date_end": ""}, "date_end: expected a day as in 2016-06-15, got an empty cell"),
    ({"date_start": "2016-01-02"}, "date_end: expected no day before 2016-01-02, got 2016-01-01"),
    (
        {"date_start": "2021-01-01", "date_end": "2021-01-01"},
        "date_start: expected no day after the release, got 2021-01-01",
    ),
    ({"best": "-1"}, "best: expected a count of 0 or more, got -1"),
    ({"deaths_a": "1.5"}, "deaths_a: expected a whole number, got '1.5'"),
    ({"where_prec": "8"}, "where_prec: expected 1 to 7, got 8"),
    (
        {"where_coordinates": ""},
        "where_coordinates: expected the name of a place, got an empty cell",
    ),
    ({"country": ""}, "country, country_id: expected a country, got an empty cell"),
    ({"latitude": "35,7"}, "latitude: expected decimal degrees, got '35,7'"),
    ({"latitude": "135.7"}, "lat: expected degrees within +-90, got 135.7"),
    ({"side_a": ""}, "side_a: expected a name and an id, got ''"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_row_that_cannot_be_read_is_refused_with_the_reason(write, change, reason):
    events, report = ged(write, change, {"id": "2"})
    assert reasons(report) == [(2, reason)]
    assert [i.occurrence for i in of(events, ct.Incident)] == ["ucdp-2"]
    assert report.rows == 2


def test_a_refused_row_declares_nothing_that_later_rows_then_lack(write):
    bad = {"deaths_a": "x", "source_original": "A"}
    events, report = ged(write, bad, {"id": "2"})
    tl = ct.open(":memory:")
    import_events(tl, events, report)
    assert report.refusals == 1
    assert len(tl.incidents("2016")) == 1


def test_hdx_tags_below_the_header_are_passed_over(write):
    tags = dict.fromkeys(ROW, "") | {"date_start": "#date+start", "country": "#country+name"}
    events, report = ged(write, tags, {})
    assert (report.rows, report.refusals, len(of(events, ct.Incident))) == (1, 0, 1)


def test_a_table_without_the_columns_of_ged_is_no_ged(write):
    with pytest.raises(ct.InputError, match="expected a header with type_of_violence, number_of"):
        read(read_ged, write("id,b\n1,2\n"), source=SOURCE)


def test_a_workbook_of_ged_has_days_and_numbers_of_its_own(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(list(ROW))
    typed = {"date_start": date(2016, 1, 1), "date_end": datetime(2016, 1, 1), "id": 214804}
    moment = {"date_start": datetime(2016, 1, 1, 12, 30)}
    for change in (typed, moment):
        book.active.append(list({**ROW, **change}.values()))
    path = tmp_path / "ged.xlsx"
    book.save(path)
    events, report = read(read_ged, path, source=SOURCE)
    assert [str(found.when) for found in of(events, ct.Incident)] == ["2016-01-01"]
    assert reasons(report) == [
        (3, "date_start: expected a day, got the moment 2016-01-01T12:30:00")
    ]


# ---- into a log ---------------------------------------------------------------------------------


def test_a_place_that_the_log_has_otherwise_stays_as_it_is(write):
    tl = ct.open(":memory:")
    tl.append([ct.Place(id="ged-652", names={"ar": ["سوريا"]}, kind="country")])
    path, report = write(as_csv([ROW])), Report()
    import_events(tl, read_ged(path, report, source=SOURCE), report)
    assert report.notes["places and actors that the log has otherwise: left as they are"] == 1
    assert tl.incidents("2016", place="سوريا").toll.count == 1


def test_a_source_that_the_log_has_otherwise_is_told(write):
    tl, report = ct.open(":memory:"), Report()
    tl.append([ct.Source(id="set", title="Another")])
    with pytest.raises(ct.InputError, match="source 'set' is in the log already, and otherwise"):
        import_events(tl, read_ged(write(as_csv([ROW])), report, source=SOURCE), report)
    assert tl.position == 1


def test_a_dry_run_checks_and_writes_nothing(write):
    tl, report = ct.open(":memory:"), Report()
    path = write(as_csv([{**ROW, "id": str(n)} for n in range(1, 8)]))
    import_events(tl, read_ged(path, report, source=SOURCE), report, dry_run=True, batch=3)
    assert (tl.position, report.recorded, report.found["incident"]) == (0, 0, 7)


def test_what_was_broken_off_between_batches_is_written_on_by_the_same_import(write):
    good = [{**ROW, "id": str(n)} for n in range(1, 8)]
    tl = ct.open(":memory:")

    class StoppedError(Exception):
        pass

    def breaking_off(events):
        for number, event in enumerate(events):
            if number == 9:
                raise StoppedError
            yield event

    path, report = write(as_csv(good)), Report()
    events = breaking_off(read_ged(path, report, source=SOURCE))
    with pytest.raises(StoppedError):
        import_events(tl, events, report, batch=4)
    assert tl.position == 8
    report = Report()
    import_events(tl, read_ged(path, report, source=SOURCE), report, batch=4)
    assert (report.recorded, report.new) == (14, 6)
    whole = ct.open(":memory:")
    import_events(whole, read_ged(path, Report(), source=SOURCE), Report())
    assert {e.id for e in whole.events()} == {e.id for e in tl.events()}
    assert tl.incidents("2016").count == whole.incidents("2016").count == ct.Quantity(7, 7, 7)


def test_a_line_that_makes_no_sense_in_this_log_is_refused_alone(write):
    # The log's own word on the source is that it came out in 2015: the row is of a later day.
    tl, report = ct.open(":memory:"), Report()
    early = ct.Source(id="set", title="A data set", published="2015-06-25")
    tl.append([early])
    events = read_ged(write(as_csv([ROW])), report, source=SOURCE, known_from="release")
    items = [item for item in events if not isinstance(item, ct.Source)]
    import_events(tl, items, report)
    assert [r.line for r in report.refused] == [2]
    assert "expected no day after its publication" in report.refused[0].reason
    assert len(tl.incidents("2016")) == 0
