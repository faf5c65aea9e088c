"""The command ``export``: data to standard output or a file, words to standard error."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline.cli import main
from conflict_timeline.exporters.spreadsheets import read_csv


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("export") / "isis.db")
    with ct.open(path) as timeline:
        timeline.load(ct.corpus("isis"))
    return path


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def expected(log, name, form, view=None, **options) -> bytes:
    with ct.open(log) as timeline:
        stream = io.BytesIO()
        ex.write(ex.table(name, timeline.view(**(view or {})), **options), form, stream)
        return stream.getvalue()


@pytest.mark.parametrize("form", ex.FORMATS)
@pytest.mark.parametrize("name", ex.TABLES)
def test_every_table_in_every_format_that_holds_it(log, tmp_path, form, name):
    spec, limits = ex.TABLES[name], ex.FORMATS[form].tables
    day = ["--day", "2017-10-19"] if spec.day == "required" else []
    out = tmp_path / "out"
    result = run("export", log, form, name, *day, "--out", str(out))
    if limits and name not in limits:
        assert (result.exit_code, out.exists()) == (2, False)
        assert f"{form}: expected one of" in result.stderr
        return
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert out.read_bytes() == expected(log, name, form, day=day[1] if day else None)


def test_the_axes_of_a_question_are_those_of_a_table(log):
    axes = ["--known-by", "2017-10-10", "--at", "137", "--source", "ntk", "--min-reliability", "e"]
    result = run("export", log, "csv", "claims", *axes)
    view = {"known_by": "2017-10-10", "at": 137, "sources": ["ntk"], "min_reliability": "E"}
    assert result.stdout_bytes == expected(log, "claims", "csv", view)
    assert 0 < len(list(read_csv(io.BytesIO(result.stdout_bytes), ex.TABLES["claims"]))) < 93


def test_places_and_language(log):
    result = run(
        "export", log, "jsonl", "control", "--day", "2017-10-19", "--place", "Rakka", "--lang", "ar"
    )
    [row] = map(json.loads, result.stdout.splitlines())
    assert (row["place"], row["name"]) == ("raqqa", "الرقة")


def test_what_is_not_on_the_map_is_told_beside_it(log):
    result = run("export", log, "geojson", "places")
    missing = sum(f["geometry"] is None for f in json.loads(result.stdout)["features"])
    assert f"{missing} rows have no coordinates" in result.stderr


def test_metadata_says_what_the_columns_mean_and_which_view_it_is(log, tmp_path):
    file = tmp_path / "control.json"
    run("export", log, "csv", "control", "--day", "2017-10-19", "--metadata", str(file))
    found = json.loads(file.read_text("utf-8"))
    assert (found["day"], found["position"]) == ("2017-10-19", 138)
    columns = ex.TABLES["control"].columns
    assert [column["name"] for column in found["columns"]] == [column.name for column in columns]
    assert found["columns"][columns.index(ex.TABLES["control"].column("lat"))]["unit"] == "degrees"


def test_a_mark_for_excel(log):
    plain = run("export", log, "csv", "actors").stdout_bytes
    assert run("export", log, "csv", "actors", "--bom").stdout_bytes == b"\xef\xbb\xbf" + plain
    assert run("export", log, "jsonl", "actors", "--bom").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["csv", "control"],
        ["csv", "control", "--day", "2017"],
        ["csv", "claims", "--day", "2017-10-09"],
        ["csv", "control", "--day", "2017-10-09", "--place", "Atlantis"],
        ["xls", "control"],
        ["csv"],
        ["turtle", "claims"],
        ["ntriples", "--day", "2017-10-09"],
        ["datasette-metadata", "--bom"],
        ["csv", "people"],
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(log, tmp_path, arguments):
    out = tmp_path / "out"
    result = run("export", log, *arguments, "--out", str(out))
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
    assert "rror" in result.stderr


def test_a_file_is_there_whole_or_as_it_was(log, tmp_path, monkeypatch):
    out = tmp_path / "claims.csv"
    out.write_bytes(b"as it was")
    out.chmod(0o640)

    def breaks(table, stream):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("conflict_timeline.exporters.jsonlines.write_jsonl", breaks)
        result = run("export", log, "jsonl", "claims", "--out", str(out))
    assert result.exit_code == 4
    assert "No space left" in result.stderr
    assert out.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [out]
    assert run("export", log, "jsonl", "claims", "--out", str(out)).exit_code == 0
    assert len(out.read_bytes().splitlines()) == 93
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


@pytest.mark.parametrize("command", [["export", "csv", "actors"], ["report"]])
def test_a_link_stays_a_link_and_a_device_a_device(log, tmp_path, command):
    def write(path):
        result = run(command[0], log, *command[1:], "--out", str(path))
        assert result.exit_code == 0, result.stderr

    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert len(real.read_bytes()) > 1_000
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write(pipe)
        assert reader.communicate(timeout=60)[0] == real.read_bytes()
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_that_is_not_there_is_told(log, tmp_path):
    result = run("export", log, "csv", "actors", "--out", str(tmp_path / "no" / "x.csv"))
    assert result.exit_code == 4
    assert f"{tmp_path / 'no' / 'x.csv'}: cannot read or write: No such file" in result.stderr


@pytest.mark.parametrize("command", [["export", "csv", "actors"], ["report"], ["dump"]])
def test_a_dash_is_standard_output(log, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    result = run(command[0], log, *command[1:], "--out", "-")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(result.stdout_bytes) > 1_000
    assert list(tmp_path.iterdir()) == []


def test_what_a_shell_has_opened_as_standard_output_is_not_replaced(log, tmp_path):
    out = tmp_path / "both.csv"
    command = [sys.executable, "-m", "conflict_timeline.cli", "export", log, "csv", "actors"]
    with out.open("wb") as file:
        file.write(b"first\n")
        file.flush()
        subprocess.run([*command, "--out", "/dev/stdout"], stdout=file, check=True, timeout=60)
    assert out.read_bytes() == b"first\n" + expected(log, "actors", "csv")


def test_binary_goes_through_a_pipe_and_not_to_a_terminal(log, monkeypatch):
    result = run("export", log, "parquet", "places")
    assert pq.read_table(io.BytesIO(result.stdout_bytes)).num_rows == 27
    monkeypatch.setattr("conflict_timeline.cli.exporting._is_terminal", lambda: True)
    result = run("export", log, "parquet", "places")
    assert result.exit_code == 2
    assert "give --out FILE" in result.stderr


def test_without_pyarrow_the_extra_is_named(log, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("export", log, "parquet", "places", "--out", str(tmp_path / "x"))
    assert result.exit_code == 2
    assert "conflict-timeline[arrow]" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error(log):
    command = [sys.executable, "-m", "conflict_timeline.cli", "export", log, "jsonl", "claims"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
    assert process.returncode in (0, 141)


def test_exported_tables_are_appended_to_another_log(log, tmp_path):
    other = str(tmp_path / "other.db")
    run("init", other)
    tables = ("sources", "places", "actors", "claims")
    data = b"".join(run("export", log, "jsonl", name).stdout_bytes for name in tables)
    result = run("append", other, input=data)
    assert result.exit_code == 0, result.output
    with ct.open(log) as first, ct.open(other) as second:
        assert second.position == 138
        assert first.as_of("2017-10-19").to_bytes() == second.as_of("2017-10-19").to_bytes()
    one = data.splitlines()[-1]
    assert run("append", other, input=one).stdout.split()[1] == json.loads(one)["id"]
    broken = one.replace(b'"type":"forecast"', b'"type":"forecast","note":"x"') + b"\n" + one
    result = run("append", other, input=broken)
    assert result.exit_code == 3
    assert "expected the event of id" in result.stderr


@pytest.mark.parametrize("form", ex.GRAPHS)
def test_a_graph_is_of_the_view(log, tmp_path, form):
    out = tmp_path / "out"
    result = run("export", log, form, "--known-by", "2017-10-10", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    with ct.open(log) as timeline:
        stream = io.BytesIO()
        ex.write_graph(timeline.view(known_by="2017-10-10"), form, stream)
        assert sorted(out.read_bytes().splitlines()) == sorted(stream.getvalue().splitlines())


def test_tables_puts_the_views_into_a_log(tmp_path):
    path = str(tmp_path / "own.db")
    with ct.open(path) as timeline:
        timeline.load(ct.corpus("isis"))
    result = run("tables", path, "--lang", "fi")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{path}: has its views; control_spans is of log position 138.\n"
    assert run("verify", path).exit_code == 0
    assert run("tables", str(tmp_path / "none.db")).exit_code == 4


COUNTS = """
about = "Counts of people, as exported"

[[event]]
type = "headcount-observed"
only = { kind = ["headcount-observed"] }
status = { column = "status" }
SHARED

[[event]]
type = "people-moved"
only = { kind = ["people-moved"] }
from_status = { column = "from_status" }
to_status = { column = "to_status" }
SHARED
""".replace(
    "SHARED",
    "\n".join(
        [
            "count = { low = { column = 'low' }, best = { column = 'best' },"
            " high = { column = 'high' } }",
            "when = { column = 'edtf' }",
            "group = { column = 'group_id' }",
            *(
                f"{name} = {{ column = '{name}' }}"
                for name in (
                    *("nationality", "place", "source", "claimant"),
                    *("credibility", "known", "occurrence"),
                )
            ),
        ]
    ),
)


def test_counts_go_round_through_a_spreadsheet(log, tmp_path):
    other, table, mapping = (tmp_path / name for name in ("other.db", "claims.csv", "counts.toml"))
    mapping.write_text(COUNTS, "utf-8")
    run("init", str(other))
    records = (run("export", log, "jsonl", t).stdout_bytes for t in ("sources", "places", "actors"))
    assert run("append", str(other), input=b"".join(records)).exit_code == 0
    assert run("export", log, "csv", "claims", "--bom", "--out", str(table)).exit_code == 0
    result = run("import", str(other), "table", str(table), "--mapping", str(mapping))
    # Three reports move people and give no number at all: a row without one is told.
    told = " ".join(result.output.split())
    assert "count: people-moved needs this field, and it is missing (and 2 more rows)" in told
    assert "93 rows read, 3 refused." in told
    with ct.open(log) as first, ct.open(other) as second:
        for day in ("2016-10-01", "2017-10-31", "2025-06-30"):

            def told(timeline, day=day):
                return {c.key: (c.low, c.best, c.high) for c in timeline.as_of(day).people}

            again = told(second)
            assert again.items() <= told(first).items()
            assert all(
                numbers == (None,) * 3 for key, numbers in told(first).items() if key not in again
            )
