"""``When``: a day, or the bounds of a day, as loosely as its source gives it."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from functools import lru_cache

import attrs
import pendulum

from conflict_timeline.edtf import joined_rules, parse_edtf
from conflict_timeline.errors import DateError, shown

__all__ = ["OPEN_FUTURE", "OPEN_PAST", "When", "day", "from_ordinal", "ordinal"]

# Ordinals of open ends: beyond any day that a date can hold, and small enough for 32-bit columns.
OPEN_PAST = -(2**30)
OPEN_FUTURE = 2**30

_LAST_ORDINAL = pendulum.Date.max.toordinal()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _plain(value: date) -> pendulum.Date:
    """The value as a plain pendulum.Date; a moment is refused, as its day depends on a zone."""
    if type(value) is pendulum.Date:
        return value
    if isinstance(value, datetime):
        raise DateError(
            f"expected a civil day, got the moment {shown(value)}; which day that is depends on "
            "the time zone: pass .date() of it in the zone you mean"
        )
    if not isinstance(value, date):
        raise DateError(f"expected a datetime.date or pendulum.Date, got {shown(value)}")
    return pendulum.Date(value.year, value.month, value.day)


def _bound(value: date | None) -> pendulum.Date | None:
    return None if value is None else _plain(value)


def _flag(value: bool) -> bool:
    if not isinstance(value, bool):
        raise DateError(f"expected True or False for a flag of a date, got {shown(value)}")
    return value


def _text(value: str | None) -> str | None:
    if value is not None and not isinstance(value, str):
        raise DateError(f"expected text or None, got {shown(value)}")
    return value or None


@attrs.frozen(cache_hash=True)  # dates are looked up far more often than they are made
class When:
    """On some day from earliest to latest; exact where the two are one.

    Attributes:
        earliest, latest: the bounds, both included; None is open.
        approximate: whether the source gives the date as approximate (EDTF ``~``).
        uncertain: whether the date itself is doubted (EDTF ``?``).
        wording: the source's own words; or the EDTF text, where ``edtf`` says less than it did.
        rule: the named, versioned rule that resolved the wording; several are joined by ``+``.
        reference: the day that the wording was resolved against, as for "last week".

    Example:
        >>> when = When.parse("2017-10-16/2017-10-22")
        >>> when.latest
        Date(2017, 10, 22)
        >>> str(when.until("2017-10-17"))
        '2017-10-16/2017-10-17'
    """

    earliest: pendulum.Date | None = attrs.field(converter=_bound)
    latest: pendulum.Date | None = attrs.field(converter=_bound)
    approximate: bool = attrs.field(default=False, converter=_flag)
    uncertain: bool = attrs.field(default=False, converter=_flag)
    wording: str | None = attrs.field(default=None, converter=_text)
    rule: str | None = attrs.field(default=None, converter=_text)
    reference: pendulum.Date | None = attrs.field(default=None, converter=_bound)

    @latest.validator
    def _not_reversed(self, _: object, latest: pendulum.Date | None) -> None:
        if self.earliest and latest and self.earliest > latest:
            raise DateError(
                f"latest: expected no day before earliest, {self.earliest}, got {latest}"
            )

    @uncertain.validator
    def _flags_have_an_end(self, _: object, uncertain: bool) -> None:
        # EDTF marks a date, and '../..' holds none: the flags would be lost in writing.
        if self.earliest is None and self.latest is None and (self.approximate or uncertain):
            raise DateError(
                "approximate, uncertain: expected False where both bounds are open, as there is no "
                "date to doubt; got True"
            )

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        wording: str | None = None,
        rule: str | None = None,
        reference: date | str | None = None,
    ) -> When:
        """A When from EDTF text (see ``conflict_timeline.edtf``).

        Args:
            text: as in ``"2016"``, ``"2016-09~"``, ``"../2016-10-16"``.
            wording: the source's own words; without, the text is kept where ``edtf`` says less.
            rule: the rule that turned the wording into the text; a rule of the parser's own (for
                seasons) is joined to it.
            reference: the day that the wording was resolved against.

        Raises:
            DateError: if the text is not EDTF of years 0001 to 9999.
        """
        bounds = parse_edtf(text)
        return cls(
            bounds.earliest,
            bounds.latest,
            bounds.approximate,
            bounds.uncertain,
            wording or (text if bounds.says_more else None),
            joined_rules(rule, bounds.rule) if rule or bounds.rule else None,
            None if reference is None else day(reference, "reference"),
        )

    @classmethod
    def of(cls, value: When | str | date) -> When:
        """A When from itself, EDTF text, or a date (exactly that day).

        Raises:
            DateError: for anything else; a datetime is refused, as its day depends on a time zone.
        """
        if isinstance(value, When):
            return value
        if isinstance(value, str):
            return _parsed(value) if cls is When and type(value) is str else cls.parse(value)
        if isinstance(value, date):
            return cls(value, value)
        raise DateError(
            "expected a When, EDTF text as in '2016-05' or '2016-05-17/2016-06-02', or a date, "
            f"got {shown(value)}"
        )

    @property
    def edtf(self) -> str:
        """The canonical EDTF text of bounds and flags; parsing it gives the same ones."""
        mark = "%" if self.approximate and self.uncertain else ""
        mark = mark or ("~" if self.approximate else "?" if self.uncertain else "")
        if self.earliest and self.latest and (unit := _unit_text(self.earliest, self.latest)):
            return f"{unit}{mark}"
        start = None if self.earliest is None else _start_text(self.earliest)
        end = None if self.latest is None else _end_text(self.latest, self.earliest)
        return "/".join(".." if text is None else f"{text}{mark}" for text in (start, end))

    def __str__(self) -> str:
        return self.edtf

    @property
    def first(self) -> int:
        """Proleptic ordinal of the earliest day; OPEN_PAST where that is open."""
        return OPEN_PAST if self.earliest is None else self.earliest.toordinal()

    @property
    def last(self) -> int:
        """Proleptic ordinal of the latest day; OPEN_FUTURE where that is open."""
        return OPEN_FUTURE if self.latest is None else self.latest.toordinal()

    @property
    def representative(self) -> pendulum.Date | None:
        """The middle of the bounds, rounded down; the closed bound of an open When; else None."""
        if self.earliest is None or self.latest is None:
            return self.earliest or self.latest
        return from_ordinal((self.first + self.last) // 2)

    @property
    def is_exact(self) -> bool:
        """Whether the bounds are one day; the flags have no width, and do not count."""
        return self.earliest is not None and self.earliest == self.latest

    def until(self, last: date | str) -> When:
        """This When with no day after the given one left in it.

        Raises:
            DateError: if all of it lies after that day.
        """
        limit = day(last, "until")
        if self.earliest and self.earliest > limit:
            raise DateError(f"until: expected a day not before {self.earliest}, got {limit}")
        if self.latest and self.latest <= limit:
            return self
        return attrs.evolve(self, latest=limit)


# Events have few distinct dates, and reading one costs as much as the rest of an event.
@lru_cache(maxsize=8_192)
def _parsed(text: str) -> When:
    return When.parse(text)


def day(value: date | str, field: str = "day") -> pendulum.Date:
    """One civil day, as a question names it.

    Args:
        value: ``YYYY-MM-DD`` text, a datetime.date or a pendulum.Date.
        field: what the message calls the value.

    Raises:
        DateError: for a month, a year, a range or any other text; for a moment (datetime), as its
            day depends on a time zone; for None, which never becomes today.
    """
    try:
        if not isinstance(value, str):
            return _plain(value)
        if _DAY.fullmatch(value):
            bounds = parse_edtf(value)
            if bounds.earliest:
                return bounds.earliest
    except DateError as error:
        raise DateError(f"{field}: {error}") from None
    raise DateError(
        f"{field}: expected one whole day, as in '2016-06-15' or datetime.date(2016, 6, 15), "
        f"got {shown(value)}; for a month or a year, pass the day in it that you mean"
    )


def ordinal(value: date) -> int:
    """The proleptic ordinal of a day: 1 is 0001-01-01.

    Raises:
        DateError: if the value is a moment (datetime), or no date.
    """
    return _plain(value).toordinal()


def from_ordinal(number: int) -> pendulum.Date:
    """The day with that proleptic ordinal.

    Raises:
        DateError: if it lies outside years 1 to 9999, as OPEN_PAST and OPEN_FUTURE do.
    """
    if not 1 <= number <= _LAST_ORDINAL:
        raise DateError(f"expected an ordinal from 1 to {_LAST_ORDINAL}, got {number}")
    return pendulum.Date.fromordinal(number)


def _unit_text(start: pendulum.Date, end: pendulum.Date) -> str | None:
    """The day, month or year that the two bound, if they bound just one."""
    text = start.isoformat()
    if start == end:
        return text
    last_of_month = monthrange(end.year, end.month)[1]
    if start.year != end.year or start.day > 1 or end.day < last_of_month:
        return None
    if start.month == end.month:
        return text[:7]
    return text[:4] if (start.month, end.month) == (1, 12) else None


def _start_text(start: pendulum.Date) -> str:
    """The shortest text whose first day it is."""
    text = start.isoformat()
    return text.removesuffix("-01").removesuffix("-01")


def _end_text(end: pendulum.Date, start: pendulum.Date | None) -> str:
    """The shortest text whose last day it is, and which does not begin before the start.

    Our reading of ``2016-05-03/2016`` is clear, but other EDTF tools refuse an end that contains
    its start, so canonical text has ``2016-05-03/2016-12``.
    """
    text = end.isoformat()
    if end.day < monthrange(end.year, end.month)[1]:
        return text
    if end.month == 12 and (start is None or start <= end.replace(month=1, day=1)):
        return text[:4]
    return text[:7] if start is None or start <= end.replace(day=1) else text
