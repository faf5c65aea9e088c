"""Datasette on a log: started on the file, asked over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from click.testing import CliRunner

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline.cli import main
from conflict_timeline.exporters.sql import VIEWS


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Datasette on the corpus, with the metadata that we write."""
    folder = tmp_path_factory.mktemp("datasette")
    log, metadata = folder / "isis.db", folder / "metadata.json"
    with ct.open(log) as timeline:
        timeline.load(ct.corpus("isis"))
        ex.write_tables(timeline)
    command = ["export", str(log), "datasette-metadata", "--out", str(metadata)]
    assert CliRunner().invoke(main, command).exit_code == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    # In a process group of its own, and without what coverage or hypothesis set here.
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "datasette", "serve", "--immutable", str(log)),
            *("--metadata", str(metadata), "--port", str(port), "--host", "127.0.0.1"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "DATASETTE_SECRET": "not a secret"},
        cwd=folder,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(600):
                if process.poll() is not None:
                    pytest.fail(process.stderr.read().decode())
                try:
                    client.get("/-/versions.json")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stderr.close()


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_there_with_its_rows(server, name):
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        kind = {"headcounts": "headcount-observed", "incidents": "incident"}.get(name)
        table = ex.table("control_spans" if name == "control_spans" else "claims", timeline.view())
        expected = sum(kind is None or row["kind"] == kind for row in table.dicts())
    found = server.get(f"/isis/{name}.json", params={"_shape": "array", "_size": "max"}).json()
    assert len(found) == expected
    assert list(found[0]) == [column.name for column in VIEWS[name].columns]


def test_it_answers_who_held_raqqa(server):
    sql = """SELECT held_by, status, is_current FROM control_spans WHERE name = 'Raqqa'
        AND start_day <= :day AND (end_day IS NULL OR end_day >= :day)"""
    answer = server.get(
        "/isis.json", params={"sql": sql, "day": "2017-10-09", "_shape": "array"}
    ).json()
    held_by = "Islamic State and Syrian Democratic Forces"
    assert answer == [{"held_by": held_by, "status": "certain", "is_current": 1}]


def test_the_page_says_what_the_columns_mean(server):
    page = server.get("/isis/control_spans").text
    assert VIEWS["control_spans"].title in page
    assert "Latitude, WGS 84. In degrees." in page
    assert "no position on whose place it is" in server.get("/").text


def test_no_one_can_write_through_it(server):
    answer = server.get("/isis.json", params={"sql": "DELETE FROM events", "_shape": "array"})
    assert answer.status_code == 400


def test_metadata_is_named_after_the_file(tmp_path):
    log = str(tmp_path / "my log.db")
    ct.open(log).close()
    result = CliRunner().invoke(main, ["export", log, "datasette-metadata"])
    found = json.loads(result.stdout)
    assert set(found["databases"]) == {"my log"}
    tables = found["databases"]["my log"]["tables"]
    assert set(VIEWS) <= set(tables)
    assert all(tables[name]["columns"] for name in VIEWS)
