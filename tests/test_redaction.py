"""Redaction: bytes go, and nothing else does."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.codec import event_id
from conflict_timeline.events import Claim, Keeping
from conflict_timeline.strategies import LAST_DAY, logs
from tests.test_merging import ARMY, FRONT, PLACE, SOURCE, answers, taken, timeline

NAME = "Amina"
TOLD = taken("army", "2020-01-05", note=f"{NAME} saw it from her roof")
LEFT = attrs.evolve(TOLD, note="seen from a roof")


@pytest.fixture
def tl():
    with ct.open(":memory:") as made:
        made.append([SOURCE, PLACE, ARMY, FRONT, TOLD, taken("front", "2020-02-01")])
        yield made


def test_nothing_is_left_of_the_bytes_in_the_file(tmp_path):
    file = tmp_path / "log.db"
    with ct.open(file) as tl:
        tl.append([SOURCE, PLACE, ARMY, TOLD])
        assert NAME.encode() in file.read_bytes()
        tl.redact(TOLD.id, "the witness is in danger", LEFT)
        for path in tmp_path.iterdir():
            assert NAME.encode() not in path.read_bytes()
    with ct.open(file) as tl:
        assert tl.as_of("2020-01-10").territory["homs"].holder == "army"
        [claim] = tl.as_of("2020-01-10").territory["homs"].evidence
        assert (claim.id, claim.claim) == (TOLD.id, LEFT)
        assert tl.verify() == []


@given(logs(), st.data())
@settings(max_examples=60)
def test_law_other_answers_positions_and_proofs_stand(events, data):
    tl = timeline(events)
    entries = list(tl.events())
    can_go = [e for e in entries if isinstance(e.event, Claim)]
    if not can_go:
        return
    entry = data.draw(st.sampled_from(can_go))
    before, roots = answers(tl), [tl._store.root(n) for n in range(tl.position + 1)]
    left = attrs.evolve(entry.event, note="what is left")
    tl.redact(entry.id, "in danger", left)
    assert answers(tl) == before
    assert [tl._store.root(n) for n in range(len(roots))] == roots
    after = list(tl.events())[: len(entries)]
    assert [(e.position, e.id, e.recorded) for e in after] == [
        (e.position, e.id, e.recorded) for e in entries
    ]
    assert [e.id for e in after if e.erased] == [entry.id]
    assert tl.verify() == []


@given(logs(), st.data())
@settings(max_examples=60)
def test_law_what_goes_altogether_leaves_the_answers_of_a_log_that_never_had_it(events, data):
    tl = timeline(events)
    aims = {t for e in tl.events() if (t := getattr(e.event, "target", None)) is not None}
    can_go = [e.event for e in tl.events() if isinstance(e.event, Claim) and e.id not in aims]
    if not can_go:
        return
    claim = data.draw(st.sampled_from(can_go))
    if any(getattr(e.event, "replacement", None) == claim for e in tl.events()):
        return  # a correction says the same, and goes on saying it
    tl.redact(claim.id, "in danger")
    without = timeline([event for event in events if event_id(event) != claim.id])
    assert answers(tl) == answers(without)


def test_records_and_changes_of_mind_can_be_redacted_and_answers_stand(tl):
    corrected = ct.Corrected(
        target=TOLD.id, replacement=attrs.evolve(TOLD, when="2020-01-07"), kind="rereading",
        source="paper",
    )  # fmt: skip
    tl.append([corrected])
    taken_back = ct.Retracted(
        target=corrected.replacement.id, reason=f"{NAME} said", source="paper"
    )
    undone = ct.Retracted(target=taken_back.id, reason="no, she did not", source="paper")
    tl.append([taken_back, undone])
    before = answers(tl)
    left = attrs.evolve(corrected, replacement=attrs.evolve(LEFT, when="2020-01-07"))
    tl.redact(corrected.id, "in danger", left)
    tl.redact(taken_back.id, "in danger", attrs.evolve(taken_back, reason="someone said"))
    tl.redact(SOURCE.content_id, "in danger", attrs.evolve(SOURCE, title="Withheld"))
    assert answers(tl) == before
    assert tl.view().visible.sources["paper"].title == "Withheld"
    assert tl.append([SOURCE]) == [1]
    assert tl.append([attrs.evolve(SOURCE, title="Withheld")])
    assert answers(tl) == before


def test_what_is_redacted_is_not_written_again(tl):
    tl.redact(TOLD.id, "in danger", LEFT)
    assert tl.append([TOLD]) == [5]
    assert tl._store.unerased() == []
    [entry] = [e for e in tl.events() if e.id == TOLD.id]
    assert entry.data == b""
    other = timeline([SOURCE, PLACE, ARMY, TOLD])
    assert tl.merge(other).taken == 0
    assert tl._store.find(TOLD.id).data == b""


def test_a_redaction_reaches_other_logs_by_merging(tl):
    other, third = timeline([SOURCE, PLACE, ARMY, TOLD]), timeline([PLACE])
    tl.redact(TOLD.id, "in danger", LEFT)
    other.merge(tl)
    third.merge(tl)
    for log in (other, third):
        assert log._store.find(TOLD.id).data == b""
        assert log._store.unerased() == []
        assert log.as_of("2020-01-10").territory["homs"].holder == "army"
        assert log.verify() == []
    assert answers(other) == answers(third) == answers(tl)


def test_two_redactions_of_one_event_read_alike_whichever_log_has_them_first(tl):
    other = timeline([SOURCE, PLACE, ARMY, FRONT, TOLD, taken("front", "2020-02-01")])
    tl.redact(TOLD.id, "in danger", LEFT)
    other.redact(TOLD.id, "asked for", attrs.evolve(TOLD, note=None))
    here, there = tl._store.position, other._store.position
    other.merge(tl)
    tl.merge(other)
    assert (tl._store.position, other._store.position) > (here, there)
    found = {log._store.find(TOLD.id).event.note for log in (tl, other)}
    assert len(found) == 1


def test_a_redaction_that_was_cut_off_is_finished_when_the_log_is_opened(tmp_path):
    file = tmp_path / "log.db"
    with ct.open(file) as tl:
        tl.append([SOURCE, PLACE, ARMY, TOLD])
        tl._store.append([ct.Redacted(target=TOLD.id, reason="in danger")])
        # Until then it is there, and is not given out.
        assert NAME.encode() in file.read_bytes()
        assert tl.as_of("2020-01-10").territory["homs"].best is None
        assert all(NAME.encode() not in e.data for e in tl.events())
    ct.open(file).close()
    assert NAME.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("redacted", "message"),
    [
        ({"target": "0" * 64}, "target: expected the id of an event that the log holds"),
        ({"target": SOURCE.content_id}, "instead: expected the source without what must go"),
        ({"target": TOLD.id, "instead": SOURCE}, "instead: expected a control-changed like the"),
        (
            {"target": PLACE.content_id, "instead": ct.Place(id="hama")},
            "instead.id: expected 'homs' as before, got 'hama'",
        ),
        (
            {"target": TOLD.id, "instead": attrs.evolve(LEFT, to="nobody")},
            "instead.to: ",
        ),
        ({"target": TOLD.id, "instead": LEFT, "replacement": "0" * 64}, "replacement: expected"),
    ],
)
def test_what_cannot_stand_in_its_place_is_refused(tl, redacted, message):
    with pytest.raises(ct.InputError) as caught:
        tl.append([ct.Redacted(reason="in danger", **redacted)])
    assert message in str(caught.value)
    assert tl.position == 6


def test_a_redaction_is_not_redacted_and_nothing_is_twice(tl):
    at = tl.redact(TOLD.id, "in danger", LEFT)
    redaction = list(tl.events())[at - 1]
    with pytest.raises(ct.InputError, match="can be redacted, got a redacted event"):
        tl.redact(redaction.id, "x")
    with pytest.raises(ct.InputError, match="is redacted already"):
        tl.redact(TOLD.id, "x")
    assert isinstance(redaction.event, Keeping)


def test_a_view_shows_that_something_was_redacted_when_and_why_and_never_what(tl):
    at = tl.position
    tl.redact(TOLD.id, "in danger", LEFT)
    gone = taken("front", "2020-02-01")
    tl.redact(gone.id, "asked for")
    first, second = tl.view().redactions
    assert (first.position, first.id, first.reason, first.left) == (5, TOLD.id, "in danger", True)
    assert (second.id, second.reason, second.left) == (gone.id, "asked for", False)
    assert first.recorded == list(tl.events())[6].recorded
    assert [r.id for r in tl.view(at=5).redactions] == [TOLD.id]
    assert tl.view(at=4).redactions == ()
    assert NAME not in repr(first)
    assert at == 6
    assert str(LAST_DAY)
