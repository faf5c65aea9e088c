"""The tables say what the library answers, column by column, and null where it does not know."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline import strategies
from conflict_timeline.exporters import Type
from conflict_timeline.exporters.sql import VIEWS
from tests.exporters.hostile import FEWER, hostile_logs

DAYS = strategies.days(
    strategies.FIRST_DAY - timedelta(days=30), strategies.LAST_DAY + timedelta(days=30)
)


def opened(events):
    timeline = ct.open(":memory:")
    timeline.append(events)
    return timeline


@pytest.fixture(scope="module")
def corpus():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        yield timeline


def tables(view, day):
    """Every table of a view."""
    return [
        ex.table(name, view, day=day if spec.day == "required" else None)
        for name, spec in ex.TABLES.items()
    ]


_ITEMS = {
    Type.ID: str,
    Type.KEY: str,
    Type.TEXT: str,
    Type.INSTANT: str,
    Type.EVENT: str,
    Type.INTEGER: int,
    Type.NUMBER: (int, float),
    Type.BOOLEAN: bool,
    Type.DAY: date,
}


def fits(column, value) -> bool:
    """Whether a value is one that the type of the column promises."""
    if column.type in _ITEMS:
        right = isinstance(value, _ITEMS[column.type])
        return value is None or (right and (column.type is Type.BOOLEAN or value is not True))
    if column.type is Type.HOLDING:
        return value is None or (bool(value) and value == sorted(value))
    if not isinstance(value, list):
        return False
    if column.type is Type.HOLDINGS:
        return bool(value) and all(h is None or h == sorted(h) for h in value)
    if column.type is Type.QUANTITIES:
        return all(set(item) == {"of", "low", "best", "high"} for item in value)
    if column.type is Type.NAMES:
        return all(set(item) == {"language", "name"} for item in value)
    return all(isinstance(item, str) for item in value)


@FEWER
@given(strategies.logs(merges=True) | hostile_logs(), DAYS)
def test_every_value_is_of_the_type_of_its_column(events, day):
    with opened(events) as timeline:
        for table in tables(timeline.view(), day):
            for row in table:
                for column, value in zip(table.columns, row, strict=True):
                    assert fits(column, value), (table.spec.name, column.name, value)


@given(strategies.logs(merges=True), DAYS, st.none() | DAYS)
def test_control_is_the_state_of_the_day_as_it_was_known(events, day, known_by):
    with opened(events) as timeline:
        view = timeline.view(known_by=known_by, stale_after=20)
        rows = {row["place"]: row for row in ex.table("control", view, day=day).dicts()}
        state = view.as_of(day)
        assert list(rows) == list(state.territory)
        for place, control in state.territory.items():
            row = rows[place]
            assert row["status"] == control.status
            assert row["holder"] == control.holder
            assert row["best"] == (None if control.best is None else sorted(control.best))
            shown = {None if h is None else frozenset(h) for h in row["possible"]}
            assert shown == control.possible
            assert row["possibly"].startswith(row["held_by"] or "unknown")
            assert len(row["possibly"].split(" | ")) == len(shown)
            wide = {None if h is None else frozenset(h) for h in row["conceivable"]}
            assert wide == control.conceivable
            assert row["age"] == control.age
            assert (row["since_earliest"], row["since_latest"]) == (
                (None, None)
                if control.since is None
                else (control.since.earliest, control.since.latest)
            )
            assert row["evidence"] == [seen.id for seen in control.evidence]
            assert row["withheld"] == len(control.withheld)


@given(strategies.logs(merges=True), DAYS, st.none() | DAYS)
def test_one_span_a_place_has_the_answer_of_any_day(events, day, known_by):
    with opened(events) as timeline:
        view = timeline.view(known_by=known_by)
        rows = list(ex.table("control_spans", view).dicts())
        for place, control in view.as_of(day).territory.items():
            [row] = [
                row
                for row in rows
                if row["place"] == place
                and (row["start_day"] is None or row["start_day"] <= day)
                and (row["end_day"] is None or day <= row["end_day"])
            ]
            assert row["status"] == control.status
            assert row["best"] == (None if control.best is None else sorted(control.best))
            shown = {None if h is None else frozenset(h) for h in row["possible"]}
            assert shown == control.possible
            assert row["possibly"].startswith(row["held_by"] or "unknown")
            assert len(row["possibly"].split(" | ")) == len(shown)


@given(strategies.logs(merges=True), DAYS)
def test_headcounts_and_incidents_are_those_of_the_state(events, day):
    with opened(events) as timeline:
        view = timeline.view()
        state = view.as_of(day)
        assert [
            (r["group_id"], r["status"], r["nationality"], r["low"], r["best"], r["high"])
            for r in ex.table("headcounts", view, day=day).dicts()
        ] == [
            (c.key.group, c.key.status, c.key.nationality, c.low, c.best, c.high)
            for c in state.people
        ]
        found = list(ex.table("incidents", view, day=day).dicts())
        assert [r["reports"] for r in found] == [[s.id for s in h.reports] for h in state.incidents]
        for row, happening in zip(found, state.incidents, strict=True):
            toll = happening.toll or ct.Quantity()
            got = row["fatalities_low"], row["fatalities_best"], row["fatalities_high"]
            assert got == (toll.low, toll.best, toll.high)


@FEWER
@given(strategies.logs(merges=True) | hostile_logs(), st.none() | DAYS)
def test_claims_are_those_that_the_view_shows_each_whole(events, known_by):
    from conflict_timeline.codec import decode

    with opened(events) as timeline:
        view = timeline.view(known_by=known_by)
        rows = list(ex.table("claims", view).dicts())
        shown = {seen.id: seen for seen in view.visible.claims}
        assert {row["id"] for row in rows} == set(shown)
        assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
        positions = {entry.id: entry.position for entry in timeline.events()}
        for row in rows:
            seen = shown[row["id"]]
            assert decode(row["event"].encode()) == seen.claim
            assert decode(row["event"].encode()).id == row["id"]
            assert row["position"] == positions[row["correction"] or row["id"]]
            assert ct.When.parse(row["edtf"]).earliest == seen.claim.when.earliest
            assert row["source"] == seen.source.id


def test_what_is_open_or_not_said_is_null_and_never_zero_or_a_day(corpus):
    spans = [r for r in ex.table("control_spans", corpus.view()).dicts() if r["place"] == "raqqa"]
    assert (spans[0]["start_day"], spans[-1]["end_day"]) == (None, None)
    active = [
        row
        for row in ex.table("headcounts", corpus.view(), day="2017-10-19").dicts()
        if row["status"] == "active" and row["nationality"] is None and row["place"] is None
    ]
    assert [row["high"] for row in active] == [None]
    incidents = ex.table("incidents", corpus.view()).dicts()
    assert all(r["fatalities_best"] is None for r in incidents if not r["fatalities"])


def test_a_table_says_which_view_it_is_of(corpus):
    view = corpus.view(known_by="2017-10-10", sources=["ntk"], min_reliability="D", at=120)
    about = ex.table("control", view, day="2017-10-09", places=["Rakka"], language="fi").about
    assert about["table"] == "control"
    assert (about["day"], about["places"]) == ("2017-10-09", ["raqqa"])
    assert (about["known_by"], about["sources"], about["at"]) == ("2017-10-10", ["ntk"], 120)
    assert about["log"] == view.identity
    assert about["library"] == f"conflict_timeline {ct.__version__}"


def test_a_table_of_a_log_with_entries_left_out_has_no_identity(corpus):
    some = next(iter(corpus.view().visible.claims)).id
    assert ex.table("claims", corpus.view().without({some})).about["log"] is None


def test_rows_are_made_anew_each_time(corpus):
    table = ex.table("places", corpus.view(), language="ar")
    assert list(table) == list(table)
    raqqa = next(row for row in table.dicts() if row["id"] == "raqqa")
    assert raqqa["name"] == "الرقة"
    assert {"language": "fi", "name": "Raqqa"} in raqqa["names"]


def test_a_place_that_is_named_is_in_the_table_reported_or_not(corpus):
    table = ex.table("control", corpus.view(), day="2017-10-09", places=["Raqqa", "syria"])
    assert [(row["place"], row["status"]) for row in table.dicts()] == [
        ("raqqa", "certain"),
        ("syria", "unknown"),
    ]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("control", {}, "expected the day it is of, got none"),
        ("claims", {"day": "2017-10-09"}, "expected no day"),
        ("claims", {"places": ["raqqa"]}, "expected no places"),
        ("people", {}, "expected one of control, "),
    ],
)
def test_what_does_not_go_together_is_refused(corpus, name, options, message):
    with pytest.raises(ct.AxisError, match=message):
        ex.table(name, corpus.view(), **options)


def test_progress_is_told_of_what_the_rows_are_made_from(corpus):
    seen = []

    def progress(items):
        seen.append(len(items))
        return items

    rows = list(ex.table("control_spans", corpus.view(), progress=progress))
    assert seen == [6]
    assert len(rows) > 6


@pytest.mark.parametrize("spec", ex.TABLES.values(), ids=lambda spec: spec.name)
def test_the_reference_describes_every_table_and_column(spec):
    text = (Path(__file__).parents[2] / "docs" / "reference" / "tables.md").read_text("utf-8")
    found = text.partition(f"## `{spec.name}`\n")[2].partition("\n## ")[0]
    assert f"{spec.title}. {spec.meaning}" in found
    rows = [line for line in found.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{c.name}` | {c.type.value} | {c.unit or ''} | {c.meaning} |" for c in spec.columns
    ]


@pytest.mark.parametrize("kind", Type, ids=lambda kind: kind.value)
def test_the_reference_describes_every_type(kind):
    text = (Path(__file__).parents[2] / "docs" / "reference" / "tables.md").read_text("utf-8")
    assert f"`{kind.value}`" in text.partition("\n## ")[0]


def test_no_column_is_a_reserved_word_of_sql():
    """So that nobody must quote them, in SQLite, DuckDB or PostgreSQL."""
    import duckdb

    with duckdb.connect() as connection:
        query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        reserved = {word for (word,) in connection.sql(query).fetchall()}
    assert {"end", "group", "to", "when"} <= reserved
    used = {
        column.name for spec in (*ex.TABLES.values(), *VIEWS.values()) for column in spec.columns
    }
    assert used & reserved == set()
