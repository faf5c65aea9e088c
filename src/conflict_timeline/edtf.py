"""Reads EDTF (ISO 8601-2:2019, Library of Congress profile of 2019-02-04) as bounds in days.

Levels 0 and 1, and of level 2: sets, unspecified digits anywhere, seasons 21 to 41, qualifiers of
components, significant digits. ``a/b`` is read as "on some day from a to b".
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from itertools import product

import attrs
import pendulum

from conflict_timeline.errors import DateError, shown

__all__ = ["SEASON_NORTH", "SEASON_SOUTH", "EdtfBounds", "joined_rules", "parse_edtf"]

SEASON_NORTH = "season-north/1"
SEASON_SOUTH = "season-south/1"

# The longest text in the published test sets has 51 characters; a cap bounds the work on a hostile
# one, and with it the number of members of a set.
_LONGEST = 200

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE = re.compile(
    r"([?~%])?(-)?([0-9X]{4})([?~%])?"
    r"(?:-([?~%])?([0-9X]{2})([?~%])?(?:-([?~%])?([0-9X]{2})([?~%])?)?)?"
)
_SIGNIFICANT = re.compile(r"(-)?([0-9]{4})S([0-9]+)")
_LONG_YEAR = re.compile(r"Y-?([1-9][0-9]*)(?:E([0-9]+))?(?:S[1-9][0-9]*)?")
_CLOCK = re.compile(
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::[0-5][0-9])?)?"
)

# Rules season-north/1 and season-south/1: the standard fixes no days for codes 21 to 32, so each is
# the hull of the meteorological season (from the first of a month) and the astronomical one (to
# the latest day of the equinox or solstice). The season of the turn of the year has no day that all
# readers of "winter 2016" share: it may have begun or ended in that year, so both are in the hull.
# (years from the named one, month, day) of the first and last day.
_MARCH = ((0, 3, 1), (0, 6, 21))
_JUNE = ((0, 6, 1), (0, 9, 23))
_SEPTEMBER = ((0, 9, 1), (0, 12, 22))
_DECEMBER = ((-1, 12, 1), (1, 3, 21))
_NORTH = (_MARCH, _JUNE, _SEPTEMBER, _DECEMBER)
_SOUTH = (_SEPTEMBER, _DECEMBER, _MARCH, _JUNE)


@attrs.frozen
class EdtfBounds:
    """What an EDTF text says, as bounds and flags.

    Attributes:
        earliest, latest: the first and last day it covers; None where the end is open or unknown.
        approximate: whether any part is marked ``~`` or ``%``.
        uncertain: whether any part is marked ``?`` or ``%``.
        rule: name of the rule that gave bounds which the standard does not fix; several are joined
            by ``+``.
        says_more: whether the text says more than the bounds and flags do (gaps in a set,
            unspecified digits, a season, a time of day, an unknown end, which component a qualifier
            is of).
    """

    earliest: pendulum.Date | None
    latest: pendulum.Date | None
    approximate: bool = False
    uncertain: bool = False
    rule: str | None = None
    says_more: bool = False


def parse_edtf(text: str) -> EdtfBounds:
    """The bounds and flags of an EDTF text.

    Seasons 33 to 41 (quarters, quadrimesters, semestrals) are exact. Seasons 21 to 28 are resolved
    by rule ``season-north/1``, 29 to 32 by ``season-south/1``: spring from 03-01 to 06-21, summer
    from 06-01 to 09-23, autumn from 09-01 to 12-22. Northern winter of a year Y may have begun or
    ended in Y, so it is from 12-01 of Y-1 to 03-21 of Y+1. The south has the same four windows,
    half a year on. Codes 21 to 24 name no hemisphere in the standard, and are read as northern.

    Args:
        text: as in ``"2016"``, ``"2016-05~"``, ``"2016-05-17/.."``, ``"[2016,2018]"``; at most 200
            characters, ASCII digits, no spaces.

    Raises:
        DateError: if the text is not EDTF, is an interval whose end lies before its start, or has a
            year outside 0001 to 9999.

    Example:
        >>> str(parse_edtf("2016-02~").latest)
        '2016-02-29'
    """
    if not isinstance(text, str):
        raise DateError(f"expected EDTF text, got {shown(text)}")
    if len(text) > _LONGEST:
        raise DateError(f"expected at most {_LONGEST} characters, got {len(text)}: {shown(text)}")
    if exact := _whole_days(text):
        return exact
    bounds = _composite(text) if text[:1] in ("[", "{") or "/" in text else _instant(text)
    return attrs.evolve(bounds, says_more=True) if _says_more(text, bounds) else bounds


def joined_rules(*rules: str | None) -> str | None:
    """The names of the rules that all had a part, each once, in order, joined by ``+``."""
    names = [name for rule in rules if rule for name in rule.split("+")]
    return "+".join(dict.fromkeys(names)) or None


def _whole_days(text: str) -> EdtfBounds | None:
    """The bounds, if the text is a day or two: most are, and the general way takes far longer."""
    if len(text) == 10 and (day := _whole_day(text)):
        return EdtfBounds(day, day)
    if len(text) == 21 and text[10] == "/":
        first, last = _whole_day(text[:10]), _whole_day(text[11:])
        if first and last and first <= last:
            return EdtfBounds(first, last)
    return None


def _composite(text: str) -> EdtfBounds:
    try:
        return _interval(text) if text[0] not in "[{" else _set(text)
    except DateError as error:
        raise DateError(f"{error} (in {shown(text)})") from None


def _interval(text: str) -> EdtfBounds:
    ends = text.split("/")
    if len(ends) != 2:
        raise DateError(f"expected an interval of two ends, got {len(ends)}")
    if ends == ["", ""]:
        # Nothing on either side is more likely an empty field than a claim: '../..' says it aloud.
        raise DateError("expected '../..' for an interval with both ends open, got '/'")
    return _between(ends[0], ends[1], open_marks=("", ".."))


def _between(start: str, end: str, open_marks: tuple[str, ...]) -> EdtfBounds:
    first = None if start in open_marks else _date(start)
    last = None if end in open_marks else _date(end)
    if first and last and _reversed(first, last):
        raise DateError(f"expected an end that is not before its start, got {start} to {end}")
    given = [bounds for bounds in (first, last) if bounds]
    return EdtfBounds(
        first.earliest if first else None,
        last.latest if last else None,
        approximate=any(bounds.approximate for bounds in given),
        uncertain=any(bounds.uncertain for bounds in given),
        rule=joined_rules(*(bounds.rule for bounds in given)),
    )


def _reversed(first: EdtfBounds, last: EdtfBounds) -> bool:
    """Whether no day of the last can follow one of the first."""
    if not (first.earliest and first.latest and last.earliest and last.latest):
        return False
    if first.earliest > last.latest:
        return True
    # Neighbouring seasons overlap in their hulls, yet autumn to summer of one year is reversed.
    # Masked digits are different: 1919-XX-02/1919-XX-01 is valid.
    both_seasons = first.rule is not None and last.rule is not None
    return both_seasons and first.earliest > last.earliest and first.latest > last.latest


def _set(text: str) -> EdtfBounds:
    if text[-1] != {"[": "]", "{": "}"}[text[0]]:
        raise DateError("expected a set that ends with the bracket it began with")
    members = text[1:-1].split(",")
    hull: list[EdtfBounds] = []
    for number, member in enumerate(members):
        start, dots, end = member.partition("..")
        if not dots:
            hull.append(_date(member))
            continue
        if not start and (number > 0 or not end):
            raise DateError(f"expected '..' before the first date of the set only, got {member!r}")
        if not end and number < len(members) - 1:
            raise DateError(f"expected '..' after the last date of the set only, got {member!r}")
        hull.append(_between(start, end, open_marks=("",)))
    starts = [bounds.earliest for bounds in hull if bounds.earliest]
    ends = [bounds.latest for bounds in hull if bounds.latest]
    return EdtfBounds(
        min(starts) if len(starts) == len(hull) else None,
        max(ends) if len(ends) == len(hull) else None,
        approximate=any(bounds.approximate for bounds in hull),
        uncertain=any(bounds.uncertain for bounds in hull),
        rule=joined_rules(*(bounds.rule for bounds in hull)),
    )


def _instant(text: str) -> EdtfBounds:
    """A date, or a day with a time of day; the day is the one written, whatever the offset."""
    written, clock_follows, clock = text.partition("T")
    if not clock_follows:
        return _date(text)
    if not _CLOCK.fullmatch(clock):
        raise DateError(
            "expected a time as in 'T23:20:30', 'T23:20:30Z' or 'T23:20:30+02:00', "
            f"got {shown(text)}"
        )
    if not _DAY.fullmatch(written.removeprefix("-")):
        raise DateError(f"expected a whole day before the time, got {shown(text)}")
    return _date(written)


def _date(text: str) -> EdtfBounds:
    if exact := _whole_day(text):
        return EdtfBounds(exact, exact)
    match = _DATE.fullmatch(text)
    if match is None:
        return _year_by_letter(text)
    before_year, sign, year, after_year, before_month, month, after_month, *rest = match.groups()
    before_day, day, after_day = rest
    pairs = ((before_year, after_year), (before_month, after_month), (before_day, after_day))
    if any(before and after for before, after in pairs):
        raise DateError(f"expected one qualifier on each part of a date, got {shown(text)}")
    if sign or all(digit in "0X" for digit in year):
        raise _out_of_range(text)
    rule = None
    if month and not day and month.isdigit() and 21 <= int(month) <= 41:
        earliest, latest, rule = _season(text, year, int(month))
    else:
        earliest, latest = _masked(text, year, month or "XX", day or "XX")
    marks = {mark for pair in pairs for mark in pair if mark}
    return EdtfBounds(
        earliest,
        latest,
        approximate=not marks.isdisjoint("~%"),
        uncertain=not marks.isdisjoint("?%"),
        rule=rule,
    )


def _whole_day(text: str) -> pendulum.Date | None:
    """The day, if the text is just that."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return pendulum.Date.fromisoformat(text)
    except ValueError:  # what is wrong with it is told by the general way
        return None


def _masked(text: str, year: str, month: str, day: str) -> tuple[pendulum.Date, pendulum.Date]:
    """First and last day whose digits fit the masks, in which X stands for any digit."""
    months, days = _numbers(month, 12), _numbers(day, 31)
    if not months:
        raise DateError(
            "expected a month from 01 to 12, or a season from 21 to 41 without a day, "
            f"got {shown(text)}"
        )
    if not days:
        raise DateError(f"expected a day from 01 to 31, got {shown(text)}")
    earliest = _first_fit(_years(year, "0123456789"), months, days)
    latest = _first_fit(_years(year, "9876543210"), months[::-1], days[::-1])
    if earliest is None or latest is None:
        raise DateError(f"expected a day that the calendar has, got {shown(text)}")
    return earliest, latest


def _numbers(mask: str, highest: int) -> Sequence[int]:
    """The numbers from 1 to the highest that fit a mask of two digits."""
    numbers = range(1, highest + 1)
    if mask == "XX":
        return numbers
    if "X" not in mask:
        return [int(mask)] if int(mask) in numbers else []
    tens, ones = mask[0], mask[1]
    return [n for n in numbers if tens in ("X", f"{n // 10}") and ones in ("X", f"{n % 10}")]


def _years(mask: str, digits: str) -> Iterable[int]:
    choices = (digits if wanted == "X" else wanted for wanted in mask)
    return (int("".join(year)) for year in product(*choices))


def _first_fit(
    years: Iterable[int], months: Sequence[int], days: Sequence[int]
) -> pendulum.Date | None:
    for year in years:
        for month in months:
            length = monthrange(year, month)[1]
            for day in days:
                if day <= length:
                    return pendulum.Date(year, month, day)
    return None


def _season(text: str, written: str, code: int) -> tuple[pendulum.Date, pendulum.Date, str | None]:
    if "X" in written:
        raise DateError(f"expected four digits for the year of a season, got {shown(text)}")
    year = int(written)
    if code >= 33:
        base, months = (33, 3) if code <= 36 else (37, 4) if code <= 39 else (40, 6)
        first = (code - base) * months + 1
        last = first + months - 1
        last_day = monthrange(year, last)[1]
        return pendulum.Date(year, first, 1), pendulum.Date(year, last, last_day), None
    north = code <= 28
    (before, *start), (after, *end) = _NORTH[(code - 21) % 4] if north else _SOUTH[code - 29]
    if not 1 <= year + before <= year + after <= 9999:
        raise _out_of_range(text)
    return (
        pendulum.Date(year + before, *start),
        pendulum.Date(year + after, *end),
        SEASON_NORTH if north else SEASON_SOUTH,
    )


def _year_by_letter(text: str) -> EdtfBounds:
    """A year with significant digits, or one of more than four digits (none of which fits)."""
    if match := _SIGNIFICANT.fullmatch(text):
        sign, year, significant = match.groups()
        if sign or year == "0000":
            raise _out_of_range(text)
        # Leading zeros are not significant, so what 0050S2 leaves open depends on who reads it.
        if significant not in ("1", "2", "3", "4") or year[0] == "0":
            raise DateError(
                "expected a year from 1000 and 1 to 4 significant digits, as in '1950S2', "
                f"got {shown(text)}"
            )
        known = int(significant)
        return EdtfBounds(*_masked(text, year[:known] + "X" * (4 - known), "XX", "XX"))
    if match := _LONG_YEAR.fullmatch(text):
        digits, exponent = match.groups()
        if len(digits) + int(exponent or 0) > 4:
            raise _out_of_range(text)
        raise DateError(f"expected a year of up to four digits without the Y, got {shown(text)}")
    raise DateError(
        "expected an EDTF date without spaces, as in '2016', '2016-05~', '2016-05-17', '2016-21', "
        f"'2016-05-17/2016-06' or '[2016,2018]', got {shown(text)}"
    )


def _out_of_range(text: str) -> DateError:
    return DateError(
        f"expected years from 0001 to 9999, as dates here can hold no other, got {shown(text)}"
    )


def _says_more(text: str, bounds: EdtfBounds) -> bool:
    if bounds.rule or any(sign in text for sign in "XST{,"):
        return True
    ends = text.split("/")
    if "" in ends:
        return True
    marks = {end[-1] if end[-1] in "?~%" else "" for end in ends if end != ".."}
    inner = any(mark in end[:-1] for end in ends for mark in "?~%")
    return inner or len(marks) > 1
