"""Roll-up: the members of an area counted by holding, and no state invented for the area."""

from __future__ import annotations

from collections import Counter

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.events import Place
from conflict_timeline.projections.rollup import Tally

ARMY, FRONT = frozenset({"army"}), frozenset({"front"})
PLACES = [
    ct.Place(id="north", names={"en": ["The North"]}),
    ct.Place(id="district", parent="north"),
    ct.Place(id="hama", parent="district"),
    ct.Place(id="homs", parent="district"),
    ct.Place(id="idlib", parent="north"),
    ct.Place(id="elsewhere"),
]


def timeline(*events, places=PLACES):
    tl = ct.open(":memory:")
    sources = [ct.Source(id=name, title=name, publisher=name, published="2021") for name in "ab"]
    actors = [ct.Actor(id=name) for name in ("army", "front", "legion")]
    tl.append([*sources, *actors, *places, *events])
    return tl


def held(place, when, *holders, source="a", **fields):
    return ct.ControlObserved(place=place, holders=holders, when=when, source=source, **fields)


def rollup(*events, area="north", **axes):
    return timeline(*events).as_of("2020-04-01", **axes).territory.rollup(area)


def test_members_are_counted_by_holding_at_any_depth():
    found = rollup(
        held("hama", "2020-03-01", "army"),
        held("homs", "2020-03-01", "army", "front"),
        held("elsewhere", "2020-03-01", "legion"),
    )
    assert found.area == "north"
    assert found.holdings == {ARMY: Tally(1, 1, 1), ARMY | FRONT: Tally(1, 1, 1)}
    assert found.actors == {"army": Tally(2, 2, 2), "front": Tally(1, 1, 1)}
    assert list(found.members) == ["hama", "homs"]
    assert found.without_report == ("idlib",)
    assert found.leaves == ("hama", "homs", "idlib")
    assert found.unknown == Tally()


def test_what_is_only_possible_is_counted_as_the_most_it_can_be():
    found = rollup(
        held("hama", "2020-03-01", "army"),
        held("hama", "2020-03-01", "front", source="b"),
        held("homs", "2020-03-01", "front"),
        ct.ControlChanged(place="idlib", from_="army", when="2020-03-01", source="a"),
    )
    best = found.members["hama"].best
    assert found.holdings[FRONT] == Tally(1, 1 + (best == FRONT), 2)
    assert found.holdings[ARMY] == Tally(0, int(best == ARMY), 1)
    assert found.unknown == Tally(1, 1, 1)
    assert list(found.holdings) == [ARMY, FRONT, None]


def test_the_areas_own_claims_are_shown_apart_and_no_state_is_invented():
    claim = held("north", "2020-03-01", "legion")
    found = rollup(claim, held("hama", "2020-03-01", "army"))
    assert found.own.best == {"legion"}
    assert "legion" not in found.actors
    assert rollup(held("hama", "2020-03-01", "army")).own is None


def test_an_area_within_the_area_is_a_member_only_where_claims_speak_of_it():
    found = rollup(held("district", "2020-03-01", "army"))
    assert list(found.members) == ["district"]
    assert found.without_report == ("hama", "homs", "idlib")


def test_an_area_is_asked_by_any_name_and_a_place_without_members_has_none():
    assert rollup(area="the north").without_report == ("hama", "homs", "idlib")
    alone = rollup(held("hama", "2020-03-01", "army"), area="hama")
    assert (alone.members, alone.leaves, alone.own.holder) == ({}, (), "army")
    with pytest.raises(ct.UnknownNameError):
        rollup(area="south")


def test_stale_answers_of_members_are_told_as_such():
    found = rollup(held("hama", "2020-03-01", "army"), stale_after=10)
    assert found.members["hama"].status == "stale"


def test_a_merged_place_is_one_member_and_lies_where_either_record_says():
    def one(into, merged):
        return ct.RecordsMerged(what="place", into=into, merged=merged, reason="x", source="a")

    claims = [held("hama", "2020-03-01", "army"), held("elsewhere", "2020-03-02", "army")]
    found = rollup(*claims, one("elsewhere", "hama"))
    assert list(found.members) == ["elsewhere"]
    assert found.leaves == ("elsewhere", "homs", "idlib")
    circle = rollup(*claims, one("hama", "north"), area="hama")
    assert circle.leaves == ("homs", "idlib")
    assert circle.own.holder == "army"
    assert rollup(one("district", "north")).leaves == ("hama", "homs", "idlib")


@given(strategies.logs(max_claims=12, merges=True), st.data())
def test_the_counts_are_those_over_the_members(log, data):
    parents = {"homs": "hama", "idlib": data.draw(st.sampled_from(["hama", "homs"]))}
    placed = [attrs.evolve(e, parent=parents.get(e.id)) if isinstance(e, Place) else e for e in log]
    tl = ct.open(":memory:")
    tl.append(placed)
    state = tl.as_of(data.draw(strategies.days()))
    found = state.territory.rollup("hama")
    answers = [state.territory[place] for place in found.members]
    assert all(control.place != found.area for control in answers)
    for holding, tally in found.holdings.items():
        assert tally.certain == sum(c.possible == {holding} for c in answers)
        assert tally.best == Counter(c.best for c in answers)[holding]
        assert tally.possible == sum(holding in c.possible for c in answers)
        assert tally.certain <= tally.best <= tally.possible
    assert sum(t.best for t in found.holdings.values()) == len(answers)
    for actor, tally in found.actors.items():
        assert tally.certain == sum(all(actor in (h or ()) for h in c.possible) for c in answers)
        assert tally.possible == sum(any(actor in (h or ()) for h in c.possible) for c in answers)
        assert tally.certain <= tally.best <= tally.possible
    one_each = {state.territory[p].place for p in strategies.PLACES} - {found.area}
    assert {*found.members, *found.without_report} <= one_each
    assert set(found.without_report).isdisjoint(found.members)
