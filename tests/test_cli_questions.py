"""The commands about change, balance, evidence and citations, asked of the corpus."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import conflict_timeline as ct
from conflict_timeline.cli import main
from conflict_timeline.cli.tables import display_width

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "command-line.md"

QUESTIONS: dict[str, list[str]] = {
    "diff": ["2017-10-09", "2017-10-23", "--then-known-by", "2017-10-29"],
    "revisions": ["Rakka", "2017-10-23"],
    "balance": ["2017-10-31", "Daesh"],
    "contradictions": ["2025-06-24"],
    "sensitivity": ["2017-10-19"],
    "coverage": [],
    "incidents": ["2017-10", "--list"],
    "rollup": ["Syria", "2017-10-09"],
    "scores": ["--as-of", "2017-12-31"],
    "cite": ["2017-10-09"],
    "resolve": [],
}
#: The commands that were there before, for what holds of all.
OTHERS: dict[str, list[str]] = {
    "as-of": ["2017-10-09"],
    "explain": ["raqqa", "2017-10-19"],
    "history": ["palmyra"],
    "people": ["2017-10-31"],
    "forecasts": ["--as-of", "2017-12-31"],
    "verify": [],
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("questions") / "isis.db")
    run("init", path)
    assert run("load", path, "--corpus", "isis").exit_code == 0
    return path


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A log that a test may write to."""
    path = str(tmp_path / "own.db")
    run("init", path)
    run("load", path, "--corpus", "isis")
    return path


def run(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="conflict-timeline", **options)


def ask(command: str, log: str, *more: str, **options: Any) -> Result:
    arguments = {**QUESTIONS, **OTHERS}[command]
    if command == "resolve":
        arguments = [run("cite", log, "2017-10-09").stdout.strip()]
    return run(command, log, *arguments, *more, **options)


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def rows(*arguments: str) -> list[dict[str, str]]:
    result = run(*arguments, "--format", "csv")
    return list(csv.DictReader(io.StringIO(result.stdout)))


def words(result: Result) -> str:
    return words_of(result.stdout)


def words_of(text: str) -> str:
    return " ".join(text.split())


# ---- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", QUESTIONS)
@pytest.mark.parametrize("width", ["40", "60", "80", "100", "120"])
def test_a_table_fits_the_width_and_has_no_colour(log: str, command: str, width: str) -> None:
    result = ask(command, log, "--lang", "ar", env={"COLUMNS": width})
    assert result.exit_code == 0, result.stderr
    assert "\x1b" not in result.stdout
    if command != "cite":  # a citation is one line, to be copied
        assert max(map(display_width, result.stdout.splitlines())) <= int(width)


@pytest.mark.parametrize("command", QUESTIONS)
def test_csv_has_a_header_and_rows_of_its_length(log: str, command: str) -> None:
    result = ask(command, log, "--format", "csv")
    assert result.exit_code == 0
    found = list(csv.reader(io.StringIO(result.stdout)))
    assert len(found) > 1
    assert {len(row) for row in found} == {len(found[0])}
    assert all(cell[:1] not in tuple("=+-@\t\r") for row in found for cell in row)


@pytest.mark.parametrize("command", [*QUESTIONS, *OTHERS])
def test_every_json_key_is_in_the_reference(log: str, command: str) -> None:
    result = ask(command, log, "--format", "json")
    assert result.exit_code == 0
    text = REFERENCE.read_text("utf-8")
    own = section(text, f"### `{command}`")
    told = _keys(own)
    shared = _keys(section(text, "## JSON and CSV"))
    found = json.loads(result.stdout)
    assert set(found) - {"question"} <= told, "the keys of the answer"
    assert set(keys_of(found)) <= told | shared
    if command != "resolve":
        assert told - shared <= set(keys_of(found)) | OPTIONAL, "a key that is not there"


#: Keys of answers that the corpus has none of.
OPTIONAL = {"grade", "kind", "message"}


def section(text: str, heading: str) -> str:
    level = heading.split(" ")[0]
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{2,{len(level)}}} |\Z)", text, re.M | re.S
    )
    assert found, heading
    return found[1]


def _keys(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`.*?) \|", text, re.M))))


#: Objects whose keys are ids, or the whole state that ``State.to_dict`` describes.
BY_ID = {"actors", "by_party", "shares", "fatalities", "state"}


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key not in BY_ID:
                yield from keys_of(item)
            elif key != "state":
                for inner in item.values():
                    yield from keys_of(inner)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


@pytest.mark.parametrize("command", [name for name in QUESTIONS if name != "resolve"])
def test_every_question_repeats_the_axes(log: str, command: str) -> None:
    more = ["--at", "138", "--source", "ridder", "--source", "archyworldys", "--source", "ntk"]
    result = ask(command, log, *more, "--min-reliability", "F", "--format", "json")
    question = json.loads(result.stdout)["question"]
    assert question["command"] == command
    assert (question["at"], question["position"]) == (138, 138)
    assert question["sources"] == ["archyworldys", "ntk", "ridder"]


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_question_does_not_make_a_missing_log(tmp_path: Path, command: str) -> None:
    path = str(tmp_path / "missing.db")
    result = run(command, path, *QUESTIONS[command], *(["x"] if command == "resolve" else []))
    assert result.exit_code == 4
    assert "no such file" in result.stderr
    assert not Path(path).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["revisions", "Raqa", "2017-10-23"], "nearest: Raqqa (raqqa)"),
        (["revisions", "Raqqa", "2017-13-23"], "got '2017-13-23'"),
        (["balance", "2017-10-31", "Islamic Stat"], "nearest: Islamic State (is)"),
        (["balance", "2017-10-31", "is", "--nationality", "Canadia"], "nearest: Canada"),
        (["contradictions", "2017-10-31", "--group", "Islamic Stat"], "Islamic State (is)"),
        (["contradictions", "2017-10-31", "--limit", "0"], "limit"),
        (["sensitivity", "2017-10-19", "Raqa"], "nearest: Raqqa (raqqa)"),
        (["rollup", "Syri", "2017-10-09"], "nearest: Syria (syria)"),
        (["diff", "2017-10-09", "soon"], "got 'soon'"),
        (["diff", "2017-10-09", "2017-10-10", "--then-known-by", "soon"], "known_by"),
        (["diff", "2017-10-09", "2017-10-10", "--then-at", "999"], "up to 138"),
        (["scores", "--as-of", "2017-12-31", "--by", "nobody"], "claimant"),
        (["scores"], "--as-of"),
        (["resolve", "2017-10-09"], "not a citation that can be read"),
        (["resolve", "x", "--known-by", "2017-10-09"], "No such option"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(log: str, arguments: list[str], message: str) -> None:
    command, *rest = arguments
    result = run(command, log, *rest)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diff", "2017-10-09", "2017-10-09"], "is another"),
        (["revisions", "Tabqa", "2017-10-09"], "Nothing is reported"),
        (["balance", "2017-10-31", "sdf"], "not zero"),
        (["contradictions", "2017-10-31"], "No reports of people"),
        (["sensitivity", "2017-10-19", "Tabqa"], "Nothing is reported"),
        (["rollup", "Canada", "2017-10-09"], "Nothing is reported"),
        (["scores", "--as-of", "2010-01-01"], "No forecast"),
        (["coverage", "--at", "0"], "No place"),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_nothing_to_answer_is_a_no(log: str, arguments: list[str], message: str, form: str) -> None:
    command, *rest = arguments
    result = run(command, log, *rest, "--format", form)
    assert result.exit_code == 1
    assert message in result.stderr
    if form == "json":
        assert json.loads(result.stdout)["question"]["command"] == command
    if form == "csv":
        assert result.stdout.count("\n") == 1


# ---- change -------------------------------------------------------------------------------------


def test_diff_tells_what_changed_in_the_world(log: str) -> None:
    found = answer("diff", log, "2017-10-09", "2017-10-23")
    assert {change["kind"] for change in found["changes"]} == {"the world changed"}
    [raqqa] = [c for c in found["changes"] if c["subject"] == {"place": "raqqa"}]
    assert (raqqa["before"]["best"], raqqa["after"]["best"]) == (["is", "sdf"], ["sdf"])
    assert {seen["source"] for seen in raqqa["because"]} == {"ridder"}
    assert set(found["actors"]) >= {"is", "sdf"}


def test_diff_of_one_day_tells_what_was_learned(log: str) -> None:
    arguments = ["diff", log, "2017-10-23", "2017-10-23", "--known-by", "2017-10-10"]
    arguments += ["--then-known-by", "all"]
    text = words(run(*arguments))
    assert "From 2017-10-23 to 2017-10-23, then all publications · known by 2017-10-10" in text
    assert "We learned" in text
    assert "The world changed" not in text
    assert "Islamic State, joined, Canada" in {row["name"] for row in rows(*arguments)}


def test_diff_without_options_for_b_asks_both_days_in_one_view(log: str) -> None:
    found = answer("diff", log, "2017-10-09", "2017-10-23", "--known-by", "2017-10-10")
    assert found["question"]["then_known_by"] == "2017-10-10"
    assert all(change["topic"] != "territory" for change in found["changes"])


def test_diff_tells_what_was_withdrawn_since_a_position(own: str) -> None:
    with ct.open(own) as timeline:
        claim = timeline.as_of("2017-10-09").territory["hawija"].evidence[0]
        target = timeline.as_of("2017-10-31").territory["palmyra"].evidence[0]
        timeline.append(
            [
                ct.Retracted(target=claim.id, source="ntk", reason="a misreading"),
                ct.Corrected(
                    target=target.id,
                    source="ntk",
                    kind=ct.events.CORRECTION_KINDS[0],
                    replacement=ct.ControlObserved(
                        place="palmyra", holders=["is"], when="2016-10-01", source="raqqa-activist"
                    ),
                ),
            ]
        )
    result = run(
        *("diff", own, "2017-10-31", "2017-10-31", "--at", "138", "--then-at", "all"),
    )
    text = words(result)
    assert "then at the end of the log" in text
    assert "A claim was withdrawn" in text
    found = answer("diff", own, "2017-10-31", "2017-10-31", "--at", "138", "--then-at", "140")
    [change] = [c for c in found["changes"] if c["subject"] == {"place": "palmyra"}]
    assert change["kind"] == "a claim was withdrawn"
    assert change["because"][0]["target"] == target.id
    assert change["because"][0]["kind"] == "corrected"


def test_every_topic_of_a_diff_is_told_in_words_and_columns(log: str) -> None:
    found = rows("diff", log, "2014-01-01", "2025-06-24")
    assert {row["topic"] for row in found} == {
        *("territory", "people", "incidents", "figures", "alliances", "forecasts")
    }
    by_name = {row["name"]: row for row in found}
    assert by_name["Raqqa"]["after"] == "certain;sdf"
    assert by_name["Islamic State, returned, Canada"]["after"] == "60"
    assert "watch list names, Islamic State, in names" in by_name
    assert any(name.startswith("forecast: ") for name in by_name)


def test_revisions_tell_each_answer_with_what_did_it(log: str) -> None:
    found = rows("revisions", log, "Rakka", "2017-10-23")
    assert [row["known"] for row in found] == ["", "2016-10-16", "2017-10-09", "2017-10-29"]
    assert [row["best"] for row in found] == ["unknown", "is", "is+sdf", "sdf"]
    assert [row["sources"] for row in found] == ["", "raqqa-activist", "ntk", "ridder"]
    table = words(run("revisions", log, "Rakka", "2017-10-23", env={"COLUMNS": "120"}))
    assert "taken by Syrian Democratic Forces from Islamic State" in table
    short = rows("revisions", log, "Rakka", "2017-10-23", "--known-by", "2017-10-10")
    assert short == found[:3]


# ---- balance ------------------------------------------------------------------------------------


def test_the_canadian_balance_leaves_thirty(log: str) -> None:
    found = answer("balance", log, "2017-10-31", "Daesh", "--nationality", "Canada")
    assert found["unaccounted"] == {"low": 30, "best": 30, "high": 30}
    assert (found["group"], found["nationality_name"]) == ("is", "Canada")
    table = run("balance", log, "2017-10-31", "Daesh", "--nationality", "CA")
    assert "Unaccounted for  30, of 180 who joined" in table.stdout
    assert "up to 30" in table.stdout
    assert "Everyone who joined is in exactly one compartment" in table.stdout
    [left] = [
        row
        for row in rows("balance", log, "2017-10-31", "is", "--nationality", "CA")
        if row["status"] == "unaccounted"
    ]
    assert (left["low"], left["high"]) == ("30", "30")


def test_a_balance_as_known_before_any_report_is_a_no(log: str) -> None:
    arguments = ("balance", log, "2017-10-31", "is", "--nationality", "CA")
    result = run(*arguments, "--known-by", "2015-01-01")
    assert result.exit_code == 1


def test_a_balance_that_cannot_be_says_so(own: str) -> None:
    told = {"type": "headcount-observed", "group": "is", "nationality": "CA", "when": "2017-10-31"}
    event = {**told, "status": "returned", "count": 900, "source": "ntk", "known": "2017-11-01"}
    run("append", own, input=json.dumps(event))
    balance = run("balance", own, "2017-10-31", "is", "--nationality", "CA")
    assert "cannot all be true" in words(balance)
    found = answer("contradictions", own, "2017-10-31", "--group", "is")["contradictions"]
    assert found
    table = words(run("contradictions", own, "2017-10-31"))
    assert found[0]["sentence"] in table
    assert "Assumed" in table


def test_contradictions_are_told_in_full_sentences(log: str) -> None:
    found = answer("contradictions", log, "2025-06-24")["contradictions"]
    assert [item["kind"] for item in found] == ["impossible"] * 3
    text = words(run("contradictions", log, "2025-06-24"))
    for item in found:
        assert item["sentence"] in text
        assert item["equation"] in text
    assert len(rows("contradictions", log, "2025-06-24", "--limit", "1")) == 1


def test_only_who_left_is_no_count(log: str) -> None:
    assert "only who left" in run("balance", log, "2017-10-31", "is").stdout


# ---- evidence -----------------------------------------------------------------------------------


def test_sensitivity_names_the_source_that_an_answer_hangs_on(log: str) -> None:
    found = answer("sensitivity", log, "2017-10-19")
    flips = {s["source"]: [f["place"] for f in s["flips"] if f["place"]] for s in found["sources"]}
    assert flips["ridder"] == ["mosul", "raqqa"]
    assert flips["archyworldys"] == []
    smallest = {item["place"]: item for item in found["smallest"]}
    assert [claim["source"] for claim in smallest["mosul"]["claims"]] == ["ridder"]
    assert smallest["hawija"]["claims"] is None
    assert smallest["hawija"]["complete"] is True


def test_sensitivity_of_one_place_is_of_nothing_else(log: str) -> None:
    found = rows("sensitivity", log, "2017-10-19", "Mosul")
    assert {row["place"] for row in found} == {"mosul"}
    assert [row["what"] for row in found] == ["without source", "without claims"]
    text = words(run("sensitivity", log, "2017-10-19", "Mosul"))
    assert "No other grade of one source would change the answer for Mosul." in text
    assert "No source, left out" in words(run("sensitivity", log, "2017-10-19", "Hawija"))


def test_sensitivity_tells_grades_that_flip_an_answer(own: str) -> None:
    claim = {"type": "control-observed", "place": "tabqa", "when": "2017-10-05"}
    events = [
        {**claim, "holders": ["is"], "source": "ntk"},
        {**claim, "holders": ["sdf"], "source": "ridder"},
    ]
    assert run("append", own, input=json.dumps(events)).exit_code == 0
    found = answer("sensitivity", own, "2017-10-06", "tabqa")
    assert found["grades"]
    assert {item["source"] for item in found["grades"]} <= {"ntk", "ridder"}
    assert "If a source were graded otherwise" in run("sensitivity", own, "2017-10-06").stdout


def test_a_heading_breaks_no_word_on_a_narrow_screen(log: str) -> None:
    result = run("balance", log, "2017-10-31", "is", env={"COLUMNS": "40"})
    heading = result.stdout.split("\n\n")[0].splitlines()
    assert heading[0] == "Balance of Islamic State, all"
    assert heading[1].startswith("nationalities, as of 2017-10-31 ·")


def test_incidents_tell_which_are_counted_by_the_names_understood(own: str) -> None:
    more = ["--place", "Rakka", "--party", "Daesh", "--kind", "battle", "--claimant", "AP"]
    heading = words(run("incidents", own, "2017", *more)).split(" · all")[0]
    assert heading == (
        "Incidents 2017, overlap · in Raqqa · with Islamic State · kind battle · told by AP"
    )
    silent = run("incidents", own, "2017", *more[:4], "--list")
    assert "chosen 3 to 4 not given surely" in words(silent)
    assert answer("incidents", own, "2017", *more[:4])["chosen"]["deaths"] is None
    assert "against Islamic State" in words(silent)
    asked = answer("incidents", own, "2017", "--place", "Rakka", "--party", "Daesh", "--list")
    assert (asked["question"]["place"], asked["question"]["party"]) == ("raqqa", "is")
    assert asked["actors"]["is"] == "Islamic State"
    assert {each["place_name"] for each in asked["incidents"]} == {"Raqqa"}
    heading = words(run("incidents", own, "2017", "--party", "civilians")).split(" · all")[0]
    assert heading == "Incidents 2017, overlap · with civilians"


def test_places_that_share_a_name_are_told_apart_in_tables(tmp_path: Path) -> None:
    path = str(tmp_path / "twins.db")
    run("init", path)
    said = {"source": "a", "holders": ["army"]}
    with ct.open(path) as timeline:
        timeline.append(
            [
                ct.Source(id="a", title="A", published="2020-06-30"),
                ct.Actor(id="army"),
                ct.Place(id="area", names={"en": ["Area"]}),
                *(ct.Place(id=f"mill-{n}", names={"en": ["Mill"]}, parent="area") for n in "123"),
                ct.Place(id="ford", names={"en": ["Ford"]}, parent="area"),
                *(ct.ControlObserved(place=p, when="2020-06-01", **said)
                  for p in ("mill-1", "mill-2", "ford")),
            ]
        )  # fmt: skip
    for command in (
        ["as-of", path, "2020-06-01"],
        ["diff", path, "2000-01-01", "2020-06-01"],
        ["coverage", path],
        ["rollup", path, "Area", "2020-06-01"],
    ):
        told = words(run(*command, env={"COLUMNS": "120"}))
        assert "Mill (mill-1)" in told
        assert "Mill (mill-2)" in told
        assert "Ford (ford)" not in told
        assert ("Mill (mill-3)" in told) is (command[0] in ("coverage", "rollup"))
    assert '"name": "Mill"' in run("as-of", path, "2020-06-01", "--format", "json").stdout
    alone = words(run("as-of", path, "2020-06-01", "mill-1"))
    assert "Mill army" in alone
    with ct.open(path) as timeline:
        assert "Mill (mill-2)" in timeline.as_of("2020-06-01")._repr_html_()
        assert "Mill (mill-2)" in timeline.coverage()._repr_html_()


def test_coverage_names_some_places_without_claims_and_counts_the_others(own: str) -> None:
    before = len(answer("coverage", own)["without_claims"])
    with ct.open(own) as timeline:
        timeline.append([ct.Place(id=f"hamlet-{number}") for number in range(200)])
    told = run("coverage", own).stdout.split("No claim says who held")[1]
    assert len(told.split(",")) == 40
    assert f"and {160 + before} others" in words_of(told)
    assert len(answer("coverage", own)["without_claims"]) == 200 + before


def test_coverage_tells_silences_and_places_without_claims(log: str) -> None:
    found = answer("coverage", log)
    assert "tabqa" in found["without_claims"]
    [joined] = [
        item
        for item in found["people"]
        if (item["status"], item["nationality"], item["place"]) == ("joined", None, None)
    ]
    assert joined["longest_silence"]["days"] == 144
    known = answer("coverage", log, "--known-by", "2016-12-31")
    assert known["people"] == []
    assert "No claim says who held" in run("coverage", log).stdout
    assert {row["claims"] for row in rows("coverage", log) if row["place"] == "tabqa"} == {"0"}


def test_rollup_counts_the_places_of_an_area(log: str) -> None:
    found = rows("rollup", log, "Iraq", "2017-10-09")
    tallies = {row["holding"]: (row["certain"], row["best"], row["possible"]) for row in found}
    assert tallies["is"] == ("0", "0", "1")
    assert tallies["unknown"] == ("1", "2", "2")
    text = words(run("rollup", log, "Syria", "2017-10-09"))
    assert "Of 3 places that reports speak of" in text
    assert "No report of Al-Bab, Tabqa" in text
    assert "Alone or with others" in text


def test_rollup_tells_of_claims_on_the_area_itself(own: str) -> None:
    claim = {"type": "control-observed", "place": "syria", "when": "2017-10-05", "source": "ntk"}
    run("append", own, input=json.dumps({**claim, "holders": ["is"]}))
    result = run("rollup", own, "Syria", "2017-10-09")
    assert "by claims on the area itself" in words(result)


# ---- scores -------------------------------------------------------------------------------------


def test_scores_are_a_row_a_claimant(log: str) -> None:
    found = answer("scores", log, "--as-of", "2017-12-31")["scores"]
    assert sum(row["total"] for row in found) == 9
    assert all(row["share_borne_out"] is None for row in found)
    by_source = rows("scores", log, "--as-of", "2017-12-31", "--by", "source")
    assert {row["name"] for row in by_source} <= {
        *("raqqa-activist", "fi-foreign-fighters", "ridder", "ntk")
    }


def test_scores_give_a_share_where_some_are_decided(log: str) -> None:
    arguments = ("scores", log, "--as-of", "2017-12-31", "--known-by", "2017-10-10")
    found = {row["name"]: row for row in rows(*arguments)}
    assert found["US observers"]["share_borne_out"] == "1.0"
    assert "100 %" in run(*arguments).stdout


# ---- citations ----------------------------------------------------------------------------------


def test_a_citation_is_one_line_that_gives_the_answer_again(log: str) -> None:
    result = run("cite", log, "2017-10-09", "--known-by", "2017-10-10")
    [line] = result.stdout.splitlines()
    assert line.startswith("conflict-timeline:1;day=2017-10-09;known-by=2017-10-10;at=138;")
    found = answer("resolve", log, line, "Rakka")
    assert found["question"]["known_by"] == "2017-10-10"
    assert [place["best"] for place in found["places"]] == [["is", "sdf"]]
    with ct.open(log) as timeline:
        state = timeline.as_of("2017-10-09", known_by="2017-10-10")
        assert found["state"] == state.to_dict()
    assert found["differences"] == []
    assert answer("cite", log, "2017-10-09", "--known-by", "2017-10-10")["citation"] == line


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_citation_of_another_answer_is_a_no_with_what_differs(log: str, form: str) -> None:
    line = run("cite", log, "2017-10-09").stdout.strip()
    result = run("resolve", log, line.replace("2017-10-09", "2017-10-23"), "--format", form)
    assert result.exit_code == 1
    told = result.stdout if form != "table" else result.stderr
    assert "the answer is another" in told
    if form == "json":
        assert len(json.loads(result.stdout)["differences"]) == 1


def test_a_citation_of_a_longer_log_says_so(log: str, tmp_path: Path) -> None:
    line = run("cite", log, "2017-10-09").stdout.strip()
    empty = str(tmp_path / "empty.db")
    run("init", empty)
    result = run("resolve", empty, line)
    assert result.exit_code == 1
    assert "the log is shorter" in result.stderr


def test_an_empty_answer_can_be_cited_and_resolved(tmp_path: Path) -> None:
    empty = str(tmp_path / "empty.db")
    run("init", empty)
    found = answer("resolve", empty, run("cite", empty, "2017-10-09").stdout.strip())
    assert (found["places"], found["differences"]) == ([], [])


def test_a_merge_is_told_as_what_made_the_answer_another(own: str) -> None:
    events = [
        {"type": "place", "id": "rakka-city", "names": {"en": ["Rakka City"]}},
        {
            "type": "control-observed",
            "place": "rakka-city",
            "holders": ["sdf"],
            "when": "2017-10-25",
            "source": "ntk",
            "known": "2017-10-26",
        },
        {
            "type": "records-merged",
            "what": "place",
            "into": "tabqa",
            "merged": "rakka-city",
            "reason": "two records of one town",
            "source": "ntk",
            "known": "2017-12-01",
        },
    ]
    assert run("append", own, input=json.dumps(events)).exit_code == 0
    last = answer("revisions", own, "Tabqa", "2017-10-25")["revisions"][-1]
    assert (last["known"], last["answer"]["best"]) == ("2017-12-01", ["sdf"])
    [merge] = [cause for cause in last["because"] if cause["kind"] == "records-merged"]
    assert (merge["into"], merge["merged"], merge["target"]) == ("tabqa", "rakka-city", None)
    table = words(run("revisions", own, "Tabqa", "2017-10-25", env={"COLUMNS": "120"}))
    assert "rakka-city merged into tabqa by ntk: two records of one town" in table
