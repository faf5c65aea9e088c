"""Cells as values: numbers, days, ids. What can be read in two ways is refused, never guessed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date, datetime, time
from functools import lru_cache

import pendulum

from conflict_timeline.dates import When, day
from conflict_timeline.errors import DateError, shown
from conflict_timeline.importers.reports import RowError
from conflict_timeline.importers.tables import Cell

__all__ = ["civil_day", "coordinate", "exactly", "identity", "slug", "utc_day", "whole"]

_WHOLE = re.compile(r"-?[0-9]{1,15}(?:\.0+)?")
_MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?")


def whole(value: Cell, column: str) -> int | None:
    """A whole number, also as "12.0", which is how data frames write columns with gaps.

    Raises:
        RowError: for anything else; None if the cell is empty.
    """
    if isinstance(value, int):
        return value
    text = str(value).strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise RowError(f"{column}: expected a whole number, got {shown(text)}")
    return int(text.partition(".")[0])


def coordinate(value: Cell, column: str) -> float | None:
    """Decimal degrees; None if the cell is empty."""
    text = str(value).strip()
    if not text:
        return None
    try:
        if not re.fullmatch(r"[+-]?\d{1,3}(?:\.\d+)?", text, re.ASCII):
            raise ValueError
        return float(text)
    except ValueError:
        raise RowError(f"{column}: expected decimal degrees, got {shown(text)}") from None


def civil_day(value: Cell, column: str) -> pendulum.Date:
    """A civil day: ISO 8601, with midnight behind it at most.

    Raises:
        RowError: for anything else, and for an empty cell.
    """
    if isinstance(value, datetime):
        if value.time() != time():
            raise RowError(f"{column}: expected a day, got the moment {value.isoformat()}")
        value = value.date()
    if isinstance(value, date):
        return pendulum.Date(value.year, value.month, value.day)
    return _day(_MIDNIGHT.sub("", str(value).strip()), column)


@lru_cache(maxsize=16_384)
def _day(text: str, column: str) -> pendulum.Date:
    try:
        return day(text, column)
    except DateError:
        got = shown(text) if text else "an empty cell"
        raise RowError(f"{column}: expected a day as in 2016-06-15, got {got}") from None


@lru_cache(maxsize=16_384)
def exactly(value: pendulum.Date) -> When:
    """On that day; one object for all rows of a day."""
    return When(value, value)


def utc_day(value: Cell, column: str) -> pendulum.Date:
    """The UTC day of an instant: seconds since 1970, or ISO 8601 with its offset."""
    text = str(value).strip()
    try:
        if re.fullmatch(r"[0-9]{9,11}(?:\.0+)?", text):
            moment = pendulum.from_timestamp(int(text.partition(".")[0]))
        else:
            found = datetime.fromisoformat(text)
            if found.utcoffset() is None:
                raise ValueError
            moment = pendulum.instance(found).in_timezone("UTC")
    except (ValueError, OverflowError):
        raise RowError(
            f"{column}: expected an instant, as seconds since 1970 or ISO 8601 with its offset, "
            f"got {shown(text)}"
        ) from None
    return pendulum.Date(moment.year, moment.month, moment.day)


def slug(text: str) -> str:
    """A text as part of an id: Latin letters without marks, digits, hyphens; at most 60."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")


def identity(prefix: str, name: str, *parts: object) -> str:
    """An id that is the same wherever these parts are: prefix, name, hash of name and parts."""
    told = "\x1f".join([name, *("" if part is None else str(part) for part in parts)])
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return "-".join(filter(None, (prefix, slug(name), digest)))
