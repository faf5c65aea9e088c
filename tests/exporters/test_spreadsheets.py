"""CSV: nothing in it runs, and everything in it can be read again."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline.exporters import Type
from conflict_timeline.exporters.spreadsheets import guarded, read_csv, unguarded, write_csv
from tests.exporters.hostile import FEWER, NASTY, hostile_logs, texts
from tests.exporters.test_tables import DAYS, opened, tables


def written(table, **options) -> bytes:
    stream = io.BytesIO()
    assert write_csv(table, stream, **options) == []
    return stream.getvalue()


@FEWER
@given(hostile_logs(merges=True), DAYS)
def test_what_is_written_is_read_again(events, day):
    with opened(events) as timeline:
        for table in tables(timeline.view(), day):
            data = written(table)
            assert list(read_csv(io.BytesIO(data), table.spec)) == list(table)


def runs(cell: str) -> bool:
    """Whether a spreadsheet may run a cell: the naive way, letter by letter."""
    seen = [
        char
        for char in unicodedata.normalize("NFKC", cell)
        if unicodedata.category(char) not in ("Cf", "Cc", "Mn", "Zs", "Zl", "Zp", "Cn", "Co", "Me")
    ]
    return bool(seen) and seen[0] in "=+-@"


@FEWER
@given(hostile_logs(), DAYS)
def test_no_cell_of_text_is_a_formula(events, day):
    with opened(events) as timeline:
        for table in tables(timeline.view(), day):
            rows = csv.reader(io.StringIO(written(table).decode(), newline=""), strict=True)
            next(rows)
            for row in rows:
                for column, cell in zip(table.columns, row, strict=True):
                    if column.type in (Type.INTEGER, Type.NUMBER) or (
                        cell.isascii() and _is_number(cell)
                    ):
                        continue
                    assert not runs(cell), (column.name, cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@given(texts())
@example("'=1")
@example("''=1")
@example("'")
@example("'\u200b=1")
def test_the_apostrophe_can_be_taken_back(text):
    assert unguarded(guarded(text)) == text


BLANK = ("\u200b", "\u202e", " ", "\u00a0", "\u3164", "\u2800", "\u0301", "\x01", "\u034f")


@pytest.mark.parametrize(
    "text",
    ["=1", "＝1", "@x", "+x", "-2+3", "−2+x", "\t", "\ncalc", "'=1"]
    + [f"{blank}=1" for blank in BLANK],
)
def test_what_a_spreadsheet_could_run_gets_an_apostrophe(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Raqqa", "'Ayn al-Arab", "-5", "+3.5", "1=1", "a@b", "", "الرقة"])
def test_what_it_would_not_run_stays_as_it_is(text):
    assert guarded(text) == text
    assert unguarded(text) == text


def test_it_is_rfc_4180_in_utf_8_and_a_mark_is_there_if_asked_for():
    with ct.open(":memory:") as timeline:
        timeline.append([ct.Place(id="x", names={"ar": ["الرقة"], "en": ['a "b"\nc, d']})])
        table = ex.table("places", timeline.view())
        plain = written(table)
        assert plain.startswith(b"id,name,names,")
        assert plain.endswith(b"\r\n")
        assert b'"a ""b""\nc, d"' in plain
        assert written(table, bom=True) == b"\xef\xbb\xbf" + plain
        assert list(read_csv(io.BytesIO(written(table, bom=True)), table.spec)) == list(table)


def test_an_empty_table_has_its_header():
    with ct.open(":memory:") as timeline:
        table = ex.table("claims", timeline.view())
        assert written(table) == f"{','.join(c.name for c in table.columns)}\r\n".encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.replace(b"latest", b"last"), "expected the columns"),
        (lambda data: data.replace(b"2020-03-05", b"5 March"), "line 2: earliest: expected day"),
        (lambda data: data + b"1,2\r\n", "line 3: expected 40 cells, got 2"),
    ],
)
def test_another_table_is_told_by_its_line_and_column(change, message):
    with ct.open(":memory:") as timeline:
        timeline.append(
            [
                ct.Source(id="a", title="A", published="2020-03-06"),
                ct.Place(id="town"),
                ct.Actor(id="army"),
                ct.ControlObserved(place="town", holders=["army"], when="2020-03-05", source="a"),
            ]
        )
        table = ex.table("claims", timeline.view())
        with pytest.raises(ct.DecodeError, match=message):
            list(read_csv(io.BytesIO(change(written(table))), table.spec))


def test_pandas_reads_it():
    import pandas as pd

    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        table = ex.table("control", timeline.view(), day="2017-10-19")
        frame = pd.read_csv(io.BytesIO(written(table)), parse_dates=["day", "since_earliest"])
        assert frame.set_index("place").loc["raqqa", "possible"] == "is+sdf;sdf"
        assert pd.isna(frame.set_index("place").loc["hawija", "holder"])


@given(st.lists(st.sampled_from([None, *NASTY]), max_size=3))
def test_nothing_of_a_hostile_text_is_lost(names):
    names = [name for name in names if name is not None and name.strip()]
    with ct.open(":memory:") as timeline:
        timeline.append([ct.Place(id=f"p{i}", names={"en": [n]}) for i, n in enumerate(names)])
        table = ex.table("places", timeline.view())
        rows = read_csv(io.BytesIO(written(table)), table.spec)
        assert [row[1] for row in rows] == names
