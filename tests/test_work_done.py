"""How much work fixed questions take, counted: no clock, so that a slow machine changes nothing.

A count that goes up is a regression, or a reason that belongs in ``docs/explanation/speed.md``.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import attrs
import pytest
from click.testing import CliRunner

import conflict_timeline as ct
from conflict_timeline.cli import main
from conflict_timeline.index import keeping, rows, whole
from conflict_timeline.log import batch, contract
from conflict_timeline.log import relational_reading as reading
from tests.benchmarks import work

REPORTS, PLACES = 3_000, 60
DAY = "2019-05-05"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A log with its index beside it, of reports that are vague, late and taken back."""
    made = work.make(REPORTS, PLACES)
    path = tmp_path_factory.mktemp("work") / "log.db"
    with ct.open(path) as tl:
        tl.append(list(work.events(made)))
        tl.view()
    return path


@pytest.fixture
def decoded(monkeypatch):
    """The events that are decoded, one name each."""
    found: list[str] = []
    decode = contract.decode

    def counting(data: bytes) -> object:
        event = decode(data)
        found.append(type(event).__name__)
        return event

    monkeypatch.setattr(contract, "decode", counting)
    return found


def test_a_point_in_an_existing_log_reads_one_place_and_decodes_nothing(path, decoded):
    with ct.open(path) as tl:
        assert tl.as_of(DAY).territory["place-000007"].best is not None
        assert decoded == []
        assert tl._reader.read == 0
        assert tl._index.rows.read < 3 * REPORTS / PLACES


def test_evidence_decodes_the_claims_it_shows_and_their_sources(path, decoded):
    with ct.open(path) as tl:
        shown = tl.as_of(DAY).territory["place-000007"].evidence
        assert 0 < len(decoded) <= 2 * REPORTS / PLACES
        assert decoded.count("Source") <= len(decoded) / 2 + 1
        assert len(shown) <= len(decoded)


def test_a_name_decodes_the_records_of_places_and_no_claim(path, decoded, monkeypatch):
    queries = []
    entries = reading.RelationalReading.entries

    def counting(log, *arguments, **options):
        queries.append(arguments)
        return entries(log, *arguments, **options)

    monkeypatch.setattr(reading.RelationalReading, "entries", counting)
    with ct.open(path) as tl:
        assert tl.as_of(DAY).territory["Town 7"].place == "place-000007"
        assert set(decoded) == {"Place"}
        assert len(decoded) == PLACES
        assert len(queries) <= 2


def test_a_question_on_the_command_line_decodes_what_it_shows(path, decoded):
    result = CliRunner().invoke(main, ["as-of", str(path), DAY, "Town 7"])
    assert (result.exit_code, result.stdout.split("Town 7")[1][:1]) == (0, " ")
    assert decoded.count("ControlObserved") + decoded.count("ControlChanged") < 2 * REPORTS / PLACES
    assert decoded.count("Place") <= 2 * PLACES


@pytest.mark.parametrize(
    "axes", [{}, {"known_by": "2019-06-01"}, {"at": 2_000}, {"min_reliability": "C"}]
)
def test_a_whole_state_reads_each_row_at_most_once_and_decodes_nothing(path, decoded, axes):
    with ct.open(path) as tl:
        view = tl.view(**axes)
        view.as_of(DAY).territory.whole()
        assert decoded == []
        assert tl._index.rows.read <= len(tl._index.rows)
        read = tl._index.rows.read
        view.as_of("2019-05-06").territory.whole()
        view.as_of(DAY).territory.whole()
        # From the rows around the other day, or from a register over all of them, made once.
        assert tl._index.rows.read <= read + max(read, len(tl._index.rows))


def test_a_whole_state_as_known_now_reads_no_row_and_decodes_nothing(path, decoded):
    with ct.open(path) as tl:
        view = tl.view()
        for day in ("2014-02-02", DAY, "2024-01-01"):
            view.as_of(day).territory.whole()
        assert decoded == []
        assert tl._index.rows.read == 0


def test_no_stretch_is_searched_twice(path, monkeypatch):
    monkeypatch.setattr(whole, "_WORTH", 10**9)
    with ct.open(path) as tl:
        tl.view()
        tl._index.now = None
        view = tl.view()
        view.as_of(DAY).territory.whole()
        [part] = view.territory._whole._parts
        searched = part.register.whole.searched
        assert 0 < searched <= 2 * PLACES
        view.as_of(DAY).territory.whole()
        tl.view().as_of(DAY).territory.whole()
        assert part.register.whole.searched == searched


@pytest.mark.parametrize(("by", "again"), [("present", 0), ("register", 0), ("around", 1)])
def test_a_late_report_touches_the_rows_of_its_place_only(path, tmp_path, monkeypatch, by, again):
    """Beyond those that the whole state takes anyway, where nothing is kept for it."""
    if by != "present":
        monkeypatch.setattr(keeping, "present", lambda index: None)
        monkeypatch.setattr(whole, "_WORTH", 10**9 if by == "register" else 0)
    copy = tmp_path / "log.db"
    copy.write_bytes(path.read_bytes())
    with ct.open(copy) as tl:
        tl.as_of(DAY).territory.whole()
        before = tl._index.rows.read
        source = next(iter(tl.view().visible.sources))
        tl.append(
            [
                ct.ControlObserved(
                    place="place-000007", holders=["actor-1"], when=DAY, source=source,
                    known="2026-01-01",
                )
            ]
        )  # fmt: skip
        state = tl.as_of(DAY).territory.whole()
        assert len(state.keys) == PLACES
        assert tl._index.rows.read - before < again * before + 3 * REPORTS / PLACES


def test_a_few_more_events_are_read_and_nothing_is_written_anew(path, tmp_path, monkeypatch):
    copy = tmp_path / "log.db"
    copy.write_bytes(path.read_bytes())
    beside = tmp_path / "log.db-index"
    beside.write_bytes(path.with_name("log.db-index").read_bytes())
    written = beside.stat().st_mtime_ns, beside.stat().st_ino
    with ct.open(copy) as tl:
        tl.append([ct.Place(id="elsewhere")])
        tl.as_of(DAY).territory.whole()
    assert (beside.stat().st_mtime_ns, beside.stat().st_ino) == written
    with ct.open(copy) as tl:
        assert tl.as_of(DAY).territory["place-000007"].best is not None
        assert tl._reader.read == 1


def test_an_append_encodes_each_event_once_and_reads_and_decodes_nothing(
    path, tmp_path, decoded, monkeypatch
):
    """Neither what it names in the log, nor what came in the appends before."""
    copy = tmp_path / "log.db"
    copy.write_bytes(path.read_bytes())
    beside = tmp_path / "log.db-index"
    beside.write_bytes(path.with_name("log.db-index").read_bytes())
    encoded = []
    encode = batch.encode
    monkeypatch.setattr(batch, "encode", lambda event: encoded.append(event) or encode(event))
    reports = [
        ct.ControlObserved(
            place="place-000007", holders=["actor-1"], when="2013-01-02", source="source-3",
            note=f"late {number}", known="2026-01-01" if number % 2 else None,
        )
        for number in range(200)
    ]  # fmt: skip
    size = copy.stat().st_size
    with ct.open(copy) as tl:
        for at in range(0, 200, 50):
            back = ct.Retracted(target=reports[at].id, reason="withdrawn", source="source-3")
            tl.append([*reports[at : at + 50], back])
        assert len(encoded) == 204
        assert decoded == []
        assert tl._reader.read == 0
        written = copy.stat().st_size - size
        assert written <= 800 * 204
        assert tl._index.position == tl.position - 204


def test_what_comes_into_the_index_looks_at_the_rows_of_its_place_only(monkeypatch):
    """Reports of occurrences, corrections and retractions: the columns of all late rows stay."""
    columns = []
    made = rows.Rows._tail_column

    def counting(self, name):
        columns.append(name)
        return made(self, name)

    reports = [
        ct.ControlChanged(
            place=f"place-{number % 5}", to="army", from_="front", source="paper",
            when="2019-01-01", occurrence=f"battle-{number // 5 % 30}", note=f"report {number}",
        )
        for number in range(151)
    ]  # fmt: skip
    fields = {"source": "paper", "reason": "read again"}
    minds = [
        ct.Corrected(
            target=report.id, replacement=attrs.evolve(report, when="2019-02"),
            kind="rereading", **fields,
        )
        for report in reports[:40]
    ]  # fmt: skip
    minds += [ct.Retracted(target=report.id, **fields) for report in reports[30:80]]
    with ct.open(":memory:") as tl:
        paper = ct.Source(id="paper", title="Paper", published="2020-01-01")
        places = [ct.Place(id=f"place-{number}") for number in range(5)]
        tl.append([paper, ct.Actor(id="army"), ct.Actor(id="front"), *places])
        with monkeypatch.context() as patch:
            patch.setattr(rows.Rows, "_tail_column", counting)
            tl.append(reports)
            tl.view()
            assert [tl._index.places[code] for code in tl._index.odd] == ["place-0"]
            tl.append(minds)
            tl.view()
        assert columns == []


def test_the_index_takes_at_most_a_hundred_bytes_an_event(path):
    with ct.open(path) as tl:
        assert path.with_name("log.db-index").stat().st_size <= 100 * tl.position
        assert tl.position >= keeping.SMALLEST


def test_what_was_redacted_is_looked_up_and_not_searched_for(path):
    """Every read asks for it, so a search through the log would make each cost the log."""
    with closing(sqlite3.connect(path)) as connection:
        for query in (reading._REDACTIONS, reading._REDACTED_POSITIONS, reading._UNERASED):
            plan = str(connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
            assert "USING INDEX redactions" in plan
