"""``conflict-timeline import`` and ``incidents``, as a user types them."""

from __future__ import annotations

import csv
import json
import tomllib

import pytest
from click.testing import CliRunner

import conflict_timeline as ct
from conflict_timeline.cli import main
from tests.importers import test_acled as acled
from tests.importers.conftest import as_csv
from tests.importers.test_gazetteers import GEONAMES
from tests.importers.test_ged import ROW
from tests.importers.test_series import VIINA


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "my.db"
    ct.open(path).close()
    return str(path)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


MANY = [{**ROW, "id": str(n), "best": "x" if n > 5 else "2"} for n in range(1, 31)]


def test_an_import_says_what_was_read_recorded_and_refused(log, write, tmp_path):
    path, refused = write(as_csv(MANY)), tmp_path / "refused.csv"
    done = run("import", log, "ged", path, "--published", "2020-06", "--refused", refused)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "30 rows read, 25 refused. Recorded 12 events; log position 12." in done.stderr
    assert "best: expected a whole number, got 'x' (and 24 more rows)" in done.stderr
    assert done.stderr.count("best: expected a whole number") == 1
    assert f"All 25 refused rows: see {refused}." in done.stderr
    rows = list(csv.reader(refused.read_text("utf-8").splitlines()))
    assert rows[0] == ["file", "line", "row", "reason"]
    assert rows[1] == [str(path), "7", "6", "best: expected a whole number, got 'x'"]
    assert len(rows) == 26
    again = run("import", log, "ged", path, "--published", "2020-06")
    assert "Recorded 0 events, 12 were there already" in again.stderr
    assert "see --refused FILE" in again.stderr


def test_refused_rows_in_a_file_are_safe_for_spreadsheets(log, write, tmp_path):
    path = write(as_csv([{**ROW, "id": "=1+1"}]))
    refused = tmp_path / "refused.csv"
    run("import", log, "ged", path, "--refused", refused)
    assert ",'=1+1," in refused.read_text("utf-8")


def test_a_dry_run_writes_nothing(log, write):
    done = run("import", log, "ged", write(as_csv(MANY)), "--dry-run")
    assert done.exit_code == 0
    assert (
        "Nothing was written; it would be: 2 actor, 5 incident, 4 place, 1 source." in done.stderr
    )
    with ct.open(log) as tl:
        assert tl.position == 0


def test_what_is_known_of_the_data_set_is_in_its_record(log, write):
    told = ["--source", "ged-20", "--title", "GED 20.1", "--publisher", "Uppsala"]
    more = ["--published", "2020-06", "--url", "https://ucdp.uu.se", "--reliability", "B"]
    assert run("import", log, "ged", write(as_csv([ROW])), *told, *more).exit_code == 0
    with ct.open(log) as tl:
        [source] = tl.view().visible.sources.values()
    assert source == ct.Source(
        id="ged-20", title="GED 20.1", publisher="Uppsala", published="2020-06",
        url="https://ucdp.uu.se", reliability="B",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["import", "{log}", "ged", "none.csv"], 3, "cannot be read: No such file"),
        (["import", "{log}", "klingon", "{file}"], 2, "'klingon' is not"),
        (["import", "{log}", "ged", "{file}", "--published", "soon"], 2, "published"),
        (["import", "{log}", "ged", "{file}", "--refused", "/nowhere/x"], 3, "cannot be written"),
        (["import", "nowhere.db", "ged", "{file}"], 4, "'conflict-timeline init nowhere.db'"),
        (["incidents", "{log}", "2016-13"], 2, "expected a month"),
        (["incidents", "{log}", "2016", "--place", "Nowhere"], 2, "no place is known"),
    ],
)
def test_what_goes_wrong_is_told_in_a_line(log, write, arguments, code, message):
    names = {"log": log, "file": write(as_csv([ROW]))}
    done = run(*(argument.format(**names) for argument in arguments))
    assert done.exit_code == code, done.stderr
    assert message in done.stderr


# ---- other formats ------------------------------------------------------------------------------

UNITS = [
    [{"id": "land", "name": {"en": "Land"}}],
    [{"id": "shire", "name": {"en": "Shire"}, "governorateId": "land"}],
]


def test_units_of_several_files_may_lie_in_each_other(log, write):
    files = [write(json.dumps(units), f"{at}.json") for at, units in enumerate(UNITS)]
    for more in (["--dry-run"], []):
        done = run("import", log, "units", *files, *more)
        assert done.exit_code == 0, done.stderr
    assert "Recorded 2 events" in done.stderr
    alone = run("import", log, "units", write(json.dumps([{"id": "isle", "governorateId": "x"}])))
    assert "parent: no place is known as 'x'" in alone.stderr


def test_a_table_is_read_by_a_mapping_and_places_by_a_dump(log, write):
    assert run("import", log, "geonames", write(GEONAMES, "UA.txt")).exit_code == 0
    done = run("import", log, "table", write(VIINA), "--mapping", "viina")
    assert done.exit_code == 0
    assert "0 refused" in done.stderr
    with ct.open(log) as tl:
        kyiv = tl.as_of("2022-02-26", sources="viina-isw").territory["Київ"]
        assert (kyiv.best, kyiv.status) == ({"ru", "ua"}, "certain")
    missing = run("import", log, "table", write(VIINA))
    assert (missing.exit_code, "--template shows one" in missing.stderr) == (2, True)
    unknown = run("import", log, "table", write(VIINA), "--mapping", "vina")
    assert (unknown.exit_code, "nearest: viina" in unknown.stderr) == (2, True)


def test_acled_is_imported_with_its_dates_as_told(log, write):
    path = write(as_csv([{**acled.ROW, "event_date": "15/03/2019"}]))
    refused = run("import", log, "acled", path, "--published", "2020")
    assert "1 row read, 1 refused" in refused.stderr
    done = run("import", log, "acled", path, "--dates", "d/m/y", "--published", "2020")
    assert "1 row read, 0 refused" in done.stderr


def test_the_template_is_written_and_nothing_else():
    done = run("import", "--template")
    assert done.exit_code == 0
    assert tomllib.loads(done.stdout)["event"]


# ---- incidents ----------------------------------------------------------------------------------

CLAIM = {"kind": "battle", "source": "paper", "place": "town", "parties": ["army"]}


@pytest.fixture
def asked(log):
    with ct.open(log) as tl:
        tl.append(
            [
                ct.Source(id="paper", title="A paper", publisher="Press", published="2020-12-31"),
                ct.Source(id="diary", title="A diary", published="../2020-12-31"),
                ct.Place(id="land", names={"en": ["Land"]}),
                ct.Place(id="town", names={"en": ["Town"]}, parent="land"),
                ct.Actor(id="army", names={"en": ["The Army"]}),
                ct.Incident(when="2020-03-05", deaths=ct.Quantity(3, 4, 9), **CLAIM),
                ct.Incident(when="2020-03", fatalities={"army": 2, "civilians": 1}, **CLAIM),
                ct.Incident(when="2020-03-07", deaths=ct.Quantity(5, 4, 5), **CLAIM),
                ct.Incident(when="2020-03-08", claimant="The Mayor", **CLAIM),
                ct.Incident(when="2020-04-08", kind="siege", source="diary"),
            ]
        )
    return log


def test_incidents_of_a_window_in_words(asked):
    done = run("incidents", asked, "2020-03-01/2020-03-10", "--list", "--place", "Land")
    assert done.exit_code == 0
    table = " ".join(done.stdout.split())
    assert "chosen 3 to 4 10 to 17, best 11" in table
    assert "surely in the window 3 7 to 14, best 8" in table
    assert "1 incident: nothing is said of deaths." in table
    assert "1 incident: low, best and high are not in order" in table
    assert "The Army 2" in table
    assert "not given" in table


def test_incidents_as_json_and_csv(asked):
    window = ["incidents", asked, "2020-03-01/2020-03-10"]
    found = json.loads(run(*window, "--list", "--format", "json").stdout)
    assert found["count"] == {"low": 3, "best": 4, "high": 4}
    assert found["question"]["window"]["edtf"] == "2020-03/2020-03-10"
    assert found["chosen"]["by_party"]["army"] == {"low": 2, "best": 2, "high": 2}
    assert (found["chosen"]["silent"], found["certain"]["disordered"]) == (1, 1)
    assert [i["deaths"] for i in found["incidents"]][-1] is None
    rows = list(csv.DictReader(run(*window, "--format", "csv").stdout.splitlines()))
    assert [row["best"] for row in rows] == ["3", "4", "4", ""]
    mayor = run(*window, "--claimant", "the mayor", "--format", "csv").stdout
    assert mayor.count("\n") == 2


def test_what_may_not_have_been_known_is_told_and_is_not_nothing(asked):
    done = run("incidents", asked, "2020-04", "--known-by", "2020-05-01")
    assert done.exit_code == 0
    assert "of 1 report (diary) the record cannot say" in done.stderr
    none = run("incidents", asked, "2019")
    assert none.exit_code == 1
    assert "No such incident is reported" in none.stderr


def test_a_party_can_be_one_without_a_record(asked):
    found = json.loads(
        run("incidents", asked, "2020", "--party", "civilians", "--format", "json").stdout
    )
    assert found["count"]["best"] == 1
    assert run("incidents", asked, "2020", "--party", "navy").exit_code == 2
