"""The index against views that decode every event: the same answers, whatever the log and the view.

The naive fold is ``View`` over plain entries: it knows no index.
"""

from __future__ import annotations

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import Claim, Event, Source
from conflict_timeline.index import LogIndex, Reader, around, cache, keeping, rows, whole
from conflict_timeline.index.whole import WholeStates
from conflict_timeline.timeline.view import View
from conflict_timeline.view import ViewSpec
from tests.benchmarks import work

DAYS = strategies.days(strategies.FIRST_DAY.subtract(days=5), strategies.LAST_DAY.add(days=70))


@st.composite
def specs(draw: st.DrawFn, length: int) -> dict[str, object]:
    """Axes of a view of a log of so many entries."""
    return {
        "known_by": draw(st.none() | DAYS),
        "at": draw(st.none() | st.integers(0, length)),
        "sources": draw(st.none() | st.sets(st.sampled_from(strategies.SOURCES), min_size=1)),
        "min_reliability": draw(st.sampled_from([None, None, "C", "F"])),
    }


@st.composite
def redeclared(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """With, now and then, a source that is taken back and declared with another grade or date."""
    sources = [e for e in events if isinstance(e, Source)]
    if draw(st.integers(0, 3)):
        return events
    source = draw(st.sampled_from(sources))
    other = attrs.evolve(source, reliability="A", note="graded anew")
    known = draw(DAYS)
    by = draw(st.sampled_from(strategies.SOURCES))
    back = ct.Retracted(
        target=source.content_id, reason="regraded", source=by, known=ct.When(known, known)
    )
    return [*events, back, other]


@st.composite
def batches(draw: st.DrawFn) -> list[list[Event]]:
    """A complete log, cut into batches; each refers to itself and to those before only."""
    events = draw(strategies.logs(max_claims=10, merges=draw(st.booleans())))
    events = draw(redeclared(events))
    cut = draw(st.integers(9, len(events)))
    found = [events[:cut], events[cut:]]
    aims = {getattr(event, "target", None) for event in events[:cut]}
    aims -= {event.content_id for event in events[:cut]}
    return [events] if aims & {e.content_id for e in events[cut:]} else [f for f in found if f]


def naive(tl: ct.Timeline, axes: dict[str, object]) -> View:
    return View(list(tl.events()), ViewSpec(**axes))


def compare(tl: ct.Timeline, axes: dict[str, object], days: list[object]) -> None:
    if axes["at"] is not None:
        axes["at"] = min(axes["at"], tl.position)
    indexed, plain = tl.view(**axes), naive(tl, axes)
    assert sorted(indexed.territory.claims) == sorted(plain.territory.claims)
    for day in days:
        state, expected = indexed.as_of(day), plain.as_of(day)
        whole, wanted = state.territory.whole(), expected.territory.whole()
        assert tuple(whole.keys) == tuple(wanted.keys)
        for at, place in enumerate(whole.keys):
            assert whole.possible(at) == wanted.possible(at), (place, day)
            assert whole.conceivable(at) == wanted.conceivable(at), (place, day)
            assert whole.holdings[whole.best[at]] == wanted.holdings[wanted.best[at]]
        assert state.to_bytes() == expected.to_bytes()
        for place in strategies.PLACES:
            if place in indexed.visible.places:
                steps = [
                    [
                        (step.claim.id, step.role, step.reason)
                        for step in view.explain(place, day).steps
                    ]
                    for view in (indexed, plain)
                ]
                assert steps[0] == steps[1]
    for place in strategies.PLACES:
        if place in indexed.visible.places:
            assert indexed.history(place) == plain.history(place)
    turning = indexed.territory.register.turning(737_000, 737_480)
    assert turning == plain.territory.register.turning(737_000, 737_480)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), small_tail=st.booleans())
def test_the_index_answers_as_the_naive_fold_does(data, small_tail):
    with pytest.MonkeyPatch.context() as patch:
        if small_tail:
            patch.setattr(rows, "_FEWEST_TAIL", 2)
        with ct.open(":memory:") as tl:
            for batch in data.draw(batches()):
                tl.append(batch)
                axes = data.draw(specs(tl.position))
                days = data.draw(st.lists(DAYS, min_size=1, max_size=2))
                compare(tl, axes, days)
                if data.draw(st.booleans(), "the present is made beforehand"):
                    tl.prepare()
                compare(tl, dict.fromkeys(axes), days)


def log(*more: Event) -> list[Event]:
    return [
        ct.Source(id="paper", title="Paper", published="2020-02-01", reliability="B"),
        ct.Source(id="blog", title="Blog", published="2020-03-01"),
        ct.Place(id="homs"), ct.Place(id="hama"), ct.Actor(id="army"), ct.Actor(id="front"),
        *more,
    ]  # fmt: skip


def took(to: str, from_: str, when: str, **more: object) -> Claim:
    fields = {"place": "homs", "source": "paper", **more}
    return ct.ControlChanged(to=to, from_=from_, when=when, **fields)


ALL = {"known_by": None, "at": None, "sources": None, "min_reliability": None}


@pytest.mark.parametrize("prepared", [False, True])
def test_a_retraction_of_a_retraction_in_a_later_batch(prepared):
    """With the present made before each batch, of a claim that is tangled only by the last."""
    claim = took("army", "front", "2020-01-05")
    back = ct.Retracted(target=claim.id, reason="no", source="paper", known="2020-02-10")
    again = ct.Retracted(target=back.id, reason="yes", source="blog", known="2020-03-10")
    with ct.open(":memory:") as tl:
        for events in (log(claim), [back], [again]):
            tl.append(events)
            for known_by in (None, "2020-02-01", "2020-02-20", "2020-03-20"):
                compare(tl, {**ALL, "known_by": known_by}, ["2020-01-10"])
            if prepared:
                tl.prepare()
                for known_by in (None, "2020-02-01", "2020-02-20", "2020-03-20"):
                    compare(tl, {**ALL, "known_by": known_by}, ["2020-01-10"])
        compare(tl, {**ALL, "at": tl.position - 1}, ["2020-01-10"])
        compare(tl, {**ALL, "at": tl.position - 2}, ["2020-01-10"])


def test_a_claim_that_is_also_the_replacement_of_another():
    wrong, right = took("front", "army", "2020-01-05"), took("army", "front", "2020-01-06")
    fixed = ct.Corrected(
        target=wrong.id, replacement=right, kind="clerical_error", source="blog", known="2020-03-10"
    )
    for batches in ([log(wrong), [fixed], [right]], [log(wrong, right), [fixed]]):
        with ct.open(":memory:") as tl:
            for events in batches:
                tl.append(events)
                for known_by in (None, "2020-02-20"):
                    compare(tl, {**ALL, "known_by": known_by}, ["2020-01-10"])


def test_two_retractions_of_one_claim_by_sources_known_at_different_times():
    claim = took("army", "front", "2020-01-05")
    backs = [
        ct.Retracted(target=claim.id, reason="no", source="paper", known=known)
        for known in ("2020-04-10", "2020-02-10")
    ]
    with ct.open(":memory:") as tl:
        tl.append(log(claim))
        for back in backs:
            tl.append([back])
        for known_by in (None, "2020-02-20", "2020-02-05"):
            for at in (None, tl.position - 1):
                compare(tl, {**ALL, "known_by": known_by, "at": at}, ["2020-01-10"])


def test_a_source_that_is_declared_anew_makes_its_claims_read_otherwise():
    paper = log()[0]
    claims = [
        took("army", "front", "2020-01-05/2020-01-20"),
        ct.ControlObserved(place="homs", holders=["front"], when="2020-01-12", source="blog"),
    ]
    with ct.open(":memory:") as tl:
        tl.append(log(*claims))
        compare(tl, dict(ALL), ["2020-01-15"])
        back = ct.Retracted(target=paper.content_id, reason="x", source="blog", known="2020-03-05")
        tl.append([back, attrs.evolve(paper, published="2020-01-18", reliability="F")])
        for known_by in (None, "2020-02-20", "2020-01-19"):
            compare(tl, {**ALL, "known_by": known_by}, ["2020-01-10", "2020-01-15", "2020-01-19"])
        compare(tl, {**ALL, "min_reliability": "C"}, ["2020-01-15"])


def test_a_view_made_before_keeps_its_answers_when_more_is_recorded():
    claim = took("army", "front", "2020-01-05")
    with ct.open(":memory:") as tl:
        tl.append(log(claim))
        before = tl.view()
        tl.append([ct.Retracted(target=claim.id, reason="no", source="paper")])
        assert before.as_of("2020-01-10").territory["homs"].holder == "army"
        assert before.as_of("2020-01-10").territory.whole().best.tolist() != [0]
        assert tl.as_of("2020-01-10").territory["homs"].status == "unknown"


# ---- the file beside the log --------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch):
    """Files are written for the smallest log, and blocks are small enough for it to have some."""
    monkeypatch.setattr(keeping, "SMALLEST", 1)
    monkeypatch.setattr(rows, "BLOCK", 3)
    monkeypatch.setattr(cache, "BLOCK", 3)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=40)
@given(data=st.data())
def test_a_file_that_is_stale_damaged_or_whole_changes_no_answer(small, tmp_path_factory, data):
    path = tmp_path_factory.mktemp("log") / "log.db"
    kept = path.with_name("log.db-index")
    first, *later = data.draw(batches())
    with ct.open(path) as tl:
        tl.append(first)
        tl.view()
    assert kept.exists()
    old = kept.read_bytes()
    with ct.open(path) as tl:
        for batch in later:
            tl.append(batch)
        tl.view()
    harm = data.draw(st.sampled_from(["none", "stale", "byte", "cut", "gone", "text", "rows"]))
    content = bytearray(old if harm == "stale" else kept.read_bytes())
    if harm in ("byte", "rows"):
        begin = 0 if harm == "byte" else max(0, len(content) - 400)
        at = data.draw(st.integers(begin, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
    elif harm == "cut":
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    kept.write_bytes(b"something else" if harm == "text" else bytes(content))
    if harm == "gone":
        kept.unlink()
    with ct.open(path) as tl:
        axes = data.draw(specs(tl.position))
        compare(tl, axes, data.draw(st.lists(DAYS, min_size=1, max_size=2)))
        compare(tl, dict.fromkeys(axes), [strategies.LAST_DAY])


def test_a_file_of_another_log_is_not_taken(small, tmp_path):
    claim = took("army", "front", "2020-01-05")
    with ct.open(tmp_path / "a.db") as tl:
        tl.append(log(claim))
        tl.view()
    with ct.open(tmp_path / "b.db") as tl:
        tl.append(log(took("front", "army", "2020-01-05")))
    (tmp_path / "b.db-index").write_bytes((tmp_path / "a.db-index").read_bytes())
    with ct.open(tmp_path / "b.db") as tl:
        assert tl.as_of("2020-01-10").territory["homs"].holder == "front"


def test_a_file_in_another_format_is_not_taken(small, tmp_path, monkeypatch):
    with ct.open(tmp_path / "a.db") as tl:
        tl.append(log(took("army", "front", "2020-01-05")))
        tl.view()
    monkeypatch.setattr(keeping, "FORMAT", keeping.FORMAT + 1)
    with ct.open(tmp_path / "a.db") as tl:
        assert not keeping.restore(LogIndex(Reader(tl._store)))
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"


def test_what_cannot_be_written_is_left(small, tmp_path, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr("pathlib.Path.open", refused)
    with ct.open(tmp_path / "a.db") as tl:
        tl.append(log(took("army", "front", "2020-01-05")))
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
    assert not list(tmp_path.glob("*-index*"))


def test_a_file_is_removed_when_it_is_discarded(small, tmp_path):
    with ct.open(tmp_path / "a.db") as tl:
        tl.append(log(took("army", "front", "2020-01-05")))
        tl.view()
        keeping.discard(tl._index)
        keeping.discard(tl._index)
    assert not list(tmp_path.glob("*-index*"))


def test_a_damaged_block_that_is_met_while_the_log_is_read_on(small, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "present", lambda index: None)  # so that rows come last
    claims = [took("army", "front", f"2020-01-{day:02}") for day in range(1, 20)]
    with ct.open(tmp_path / "a.db") as tl:
        tl.append(log(*claims))
        tl.view()
    kept = tmp_path / "a.db-index"
    content = bytearray(kept.read_bytes())
    content[-5] ^= 1
    with ct.open(tmp_path / "a.db") as tl:
        tl.append([ct.Retracted(target=claims[-1].id, reason="no", source="paper")])
    kept.write_bytes(bytes(content))
    with ct.open(tmp_path / "a.db") as tl:
        compare(tl, dict(ALL), ["2020-01-10", "2020-01-19"])


def test_evidence_stays_that_of_its_answer_when_rows_get_other_numbers(monkeypatch):
    monkeypatch.setattr(rows, "_FEWEST_TAIL", 2)
    claims = [took("army", "front", f"2020-01-{day:02}") for day in range(10, 20)]
    with ct.open(":memory:") as tl:
        tl.append(log(*claims))
        control = tl.as_of("2020-01-30").territory["homs"]
        assert control.holder == "army"
        tl.append([took("front", "army", f"2019-01-{day:02}") for day in range(10, 20)])
        assert tl.as_of("2020-01-30").territory["homs"].holder == "army"
        assert {seen.id for seen in control.evidence} <= {claim.id for claim in claims}


def test_a_correction_that_puts_something_else_in_the_place_of_a_claim():
    """Of a merged place all that bears on it is read, also what is no report of control."""
    attack = ct.Incident(kind="attack", place="homs", when="2020-01-05", source="paper")
    fixed = ct.Corrected(
        target=attack.id, kind="rereading", source="paper",
        replacement=attrs.evolve(attack, note="read again"),
    )  # fmt: skip
    merge = ct.RecordsMerged(what="place", into="homs", merged="hama", reason="x", source="paper")
    with ct.open(":memory:") as tl:
        tl.append(log(attack, fixed, merge))
        compare(tl, dict(ALL), ["2020-01-10"])


# ---- the rows around a day ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_around_a_day_tell_what_all_rows_tell(monkeypatch, seed):
    monkeypatch.setattr(rows, "_FEWEST_TAIL", 40)
    made = work.make(1_500, 12, vague=0.25, retracted=0.05, seed=seed)
    days = [from_ordinal(work.FIRST + n) for n in range(-40, work.SPAN + 800, 211)]
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        for known_by in (None, "2016-03-01", "2022-01-01"):
            for at in (None, tl.position // 2):
                view = tl.view(known_by=known_by, at=at)
                for side in ((1, 3), (6, 30)):
                    monkeypatch.setattr(around, "_SIDES", side)
                    few = WholeStates(view.territory._places)
                    monkeypatch.setattr(whole, "_WORTH", 0)
                    monkeypatch.setattr(whole, "_MOST", 1)
                    tl._index.registers.clear()
                    found = [few.state(day.toordinal()) for day in days]
                    assert "_parts" not in few.__dict__
                    every = WholeStates(view.territory._places)
                    monkeypatch.setattr(whole, "_WORTH", 10**9)
                    for day, state in zip(days, found, strict=True):
                        same(state, every.state(day.toordinal()))


def same(state, expected):
    assert state.keys == expected.keys
    for name in ("best", "narrowed"):
        assert getattr(state, name).tolist() == getattr(expected, name).tolist()
    for at in range(len(state.keys)):
        assert state.possible(at) == expected.possible(at)
        assert state.conceivable(at) == expected.conceivable(at)


def test_a_report_about_days_after_it_was_recorded(tmp_path):
    """Where nothing says when it was published, the day of recording counts."""
    later = [took("army", "front", f"{year}-01-05", source="x") for year in range(2101, 2140)]
    with ct.open(":memory:") as tl:
        tl.append([*log(), ct.Source(id="x", title="X"), *later])
        tl._index.rows.settle_now()
        compare(tl, {**ALL, "known_by": "2100-01-01"}, ["2110-01-01", "2099-01-01", "2150-01-01"])
