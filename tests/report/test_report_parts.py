"""The parts of a report: lines and areas, basemaps, the page and what it may not let through."""

from __future__ import annotations

import json
import os
import re
from itertools import pairwise
from math import inf

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.cli import main
from conflict_timeline.report import geometry, html_report
from conflict_timeline.report.claims import web_address
from conflict_timeline.report.content import Asked, content
from conflict_timeline.report.outlines import Basemap, Projection, natural_earth, read_basemap
from conflict_timeline.report.page import embedded
from conflict_timeline.report.tables import Numbered
from tests.report.made import HOSTILE, SCRIPTS, hostile_log

coordinates = st.tuples(st.integers(-180, 180), st.integers(-90, 90))
lines = st.lists(coordinates, min_size=2, max_size=12)
BOX = (-40.0, -30.0, 50.0, 35.0)


@pytest.fixture(scope="module")
def corpus():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    return tl


@given(lines)
def test_encoded_points_are_read_as_they_were(points):
    assert geometry.decoded(geometry.encoded(points, 100), 100) == points


@given(lines, st.floats(0, 20))
def test_a_simplified_line_is_of_its_own_points_and_keeps_its_ends(points, tolerance):
    found = geometry.simplified(points, tolerance)
    assert (found[0], found[-1]) == (points[0], points[-1])
    rest = iter(points)
    assert all(point in rest for point in found)  # in their order


@given(lines)
def test_what_is_left_out_lies_within_the_tolerance(points):
    found = geometry.simplified(points, 5.0)
    for x, y in points:
        nearest = min((distance(x, y, *a, *b) for a, b in pairwise(found)), default=inf)
        assert nearest <= 5.0 + 1e-6


def distance(x, y, ax, ay, bx, by):
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = (
        0 if not length else max(0, min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    )
    return ((x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2) ** 0.5


@given(st.lists(coordinates, min_size=3, max_size=8, unique=True))
def test_a_clipped_area_lies_in_the_box_and_keeps_what_was_in_it(ring):
    found = geometry.clipped_ring(ring, BOX)
    left, bottom, right, top = BOX
    for x, y in found:
        assert left - 1e-9 <= x <= right + 1e-9
        assert bottom - 1e-9 <= y <= top + 1e-9
    inside = {p for p in ring if left <= p[0] <= right and bottom <= p[1] <= top}
    assert inside <= set(found)


@given(lines)
def test_clipped_lines_hold_every_step_that_may_be_seen(line):
    steps = {pair for part in geometry.clipped_line(line, BOX) for pair in pairwise(part)}
    left, bottom, right, top = BOX
    for a, b in pairwise(line):
        seen = any(left <= x <= right and bottom <= y <= top for x, y in (a, b))
        assert (not seen) or (a, b) in steps
        assert (a, b) in set(pairwise(line))


def test_the_outlines_shipped_are_of_the_globe_and_small():
    outlines = natural_earth()
    points = [point for ring in outlines.areas for point in ring]
    assert min(x for x, _ in points) < -179
    assert max(x for x, _ in points) > 179
    assert all(-180 <= x <= 180.001 and -90 <= y <= 90 for x, y in points)
    assert all(ring[0] == ring[-1] for ring in outlines.areas)
    assert len(outlines.lines["border"]) > 300
    assert len(outlines.lines["disputed"]) > 20


def crimea(line):
    return any(33.5 <= x <= 35.1 and 45.7 <= y <= 46.2 for x, y in line)


def test_the_isthmus_of_crimea_is_drawn_as_in_dispute():
    lines = natural_earth().lines
    assert any(crimea(line) for line in lines["disputed"])
    assert not any(crimea(line) for line in lines["border"])


@pytest.mark.parametrize(
    ("points", "most"),
    [
        ([(39.0, 35.9), (43.1, 36.3)], 20_000),
        ([], 150_000),
        ([(39.0, 35.9)], 5_000),
        ([(-179, -80), (179, 80)], 150_000),
    ],
)
def test_a_map_of_any_extent_is_small(points, most):
    drawn = Projection.of(points).drawn(natural_earth())
    assert sum(map(len, drawn.values())) < most
    assert set(drawn) <= {"land", "border", "disputed"}
    for path in drawn.values():
        assert re.fullmatch(r"[Mlz0-9 -]+", path)


def test_places_lie_where_the_outlines_put_them():
    projection = Projection.of([(30.0, 40.0), (32.0, 41.0)])
    assert projection.at(30.0, 41.0) == (0, 0)
    x, y = projection.at(32.0, 40.0)
    assert max(x, y) == 2_000
    square = Basemap([[(30.5, 40.2), (31.0, 40.2), (31.0, 40.6), (30.5, 40.2)]], {}, "me")
    (path,) = projection.drawn(square).values()
    assert path.startswith("M{} {}l".format(*projection.at(30.5, 40.2)))


def geojson(tmp_path, value):
    file = tmp_path / "own.geojson"
    file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return file


TRIANGLE = [[38.0, 35.0], [40.0, 35.0], [39.0, 36.5], [38.0, 35.0]]
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": None,
            "geometry": {"type": "Polygon", "coordinates": [TRIANGLE]},
        },
        {"type": "Feature", "properties": {}, "geometry": None},
        {
            "type": "Feature",
            "geometry": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "MultiPolygon", "coordinates": [[TRIANGLE]]},
                    {"type": "LineString", "coordinates": TRIANGLE[:2]},
                    {"type": "MultiLineString", "coordinates": [TRIANGLE[:3]]},
                    {"type": "Point", "coordinates": [1, 2]},
                ],
            },
        },
    ],
}


def test_a_basemap_of_ones_own_takes_the_place_of_the_outlines(tmp_path, corpus):
    file = geojson(tmp_path, FEATURES)
    basemap = read_basemap(file)
    assert len(basemap.areas) == 2
    assert {kind: len(lines) for kind, lines in basemap.lines.items()} == {"border": 2, "line": 2}
    page = html_report(corpus, basemap=file)
    assert "Natural Earth" not in page
    assert "own.geojson, given by the maker" in page


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("{", "expected GeoJSON"),
        ([], "expected a GeoJSON object, got []"),
        ({"type": "Topology"}, "type: expected one of GeoJSON's, got 'Topology'"),
        ({"type": "Point", "coordinates": [1, 2]}, "expected areas or lines"),
        ({"type": "LineString", "coordinates": [[1]]}, "[longitude, latitude]"),
        ({"type": "LineString", "coordinates": [[200, 3], [2, 3]]}, "[longitude, latitude]"),
        ({"type": "LineString", "coordinates": [[True, 3], [2, 3]]}, "[longitude, latitude]"),
        ('{"type": "LineString", "coordinates": [[NaN, 3], [2, 3]]}', "[longitude, latitude]"),
        ({"type": "Polygon", "coordinates": 4}, "expected a list in the GeoJSON, got 4"),
        ('{"type": "GeometryCollection", "geometries": [' * 70, "expected GeoJSON"),
    ],
)
def test_what_is_no_basemap_is_refused_with_its_fault(tmp_path, value, fault):
    with pytest.raises(ct.InputError, match=re.escape(fault)):
        read_basemap(geojson(tmp_path, value))


def test_a_basemap_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    def fault(path):
        with pytest.raises(ct.InputError) as caught:
            read_basemap(path)
        return str(caught.value.faults[0])

    file = tmp_path / "own.geojson"
    assert fault(file) == "own.geojson: cannot be read: No such file or directory"
    file.write_bytes(b"SQLite format 3\x00\xfb")
    assert "expected GeoJSON, which is UTF-8, got byte 16 that is not" in fault(file)
    os.mkfifo(tmp_path / "pipe")
    assert "it is not a regular file" in fault(tmp_path / "pipe")
    monkeypatch.setattr("conflict_timeline.report.outlines._LARGEST", 10)
    assert "expected at most 10 bytes" in fault(file)
    marked = tmp_path / "marked.geojson"
    monkeypatch.undo()
    marked.write_text(json.dumps(FEATURES), "utf-8-sig")
    assert len(read_basemap(marked).areas) == 2


def test_a_geojson_nested_too_deeply_is_refused(tmp_path):
    inner = {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}
    for _ in range(70):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    with pytest.raises(ct.InputError, match="expected a GeoJSON object"):
        read_basemap(geojson(tmp_path, inner))


# ---- the page -----------------------------------------------------------------------------------


@given(
    st.recursive(st.text() | st.integers(), lambda c: st.lists(c) | st.dictionaries(st.text(), c))
)
def test_embedded_data_is_json_and_cannot_end_its_element(value):
    text = embedded({"told": value, "hostile": HOSTILE})
    assert json.loads(text) == {"told": value, "hostile": HOSTILE}
    assert not set("<>&\u2028\u2029") & set(text)


def test_what_is_hostile_stays_in_the_data():
    tl = ct.open(":memory:")
    tl.append(hostile_log())
    page = html_report(tl, title="</title><script>x</script>")
    assert page.count("<script") == page.count("</script>") == 2
    assert "{{" not in page.replace("{{script}}{{data}}", "")
    assert "javascript:" not in page


@pytest.mark.parametrize(
    "address",
    [
        *SCRIPTS,
        "JaVaScRiPt:alert(1)",
        "ftp://example.org/a",
        "//example.org",
        "https://a.example/\u202ecod.exe",
        " https://example.org",
        "java\tscript:alert(1)",
        "file:///etc/passwd",
        f"https://a.example/{'x' * 3_000}",
        None,
    ],
)
def test_only_addresses_of_the_web_are_linked(address):
    assert web_address(address) is None


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c", "http://example.org", "HTTPS://example.org/ä"]
)
def test_addresses_of_the_web_are(address):
    assert web_address(address) == address


def test_the_policy_names_the_script_and_nothing_else(corpus):
    page = html_report(corpus)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert re.findall(
        r'(?:src|href)="([^"]*)"', page.split('<script type="application/json"')[0]
    ) == ["#lanes"]


def test_the_same_log_gives_the_same_page(corpus, tmp_path):
    corpus.dump(tmp_path / "log.jsonl")
    with ct.undump(tmp_path / "log.jsonl", tmp_path / "again.db") as again:
        assert html_report(corpus) == html_report(again)


# ---- what a report is of ------------------------------------------------------------------------


def told(tl, axes=None, **asked):
    return content(tl.view(**(axes or {})), Asked(**asked))


def test_a_place_brings_what_lies_in_it(corpus):
    def places(*names):
        return [place["id"] for place in told(corpus, places=names)["places"]]

    assert places("Rakka") == ["raqqa"]
    assert places("Raqqa Governorate") == ["raqqa", "raqqa-countryside-north"]
    assert places("Iraq") == ["fallujah", "hawija", "mosul"]
    with pytest.raises(ct.UnknownNameError):
        places("Atlantis")


def test_its_days_are_those_asked_for(corpus):
    found = told(corpus, first="2017-10-01", last="2017-10-31")
    assert (found["first"], found["days"]) == (736603, 31)
    for row in (row for place in found["places"] for row in place["rows"]):
        assert sum(row[2::3]) < 31
    with pytest.raises(ct.AxisError, match="from: expected a day not after 2017-10-01"):
        told(corpus, first="2017-10-31", last="2017-10-01")
    with pytest.raises(ct.DateError, match="from: expected one whole day"):
        told(corpus, first="2017")


def test_of_nothing_dated_there_is_no_report():
    tl = ct.open(":memory:")
    with pytest.raises(ct.AxisError, match="tells of a day on which somebody held a place"):
        html_report(tl)
    assert told(tl, first="2020-01-01", last="2020-01-02")["places"] == []


def test_actors_come_in_order_of_how_much_they_held_for_how_long(corpus):
    days = [actor["days"] for actor in told(corpus)["actors"]]
    assert days == sorted(days, reverse=True)


def test_progress_is_told(corpus):
    steps = []
    told(corpus, progress=lambda done, of: steps.append((done, of)))
    assert steps == [(n, 6) for n in range(1, 7)]


def test_numbered_values_keep_their_number():
    found = Numbered(["a"])
    assert [found.number(v) for v in ("b", "a", "b")] == [1, 0, 1]
    assert (found.values, len(found)) == (["a", "b"], 2)


# ---- the command --------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path):
    path = str(tmp_path / "isis.db")
    with ct.open(path) as tl:
        tl.load(ct.corpus("isis"))
    return path


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_the_command_writes_what_the_library_makes(log, tmp_path):
    out = tmp_path / "report.html"
    options = [
        "--known-by",
        "2017-10-29",
        "--place",
        "Rakka",
        "--from",
        "2017-01-01",
        "--to",
        "2017-12-31",
    ]
    result = run("report", log, "--out", str(out), "--title", "Raqqa", "--lang", "fi", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith("report.html: written.\n")
    with ct.open(log) as timeline:
        expected = html_report(
            timeline,
            title="Raqqa",
            places=["raqqa"],
            first="2017-01-01",
            last="2017-12-31",
            language="fi",
            known_by="2017-10-29",
        )
        whole = html_report(timeline)
    assert out.read_text("utf-8") == expected
    assert run("report", log, "--out", "-").stdout == whole


def test_the_command_leaves_no_half_file(log, tmp_path):
    out = tmp_path / "kept.html"
    out.write_text("kept")
    bad = geojson(tmp_path, "{")
    result = run("report", log, "--out", str(out), "--basemap", str(bad))
    assert result.exit_code == 3
    assert "own.geojson" in result.stderr
    assert out.read_text() == "kept"
    result = run("report", log, "--out", str(tmp_path / "no" / "folder.html"))
    assert result.exit_code == 4
    left = {f.name for f in tmp_path.iterdir() if not f.name.startswith("isis.db")}
    assert left == {"kept.html", "own.geojson"}


def test_the_command_tells_what_is_wrong_with_its_days(log):
    result = run("report", log, "--out", "-", "--from", "2017")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "from: expected one whole day" in result.stderr
