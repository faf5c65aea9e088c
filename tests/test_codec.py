"""Events as bytes and back: law 7, bytes that stay for ever, and input from those who mean harm."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import ClassVar

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conflict_timeline import laws, strategies
from conflict_timeline.codec import (
    CLASSES,
    KIND_KEY,
    canonical_json,
    decode,
    encode,
    event_id,
    from_table,
    kind_of,
    to_table,
    wire,
)
from conflict_timeline.codec import tables as tables_of_codec
from conflict_timeline.codec.upcasters import UPCASTERS, upcast
from conflict_timeline.dates import When
from conflict_timeline.errors import DecodeError, EventError, InputError
from conflict_timeline.events import (
    Actor,
    ControlChanged,
    ControlObserved,
    Corrected,
    Erased,
    Event,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    Locator,
    Place,
    Source,
)
from conflict_timeline.frozen import FrozenMap
from conflict_timeline.quantities import Quantity

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_FILES = sorted(GOLDEN.glob("*.json"))
GOLDEN_IDS = tomllib.loads((GOLDEN / "ids.toml").read_text(encoding="utf-8"))

CLAIM = {"when": "2017-10-17", "source": "ridder"}
TAKEN = ControlChanged(place="raqqa", to="sdf", from_="is", **CLAIM)
TABLE = {"type": "control-changed", "place": "raqqa", "to": "sdf", "from": "is", **CLAIM}
COUNT = {
    "type": "headcount-observed", "group": "is", "status": "returned", "count": 60, **CLAIM,
}  # fmt: skip
CORRECTION = {
    "type": "corrected", "target": "ab" * 32, "kind": "rereading", "replacement": TABLE,
    "source": "ridder",
}  # fmt: skip


def as_json(table):
    return json.dumps(table).encode()


def faults(table):
    """Path and message of each fault of a table."""
    with pytest.raises(InputError) as caught:
        from_table(table)
    return {fault.path: fault.message for fault in caught.value.faults}


def refused(data):
    """The message with which bytes are refused."""
    with pytest.raises(DecodeError) as caught:
        decode(data)
    message = str(caught.value)
    assert message.encode("utf-8"), "the message can be printed"
    return message


def survives(event):
    """Encoding is stable from here on, whatever the event came from."""
    data = encode(event)
    again = decode(data)
    assert again == event
    assert encode(again) == data
    assert event_id(again) == hashlib.sha256(data).hexdigest()


# --- law 7 ---------------------------------------------------------------------------------------


@given(strategies.logs())
def test_law_7_decoding_an_encoded_event_gives_the_same_event(log):
    for event in log:
        laws.decoding_gives_the_event(event)
        assert from_table(to_table(event)) == event
        assert from_table(json.loads(json.dumps(to_table(event)))) == event


def by_tables(event):
    return canonical_json(to_table(event))


@given(strategies.logs())
def test_bytes_written_from_fields_are_those_of_the_table(log):
    for event in log:
        assert encode(event) == by_tables(event)


@pytest.mark.parametrize("file", GOLDEN_FILES, ids=lambda file: file.stem)
def test_bytes_written_from_fields_are_those_of_the_table_with_all_fields(file):
    event = decode(file.read_bytes())
    assert encode(event) == by_tables(event)


class Loud(str):
    def __str__(self):
        return self.upper()


class Odd(int):
    __repr__ = __str__ = lambda self: "odd"


@pytest.mark.parametrize(
    "event",
    [
        Source(id=Loud("a"), title='"\\/\x00\x1f\x7f\u2028\U0001f3d9', note="\ufeff"),
        Place(id="a", names={"en": ["A", "B"], "ar": [Loud("\u0627")]}, lat=0.1 + 0.2, lon=-0.0),
        Place(id="a", lat=1e-7, lon=5e-324, geonames=Odd(2**53 - 1)),
        Place(id="a", lat=35.0, lon=-0.5),
        FigureObserved(measure="m", value=Quantity(low=1, best=1, high=1, rule="r"), unit="u",
                       source="s", when="2017"),
        FigureObserved(measure="m", value=2**53, unit="u", source="s", when="2017"),
        FigureObserved(measure="m", value=Quantity(low=0.5, best=0.5, high=0.5), unit="u",
                       source="s", when="2017"),
        FigureObserved(measure="m", value=Odd(7), unit="u", source="s", when="2017"),
        FigureObserved(measure="m", value=Quantity(), unit="u", source="s", when="../.."),
        ControlObserved(place="p", holders={"b": None, "a": 0.25, "\U0001f3d9": 1, "\ufb00": 0},
                        when="2017", source="s", locator=Locator(paragraph=3)),
        ControlObserved(place="p", holders=["a"], when="2017", source="s",
                        locator=Locator(paragraph=3, sha256="0" * 64)),
        Forecast(statement="x", window="2018", when="2017~", source="s",
                 expectation="held_throughout"),
        Forecast(statement="x", window="2018-21", when="2017?", source="s",
                 expectation="held_at_end"),
    ],
)  # fmt: skip
def test_odd_values_are_written_from_fields_as_in_the_table(event):
    assert encode(event) == by_tables(event)
    assert decode(encode(event)) == event


def test_an_event_of_a_later_version_says_so(monkeypatch):
    monkeypatch.setitem(wire.VERSIONS, "control-changed", 2)
    assert json.loads(encode(TAKEN))["version"] == 2


@given(strategies.logs())
def test_events_made_from_bytes_are_as_their_class_makes_them(log):
    for event in log:
        made = decode(encode(event))
        fields = [field.name for field in attrs.fields(type(event))]
        assert [getattr(made, name) for name in fields] == [getattr(event, name) for name in fields]
        assert [type(getattr(made, name)) for name in fields] == [
            type(getattr(event, name)) for name in fields
        ]
        assert (made, hash(made), repr(made)) == (event, hash(event), repr(event))
        assert attrs.evolve(made) == event


def test_events_have_nothing_but_converters_and_a_last_check():
    """Else events made from bytes would have to do more than they do."""
    for cls in CLASSES.values():
        assert not hasattr(cls, "__attrs_pre_init__")
        assert all(field.validator is None and field.init for field in attrs.fields(cls))


def test_what_was_made_of_a_text_before_is_never_made_of_another_value(monkeypatch):
    monkeypatch.setattr(tables_of_codec, "_MOST_KNOWN", 2)
    for round_ in range(2):
        for number in range(5):  # more than are kept
            claim = attrs.evolve(TAKEN, place=f"p{number}", note=f"{round_}")
            assert decode(encode(claim)) == claim
    for place in (1, True, None, [], {}, " ", "p 1"):
        assert "place" in faults({**TABLE, "place": place})
        assert "place" in faults({**TABLE, "place": place})


any_texts = st.text(st.characters(exclude_categories=["Cs"]))
texts = any_texts.filter(str.strip)
numbers = st.none() | st.integers(-(2**53), 2**53) | st.floats(-(2**53), 2**53)
any_quantities = st.builds(
    Quantity, low=numbers, best=numbers, high=numbers, wording=st.none() | any_texts,
    rule=st.none() | any_texts,
)  # fmt: skip


@given(any_quantities, texts, texts)
@example(Quantity(low=1e-5, best=5e-324, high=0.1 + 0.2), "\x00\x7f\u2028", "\U0001f3d9\ufeff")
def test_law_7_holds_for_any_text_and_number(value, unit, note):
    figure = FigureObserved(measure="m", value=value, unit=unit, note=note, **CLAIM)
    laws.decoding_gives_the_event(figure)


@given(
    strategies.whens(), st.none() | any_texts, st.none() | any_texts, st.none() | strategies.days()
)
@example(When(None, None), " ", "+", None)
@example(When(None, None), "", "a+a", None)
def test_law_7_holds_for_dates_with_their_wording(when, wording, rule, reference):
    worded = attrs.evolve(when, wording=wording, rule=rule, reference=reference)
    laws.decoding_gives_the_event(attrs.evolve(TAKEN, when=worded))


@pytest.mark.parametrize(
    "edtf", ["2017-21", "[2016,2018]", "2017-1X", "1950S2", "2017-10?/2017-11"]
)
def test_law_7_holds_for_dates_that_say_more_than_their_bounds(edtf):
    event = attrs.evolve(TAKEN, when=edtf)
    laws.decoding_gives_the_event(event)
    assert decode(as_json({**TABLE, "when": edtf})) == event


def test_a_rule_on_the_wire_is_joined_to_the_rule_of_the_season():
    event = decode(as_json({**TABLE, "when": {"edtf": "2017-21", "rule": "last-spring/1"}}))
    assert event.when.rule == "last-spring/1+season-north/1"
    survives(event)


# --- golden files: what was written once decodes for ever ----------------------------------------
#
# To add one: write encode(event) to golden/KIND.VARIANT.json and its id to golden/ids.toml. One
# that is there is never changed: logs like it are out in the world.


@pytest.mark.parametrize("file", GOLDEN_FILES, ids=lambda file: file.stem)
def test_golden_bytes_decode_and_encode_to_the_same_bytes_and_id(file):
    data = file.read_bytes()
    event = decode(data)
    assert kind_of(event) == file.stem.partition(".")[0]
    assert encode(event) == data
    assert event_id(event) == GOLDEN_IDS[file.stem] == hashlib.sha256(data).hexdigest()


def test_every_golden_file_has_its_id_and_every_id_its_file():
    assert {file.stem for file in GOLDEN_FILES} == GOLDEN_IDS.keys()


@pytest.mark.parametrize("kind", CLASSES)
def test_every_wire_name_has_a_golden_file_with_all_its_fields(kind):
    tables = [json.loads((GOLDEN / f"{kind}.json").read_bytes())]
    tables += [json.loads(file.read_bytes()) for file in GOLDEN.glob(f"{kind}.*.json")]
    written = {name for table in tables for name in table}
    renamed = {"from_": "from"}
    fields = {renamed.get(field.name, field.name) for field in attrs.fields(CLASSES[kind])}
    assert written == {KIND_KEY, *fields}


def test_every_event_class_has_one_wire_name():
    def leaves(cls):
        below = cls.__subclasses__()
        return {leaf for sub in below for leaf in leaves(sub)} if below else {cls}

    ours = {cls for cls in leaves(Event) if cls.__module__.startswith("conflict_timeline.")}
    assert ours == {*CLASSES.values(), Erased}  # which stands in place of what is gone
    assert len(set(CLASSES.values())) == len(CLASSES)
    assert [kind_of(cls) for cls in CLASSES.values()] == list(CLASSES)


# --- canonical form ------------------------------------------------------------------------------


@given(strategies.claims())
def test_canonical_bytes_are_json_with_sorted_keys_and_no_spaces(claim):
    data = encode(claim)
    table = json.loads(data)
    again = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again.encode() == data
    assert table == to_table(claim)


def test_canonical_bytes_are_utf_8_without_needless_escapes():
    place = Place(id="الرقة", names={"fi": ["Räkkä 🏙"]}, note='a "quote", a \\ and a\nline')
    assert encode(place).decode() == (
        '{"id":"الرقة","names":{"fi":["Räkkä 🏙"]},'
        '"note":"a \\"quote\\", a \\\\ and a\\nline","type":"place"}'
    )


def test_defaults_are_left_out():
    place = Place(id="raqqa", names={}, note=None, lat=None)
    assert encode(place) == b'{"id":"raqqa","type":"place"}'
    incident = Incident(kind="siege", parties=[], fatalities={}, **CLAIM)
    assert to_table(incident) == {"type": "incident", "kind": "siege", **CLAIM}


def test_a_holder_without_a_share_is_kept():
    observed = ControlObserved(place="raqqa", holders={"sdf": None, "is": 0.25}, **CLAIM)
    assert to_table(observed)["holders"] == {"is": 0.25, "sdf": None}


def test_a_count_without_any_number_is_kept_apart_from_zero():
    unsaid = from_table({**COUNT, "count": {}})
    assert unsaid.count == Quantity()
    assert from_table({**COUNT, "count": None}) == unsaid
    assert to_table(unsaid)["count"] == {}
    assert to_table(attrs.evolve(unsaid, count=0))["count"] == 0


def test_one_event_made_in_different_ways_has_one_id():
    made = [
        TAKEN,
        ControlChanged(
            source="ridder", when=When.parse("2017-10-17"), from_="is", to="sdf", place="raqqa"
        ),
        from_table(TABLE),
        from_table(dict(reversed(TABLE.items()))),
        from_table({**TABLE, "note": None, "known": None}),
        from_table({**TABLE, "version": 1}),
        from_table({**TABLE, "when": {"edtf": "2017-10-17"}}),
        from_table({**TABLE, "when": "2017-10-17/2017-10-17"}),
        from_table({**TABLE, **tomllib.loads("when = 2017-10-17")}),
        decode(as_json(TABLE).replace(b"raqqa", b"r\\u0061qqa").replace(b":", b" :\n\t")),
    ]
    assert len({event_id(event) for event in made}) == 1
    observed = {
        event_id(ControlObserved(place="raqqa", holders=holders, **CLAIM))
        for holders in (
            ["a", "b"],
            ("b", "a", "b"),
            {"b", "a"},
            {"b": None, "a": None},
            FrozenMap({"a": None, "b": None}),
        )
    }
    assert len(observed) == 1
    counts = {event_id(from_table({**COUNT, "count": n})) for n in (60, 60.0, Quantity.exactly(60))}
    assert len(counts) == 1


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_ids_do_not_depend_on_the_process(seed):
    program = (
        "import sys, pathlib\n"
        "from conflict_timeline.codec import decode, event_id\n"
        "for file in sys.argv[1:]:\n"
        "    print(event_id(decode(pathlib.Path(file).read_bytes())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, GOLDEN_FILES)],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == [GOLDEN_IDS[file.stem] for file in GOLDEN_FILES]


def test_what_cannot_be_written_is_refused():
    with pytest.raises(EventError, match="expected an event, got 'raqqa'"):
        encode("raqqa")
    with pytest.raises(EventError, match="at most 1000000 bytes, got 100"):
        encode(Source(id="s", title="x" * 1_000_000))
    surrogate = attrs.evolve(TAKEN, when=When(None, None, wording="\ud800"))
    with pytest.raises(EventError, match="expected Unicode text, got a lone surrogate"):
        encode(surrogate)


# --- hostile bytes -------------------------------------------------------------------------------


def field(name, value, table=TABLE):
    """An event's JSON with one field of it replaced by the given JSON text."""
    rest = as_json({key: item for key, item in table.items() if key != name})
    return rest[:-1] + b', "' + name.encode() + b'": ' + value + b"}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected JSON: "),
        (b"{", "expected JSON: "),
        (b"nonsense", "expected JSON: "),
        (b"\xff\xfe", "expected UTF-8, got byte 0 that is not"),
        (b'{"type": "\xed\xa0\x80"}', "expected UTF-8, got byte 10 that is not"),
        (b"\xef\xbb\xbf" + as_json(TABLE), "expected JSON: "),
        (as_json(TABLE) + b"x", "expected JSON: Extra data"),
        (as_json(TABLE) + as_json(TABLE), "expected JSON: Extra data"),
        (b"[]", "expected a table, got []"),
        (b"null", "expected a table, got None"),
        (b'"control-changed"', "expected a table, got 'control-changed'"),
        (b"{}", "type: expected one of source, place, "),
        (b'{"type": "control-lost"}', "type: expected one of source, place, "),
        (b'{"type": ["place"]}', "type: expected one of source, place, "),
        (b'{"type": "\\ud800"}', "type: expected one of source, place, "),
        (b'{"type": "place", "id": "a", "id": "a"}', "expected each key once, got 'id' 2 times"),
        (field("to", b'{"a": 1, "a": 2}'), "expected each key once, got 'a' 2 times"),
        (field("to", b"NaN"), "expected a number, got NaN"),
        (field("count", b"Infinity", COUNT), "expected a number, got Infinity"),
        (field("count", b"-Infinity", COUNT), "expected a number, got -Infinity"),
        (field("count", b"1e400", COUNT), "count: expected a finite number, got inf"),
        (field("count", b"-1e400", COUNT), "count: expected a finite number, got -inf"),
        (field("count", b"9007199254740993", COUNT), "count: expected a number within +-2**53"),
        (field("count", b"9" * 5_000, COUNT), "expected a number within +-2**53, got '999"),
        (field("count", b"1." + b"5" * 5_000, COUNT), "count: expected a whole count"),
        (field("count", b'"' + b"9" * 5_000 + b'"', COUNT), "count: expected a number or a"),
        (field("count", b"true", COUNT), "count: expected a number or None, got True"),
        (field("count", b"-1", COUNT), "count: expected a whole count of 0 or more, got -1"),
        (field("count", b"[60]", COUNT), "count: expected a number or None, got [60]"),
        (field("count", b'{"low": 1, "mean": 2}', COUNT), "count: expected only best, high, low, "),
        (field("count", b'{"low": "1"}', COUNT), "count: expected a number or None, got '1'"),
        (field("count", b'{"wording": "\\udfff"}', COUNT), "count: expected Unicode text"),
        (field("count", b'{"rule": 5}', COUNT), "count: expected text or None, got 5"),
        (field("source", b'"\\ud800"'), "source: expected Unicode text, got a lone surrogate"),
        (field("note", b'"a\\udc00b"'), "note: expected Unicode text, got a lone surrogate"),
        (field("\\ud800", b"1"), "'\\ud800'"[1:-1] + ": control-changed has no such field"),
        (field("when", b'"\\ud800"'), "when: expected an EDTF date"),
        (field("when", b"null"), "when: expected a When, EDTF text"),
        (field("when", b"2017"), "when: expected a When, EDTF text"),
        (field("when", b"{}"), "when: expected EDTF text under edtf, got None"),
        (field("when", b'{"edtf": 5}'), "when: expected EDTF text under edtf, got 5"),
        (field("when", b'{"edtf": "2017", "day": 5}'), "when: expected only edtf, reference, "),
        (field("when", b'{"edtf": "2017", "rule": 5}'), "when: rule: expected text, got 5"),
        (
            field("when", b'{"edtf": "2017", "wording": "\\ud800"}'),
            "when: wording: expected Unicode text",
        ),
        (
            field("when", b'{"edtf": "2017", "reference": "2017"}'),
            "when: reference: expected one whole day",
        ),
        (field("locator", b"3"), "locator: expected a table of paragraph and sha256, got 3"),
        (field("locator", b"{}"), "locator: paragraph: expected a whole number above 0, got None"),
        (field("locator", b'{"page": 3}'), "locator: expected only paragraph, sha256, got 'page'"),
        (field("version", b"2"), "version: expected a version of control-changed from 1 to 1"),
        (field("version", b"0"), "version: expected a version of control-changed from 1 to 1"),
        (field("version", b"true"), "version: expected a version of control-changed from 1"),
        (field("version", b"1.0"), "version: expected a version of control-changed from 1"),
        (field("version", b'"1"'), "version: expected a version of control-changed from 1"),
        (field("version", b"null"), "version: expected a version of control-changed from 1"),
        (field("placce", b"1"), "placce: control-changed has no such field; nearest: place"),
        (field("", b"1"), "control-changed has no such field; it has claimant, credibility, "),
        (as_json({"type": "place"}), "id: place needs this field, and it is missing"),
        (field("to", b'"is"'), "to: expected another actor than from, got 'is' for both"),
        (field("replacement", b"null", CORRECTION), "replacement: expected a claim that replaces"),
        (field("replacement", b"[1]", CORRECTION), "replacement: expected a table, got [1]"),
        (field("replacement", b"{}", CORRECTION), "replacement.type: expected one of source, "),
        (
            field("replacement", as_json({**TABLE, "when": "soon"}), CORRECTION),
            "replacement.when: expected an EDTF date",
        ),
        (
            field("replacement", b'{"type": "place", "id": "raqqa"}', CORRECTION),
            "replacement: expected a claim that replaces the target, got a place event",
        ),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_with_its_place(data, message):
    assert refused(data).startswith(message)


@pytest.mark.parametrize("depth", [10, 100, 500, 900, 990, 1_000, 5_000, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"low":', b"}")])
@pytest.mark.parametrize(
    "name", ["when", "count", "group", "locator", "credibility", "note", "unheard_of"]
)
def test_deep_nesting_is_refused(depth, opens, closes, name):
    nested = opens * depth + b"1" + closes * depth
    assert refused(field(name, nested, COUNT))
    assert refused(nested)


@pytest.mark.parametrize("depth", [2, 100, 300, 900, 5_000])
def test_a_correction_in_a_correction_is_refused_at_any_depth(depth):
    head = field("replacement", b"", CORRECTION)[:-1]
    message = refused(head * depth + as_json(TABLE) + b"}" * depth)
    assert message in (
        "replacement: expected a claim that replaces the target, got a corrected event",
        "expected an event, got JSON nested too deeply",
    )


def test_deep_tables_of_python_are_refused():
    table = TABLE
    for _ in range(10_000):
        table = {**CORRECTION, "replacement": table}
    assert faults(table) == {
        "replacement": "expected a claim that replaces the target, got a corrected event"
    }
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert faults({**TABLE, "to": deep}) == {
        "to": "expected text, got a value of type list that is too large to show"
    }


def test_more_bytes_than_a_claim_can_have_are_refused_unread():
    assert refused(b" " * 1_000_001) == "expected at most 1000000 bytes, got 1000001"
    largest = field("note", b'"' + b"x" * 999_000 + b'"')
    assert len(decode(largest).note) == 999_000


def test_hostile_fields_do_not_blow_up_the_message():
    long_name = refused(field("x" * 900_000, b"1"))
    assert len(long_name) < 1_000
    many = json.dumps({**TABLE, **{f"f{n}": n for n in range(50_000)}}).encode()
    message = refused(many)
    assert len(message) < 20_000
    assert "control-changed has none of 49980 more fields that are given" in message
    long_value = refused(field("nationality", b'"' + b"x" * 900_000 + b'"', COUNT))
    assert len(long_value) < 1_000
    long_key = {"low": 1, "x" * 900_000: 1}
    assert len(refused(as_json({**COUNT, "count": long_key}))) < 1_000


# --- tables --------------------------------------------------------------------------------------


def test_every_faulty_field_is_told_at_once_in_the_order_of_the_input():
    table = {
        "type": "headcount-observed",
        "count": -1,
        "statsu": "returned",
        "when": "soon",
        "nationality": "UK1",
        "locator": {"paragraph": 0},
    }
    found = faults(table)
    assert list(found) == [
        "statsu", "source", "group", "status", "count", "when", "nationality", "locator",
    ]  # fmt: skip
    assert found["statsu"] == "headcount-observed has no such field; nearest: status"
    assert found["status"] == "headcount-observed needs this field, and it is missing"
    assert found["count"] == "expected a whole count of 0 or more, got -1"
    assert found["locator"] == "paragraph: expected a whole number above 0, got 0"
    assert all(f"{path}: " not in message for path, message in found.items())


def test_every_fault_of_a_replacement_is_told_with_its_path():
    table = {**CORRECTION, "kind": "guess", "replacement": {**TABLE, "to": 5, "from": ""}}
    assert faults(table).keys() == {"kind", "replacement.to", "replacement.from"}


def test_fields_that_do_not_go_together_are_told_where_each_is_sound_by_itself():
    assert faults({k: v for k, v in TABLE.items() if k not in ("to", "from")}) == {
        "to": "expected the taker, the loser (from) or both, got neither"
    }
    people = {**COUNT, "type": "people-moved", "from_status": "active", "to_status": "active"}
    del people["status"]
    assert faults(people) == {
        "to_status": "expected another than from_status, got 'active' for both"
    }


def test_the_field_from_is_known_by_its_wire_name_only():
    assert faults({**TABLE, "from_": "is"}).keys() == {"from_"}
    assert faults({**TABLE, "from": 5}) == {"from": "expected text, got 5"}


@pytest.mark.parametrize(
    "table", [{1: 2}, {"type": "place", 1: 2, None: 3, "id": "a"}, {"type": None}]
)
def test_tables_with_odd_keys_are_refused(table):
    assert faults(table)
    assert faults({**COUNT, "count": table})
    assert faults({**TABLE, "when": table})
    assert faults({**TABLE, "locator": table})
    assert faults({**CORRECTION, "replacement": table})


def test_tables_hold_values_that_json_and_toml_can_hold():
    event = HeadcountObserved(
        group="is", status="returned", count=Quantity(low=1), locator=Locator(paragraph=3), **CLAIM
    )
    assert to_table(event) == {**COUNT, "count": {"low": 1}, "locator": {"paragraph": 3}}
    observed = {"type": "control-observed", "place": "raqqa", **CLAIM}
    as_list = from_table({**observed, "holders": ["sdf", "is"]})
    assert to_table(as_list) == {**observed, "holders": {"is": None, "sdf": None}}
    corrected = Corrected(target="ab" * 32, replacement=TAKEN, kind="rereading", source="ridder")
    assert to_table(corrected) == CORRECTION
    assert to_table(Actor(id="a", names={"en": ["A"]}))["names"] == {"en": ["A"]}
    toml = tomllib.loads('type="place"\nid="a"\nlat=nan')
    assert faults(toml) == {"lat": "expected degrees within +-90, got nan"}
    moment = tomllib.loads("when=2017-10-17T00:00:00Z")
    assert faults({**TABLE, **moment})["when"].startswith("expected a civil day, got the moment")


# --- versions ------------------------------------------------------------------------------------


class TestUpcasters:
    versions: ClassVar = {"control-changed": 3}

    @staticmethod
    def first(table):
        return {"to" if name == "taker" else name: table[name] for name in table}

    @staticmethod
    def second(table):
        return {"from" if name == "loser" else name: table[name] for name in table}

    def test_a_chain_leads_from_the_oldest_version_to_the_current(self):
        upcasters = {("control-changed", 1): self.first, ("control-changed", 2): self.second}
        old = {"place": "raqqa", "taker": "sdf", "loser": "is"}
        new = {"place": "raqqa", "to": "sdf", "from": "is"}

        def to_current(table):
            return upcast("control-changed", table, upcasters=upcasters, versions=self.versions)

        assert to_current(old) == to_current({**old, "version": 1}) == new
        assert to_current({"place": "raqqa", "to": "sdf", "loser": "is", "version": 2}) == new
        assert to_current({**new, "version": 3}) == new
        assert old == {"place": "raqqa", "taker": "sdf", "loser": "is"}, "the table is left alone"

    def test_a_gap_in_the_chain_is_refused(self):
        upcasters = {("control-changed", 1): self.first}
        old = {"place": "raqqa", "taker": "sdf", "loser": "is"}
        with pytest.raises(DecodeError, match="no upcaster leads from version 2 of control-chang"):
            upcast("control-changed", old, upcasters=upcasters, versions=self.versions)

    def test_a_version_that_is_to_come_is_refused(self):
        with pytest.raises(DecodeError, match="expected a version of control-changed from 1 to 3"):
            upcast("control-changed", {"version": 4}, upcasters={}, versions=self.versions)

    def test_a_version_above_1_is_written(self, monkeypatch):
        monkeypatch.setitem(wire.VERSIONS, "control-changed", 2)
        assert to_table(TAKEN)["version"] == 2
        survives(TAKEN)
        assert faults(TABLE) == {"version": "no upcaster leads from version 1 of control-changed"}


# --- fuzz ----------------------------------------------------------------------------------------

NAMES = sorted({f.name.rstrip("_") for cls in CLASSES.values() for f in attrs.fields(cls)})
WORDS = ["2017", "2017-10-17/..", "sdf", "is", "active", "returned", "siege", "hundreds", "CA", "A"]
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*WORDS, "ab" * 32, *CLASSES])
)
json_keys = st.sampled_from(
    [*NAMES, "type", "version", "edtf", "low", "high", "best", "wording", "rule", "reference", "en"]
)


def lists_and_tables(inner):
    keys = json_keys | st.text(max_size=2)
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)


json_like = st.recursive(leaves, lists_and_tables, max_leaves=12)


def outcome(read, data):
    """The event that was read, or the faults for which it was refused; no other error."""
    try:
        return read(data)
    except (DecodeError, InputError) as error:
        return error


@st.composite
def tables(draw):
    """Tables of a known kind, whose fields may hold anything."""
    kind = draw(st.sampled_from(sorted(CLASSES)))
    names = [f.name.rstrip("_") for f in attrs.fields(CLASSES[kind])]
    return {"type": kind, **draw(st.dictionaries(st.sampled_from(names), json_like, max_size=8))}


@given(tables() | json_like)
def test_any_table_is_an_event_or_an_input_error(table):
    event = outcome(from_table, table)
    if isinstance(event, Event):
        survives(event)
    else:
        assert event.faults
        assert str(event).encode("utf-8"), "the message can be printed"


@given(st.sampled_from(GOLDEN_FILES), st.data())
def test_a_golden_event_with_one_field_changed_is_an_event_or_an_input_error(file, data):
    table = json.loads(file.read_bytes())
    name = data.draw(st.sampled_from(sorted(table)))
    inner = table[name]
    if inner and isinstance(inner, dict) and data.draw(st.booleans()):
        inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(json_like)
    else:
        table[name] = data.draw(json_like)
    event = outcome(from_table, table)
    if isinstance(event, Event):
        survives(event)
    else:
        assert all(fault.path for fault in event.faults)


@given(st.sampled_from(GOLDEN_FILES), st.data())
def test_mutated_bytes_are_an_event_or_a_decode_error(file, data):
    encoded = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(encoded)))
        end = start + data.draw(st.integers(0, 3))
        encoded[start:end] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"{", b"}", b",", b"\\ud800", b"9"])
        )
    event = outcome(decode, bytes(encoded))
    if isinstance(event, Event):
        survives(event)
    else:
        assert isinstance(event, DecodeError)
        assert str(event).encode("utf-8"), "the message can be printed"


@given(st.binary(max_size=40))
def test_any_bytes_are_an_event_or_a_decode_error(data):
    with pytest.raises(DecodeError):
        decode(data)


def test_an_event_of_an_older_version_keeps_the_id_it_was_recorded_under(monkeypatch):
    old = encode(Place(id="hama", note="a town"))

    def rename(table):
        return {**table, "note": f"{table['note']}, upcast"}

    monkeypatch.setitem(wire.VERSIONS, "place", 2)
    monkeypatch.setitem(UPCASTERS, ("place", 1), rename)
    event = decode(old)
    assert event == Place(id="hama", note="a town, upcast")
    assert event.content_id == hashlib.sha256(old).hexdigest()
    assert event.content_id != event_id(event)
    assert b'"version":2' in encode(event)
