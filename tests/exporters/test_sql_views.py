"""The SQL views say what the library says, to whoever has SQLite and no Python."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline import strategies
from conflict_timeline.exporters.sql import VIEWS
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.read_models import OBJECTS
from tests.exporters.hostile import FEWER, hostile_logs
from tests.exporters.test_tables import opened

LISTS = ("holders", "parties", "targets", "fatalities", "best", "possible")


def reader(timeline) -> sqlite3.Connection:
    """A connection that knows nothing of us, on a copy of the log."""
    other = sqlite3.connect(":memory:")
    timeline._store._database.conn.backup(other)
    other.row_factory = sqlite3.Row
    return other


def rows(connection, query: str) -> list[dict]:
    found = [dict(row) for row in connection.execute(query)]
    for row in found:
        for name in LISTS:
            if isinstance(row.get(name), str) and row[name][:1] in "[{":
                row[name] = json.loads(row[name])
    return found


def plain(value):
    """A value as SQL has it: days as text, and text only up to a NUL character."""
    if isinstance(value, date):
        return value.isoformat()
    return value.partition("\0")[0] if isinstance(value, str) else value


def from_library(timeline) -> dict[str, dict]:
    table = ex.table("claims", timeline.view())
    names = [column.name for column in VIEWS["claims"].columns]
    return {row["id"]: {name: plain(row[name]) for name in names} for row in table.dicts()}


def check_claims(timeline):
    with contextlib.closing(reader(timeline)) as connection:
        found = rows(connection, "SELECT * FROM claims")
        expected = from_library(timeline)
        for row in found:
            if expected.get(row["id"], row)["event"] is None:  # it was redacted
                assert hashlib.sha256(row.pop("event").encode()).hexdigest() != row["id"]
                row["event"] = None
        assert {row["id"]: row for row in found} == expected
        assert len(found) == len(expected)


@FEWER
@given(strategies.logs() | hostile_logs())
def test_claims_are_those_that_the_library_shows(events):
    with opened(events) as timeline:
        ex.write_tables(timeline)
        check_claims(timeline)


@st.composite
def tangled_logs(draw):
    """Logs with chains: corrections of replacements, retractions of retractions of corrections."""
    events = draw(strategies.logs(max_claims=4, changes=False))
    told = [event for event in events if isinstance(event, ct.Claim)]
    assume(told)
    for _ in range(draw(st.integers(1, 7))):
        targets = told + [e.replacement for e in told if isinstance(e, ct.Corrected)]
        told.append(draw(strategies.changes_of_mind(targets)))
    return list({event.content_id: event for event in [*events, *told]}.values())


@FEWER
@given(tangled_logs())
def test_and_so_they_are_where_changes_of_mind_are_changed(events):
    with opened(events) as timeline:
        ex.write_tables(timeline)
        check_claims(timeline)


@FEWER
@given(strategies.logs(), st.integers(0, 20))
def test_they_are_of_now_without_being_written_again(events, at):
    """But for the ids of new replacements, which are hashes: SQL has NULL for those."""
    records = [event for event in events if isinstance(event, ct.Source | ct.Place | ct.Actor)]
    others = [event for event in events if event not in records]
    targets = {event.target for event in events if isinstance(event, ct.Retracted | ct.Corrected)}
    assume(not any(e.replacement.id in targets for e in events if isinstance(e, ct.Corrected)))
    with opened(records) as timeline:
        # A change of mind must find what it aims at, so that the order stays.
        timeline.append(others[:at])
        ex.write_tables(timeline)
        timeline.append(others[at:])
        with contextlib.closing(reader(timeline)) as connection:
            found = {row["event"]: row for row in rows(connection, "SELECT * FROM claims")}
        expected = {row["event"]: row for row in from_library(timeline).values()}
        for event, row in expected.items():
            if found[event]["id"] is None:
                assert row["correction"] is not None
                row["id"] = None
        assert found == expected


@FEWER
@given(strategies.logs() | hostile_logs())
def test_headcounts_and_incidents_are_the_claims_of_their_kinds(events):
    with opened(events) as timeline:
        ex.write_tables(timeline)
        claims = {seen.id: seen.claim for seen in timeline.view().visible.claims}
        with contextlib.closing(reader(timeline)) as connection:
            counted = rows(connection, "SELECT * FROM headcounts")
            happened = rows(connection, "SELECT * FROM incidents")
    kinds = {
        kind: {i for i, c in claims.items() if isinstance(c, kind)}
        for kind in (ct.HeadcountObserved, ct.Incident)
    }
    assert {row["id"] for row in counted} == kinds[ct.HeadcountObserved]
    assert {row["id"] for row in happened} == kinds[ct.Incident]
    for row in counted:
        claim = claims[row["id"]]
        assert (row["low"], row["best"], row["high"]) == attrs.astuple(claim.count)[:3]
        assert (row["group_id"], row["status"]) == (claim.group, claim.status)
        assert row["wording"] == claim.count.wording
    for row in happened:
        claim = claims[row["id"]]
        total = ct.Quantity.total(claim.fatalities.values()) if claim.fatalities else ct.Quantity()
        total = claim.deaths or total
        got = (row["fatalities_low"], row["fatalities_best"], row["fatalities_high"])
        assert got == (total.low, total.best, total.high)
        assert (row["kind"], row["place"]) == (claim.kind, claim.place)
        assert (row["parties"], row["targets"]) == (list(claim.parties), list(claim.targets))


@FEWER
@given(strategies.logs(merges=True) | hostile_logs())
def test_spans_are_those_of_the_table_with_where_they_were_worked_out(events):
    with opened(events) as timeline:
        assert ex.write_tables(timeline) == timeline.position
        expected = [
            {
                name: v.isoformat() if isinstance(v, date) else v
                for name, v in row.items()
                if name != "possibly"  # the views in a file have ids alone
            }
            for row in ex.table("control_spans", timeline.view()).dicts()
        ]
        more = {"computed_at": timeline.position, "is_current": 1}
        with contextlib.closing(reader(timeline)) as connection:
            assert rows(connection, "SELECT * FROM control_spans") == [r | more for r in expected]


def test_spans_say_that_they_are_of_before():
    with opened(
        [
            ct.Source(id="a", title="A", published="2020-03-06"),
            ct.Actor(id="army"),
            ct.Place(id="town"),
            ct.ControlObserved(place="town", holders=["army"], when="2020-03-05", source="a"),
        ]
    ) as timeline:
        ex.write_tables(timeline)
        timeline.append([ct.Place(id="village")])
        query = "SELECT DISTINCT computed_at, is_current FROM control_spans"
        with contextlib.closing(reader(timeline)) as connection:
            assert rows(connection, query) == [{"computed_at": 4, "is_current": 0}]
        assert ex.write_tables(timeline) == 5
        with contextlib.closing(reader(timeline)) as connection:
            assert rows(connection, query) == [{"computed_at": 5, "is_current": 1}]


@pytest.fixture
def log(tmp_path):
    path = str(tmp_path / "isis.db")
    with ct.open(path) as timeline:
        timeline.load(ct.corpus("isis"))
        ex.write_tables(timeline)
    return path


def test_the_corpus_in_sql(log):
    with ct.open(log) as timeline:
        check_claims(timeline)
    with contextlib.closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as connection:
        query = """SELECT holder, possible FROM control_spans WHERE place = 'raqqa'
            AND coalesce(start_day, '') <= '2017-10-19'
            AND '2017-10-19' <= coalesce(end_day, '9')"""
        assert connection.execute(query).fetchall() == [("sdf", '[["is", "sdf"], ["sdf"]]')]
        query = "SELECT best FROM headcounts WHERE status = 'joined' AND nationality = 'CA'"
        assert (180,) in connection.execute(query).fetchall()


def test_the_log_is_as_sound_as_before(log):
    with ct.open(log) as timeline:
        assert timeline.verify() == []
    with contextlib.closing(sqlite3.connect(log)) as connection:
        for statement in (
            "UPDATE events SET kind = 'x'",
            "DELETE FROM events",
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        "DROP VIEW claims; CREATE VIEW claims AS SELECT 1",
        "DROP TRIGGER kept_no_erased;"
        "CREATE TRIGGER kept_no_erased AFTER INSERT ON events BEGIN DELETE FROM kept; END",
        "CREATE VIEW more AS SELECT 1",
    ],
)
def test_other_texts_under_these_names_are_refused(log, change):
    with contextlib.closing(sqlite3.connect(log)) as connection:
        connection.executescript(change)
    with pytest.raises(ct.NotALogError, match=r"altered|does not belong here"):
        ct.open(log)


def test_they_can_be_dropped_and_made_again(log):
    with contextlib.closing(sqlite3.connect(log)) as connection:
        for kind, name in reversed(OBJECTS):
            connection.execute(f"DROP {kind} {name}")
    with ct.open(log) as timeline:
        assert timeline.verify() == []
        ex.write_tables(timeline, language="ar")
    with contextlib.closing(sqlite3.connect(log)) as connection:
        query = "SELECT DISTINCT name FROM control_spans WHERE place = 'raqqa'"
        assert connection.execute(query).fetchall() == [("الرقة",)]


def test_an_older_text_is_replaced(log, monkeypatch):
    older = "CREATE VIEW headcounts AS SELECT 1 AS one"
    key = ("view", "headcounts")
    with contextlib.closing(sqlite3.connect(log)) as connection:
        connection.executescript(f"DROP VIEW headcounts; {older}")
    known = {**OBJECTS, key: (*OBJECTS[key], older)}
    monkeypatch.setattr("conflict_timeline.log.schema.READ_MODELS", known)
    monkeypatch.setattr("conflict_timeline.log.keeping.OBJECTS", known)
    with ct.open(log) as timeline:
        ex.write_tables(timeline)
    with contextlib.closing(sqlite3.connect(log)) as connection:
        assert connection.execute("SELECT count(*) FROM headcounts").fetchone() > (1,)


def test_a_log_that_cannot_be_written_to_is_told(log):
    with pytest.raises(ct.NotWrittenError), ct.Timeline(SQLiteLog.open(log, readonly=True)) as tl:
        ex.write_tables(tl)


@pytest.mark.parametrize("name", VIEWS)
def test_every_column_is_in_the_reference_and_none_that_is_not_there(log, name):
    text = (Path(__file__).parents[2] / "docs" / "reference" / "sql-views.md").read_text("utf-8")
    found = text.partition(f"### `{name}`\n")[2].partition("\n##")[0]
    spec = VIEWS[name]
    assert spec.meaning in " ".join(found.split())
    rows = [line for line in found.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{c.name}` | {c.unit or ''} | {c.meaning} |" for c in spec.columns]
    with contextlib.closing(sqlite3.connect(log)) as connection:
        cursor = connection.execute(f"SELECT * FROM {name}")
        assert [column[0] for column in cursor.description] == [c.name for c in spec.columns]


def test_what_was_worked_out_from_an_erased_entry_goes_with_it(log):
    with ct.open(log) as timeline:
        claim = next(s for s in timeline.view().visible.claims if s.claim.note and s.id[0] < "8")
        timeline.redact(claim.id, "a source in danger")
        with contextlib.closing(reader(timeline)) as connection:
            for kept in ("control_spans", "kept_spans", "kept"):
                assert rows(connection, f"SELECT * FROM {kept}") == []
            ids = [row["id"] for row in rows(connection, "SELECT id FROM claims")]
            assert (len(ids), claim.id in ids) == (92, False)
            for view in ("headcounts", "incidents"):
                assert rows(connection, f"SELECT * FROM {view}") != []
        ex.write_tables(timeline)
        check_claims(timeline)


def less(draw, event):
    """What is left of an event without what may tell who said it."""
    if isinstance(event, ct.Source):
        return attrs.evolve(event, title="A source in danger", publisher=None)
    if isinstance(event, ct.Corrected):
        inside = attrs.evolve(event.replacement, claimant=None, note="not told")
        return attrs.evolve(event, replacement=inside)
    if isinstance(event, ct.Retracted):
        return attrs.evolve(event, reason="not told")
    kept = attrs.evolve(event, claimant=None, note="not told")
    return draw(st.sampled_from([None, kept])) if isinstance(event, ct.Claim) else kept


@FEWER
@given(tangled_logs() | strategies.logs(), st.data())
def test_what_was_redacted_reads_as_is_left_of_it(events, data):
    told = [e for e in events if not isinstance(e, ct.Place | ct.Actor)]
    with opened(events) as timeline:
        for event in data.draw(st.lists(st.sampled_from(told), max_size=3, unique_by=id)):
            timeline.redact(event.content_id, "a source in danger", less(data.draw, event))
        ex.write_tables(timeline)
        check_claims(timeline)


def test_a_claim_counts_as_recorded_when_the_first_of_merged_logs_did():
    events = [
        ct.Source(id="a", title="A"),  # nothing says when it was published
        ct.Place(id="town"),
        ct.Actor(id="army"),
        ct.ControlObserved(place="town", holders=["army"], when="2020-03-05", source="a"),
    ]
    with opened(events) as first, opened(events) as timeline:
        timeline.merge(first)
        ex.write_tables(timeline)
        check_claims(timeline)
        [there] = [entry.recorded for entry in first.events() if entry.position == 4]
        with contextlib.closing(reader(timeline)) as other:
            assert [row["recorded"] for row in rows(other, "SELECT * FROM claims")] == [there]


def test_deaths_in_all_are_as_given_or_of_all_parties():
    def incident(**given):
        return ct.Incident(kind="attack", when="2020-03-05", source="a", **given)

    told = [
        incident(note="0"),
        incident(note="1", deaths=ct.Quantity(low=3), fatalities={"army": 1}),
        incident(note="2", deaths=7),
        incident(note="3", fatalities={"army": ct.Quantity(1, 2, 4), "civilians": 5}),
        incident(note="4", fatalities={"army": ct.Quantity(low=1), "civilians": 5}),
        incident(note="5", fatalities={"army": ct.Quantity(low=4, best=2, high=3)}),
    ]
    with opened([ct.Source(id="a", title="A"), ct.Actor(id="army"), *told]) as timeline:
        ex.write_tables(timeline)
        query = """SELECT fatalities_low AS low, fatalities_best AS best, fatalities_high AS high
            FROM incidents ORDER BY note"""
        with contextlib.closing(reader(timeline)) as connection:
            found = [tuple(row.values()) for row in rows(connection, query)]
    none = (None, None, None)
    assert found == [none, (3, None, None), (7, 7, 7), (6, 7, 9), (6, None, None), (2, 2, 4)]


# A log of today must open in twenty years: a text that changes is put in front of the old one.
TEXTS: dict[str, list[str]] = {
    "kept": ["8834f668a30ad425"],
    "kept_spans": ["4641e149174bc7e8"],
    "kept_replacements": ["aed464d6f0506113"],
    "kept_no_erased": ["ac667dd942edf470"],
    "claims": ["e31da12481562d6e"],
    "headcounts": ["36e1c01a31cc34c5"],
    "incidents": ["f873389acad4469f"],
    "control_spans": ["01aca9e895a2d91a"],
}


def test_no_text_is_forgotten():
    digests = {
        name: [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
        for (_, name), texts in OBJECTS.items()
    }
    assert digests == TEXTS
