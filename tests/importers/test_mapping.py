"""Mapping files: what they make of cells, and what is said of those that are wrong."""

from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest

import conflict_timeline as ct
from conflict_timeline.importers import (
    Report,
    import_events,
    mappings,
    read_mapped,
    read_mapping,
    template,
)
from tests.importers.conftest import of, read, reasons

BASE = """
[source.desk]
title = "Our table"
publisher = "The desk"
published = 2017-10-23
[actor.army]
names = {{ en = ["The Army"] }}
[place.town]
[[event]]
type = "headcount-observed"
group = "army"
status = "active"
source = "desk"
when = {when}
count = {count}
"""


def one(write, cells, *, when='"2017-10"', count="5", table="", name="table.csv"):
    """The claim of a table of one row, or the reason why there is none."""
    text = f"[table]\n{table}\n{BASE.format(when=when, count=count)}"
    mapping = read_mapping(write(text, "mapping.toml"))
    content = ";".join(cells) + "\n" + ";".join(cells.values()) + "\n"
    events, report = read(read_mapped, write(content, name), mapping=mapping)
    found = of(events, ct.HeadcountObserved)
    return found[0] if found else reasons(report)[0][1]


# ---- dates --------------------------------------------------------------------------------------

DAYS = [
    ("edtf", "2017-10-16", "2017-10-16"),
    ("edtf", "2017-10~", "2017-10~"),
    ("edtf", "2017-10-16/2017-10-22", "2017-10-16/2017-10-22"),
    ("d/m/y", "3/4/2017", "2017-04-03"),
    ("m/d/y", "3/4/2017", "2017-03-04"),
    ("d.m.y", "03.04.2017", "2017-04-03"),
    ("ymd", "20170403", "2017-04-03"),
    ("y/m/d", "2017/04/03", "2017-04-03"),
    ("d month y", "3 April 2017", "2017-04-03"),
    ("d-month-y", "3-Apr-2017", "2017-04-03"),
    ("month d, y", "April 3, 2017", "2017-04-03"),
    ("excel-1900", "42828", "2017-04-03"),
    ("excel-1900", "1", "1900-01-01"),
    ("excel-1900", "59", "1900-02-28"),
    ("excel-1900", "61", "1900-03-01"),
    ("excel-1904", "0", "1904-01-01"),
    ("excel-1904", "41366", "2017-04-03"),
    ("instant", "2017-04-03T23:30:00-05:00", "2017-04-04"),
    ("instant", "1491177600", "2017-04-03"),
    ("instant", "2017-04-03", "2017-04-03"),
]


@pytest.mark.parametrize(("dates", "text", "when"), DAYS)
def test_dates_are_read_as_the_mapping_says(write, dates, text, when):
    cell = f'{{ column = "day", dates = "{dates}" }}'
    assert one(write, {"day": text, "n": "1"}, when=cell).when.edtf == when
    everywhere = one(
        write, {"day": text, "n": "1"}, when='{ column = "day" }', table=f'dates = "{dates}"'
    )
    assert everywhere.when.edtf == when


NO_DAYS = [
    ("edtf", "03/04/2017", "it can be read in two ways: say dates = 'd/m/y', 'm/d/y'"),
    ("edtf", "3.4.17", "it can be read in two ways"),
    ("edtf", "20170403", "say dates = 'ymd' if that is what it is"),
    (
        "edtf",
        "42828",
        "if it is a spreadsheet's day number, say dates = 'excel-1900' or 'excel-1904'",
    ),
    ("edtf", "soon", "'soon' is no EDTF date"),
    ("d/m/y", "03/25/2017", "'03/25/2017' read as d/m/y is no day of the calendar"),
    ("d/m/y", "2017-04-03", "expected a day as d/m/y, got '2017-04-03'"),
    ("d/m/y", "3/4/17", "expected a day as d/m/y, got '3/4/17'"),
    ("d month y", "3 Ju 2017", "expected a day as d month y"),
    ("d month y", "3 Jux 2017", "'Jux' is no month in English"),
    ("excel-1900", "60", "day number 60 is no day: 1900 had no 29 February"),
    ("excel-1900", "0", "day number 0 is no day"),
    ("excel-1900", "42828.5", "expected a whole day number of a spreadsheet, got '42828.5'"),
    ("excel-1900", "9999999", "day number 9999999 is beyond the year 9999"),
    ("instant", "2017-04-03T23:30:00", "expected an instant, as seconds since 1970 or ISO 8601"),
    ("edtf", "2117", "expected no day after"),
    ("edtf", "", "needs this field, and it is missing"),
]


@pytest.mark.parametrize(("dates", "text", "reason"), NO_DAYS)
def test_dates_that_are_none_or_can_be_read_in_two_ways_are_refused(write, dates, text, reason):
    cell = f'{{ column = "day", dates = "{dates}" }}'
    assert reason in one(write, {"day": text, "n": "1"}, when=cell)


# ---- numbers ------------------------------------------------------------------------------------

COUNTS = [
    ("", "1234", (1234, 1234, 1234)),
    ("", "12.0", (12, 12, 12)),
    ("", "at least 250", (250, None, None)),
    ("", "hundreds", (200, None, 999)),
    ("", "250+", (250, None, None)),
    ('thousands = ","', "1,234", (1234, 1234, 1234)),
    ('thousands = "."\ndecimal = ","', "1.234.567", (1234567, 1234567, 1234567)),
    ('thousands = "."\ndecimal = ","', "1.234,0", (1234, 1234, 1234)),
    ('thousands = " "', "12 345", (12345, 12345, 12345)),
    ('decimal = ","', "17,0", (17, 17, 17)),
]


@pytest.mark.parametrize(("table", "text", "expected"), COUNTS)
def test_numbers_are_read_as_the_mapping_says(write, table, text, expected):
    found = one(write, {"n": text, "x": "1"}, count='{ column = "n" }', table=table)
    assert (found.count.low, found.count.best, found.count.high) == expected


NO_COUNTS = [
    ("", "1,234", "'1,234' may be 1234 or have decimals: say decimal or thousands"),
    ("", "1.234", "'1.234' may be 1234 or have decimals"),
    ("", "1 234", "may be 1234"),
    ("", "1,5", "expected a number (decimal mark '.'), got '1,5'"),
    ('decimal = ","', "1.234", "expected a number (decimal mark ','), got '1.234'"),
    (
        'thousands = ","',
        "12,34",
        "expected a number (decimal mark '.', thousands ','), got '12,34'",
    ),
    ('thousands = ","', "1,234.5", "expected a whole count of 0 or more, got 1234.5"),
    ("", "-3", "expected a whole count of 0 or more, got -3"),
    ("", "several", "expected a number or a wording of rule wording/1"),
    ("", "1e400", "expected a number"),
    ("", "", "needs this field, and it is missing"),
    ('missing = ["NA"]', "NA", "needs this field, and it is missing"),
]


@pytest.mark.parametrize(("table", "text", "reason"), NO_COUNTS)
def test_numbers_that_are_none_or_can_be_read_in_two_ways_are_refused(write, table, text, reason):
    found = one(write, {"n": text, "x": "1"}, count='{ column = "n" }', table=table)
    assert reason in found


@pytest.mark.parametrize(("rounding", "number"), [("down", 17), ("up", 18), ("nearest", 18)])
def test_a_number_is_rounded_only_as_the_mapping_says(write, rounding, number):
    count = f'{{ best = {{ column = "n", round = "{rounding}" }} }}'
    assert one(write, {"n": "17.6", "x": "1"}, count=count).count.best == number


# ---- texts, records, choices --------------------------------------------------------------------

RICH = """
[table]
missing = ["-"]

[source.row]
id = { text = "{office}-{day:4}", id = true }
title = { column = ["title", "office"] }
published = { column = "day" }

[actor.army]
[actor.navy]

[place.row]
id = { column = "town", id = true }
names = { en = { column = "town" }, ar = { column = "arabic", split = "|" } }
lat = { column = "lat" }

[[event]]
type = "control-observed"
place = { column = "town", id = true }
when = { column = "day" }
source = { text = "{office}-{day:4}", id = true }
holders = { column = "held", values = { A = ["army"], B = ["army", "navy"] } }
note = { column = "remark", default = "none given" }
only = { checked = ["yes", "y"] }
skip = { held = "nobody" }
"""
HEADER = "office,title,day,town,arabic,lat,held,remark,checked"


def rich(write, *lines):
    mapping = read_mapping(write(RICH, "mapping.toml"))
    text = "\n".join([HEADER, *lines]) + "\n"
    return read(read_mapped, write(text), mapping=mapping)


def test_a_row_makes_its_own_records_and_claims(write):
    events, report = rich(
        write,
        "The Desk,A title,2017-10-16,Port Town,ميناء|الميناء,31.5,B,seen,yes",
        "The Desk,A title,2017-10-16,Port Town,ميناء|الميناء,31.5,A,-,y",
        "Wire,-,2018-01-01,Łódź,-,,A,,no",
        "Wire,-,2018-01-01,Łódź,-,,nobody,,yes",
    )
    assert reasons(report) == []
    assert [(s.id, s.title) for s in of(events, ct.Source)] == [
        ("the-desk-2017", "A title"), ("wire-2018", "Wire"),
    ]  # fmt: skip
    port, lodz = of(events, ct.Place)
    assert (port.id, port.lat, port.names["ar"]) == ("port-town", 31.5, ("ميناء", "الميناء"))
    # What an id cannot hold is in a hash, so that names that differ do not meet.
    assert lodz.id.startswith("odz-")
    assert "ar" not in lodz.names
    first, second = of(events, ct.ControlObserved)
    assert (sorted(first.holders), first.note) == (["army", "navy"], "seen")
    assert (sorted(second.holders), second.note) == (["army"], "none given")
    assert report.notes["rows passed over, as held says 'nobody'"] == 1


def test_cells_that_the_mapping_does_not_know_are_refused(write):
    _, report = rich(write, "D,T,2017-10-16,Port,,,C,,yes")
    assert reasons(report) == [(2, "holders: the mapping has no value for 'C'")]


def test_records_that_rows_declare_differently_are_refused(write):
    events, report = rich(
        write, "D,T,2017-10-16,Port,,31.5,A,,yes", "D,T,2017-10-16,Port,,31.6,A,,yes"
    )
    assert reasons(report) == [(3, "place 'port': is declared otherwise on line 2 already")]
    assert len(of(events, ct.ControlObserved)) == 1


def test_a_table_without_the_columns_of_the_mapping_is_refused(write):
    mapping = read_mapping(write(RICH, "mapping.toml"))
    with pytest.raises(ct.InputError, match="expected a header with day, title, town"):
        read(read_mapped, write("office,held\n1,2\n"), mapping=mapping)


# ---- faults in mappings -------------------------------------------------------------------------

# fmt: off
FAULTS = [
    ("[tabel]\nx = 1", 1, "tabel", "no such key; did you mean table?"),
    ("table = 5", 1, "table", "expected a table, got 5"),
    ('[table]\ndates = "d/d/y"', 2, "table.dates", "expected edtf, excel-1900, excel-1904, instan"),
    ("[table]\nquotes = 5", 2, "table.quotes", "expected true or false, got 5"),
    ('[table]\nlatest = "soon"', 2, "table.latest", "expected a day, got 'soon'"),
    ('[table]\ndecimal = "x"', 2, "table.decimal", "expected one of '.', ',', got 'x'"),
    ('[table]\ndecimal = ","\nthousands = ","', 3, "table.thousands", "expected another mark"),
    ("[source]\nx = 5", 2, "source.x", "expected a table, got 5"),
    ('[source.x]\npublisher = "y"', 1, "source.x", "source needs title, and it is missing"),
    ('[source.x]\ntitle = "y"\ntitel = "y"', 3, "source.x.titel", "did you mean title?"),
    ("event = 5", 1, "event", "expected [[event]] tables, in double brackets"),
    ('[[event]]\ntype = "place"', 2, "event[1].type", "expected one of control-changed, "),
    ('[[event]]\ntype = "incident"\nwhen = "2017"\nsource = "x"', 1, "event[1]", "needs kind"),
    ("[[event]]\nkind = {column = 5}", None, "event[1].type", "expected one of"),
    ("{E}place = {column = 5}", 6, "event[1].place.column", "expected a column's name, got 5"),
    ("{E}place = {column = 'a', text = 'b'}", 6, "event[1].place", "expected column or text, and"),
    ("{E}place = {text = 5}", 6, "event[1].place.text", "expected a text, got 5"),
    ("{E}place = {column = 'a', valeus = {}}", 6, "event[1].place.valeus", "did you mean values?"),
    ("{E}place = {column = 'a', values = 5}", 6, "event[1].place.values", "expected a table of ce"),
    ("{E}place = {column = 'a', round = 'x'}", 6, "event[1].place.round", "expected one of down,"),
    ("{E}place = {column = 'a', id = 1}", 6, "event[1].place.id", "expected true or false, got 1"),
    ("{E}place = {column = 'a', split = 1}", 6, "event[1].place.split", "expected a text, got 1"),
    ("{E}place = {colum = 'a'}", 6, "event[1].place.colum", "did you mean column?"),
    ("{E}place = {keep = true}", 6, "event[1].place", "expected column or text, and not both"),
    ("{E}deaths = {lowest = 5}", 6, "event[1].deaths.lowest", "did you mean low?"),
    ("{E}deaths = {low = {column = 1}}", 6, "event[1].deaths.low.column", "expected a column's na"),
    ("{E}skip = 5", 6, "event[1].skip", "expected a table, got 5"),
    ("{E}skip = {a = 5}", 6, "event[1].skip.a", "expected a text or a list, got 5"),
    ("control = 5", 1, "control", "expected a table, got 5"),
    ("[control]\nx = 5", 2, "control.x", "no such key"),
    ("[control]\nplace = 'x'", 1, "control", "needs when, and it is missing"),
    ("{C}fold = 1", 5, "control.fold", "expected true or false, got 1"),
    ("{C}repeat_every = 0", 5, "control.repeat_every", "expected days from 1 on, got 0"),
    ("{C}pass_over = 'x'", 5, "control.pass_over", "expected a list of layers, got 'x'"),
    ("{C}layers = {a = {}}", 5, "control.layers.a", "needs source, and it is missing"),
    ("{C}layers = {a = {source = 's'}}", 5, "control.layers.a", "needs statuses: what each status"),
    ("{C}statuses = {x = 5}\nlayers = {a = {source = 's'}}", 5, "control.statuses.x",
     "expected one of held_by, lost_by, nothing, got 5"),
    ("{C}statuses = {x = {lost_by = ['a', 'b']}}\nlayers = {a = {source = 's'}}", 5,
     "control.statuses.x.lost_by", "expected an actor's id, got ['a', 'b']"),
    ("[control]\nplace='x'\nwhen='2017'\nlayers={a={source='s', statuses={x={nothing=true}}}}", 4,
     "control.layers.a", "needs status, here or for all layers"),
    ("", None, None, "expected [[event]], [control], or records that columns fill in"),
]  # fmt: skip
EVENT = '[[event]]\ntype = "incident"\nkind = "battle"\nwhen = "2017"\nsource = "x"\n'
CONTROL = "[control]\nplace = 'x'\nwhen = '2017'\nstatus = {column = 's'}\n"


@pytest.mark.parametrize(
    ("text", "line", "path", "message"), FAULTS, ids=[f[0][:40] for f in FAULTS]
)
def test_a_fault_of_a_mapping_is_told_with_its_line_and_key(write, text, line, path, message):
    path_of = write(text.replace("{E}", EVENT).replace("{C}", CONTROL), "mapping.toml")
    with pytest.raises(ct.InputError) as caught:
        read_mapping(path_of)
    told = [(f.line, f.path, f.message) for f in caught.value.faults]
    assert any(f[1] == path and message in f[2] and line in (None, f[0]) for f in told), told


def test_all_faults_of_a_mapping_are_told_at_once(write):
    text = '[tabel]\n[source.x]\ntitel = "y"\n[[event]]\ntype = "place"\n'
    with pytest.raises(ct.InputError) as caught:
        read_mapping(write(text, "mapping.toml"))
    assert [fault.line for fault in caught.value.faults] == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = ", "not TOML"),
        (b"a = \xff", "expected UTF-8, got a byte that is not"),
        (b"a = " + b"[" * 50, "nested"),
        (b"#" * 5_000_001, "expected at most 5,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(write, content, message):
    with pytest.raises(ct.InputError, match=message):
        read_mapping(write(content, "mapping.toml"))


def test_a_record_that_makes_no_sense_is_told_by_its_key(write):
    text = '[source.x]\ntitle = "y"\nreliability = "Z"\n' + EVENT
    mapping = read_mapping(write(text, "mapping.toml"))
    with pytest.raises(ct.InputError, match=r"source\.x\.reliability: expected an Admiralty"):
        read(read_mapped, write("a,b\n1,2\n"), mapping=mapping)


def test_shipped_mappings_are_found_by_name_and_are_sound(tmp_path):
    assert set(mappings()) == {"geonames", "icsr", "template", "viina"}
    for name in mappings():
        assert read_mapping(name).columns
    with pytest.raises(ct.UnknownNameError, match=r"no mapping is known as 'vina'; nearest: viina"):
        read_mapping("vina")
    with pytest.raises(ct.InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


def test_the_template_is_a_mapping_that_reads_a_table_as_it_says(write):
    mapping = read_mapping(write(template(), "mine.toml"))
    tl, report = ct.open(":memory:"), Report()
    path = write("town,day,held_by\nPort Town,2017-10-16,Army\nPort Town,2017-10-17,Navy\n")
    import_events(tl, read_mapped(path, report, mapping=mapping), report)
    assert tl.as_of("2017-10-16").territory["Port Town"].best == {"army"}
    assert reasons(report) == [(3, "holders: the mapping has no value for 'Navy'")]


# ---- workbooks ----------------------------------------------------------------------------------


def workbook(path, rows, *, more=(), epoch=None):
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    for row in rows:
        book.active.append(row)
    for name in more:
        book.create_sheet(name)
    book.save(path)
    return path


ROWS = [
    ["day", "n", "remark"],
    [date(2017, 10, 16), 1234, None],
    [datetime(2017, 10, 17), 5.0, True],
    [datetime(2017, 10, 18, 12, 30), 5, ""],
    ["2017-10-19", "hundreds", ""],
    [42828, 5, ""],
    [date(2017, 10, 20), 5.5, ""],
    [],
]


def sheet(write, path, **shape):
    text = "[table]\n" + "\n".join(f'{k} = "{v}"' for k, v in shape.items())
    text += BASE.format(when='{ column = "day" }', count='{ column = "n" }')
    mapping = read_mapping(write(text, "mapping.toml"))
    return read(read_mapped, path, mapping=mapping)


@pytest.mark.parametrize("epoch", [None, datetime(1904, 1, 1)], ids=["1900", "1904"])
def test_a_workbook_is_read_with_its_days_and_numbers_as_they_are(write, tmp_path, epoch):
    path = workbook(tmp_path / "table.xlsx", ROWS, epoch=epoch)
    events, report = sheet(write, path)
    found = [(str(c.when), c.count.low) for c in of(events, ct.HeadcountObserved)]
    assert found == [("2017-10-16", 1234), ("2017-10-17", 5), ("2017-10-19", 200)]
    assert [line for line, _ in reasons(report)] == [4, 6, 7]
    told = [reason for _, reason in reasons(report)]
    assert told[0] == "when: expected a day, got the moment 2017-10-18T12:30:00"
    assert "if it is a spreadsheet's day number" in told[1]
    assert "expected a whole count of 0 or more, got 5.5" in told[2]


def test_of_several_sheets_one_is_named(write, tmp_path):
    path = workbook(tmp_path / "table.xlsx", ROWS[:2], more=["Notes"])
    with pytest.raises(ct.InputError, match="has several sheets, say which: 'Sheet, Notes'"):
        sheet(write, path)
    with pytest.raises(ct.InputError, match="has no sheet 'Other'; it has 'Sheet, Notes'"):
        sheet(write, path, sheet="Other")
    events, _ = sheet(write, path, sheet="Sheet")
    assert len(of(events, ct.HeadcountObserved)) == 1


def test_what_is_no_workbook_is_refused(write, tmp_path):
    for content in (b"PK\x03\x04", b"text"):
        with pytest.raises(ct.InputError, match=r"is no \.xlsx workbook"):
            sheet(write, write(content, "table.xlsx"))
    with pytest.raises(ct.InputError, match="cannot be read"):
        sheet(write, tmp_path / "none.xlsx")


def test_without_openpyxl_the_extra_is_named(write, tmp_path, monkeypatch):
    path = workbook(tmp_path / "table.xlsx", ROWS[:2])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(ct.MissingExtraError, match=r"conflict-timeline\[excel\]"):
        sheet(write, path)
