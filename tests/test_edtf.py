"""What EDTF texts mean in days, against the published examples and by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pendulum
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conflict_timeline import edtf
from conflict_timeline.edtf import EdtfBounds, joined_rules, parse_edtf
from conflict_timeline.errors import DateError
from tests.shared_data import shared_data

RANGE = "years from 0001 to 9999"


def days(text: str) -> tuple[str | None, str | None]:
    bounds = parse_edtf(text)
    return (
        None if bounds.earliest is None else str(bounds.earliest),
        None if bounds.latest is None else str(bounds.latest),
    )


def fits(bound: str | None) -> bool:
    """Whether a bound of the test data is one that a python date can hold."""
    return bound in (None, "open", "unknown") or bool(
        re.fullmatch(r"(?!0000)\d{4}-\d\d-\d\d", bound or "")
    )


def outcome(case: dict[str, Any]) -> str:
    """What became of one case; asserts all that is undisputed about it."""
    text = case["string"]
    refusal = None
    try:
        bounds = parse_edtf(text)
    except DateError as error:
        refusal = str(error)
    if "disputed" in case:
        return "disputed, accepted" if refusal is None else "disputed, refused"
    if not case["valid"]:
        assert refusal is not None, f"{text!r} is invalid, and was accepted as {bounds}"
        return "invalid, refused"
    if refusal is not None:
        assert RANGE in refusal, (text, refusal)
        # A season has no bounds in the data: only a negative year takes it out of range.
        assert not (fits(case["earliest"]) and fits(case["latest"])) or text.startswith("-"), text
        return "valid, refused as out of range"
    if case["earliest"] is None:
        assert bounds.rule is not None, text
    else:
        ends = {"open": None, "unknown": None}
        assert days(text) == tuple(ends.get(case[e], case[e]) for e in ("earliest", "latest")), text
    assert (bounds.approximate or bounds.uncertain) == case["qualified"], text
    return "valid, accepted"


def test_every_undisputed_published_example_is_read_right() -> None:
    cases = json.loads(shared_data("edtf-cases.json").read_text(encoding="utf-8"))["cases"]
    counts = Counter(outcome(case) for case in cases)
    print(f"\n{len(cases)} cases:", *(f"{n} {what};" for what, n in sorted(counts.items())))  # noqa: T201
    assert counts["valid, accepted"] >= 265
    assert counts["invalid, refused"] >= 128


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999-12-31", "9999-12-31", "9999-12-31"),
        ("2016-XX-31", "2016-01-31", "2016-12-31"),
        ("1XXX-02-29", "1004-02-29", "1996-02-29"),
        ("201X-02-XX", "2010-02-01", "2019-02-28"),
        ("XXX1", "0001-01-01", "9991-12-31"),
        ("2016-33", "2016-01-01", "2016-03-31"),
        ("2016-39", "2016-09-01", "2016-12-31"),
        ("2016-40", "2016-01-01", "2016-06-30"),
        ("1950S4", "1950-01-01", "1950-12-31"),
        ("1950S1", "1000-01-01", "1999-12-31"),
        ("[2018,2016]", "2016-01-01", "2018-12-31"),
        ("{2016-03,2017..}", "2016-03-01", None),
        ("[..2016,2014]", None, "2016-12-31"),
        ("../..", None, None),
        ("2017-10-16T23:30:00-05:00", "2017-10-16", "2017-10-16"),
    ],
)
def test_a_text_covers_its_days(text: str, earliest: str | None, latest: str | None) -> None:
    assert days(text) == (earliest, latest)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "rule"),
    [
        ("2016-21", "2016-03-01", "2016-06-21", "season-north/1"),
        ("2016-26", "2016-06-01", "2016-09-23", "season-north/1"),
        ("2016-23", "2016-09-01", "2016-12-22", "season-north/1"),
        ("2016-24", "2015-12-01", "2017-03-21", "season-north/1"),
        ("2016-29", "2016-09-01", "2016-12-22", "season-south/1"),
        ("2016-30", "2015-12-01", "2017-03-21", "season-south/1"),
        ("2016-31", "2016-03-01", "2016-06-21", "season-south/1"),
        ("2016-32", "2016-06-01", "2016-09-23", "season-south/1"),
        ("2016-21/2017-22", "2016-03-01", "2017-09-23", "season-north/1"),
        ("[2016-21,2016-29]", "2016-03-01", "2016-12-22", "season-north/1+season-south/1"),
        ("2016-34", "2016-04-01", "2016-06-30", None),
    ],
)
def test_a_season_is_resolved_by_a_named_rule(
    text: str, earliest: str, latest: str, rule: str | None
) -> None:
    assert days(text) == (earliest, latest)
    assert parse_edtf(text).rule == rule


@pytest.mark.parametrize(
    ("text", "approximate", "uncertain"),
    [
        ("2016", False, False),
        ("2016~", True, False),
        ("2016?", False, True),
        ("2016%", True, True),
        ("2016?-~05", True, True),
        ("2016-05-?17", False, True),
        ("2016~/2017", True, False),
        ("2016/2017-%05", True, True),
        ("[2015,2016~]", True, False),
    ],
)
def test_a_qualifier_anywhere_qualifies_the_whole(
    text: str, approximate: bool, uncertain: bool
) -> None:
    bounds = parse_edtf(text)
    assert (bounds.approximate, bounds.uncertain) == (approximate, uncertain)


@pytest.mark.parametrize(
    "text",
    [
        "0000",
        "-0001",
        "XXXX",
        "00XX",
        "Y12345",
        "Y17E7",
        "Y1E99999999",
        "0001-24",
        "9999-24",
        "-2016-21",
    ],
)
def test_a_year_that_dates_cannot_hold_is_refused_by_name_of_the_range(text: str) -> None:
    with pytest.raises(DateError, match=RANGE):
        parse_edtf(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2016-13", "month from 01 to 12"),
        ("2016-2X", "month from 01 to 12"),
        ("2016-05-32", "day from 01 to 31"),
        ("2015-02-29", "a day that the calendar has"),
        ("201X-21", "year of a season"),
        ("2016/2015", "not before its start, got 2016 to 2015"),
        ("2016-23/2016-22", "not before its start"),
        ("{2016..2015}", "not before its start"),
        ("2015/2016/2017", "two ends, got 3"),
        ("/", r"'\.\./\.\.'"),
        ("[2016", "the bracket"),
        ("[2016}", "the bracket"),
        ("[", "the bracket"),
        ("[]", "expected an EDTF date"),
        ("[..]", "before the first date"),
        ("[2016,..2017]", "before the first date"),
        ("[2016..,2017]", "after the last date"),
        ("[2016/2017]", "expected an EDTF date"),
        ("2016T10:10:10", "a whole day before the time"),
        ("2016-05-17T10:10", "a time as in"),
        ("2016-05-17T23:59:59/2017", "expected an EDTF date"),
        ("~2016~", "one qualifier"),
        ("0050S2", "significant digits"),
        ("1950S5", "significant digits"),
        ("Y2016", "without the Y"),
        ("Y17E2", "without the Y"),
        ("2016-W10-1", "got '2016-W10-1'"),
        ("20160517", "got '20160517'"),
        ("2016-05-17\n", "without spaces"),
        ("٢٠١٦-٠٥-١٧", "expected an EDTF date"),
        ("２０１６", "expected an EDTF date"),
        ("today", "got 'today'"),
        ("", "got ''"),
    ],
)
def test_any_other_text_is_refused_with_what_was_expected_and_what_came(
    text: str, told: str
) -> None:
    with pytest.raises(DateError, match=told):
        parse_edtf(text)


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(DateError, match="expected EDTF text, got 2016"):
        parse_edtf(2016)  # type: ignore[arg-type]


def test_a_fault_in_a_part_is_told_with_the_part_and_the_whole() -> None:
    with pytest.raises(DateError, match=r"got '2016-13' \(in '2016-13/2017'\)"):
        parse_edtf("2016-13/2017")


def test_a_long_text_is_refused_unread_and_shown_cut() -> None:
    with pytest.raises(DateError, match="at most 200 characters, got 1000002") as caught:
        parse_edtf("[" + "2016," * 200_000 + "]")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "says_more"),
    [
        ("2016-05-17", False),
        ("2016-05~", False),
        ("2016~/2017~", False),
        ("2016~/..", False),
        ("[2016..2017]", False),
        ("2016-34", False),
        ("2016-05-XX", True),
        ("[2016,2018]", True),
        ("{2016..2018}", True),
        ("2016-21", True),
        ("2016-05-17T10:10:10", True),
        ("2016~-05", True),
        ("2016~/2017", True),
        ("2016~/2017?", True),
        ("2016/", True),
        ("1950S2", True),
    ],
)
def test_it_is_told_whether_the_text_says_more_than_the_bounds(text: str, says_more: bool) -> None:
    assert parse_edtf(text).says_more is says_more


day_texts = st.dates().map(str) | st.from_regex(
    r"[0-2][0-9]{3}-[0-9]{2}-[0-3][0-9]", fullmatch=True
)


@given(day_texts | st.tuples(day_texts, day_texts).map("/".join))
@example("2016-02-30")
@example("0000-01-01")
@example("2016-05-02/2016-05-02")
@example("2016-05-02/2016-05-01")
@example("2016-05-02/0000-05-01")
def test_whole_days_are_read_as_in_the_general_way(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edtf, "_whole_days", lambda text: None)
        patch.setattr(edtf, "_whole_day", lambda text: None)
        expected = read_or_refused(text)
    assert read_or_refused(text) == expected


def read_or_refused(text: str) -> EdtfBounds | str:
    try:
        return parse_edtf(text)
    except DateError as error:
        return str(error)


def test_rules_are_joined_in_order_each_once() -> None:
    assert joined_rules(None, "b/1", "a/1+b/1") == "b/1+a/1"
    assert joined_rules(None, None) is None


@given(st.text("0123456789X-/.,[]{}?~%TSYE:Z+ ", max_size=30) | st.text(max_size=30))
def test_every_text_gives_bounds_or_a_date_error(text: str) -> None:
    try:
        bounds = parse_edtf(text)
    except DateError:
        return
    assert isinstance(bounds, EdtfBounds)
    assert not (bounds.earliest and bounds.latest) or bounds.earliest <= bounds.latest


@given(st.from_regex(r"[0-9X]{4}(-[01X][0-9X](-[0-3X][0-9X])?)?", fullmatch=True), st.dates())
def test_unspecified_digits_cover_exactly_the_days_that_fit_them(mask: str, day: object) -> None:
    try:
        bounds = parse_edtf(mask)
    except DateError:
        return
    shape = re.compile(mask.replace("X", "."))
    assert bounds.earliest is not None
    assert bounds.latest is not None
    assert shape.match(str(bounds.earliest))
    assert shape.match(str(bounds.latest))
    if shape.match(str(day)):
        assert bounds.earliest <= pendulum.Date.fromisoformat(str(day)) <= bounds.latest
