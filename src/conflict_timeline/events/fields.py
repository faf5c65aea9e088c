"""How the fields of events are read: each converter says what was expected and what came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeAlias, TypeVar

import attrs

from conflict_timeline.dates import When
from conflict_timeline.errors import ConflictTimelineError, EventError, shown
from conflict_timeline.frozen import FrozenMap
from conflict_timeline.quantities import Number, Quantity

__all__: list[str] = []

T = TypeVar("T")
WhenLike: TypeAlias = When | str | date
QuantityLike: TypeAlias = Quantity | Number | str | None

_LONGEST_ID = 128
_HASH = re.compile(r"[0-9a-f]{64}")
_LOG_IDENTITY = re.compile(r"[0-9a-f]{32}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def named(_cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Field transformer for attrs: an error of a converter names the field it came from."""
    return [
        field  # inherited, and named there
        if isinstance(field.converter, attrs.Converter)
        else field.evolve(converter=_naming(field.converter))
        for field in fields
    ]


def _naming(convert: Any) -> attrs.Converter[Any, Any]:
    naming: Any = partial(_converted, convert)
    return attrs.Converter(naming, takes_field=True)


def _converted(convert: Callable[[Any], Any], value: Any, field: attrs.Attribute[Any]) -> Any:
    try:
        return convert(value)
    except ConflictTimelineError as error:
        raise type(error)(f"{field.name.rstrip('_')}: {error}") from None


def plain_converter(field: attrs.Attribute[Any]) -> Callable[[Any], Any]:
    """What makes the values of an event's field; its errors do not name the field."""
    naming: Any = field.converter
    convert: Callable[[Any], Any] = naming.converter.args[0]
    return convert


def _each(convert: Callable[[Any], T], items: Mapping[str, Any]) -> dict[str, T]:
    """The values converted; an error names the key it came from."""
    found: dict[str, T] = {}
    for name, value in items.items():
        key(name)
        try:
            found[name] = convert(value)
        except ConflictTimelineError as error:
            raise type(error)(f"{name}: {error}") from None
    return found


def text(value: str) -> str:
    """Non-empty text that UTF-8 can carry."""
    if not isinstance(value, str):
        raise EventError(f"expected text, got {shown(value)}")
    if not value.strip():
        raise EventError(f"expected text that is not blank, got {shown(value)}")
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise EventError(f"expected Unicode text, got a lone surrogate in {shown(value)}") from None
    return value


def key(value: str) -> str:
    """An id: text without blanks or control characters, at most 128 characters."""
    # What is not Unicode is not printable either, and of all white space only the space itself is.
    if (
        type(value) is not str
        or not 0 < len(value) <= _LONGEST_ID
        or not value.isprintable()
        or " " in value
    ):
        text(value)
        if len(value) > _LONGEST_ID or not value.isprintable() or " " in value:
            raise EventError(
                f"expected an id of at most {_LONGEST_ID} visible characters, got {shown(value)}"
            )
    return value


def content_hash(value: str) -> str:
    """The hex SHA-256 by which an event or a paragraph is known."""
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise EventError(f"expected 64 lower-case hex digits, got {shown(value)}")
    return value


def log_identity(value: str) -> str:
    """What tells a log from every other."""
    if not isinstance(value, str) or not _LOG_IDENTITY.fullmatch(value):
        raise EventError(f"expected 32 lower-case hex digits, got {shown(value)}")
    return value


def keys(value: Iterable[str] | str) -> tuple[str, ...]:
    """One or several ids, in sorted order, each once."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, Iterable) or isinstance(items, Mapping):
        raise EventError(f"expected a list of ids, got {shown(value)}")
    return tuple(sorted({key(item) for item in items}))


def some_keys(value: Iterable[str] | str) -> tuple[str, ...]:
    """Like ``keys``, and at least one."""
    result = keys(value)
    if not result:
        raise EventError("expected at least one id, got an empty list")
    return result


def content_hash_or_none(value: str | None) -> str | None:
    """A content hash, or None."""
    return None if value is None else content_hash(value)


def text_or_none(value: str | None) -> str | None:
    """Text, or None."""
    return None if value is None else text(value)


def key_or_none(value: str | None) -> str | None:
    """An id, or None."""
    return None if value is None else key(value)


def when(value: WhenLike) -> When:
    """A When, or what ``When.of`` takes."""
    return When.of(value)


def when_or_none(value: WhenLike | None) -> When | None:
    """A When, what ``When.of`` takes, or None."""
    return None if value is None else When.of(value)


def reliability(value: str | None) -> str | None:
    """An Admiralty reliability, A (reliable) to F (cannot be judged), or None."""
    if value is not None and value not in tuple("ABCDEF"):
        raise EventError(f"expected an Admiralty reliability, A to F, got {shown(value)}")
    return value


def credibility(value: int | None) -> int | None:
    """An Admiralty credibility, 1 (confirmed) to 6 (cannot be judged), or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 6:
        raise EventError(f"expected an Admiralty credibility, 1 to 6, got {shown(value)}")
    return value


def count(value: QuantityLike) -> Quantity:
    """A quantity of people: whole and not below zero."""
    quantity = Quantity.of(value)
    for number in (quantity.low, quantity.best, quantity.high):
        if number is not None and (number < 0 or not isinstance(number, int)):
            raise EventError(f"expected a whole count of 0 or more, got {number}")
    return quantity


def count_or_none(value: QuantityLike) -> Quantity | None:
    """A quantity of people, or None."""
    return None if value is None else count(value)


def share(value: QuantityLike) -> Quantity:
    """A part of a place: 0 to 1."""
    quantity = Quantity.of(value)
    for number in (quantity.low, quantity.best, quantity.high):
        if number is not None and not 0 <= number <= 1:
            raise EventError(f"expected a share from 0 to 1, got {number}")
    return quantity


def _mapping(value: Any, expected: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise EventError(f"expected {expected}, got {shown(value)}")
    return value


def share_or_none(value: QuantityLike) -> Quantity | None:
    """A part of a place, or None."""
    return None if value is None else share(value)


def holders(
    value: Mapping[str, QuantityLike] | Iterable[str] | str,
) -> FrozenMap[str, Quantity | None]:
    """Who holds: ids, or ids with the share each holds; at least one."""
    found: dict[str, Quantity | None]
    if isinstance(value, Mapping):
        found = _each(share_or_none, value)
    else:
        found = dict.fromkeys(keys(value))
    if not found:
        raise EventError("expected at least one holder, got none")
    return FrozenMap(found)


def tally(value: Mapping[str, QuantityLike] | None) -> FrozenMap[str, Quantity]:
    """Counts by party."""
    items = _mapping({} if value is None else value, "a table of counts by party")
    return FrozenMap(_each(count, items))


def names(value: Mapping[str, Iterable[str] | str]) -> FrozenMap[str, tuple[str, ...]]:
    """Names by language (BCP 47), the first of each the one to show."""
    found: dict[str, tuple[str, ...]] = {}
    for language, given in _mapping(value, "a table of names by language").items():
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise EventError(f"expected a language tag such as 'en', got {shown(language)}")
        items = [given] if isinstance(given, str) else given
        if not isinstance(items, Iterable) or isinstance(items, Mapping):
            raise EventError(f"expected names in {language}, got {shown(given)}")
        found[language] = tuple(dict.fromkeys(text(item) for item in items))
        if not found[language]:
            raise EventError(f"expected at least one name in {language}, got none")
    return FrozenMap(found)


def latitude(value: float | None) -> float | None:
    """Decimal degrees north (WGS 84), or None."""
    return _degrees(value, 90)


def longitude(value: float | None) -> float | None:
    """Decimal degrees east (WGS 84), or None."""
    return _degrees(value, 180)


def _degrees(value: float | None, limit: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        raise EventError(f"expected degrees within +-{limit}, got {shown(value)}")
    return int(value) if float(value).is_integer() else float(value)


def one_of(value: str, allowed: tuple[str, ...]) -> str:
    """One word of an enumeration."""
    if not isinstance(value, str) or value not in allowed:
        raise EventError(f"expected one of {', '.join(allowed)}, got {shown(value)}")
    return value


def country_or_none(value: str | None) -> str | None:
    """An ISO 3166-1 alpha-2 code in capitals, or None."""
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{2}", value):
        raise EventError(f"expected an ISO 3166-1 alpha-2 code such as 'CA', got {shown(value)}")
    return value


def whole(value: int) -> int:
    """A whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53:
        raise EventError(f"expected a whole number above 0, got {shown(value)}")
    return value


def whole_or_none(value: int | None) -> int | None:
    """A whole number above 0, or None."""
    return None if value is None else whole(value)
