"""JSON Lines: rows as objects; and what the events in them answer is what the log answers."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline import strategies
from tests.answers import everything
from tests.exporters.hostile import FEWER, hostile_logs
from tests.exporters.test_tables import DAYS, opened, tables

HOLD_EVENTS = ("sources", "places", "actors", "claims", "merges")


def written(table) -> bytes:
    stream = io.BytesIO()
    assert ex.write(table, "jsonl", stream) == []
    return stream.getvalue()


def exported(view) -> bytes:
    """All events that a view shows."""
    return b"".join(written(ex.table(name, view)) for name in HOLD_EVENTS)


@FEWER
@given(hostile_logs(), DAYS)
def test_a_line_is_a_row_and_no_markup_gets_out_of_it(events, day):
    with opened(events) as timeline:
        for table in tables(timeline.view(), day):
            data = written(table)
            lines = data.split(b"\n")
            assert lines.pop() == b""
            assert b"<" not in data
            assert "\u2028" not in data.decode()
            for line, row in zip(lines, table.dicts(), strict=True):
                found = json.loads(line)
                assert list(found) == list(row)
                assert found.get("name") == row.get("name")
                assert found.get("note") == row.get("note")


@FEWER
@given(strategies.logs(merges=True), DAYS)
def test_the_events_of_the_tables_give_the_same_answers(events, day):
    with opened(events) as timeline, ct.open(":memory:") as other:
        other.append(ex.read_events(exported(timeline.view()).splitlines()))
        assert everything(other.view(), day) == everything(timeline.view(), day)


@FEWER
@given(hostile_logs(merges=True), DAYS)
def test_and_so_they_do_whatever_they_are_called(events, day):
    with opened(events) as timeline, ct.open(":memory:") as other:
        other.append(ex.read_events(exported(timeline.view()).splitlines()))
        assert everything(other.view(), day) == everything(timeline.view(), day)


def test_the_corpus_goes_round():
    with ct.open(":memory:") as timeline, ct.open(":memory:") as other:
        timeline.load(ct.corpus("isis"))
        other.append(ex.read_events(exported(timeline.view()).splitlines()))
        assert other.position == timeline.position
        for day in ("2016-10-01", "2017-10-19", "2025-06-30"):
            state = timeline.as_of(day).to_bytes()
            assert other.as_of(day).to_bytes() == state


def test_an_event_that_is_not_the_one_its_line_says_is_refused():
    with ct.open(":memory:") as timeline:
        timeline.append([ct.Place(id="town", kind="city")])
        data = exported(timeline.view())
    with pytest.raises(ct.InputError, match=r"a\.jsonl:1: .*expected the event of id") as told:
        ex.read_events(
            [data.replace(b'"kind":"city"', b'"kind":"town"'), b"\n", b"[1]\n"], "a.jsonl"
        )
    assert [fault.line for fault in told.value.faults] == [1, 3]


def test_a_line_may_be_an_event_itself():
    [item] = ex.read_events([b'{"id":"town","type":"place"}'])
    assert item.event == ct.Place(id="town")
    with pytest.raises(ct.InputError, match="JSON object"):
        ex.read_events([b"{"])


def test_what_was_redacted_has_no_event_to_read_again():
    source, place = ct.Source(id="a", title="Told by N."), ct.Place(id="town")
    with opened([source, place]) as timeline:
        timeline.redact(source.content_id, "in danger", ct.Source(id="a", title="A source"))
        data = exported(timeline.view())
        assert [json.loads(line)["event"] is None for line in data.splitlines()] == [True, False]
        assert [item.event for item in ex.read_events(data.splitlines())] == [place]
