"""How a ``When`` is made, compared, bounded and written."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime

import attrs
import pendulum
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When, day, from_ordinal, ordinal
from conflict_timeline.errors import ConflictTimelineError, DateError

MOMENTS = [
    datetime(2017, 10, 9, tzinfo=UTC),
    datetime(2017, 10, 9),
    pendulum.datetime(2017, 10, 9),
]


@st.composite
def days_near_edges(draw: st.DrawFn) -> date:
    """Days, many of them the first or last of a month or a year."""
    drawn = draw(st.dates())
    month = draw(st.sampled_from([drawn.month, 1, 12]))
    kind = draw(st.sampled_from(["as drawn", "first", "last"]))
    if kind == "as drawn":
        return drawn
    first = date(drawn.year, month, 1)
    return first if kind == "first" else pendulum.Date(first.year, month, 1).end_of("month")


@st.composite
def whens(draw: st.DrawFn) -> When:
    """Whens of every shape: exact, whole months and years, open at one or both ends, flagged."""
    earliest = draw(st.none() | days_near_edges())
    latest = draw(st.none() | days_near_edges() | st.just(earliest))
    if earliest and latest and earliest > latest:
        earliest, latest = latest, earliest
    dated = earliest is not None or latest is not None
    return When(
        earliest,
        latest,
        approximate=dated and draw(st.booleans()),
        uncertain=dated and draw(st.booleans()),
        wording=draw(st.sampled_from([None, "last week"])),
        rule=draw(st.sampled_from([None, "relative/1"])),
        reference=draw(st.none() | st.dates()),
    )


@given(whens())
@example(When(date(1, 1, 1), date(9999, 12, 31)))
@example(When(date(2016, 1, 1), date(2016, 1, 31)))
def test_the_canonical_text_gives_back_the_bounds_and_flags(when: When) -> None:
    again = When.parse(when.edtf, wording=when.wording, rule=when.rule, reference=when.reference)
    assert again == when
    assert hash(again) == hash(when)
    assert again.edtf == when.edtf == str(when)


@given(whens())
def test_the_canonical_text_never_needs_wording_or_a_rule(when: When) -> None:
    again = When.parse(when.edtf)
    assert again.wording is None
    assert again.rule is None


@pytest.mark.parametrize(
    ("earliest", "latest", "text"),
    [
        (date(2017, 9, 5), date(2017, 9, 5), "2017-09-05"),
        (date(2017, 9, 1), date(2017, 9, 30), "2017-09"),
        (date(2017, 1, 1), date(2017, 12, 31), "2017"),
        (date(17, 1, 1), date(17, 12, 31), "0017"),
        (date(2016, 1, 1), date(2016, 1, 31), "2016-01"),
        (date(2016, 1, 1), date(2017, 12, 31), "2016/2017"),
        (date(2016, 3, 1), date(2017, 2, 28), "2016-03/2017-02"),
        (date(2016, 3, 1), date(2016, 3, 30), "2016-03/2016-03-30"),
        (date(2016, 3, 5), date(2016, 12, 31), "2016-03-05/2016-12"),
        (date(2016, 3, 5), date(2016, 3, 31), "2016-03-05/2016-03-31"),
        (date(2016, 3, 5), date(2017, 12, 31), "2016-03-05/2017"),
        (None, date(2016, 10, 16), "../2016-10-16"),
        (None, date(2016, 12, 31), "../2016"),
        (date(2016, 1, 1), None, "2016/.."),
        (date(2016, 5, 1), None, "2016-05/.."),
        (None, None, "../.."),
    ],
)
def test_the_canonical_text_is_the_shortest_with_the_same_bounds(
    earliest: date | None, latest: date | None, text: str
) -> None:
    assert When(earliest, latest).edtf == text


@pytest.mark.parametrize(
    "text", ["2016~", "2016-05?", "2016-05-17%", "2016~/2017~", "2016%/..", "../2016-05?"]
)
def test_flags_are_written_at_every_closed_end(text: str) -> None:
    assert When.parse(text).edtf == text


def test_what_the_canonical_text_cannot_say_is_kept_as_wording() -> None:
    assert When.parse("[2016,2018]").wording == "[2016,2018]"
    assert When.parse("[2016,2018]").edtf == "2016/2018"
    assert When.parse("2016-05-XX").wording == "2016-05-XX"
    assert When.parse("2016-05").wording is None
    assert When.parse("2016-21", wording="in the spring").wording == "in the spring"


def test_a_rule_of_the_parser_is_named_beside_the_callers_own() -> None:
    assert When.parse("2016-21").rule == "season-north/1"
    assert When.parse("2016-21", rule="relative/1").rule == "relative/1+season-north/1"
    assert When.parse("2016-21", rule="season-north/1").rule == "season-north/1"


def test_a_reference_is_a_day_or_its_text() -> None:
    when = When.parse("2017-10", wording="last month", rule="relative/1", reference="2017-11-09")
    assert when.reference == pendulum.Date(2017, 11, 9)
    with pytest.raises(DateError, match="reference: expected one whole day"):
        When.parse("2017-10", reference="2017-11")


def test_dates_become_plain_pendulum_dates() -> None:
    when = When(date(2017, 10, 9), pendulum.Date(2017, 10, 10), reference=date(2017, 11, 1))
    for bound in (when.earliest, when.latest, when.reference):
        assert type(bound) is pendulum.Date


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_is_refused_everywhere_as_its_day_depends_on_a_zone(moment: datetime) -> None:
    for refuse in (
        lambda: When(moment, None),
        lambda: When(None, moment),
        lambda: When(None, None, reference=moment),
        lambda: When.of(moment),
        lambda: When.parse("2016", reference=moment),
        lambda: When.parse("2016").until(moment),
        lambda: day(moment),
        lambda: ordinal(moment),
    ):
        with pytest.raises(DateError, match="depends on the time zone"):
            refuse()


def test_wrong_types_are_refused_with_what_came() -> None:
    with pytest.raises(DateError, match=r"datetime.date or pendulum.Date, got '2016-05-17'"):
        When("2016-05-17", None)  # type: ignore[arg-type]
    with pytest.raises(DateError, match="True or False for a flag of a date, got 1"):
        When(date(2016, 1, 1), None, approximate=1)  # type: ignore[arg-type]
    with pytest.raises(DateError, match="text or None, got 5"):
        When(date(2016, 1, 1), None, wording=5)  # type: ignore[arg-type]


def test_reversed_bounds_are_refused() -> None:
    with pytest.raises(DateError, match="no day before earliest, 2017-01-02, got 2017-01-01"):
        When(date(2017, 1, 2), date(2017, 1, 1))


def test_flags_without_any_date_are_refused_as_no_text_could_hold_them() -> None:
    with pytest.raises(DateError, match="no date to doubt"):
        When(None, None, approximate=True)


def test_a_when_is_made_of_itself_of_text_or_of_a_date() -> None:
    when = When.parse("2017-10-09")
    assert When.of(when) is when
    assert When.of("2017-10-09") == when
    assert When.of(date(2017, 10, 9)) == When.of(pendulum.Date(2017, 10, 9)) == when


@pytest.mark.parametrize("value", [None, 2017, 20171009.0, True, ("2016", "2017")])
def test_a_when_is_made_of_nothing_else_and_a_missing_date_is_not_today(value: object) -> None:
    with pytest.raises(DateError, match="expected a When, EDTF text"):
        When.of(value)  # type: ignore[arg-type]


def test_a_when_cannot_be_changed_and_is_pickled_whole() -> None:
    when = When.parse("2016-21~", reference="2017-01-01")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        when.wording = "else"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(when)) == when


@given(whens())
def test_ordinals_of_bounds_are_within_those_of_open_ends(when: When) -> None:
    assert OPEN_PAST <= when.first <= when.last <= OPEN_FUTURE
    assert (when.first == OPEN_PAST) == (when.earliest is None)
    assert (when.last == OPEN_FUTURE) == (when.latest is None)


@pytest.mark.parametrize(
    ("text", "middle"),
    [
        ("2017-10-09", "2017-10-09"),
        ("2017-10-01/2017-10-02", "2017-10-01"),
        ("2017-10-01/2017-10-03", "2017-10-02"),
        ("2017-10-01/..", "2017-10-01"),
        ("../2017-10-01", "2017-10-01"),
    ],
)
def test_the_representative_day_is_the_middle_or_the_closed_bound(text: str, middle: str) -> None:
    assert str(When.parse(text).representative) == middle


def test_without_bounds_there_is_no_representative_day() -> None:
    assert When.parse("../..").representative is None


def test_a_when_is_exact_when_its_bounds_are_one_day() -> None:
    assert When.parse("2017-10-09").is_exact
    assert When.parse("2017-10-09~").is_exact
    assert not When.parse("2017-10").is_exact
    assert not When.parse("../..").is_exact


@given(whens(), st.dates())
def test_until_leaves_no_later_day_and_takes_no_earlier_one(when: When, limit: date) -> None:
    if when.earliest and when.earliest > limit:
        with pytest.raises(DateError, match=f"until: expected a day not before {when.earliest}"):
            when.until(limit)
        return
    bounded = when.until(limit)
    assert bounded.last == min(when.last, limit.toordinal())
    assert attrs.evolve(bounded, latest=when.latest) == when


def test_a_question_names_one_day_as_text_or_date() -> None:
    expected = pendulum.Date(2016, 6, 15)
    for value in ("2016-06-15", date(2016, 6, 15), expected):
        assert day(value) == expected
        assert type(day(value)) is pendulum.Date


@pytest.mark.parametrize(
    "value", ["2016-06", "2016", "2016-06-15~", "2016-06-15/2016-06-16", "2016-06-15 ", "", None, 5]
)
def test_a_question_cannot_name_less_or_more_than_a_day(value: object) -> None:
    with pytest.raises(DateError, match=r"^known_by: expected"):
        day(value, "known_by")  # type: ignore[arg-type]


def test_a_day_that_the_calendar_has_not_is_refused() -> None:
    with pytest.raises(DateError, match=r"^as_of: expected a day that the calendar has"):
        day("2015-02-29", "as_of")


def test_a_date_error_is_ours_and_a_value_error() -> None:
    with pytest.raises(ValueError, match="2016-06") as caught:
        day("2016-06")
    assert isinstance(caught.value, ConflictTimelineError)


@given(st.dates())
def test_ordinals_and_days_are_inverse(value: date) -> None:
    assert from_ordinal(ordinal(value)) == value
    assert type(from_ordinal(ordinal(value))) is pendulum.Date


@pytest.mark.parametrize("number", [0, -1, OPEN_PAST, OPEN_FUTURE, 3652060])
def test_an_open_end_is_not_a_day(number: int) -> None:
    with pytest.raises(DateError, match="ordinal from 1 to 3652059"):
        from_ordinal(number)
