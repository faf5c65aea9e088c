"""What an answer about a place means, case by case."""

from __future__ import annotations

from itertools import pairwise

import pytest

import conflict_timeline as ct
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST

ARMY, FRONT = frozenset({"army"}), frozenset({"front"})


def records(**grades):
    return [
        *(
            ct.Source(id=name, title=name, publisher=name, published="2021", reliability=grade)
            for name, grade in {"a": "B", "b": "C", "c": "D", **grades}.items()
        ),
        ct.Place(id="hama", names={"en": ["Hama"]}),
        *(ct.Actor(id=name) for name in ("army", "front", "legion")),
    ]


def taken(when, *, to=None, from_=None, source="a", **fields):
    return ct.ControlChanged(place="hama", to=to, from_=from_, when=when, source=source, **fields)


def held(when, *holders, source="a", **fields):
    return ct.ControlObserved(place="hama", holders=holders, when=when, source=source, **fields)


def timeline(*claims):
    tl = ct.open(":memory:")
    tl.append([*records(), *claims])
    return tl


def hama(day, *claims, **axes):
    return timeline(*claims).as_of(day, **axes).territory["hama"]


def test_a_vague_and_an_exact_report_of_a_capture_are_one_capture():
    claims = [
        taken("2020", to="army", from_="front"),
        taken("2020-10-17", to="army", from_="front", source="b"),
    ]
    assert hama("2020-10-16", *claims).possible == {FRONT}
    assert hama("2020-10-17", *claims).possible == {ARMY}
    assert hama("2020-10-17", *claims).unreported == ()


def test_a_place_taken_twice_from_the_same_enemy_was_lost_in_between():
    claims = [
        taken("2020-02-01", to="army", from_="front"),
        taken("2020-10-17", to="army", from_="front", source="b"),
    ]
    found = hama("2020-12-01", *claims)
    assert found.possible == {ARMY}
    assert found.since == ct.When.parse("2020-10-17")
    (change,) = found.unreported
    assert (change.before, change.after) == (ARMY, FRONT)
    assert change.when == ct.When.parse("2020-02-02/2020-10-17")
    assert hama("2020-06-01", *claims).possible == {ARMY, FRONT}


def test_held_some_time_in_a_year_says_nothing_against_a_capture():
    claims = [held("2020", "front"), taken("2020-06-01", to="army", from_="front", source="b")]
    assert hama("2020-12-31", *claims).possible == {ARMY}


def test_reports_that_bear_one_occurrence_are_one_change_and_their_windows_meet():
    claims = [
        taken("2020-03/2020-06", to="army", occurrence="fall"),
        taken("2020-05/2020-09", from_="front", source="b", occurrence="fall"),
    ]
    assert hama("2020-04-30", *claims).possible == {FRONT}
    assert hama("2020-06-30", *claims).possible == {ARMY}
    assert len(hama("2020-06-30", *claims).evidence) == 2


def test_reports_of_different_occurrences_are_never_one_change():
    claims = [
        taken("2020-03", to="army", from_="front", occurrence="spring"),
        taken("2020-03", to="army", from_="front", source="b", occurrence="again"),
    ]
    assert len(hama("2020-12-01", *claims).unreported) == 1


def test_reports_of_one_occurrence_that_name_two_takers_are_both_possible():
    claims = [
        taken("2020-03-05", to="army", occurrence="fall"),
        taken("2020-03-05", to="legion", source="b", occurrence="fall"),
    ]
    found = hama("2020-12-01", *claims)
    assert found.possible == {ARMY, frozenset({"legion"})}
    assert found.status == "disputed"


def test_two_claimants_of_one_day_who_disagree_are_a_dispute():
    claims = [held("2020-03-05", "army"), held("2020-03-05", "front", source="b")]
    found = hama("2020-04-01", *claims)
    assert found.status == "disputed"
    assert found.best == ARMY  # the more reliable source
    assert (found.claimants_for, found.claimants_against) == (1, 1)
    assert [s.claim.source for s in found.against] == ["b"]


def test_one_claimant_in_two_articles_who_disagrees_with_himself_is_no_dispute():
    claims = [
        held("2020-03-05", "army", claimant="the mayor"),
        held("2020-03-05", "front", source="b", claimant="The Mayor"),
    ]
    assert hama("2020-04-01", *claims).status == "uncertain"


def test_a_copy_of_a_copy_is_one_origin():
    copies = [
        ct.Source(id="d", title="d", published="2021", derived_from="a"),
        ct.Source(id="e", title="e", published="2021", derived_from="d"),
    ]
    claims = [held("2020-03-05", "army", source=s) for s in ("a", "d", "e", "b")]
    assert hama("2020-04-01", *copies, *claims).claimants_for == 2


def test_until_says_that_it_lasted():
    claims = [held("2020-03-05", "army", until="2020-08-01"), taken("2020-10", to="front")]
    found = hama("2020-08-01", *claims)
    assert found.possible == {ARMY}
    assert found.age == 0


def test_an_answer_grows_stale_only_where_asked():
    claims = [held("2020-03-05", "army")]
    assert hama("2020-12-01", *claims).status == "certain"
    assert hama("2020-12-01", *claims, stale_after=30).status == "stale"
    assert hama("2020-04-01", *claims, stale_after=30).status == "certain"


def test_what_a_first_report_implies_ends_where_asked():
    claims = [taken("2020-03-05", to="army", from_="front")]
    assert hama("2019-03-06", *claims).status == "implied"
    assert hama("2019-03-05", *claims).status == "unknown"
    assert hama("2020-03-01", *claims, implied_within=2).status == "unknown"
    assert hama("1990-01-01", *claims, implied_within=None).holder == "front"


def test_nothing_reported_happened_after_it_was_published():
    claims = [taken("2020", to="army", from_="front", known="2020-06-30")]
    found = hama("2020-06-30", *claims)
    assert found.possible == {ARMY}


def test_a_record_that_is_only_bounded_cannot_say():
    claims = [held("2020-03-05", "army", known="../2020-12-31")]
    found = hama("2020-04-01", *claims, known_by="2020-06-01")
    assert found.status == "unknown"
    assert [s.claim.source for s in found.withheld] == ["a"]
    assert hama("2020-04-01", *claims, known_by="2020-12-31").withheld == ()


def test_a_view_by_source_or_reliability_sees_only_those_claims():
    claims = [held("2020-03-05", "army", source="c"), held("2020-02-01", "front", source="b")]
    assert hama("2020-04-01", *claims).holder == "army"
    assert hama("2020-04-01", *claims, sources=["b"]).holder == "front"
    assert hama("2020-04-01", *claims, min_reliability="C").holder == "front"


def test_a_claim_taken_back_does_not_return_by_way_of_a_filter():
    claim = held("2020-03-05", "army", source="b")
    gone = ct.Retracted(target=claim.id, reason="wrong town", source="c")
    assert hama("2020-04-01", claim, gone, sources=["b"]).status == "unknown"
    steps = timeline(claim, gone).explain("hama", "2020-04-01").steps
    assert [(s.role, s.reason) for s in steps] == [("not seen", "retracted: wrong town")]


def test_a_claim_goes_with_its_source():
    claim = held("2020-03-05", "army", source="b")
    source = records()[1]
    gone = ct.Retracted(target=ct.event_id(source), reason="a hoax", source="a")
    assert hama("2020-04-01", claim, gone).status == "unknown"


def test_what_was_recorded_later_is_not_seen_at_an_earlier_position():
    tl = timeline(held("2020-03-05", "army"))
    at = tl.position
    tl.append([taken("2020-05-01", to="front")])
    assert tl.as_of("2020-06-01").territory["hama"].holder == "front"
    assert tl.as_of("2020-06-01", at=at).territory["hama"].holder == "army"
    instant = next(e.recorded for e in tl.events() if e.position == at)
    assert tl.as_of("2020-06-01", at=instant).territory["hama"].holder in ("army", "front")


def test_explain_tells_what_became_of_every_claim():
    claims = [
        taken("2020-02-01", to="army", from_="front"),
        held("2020-03-01", "army", source="b"),
        taken("2020-01-15", to="front", source="b"),
        taken("2020-09-01", to="front", from_="army", source="c"),
        held("2020-03-01", "front", source="c", claimant="a blogger"),
    ]
    steps = timeline(*claims).explain("hama", "2020-04-01").steps
    roles = [(s.claim.source.id, s.role) for s in steps]
    # The dispute of 1 March ends what was before it, in the histories where the army held on.
    assert roles[:2] == [("b", "overtaken"), ("a", "overtaken")]
    assert set(roles[2:4]) == {("b", "for"), ("c", "against")}
    assert roles[4] == ("c", "later")


def test_history_covers_all_days_and_agrees_with_each_of_them():
    tl = timeline(
        held("2020-03", "army", "front"),
        taken("2020-05-10/2020-06-20", to="army"),
        taken("2020-06", from_="army", source="b"),
    )
    spans = tl.history("hama")
    assert spans[0].start == OPEN_PAST
    assert spans[-1].end == OPEN_FUTURE
    assert all(a.end + 1 == b.start for a, b in pairwise(spans))
    for span in spans:
        for day in {max(span.start, spans[0].end), min(span.end, spans[-1].start)}:
            found = tl.view().territory.at("hama", day)
            assert (found.best, found.possible, found.status) == (
                span.best,
                span.possible,
                span.status,
            )


def test_a_place_without_claims_is_unknown_and_not_listed():
    state = timeline().as_of("2020-01-01")
    assert list(state.territory) == []
    assert state.territory["Hama"].status == "unknown"
    assert state.territory["hama"].since is None
    assert state.territory["hama"].age is None


@pytest.mark.parametrize("name", ["Hamma", "", "x" * 5_000])
def test_an_unknown_place_is_told_with_what_is_near(name):
    territory = timeline().as_of("2020-01-01").territory
    with pytest.raises(ct.UnknownNameError, match="no place is known as"):
        territory[name]


def test_an_unreported_change_after_a_report_open_to_the_past_is_itself_open_to_the_past():
    claims = [
        taken("../2020-02-16", to="legion", from_="front"),
        taken("2020-02-24", to="army", from_="front"),
    ]
    (change,) = hama("2020-03-01", *claims).unreported
    assert change.when == ct.When.parse("../2020-02-24")


def test_history_does_not_leave_the_calendar():
    spans = timeline(
        held("0001-01-05", "army"), taken("9999-12-31", to="front", known="9999-12-31")
    ).history("hama")
    assert [span.when.edtf for span in spans][-1] == "9999-12-31/.."


def test_before_a_capture_that_a_vague_report_shares_the_old_holder_is_implied():
    claims = [
        taken("2020-03", to="army", from_="front"),
        taken("2020-03-10/2020-03-20", to="army", from_="front", source="b"),
    ]
    found = hama("2020-03-05", *claims)
    assert (found.possible, found.status, found.age) == ({FRONT}, "implied", None)


def test_a_retracted_and_a_corrected_claim_are_told_with_why():
    claim, other = held("2020-03-05", "army"), held("2020-03-06", "army", source="b")
    gone = ct.Retracted(target=claim.id, reason="wrong town", source="c")
    right = ct.Corrected(
        target=other.id,
        replacement=held("2020-03-06", "front", source="b"),
        kind="clerical_error",
        source="c",
    )
    steps = timeline(claim, other, gone, right).explain("hama", "2020-04-01").steps
    assert [(s.role, s.reason) for s in steps if s.role == "not seen"] == [
        ("not seen", "retracted: wrong town"),
        ("not seen", "corrected (clerical error)"),
    ]
