"""The whole state as Arrow is the whole state, and what each place answers by itself."""

from __future__ import annotations

import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import strategies
from tests.exporters.test_tables import DAYS, opened


def listed(holdings):
    found = (None if holding is None else sorted(holding) for holding in holdings)
    return sorted(found, key=lambda holding: (holding is None, holding or []))


@given(strategies.logs(merges=True, max_claims=14), DAYS)
def test_every_row_is_the_answer_of_its_place(events, day):
    with opened(events) as timeline:
        territory = timeline.as_of(day).territory
        rows = territory.whole().to_arrow().to_pylist()
        assert [row["place"] for row in rows] == list(territory)
        for row in rows:
            control = territory[row["place"]]
            assert row == {
                "place": control.place,
                "best": None if control.best is None else sorted(control.best),
                "possible": listed(control.possible),
                "conceivable": listed(control.conceivable),
                "narrowed": control.narrowed,
            }


@pytest.fixture(scope="module")
def whole():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        yield timeline.as_of("2017-10-19").territory.whole()


def test_polars_pandas_and_duckdb_take_it_as_it_is(whole):
    possible = [["is", "sdf"], ["sdf"]]
    frame = pl.DataFrame(whole)
    assert frame.filter(pl.col("place") == "raqqa")["possible"].to_list() == [possible]
    series = pd.DataFrame.from_arrow(whole).set_index("place")["best"]
    assert list(series["raqqa"]) == ["sdf"]
    with duckdb.connect() as connection:
        connection.register("whole", whole)
        query = "SELECT possible FROM whole WHERE place = 'raqqa'"
        assert connection.sql(query).fetchall() == [(possible,)]


def test_a_log_without_places_has_no_rows_and_all_columns():
    with ct.open(":memory:") as timeline:
        found = pa.table(timeline.as_of("2020-01-01").territory.whole())
    assert found.num_rows == 0
    assert found.schema.field("possible").type == pa.list_(pa.list_(pa.string()))


def test_without_pyarrow_the_extra_is_named(whole, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ct.MissingExtraError, match=r"conflict-timeline\[arrow\]"):
        whole.to_arrow()
