"""Appends one after the other, without a question between them: nothing is read back for them."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.dates import OPEN_FUTURE
from conflict_timeline.events import Claim, Event, Reference
from conflict_timeline.index import Publications, keeping
from conflict_timeline.log import Entry, SQLiteLog
from conflict_timeline.log.relational import RelationalLog
from conflict_timeline.timeline import recording
from conflict_timeline.timeline.view import View
from conflict_timeline.view import ViewSpec
from tests.test_index import log, redeclared, took

DAY = strategies.LAST_DAY


@st.composite
def pieces(draw: st.DrawFn) -> list[list[Event]]:
    """A log in many pieces, with some events twice; by itself many a piece makes no sense."""
    events = draw(strategies.logs(max_claims=5, merges=draw(st.booleans())))
    events = draw(redeclared(events))
    if draw(st.booleans()):
        events = draw(st.permutations(events))
    events = [*events, *draw(st.lists(st.sampled_from(events), max_size=4))]
    cuts = sorted(draw(st.sets(st.integers(1, len(events) - 1), max_size=4)))
    return [events[a:b] for a, b in zip([0, *cuts], [*cuts, len(events)], strict=True)]


def outcome(path: Path, batch: list[Event], tl: ct.Timeline | None = None) -> object:
    """Positions, or faults; by a timeline that knows nothing of the log yet if none is given."""
    try:
        if tl is not None:
            return tl.append(batch)
        with ct.open(path) as fresh:
            return fresh.append(batch)
    except ct.InputError as error:
        return error.faults


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), batches=pieces(), most=st.sampled_from([0, 1, 3, 7, 50_000]))
def test_appends_decide_as_they_do_in_a_log_that_is_read_anew(
    tmp_path_factory, data, batches, most
):
    """Also where others append in between, and where so much came that the index takes it in."""
    folder = tmp_path_factory.mktemp("appends")
    one, other = folder / "one.db", folder / "other.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "_RECENT", most)
        with ct.open(one) as tl, ct.open(one) as beside:
            for batch in batches:
                by = data.draw(st.sampled_from([tl, tl, tl, beside]))
                assert outcome(one, batch, by) == outcome(other, batch)
                if data.draw(st.integers(0, 5)) == 0:
                    redact(data, by, other)
                with ct.open(other) as anew:
                    for event in batch:
                        if isinstance(event, Reference):
                            assert by.declared(event) == anew.declared(event)
                if data.draw(st.booleans()):
                    assert by.as_of(DAY).to_bytes() == told(list(by.events()))
            with ct.open(other) as expected:
                assert [e.id for e in tl.events()] == [e.id for e in expected.events()]
                found, wanted = tl.as_of(DAY).to_bytes(), expected.as_of(DAY).to_bytes()
                assert found == beside.as_of(DAY).to_bytes() == told(list(tl.events()))
                instants = {e.recorded for e in [*tl.events(), *expected.events()]}
                if len({instant[:10] for instant in instants}) == 1:  # not around midnight
                    assert found == wanted


def redact(data: st.DataObject, by: ct.Timeline, other: Path) -> None:
    """Redacts the same claim or record in both logs, if they have any."""
    events = [entry.event for entry in by.events() if not entry.erased]
    if found := [event for event in events if isinstance(event, Claim | Reference)]:
        event = data.draw(st.sampled_from(found))
        instead = attrs.evolve(event, note="redacted")
        by.redact(event.content_id, "in danger", instead=instead)
        with ct.open(other) as tl:
            tl.redact(event.content_id, "in danger", instead=instead)


def told(entries: list[Entry]) -> bytes:
    """The state that the naive fold tells of a log."""
    return View(entries, ViewSpec()).as_of(DAY).to_bytes()


def test_an_append_reads_no_entry_and_makes_no_index():
    with ct.open(":memory:") as tl:
        tl.append(log())
        tl.append([took("army", "front", "2020-01-05")])
        assert (tl._reader.read, tl._index.position) == (0, 0)
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
        assert tl._index.position == 7


def test_a_record_that_was_appended_a_moment_ago_is_not_declared_twice():
    homs = ct.Place(id="homs", note="otherwise")
    with ct.open(":memory:") as tl:
        tl.append(log())
        with pytest.raises(ct.InputError, match="this place is already declared otherwise"):
            tl.append([homs])
        back = ct.Retracted(target=ct.Place(id="homs").content_id, reason="x", source="paper")
        tl.append([back])
        tl.append([homs])
        assert tl.declared(homs) == homs
        tl.append([ct.Place(id="homs")])  # it is in the log, beside the other: nothing new
        assert tl.declared(homs) == homs


def test_a_correction_of_a_correction_that_came_in_the_append_before():
    claim = took("army", "front", "2020-01-05")
    first = attrs.evolve(claim, note="read again")
    second = attrs.evolve(claim, note="and again")
    with ct.open(":memory:") as tl:
        tl.append(log(claim))
        fields = {"kind": "rereading", "source": "paper"}
        tl.append([ct.Corrected(target=claim.id, replacement=first, **fields)])
        tl.append([ct.Corrected(target=first.id, replacement=second, **fields)])
        [shown] = tl.as_of("2020-01-10").territory["homs"].evidence
        assert shown.id == second.id


def test_what_another_appended_in_between_counts(tmp_path):
    claim = took("army", "front", "2020-01-05", source="late")
    with ct.open(tmp_path / "log.db") as tl, ct.open(tmp_path / "log.db") as beside:
        tl.append(log())
        beside.append([ct.Source(id="late", title="Late", published="2020-01-01")])
        with pytest.raises(ct.InputError, match="no day after its publication, 2020-01-01"):
            tl.append([claim])
        beside.append([took("army", "front", "2019-12-05", source="late")])
        assert tl.append([took("front", "army", "2019-12-06", source="late")]) == [9]


def test_what_was_redacted_may_be_declared_as_it_reads():
    secret = ct.Place(id="camp", note="told by a guard")
    with ct.open(":memory:") as tl:
        tl.append([*log(), secret])
        tl.redact(secret.content_id, "in danger", instead=ct.Place(id="camp"))
        assert tl.declared(secret) == ct.Place(id="camp")
        with pytest.raises(ct.InputError, match="already declared otherwise"):
            tl.append([ct.Place(id="camp", note="another")])


def test_an_event_that_cannot_be_written_is_a_fault_with_its_place():
    day = ct.When.parse("2020-01-05", wording="x")
    object.__setattr__(day, "wording", "\ud800")  # no field of ours lets it in
    odd = ct.Source(id="odd", title="Odd", published=day)
    claim = took("army", "front", "2020-01-05", source="odd")
    with ct.open(":memory:") as tl:
        with pytest.raises(ct.InputError) as caught:
            tl.append([*log(), odd, claim, "no event"])
        assert [fault.path for fault in caught.value.faults] == ["event[7]", "event[9]"]
        assert "expected Unicode text" in str(caught.value)
        assert tl.position == 0


def test_days_of_publication_are_those_of_the_sources_as_they_are_declared_last():
    paper = ct.Source(id="paper", title="Paper", published="2020-02-01", reliability="B")
    again = attrs.evolve(paper, published=ct.When.parse("2020-03"))
    with ct.open(":memory:") as tl:
        tl.append([*log(), ct.Source(id="undated", title="U")])
        published = Publications(tl._index)
        assert dict(published) == {}
        tl.view()
        assert published["paper"] == ct.When.parse("2020-02-01").last
        assert published["undated"] == OPEN_FUTURE
        assert set(published) == {"paper", "blog", "undated"}
        back = ct.Retracted(target=paper.content_id, reason="x", source="blog")
        tl.append([back, again])
        tl.view()
        assert published["paper"] == ct.When.parse("2020-03-31").last
        assert len(published) == 3
        with pytest.raises(KeyError, match="nowhere"):
            published["nowhere"]


# ---- what is left for the next who opens it -----------------------------------------------------


@pytest.fixture
def large(monkeypatch):
    """Every log counts as large enough for an index beside it."""
    monkeypatch.setattr(keeping, "SMALLEST", 1)


def test_closing_leaves_the_index_of_what_was_appended(large, tmp_path):
    with ct.open(tmp_path / "log.db") as tl:
        tl.append(log())
        tl.append([took("army", "front", "2020-01-05")])
        assert not (tmp_path / "log.db-index").exists()
    with ct.open(tmp_path / "log.db") as tl:
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
        assert tl._reader.read == 0


def test_a_block_that_fails_closes_at_once(large, tmp_path):
    tl = ct.open(tmp_path / "log.db")
    tl.append(log())
    with pytest.raises(ct.InputError), tl:
        tl.append([took("army", "front", "2020-01-05", source="nobody")])
    assert not (tmp_path / "log.db-index").exists()
    with pytest.raises(ct.ClosedError):
        tl.append(log())


def test_closing_twice_and_closing_what_cannot_be_read_any_more(large, tmp_path):
    tl = ct.open(tmp_path / "log.db")
    tl.append(log())
    tl._store.close()
    tl.close()
    tl.close()
    assert not (tmp_path / "log.db-index").exists()


# ---- what the next question takes in ------------------------------------------------------------


def entries_read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None]]:
    """The stretches of logs that are read from now on."""
    found: list[tuple[int, int | None]] = []
    entries = RelationalLog.entries

    def counting(self, after=0, upto=None, **more):
        found.append((after, upto))
        return entries(self, after, upto, **more)

    monkeypatch.setattr(RelationalLog, "entries", counting)
    return found


def test_a_question_after_appends_reads_none_of_them_back(monkeypatch):
    claim = took("army", "front", "2020-01-05")
    with ct.open(":memory:") as tl:
        found = entries_read(monkeypatch)
        tl.append(log())
        tl.append([claim, claim])
        tl.append([claim, took("front", "army", "2020-01-20")])
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
        tl.append([took("army", "front", "2020-01-25")])
        assert tl.as_of("2020-01-30").territory["homs"].holder == "army"
        assert found == []


def test_of_many_appends_the_index_takes_in_what_came_before_the_last(monkeypatch):
    monkeypatch.setattr(recording, "_RECENT", 7)
    with ct.open(":memory:") as tl:
        found = entries_read(monkeypatch)
        tl.append(log())
        tl.append([took("army", "front", "2020-01-05"), took("front", "army", "2020-01-20")])
        assert tl._index.position == 0
        tl.append([took("army", "front", "2020-01-25")])
        assert tl._index.position == 8
        assert tl.as_of("2020-01-30").territory["homs"].holder == "army"
        assert (tl._index.position, tl._recent, found) == (9, [], [])


def test_a_large_batch_is_read_back_instead_of_kept_in_memory(monkeypatch):
    monkeypatch.setattr(recording, "_RECENT", 2)
    claims = [took("army", "front", f"2020-01-{day:02}") for day in range(5, 9)]
    with ct.open(":memory:") as tl:
        tl.append(log())
        tl.view()
        found = entries_read(monkeypatch)
        tl.append(claims[:3])
        tl.append(claims[3:])
        assert len(tl._recent) == 1
        assert tl.as_of("2020-01-30").territory["homs"].holder == "army"
        assert (6, 10) in found


def test_an_index_that_took_in_appends_is_not_read_from_the_file_beside_the_log(
    large, tmp_path, monkeypatch
):
    monkeypatch.setattr(recording, "_RECENT", 5)
    path = tmp_path / "log.db"
    with ct.open(path) as tl:
        tl.append(log()[:3])
        tl.append(log()[3:])
        tl.append([took("army", "front", "2020-01-05")])
        with ct.open(path) as beside:
            beside.view()
        assert path.with_name("log.db-index").exists()
        found = entries_read(monkeypatch)
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
        assert found == []
        assert tl.as_of(DAY).to_bytes() == told(list(tl.events()))
        assert len(tl._index.rows) == 1


def test_in_a_log_with_histories_what_is_appended_is_read_back(tmp_path, monkeypatch):
    """They may tell when an event was recorded first."""
    with ct.open(tmp_path / "other.db") as other:
        other.append(log())
    with ct.open(":memory:") as tl:
        tl.merge(tmp_path / "other.db")
        tl.view()
        found = entries_read(monkeypatch)
        position = tl.position
        tl.append([took("army", "front", "2020-01-05")])
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
        assert (position, position + 1) in found


# ---- batches of which the log holds a part ------------------------------------------------------


@given(order=st.permutations(range(6)), held=st.integers(0, 6), again=st.integers(0, 5))
def test_what_a_log_holds_of_a_batch_keeps_its_position_wherever_it_stands_in_it(
    order, held, again
):
    events = [ct.Actor(id=f"actor-{number}") for number in range(6)]
    batch = [events[number] for number in [*order, again]]
    with SQLiteLog.open(":memory:") as store:
        store.append(events[:held])
        expected: dict[int, int] = {number: number + 1 for number in range(held)}
        for number in order:
            expected.setdefault(number, len(expected) + 1)
        assert store.append(batch) == [expected[number] for number in [*order, again]]
        assert store.position == 6
        assert store.verify() == []


def test_a_batch_of_which_the_log_holds_a_part_is_written_at_the_position_expected():
    events = [ct.Actor(id=f"actor-{number}") for number in range(4)]
    with SQLiteLog.open(":memory:") as store:
        store.append(events[:2])
        with pytest.raises(ct.PositionConflictError):
            store.append(events, expected_position=1)
        assert store.position == 2
        assert store.append(events, expected_position=2) == [1, 2, 3, 4]
        assert store.append(events, expected_position=0) == [1, 2, 3, 4]
