"""Merging logs: a union in which every answer is the same, whichever log took the other over."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.log import Checkpoint, Head, SQLiteLog, batch
from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.strategies import LAST_DAY, logs
from conflict_timeline.timeline import Timeline

SOURCE = ct.Source(id="paper", title="A paper", published="2020-02")
PLACE, ARMY, FRONT = ct.Place(id="homs"), ct.Actor(id="army"), ct.Actor(id="front")


def taken(to: str, when: str, **fields: object) -> ct.ControlChanged:
    return ct.ControlChanged(place="homs", to=to, when=when, source="paper", **fields)


def timeline(*batches: object) -> Timeline:
    made = ct.open(":memory:")
    for events in batches:
        made.append(events)
    return made


def answers(tl: Timeline) -> list[bytes]:
    """Everything that the log says of some days, as known on some."""
    return [
        tl.as_of(day, known_by=known).to_bytes()
        for day in ("2020-01-15", "2020-02-10", LAST_DAY, "2020-06-01")
        for known in (None, "2020-01-20", "2020-03-15")
    ]


def root_of(store: SQLiteLog, number: int) -> bytes:
    grown = Growth()
    grown.extend([leaf_hash(e.id, e.recorded) for e in store.history_entries(number)])
    return grown.root


class Clock:
    """Stands in for the clock of the machine, so that each log has days of its own."""

    def __init__(self) -> None:
        self.day = 1

    def __call__(self) -> str:
        return f"2020-03-{self.day:02}T00:00:00.000000Z"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(batch, "now", made)
    return made


# ---- the law ------------------------------------------------------------------------------------


@given(logs(), logs(), logs(), st.lists(st.integers(1, 28), min_size=3, max_size=3))
@settings(max_examples=40)
def test_law_8_merging_is_commutative_associative_and_idempotent(a, b, c, days):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batch, "now", clock)

        def recorded() -> list[Timeline]:
            found = []
            for events, day in zip((a, b, c), days, strict=True):
                clock.day = day
                found.append(timeline(events))
            clock.day = 28
            return found

        one, two, three = recorded()
        one.merge(two)
        one.merge(three)
        expected = answers(one)

        first, second, third = recorded()
        second.merge(first)
        assert answers(second) == answers(timeline_merged(recorded, 0, 1))
        third.merge(second)
        assert answers(third) == expected

        left, middle, right = recorded()
        middle.merge(right)
        left.merge(middle)
        assert answers(left) == expected

        size = one.position
        assert one.merge(two).taken == 0
        assert one.merge(three).taken == 0
        assert one.position == size
        assert answers(one) == expected
        assert one.verify() == left.verify() == third.verify() == []


def timeline_merged(recorded, into, other):
    found = recorded()
    found[into].merge(found[other])
    return found[into]


@given(logs(), logs())
@settings(max_examples=20)
def test_the_order_of_events_does_not_come_into_it(a, b):
    one, two, both = timeline(a), timeline(b), timeline()
    one.merge(two)
    # What is declared twice must be taken over as it is, which appending refuses.
    store = both._store
    store.append([*b, *a])
    assert answers(one) == answers(both)


# ---- days of recording --------------------------------------------------------------------------


def test_an_event_without_a_day_of_publication_counts_from_the_first_log_that_had_it(clock):
    undated = ct.Source(id="paper", title="A paper")
    events = [undated, PLACE, ARMY, taken("army", "2020-01-05")]
    clock.day = 9
    late = timeline(events)
    clock.day = 2
    early = timeline(events)
    clock.day = 20
    assert late.as_of("2020-02-01", known_by="2020-03-05").territory["homs"].best is None
    before = late.position
    early_answer = answers(early)
    told = late.merge(early)
    assert (told.taken, told.shared, told.histories) == (0, 4, 1)
    assert late.as_of("2020-02-01", known_by="2020-03-05").territory["homs"].holder == "army"
    # As of before the merge it is as it was: a view shows what was recorded by then.
    then = late.as_of("2020-02-01", known_by="2020-03-05", at=before)
    assert then.territory["homs"].best is None
    assert early.merge(late).taken == 0
    assert answers(early) == answers(late) == early_answer


def test_a_citation_from_before_a_merge_resolves_after_it(clock):
    undated = ct.Source(id="paper", title="A paper")
    events = [undated, PLACE, ARMY, taken("army", "2020-01-05")]
    clock.day = 9
    late = timeline(events)
    citation = late.as_of("2020-02-01", known_by="2020-03-05").citation
    clock.day = 2
    late.merge(timeline([*events, FRONT, taken("front", "2020-01-09")]))
    state = late.resolve(citation)
    assert state.territory["homs"].best is None


# ---- histories and checkpoints ------------------------------------------------------------------


def test_the_history_of_the_other_log_can_be_held_against_its_roots():
    here = timeline([SOURCE, PLACE, ARMY])
    there = timeline([SOURCE, PLACE], [FRONT])
    there.append([taken("front", "2020-01-05")])
    roots = [there._store.root(size) for size in range(5)]
    told = here.merge(there)
    assert (told.taken, told.shared, told.histories, told.checkpoints) == (2, 2, 1, 0)
    [history] = here._store.histories()
    assert (history.log, history.head) == (there._store.identity, Head(4, roots[4]))
    grown = Growth()
    for size, entry in enumerate(here._store.history_entries(1)):
        assert grown.root == roots[size]
        grown.extend([leaf_hash(entry.id, entry.recorded)])
    [merged] = [e.event for e in here.events() if isinstance(e.event, ct.LogMerged)]
    assert (merged.log, merged.size, merged.root) == (history.log, 4, roots[4].hex())


def test_a_log_that_grew_is_kept_as_a_continuation():
    here, there = timeline([SOURCE, PLACE, ARMY]), timeline([SOURCE, PLACE, FRONT])
    here.merge(there)
    there.append([taken("front", "2020-01-05")])
    assert here.merge(there).taken == 1
    first, second = here._store.histories()
    assert second.continues == first.number
    assert root_of(here._store, 2) == there._store.root()
    assert [e.position for e in here._store.history_entries(2)] == [1, 2, 3, 4]


def test_checkpoints_of_both_logs_are_kept():
    here, there = timeline([SOURCE, PLACE]), timeline([SOURCE, ARMY])
    kept = Checkpoint(there._store.identity, there._store.head(), "as it was signed")
    there._store.take([], checkpoints=[kept])
    assert here.merge(there).checkpoints == 1
    assert here._store.checkpoints() == [kept]
    assert here.merge(there).checkpoints == 0


def test_the_histories_of_a_merged_log_come_with_it():
    a, b, c = timeline([SOURCE, PLACE]), timeline([SOURCE, ARMY]), timeline([FRONT])
    b.merge(c)
    assert a.merge(b).histories == 2
    assert {h.log for h in a._store.histories()} == {b._store.identity, c._store.identity}
    for history in a._store.histories():
        assert root_of(a._store, history.number) == history.head.root
    # What a has of itself in a log that took it over is no history of another.
    d = timeline([ct.Place(id="idlib")])
    d.merge(a)
    assert a.merge(d).histories == 1
    assert a.verify() == d.verify() == []


def test_logs_that_took_each_other_over_have_nothing_more_to_tell():
    a, b = timeline([SOURCE, PLACE]), timeline([SOURCE, ARMY])
    a.merge(b)
    b.merge(a)
    sizes = a.position, b.position
    for _ in range(2):
        assert a.merge(b).histories == b.merge(a).histories == 0
    assert (a.position, b.position) == sizes


def test_a_copy_that_went_its_own_way_is_merged_like_any_other(tmp_path):
    with ct.open(tmp_path / "a.db") as a:
        a.append([SOURCE, PLACE, ARMY, FRONT])
    (tmp_path / "b.db").write_bytes((tmp_path / "a.db").read_bytes())
    with ct.open(tmp_path / "a.db") as a, ct.open(tmp_path / "b.db") as b:
        a.append([taken("army", "2020-01-05")])
        b.append([taken("front", "2020-01-09")])
        told = a.merge(tmp_path / "b.db")
        assert (told.log, told.taken, told.shared) == (a._store.identity, 1, 4)
        assert a.as_of("2020-02-01").territory["homs"].holder == "front"
        b.merge(a)
        assert answers(a) == answers(b)
        assert a.verify() == b.verify() == []


# ---- what cannot both stand ---------------------------------------------------------------------


def test_records_that_both_declare_otherwise_are_told_and_answers_do_not_depend_on_who_merges():
    mine = attrs.evolve(PLACE, names={"en": ["Homs"]})
    theirs = attrs.evolve(PLACE, names={"ar": ["حمص"]}, lat=34.7, lon=36.7)
    here, there = timeline([SOURCE, mine, ARMY]), timeline([SOURCE, theirs, FRONT])
    [conflict] = here.merge(there).conflicts
    assert (conflict.kind, conflict.id) == ("place", "homs")
    assert (conflict.here, conflict.there) == (mine, theirs)
    assert conflict.fields == ("names", "lat", "lon")
    assert conflict.stands == min(mine, theirs, key=lambda p: p.content_id)
    [mirrored] = there.merge(here).conflicts
    assert mirrored.stands == conflict.stands
    for tl in (here, there):
        assert tl.view().visible.places["homs"] == conflict.stands
        # Both may be loaded again from the files they came from.
        assert tl.append([mine, theirs]) == tl.append([mine, theirs])
    gone = conflict.here if conflict.stands == conflict.there else conflict.there
    here.append([ct.Retracted(target=conflict.stands.content_id, reason="x", source="paper")])
    assert here.view().visible.places["homs"] == gone


def test_a_damaged_log_is_not_merged(tmp_path):
    with ct.open(tmp_path / "there.db") as there:
        there.append([SOURCE, PLACE])
    import sqlite3

    with sqlite3.connect(tmp_path / "there.db") as raw:
        [(text,)] = raw.execute("SELECT sql FROM sqlite_schema WHERE name = 'events_no_update'")
        raw.execute("DROP TRIGGER events_no_update")
        raw.execute("UPDATE events SET subject = 'another'")
        raw.execute(text)
    here = timeline([ARMY])
    with pytest.raises(ct.LogError, match=r"there\.db: cannot be merged, it is damaged"):
        here.merge(tmp_path / "there.db")
    assert here.position == 1


def test_a_missing_log_is_not_made(tmp_path):
    with pytest.raises(ct.LogError, match="none\\.db"):
        timeline([ARMY]).merge(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_that_a_log_was_merged_cannot_be_said_by_hand():
    event = ct.LogMerged(log="0" * 32, size=1, root="0" * 64)
    with pytest.raises(ct.InputError, match="that a log was merged is recorded by merging it"):
        timeline([event])
