"""Charts by altair: valid, honest, and the same as the answers they are drawn from."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import charts
from conflict_timeline.dates import from_ordinal
from conflict_timeline.dates import ordinal as ordinal_of
from conflict_timeline.lanes import GREY, OKABE_ITO
from conflict_timeline.lanes import lanes as lanes_of
from conflict_timeline.strategies import ACTORS, logs


@pytest.fixture(scope="module")
def isis():
    with ct.open(":memory:") as tl:
        tl.load(ct.corpus("isis"))
        yield tl.view()


def data(chart):
    """The rows of each data set of a chart; that it is valid is checked on the way."""
    return rows_in(chart.to_dict(validate=True))


def rows_in(spec):
    found = [*spec.get("datasets", {}).values()]
    for _, value in walk(spec):
        if isinstance(value, dict) and isinstance(value.get("values"), list):
            found.append(value["values"])
    return found


def walk(value, key=None):
    yield key, value
    children = value.items() if isinstance(value, dict) else ()
    children = ((None, v) for v in value) if isinstance(value, list) else children
    for name, child in children:
        yield from walk(child, name)


def day(text):
    return ordinal_of(ct.When.parse(text).earliest)


def blocks_of(chart):
    """Each block once: those with the words for the tooltip."""
    found = {(r["place"], r["from"]): r for rows in data(chart) for r in rows if "held by" in r}
    return list(found.values())


@settings(max_examples=25)
@given(logs(max_claims=6))
def test_what_is_drawn_in_lanes_is_what_the_history_says(events):
    with ct.open(":memory:") as tl:
        tl.append(events)
        view = tl.view()
        drawn = lanes_of(view)
        expected = {
            (row.name, block.first, block.last, block.pattern, drawn.told(block))
            for row in drawn.rows
            for block in row.blocks
            if block.pattern != "unknown"
        }
        told = {
            (row["place"], day(row["from"]), day(row["to"]) - 1, row["pattern"], row["held by"])
            for row in blocks_of(charts.lanes(view))
        }
        assert told == expected


def test_only_what_is_certain_is_filled_and_stripes_are_of_possible_holders(isis):
    spec = charts.lanes(isis).to_dict()
    told = [
        spec["datasets"][layer["data"]["name"]]
        if "name" in layer["data"]
        else layer["data"]["values"]
        for layer in spec["layer"]
    ]
    filled, stripes, outlined, *letters = told
    assert {row["pattern"] for row in filled} == {"held"}
    assert {row["pattern"] for row in outlined} == {"contested", "implied", "uncertain"}
    assert all(row["pattern"] == "held" for rows in letters for row in rows)
    drawn = lanes_of(isis)
    names = {f"{key.letter} {key.name}": actor for actor, key in drawn.holders.items()}
    for stripe in stripes:
        place = isis.place(stripe["place"])
        for at in (day(stripe["from"]), day(stripe["to"]) - 1):
            possible = isis.as_of(from_ordinal(at)).territory[place].possible
            assert any(names[stripe["holder"]] in (holding or ()) for holding in possible)
    for row in outlined:  # whoever may hold it has a stripe, where there is room for one
        inside = {s["holder"] for s in stripes if s["place"] == row["place"]
                  and row["from"] <= s["from"] < row["to"]}  # fmt: skip
        block = next(b for r in drawn.rows if r.name == row["place"] for b in r.blocks
                     if b.first == day(row["from"]))  # fmt: skip
        wanted = {name for name, actor in names.items() if actor in block.holders}
        assert inside == wanted or block.days < 2 * 8 * len(block.holders)


def test_no_colour_is_faded_and_all_are_told_apart(isis):
    for chart in (charts.lanes(isis), charts.people(isis, "Daesh")):
        spec = chart.to_dict()
        ranges = [v for key, v in walk(spec) if key == "range" and str(v[:1]).startswith("['#")]
        assert ranges
        for colours in ranges:
            assert {*colours} <= {*OKABE_ITO, GREY}
            assert len({*colours}) == len(colours)
        assert all(v == 1 for key, v in walk(spec) if str(key).lower().endswith("opacity"))


def test_days_do_not_move_with_the_readers_time_zone(isis):
    for chart in (charts.lanes(isis), charts.people(isis, "Daesh")):
        spec = chart.to_dict()
        axes = [v["x"]["scale"] for k, v in walk(spec) if k == "encoding" and "scale" in v["x"]]
        assert axes
        assert {scale["type"] for scale in axes} == {"utc"}


def test_the_axis_can_be_chosen(isis):
    chart = charts.lanes(isis, ["Raqqa"], first="2017-01-01", last="2017-12-31")
    blocks = blocks_of(chart)
    assert min(row["from"] for row in blocks) == "2017-01-01"
    assert max(row["to"] for row in blocks) == "2018-01-01"
    assert {row["place"] for row in blocks} == {"Raqqa"}
    with pytest.raises(ct.DateError):
        charts.people(isis, "Daesh", first="2018-01-01", last="2017-01-01")
    with pytest.raises(ct.UnknownNameError):
        charts.people(isis, "Daesh", ["vanished"])


@settings(max_examples=25)
@given(logs(max_claims=6), st.data())
def test_the_numbers_drawn_are_the_counts_of_the_day(events, drawing):
    with ct.open(":memory:") as tl:
        tl.append(events)
        view = tl.view()
        if ACTORS[0] not in view.visible.actors:
            return
        group = view.actor(ACTORS[0])
        chart = charts.people(view, group)
        accounts = [k for k in view.people.accounts if (k.group, k.nationality, k.place) ==
                    (group, None, None)]  # fmt: skip
        rows = [row for found in data(chart) for row in found]
        assert {row["status"] for row in rows} <= {k.status.replace("_", " ") for k in accounts}
        for key in accounts:
            own = [row for row in rows if row["status"] == key.status.replace("_", " ")]
            turns = sorted(view.people.accounts[key].turns)
            asked = drawing.draw(st.integers(turns[0], turns[-1]))
            count = view.people.count(key, asked)
            found = {
                (row["low"], row["best"], row["high"], row["certainty"])
                for row in own
                if day(row["from"]) <= asked < day(row["to"])
            }
            told = (count.low, count.best, count.high, count.certainty)
            assert found == (set() if count.basis == "none" else {told})


def test_an_open_bound_is_no_number(isis):
    rows = [row for found in data(charts.people(isis, "Daesh")) for row in found]
    assert any(row["high"] is None for row in rows)
    assert any(row["low"] is None and row["high"] is not None for row in rows)
    assert all(row["number"] != "0" or row["best"] == 0 for row in rows)


def test_names_are_data_and_nothing_else():
    name = "<b>x</b>'];alert(1)//{{datum}}"
    with ct.open(":memory:") as tl:
        tl.append([
            ct.Source(id="a", title="a", publisher="a", published="2021"),
            ct.Place(id="hama", names={"en": [name]}),
            ct.Actor(id="army", names={"en": [name]}),
            ct.ControlObserved(place="hama", holders=["army"], when="2020-01-01", source="a"),
            ct.HeadcountObserved(group="army", status="active", count="60", when="2020-01-01",
                                 source="a"),
        ])  # fmt: skip
        for chart in (charts.lanes(tl.view()), charts.people(tl.view(), "army")):
            spec = chart.to_dict()
            tests = [v for key, v in walk(spec) if key in ("filter", "expr", "calculate")]
            assert all(name not in str(test) for test in tests)
            assert name in str(spec) or repr(name)[1:-1] in str(spec)


def test_without_altair_the_extra_is_named(isis, monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ct.MissingExtraError, match=r"conflict-timeline\[charts\]"):
        charts.lanes(isis)
    with pytest.raises(ImportError):
        charts.people(isis, "Daesh")


def test_of_nothing_reported_there_is_an_empty_chart():
    with ct.open(":memory:") as tl:
        tl.append([ct.Actor(id="army"), ct.Place(id="hama")])
        assert blocks_of(charts.lanes(tl.view(), ["hama"])) == []
        assert [row for rows in data(charts.people(tl.view(), "army")) for row in rows] == []
