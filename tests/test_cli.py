"""The command line: what a person or a program at a terminal gets, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.cli import main
from conflict_timeline.cli.machine import safe_cell
from conflict_timeline.cli.tables import Column, clean, display_width, hanging, render, wrap
from conflict_timeline.documents import paragraph_hash
from conflict_timeline.words import Naming, amount, days, share

DAY = "2017-10-09"
RAQQA_SHARES = "Syrian Democratic Forces 80 %, Islamic State up to 20 %"

QUESTIONS: dict[str, list[str]] = {
    "as-of": [DAY],
    "explain": ["raqqa", "2017-10-19"],
    "history": ["palmyra"],
    "people": ["2017-10-31"],
    "forecasts": ["--as-of", "2017-12-31"],
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("cli") / "isis.db")
    assert run("init", path).exit_code == 0
    assert run("load", path, "--corpus", "isis").exit_code == 0
    return path


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A log that a test may write to."""
    path = str(tmp_path / "own.db")
    run("init", path)
    return path


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def run(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="conflict-timeline", **options)


def ask(command: str, log: str, *more: str) -> Result:
    return run(command, log, *QUESTIONS[command], *more)


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def column(result: Result, title: str) -> str:
    """The text of one column of a table, its lines joined."""
    lines = result.stdout.splitlines()
    rule = next(at for at, line in enumerate(lines) if set(line) == {"─", " "})
    start = next(line.index(title) for line in reversed(lines[:rule]) if title in line)
    width = len(lines[rule][start:].split(" ")[0])
    return " ".join(" ".join(line[start : start + width] for line in lines[rule + 1 :]).split())


def in_a_shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    keep = {k: v for k, v in os.environ.items() if k.startswith(("COV", "PYTHONPATH"))}
    source = str(Path(ct.__file__).parents[1])
    cli = f"{sys.executable} -m conflict_timeline.cli"
    return subprocess.run(
        ["bash", "-c", command.replace("CLI", cli)],
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": source, **keep, **environment},
    )


# ---- as-of --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("wide")
def test_a_contested_place_is_shown_with_its_shares(log: str) -> None:
    result = run("as-of", log, DAY, "Raqqa")
    assert result.exit_code == 0
    assert column(result, "Held by") == RAQQA_SHARES
    assert column(result, "Status") == "certain"
    assert column(result, "Last evidence") == "2017-10-09 (same day)"
    assert column(result, "Sources") == "ntk"
    assert column(result, "For, against") == "1, 0"


def test_possible_alternatives_are_spelled_out(log: str) -> None:
    result = run("as-of", log, "2016-06-01", "palmyra", env={"COLUMNS": "120"})
    assert column(result, "Held by") == "possibly: Syrian government | Islamic State"
    assert column(result, "Status") == "uncertain"


def test_a_loss_without_a_taker_is_unknown_but_not_the_loser(log: str) -> None:
    result = run("as-of", log, DAY, "Hawija")
    assert column(result, "Held by") == "unknown (not Islamic State)"


def test_the_heading_tells_the_axes_in_force(log: str) -> None:
    result = run(
        *("as-of", log, DAY, "--known-by", "2017-10-10", "--at", "2999-01-01T00:00:00Z"),
        *("--source", "ntk", "--min-reliability", "d", "--implied-within", "30"),
        *("--stale-after", "30"),
    )
    heading = " ".join(result.stdout.split("Place")[0].split())
    assert heading.startswith(
        f"As of {DAY} · known by 2017-10-10 · at 2999-01-01T00:00:00.000000Z · log position 138 · "
        "only ntk · reliability D or better · implied within 30 days · stale after 30 days"
    )


def test_what_was_published_later_is_not_known_before(log: str) -> None:
    later = run("as-of", log, "2017-10-23", "raqqa", "--format", "json")
    earlier = run(
        "as-of", log, "2017-10-23", "raqqa", "--known-by", "2017-10-10", "--format", "json"
    )
    assert json.loads(later.stdout)["places"][0]["best"] == ["sdf"]
    assert json.loads(earlier.stdout)["places"][0]["best"] == ["is", "sdf"]


def test_reports_that_may_have_been_known_are_told_on_standard_error(log: str) -> None:
    result = run("as-of", log, DAY, "--known-by", "2017-10-25", "--format", "json")
    assert "3 reports (ridder) the record cannot say" in result.stderr
    assert json.loads(result.stdout)["withheld"] == 3


def test_a_view_from_before_a_position_knows_nothing_after_it(log: str) -> None:
    result = run("as-of", log, DAY, "--at", "0")
    assert result.exit_code == 1
    assert "not peace" in result.stderr
    assert "log position 0" in result.stdout


def test_a_first_report_speaks_for_the_days_before_it_as_far_back_as_asked(log: str) -> None:
    def status(day: str, *more: str) -> str:
        return rows(run("as-of", log, day, "palmyra", *more, "--format", "csv"))[0]["status"]

    assert (status("2015-12-31"), status("2014-06-01")) == ("implied", "unknown")
    assert status("2015-12-31", "--implied-within", "0") == "unknown"
    assert status("2014-06-01", "--implied-within", "unlimited") == "implied"
    asked = run("cite", log, "2015-01-01", "--implied-within", "unlimited")
    with ct.open(log) as timeline:
        assert asked.stdout.strip() == timeline.as_of("2015-01-01", implied_within=None).citation
    heading = run("as-of", log, DAY, "--implied-within", "unlimited").stdout.splitlines()[0]
    assert "implied without limit" in heading
    told = run("as-of", log, DAY, "--implied-within", "unlimited", "--format", "json").stdout
    assert json.loads(told)["question"]["implied_within"] is None


def test_an_id_that_is_none_is_wrong_usage(own: str) -> None:
    result = run("redact", own, "abc", "--reason", "a slip", "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "target: expected 64 lower-case hex digits, got 'abc'" in result.stderr


@pytest.mark.parametrize("days", ["-1", "soon", "1.5", "99999999"])
def test_a_number_of_days_that_is_none_is_refused(log: str, days: str) -> None:
    result = run("as-of", log, DAY, "--implied-within", days)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected" in result.stderr
    assert days in result.stderr


def test_an_old_answer_is_stale_when_asked_so(log: str) -> None:
    result = run("as-of", log, DAY, "palmyra", "--stale-after", "30", "--format", "csv")
    assert rows(result)[0]["status"] == "stale"


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Raqqa"), ("ar", "الرقة"), ("fi", "Raqqa|Rakka")]
)
def test_names_are_given_in_the_language_asked_for(log: str, language: str, name: str) -> None:
    result = run("as-of", log, DAY, "raqqa", "--lang", language, "--format", "csv")
    assert re.fullmatch(name, rows(result)[0]["name"])


@pytest.mark.parametrize("name", ["raqqa", "Rakka", "ar-Raqqah", "الرقة"])
def test_a_place_is_understood_by_any_of_its_names(log: str, name: str) -> None:
    result = run("as-of", log, DAY, name, "--format", "csv")
    assert [row["place"] for row in rows(result)] == ["raqqa"]


def test_a_place_named_twice_is_answered_once(log: str) -> None:
    assert len(rows(run("as-of", log, DAY, "raqqa", "Rakka", "--format", "csv"))) == 1


# ---- the other questions ------------------------------------------------------------------------


def test_explain_tells_the_part_of_every_claim(log: str) -> None:
    result = run("explain", log, "raqqa", "2017-10-19", env={"COLUMNS": "120"})
    text = " ".join(result.stdout.split())
    assert "possibly: Syrian Democratic Forces | Islamic State and Syrian Democratic Forces" in text
    assert "2 independent claimants for, 1 against" in text
    assert "lost by Islamic State, to whom is not said" in column(result, "Claim")
    assert {"for", "against", "overtaken"} == set(column(result, "Part").split())


def test_explain_tells_what_was_not_known_and_what_a_later_report_implies(log: str) -> None:
    result = run("explain", log, "mosul", "2016-06-01", "--known-by", "2017-05-10")
    text = " ".join(result.stdout.split())
    assert "implied" in text
    assert "not seen" in text


def test_explain_of_a_place_without_claims_is_unknown(log: str) -> None:
    result = run("explain", log, "tabqa", DAY)
    assert result.exit_code == 0
    assert "unknown" in result.stdout


def test_explain_tells_why_a_claim_was_taken_back(own: str) -> None:
    run("load", own, "--corpus", "isis")
    with ct.open(own) as timeline:
        claim = timeline.as_of(DAY).territory["hawija"].evidence[0]
        taken_back = ct.Retracted(target=claim.id, source="ntk", reason="a misreading")
        timeline.append([taken_back])
    result = run("explain", own, "hawija", DAY, "--format", "csv")
    assert rows(result)[0]["reason"] == "retracted: a misreading"


def test_history_has_spans_from_open_to_open(log: str) -> None:
    found = rows(ask("history", log, "--format", "csv"))
    assert (found[0]["start"], found[-1]["end"]) == ("", "")
    assert {"implied", "uncertain", "certain"} <= {row["status"] for row in found}


def test_history_of_a_place_without_claims_is_a_no(log: str) -> None:
    result = run("history", log, "tabqa")
    assert result.exit_code == 1
    assert "Nothing is reported" in result.stderr


def test_people_can_be_asked_by_group_nationality_place_and_status(log: str) -> None:
    result = run(
        *("people", log, "2017-10-31", "--group", "Daesh", "--nationality", "Canada"),
        *("--place", "all", "--status", "returned", "--format", "json"),
    )
    [count] = json.loads(result.stdout)["counts"]
    assert (count["low"], count["best"], count["high"]) == (60, 60, 60)
    assert count["nationality_name"] == "Canada"


def test_people_of_two_groups_are_told_apart(own: str) -> None:
    run("load", own, "--corpus", "isis")
    other = {"type": "headcount-observed", "group": "sdf", "status": "active", "count": 9}
    run("append", own, input=json.dumps({**other, "when": "2017-10", "source": "ridder"}))
    result = run("people", own, "2017-10-31", "--status", "active", env={"COLUMNS": "120"})
    assert "Group" in result.stdout


def test_people_of_whom_nothing_is_reported_are_not_zero(log: str) -> None:
    result = run("people", log, "2017-10-31", "--nationality", "SE")
    assert result.exit_code == 1
    assert "not zero" in result.stderr


def test_a_range_is_told_in_words(log: str) -> None:
    result = run("people", log, "2025-06-24", "--status", "at_large", env={"COLUMNS": "120"})
    assert "200 or more, best 1,500" in column(result, "Number")
    assert "disputed" in column(result, "Certainty")


def test_forecasts_are_judged(log: str) -> None:
    result = ask("forecasts", log)
    assert "undecided" in result.stdout
    assert "pending" in result.stdout
    assert "C3" in result.stdout


def test_no_forecast_by_then_is_a_no(log: str) -> None:
    result = run("forecasts", log, "--as-of", "2010-01-01")
    assert result.exit_code == 1


# ---- formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", QUESTIONS)
@pytest.mark.parametrize("width", ["40", "60", "80", "100", "120"])
def test_a_table_fits_the_width(log: str, command: str, width: str) -> None:
    result = ask(command, log, env_width := "--lang", "ar")
    assert result.exit_code == 0, env_width
    result = run(command, log, *QUESTIONS[command], "--lang", "ar", env={"COLUMNS": width})
    assert max(display_width(line) for line in result.stdout.splitlines()) <= int(width)


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_table_has_no_colour_where_there_is_no_terminal(log: str, command: str) -> None:
    assert "\x1b" not in ask(command, log).stdout


def test_a_table_has_colour_at_a_terminal_unless_it_is_refused(log: str) -> None:
    coloured = run("as-of", log, DAY, color=True)
    plain = run("as-of", log, DAY, color=True, env={"NO_COLOR": "1"})
    assert "\x1b[32m" in coloured.stdout
    assert "\x1b" not in plain.stdout
    assert "\x1b" not in run("as-of", log, DAY, color=True, env={"TERM": "dumb"}).stdout
    assert "\x1b" in run("explain", log, "raqqa", DAY, color=True).stdout


AXES = {
    *("command", "known_by", "at", "position", "sources", "min_reliability", "implied_within"),
    *("stale_after", "lang"),
}
CLAIM = {
    *("id", "kind", "source", "source_title", "publisher", "claimant", "reliability"),
    *("credibility", "when", "first", "last", "known", "known_from", "correction"),
    *("paragraph", "note"),
}
PLACE = {
    *("place", "name", "status", "best", "contested", "shares", "possible", "conceivable"),
    *("narrowed", "not_held_by", "since", "last_evidence", "age_days", "claimants_for"),
    *("claimants_against", "origins_for", "origins_against", "silence"),
    *("evidence", "against", "unreported", "withheld"),
}
COUNT = {
    *("group", "group_name", "status", "nationality", "nationality_name", "place", "place_name"),
    *("low", "best", "high", "basis", "certainty", "disordered", "claimants", "origins"),
    *("evidence",),
}
FORECAST = {
    *("statement", "verdict", "reason", "window", "place", "holder", "not_holder"),
    *("expectation", "claim"),
}


@pytest.mark.parametrize(
    ("command", "keys", "each", "its_keys"),
    [
        ("as-of", {"actors", "places", "withheld"}, "places", PLACE),
        ("explain", {"actors", "answer", "steps"}, "steps", {"role", "reason", "claim"}),
        (
            "history",
            {"place", "name", "actors", "spans"},
            "spans",
            {"start", "end", "status", "best", "possible"},
        ),
        ("people", {"counts"}, "counts", COUNT),
        ("forecasts", {"forecasts"}, "forecasts", FORECAST),
    ],
)
def test_json_has_its_keys(
    log: str, command: str, keys: set[str], each: str, its_keys: set[str]
) -> None:
    answer = json.loads(ask(command, log, "--format", "json").stdout)
    assert set(answer) == {"question", *keys}
    assert set(answer["question"]) >= AXES
    assert answer["question"]["command"] == command
    assert answer["question"]["position"] == 138
    assert answer[each]
    assert all(set(item) == its_keys for item in answer[each])
    claims = list(_objects_with(answer, "known_from"))
    assert all(set(claim) == CLAIM for claim in claims)


def _objects_with(value: Any, key: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if key in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects_with(item, key)


@pytest.mark.parametrize("command", QUESTIONS)
def test_csv_has_a_header_and_rows_of_its_length(log: str, command: str) -> None:
    result = ask(command, log, "--format", "csv")
    found = list(csv.reader(io.StringIO(result.stdout)))
    assert len(found) > 1
    assert {len(row) for row in found} == {len(found[0])}
    assert "\u00a0" not in result.stdout
    assert result.stdout.count("\n") >= len(found)


def test_csv_tells_unknown_contested_and_alternatives_apart(log: str) -> None:
    found = {row["place"]: row for row in rows(ask("as-of", log, "--format", "csv"))}
    assert found["hawija"]["best"] == "unknown"
    assert found["hawija"]["not_held_by"] == "is"
    assert (found["raqqa"]["best"], found["raqqa"]["holder"]) == ("is+sdf", "")
    assert found["mosul"]["possible"] == "is;unknown"


def test_csv_of_no_answer_is_still_a_header(log: str) -> None:
    result = run("people", log, DAY, "--nationality", "SE", "--format", "csv")
    assert result.stdout.startswith("group,group_name,status")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1 day", "-", "@SUM(A1)", "\t=1", "\r=1", "\u200b=1", "＝1+1", "\u202e-x", " =1"],
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-5, 3.5, "-5", "+1.5", "Raqqa", "a=b", "", "الرقة"])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert safe_cell(value) == str(value)


def test_cells_of_other_kinds() -> None:
    assert [safe_cell(v) for v in (None, True, False, ["a", "b"], ["=a", "b"])] == [
        *("", "true", "false", "a;b", "'=a;b"),
    ]


@given(st.text())
def test_no_text_makes_a_cell_that_begins_like_a_formula(text: str) -> None:
    assert safe_cell(text)[:1] not in tuple("=@\t\r")


# ---- tables and words ---------------------------------------------------------------------------


@given(st.text(), st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(display_width(line) <= width for line in lines)
    letters = re.sub(r"[ \u00a0]", "", clean(text))
    assert re.sub(r"[ \u00a0]", "", "".join(lines)) == letters


def test_wide_letters_and_marks_are_measured_as_they_show() -> None:
    assert [display_width(text) for text in ("abc", "北京", "الرَّقة", "e\u0301")] == [3, 4, 5, 1]


def test_a_source_cannot_move_the_cursor_or_turn_the_text_around() -> None:
    assert clean("a\x1b[2Jb\u202ec\nd") == "a [2Jbc d"


def test_a_long_word_is_cut_at_its_hyphen() -> None:
    assert wrap("fi-foreign-fighters", 12) == ["fi-foreign-", "fighters"]


def test_a_no_break_space_holds() -> None:
    assert wrap("up to 20\u00a0% of it", 9) == ["up to", "20 % of", "it"]


def test_a_table_narrower_than_its_words_still_comes_out() -> None:
    columns = [Column("Alpha"), Column("Number", right=True)]
    text = click.unstyle(render(columns, [["incomprehensibilities", "123"], ["", "4"]], 16))
    assert max(map(display_width, text.splitlines())) <= 16


def test_on_a_narrow_screen_cells_stand_below_each_other_before_words_are_broken() -> None:
    columns = [Column("Place"), Column("Since"), Column("Status"), Column("Sources")]
    rows = [["Raqqa", "2017-10-16", "uncertain", ""], ["Deir ez-Zor", "–", "certain", "ridder"]]
    assert click.unstyle(render(columns, rows, 36)).splitlines() == [
        "Place    Raqqa",
        "Since    2017-10-16",
        "Status   uncertain",
        "",
        "Place    Deir ez-Zor",
        "Since    –",
        "Status   certain",
        "Sources  ridder",
    ]
    assert "Place" in click.unstyle(render(columns, rows, 44)).splitlines()[0]
    assert "2017-10-16" in render(columns, rows, 44)
    # Where a screen is wide enough for a table to be one, words are broken rather.
    many = [Column("Incomprehensibilities")] * 5
    assert click.unstyle(render(many, [["a"] * 5], 80)).splitlines()[0].count("Incompre") == 5


def test_a_hanging_paragraph_stands_under_its_text() -> None:
    assert hanging("ab  ", "one two three four five six", 24).splitlines() == [
        "ab  one two three four",
        "    five six",
    ]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((60, 60, 60), "60"),
        ((200, 1500, None), "200 or more, best 1,500"),
        ((None, None, 999), "up to 999"),
        ((0, None, 25_000), "up to 25,000"),
        ((4_860, 5_400, 5_940), "4,860 to 5,940, best 5,400"),
        ((None, None, None), "not given"),
        ((None, 7, None), "about 7"),
        ((5, None, 5), "5"),
        ((3, 3, 9), "3 to 9"),
    ],
)
def test_amounts_in_words(numbers: tuple[int | None, int | None, int | None], text: str) -> None:
    assert amount(*numbers) == text


def test_shares_in_words() -> None:
    assert share(ct.Quantity.exactly(0.8)) == "80\u00a0%"
    assert share(ct.Quantity(high=0.2)) == "up to 20\u00a0%"
    assert share(ct.Quantity()) == "not given"


@pytest.mark.parametrize(
    ("edtf", "text"),
    [
        ("2017-10-09", "2017-10-09"),
        ("2017-10", "2017-10"),
        ("2017~", "about 2017"),
        ("2017-10?", "perhaps 2017-10"),
        ("2017-10-16/2017-10-22", "2017-10-16 to 2017-10-22"),
        ("2016~/2017~", "about 2016-01-01 to 2017-12-31"),
        ("../2016-10-16", "by 2016-10-16"),
        ("2017-10-01/..", "from 2017-10-01"),
        ("../..", "at any time"),
    ],
)
def test_days_in_words(edtf: str, text: str) -> None:
    assert days(ct.When.parse(edtf)) == text
    assert days(None) == ""


# ---- wrong usage --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2017-13-09"], "got '2017-13-09'"),
        (["2017-10"], "expected one whole day"),
        ([DAY, "--known-by", "soon"], "known_by: expected one whole day"),
        ([DAY, "--at", "999"], "expected a position up to 138"),
        ([DAY, "--at", "yesterday"], "expected a log position or an instant"),
        ([DAY, "--at", "9" * 5000], "expected a log position or an instant"),
        ([DAY, "--source", "ntkk"], "nearest: ntk"),
        ([DAY, "Raqa"], "no place is known as 'Raqa'; nearest: Raqqa (raqqa)"),
        ([DAY, "--stale-after", "-1"], "stale-after"),
        ([DAY, "--min-reliability", "G"], "min-reliability"),
        ([DAY, "--format", "xml"], "format"),
        ([DAY, "--lang", "xx"], "lang"),
        ([], "Missing argument 'DAY'"),
    ],
)
def test_wrong_usage_is_told_in_a_line_with_exit_code_2(
    log: str, arguments: list[str], message: str
) -> None:
    result = run("as-of", log, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--group", "Islamic Stat", "nearest: Islamic State (is)"),
        ("--nationality", "Canadia", "nearest: Canada"),
        ("--place", "Raqa", "nearest: Raqqa (raqqa)"),
        ("--status", "returning", "returned"),
    ],
)
def test_an_unknown_name_of_people_gets_the_nearest(
    log: str, option: str, name: str, message: str
) -> None:
    result = run("people", log, DAY, option, name)
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_ambiguous_name_gets_its_candidates(own: str) -> None:
    place = '[[event]]\ntype = "place"\nid = "{}"\nnames = {{ en = ["Springfield"] }}\n'
    run("append", own, input=place.format("one") + place.format("two"))
    result = run("as-of", own, DAY, "Springfield")
    assert result.exit_code == 2
    assert "may be any of several places: one, two" in result.stderr


# ---- logs that are not there, or no logs -------------------------------------------------------


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_question_does_not_make_a_missing_log(tmp_path: Path, command: str) -> None:
    path = tmp_path / "missing.db"
    result = ask(command, str(path))
    assert result.exit_code == 4
    assert "no such file" in result.stderr
    assert f"conflict-timeline init {path}" in result.stderr
    assert not path.exists()


@pytest.mark.parametrize("command", ["verify", "append", "load"])
def test_nor_do_the_other_commands(tmp_path: Path, command: str) -> None:
    path = tmp_path / "missing.db"
    more = ["--corpus", "isis"] if command == "load" else []
    result = run(command, str(path), *more, input='type = "place"\nid = "x"\n')
    assert result.exit_code == 4
    assert not path.exists()


@pytest.mark.parametrize("command", [*QUESTIONS, "verify"])
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, command: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a log, but long enough to be taken for one\n" * 50)
    result = run(command, str(path), *QUESTIONS.get(command, []))
    assert result.exit_code == 4
    assert "not an SQLite file" in result.stderr


def test_another_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    connection.close()
    before = path.read_bytes()
    for command in ("init", "verify"):
        assert run(command, str(path)).exit_code == 4
    assert path.read_bytes() == before


# ---- init, load, append -------------------------------------------------------------------------


def test_init_leaves_a_log_as_it_is(log: str) -> None:
    result = run("init", log)
    assert result.exit_code == 0
    assert "is a log already, with 138 entries" in result.stderr


def test_loading_again_records_nothing(own: str) -> None:
    first = run("load", own, "--corpus", "isis")
    again = run("load", own, "--corpus", "isis")
    assert "Recorded 138 events; log position 138" in first.stderr
    assert "Recorded 0 events, 138 were there already; log position 138" in again.stderr
    assert first.stdout == again.stdout == ""


def test_files_and_folders_are_loaded(own: str, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.toml").write_text(f'[[event]]\ntype = "place"\nid = "{name}"\n')
    result = run("load", own, str(folder), str(folder / "a.toml"))
    assert "Recorded 3 events" in result.stderr


def test_every_fault_of_every_file_is_told_and_nothing_is_written(own: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('[[event]]\ntype = "place"\nid = "good"\n\n[[event]]\ntype = "place"\nod = 1\n')
    two.write_text('[[event]]\ntype = "source"\nid = "s"\ntitle = "t"\npublished = "2017-13"\n')
    result = run("load", own, str(one), str(two))
    assert result.exit_code == 3
    assert "faults, nothing was written" in result.stderr
    assert f"{one}:7: event[2].od: place has no such field" in result.stderr
    assert f"{two}:5: event[1].published: expected a month from 01 to 12" in result.stderr
    assert "Traceback" not in result.stderr
    with ct.open(own) as timeline:
        assert timeline.position == 0


def test_a_missing_file_is_a_fault(own: str) -> None:
    result = run("load", own, "nowhere.toml")
    assert result.exit_code == 3
    assert "nowhere.toml: there is no such file" in result.stderr


def test_load_needs_something_to_load(own: str) -> None:
    assert run("load", own).exit_code == 2
    unknown = run("load", own, "--corpus", "isi")
    assert unknown.exit_code == 2
    assert "nearest: isis" in unknown.stderr


BARE = 'type = "source"\nid = "s"\ntitle = "A report"\n'


@pytest.mark.parametrize(
    "text",
    [
        BARE,
        "\ufeff" + BARE,
        f"[[event]]\n{BARE}",
        '{"type": "source", "id": "s", "title": "A report"}',
        '[{"type": "source", "id": "s", "title": "A report"}]',
    ],
)
def test_an_event_is_appended_from_toml_or_json_and_its_id_told(own: str, text: str) -> None:
    result = run("append", own, input=text)
    source = ct.Source(id="s", title="A report")
    assert result.exit_code == 0
    assert result.stdout == f"1\t{source.content_id}\n"
    assert "Recorded 1 event; log position 1" in result.stderr


def test_an_event_is_appended_from_a_file(own: str, tmp_path: Path) -> None:
    file = tmp_path / "event.toml"
    file.write_text(BARE)
    assert run("append", own, "--file", str(file)).exit_code == 0
    assert run("append", own, "--file", str(tmp_path / "none.toml")).exit_code == 2


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["expected an event as TOML or JSON, got nothing"]),
        ('type = "source"\nid = "s"\nyear = 5\n', ["title", "<stdin>:3: event[1].year"]),
        ('[[event]]\ntype = "source"\nid = 5\n', ["title", "<stdin>:3: event[1].id"]),
        ('type = "place"\nid = "x"\nparent = "y"\n', ["<stdin>:3: event[1].parent: no place"]),
        ("type = ", ["<stdin>"]),
        (b'type = "\xff"', ["expected UTF-8"]),
        ('{"type": "source", "id": 5, "x": 1}', ["event[1].id", "event[1].x", "event[1].title"]),
        ('{"type": "source", "id": "s", "id": "t", "title": "u"}', ["each key once, got 'id'"]),
        ('[{"type": "nonsense"}, 5]', ["event[1].type", "event[2]"]),
        ("[]", ["empty list"]),
        ('{"type"', ["expected JSON"]),
        ("[" * 100_000, ["<stdin>"]),
    ],
)
def test_a_faulty_event_is_told_with_exit_code_3(
    own: str, text: str | bytes, messages: list[str]
) -> None:
    result = run("append", own, input=text)
    assert result.exit_code == 3
    for message in messages:
        assert message in result.stderr
    with ct.open(own) as timeline:
        assert timeline.position == 0


# ---- verify -------------------------------------------------------------------------------------


def test_a_sound_log_is_sound(log: str) -> None:
    assert "sound, 138 entries" in run("verify", log).stdout
    answer = json.loads(run("verify", log, "--format", "json").stdout)
    assert answer == {"log": log, "position": 138, "sound": True, "problems": []}
    assert run("verify", log, "--format", "csv").stdout == "position,kind,message\n"


@pytest.fixture
def tampered(own: str) -> str:
    run("append", own, input=BARE)
    connection = sqlite3.connect(own)
    [(trigger, statement)] = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE name = 'events_no_update'"
    ).fetchall()
    connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute("UPDATE events SET subject = 'another'")
    connection.execute(statement)
    connection.commit()
    connection.close()
    return own


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_changed_row_is_found_with_exit_code_1(tampered: str, tmp_path: Path, form: str) -> None:
    (tmp_path / "a.txt").write_text("A paragraph.\n")
    result = run("verify", tampered, "--format", form, "--articles", str(tmp_path))
    assert result.exit_code == 1
    assert "1 problem found" in result.stderr
    assert "locators were not checked" in result.stderr
    if form == "json":
        [problem] = json.loads(result.stdout)["problems"]
        assert (problem["position"], problem["kind"]) == (1, "column")
    else:
        assert "subject" in result.stdout


def test_a_missing_trigger_is_refused(own: str) -> None:
    connection = sqlite3.connect(own)
    [(name,), *_] = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    connection.execute(f"DROP TRIGGER {name}")
    connection.close()
    for command in (["verify", own], ["as-of", own, DAY]):
        result = run(*command)
        assert result.exit_code == 4
        assert name in result.stderr


def test_locators_are_held_against_the_articles(own: str, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "one.txt").write_text("A paragraph.\n")
    place = '[[event]]\ntype = "place"\nid = "p"\n[[event]]\ntype = "actor"\nid = "a"\n'
    claim = (
        '[[event]]\ntype = "control-observed"\nplace = "p"\nholders = ["a"]\nwhen = "2017"\n'
        'source = "s"\nlocator = {{ paragraph = {}, sha256 = "{}" }}\n'
    )
    good = claim.format(1, paragraph_hash("A paragraph."))
    source = f"[[event]]\n{BARE}"
    assert run("append", own, input=source + place + good).exit_code == 0
    result = run("verify", own, "--articles", str(articles))
    assert result.exit_code == 0
    assert "every locator has its paragraph" in result.stdout
    assert run("append", own, input=claim.format(7, "0" * 64)).exit_code == 0
    result = run("verify", own, "--articles", str(articles), "--format", "csv")
    assert result.exit_code == 1
    [problem] = rows(result)
    assert (problem["position"], problem["kind"]) == ("5", "locator")
    assert "paragraph 7" in problem["message"]


# ---- demo, help, shells -------------------------------------------------------------------------


def test_the_demo_fits_two_screens_and_tells_what_matters() -> None:
    result = run("demo", env={"COLUMNS": "100"})
    text = result.stdout
    assert result.exit_code == 0
    assert RAQQA_SHARES in column(result, "Held by")
    assert len(result.stdout.splitlines()) <= 80
    assert max(map(display_width, result.stdout.splitlines())) <= 100
    for part in ("Members of the Islamic State", "30 unaccounted for", "undecided", "Next"):
        assert part in text
    assert result.stderr == ""


def test_the_demo_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("demo")
    assert list(tmp_path.iterdir()) == []


def test_the_commands_that_the_demo_suggests_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    suggested = re.findall(r"conflict-timeline (.+)", run("demo").stdout)
    commands = [part for line in suggested for part in line.split(" && conflict-timeline ")]
    assert len(commands) == 5
    for command in commands:
        result = run(*command.split())
        assert result.exit_code == 0, (command, result.stderr)


def commands() -> dict[str, click.Command]:
    assert isinstance(main, click.Group)
    return dict(main.commands)


@pytest.mark.parametrize("name", commands())
def test_every_command_and_option_is_documented(name: str) -> None:
    command = commands()[name]
    assert command.help
    assert command.short_help
    assert len(command.short_help) <= 60
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
    assert run(name, "--help").exit_code == 0


def test_help_has_all_commands_and_the_exit_codes() -> None:
    text = run("--help").stdout
    for name in commands():
        assert f"  {name} " in text
    for code in (*range(5), 130, 141):
        assert f"\n    {code}  " in text


def test_version_is_told() -> None:
    assert ct.__version__ in run("--version").stdout


def test_every_question_takes_every_axis() -> None:
    shared = {*AXES, "sources", "form", "log"} - {"command", "position"}
    for name in QUESTIONS:
        assert shared <= {parameter.name for parameter in commands()[name].params}


def test_a_reader_that_leaves_is_no_error(log: str) -> None:
    # Nothing reads: the write fails for certain, whatever the size of the pipe.
    asking = f"CLI people {log} 2025-06-24 --format json"
    result = in_a_shell(f"(sleep 0.2; {asking}; echo $? >&2) | true")
    assert result.stderr == b"141\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_stream_that_was_closed_takes_everything(log: str, closed: str) -> None:
    result = in_a_shell(f"CLI as-of {log} {DAY} {closed}; echo rc=$? >&2")
    assert result.stderr == b"rc=0\n"
    assert (b"As of" in result.stdout) is (not closed.startswith(">"))


def test_the_beginning_can_be_taken_with_head(log: str) -> None:
    result = in_a_shell(f"CLI as-of {log} {DAY} | head -1")
    assert result.stdout.startswith(f"As of {DAY}".encode())
    assert result.stderr == b""


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_output_is_utf_8_also_in_the_c_locale(log: str, environment: dict[str, str]) -> None:
    result = in_a_shell(f"CLI as-of {log} {DAY} raqqa --lang ar", **environment)
    assert result.returncode == 0
    assert "الرقة" in result.stdout.decode("utf-8")


def test_an_encoding_of_the_users_choice_is_kept(log: str) -> None:
    command = f"CLI as-of {log} {DAY} raqqa --lang ar --format "
    table = in_a_shell(f"{command} table", PYTHONIOENCODING="latin-1")
    answer = in_a_shell(f"{command} json", PYTHONIOENCODING="latin-1")
    assert table.returncode == 0
    assert b"?" in table.stdout
    assert json.loads(answer.stdout)["places"][0]["name"] == "الرقة"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_told(log: str) -> None:
    result = in_a_shell(f"CLI as-of {log} {DAY} > /dev/full")
    assert result.returncode == 4
    assert b"No space left" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_an_interrupted_command_ends_quietly(
    log: str,
    monkeypatch: pytest.MonkeyPatch,
    raised: Callable[[], BaseException],
    code: int,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised()

    monkeypatch.setattr("conflict_timeline.cli.axes.read_log", fail)
    result = run("as-of", log, DAY)
    assert result.exit_code == code
    assert "Traceback" not in result.stderr


def test_a_claim_of_any_kind_is_told_in_words(log: str) -> None:
    with ct.open(log) as timeline:
        naming = Naming(timeline.view())
        told = {
            type(seen.claim).__name__: naming.claim(seen.claim)
            for seen in naming.view.visible.claims
        }
    assert set(told) == {
        *("ControlChanged", "ControlObserved", "HeadcountObserved", "PeopleMoved"),
        *("Incident", "FigureObserved", "AllianceObserved", "Forecast"),
    }
    assert all(text and text != kind for kind, text in told.items())


def test_explain_tells_where_the_day_of_recording_stands_in_for_the_publication(
    own: str, tmp_path: Path
) -> None:
    events = tmp_path / "events.toml"
    events.write_text(
        """
[[event]]
type = "source"
id = "leaflet"
title = "A leaflet without a date"

[[event]]
type = "actor"
id = "army"

[[event]]
type = "place"
id = "hama"

[[event]]
type = "control-changed"
place = "hama"
to = "army"
when = "2020-05-01"
source = "leaflet"
""",
        "utf-8",
    )
    assert run("load", own, str(events)).exit_code == 0
    text = " ".join(run("explain", own, "hama", "2020-06-01").stdout.split())
    assert "recorded;" in text
    told = run("explain", own, "hama", "2020-06-01", "--format", "json").stdout
    assert '"known_from": "recorded"' in told
