"""Records merged and parted: what answers say then, and that views from before are intact."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import laws, strategies
from conflict_timeline.events import Claim, RecordsMerged
from conflict_timeline.merges import Merges, representatives
from tests.answers import everything

DAYS = [strategies.FIRST_DAY + timedelta(days=n) for n in (-400, 20, 45, 90)]


def answer(view):
    return [everything(view, day) for day in DAYS]


def records():
    return [
        ct.Source(id="paper", title="Paper", publisher="Paper", published="2020-06-30"),
        ct.Place(id="hama", names={"en": ["Hama"]}, parent="syria"),
        ct.Place(id="hamah", names={"fr": ["Hamah"]}),
        ct.Place(id="hamath", names={"la": ["Epiphania"]}),
        ct.Place(id="syria", names={"en": ["Syria"]}, iso="SY"),
        ct.Place(id="sham", names={"ar": ["الشام"]}),
        ct.Actor(id="army", names={"en": ["Army"]}),
        ct.Actor(id="saa", names={"en": ["Syrian Arab Army"]}),
        ct.Actor(id="front", names={"en": ["Front"]}),
    ]


def merged(what, into, merged, **fields):
    fields = {"reason": "one and the same", "source": "paper", **fields}
    return ct.RecordsMerged(what=what, into=into, merged=merged, **fields)


def timeline(*events):
    tl = ct.open(":memory:")
    tl.append([*records(), *events])
    return tl


def taken(place, when, *, to=None, from_=None, **fields):
    return ct.ControlChanged(place=place, to=to, from_=from_, when=when, source="paper", **fields)


def held(place, when, holders, **fields):
    return ct.ControlObserved(place=place, holders=holders, when=when, source="paper", **fields)


TAKEN = taken("hamah", "2020-02-01", to="army")
PLACES_ONE = merged("place", "hama", "hamah")
ACTORS_ONE = merged("actor", "army", "saa")


def test_claims_on_either_place_are_claims_on_the_one_and_both_names_find_it():
    state = timeline(TAKEN, PLACES_ONE).as_of("2020-03-01")
    assert list(state.territory) == ["hama"]
    for name in ("hama", "hamah", "Hama", "HAMAH"):
        assert state.territory[name].place == "hama"
        assert state.territory[name].holder == "army"


def test_the_evidence_still_shows_the_claim_as_it_was_made():
    (seen,) = timeline(TAKEN, PLACES_ONE).as_of("2020-03-01").territory["hama"].evidence
    assert seen.claim == TAKEN
    assert seen.id == TAKEN.id
    assert seen.about == taken("hama", "2020-02-01", to="army")


def test_a_merge_that_is_retracted_parts_the_records_again():
    gone = ct.Retracted(target=PLACES_ONE.id, reason="two towns", source="paper")
    state = timeline(TAKEN, PLACES_ONE, gone).as_of("2020-03-01")
    assert list(state.territory) == ["hamah"]
    assert state.territory["hama"].status == "unknown"


def test_views_from_before_the_merge_answer_as_they_did():
    tl = timeline(taken("hamah", "2020-02-01", to="army", known="2020-02-02"))
    before = answer(tl.view())
    position = tl.position
    tl.append([merged("place", "hama", "hamah", known="2020-05-01")])
    assert answer(tl.view(at=position)) == before
    assert list(tl.as_of("2020-03-01", known_by="2020-04-30").territory) == ["hamah"]
    assert list(tl.as_of("2020-03-01", known_by="2020-05-01").territory) == ["hama"]


def test_a_merge_works_whatever_sources_a_view_asks_for():
    gazetteer = ct.Source(id="gazetteer", title="Gazetteer", published="2020-06", reliability="F")
    one = merged("place", "hama", "hamah", source="gazetteer")
    state = timeline(TAKEN, gazetteer, one).as_of("2020-03-01", sources=["paper"])
    assert list(state.territory) == ["hama"]


def test_of_merged_holders_one_is_left_and_their_shares_add_up():
    claim = held("hama", "2020-02-01", {"army": 0.1, "saa": 0.2, "front": 0.7})
    found = timeline(claim, ACTORS_ONE).as_of("2020-03-01").territory["hama"]
    assert found.best == {"army", "front"}
    assert {a: s.best for a, s in found.shares.items()} == {"army": 0.3, "front": 0.7}


def test_shares_of_merged_holders_are_unknown_where_one_is_and_never_above_the_whole():
    read = Merges.of([ACTORS_ONE]).read
    some = read(held("hama", "2020-02-01", {"army": 0.1, "saa": None}))
    assert dict(some.holders) == {"army": None}
    wide = read(held("hama", "2020-02-01", {"army": ct.Quantity(low=0.5, high=0.9), "saa": 0.4}))
    assert dict(wide.holders) == {"army": ct.Quantity(low=0.9, high=1)}


def test_a_change_from_an_actor_to_itself_is_an_observation_of_it():
    claim = taken("hama", "2020-02-01", to="army", from_="saa", occurrence="coup", claimant="x")
    tl = timeline(claim, ACTORS_ONE)
    found = tl.as_of("2020-03-01").territory["hama"]
    assert found.holder == "army"
    assert tl.as_of("2020-01-31").territory["hama"].possible == {frozenset(["army"])}
    assert found.evidence[0].about == held("hama", "2020-02-01", ["army"], claimant="x")


def test_a_merged_actor_is_one_group_one_party_and_one_member():
    claims = [
        ct.HeadcountObserved(group="saa", status="active", count=5, when="2020-02", source="paper"),
        ct.Incident(
            kind="battle", when="2020-02", parties=["army", "saa"], targets=["saa"], source="paper",
            fatalities={"army": 2, "saa": 3, "civilians": 1},
        ),
        ct.AllianceObserved(members=["saa", "front"], when="2020-02", source="paper"),
        ct.FigureObserved(measure="tanks", value=7, unit="tanks", subject="saa", when="2020-02",
                          source="paper"),
        ct.Forecast(statement="so", place="hamah", holder="saa", when="2020-01-01",
                    known="2020-01-01", window="2020-03", source="paper"),
        taken("hama", "2020-02", to="army"),
    ]  # fmt: skip
    state = timeline(*claims, ACTORS_ONE, PLACES_ONE).as_of("2020-04-01")
    assert state.people.count("Syrian Arab Army", status="active").best == 5
    assert [count.key.group for count in state.people] == ["army"]
    (incident,) = state.incidents
    assert incident.claim.parties == incident.claim.targets == ("army",)
    assert {p: q.best for p, q in incident.fatalities.items()} == {"army": 5, "civilians": 1}
    for actor in ("army", "saa"):
        assert [a.claim.members for a in state.alliances.of(actor)] == [("army", "front")]
        assert [f.value.best for f in state.figures.get("tanks", subject=actor)] == [7]
    assert [j.verdict for j in state.forecasts] == ["borne out"]


def test_a_country_merged_with_another_record_is_found_by_the_names_of_both():
    count = ct.HeadcountObserved(
        group="army", status="active", nationality="SY", count=5, when="2020-02", source="paper"
    )
    twin = ct.Place(id="syrie", names={"en": ["Syria"], "fr": ["Syrie"]}, iso="SY")
    for one in (merged("place", "sham", "syria"), merged("place", "syria", "sham")):
        people = timeline(count, one).as_of("2020-03-01").people
        for name in ("SY", "Syria", "الشام"):
            assert people.count("army", status="active", nationality=name).best == 5
    people = timeline(count, twin, merged("place", "syria", "syrie")).as_of("2020-03-01").people
    assert people.count("army", status="active", nationality="Syria").best == 5
    people = timeline(count, twin).as_of("2020-03-01").people
    with pytest.raises(ct.AmbiguousNameError):
        people.count("army", status="active", nationality="Syria")


def test_explain_tells_of_the_merge_that_brought_a_claim_here():
    steps = timeline(TAKEN, PLACES_ONE).explain("hama", "2020-03-01").steps
    assert [s.reason for s in steps] == [
        "it was so by that day, and nothing later says otherwise "
        "(told of hamah, which is one: one and the same)"
    ]


@pytest.mark.parametrize(
    ("event", "field", "told"),
    [
        (merged("place", "hama", "homs"), "merged", "no place is known as 'homs'"),
        (merged("place", "homs", "hama"), "into", "no place is known as 'homs'"),
        (merged("place", "army", "saa"), "into", "no place is known as 'army'"),
        (merged("actor", "army", "hama"), "merged", "no actor is known as 'hama'"),
    ],
)
def test_only_records_that_are_there_and_of_the_kind_are_merged(event, field, told):
    tl = timeline()
    with pytest.raises(ct.InputError) as caught:
        tl.append([event])
    assert any(f.path == f"event[1].{field}" and told in f.message for f in caught.value.faults)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("ab", {"b": "a"}),
        ("ab ca", {"a": "c", "b": "c"}),  # a chain, whichever of its links was known first
        ("ca ab", {"a": "c", "b": "c"}),
        ("ab cb", {"a": "c", "b": "c"}),  # of two words on one record the last known counts
        ("ab ba", {"a": "b"}),  # and so it does in a circle
        ("ab bc ca", {"a": "c", "b": "c"}),
        ("ab ab ac ac", {"b": "a", "c": "a"}),
        ("ab cd ac", {"b": "a", "c": "a", "d": "a"}),
    ],
)
def test_what_stands_for_several_follows_from_what_the_merges_say(pairs, expected):
    assert representatives(tuple(pair) for pair in pairs.split()) == expected


@given(st.lists(st.permutations("abcdef").map(lambda letters: (letters[0], letters[1]))))
def test_what_is_merged_is_one_and_one_of_them_stands_for_all(pairs):
    found = representatives(pairs)
    classes = {letter: {letter} for letter in "abcdef"}
    for into, gone in pairs:
        both = classes[into] | classes[gone]
        classes.update(dict.fromkeys(both, both))
    for letter, members in classes.items():
        assert len({found.get(member, member) for member in members}) == 1
        assert found.get(letter, letter) in members


def test_of_merges_that_close_a_circle_the_last_known_counts():
    ways = [
        merged("place", "hama", "hamah", known="2020-03-01"),
        merged("place", "hamah", "hama", known="2020-05-01"),
    ]
    for order in (ways, ways[::-1]):
        tl = timeline(TAKEN, *order)
        assert list(tl.as_of("2020-02-02").territory) == ["hamah"]
        assert list(tl.as_of("2020-02-02", known_by="2020-04-01").territory) == []


# ---- laws ----------------------------------------------------------------------------------------

LOGS = strategies.logs(merges=True)


def ones(log):
    return {e.id: e for e in log if isinstance(e, RecordsMerged)}


@pytest.mark.parametrize(
    "holds",
    [
        lambda log: bool(ones(log)),
        lambda log: any(isinstance(e, ct.Retracted) and e.target in ones(log) for e in log),
        lambda log: any(
            a.into == b.merged and a.merged == b.into
            for a in ones(log).values()
            for b in ones(log).values()
        ),
    ],
    ids=["merges", "merges taken back", "circles"],
)
def test_drawn_logs_hold(holds):
    # As many as it takes: a circle is rare.
    drawn = settings(max_examples=20_000, database=None, phases=[Phase.generate])
    assert holds(find(LOGS, holds, settings=drawn, random=Random(0)))


@given(LOGS, st.data())
def test_the_order_of_appending_never_matters_with_merges(log, data):
    laws.order_never_matters(answer, log, data.draw(st.permutations(range(len(log)))))


@given(LOGS, strategies.days())
def test_what_is_known_later_changes_no_view_with_merges(log, known_by):
    laws.what_is_known_later_changes_no_view(answer, log, known_by)


@given(strategies.logs(), st.lists(strategies.merges(), min_size=1, max_size=2), st.data())
def test_merging_and_retracting_is_never_having_merged(log, ones, data):
    for one in ones:
        laws.retracting_is_never_having_said(answer, [*log, *ones], one)


@given(LOGS, st.data())
def test_a_retracted_claim_leaves_nothing_behind_with_merges(log, data):
    told = [e for e in log if isinstance(e, Claim)]
    if told:
        laws.retracting_is_never_having_said(answer, log, data.draw(st.sampled_from(told)))


@given(strategies.logs(), st.lists(strategies.merges(), max_size=3))
def test_a_view_from_before_a_merge_is_intact(log, ones):
    laws.what_is_recorded_later_changes_no_view(answer, log, ones)


@given(strategies.logs(changes=False), strategies.merges())
def test_a_merged_log_answers_as_one_written_with_one_record(log, one):
    reads = Merges.of([one]).read
    rewritten = [reads(e) if isinstance(e, Claim) else e for e in log]
    tl, written = ct.open(":memory:"), ct.open(":memory:")
    tl.append([*log, one])
    written.append(list({e.content_id: e for e in rewritten}.values()))
    for day in DAYS:
        told, expected = (
            {p: (c.possible, c.conceivable) for p, c in t.as_of(day).territory.items()}
            for t in (tl, written)
        )
        assert told == expected


class TakersNamed:
    """A projection of one's own: which takers were named, by the ids that stand for them."""

    def initial(self):
        return frozenset()

    def evolve(self, state, event):
        return state | {getattr(event, "to", None)}


def test_a_projection_of_ones_own_reads_merged_ids_also_where_it_had_asked_before():
    projection = TakersNamed()
    paper = ct.Source(id="paper", title="Paper", published="2021")
    taken = ct.ControlChanged(place="hama", to="army", when="2020-03-01", source="paper")
    records = [paper, ct.Place(id="hama"), ct.Actor(id="army"), ct.Actor(id="forces")]
    with ct.open(":memory:") as tl:
        tl.append([*records, taken])
        assert tl.project(projection, "2020-12-31") == {"army"}
        tl.append(
            [
                ct.RecordsMerged(
                    what="actor", merged="army", into="forces", reason="one army", source="paper"
                )
            ]
        )
        assert tl.project(projection, "2020-12-31") == {"forces"}
