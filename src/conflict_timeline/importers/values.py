"""What a cell stands for, as a mapping says: text, number or date, and never a guess."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import attrs
import pendulum

from conflict_timeline.dates import When, day
from conflict_timeline.errors import DateError, shown
from conflict_timeline.importers.cells import identity, slug, utc_day
from conflict_timeline.importers.reports import RowError
from conflict_timeline.importers.tables import Cell, Row

__all__ = ["ROUNDINGS", "Style", "Value", "columns_of", "evaluate", "is_value", "value_of"]

ROUNDINGS = ("down", "up", "nearest")

#: Fields that hold dates; fields that hold quantities; fields that hold other numbers.
_DATES = frozenset(["when", "until", "known", "published", "window"])
_QUANTITIES = frozenset(["count", "value", "deaths", "fatalities", "holders"])
_NUMBERS = frozenset(["lat", "lon", "geonames", "credibility"])

_NAMED_DATES = ("edtf", "excel-1900", "excel-1904", "instant")
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PART = re.compile(r"\{([^{}:]+)(?::([0-9]{1,3}))?\}")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)


@attrs.frozen
class Style:
    """How the cells of a table are written.

    Attributes:
        missing: cells that say nothing.
        dates: "edtf"; "excel-1900", "excel-1904" (serial days); "instant" (a day, or its UTC day);
            or an order of d, m (or "month", in English) and y, as in "d/m/y" or "ymd".
        decimal, thousands: marks in numbers; None where nothing was said of them.
    """

    missing: frozenset[str] = frozenset([""])
    dates: str = "edtf"
    decimal: str | None = None
    thousands: str | None = None

    @staticmethod
    def refusal(dates: object) -> str | None:
        """Why that is no way to write dates; None if it is one."""
        if isinstance(dates, str) and (dates in _NAMED_DATES or _date_pattern(dates)):
            return None
        return (
            f"expected {', '.join(_NAMED_DATES)}, or an order of d, m (or month) and y as in "
            f"'d/m/y' or 'ymd', got {shown(dates)}"
        )


@attrs.frozen
class Value:
    """Where in a row a field stands, and how it is written there.

    Attributes:
        column: a column, or several of which the first that says anything counts.
        text: a text with columns in it, as in "{office}-{date:4}"; so many characters of a cell.
        values: what cells stand for; any other cell is refused, unless ``keep``.
        keep: whether cells that ``values`` has not stay as they are.
        default: what an empty cell stands for.
        split: where a list of texts is cut.
        id: whether to make an id of it.
        round: "down", "up" or "nearest": to a whole number.
        dates, decimal, thousands: as for the table.
    """

    column: Any = None
    text: str | None = None
    values: Mapping[str, Any] | None = None
    keep: bool = False
    default: Any = None
    split: str | None = None
    id: bool = False
    round: str | None = None
    dates: str | None = None
    decimal: str | None = None
    thousands: str | None = None


def is_value(table: Mapping[str, Any]) -> bool:
    """Whether a table of a mapping is a value, and not a table of values."""
    return "column" in table or "text" in table


def value_of(field: Any) -> Value | None:
    """A field of a mapping as a value; None if it is a constant or a table of values."""
    if isinstance(field, Mapping) and is_value(field):
        return Value(**field)
    return None


def columns_of(field: Any) -> list[str]:
    """The columns that a field of a mapping, or what is in it, is filled from."""
    if isinstance(field, Mapping):
        if not is_value(field):
            return [column for part in field.values() for column in columns_of(part)]
        told = field.get("column") or []
        named = [told] if isinstance(told, str) else list(told)
        return named + [name for name, _ in _PART.findall(field.get("text") or "")]
    if isinstance(field, list | tuple):
        return [column for part in field for column in columns_of(part)]
    return []


def evaluate(field: Any, row: Row, style: Style, name: str, kind: str | None = None) -> Any:
    """A field of a mapping for one row, as a plain value for ``codec.from_table``.

    Args:
        field: a constant, a value, or a table of them.
        row: the row.
        style: how the table's cells are written.
        name: of the field, for messages.
        kind: "date", "quantity", "number" or "text"; by the name if not given.

    Raises:
        RowError: for a cell that cannot be read so. None if the row says nothing of it.
    """
    kind = kind or _kind(name)
    if isinstance(field, Mapping) and not is_value(field):
        parts = {
            key: evaluate(part, row, style, f"{name}.{key}", "text" if key == "wording" else kind)
            for key, part in field.items()
        }
        return {key: part for key, part in parts.items() if part is not None} or None
    value = value_of(field)
    if value is None:
        return field
    cell = _cell(value, row, style)
    if cell is None:
        return value.default
    if value.values is not None:
        key = str(cell).strip()
        if key in value.values:
            # "" stands for nothing: a cell that says "all" is no nationality.
            return value.values[key] if value.values[key] != "" else None
        if not value.keep:
            raise RowError(f"{name}: the mapping has no value for {shown(key)}")
    told = Style(
        style.missing,
        value.dates or style.dates,
        style.decimal if value.decimal is None else value.decimal,
        style.thousands if value.thousands is None else value.thousands,
    )
    if value.split is not None:
        texts = [part.strip() for part in str(cell).split(value.split)]
        return [text for text in texts if text] or value.default
    if kind == "date":
        return _date(cell, told.dates, name)
    if kind in ("quantity", "number"):
        return _number(cell, told, name, value.round, quantity=kind == "quantity")
    text = str(cell).strip()
    return _as_id(text) if value.id else text


def _kind(name: str) -> str:
    last, first = name.rpartition(".")[2], name.partition(".")[0]
    if first in _DATES:
        return "date"
    if first in _QUANTITIES:
        return "quantity"
    return "number" if last in _NUMBERS else "text"


def _cell(value: Value, row: Row, style: Style) -> Cell | None:
    """What the row has for a value; None if nothing."""
    if value.text is not None:
        return _filled(value.text, row, style)
    for column in [value.column] if isinstance(value.column, str) else value.column:
        cell = row.cells.get(column, "")
        if not (isinstance(cell, str) and cell.strip() in style.missing):
            return cell
    return None


def _filled(text: str, row: Row, style: Style) -> str | None:
    """A text with columns filled in; None if one of them is empty."""
    found = {name: row.text(name) for name, _ in _PART.findall(text)}
    if any(cell in style.missing for cell in found.values()):
        return None
    return _PART.sub(lambda m: found[m[1]][: int(m[2]) if m[2] else None], text)


def _as_id(text: str) -> str:
    plain = slug(text)
    bare = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain if plain == bare else identity("", text)


# ---- dates --------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _date_pattern(order: str) -> re.Pattern[str] | None:
    """The pattern of an order of day, month and year; None if it is none."""
    parts = re.fullmatch(
        r"(month|[dmy])([^a-z0-9]{0,2})(month|[dmy])([^a-z0-9]{0,2})(month|[dmy])", order
    )
    if parts is None or sorted(part[0] for part in parts.groups()[::2]) != ["d", "m", "y"]:
        return None
    tight = not parts[2] or not parts[4]
    shapes = {
        "d": r"(?P<d>[0-9]{2})" if tight else r"(?P<d>[0-9]{1,2})",
        "m": r"(?P<m>[0-9]{2})" if tight else r"(?P<m>[0-9]{1,2})",
        "y": r"(?P<y>[0-9]{4})",
        "month": r"(?P<month>[A-Za-z]{3,9})\.?",
    }
    return re.compile(
        "".join(
            shapes[part] if at % 2 == 0 else re.escape(part)
            for at, part in enumerate(parts.groups())
        )
    )


def _date(cell: Cell, dates: str, name: str) -> Any:
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise RowError(f"{name}: expected a day, got the moment {cell.isoformat()}")
        cell = cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    if dates == "edtf":
        return _edtf(text, name)
    if dates == "instant":
        return _edtf(text, name) if re.fullmatch(_ISO, text) else utc_day(text, name)
    if dates.startswith("excel"):
        return _excel(text, dates, name)
    return _ordered(text, dates, name)


@lru_cache(maxsize=16_384)
def _edtf(text: str, name: str) -> When:
    try:
        return When.parse(text)
    except DateError as error:
        if re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}", text):
            hint = "it can be read in two ways: say dates = 'd/m/y', 'm/d/y' or as it is"
        elif re.fullmatch(r"[0-9]{8}", text):
            hint = "say dates = 'ymd' if that is what it is"
        elif re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
            hint = "if it is a spreadsheet's day number, say dates = 'excel-1900' or 'excel-1904'"
        else:
            hint = str(error)
        raise RowError(f"{name}: {shown(text)} is no EDTF date; {hint}") from None


def _excel(text: str, dates: str, name: str) -> pendulum.Date:
    if not re.fullmatch(r"[0-9]{1,7}(\.0+)?", text):
        raise RowError(f"{name}: expected a whole day number of a spreadsheet, got {shown(text)}")
    number = int(text.partition(".")[0])
    if dates == "excel-1904":
        first, number = date(1904, 1, 1), number
    elif number == 60 or number < 1:
        raise RowError(f"{name}: day number {number} is no day: 1900 had no 29 February")
    else:  # Lotus took 1900 for a leap year, and Excel did as Lotus
        first = date(1899, 12, 30) if number > 60 else date(1899, 12, 31)
    try:
        return pendulum.Date.fromordinal(first.toordinal() + number)
    except ValueError:
        raise RowError(f"{name}: day number {number} is beyond the year 9999") from None


@lru_cache(maxsize=16_384)
def _ordered(text: str, dates: str, name: str) -> pendulum.Date:
    pattern = _date_pattern(dates)
    told = None if pattern is None else pattern.fullmatch(text)
    if told is None:
        raise RowError(f"{name}: expected a day as {dates}, got {shown(text)}")
    found = told.groupdict()
    if "month" in found:
        month = [m for m in _MONTHS if m.startswith(found["month"].lower())]
        if len(month) != 1:
            raise RowError(f"{name}: {shown(found['month'])} is no month in English")
        found["m"] = str(_MONTHS.index(month[0]) + 1)
    try:
        return day(f"{found['y']}-{int(found['m']):02}-{int(found['d']):02}", name)
    except DateError:
        raise RowError(f"{name}: {shown(text)} read as {dates} is no day of the calendar") from None


# ---- numbers ------------------------------------------------------------------------------------


def _number(cell: Cell, style: Style, name: str, rounding: str | None, *, quantity: bool) -> Any:
    if isinstance(cell, int | float):
        return _rounded(cell, rounding)
    text = str(cell).strip()
    if quantity and re.search(r"[^\W\d_]|\+$", text) and not re.fullmatch(r"[\d.,]+[eE]\d+", text):
        return text  # a wording, for rule wording/1 to judge
    decimal, thousands = style.decimal or ".", style.thousands or ""
    if quantity and style.decimal is None and style.thousands is None:
        _refuse_ambiguous(text, name)
    mark, group = re.escape(decimal), re.escape(thousands)
    whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]{{1,16}}" if thousands else "[0-9]{1,16}"
    told = re.fullmatch(rf"([+-]?)({whole})(?:{mark}([0-9]{{1,12}}))?", text)
    if told is None:
        marks = f"decimal mark {decimal!r}" + (f", thousands {thousands!r}" if thousands else "")
        raise RowError(f"{name}: expected a number ({marks}), got {shown(text)}")
    digits = told[2].replace(thousands, "") if thousands else told[2]
    number = float(f"{told[1]}{digits}.{told[3]}") if told[3] else int(f"{told[1]}{digits}")
    return _rounded(number, rounding)


def _refuse_ambiguous(text: str, name: str) -> None:
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?:[.,'\u00a0\u202f ][0-9]{3})+", text):
        bare = re.sub(r"[^0-9]", "", text)
        raise RowError(
            f"{name}: {shown(text)} may be {bare} or have decimals: say decimal or thousands"
        )


def _rounded(number: float, rounding: str | None) -> float:
    if rounding == "down":
        return math.floor(number)
    if rounding == "up":
        return math.ceil(number)
    return round(number) if rounding == "nearest" else number
