"""Events: values that refuse what cannot be, and say which field, what was expected, what came."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime

import attrs
import pendulum
import pytest
from hypothesis import given

from conflict_timeline import strategies
from conflict_timeline.codec import CLASSES, event_id
from conflict_timeline.dates import When
from conflict_timeline.errors import ConflictTimelineError, DateError, EventError, QuantityError
from conflict_timeline.events import (
    COMPARTMENTS,
    INCIDENT_KINDS,
    Actor,
    AllianceObserved,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    Keeping,
    Locator,
    LogMerged,
    PeopleMoved,
    Place,
    RecordsMerged,
    Redacted,
    Reference,
    Retracted,
    Source,
    Statement,
)
from conflict_timeline.frozen import FrozenMap
from conflict_timeline.quantities import Quantity

HASH = "0123456789abcdef" * 4
CLAIM = {"when": "2017-10-17", "source": "ridder"}
TAKEN = ControlChanged(place="raqqa", to="sdf", from_="is", **CLAIM)

#: The least that each kind needs.
LEAST = {
    Source: {"id": "ridder", "title": "An article"},
    Place: {"id": "raqqa"},
    Actor: {"id": "sdf"},
    ControlChanged: {"place": "raqqa", "to": "sdf", **CLAIM},
    ControlObserved: {"place": "raqqa", "holders": ["sdf"], **CLAIM},
    PeopleMoved: {
        "group": "is", "from_status": "active", "to_status": "returned", "count": 60, **CLAIM,
    },
    HeadcountObserved: {"group": "is", "status": "returned", "count": 60, **CLAIM},
    Incident: {"kind": "siege", **CLAIM},
    FigureObserved: {"measure": "area_lost", "value": 14, "unit": "percent", **CLAIM},
    AllianceObserved: {"members": ["sdf"], **CLAIM},
    Forecast: {"statement": "It will fall", "window": "2018", **CLAIM},
    Retracted: {"target": HASH, "reason": "withdrawn", "source": "ridder"},
    Corrected: {
        "target": HASH, "replacement": TAKEN, "kind": "rereading", "source": "ridder",
    },
    RecordsMerged: {
        "what": "place", "into": "raqqa", "merged": "rakka", "reason": "one", "source": "ridder",
    },
    Redacted: {"target": HASH, "reason": "in danger"},
    LogMerged: {"log": HASH[:32], "size": 138, "root": HASH},
}  # fmt: skip


def kinds_with(field):
    return [cls for cls in LEAST if field in {f.name for f in attrs.fields(cls)}]


def refused(cls, error=EventError, **fields):
    """The message with which the least event of the kind, with these fields, is refused."""
    with pytest.raises(error) as caught:
        cls(**{**LEAST[cls], **fields})
    assert isinstance(caught.value, ConflictTimelineError)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


def test_the_least_of_every_kind_is_known_here():
    assert list(LEAST) == list(CLASSES.values())
    for cls, fields in LEAST.items():
        cls(**fields)


# --- text, ids, hashes ---------------------------------------------------------------------------

TEXTS = {
    "title", "publisher", "author", "language", "url", "note", "claimant", "reason", "unit", "name",
    "statement",
}  # fmt: skip
KEYS = {
    "id", "derived_from", "parent", "wikidata", "pcode", "source", "occurrence", "place", "to",
    "from_", "group", "measure", "subject", "holder", "not_holder", "into", "merged",
}  # fmt: skip


@pytest.mark.parametrize(
    ("cls", "field"),
    [(cls, field) for field in sorted(TEXTS) for cls in kinds_with(field)]
    + [(Place, "kind"), (Actor, "kind")],
)
def test_text_is_not_blank_and_can_be_written(cls, field):
    assert refused(cls, **{field: 7}) == f"{field}: expected text, got 7"
    assert refused(cls, **{field: " "}) == f"{field}: expected text that is not blank, got ' '"
    assert refused(cls, **{field: "a\ud800"}) == (
        f"{field}: expected Unicode text, got a lone surrogate in 'a\\ud800'"
    )


@pytest.mark.parametrize(
    ("cls", "field"), [(cls, field) for field in sorted(KEYS) for cls in kinds_with(field)]
)
@pytest.mark.parametrize("key", ["new york", "a\nb", "a\u200bb", "a\u202eb", "x" * 129])
def test_an_id_has_no_blanks_and_nothing_that_cannot_be_seen(cls, field, key):
    name = field.rstrip("_")
    message = refused(cls, **{field: key})
    assert message.startswith(f"{name}: expected an id of at most 128 visible characters, got ")
    assert refused(cls, **{field: ("a",)}) == f"{name}: expected text, got ('a',)"


@pytest.mark.parametrize("key", ["x" * 128, "الرقة", "ar-Raqqah", "Q-1/2", "🏙"])
def test_an_id_may_be_in_any_script(key):
    assert Place(id=key).id == key


@pytest.mark.parametrize("cls", kinds_with("target"))
@pytest.mark.parametrize("target", ["", "abc", HASH.upper(), HASH + "0", None, 5, f"{HASH}\n"])
def test_a_target_is_an_event_id(cls, target):
    assert refused(cls, target=target).startswith("target: expected 64 lower-case hex digits, got")


# --- dates ---------------------------------------------------------------------------------------

DATED = [
    (cls, field)
    for field in ("when", "known", "until", "window", "published")
    for cls in kinds_with(field)
]


@pytest.mark.parametrize(("cls", "field"), DATED)
def test_a_date_is_given_as_text_date_or_when(cls, field):
    fields = {**LEAST[cls], "when": "2017-10"} if "when" in LEAST[cls] else LEAST[cls]
    made = {
        cls(**{**fields, field: value})
        for value in (
            "2017-10-17",
            date(2017, 10, 17),
            pendulum.date(2017, 10, 17),
            When.parse("2017-10-17"),
        )
    }
    [event] = made
    assert getattr(event, field) == When(date(2017, 10, 17), date(2017, 10, 17))


@pytest.mark.parametrize(("cls", "field"), DATED)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2017, 10, 17, tzinfo=UTC), "expected a civil day, got the moment"),
        (pendulum.datetime(2017, 10, 17), "expected a civil day, got the moment"),
        ("last week", "expected an EDTF date"),
        ("2017-02-30", "expected a day that the calendar has"),
        (20171017, "expected a When, EDTF text"),
    ],
)
def test_a_moment_or_a_loose_text_is_no_date(cls, field, value, expected):
    assert refused(cls, DateError, **{field: value}).startswith(f"{field}: {expected}")


@pytest.mark.parametrize(
    ("cls", "field"), [(c, f) for c, f in DATED if f in ("when", "window")]
)  # fmt: skip
def test_a_date_that_is_needed_never_becomes_today(cls, field):
    assert refused(cls, DateError, **{field: None}).startswith(f"{field}: expected a When")


@pytest.mark.parametrize("cls", kinds_with("until"))
def test_until_does_not_come_before_when(cls):
    message = refused(cls, when="2017-10-17/2017-10-20", until="2017-10-16")
    assert message == "until: expected no day before 2017-10-17/2017-10-20, got 2017-10-16"
    for until in ("2017-10-17", "2017-10-18", "2017-10", "../2017-10-17", "2017-10-01/.."):
        cls(**{**LEAST[cls], "when": "2017-10-17/2017-10-20", "until": until})


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", kinds_with("count"))
def test_a_count_of_people_is_whole_and_not_below_zero(cls):
    assert refused(cls, count=-1) == "count: expected a whole count of 0 or more, got -1"
    assert refused(cls, count=1.5) == "count: expected a whole count of 0 or more, got 1.5"
    negative = Quantity(low=3, best=-2)
    assert refused(cls, count=negative) == "count: expected a whole count of 0 or more, got -2"
    below_zero = refused(cls, count="fewer than 0")
    assert below_zero == "count: expected a whole count of 0 or more, got -1"


@pytest.mark.parametrize(
    ("cls", "field"), [(cls, field) for field in ("count", "value") for cls in kinds_with(field)]
)
@pytest.mark.parametrize("value", [True, [5], float("nan"), float("inf"), 2**53 + 1, "a few"])
def test_what_is_no_number_is_no_quantity(cls, field, value):
    message = refused(cls, QuantityError, **{field: value})
    assert message.startswith(f"{field}: expected a")


@pytest.mark.parametrize("cls", kinds_with("count"))
def test_a_count_may_be_a_number_a_wording_a_range_or_unsaid(cls):
    def count(value):
        return cls(**{**LEAST[cls], "count": value}).count

    assert count(60) == count(60.0) == Quantity(60, 60, 60)
    assert count("hundreds").bounds == (200, 999)
    assert count(Quantity(low=9, high=5)).disordered
    assert count(None) == Quantity(), "missing is not zero"


def test_a_figure_may_be_any_finite_number():
    for value in (-3, 0.5, Quantity(low=-1.5)):
        assert FigureObserved(**{**LEAST[FigureObserved], "value": value}).value.low is not None


@pytest.mark.parametrize("cls", kinds_with("credibility"))
@pytest.mark.parametrize("value", [0, 7, "1", 1.0, True])
def test_credibility_is_admiralty_1_to_6(cls, value):
    assert refused(cls, credibility=value) == (
        f"credibility: expected an Admiralty credibility, 1 to 6, got {value!r}"
    )
    assert [cls(**{**LEAST[cls], "credibility": n}).credibility for n in range(1, 7)]


@pytest.mark.parametrize("value", ["G", "a", "AB", "", 1, ["A"]])
def test_reliability_is_admiralty_a_to_f(value):
    assert refused(Source, reliability=value) == (
        f"reliability: expected an Admiralty reliability, A to F, got {value!r}"
    )
    assert [Source(id="s", title="t", reliability=grade).reliability for grade in "ABCDEF"]


@pytest.mark.parametrize(("field", "limit"), [("lat", 90), ("lon", 180)])
def test_degrees_are_within_the_globe(field, limit):
    for value in (limit + 0.01, -limit - 1, float("nan"), float("inf"), True, "35.9", 10**400):
        message = refused(Place, **{field: value})
        assert message.startswith(f"{field}: expected degrees within +-{limit}, got ")
    for value in (limit, -limit, 35.95, 0):
        assert getattr(Place(id="p", **{field: value}), field) == value
    whole = getattr(Place(id="p", **{field: 36.0}), field)
    assert type(whole) is int, "one place is written in one way"


@pytest.mark.parametrize(
    "value",
    [0, -1, 1.0, True, "172955", 2**53, pytest.param(10**5_000, id="of 5,000 digits")],
)
def test_whole_numbers_are_above_zero(value):
    message = refused(Place, geonames=value)
    assert message.startswith("geonames: expected a whole number above 0, got ")
    with pytest.raises(EventError, match="paragraph: expected a whole number above 0, got"):
        Locator(paragraph=value)


# --- enumerations and codes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "field", "first"),
    [
        (PeopleMoved, "from_status", "outside"),
        (PeopleMoved, "to_status", "active"),
        (HeadcountObserved, "status", "joined"),
        (Incident, "kind", INCIDENT_KINDS[0]),
        (Forecast, "expectation", "held_throughout"),
        (Corrected, "kind", "clerical_error"),
    ],
)
@pytest.mark.parametrize("value", ["fled", "", None, 1, ["active"]])
def test_a_word_that_is_none_of_the_enumeration_is_refused_with_those_that_are(
    cls, field, first, value
):
    message = refused(cls, **{field: value})
    assert message.startswith(f"{field}: expected one of {first}, ")
    assert message.endswith(f", got {value!r}")


def test_members_are_in_a_compartment_before_and_after():
    listed = ", ".join(COMPARTMENTS)
    assert f"one of outside, {listed}, got 'joined'" in refused(PeopleMoved, from_status="joined")
    assert f"one of {listed}, got 'outside'" in refused(PeopleMoved, to_status="outside")
    assert f"one of joined, {listed}, got 'gone'" in refused(HeadcountObserved, status="gone")


@pytest.mark.parametrize(
    ("cls", "field"),
    [(cls, field) for field in ("nationality", "iso") for cls in kinds_with(field)],
)
@pytest.mark.parametrize("value", ["UK1", "ca", "CAN", "", "C", 44, "ÅL", "CA\n"])
def test_a_country_is_its_iso_code(cls, field, value):
    assert refused(cls, **{field: value}) == (
        f"{field}: expected an ISO 3166-1 alpha-2 code such as 'CA', got {value!r}"
    )


# --- who holds, who takes part -------------------------------------------------------------------


def test_holders_are_a_list_or_a_table_of_shares():
    def holders(value):
        return ControlObserved(place="raqqa", holders=value, **CLAIM).holders

    assert holders("sdf") == holders(["sdf"]) == holders({"sdf": None}) == {"sdf": None}
    assert holders(["sdf", "is", "sdf"]) == holders(("is", "sdf")) == holders({"is", "sdf"})
    shares = holders({"sdf": 0.8, "is": Quantity(high=0.2)})
    assert shares == {"is": Quantity(high=0.2), "sdf": Quantity.exactly(0.8)}
    assert list(shares) == ["is", "sdf"]
    assert isinstance(shares, FrozenMap)


def test_holding_is_the_holders_without_their_shares():
    observed = ControlObserved(place="raqqa", holders={"sdf": 0.8, "is": 0.2}, **CLAIM)
    assert observed.holding == frozenset({"is", "sdf"})


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        ([], "holders: expected at least one holder, got none"),
        ({}, "holders: expected at least one holder, got none"),
        (None, "holders: expected a list of ids, got None"),
        (5, "holders: expected a list of ids, got 5"),
        ([5], "holders: expected text, got 5"),
        (["a b"], "holders: expected an id of at most 128 visible characters, got 'a b'"),
        ({"sdf": 1.2}, "holders: sdf: expected a share from 0 to 1, got 1.2"),
        ({"sdf": -0.1}, "holders: sdf: expected a share from 0 to 1, got -0.1"),
        ({"sdf": Quantity(0, 0, 80)}, "holders: sdf: expected a share from 0 to 1, got 80"),
        ({"a b": 1}, "holders: expected an id of at most 128 visible characters, got 'a b'"),
        ({5: 1}, "holders: expected text, got 5"),
    ],
)
def test_holders_that_cannot_be_are_refused(holders, expected):
    assert refused(ControlObserved, holders=holders) == expected


def test_a_share_that_is_no_number_is_refused_with_its_holder():
    message = refused(ControlObserved, QuantityError, holders={"is": 0.1, "sdf": True})
    assert message == "holders: sdf: expected a number or None, got True"


def test_lists_of_ids_are_sets_in_order():
    incident = Incident(kind="battle", parties=["b", "a", "b"], targets="c", **CLAIM)
    assert incident.parties == ("a", "b")
    assert incident.targets == ("c",)
    assert refused(Incident, parties={"a": 1}) == "parties: expected a list of ids, got {'a': 1}"
    assert refused(AllianceObserved, members=[]) == (
        "members: expected at least one id, got an empty list"
    )
    assert refused(AllianceObserved, against=[None]) == "against: expected text, got None"


def test_fatalities_are_counts_by_party():
    incident = Incident(kind="battle", fatalities={"civilians": "dozens", "is": 3}, **CLAIM)
    assert incident.fatalities["civilians"].bounds == (24, 99)
    assert Incident(kind="battle", fatalities=None, **CLAIM).fatalities == {}
    assert refused(Incident, fatalities=5) == (
        "fatalities: expected a table of counts by party, got 5"
    )
    assert refused(Incident, fatalities={"is": -1}) == (
        "fatalities: is: expected a whole count of 0 or more, got -1"
    )


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [Place, Actor])
def test_names_are_by_language_the_first_to_show(cls):
    names = {"fi": "Rakka", "en": ["Raqqa", "ar-Raqqah", "Raqqa"], "zh-Hant": ["拉卡"]}
    made = cls(id="x", names=names)
    assert made.names == {"en": ("Raqqa", "ar-Raqqah"), "fi": ("Rakka",), "zh-Hant": ("拉卡",)}
    assert cls(id="x").names == {}


@pytest.mark.parametrize("cls", [Place, Actor])
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Raqqa"], "expected a table of names by language, got ['Raqqa']"),
        ({"English": ["a"]}, "expected a language tag such as 'en', got 'English'"),
        ({1: ["a"]}, "expected a language tag such as 'en', got 1"),
        ({"en": []}, "expected at least one name in en, got none"),
        ({"en": 5}, "expected names in en, got 5"),
        ({"en": {"Raqqa": 1}}, "expected names in en, got {'Raqqa': 1}"),
        ({"en": [5]}, "expected text, got 5"),
        ({"en": [" "]}, "expected text that is not blank, got ' '"),
    ],
)
def test_names_that_cannot_be_are_refused(cls, names, expected):
    assert refused(cls, names=names) == f"names: {expected}"


# --- fields that go together ---------------------------------------------------------------------


def test_a_change_names_taker_or_loser_or_both_and_they_differ():
    assert refused(ControlChanged, to=None) == (
        "to: expected the taker, the loser (from) or both, got neither"
    )
    assert refused(ControlChanged, to="sdf", from_="sdf") == (
        "to: expected another actor than from, got 'sdf' for both"
    )
    assert ControlChanged(place="hawija", from_="is", **CLAIM).to is None
    assert ControlChanged(place="hawija", to="army", **CLAIM).from_ is None


def test_who_moves_goes_elsewhere():
    assert refused(PeopleMoved, from_status="returned") == (
        "to_status: expected another than from_status, got 'returned' for both"
    )
    for to_status in COMPARTMENTS:
        PeopleMoved(**{**LEAST[PeopleMoved], "from_status": "outside", "to_status": to_status})


def test_a_forecast_of_control_names_place_and_holder():
    expected = "place: expected a place together with holder or not_holder"
    assert refused(Forecast, holder="sdf") == expected
    assert refused(Forecast, not_holder="sdf") == expected
    assert refused(Forecast, place="raqqa") == expected
    assert refused(Forecast, place="raqqa", holder="sdf", not_holder="is") == (
        "not_holder: expected either holder or not_holder, got both"
    )
    for fields in ({}, {"place": "raqqa", "holder": "sdf"}, {"place": "raqqa", "not_holder": "is"}):
        Forecast(**LEAST[Forecast], **fields)


def test_a_record_is_merged_into_another_of_its_kind():
    assert refused(RecordsMerged, merged="raqqa") == (
        "merged: expected another id than into, got 'raqqa' for both"
    )
    message = refused(RecordsMerged, what="source")
    assert message == "what: expected one of place, actor, got 'source'"


def test_only_a_claim_replaces_a_claim():
    for other in (None, "raqqa", Place(id="raqqa"), Retracted(**LEAST[Retracted])):
        message = refused(Corrected, replacement=other)
        assert message.startswith("replacement: expected a claim that replaces the target, got ")


@pytest.mark.parametrize("cls", kinds_with("locator"))
def test_a_locator_is_a_paragraph_and_its_hash(cls):
    locator = Locator(paragraph=12, sha256=HASH)
    assert cls(**LEAST[cls], locator=locator).locator == locator
    assert refused(cls, locator=12) == "locator: expected a Locator, got 12"
    with pytest.raises(EventError, match="sha256: expected 64 lower-case hex digits, got 'abc'"):
        Locator(paragraph=1, sha256="abc")


# --- values --------------------------------------------------------------------------------------


def test_references_are_no_statements_and_changes_of_mind_are_no_claims():
    parents = (Reference, Claim, Statement, Keeping)
    assert {
        cls.__name__: next(p.__name__ for p in parents if issubclass(cls, p)) for cls in LEAST
    } == {
        **dict.fromkeys(("Source", "Place", "Actor"), "Reference"),
        **dict.fromkeys(("Retracted", "Corrected", "RecordsMerged"), "Statement"),
        **{cls.__name__: "Claim" for cls in LEAST if "when" in LEAST[cls]},
        **dict.fromkeys(("Redacted", "LogMerged"), "Keeping"),
    }


def otherwise(event):
    """The same event with one field another."""
    if isinstance(event, LogMerged):
        return attrs.evolve(event, size=event.size + 1)
    field = "reason" if isinstance(event, Redacted) else "note"
    return attrs.evolve(event, **{field: "with a remark"})


@pytest.mark.parametrize("cls", LEAST)
def test_events_are_compared_by_value_and_hashable(cls):
    event, same = cls(**LEAST[cls]), cls(**LEAST[cls])
    other = otherwise(event)
    assert event == same
    assert hash(event) == hash(same)
    assert event != other
    assert len({event, same, other}) == 2
    assert event != next(c(**LEAST[c]) for c in LEAST if c is not cls)


@pytest.mark.parametrize("cls", LEAST)
def test_events_cannot_be_changed(cls):
    event = cls(**LEAST[cls])
    for field in attrs.fields(cls):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(event, field.name, getattr(event, field.name))
    with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
        event.remark = "new"


@pytest.mark.parametrize("cls", LEAST)
def test_the_id_is_of_the_content(cls):
    event = cls(**LEAST[cls])
    assert event.content_id == event_id(event) == cls(**LEAST[cls]).content_id
    if isinstance(event, Statement):
        assert event.id == event.content_id
    assert otherwise(event).content_id != event.content_id


@pytest.mark.parametrize("cls", LEAST)
def test_fields_are_named_and_the_needed_ones_needed(cls):
    with pytest.raises(TypeError):
        cls()
    with pytest.raises(TypeError):
        cls(**LEAST[cls], unheard_of=1)


@given(strategies.claims())
def test_copies_are_equal_and_have_the_same_id(claim):
    known_id = claim.id
    for again in (
        copy.copy(claim),
        copy.deepcopy(claim),
        pickle.loads(pickle.dumps(claim)),
        attrs.evolve(claim),
    ):
        assert again == claim
        assert hash(again) == hash(claim)
        assert again.id == known_id


def test_what_an_event_was_made_of_may_change_later():
    holders, names = ["sdf"], {"en": ["Raqqa"]}
    observed = ControlObserved(place="raqqa", holders=holders, **CLAIM)
    place = Place(id="r", names=names)
    holders.append("is")
    names["en"].append("Rakka")
    assert observed.holding == {"sdf"}
    assert place.names == {"en": ("Raqqa",)}


# --- what a log says of itself -------------------------------------------------------------------


def test_nothing_that_a_log_says_of_itself_stands_in_the_place_of_a_redacted_event():
    for event in (LogMerged(**LEAST[LogMerged]), Redacted(**LEAST[Redacted])):
        assert refused(Redacted, instead=event).startswith(
            "instead: expected what the target reads as from now on, got "
        )


@pytest.mark.parametrize("log", ["", "ab", "AB" * 16, 7])
def test_the_identity_of_a_log_is_32_hex_digits(log):
    assert refused(LogMerged, log=log).startswith("log: expected 32 lower-case hex digits, got ")


def test_what_is_left_of_a_redacted_event_keeps_its_ids():
    left = Retracted(target=HASH, reason="withdrawn", source="ridder")
    assert Redacted(target="a" * 64, reason="x", instead=left).reads_as() == left
    assert Redacted(target="a" * 64, reason="x", instead=left).reads_as().id == "a" * 64
    assert left.id != "a" * 64
    corrected = Corrected(**LEAST[Corrected])
    redacted = Redacted(target="a" * 64, reason="x", instead=corrected, replacement="b" * 64)
    assert redacted.reads_as().replacement.id == "b" * 64
    assert corrected.replacement.id != "b" * 64
