"""What the five articles say, asked of the library."""

from __future__ import annotations

import pytest

import conflict_timeline as ct
from conflict_timeline.documents import read_documents

IS, SDF, GOVERNMENT = frozenset({"is"}), frozenset({"sdf"}), frozenset({"syria-government"})
CONTESTED = IS | SDF


@pytest.fixture(scope="module")
def tl():
    timeline = ct.open(":memory:")
    timeline.load(ct.corpus("isis"))
    return timeline


def sources(seen):
    return {s.claim.source for s in seen}


def test_in_june_2016_palmyra_is_possibly_the_states_possibly_the_governments(tl):
    palmyra = tl.as_of("2016-06-01").territory["Palmyra"]
    assert palmyra.possible == {IS, GOVERNMENT}
    assert palmyra.status == "uncertain"


def test_before_2016_palmyra_is_the_states_by_implication_only(tl):
    palmyra = tl.as_of("2015-12-31").territory["تدمر"]
    assert palmyra.possible == {IS}
    assert palmyra.status == "implied"
    assert tl.as_of("2014-01-01").territory["palmyra"].status == "unknown"


def test_at_the_end_of_the_window_palmyra_is_certainly_the_governments(tl):
    palmyra = tl.as_of("2016-10-16").territory["palmyra"]
    assert palmyra.holder == "syria-government"
    assert palmyra.status == "certain"
    assert palmyra.not_held_by == {"is"}


def test_on_9_october_2017_raqqa_is_contested_four_fifths_to_the_sdf(tl):
    raqqa = tl.as_of("2017-10-09").territory["Rakka"]
    assert raqqa.best == CONTESTED
    assert raqqa.holder is None
    assert raqqa.possible == {CONTESTED}
    assert raqqa.shares["sdf"].best == 0.8
    assert raqqa.status == "certain"


def test_on_19_october_2017_both_readings_of_raqqa_are_possible(tl):
    raqqa = tl.as_of("2017-10-19").territory["raqqa"]
    assert raqqa.possible == {CONTESTED, SDF}
    assert raqqa.status == "uncertain"


def test_on_23_october_2017_raqqa_is_certainly_the_sdfs(tl):
    raqqa = tl.as_of("2017-10-23").territory["raqqa"]
    assert raqqa.holder == "sdf"
    assert raqqa.status == "certain"
    assert raqqa.since == ct.When.parse("2017-10-16/2017-10-22")
    assert raqqa.claimants_for >= 1


def test_who_knew_only_what_stood_by_10_october_sees_it_contested_on_the_23rd(tl):
    raqqa = tl.as_of("2017-10-23", known_by="2017-10-10").territory["raqqa"]
    assert raqqa.best == CONTESTED
    assert raqqa.possible == {CONTESTED}
    assert sources(raqqa.evidence) == sources(tl.as_of("2017-10-09").territory["raqqa"].evidence)


def test_hawija_was_lost_by_the_state_and_no_one_is_named_as_taker(tl):
    hawija = tl.as_of("2017-10-09").territory["Hawija"]
    assert hawija.best is None
    assert hawija.possible == {None}
    assert hawija.status == "unknown"
    assert hawija.not_held_by == {"is"}
    assert len(hawija.evidence) == 1


def test_of_180_canadians_60_returned_and_90_remain(tl):
    people = tl.as_of("2017-10-31").people
    found = {
        status: people.count("is", status=status, nationality="Canada")
        for status in ("joined", "returned", "active")
    }
    assert {status: count.best for status, count in found.items()} == {
        "joined": 180,
        "returned": 60,
        "active": 90,
    }
    assert all(count.certainty == "certain" for count in found.values())
    assert all(sources(count.evidence) == {"ridder"} for count in found.values())


def test_the_breaches_of_the_camps_show_a_range_its_sources_and_a_dispute(tl):
    people = tl.as_of("2025-06-24").people
    escaped = people.count("is", status="at_large", place="northeastern-syria")
    assert (escaped.low, escaped.best, escaped.high) == (200, 1500, None)
    assert escaped.certainty == "disputed"
    claimants = {seen.claim.claimant for seen in escaped.evidence}
    assert "Rudaw" in claimants
    assert len(escaped.evidence) >= 4


def test_a_reader_of_2017_knows_nothing_of_the_breaches(tl):
    state = tl.as_of("2025-06-24", known_by="2017-12-31")
    escaped = state.people.count("is", status="at_large", place="northeastern-syria")
    assert escaped.certainty == "unknown"
    assert (escaped.low, escaped.best, escaped.high) == (None, None, None)


def test_the_misprint_is_kept_as_wording_and_flagged(tl):
    returned = tl.as_of("2017-10-31").people.count("is", status="returned")
    assert returned.best == 5600
    (claim,) = (s.claim for s in returned.evidence if s.claim.source == "ridder")
    assert "5,6000" in claim.count.wording
    assert "misprint" in claim.note.lower()


def test_every_forecast_of_the_articles_is_judged(tl):
    by_day = {day: tl.forecasts(as_of=day) for day in ("2016-12-01", "2017-11-01", "2030-01-01")}
    mosul = [j for j in by_day["2016-12-01"] if j.forecast.place == "mosul"]
    assert [j.verdict for j in mosul] == ["pending"]
    raqqa = [j for j in by_day["2017-11-01"] if j.forecast.place == "raqqa"]
    assert "undecided" in {j.verdict for j in raqqa}
    assert {j.forecast.source for j in by_day["2030-01-01"]} >= {"ridder"}


def test_every_article_has_its_file_and_every_claim_its_locator():
    documents = read_documents(ct.corpus("isis"))
    assert len(documents) == 6
    for document in documents:
        claims = [x.event for x in document.events if isinstance(x.event, ct.Claim)]
        assert all(claim.locator is not None and claim.note for claim in claims)
        assert claims or document.path.endswith("reference.toml")


def test_places_and_actors_bear_names_in_the_languages_used(tl):
    view = tl.view()
    raqqa = view.visible.places["raqqa"]
    assert set(raqqa.names) >= {"en", "ar", "fi"}
    assert set(view.visible.actors["is"].names) >= {"en", "ar"}
    assert view.nationality("Kanada") == view.nationality("كندا") == "CA"
    assert {e.event.iso for e in tl.events() if isinstance(e.event, ct.Place) and e.event.iso}


def test_the_war_needed_one_unreported_change_at_raqqa(tl):
    (change,) = tl.as_of("2017-10-23").territory["raqqa"].unreported
    assert (change.before, change.after) == (IS, CONTESTED)
    assert change.when == ct.When.parse("2016-08-31/2017-10-09")
