"""Arrow and Parquet: polars, pandas and DuckDB take a table as it is, and no value changes."""

from __future__ import annotations

import builtins
import io
import json
from datetime import UTC, date, datetime

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline import strategies
from conflict_timeline.exporters import Type
from conflict_timeline.exporters.arrow import METADATA_KEY, arrow_table
from tests.exporters.hostile import FEWER, hostile_logs
from tests.exporters.test_tables import DAYS, opened, tables


@pytest.fixture(scope="module")
def corpus():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        yield timeline


def back(table, found: pa.Table) -> list[tuple]:
    """The rows of an Arrow table as the plain values that they were made from."""
    columns = []
    for column in table.columns:
        values = found[column.name].to_pylist()
        if column.type is Type.INSTANT:
            values = [
                v.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
                for v in values
            ]
        columns.append(values)
    return list(zip(*columns, strict=True))


@FEWER
@given(strategies.logs(merges=True) | hostile_logs(), DAYS)
def test_no_value_changes_on_the_way_to_arrow_and_parquet_and_back(events, day):
    with opened(events) as timeline:
        for table in tables(timeline.view(), day):
            rows = list(table)
            assert back(table, arrow_table(table)) == rows
            for form, read in (
                ("parquet", pq.read_table),
                ("arrow", lambda s: pa.ipc.open_file(s).read_all()),
            ):
                stream = io.BytesIO()
                assert ex.write(table, form, stream) == []
                found = read(io.BytesIO(stream.getvalue()))
                assert back(table, found) == rows
                about = json.loads(found.schema.metadata[METADATA_KEY.encode()])
                assert about == dict(table.about)


def test_the_types_are_those_of_the_values(corpus):
    schema = arrow_table(ex.table("control", corpus.view(), day="2017-10-19")).schema
    assert schema.field("day").type == pa.date32()
    assert schema.field("status").type == pa.dictionary(pa.int32(), pa.string())
    assert schema.field("possible").type == pa.list_(pa.list_(pa.string()))
    assert schema.field("lat").metadata == {
        b"description": b"Latitude, WGS 84.",
        b"unit": b"degrees",
    }
    claims = arrow_table(ex.table("claims", corpus.view())).schema
    assert claims.field("recorded").type == pa.timestamp("us", tz="UTC")


def test_polars_takes_a_table_as_it_is(corpus):
    frame = pl.DataFrame(ex.table("control", corpus.view(), day="2017-10-19"))
    raqqa = frame.row(by_predicate=pl.col("place") == "raqqa", named=True)
    assert raqqa["possible"] == [["is", "sdf"], ["sdf"]]
    assert raqqa["since_earliest"] == date(2017, 10, 16)
    hawija = frame.row(by_predicate=pl.col("place") == "hawija", named=True)
    assert (hawija["best"], hawija["possible"]) == (None, [None])


def test_pandas_takes_a_table_as_it_is(corpus):
    frame = pd.DataFrame.from_arrow(ex.table("headcounts", corpus.view(), day="2017-10-31"))
    canada = frame[(frame["nationality"] == "CA") & (frame["status"] == "joined")]
    assert canada["best"].tolist() == [180]


def test_duckdb_asks_a_table_as_it_is(corpus):
    spans = ex.table("control_spans", corpus.view())
    with duckdb.connect() as connection:
        connection.register("spans", spans)
        found = connection.sql(
            "SELECT place, possible FROM spans WHERE place = 'raqqa'"
            " AND coalesce(start_day, DATE '0001-01-01') <= DATE '2017-10-19'"
            " AND DATE '2017-10-19' <= coalesce(end_day, DATE '9999-12-31')"
        ).fetchall()
        assert found == [("raqqa", [["is", "sdf"], ["sdf"]])]
        [(recorded,)] = connection.sql(
            "SELECT count(*) FROM spans WHERE list_contains(best, 'is')"
        ).fetchall()
        assert recorded > 0


@pytest.mark.parametrize("name", ["claims", "control_spans"])
def test_an_empty_table_keeps_its_types(name):
    with ct.open(":memory:") as timeline:
        table = ex.table(name, timeline.view())
        assert arrow_table(table).num_rows == 0
        assert pl.DataFrame(table).columns == [column.name for column in table.columns]


def test_without_pyarrow_the_error_names_the_extra(corpus, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ct.MissingExtraError, match=r"conflict-timeline\[arrow\]"):
        pa.table(ex.table("claims", corpus.view()))
    with pytest.raises(ImportError):
        ex.write(ex.table("claims", corpus.view()), "parquet", io.BytesIO())


def test_an_instant_is_a_moment_and_a_day_is_not(corpus):
    found = arrow_table(ex.table("claims", corpus.view())).to_pylist()[0]
    assert isinstance(found["recorded"], datetime)
    assert found["recorded"].utcoffset() is not None
    assert type(found["earliest"]) is date
