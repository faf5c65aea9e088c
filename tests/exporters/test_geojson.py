"""GeoJSON by RFC 7946, with the days that QGIS needs as datetimes."""

from __future__ import annotations

import io
import json
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from tests.exporters.hostile import FEWER, hostile_logs
from tests.exporters.test_tables import DAYS, opened

ON_A_MAP = ("control", "control_spans", "incidents", "places")


def written(table) -> tuple[dict, list[str]]:
    stream = io.BytesIO()
    remarks = ex.write(table, "geojson", stream)
    assert b"<" not in stream.getvalue()
    return json.loads(stream.getvalue()), remarks


def is_geojson(found) -> bool:
    """The rules of RFC 7946 that a collection of points can break."""
    assert found["type"] == "FeatureCollection"
    assert not found.keys() & {"coordinates", "geometries", "geometry", "properties", "crs"}
    for feature in found["features"]:
        assert feature["type"] == "Feature"
        assert isinstance(feature["id"], str | int)
        assert isinstance(feature["properties"], dict)
        assert not feature.keys() & {"coordinates", "geometries", "features"}
        if feature["geometry"] is not None:
            assert feature["geometry"].keys() == {"type", "coordinates"}
            assert feature["geometry"]["type"] == "Point"
            lon, lat = feature["geometry"]["coordinates"]
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90
    return True


@FEWER
@given(hostile_logs(), DAYS)
def test_every_table_with_places_is_geojson_whatever_is_in_it(events, day):
    with opened(events) as timeline:
        for name in ON_A_MAP:
            of = day if name == "control" else None
            table = ex.table(name, timeline.view(), day=of)
            found, remarks = written(table)
            assert is_geojson(found)
            rows = list(table.dicts())
            assert len(found["features"]) == len(rows)
            ids = [feature["id"] for feature in found["features"]]
            assert len(set(ids)) == len(ids)
            assert bool(remarks) == bool(rows)  # no place of that log has coordinates
            names = [f["properties"].get("name") for f in found["features"]]
            assert names == [row["name"] for row in rows]


@pytest.fixture(scope="module")
def corpus():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        yield timeline


def test_spans_begin_at_midnight_and_end_with_their_last_second(corpus):
    found, remarks = written(ex.table("control_spans", corpus.view(), places=["raqqa"]))
    assert remarks == []
    spans = [feature["properties"] for feature in found["features"]]
    assert spans[0]["start_day"] is None
    assert spans[-1]["end_day"] is None
    for before, after in pairwise(spans):
        gap = datetime.fromisoformat(after["start_day"]) - datetime.fromisoformat(before["end_day"])
        assert gap.total_seconds() == 1
    assert {tuple(f["geometry"]["coordinates"]) for f in found["features"]} == {(39.01, 35.95)}


def test_what_is_nowhere_is_counted(corpus):
    found, remarks = written(ex.table("incidents", corpus.view()))
    without = [f for f in found["features"] if f["geometry"] is None]
    assert remarks == [f"{len(without)} rows have no coordinates, and so no point on the map."]
    assert found["metadata"]["log"] == corpus.view().identity


def test_one_row_is_told_as_one():
    with ct.open(":memory:") as timeline:
        timeline.append([ct.Place(id="a"), ct.Place(id="b", lat=1, lon=2)])
        _, remarks = written(ex.table("places", timeline.view()))
        assert remarks == ["1 row has no coordinates, and so no point on the map."]


def test_a_table_without_places_is_refused(corpus):
    with pytest.raises(ct.AxisError, match="geojson: expected one of control, "):
        ex.write(ex.table("claims", corpus.view()), "geojson", io.BytesIO())
    with pytest.raises(ct.AxisError, match="format: expected one of csv, "):
        ex.write(ex.table("claims", corpus.view()), "shapefile", io.BytesIO())
