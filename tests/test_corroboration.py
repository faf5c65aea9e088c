"""Independent origins: a copy of a copy is one, whoever copied, and however often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct


def sources(**copied_from):
    return [
        ct.Source(id=name, title=name, publisher=f"The {name.upper()}", published="2021",
                  derived_from=copied_from.get(name))
        for name in "abcdef"
    ]  # fmt: skip


def timeline(claims, **copied_from):
    tl = ct.open(":memory:")
    known = [ct.Actor(id="army"), ct.Actor(id="front"), ct.Place(id="hama")]
    tl.append([*sources(**copied_from), *known, *claims])
    return tl.as_of("2020-04-01")


def held(source, holder="army", **fields):
    return ct.ControlObserved(
        place="hama", holders=[holder], when="2020-03-01", source=source, **fields
    )


def hama(*claims, **copied_from):
    return timeline(claims, **copied_from).territory["hama"]


def test_origins_are_told_by_name_for_and_against():
    found = hama(held("a"), held("b"), held("c", "front", claimant="a mayor"))
    assert found.origins_for == ("The A", "The B")
    assert found.origins_against == ("a mayor",)
    assert (found.claimants_for, found.claimants_against) == (2, 1)


def test_a_copy_of_a_copy_is_one_origin():
    found = hama(held("a"), held("b"), held("c"), held("d"), b="a", c="b")
    assert found.origins_for == ("The A", "The D")


def test_a_claim_may_be_a_copy_where_its_source_is_not():
    found = hama(held("a"), held("b", derived_from="c"), c="a")
    assert found.origins_for == ("The A",)
    # It names its own source: then that is what the source itself copied.
    assert hama(held("b", derived_from="b"), b="a").origins_for == ("The A",)


def test_one_claimant_in_several_sources_is_one_origin_however_it_is_written():
    found = hama(held("a", claimant="The SDF"), held("b", claimant="the sdf"), held("c"), b="c")
    assert found.origins_for == ("The C", "The SDF")


def test_a_claimant_that_is_itself_the_publisher_is_no_second_origin():
    assert hama(held("a"), held("b", claimant="the a")).claimants_for == 1


@pytest.mark.parametrize("start", ["a", "b", "c", "d"])
def test_sources_that_copy_each_other_in_a_circle_are_one_origin(start):
    circle = {"a": "b", "b": "c", "c": "a", "d": "c"}
    assert hama(held(start), **circle).origins_for == ("The A",)
    everyone = [held(name) for name in "abcd"]
    assert hama(*everyone, **circle).claimants_for == 1


def test_a_count_tells_its_origins_too():
    def counted(source, count=5, **fields):
        return ct.HeadcountObserved(
            group="army", status="active", count=count, when="2020-03-01", source=source, **fields
        )

    claims = [counted("a"), counted("b"), counted("c", 6), counted("d", claimant="a mayor")]
    count = timeline(claims, b="a").people.count("army", status="active")
    assert count.origins == ("a mayor", "The A", "The C")
    assert count.claimants == 3
    nobody = timeline([]).people.count("army", status="active")
    assert (nobody.origins, nobody.claimants) == ((), 0)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef")))
def test_what_is_joined_by_copying_is_one_origin(copied_from):
    """Each source copies at most one, so that what hangs together has one root or one circle."""
    claims = [held(name) for name in "abcdef"]
    groups = {name: {name} for name in "abcdef"}
    for copy, original in copied_from.items():
        both = groups[copy] | groups[original]
        groups.update(dict.fromkeys(both, both))
    expected = len({frozenset(group) for group in groups.values()})
    assert hama(*claims, **copied_from).claimants_for == expected
