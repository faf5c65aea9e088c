"""Events made the fast way are those of the way by tables, and so are the refusals."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.codec import (
    canonical,
    canonical_json,
    decode,
    encode,
    known,
    reading,
    to_table,
)
from conflict_timeline.codec.plain import plain_event
from conflict_timeline.codec.reading import read, read_all
from conflict_timeline.errors import DecodeError
from conflict_timeline.events import ControlChanged, ControlObserved, Event, Source
from tests.benchmarks import work
from tests.test_codec import CORRECTION, COUNT, TABLE, json_like
from tests.test_codec import tables as any_tables

GOLDEN = [file.read_bytes() for file in sorted((Path(__file__).parent / "golden").glob("*.json"))]
WORK = [encode(event) for event in work.events(work.make(60, 5))]


def corpus() -> list[bytes]:
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        return [encode(entry.event) for entry in timeline.events()]


SOUND = [*GOLDEN, *WORK[::7], *corpus()]


@contextmanager
def by_tables() -> Iterator[None]:
    """Within it, decoding goes the slow way: the oracle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canonical, "read", lambda text: None)
        yield


def told(data: bytes) -> tuple[object, ...]:
    """Everything there is to see of what bytes decode to, or of why they do not."""
    try:
        event = decode(data)
    except DecodeError as error:
        return type(error), str(error)
    return type(event), *_seen(event), hash(event), repr(event), encode(event)


def _seen(event: Event) -> list[object]:
    found: list[object] = []
    for field in attrs.fields(type(event)):
        value = getattr(event, field.name)
        found += [field.name, type(value), value]
        if isinstance(value, Event):
            found += _seen(value)
    return found


def agree(data: bytes) -> None:
    """Both ways say the same, and the fast one takes nothing but canonical bytes."""
    fast = told(data)
    with by_tables():
        assert told(data) == fast
    try:
        event = read(data.decode())
    except UnicodeDecodeError:
        return
    assert event is None or encode(event) == data


# --- what is sound -------------------------------------------------------------------------------


@pytest.mark.parametrize("data", SOUND, ids=lambda data: json.loads(data)["type"])
def test_golden_events_the_corpus_and_the_work_are_made_the_fast_way_and_alike(data):
    agree(data)
    assert read(data.decode()) is not None


@given(strategies.logs())
def test_drawn_events_are_made_the_fast_way_and_alike(log):
    for event in log:
        agree(encode(event))
        assert read(encode(event).decode()) == event


texts = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)


@given(texts, texts, st.sampled_from(["2017", "2017-21", "2017-10~/..", "../..", "1950S2"]))
@example('"', "\\", "2017")
@example("a\x00\x1f\x7f\u2028", "\U0001f3d9\ufeff", "2017-10-20/2017-10-21")
@example("%s", "%", "2017")
def test_any_text_is_made_the_fast_way_and_alike(note, claimant, when):
    claim = ControlChanged(
        place="p", to="a", source="s", when=when, note=note, claimant=claimant
    )  # fmt: skip
    agree(encode(claim))
    assert read(encode(claim).decode()) == claim
    correction = ct.Corrected(
        target="ab" * 32, replacement=claim, kind="rereading", source="s", reason=note
    )
    agree(encode(correction))
    assert read(encode(correction).decode()) == correction


@pytest.mark.parametrize("data", WORK, ids=lambda data: json.loads(data)["type"])
def test_events_with_nothing_but_texts_are_made_without_parsing(data):
    event = read(data.decode())
    names = {"actor", "place"}  # which have lists of names
    plain = plain_event(data.decode())
    assert plain == (None if json.loads(data)["type"] in names else event)


LIKE_STRUCTURE = ["{", "}", ":", ",", ":null},", '","', '":"', "{}", "null", "a,b:c{d}", "[", "%s"]


@given(
    st.sampled_from(LIKE_STRUCTURE) | texts,
    st.sampled_from(LIKE_STRUCTURE),
    st.sampled_from(LIKE_STRUCTURE),
)
def test_texts_that_look_like_structure_are_made_alike(note, place, holder):
    observed = ControlObserved(
        place=place, holders=[holder], when="2017-10", source="s", note=note
    )  # fmt: skip
    changed = ControlChanged(place=place, to=holder, when="2017-10", source="s", note=note)
    for event in (observed, changed):
        data = encode(event)
        agree(data)
        assert read(data.decode()) == event


@pytest.mark.parametrize(
    "note", ["\x00", "a\x1f", "a\tb", "\n", " ", "", "a\u200cb", "a\u00a0", "\x7f"]
)
def test_texts_with_unwritten_escapes_are_told_alike(note):
    """Within JSON a control character must be escaped; some that cannot be seen need not be."""
    data = encode(ControlChanged(place="p", to="a", when="2017", source="s", note="note"))
    assert plain_event(data.decode()) is not None
    agree(data.replace(b'"note":"note"', b'"note":"' + note.encode() + b'"'))


@given(st.lists(st.sampled_from(SOUND) | st.sampled_from(WORK), max_size=12), st.data())
def test_events_made_together_are_those_made_one_by_one(bodies, draw):
    there = [data.decode() for data in bodies]
    for _ in range(draw.draw(st.integers(0, 2)) if there else 0):
        at = draw.draw(st.integers(0, len(there) - 1))
        cut = draw.draw(st.integers(0, len(there[at])))
        with_text = draw.draw(
            st.sampled_from(["", " ", '"', "\x00", "\\", "\u200c", "x", '":"', "{}"])
        )
        there[at] = there[at][:cut] + with_text + there[at][cut + 1 :]
    together = read_all(there)
    assert together == [read(text) for text in there]
    for event, text in zip(together, there, strict=True):
        assert event is None or encode(event).decode() == text


def test_one_unusual_event_leaves_the_others_of_its_kind_to_be_made():
    claims = [
        ControlChanged(place=f"p{n}", to="a", source="s", when="2017", note=f"{n}")
        for n in range(3)
    ]
    sound = [encode(claim).decode() for claim in claims]
    for odd, expected in (("\x07", None), ("\u200c", attrs.evolve(claims[1], note="\u200c"))):
        texts_ = [sound[0], sound[1].replace('"note":"1"', f'"note":"{odd}"'), sound[2]]
        assert read_all(texts_) == [claims[0], expected, claims[2]]
    from_itself = encode(attrs.evolve(claims[1], from_="b")).decode().replace('"b"', '"a"')
    assert read_all([from_itself, sound[0]]) == [None, claims[0]]


def test_kinds_with_the_same_keys_are_told_apart():
    for _ in range(2):
        for event in (ct.Place(id="a"), ct.Actor(id="a"), ct.Place(id="a", note="n")):
            agree(encode(event))
            assert read(encode(event).decode()) == event


numbers = st.none() | st.integers(-(2**53), 2**53) | st.floats(-(2**53), 2**53)


@given(st.lists(numbers, min_size=3, max_size=3))
@example([1, True, 1.0])
@example([1e-7, 5e-324, 1e15])
@example([-0.0, 0, None])
def test_any_number_is_made_the_fast_way_and_alike(three):
    low, best, high = (None if number is None else +number for number in three)
    figure = ct.FigureObserved(
        measure="m", value=ct.Quantity(low=low, best=best, high=high), unit="u", source="s",
        when="2017",
    )  # fmt: skip
    for _ in range(2):  # made, then looked up
        agree(encode(figure))
        assert read(encode(figure).decode()) == figure


# --- what is not ---------------------------------------------------------------------------------


@given(st.sampled_from(SOUND), st.data())
def test_bytes_with_flipped_bits_are_told_alike(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        damaged[draw.draw(st.integers(0, len(data) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    agree(bytes(damaged))


@given(st.sampled_from(SOUND), st.data())
def test_bytes_with_parts_exchanged_are_told_alike(data, draw):
    start = draw.draw(st.integers(0, len(data)))
    end = start + draw.draw(st.integers(0, 4))
    there = st.sampled_from(
        [b"", b" ", b"\n", b'"', b"{", b"}", b"[]", b",", b":", b"null", b"true", b"1", b"1.0",
         b"-0", b"1e0", b"NaN", b"9" * 30, b"\\ud800", b"\\u0061", b"\xff", b"%s", b'"a":1,'],
    )  # fmt: skip
    agree(data[:start] + draw.draw(there) + data[end:])


@given(st.sampled_from(SOUND), st.data())
def test_tables_with_a_field_changed_are_told_alike(data, draw):
    table = json.loads(data)
    name = draw.draw(st.sampled_from(sorted(table)))
    change = draw.draw(
        st.sampled_from(["value", "name", "gone", "twice", "last", "default", "within"])
    )
    if change == "value":
        table[name] = draw.draw(json_like)
    elif change == "name":
        table[draw.draw(st.sampled_from(["version", "to", "note", "", "until", f"{name} "]))] = (
            table.pop(name)
        )
    elif change == "gone":
        del table[name]
    elif change == "last":
        table[name] = table.pop(name)
    elif change == "default":
        fields = attrs.fields_dict(type(decode(data)))
        absent = sorted(fields.keys() - table.keys() - {"from_"})
        if absent:
            defaults = st.sampled_from([None, [], {}, "held_at_end", 0, ""])
            table[draw.draw(st.sampled_from(absent))] = draw.draw(defaults)
    elif change == "within" and isinstance(table[name], dict) and table[name]:
        inner = draw.draw(st.sampled_from(sorted(table[name])))
        table[name][inner] = draw.draw(json_like)
    as_it_comes = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "ignore"
    )
    if change == "twice":
        again = json.dumps({name: draw.draw(st.sampled_from([table[name], None, "x"]))})
        as_it_comes = as_it_comes[:-1] + b"," + again[1:].encode()
    agree(as_it_comes)
    agree(json.dumps(table, sort_keys=True).encode())


@given(any_tables() | json_like)
def test_any_table_is_told_alike(table):
    agree(json.dumps(table, separators=(",", ":"), sort_keys=True).encode())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("count", [1, True, 1.0, "1", [1], {"best": 1}, {"best": True}, {"best": 1.0}, -0.0, 0]),
        ("credibility", [1, True, 1.0, "1", None]),
        ("when", ["2017", {"edtf": "2017"}, {"edtf": "2017", "wording": "2017"}, 2017, ["2017"]]),
        ("locator", [{"paragraph": 1}, {"paragraph": True}, {"paragraph": 1.0}, 1, {}]),
    ],
)  # fmt: skip
def test_values_that_are_equal_keys_are_not_taken_for_each_other(name, values):
    for ordered in (values, values[::-1]):
        for value in ordered:
            agree(canonical_json({**COUNT, name: value}))


@pytest.mark.parametrize(
    "data", [b"", b" ", b"null", b"[]", b'"type"', b"1", b'{"type":[]}', b"{}"]
)
def test_what_is_no_table_is_told_alike(data):
    agree(data)


@pytest.mark.parametrize("depth", [10, 900, 5_000])
def test_deep_nesting_is_told_alike(depth):
    agree(json.dumps(COUNT)[:-1].encode() + b',"note":' + b"[" * depth + b"]" * depth + b"}")


def test_texts_beside_canonical_ones_are_left_to_the_slow_way():
    sound = encode(decode(canonical_json(TABLE))).decode()
    assert read(sound) is not None
    for other in (
        sound + " ", " " + sound, sound.replace(":", ": ", 1),
        sound.replace("raqqa", "r\\u0061qqa"),
        sound.replace('"to":"sdf"', '"to":"sdf","to":"sdf"'), json.dumps(TABLE),
        canonical_json({**TABLE, "note": None}).decode(),
        canonical_json({**TABLE, "version": 1}).decode(),
        canonical_json({**TABLE, "when": "2017-10-17/2017-10-17"}).decode(),
    ):  # fmt: skip
        assert read(other) is None
        agree(other.encode())


# --- what is kept, and what is made ---------------------------------------------------------------


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(known, "_MOST_KEPT", 2)
    monkeypatch.setattr(reading, "_MOST_PLANS", len(reading._PLANS))
    for number in range(5):
        claim = ControlObserved(
            place=f"bound-{number}", holders={f"h{number}": 0.5}, when=f"20{10 + number}",
            until=f"20{20 + number}", credibility=1 + number, occurrence=f"o{number}", source="s",
        )  # fmt: skip
        agree(encode(claim))
        assert read(encode(claim).decode()) == claim
    assert len(reading._PLANS) == reading._MOST_PLANS
    assert all(len(kept) <= 2 for kept in known._TEXTS.values() if "bound-4" in kept)


def test_long_texts_are_not_kept():
    source = Source(id="s", title="t", derived_from="x" * 128, url="u" * 300)
    agree(encode(source))
    assert not any("u" * 300 in kept for kept in known._TEXTS.values())


@pytest.mark.parametrize("data", SOUND[:40], ids=lambda data: json.loads(data)["type"])
def test_events_are_of_their_class_and_frozen(data):
    event = read(data.decode())
    assert event is not None
    made = type(event)(**{f.name: getattr(event, f.name) for f in attrs.fields(type(event))})
    assert made == event
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.note = "changed"  # type: ignore[attr-defined]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del event.note  # type: ignore[attr-defined]
    assert attrs.evolve(event) == copy.deepcopy(event) == pickle.loads(pickle.dumps(event)) == event
    assert event.content_id == made.content_id


def test_an_event_is_never_shared():
    data = canonical_json(CORRECTION)
    first, second = decode(data), decode(data)
    assert first is not second
    assert first.replacement is not second.replacement


def test_the_fast_way_gives_way_to_older_versions(monkeypatch):
    monkeypatch.setitem(ct.codec.wire.VERSIONS, "place", 2)
    with pytest.raises(DecodeError, match="no upcaster leads from version 1 of place"):
        decode(encode(ct.Place(id="a")).replace(b',"version":2', b""))
    assert to_table(ct.Place(id="a"))["version"] == 2
