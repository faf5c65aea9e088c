"""The façade: what goes in, what is refused, and what comes out."""

from __future__ import annotations

import datetime as dt

import pendulum
import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import strategies

PAPER = ct.Source(id="paper", title="Paper", published="2020-06-30")
ARMY = ct.Actor(id="army", names={"en": ["Army"]})
HAMA = ct.Place(id="hama", names={"en": ["Hama"]})
TAKEN = ct.ControlChanged(place="hama", to="army", when="2020-06-01", source="paper")


@pytest.fixture
def tl():
    with ct.open(":memory:") as timeline:
        timeline.append([PAPER, ARMY, HAMA])
        yield timeline


def refused(tl, *events):
    before = tl.position
    with pytest.raises(ct.InputError) as caught:
        tl.append(events)
    assert tl.position == before, "nothing is written where anything is refused"
    return [str(fault) for fault in caught.value.faults]


def test_events_of_a_batch_come_in_any_order_and_positions_in_the_order_given():
    tl = ct.open(":memory:")
    positions = tl.append([TAKEN, HAMA, ARMY, PAPER])
    assert sorted(positions) == [1, 2, 3, 4]
    entries = {e.position: e.event for e in tl.events()}
    assert [entries[p] for p in positions] == [TAKEN, HAMA, ARMY, PAPER]
    assert positions[0] == 4, "what a claim needs stands before it"


def test_the_same_event_again_keeps_its_first_position(tl):
    (first,) = tl.append([TAKEN])
    assert tl.append([TAKEN, TAKEN]) == [first, first]


def test_every_fault_is_told_at_once_with_its_field(tl):
    faults = refused(
        tl,
        ct.ControlChanged(place="hamma", to="arm", when="2020-06-01", source="papers"),
        ct.HeadcountObserved(group="navy", status="active", count=1, when="2020", source="paper"),
        ct.Place(id="homs", parent="syria"),
    )
    assert [fault.split(":")[0] for fault in faults] == [
        "event[1].source",
        "event[1].to",
        "event[1].place",
        "event[2].group",
        "event[3].parent",
    ]
    assert "nearest: hama" in faults[2]


@pytest.mark.parametrize(
    ("event", "field", "told"),
    [
        (
            ct.ControlChanged(place="hama", to="army", when="2021", source="paper"),
            "when",
            "after its publication",
        ),
        (
            ct.Forecast(statement="so", window="2019", when="2020-06-01", source="paper"),
            "window",
            "on, got 2019",
        ),
        (ct.Retracted(target="0" * 64, reason="no", source="paper"), "target", "of this log"),
        (
            ct.Corrected(target="0" * 64, replacement=TAKEN, kind="clerical_error", source="paper"),
            "target",
            "a claim of this log",
        ),
        (ct.Source(id="copy", title="Copy", derived_from="papr"), "derived_from", "nearest: paper"),
        (ct.Actor(id="army", names={"en": ["Another"]}), "id", "already declared otherwise"),
        (ct.Place(id="x", parent="x"), "parent", "lies in itself"),
        (
            ct.Incident(kind="attack", fatalities={"nobody": 1}, when="2020-06-01", source="paper"),
            "fatalities",
            "no actor is known as 'nobody'",
        ),
        (
            ct.AllianceObserved(members=["army", "axis"], when="2020-06-01", source="paper"),
            "members",
            "'axis'",
        ),
    ],
)
def test_what_makes_no_sense_in_this_log_is_refused(tl, event, field, told):
    (fault,) = refused(tl, event)
    assert fault.startswith(f"event[1].{field}: ")
    assert told in fault


def test_what_is_no_event_is_refused(tl):
    assert refused(tl, {"type": "place"}) == ["event[1]: expected an event, got {'type': 'place'}"]


def test_places_may_not_lie_in_each_other(tl):
    faults = refused(tl, ct.Place(id="a", parent="b"), ct.Place(id="b", parent="a"))
    assert any("lies in itself" in fault for fault in faults)


def test_a_record_may_be_declared_anew_once_the_old_one_is_taken_back(tl):
    better = ct.Place(id="hama", names={"en": ["Hama"], "ar": ["حماة"]})
    retraction = ct.Retracted(
        target=ct.event_id(HAMA), reason="the Arabic name was missing", source="paper"
    )
    tl.append([TAKEN, retraction, better])
    assert tl.as_of("2020-07-01").territory["حماة"].holder == "army"


def test_a_correction_is_checked_in_its_replacement_too(tl):
    tl.append([TAKEN])
    wrong = ct.ControlChanged(place="hama", to="amry", when="2020-06-01", source="paper")
    (fault,) = refused(
        tl,
        ct.Corrected(target=TAKEN.id, replacement=wrong, kind="clerical_error", source="paper"),
    )
    assert fault.startswith("event[1].replacement.to: ")


def test_expected_position_refuses_what_has_moved_on(tl):
    with pytest.raises(ct.PositionConflictError):
        tl.append([TAKEN], expected_position=7)
    assert tl.position == 3


@pytest.mark.parametrize("day", ["2020-07-01", dt.date(2020, 7, 1), pendulum.date(2020, 7, 1)])
def test_a_day_is_text_or_a_date(tl, day):
    tl.append([TAKEN])
    assert tl.as_of(day).territory["Hama"].holder == "army"
    assert tl.as_of(day).day == pendulum.date(2020, 7, 1)


@pytest.mark.parametrize(
    "day", ["2020-07", "2020", "yesterday", "", None, 5, pendulum.datetime(2020, 7, 1)]
)
def test_what_is_no_day_is_refused(tl, day):
    with pytest.raises(ct.DateError):
        tl.as_of(day)


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"at": -1}, ct.AxisError),
        ({"at": 4}, ct.AxisError),
        ({"at": "soon"}, ct.AxisError),
        ({"at": dt.datetime(2020, 1, 1)}, ct.AxisError),  # without a zone
        ({"at": True}, ct.AxisError),
        ({"known_by": "2020-13-01"}, ct.DateError),
        ({"known_by": "2020-06"}, ct.DateError),
        ({"min_reliability": "G"}, ct.AxisError),
        ({"sources": ["papre"]}, ct.UnknownNameError),
        ({"stale_after": -1}, ct.AxisError),
        ({"horizon": 3}, TypeError),
    ],
)
def test_an_axis_that_cannot_be_honoured_is_refused_and_never_ignored(tl, axes, error):
    with pytest.raises(error):
        tl.as_of("2020-07-01", **axes)


def test_a_view_is_fixed_while_the_log_goes_on(tl):
    view = tl.view()
    tl.append([TAKEN])
    assert view.as_of("2020-07-01").territory["hama"].status == "unknown"
    assert tl.view().as_of("2020-07-01").territory["hama"].holder == "army"


def test_what_another_process_or_object_appends_is_seen(tmp_path):
    path = tmp_path / "a.db"
    with ct.open(path) as one, ct.open(path) as two:
        one.append([PAPER, ARMY, HAMA])
        assert two.as_of("2020-07-01").territory["hama"].status == "unknown"
        one.append([TAKEN])
        assert two.as_of("2020-07-01").territory["hama"].holder == "army"
    assert ct.open(path).position == 4


def test_a_missing_log_is_made_only_where_that_is_asked(tmp_path):
    with pytest.raises(ct.LogError):
        ct.open(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()


def test_people_are_asked_by_any_name(tl):
    tl.append(
        [
            ct.Place(id="canada", names={"en": ["Canada"]}, kind="country", iso="CA"),
            ct.HeadcountObserved(
                group="army", status="active", nationality="CA", count=5, when="2020-06-01",
                source="paper",
            ),
        ]
    )  # fmt: skip
    people = tl.as_of("2020-07-01").people
    assert people.count("Army", status="active", nationality="Canada").best == 5
    assert people.count("army", status="active", nationality="CA").best == 5
    assert [count.key.status for count in people] == ["active"]
    with pytest.raises(ct.UnknownNameError, match="nearest: active"):
        people.count("army", status="activ")
    with pytest.raises(ct.UnknownNameError, match="no nationality"):
        people.count("army", status="active", nationality="Canadia Felix")


def test_incidents_of_a_window_overlap_it_or_lie_within_it(tl):
    tl.append(
        [
            ct.Incident(kind="attack", when="2020-05/2020-06", source="paper", occurrence="x"),
            ct.Incident(kind="siege", when="2020-06-02", source="paper",
                        fatalities={"army": 3, "civilians": "hundreds"}),
            ct.Incident(kind="attack", when="2020-06-05", source="paper", occurrence="x"),
        ]
    )  # fmt: skip
    incidents = tl.as_of("2020-06-30").incidents
    assert [h.kind for h in incidents] == ["siege", "attack"]
    assert len(incidents.between("2020-06-05", how="within")) == 1
    assert [h.kind for h in incidents.between("2020-06-01/2020-06-04")] == ["siege"]
    assert incidents.between("2020-06").how == "overlap"
    (siege,) = (h for h in incidents if h.kind == "siege")
    assert siege.fatalities["civilians"].high == 999
    with pytest.raises(ct.AxisError):
        incidents.between("2020-06", how="near")


def test_figures_show_the_latest_and_keep_the_others(tl):
    def figure(value, when):
        return ct.FigureObserved(
            measure="area", value=value, unit="km2", subject="army", when=when, source="paper"
        )

    tl.append([figure(10, "2020-03-01"), figure(20, "2020-05-01")])
    (found,) = tl.as_of("2020-06-01").figures.get("area", subject="army")
    assert found.value.best == 20
    assert [s.claim.value.best for s in found.others] == [10]
    assert tl.as_of("2020-04-01").figures.get("area")[0].value.best == 10
    assert tl.as_of("2020-02-01").figures.get("area") == []
    assert len(tl.as_of("2020-06-01").figures) == 1


def test_alliances_tell_whether_they_held_on_the_day(tl):
    tl.append(
        [
            ct.AllianceObserved(
                members=["army"], name="Shield", when="2020-03-01", until="2020-05-01/2020-05-31",
                source="paper",
            )
        ]
    )  # fmt: skip
    status = {
        day: [a.status for a in tl.as_of(day).alliances.of("army")]
        for day in ("2020-02-01", "2020-04-01", "2020-05-15", "2020-06-30")
    }
    assert list(status.values()) == [[], ["certain"], ["possible"], ["ended"]]


def test_forecasts_are_judged_against_the_state(tl):
    def forecast(statement, **fields):
        return ct.Forecast(
            statement=statement, place="hama", when="2020-01-01", known="2020-01-01",
            source="paper", **fields,
        )  # fmt: skip

    tl.append(
        [
            TAKEN,
            forecast("army by summer", holder="army", window="2020-03-01/2020-06-15"),
            forecast("army in spring", holder="army", window="2020-03-01/2020-06-15",
                     expectation="held_throughout"),
            forecast("army at some time", holder="army", window="2020-06",
                     expectation="held_at_some_time"),
            forecast("never the army", not_holder="army", window="2020-05/2020-07",
                     expectation="held_throughout"),
            forecast("who knows", not_holder="army", window="2020-05-01/2020-05-10"),
            forecast("later", holder="army", window="2020-12"),
            ct.Forecast(statement="peace", window="2020-02", when="2020-01-01", source="paper"),
        ]
    )  # fmt: skip
    verdicts = {j.forecast.statement: j.verdict for j in tl.forecasts(as_of="2020-06-30")}
    assert verdicts == {
        "army by summer": "borne out",
        "army in spring": "undecided",
        "army at some time": "borne out",
        "never the army": "refuted",
        "who knows": "undecided",
        "later": "pending",
        "peace": "undecided",
    }
    assert {j.verdict for j in tl.forecasts(as_of="2020-01-15")} == {"pending"}
    assert tl.forecasts(as_of="2019-01-01") == []


def test_likely_duplicates_are_a_question_and_never_merged(tl):
    def escaped(source, count, **fields):
        return ct.PeopleMoved(
            group="army", from_status="detained", to_status="at_large", count=count,
            when="2020-06-01/2020-06-10", source=source, **fields,
        )  # fmt: skip

    tl.append([ct.Source(id="radio", title="Radio", published="2020-07-01")])
    tl.append([escaped("paper", 100), escaped("radio", ct.Quantity(low=50, high=150))])
    view = tl.view()
    assert view.as_of("2020-07-01").people.count("army", status="at_large").low == 150
    assert len(view.people.duplicates) == 1
    tl.append([escaped("radio", 100, occurrence="break"), escaped("paper", 90, occurrence="break")])
    assert len(tl.view().people.duplicates) > 1


@given(strategies.logs())
def test_any_drawn_log_loads_and_verifies(log):
    tl = ct.open(":memory:")
    tl.append(log)
    assert tl.verify() == []


def test_what_is_shown_in_a_shell_is_short(tl):
    assert repr(tl) == "Timeline(':memory:', position=3)"
    assert repr(tl.as_of("2020-07-01")) == "State(day=2020-07-01, places=0)"


def test_the_package_has_only_its_public_names():
    assert set(ct.__all__) <= set(dir(ct)) | set(ct._LATER)
    with pytest.raises(AttributeError):
        ct.nothing  # noqa: B018


def test_a_file_tells_what_cannot_be_read_and_what_does_not_exist_in_one_report(tl, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(
        """
[[event]]
type = "control-changed"
place = "hamma"
to = "nobody"
when = "2020-02-30"
source = "paper"

[[event]]
type = "place"
id = "homs"
lat = 200

[[event]]
type = "headcount-observed"
group = "navy"
place = "homs"
status = "active"
count = -5
when = "2020"
source = "paper"
""",
        "utf-8",
    )
    with pytest.raises(ct.InputError) as caught:
        tl.load(file)
    told = [(fault.line, fault.path) for fault in caught.value.faults]
    assert told == [
        (4, "event[1].place"),
        (5, "event[1].to"),
        (6, "event[1].when"),
        (12, "event[2].lat"),
        (16, "event[3].group"),
        (19, "event[3].count"),
    ]
    assert tl.position == 3


def test_what_a_prompt_shows_tells_what_it_is():
    with ct.open(":memory:") as tl:
        tl.load(ct.corpus("isis"))
        view = tl.view(known_by="2017-10-10", sources=["ntk"])
        state = view.as_of("2017-10-09")
        assert repr(view) == "View(known_by='2017-10-10', sources=['ntk'], position=138)"
        assert repr(tl.view()) == "View(position=138)"
        assert repr(state.territory) == "TerritoryState(day=2017-10-09, places=2)"
        assert repr(state.people) == "PeopleState(day=2017-10-09)"
        assert repr(state.incidents) == f"Incidents({len(state.incidents)})"
        assert repr(state.figures) == f"Figures({len(state.figures)})"
        assert repr(state.alliances) == f"Alliances({len(state.alliances)})"
        assert repr(view.scores(as_of="2018-01-01")).startswith("Scores(")
        assert repr(view.sensitivity("2017-10-09")) == "Sensitivity(day=2017-10-09)"
        [first, *_] = view.history("raqqa")
        assert repr(first) == "Span('../2016-10-07', best=None, status='unknown')"
        [period] = view.coverage().places["raqqa"].periods
        assert repr(period) == "Period('2017-10-08/2017-10-09')"


def test_a_log_is_opened_to_be_asked_only(tmp_path):
    path = tmp_path / "log.db"
    with pytest.raises(ct.LogNotFoundError):
        ct.open(path, readonly=True)
    assert not path.exists()
    with ct.open(path) as tl:
        tl.append([PAPER, ARMY, HAMA, TAKEN])
    with ct.open(path, readonly=True) as tl:
        assert tl.as_of("2020-06-30").territory["hama"].holder == "army"
        with pytest.raises(ct.NotWrittenError):
            tl.append([ct.Place(id="homs")])


def test_an_answer_of_a_closed_log_keeps_what_it_has_read_and_says_why_it_has_no_more(monkeypatch):
    monkeypatch.setattr("conflict_timeline.index.entries._KEPT", 2)  # as in a log of many entries
    tl = ct.open(":memory:")
    homs = ct.ControlChanged(place="homs", to="army", when="2020-06-01", source="paper")
    tl.append([PAPER, ARMY, HAMA, ct.Place(id="homs"), TAKEN, homs])
    state = tl.as_of("2020-06-30")
    read, unread = state.territory["hama"], state.territory["homs"]
    [evidence] = read.evidence
    tl.close()
    assert read.evidence == (evidence,)
    assert unread.holder == "army"
    questions = [
        lambda: unread.evidence,
        lambda: state.people.count("army", status="active"),
        lambda: state.citation,
        lambda: tl.as_of("2020-06-30"),
        lambda: tl.append([HAMA]),
    ]
    for question in questions:
        with pytest.raises(ct.ClosedError, match=":memory:: the log is closed; open it again"):
            question()
    assert repr(tl) == "Timeline(':memory:', closed)"
