"""What the raw values of fields stand for: worked out by the fields' converters once, then kept.

What a converter makes of a value hangs on nothing else, and cannot be changed, so that one serves
all events. Only values that are written just as they came are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from typing import Any

import attrs

from conflict_timeline.codec.tables import FIELDS, default_of, from_wire
from conflict_timeline.codec.wire import KIND_KEY
from conflict_timeline.codec.writing import value_text
from conflict_timeline.dates import When
from conflict_timeline.errors import ConflictTimelineError
from conflict_timeline.events import Locator, fields
from conflict_timeline.frozen import FrozenMap

__all__ = ["UNUSUAL", "Known", "Written", "column", "is_text", "plain_texts", "texts", "values"]

#: What is raised for a value that is not known, and that another way has to make something of.
UNUSUAL = (
    ConflictTimelineError, LookupError, RecursionError, StopIteration, TypeError, ValueError,
)  # fmt: skip

#: Gives what raw values stand for.
Known = dict[Any, Any]

#: Gives what a raw value stands for, and its canonical text.
Written = Callable[[Any], tuple[Any, str]]

_MOST_KEPT = 32_768
_LONGEST_KEPT = 128


class _Kept(Known):
    """What is kept for the next event: no more than so much, and nothing long."""

    def keep(self, raw: Any, made: Any, length: int) -> None:
        if length <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[raw] = made


class _Words(_Kept):
    """Texts of which there are few, or that come again: ids, codes, words of an enumeration."""

    def __init__(self, convert: Callable[[Any], Any], default: object = None) -> None:
        super().__init__()
        self._convert, self._default = convert, default

    def __missing__(self, text: str) -> str:
        made: object = self._convert(text)
        if made is not text or text == self._default or not text.isprintable():
            raise ValueError("expected a text that is written as it is")
        self.keep(text, text, len(text))
        return text


class _Hashes(_Words):
    """Hashes, which hardly ever come again."""

    def keep(self, raw: Any, made: Any, length: int) -> None:
        """Keeps nothing."""


class _Prose(Known):
    """Texts that are others in every event."""

    def __missing__(self, text: str) -> str:
        return fields.text(text)


class _PlainProse(Known):
    """Likewise, but only those that are written without any escape."""

    def __missing__(self, text: str) -> str:
        if not text or text.isspace() or not text.isprintable():
            raise ValueError("expected printable text that is not blank")
        return text


def column(known: Known, texts: Sequence[str]) -> Sequence[Any]:
    """What each of some texts stands for.

    Raises:
        One of ``UNUSUAL``: if one of them is not known.
    """
    if type(known) is not _PlainProse:
        return [*map(known.__getitem__, texts)]
    if not all(texts) or any(map(str.isspace, texts)) or not all(map(str.isprintable, texts)):
        raise ValueError("expected printable texts that are not blank")
    return texts


class _Dates(_Kept):
    """Dates that are told by their EDTF text alone."""

    def __missing__(self, text: str) -> When:
        when = When.parse(text)
        if when.edtf != text or when.wording or when.rule:
            raise ValueError("expected a date that is written as its text")
        self.keep(text, when, len(text))
        return when


class _Only(_Kept):
    """The one text in a value that has no other."""

    def __init__(self, written: Written, around: str, raw: Callable[[str], Any]) -> None:
        super().__init__()
        self._written, self._around, self._raw = written, around, raw

    def __missing__(self, text: str) -> Any:
        value, written = self._written(self._raw(text))
        if written != self._around % text:
            raise ValueError("expected a text that is written as it is")
        self.keep(text, value, len(text))
        return value


_PROSE = (fields.text, fields.text_or_none)
_HASHES = (fields.content_hash, fields.content_hash_or_none, fields.log_identity)

_NOTHING = object()
_IDS = _Words(fields.key)

_DATES = _Dates()

# One for all fields with the same converter, as most are ids or dates.
_TEXTS: dict[Any, Known] = {}
_PLAIN_TEXTS: dict[Any, Known] = {}
_VALUES: dict[Any, Written] = {}


def is_text(field: attrs.Attribute[Any]) -> bool:
    """Whether all values of a field are texts."""
    return field.type in (str, str | None)


def texts(kind: str, name: str) -> Known:
    """What the texts of a field stand for, of which all values are texts."""
    if name == KIND_KEY:
        return {kind: kind}
    field = FIELDS[kind][name]
    convert = fields.plain_converter(field)
    if convert in _PROSE:
        known: Known = _Prose()
    else:
        known = (_Hashes if convert in _HASHES else _Words)(convert, field.default)
    return _TEXTS.setdefault((convert, field.default), known)


def plain_texts(kind: str, name: str) -> tuple[Known, str] | None:
    """What the texts in a field's values stand for, if just one without escapes is in each.

    Returns:
        That, and how it is written in the value; None for a field of other values.
    """
    if name == KIND_KEY:
        return {kind: kind}, '"%s"'
    field = FIELDS[kind][name]
    convert = fields.plain_converter(field)
    if is_text(field):
        known = _PlainProse() if convert in _PROSE else texts(kind, name)
        return _PLAIN_TEXTS.setdefault((convert, field.default), known), '"%s"'
    if convert in (fields.when, fields.when_or_none):
        return _DATES, '"%s"'
    if convert is fields.holders:
        around = '{"%s":null}'
        only = _Only(values(kind, name), around, lambda text: {text: None})
        return _PLAIN_TEXTS.setdefault(convert, only), around
    return None


def values(kind: str, name: str) -> Written:
    """What makes the values of a field that are not always texts."""
    field = FIELDS[kind][name]
    convert = fields.plain_converter(field)
    return _VALUES.setdefault((convert, name), _value(name, field))


def _value(name: str, field: attrs.Attribute[Any]) -> Written:
    convert, default = fields.plain_converter(field), default_of(field)
    if convert is fields.tally:
        return _by_id(_again("count", fields.count))
    if convert is fields.holders:
        return _by_id(_again("count", fields.share_or_none))
    if convert is fields.names or field.type == Locator | None:
        return _once(name, convert, default)
    return _again(name, convert, default)


def _once(name: str, convert: Callable[[Any], Any], default: object = _NOTHING) -> Written:
    """Makes values that hardly ever come again."""

    def written(raw: Any) -> tuple[Any, str]:
        value = convert(from_wire(name, raw))
        if value == default:
            raise ValueError("expected no default, as none is written")
        return value, value_text(value)

    return written


def _again(name: str, convert: Callable[[Any], Any], default: object = _NOTHING) -> Written:
    """Makes values that are kept with all that is in them."""
    known, once = _Kept(), _once(name, convert, default)

    def written(raw: Any) -> tuple[Any, str]:
        # Equal keys can stand for unlike values, as 1 and True do: then what is written differs.
        key = raw
        if type(raw) is dict:
            key = (*raw.items(),)
        elif type(raw) is list:
            key = (*raw,)
        try:
            made: tuple[Any, str] = known[key]
        except KeyError:
            made = once(raw)
            known.keep(key, made, len(made[1]))
        except TypeError:  # something in it cannot be a key
            made = once(raw)
        return made

    return written


def _by_id(quantity: Written) -> Written:
    """Makes tables of quantities by id, of which there are more than can be kept."""

    def written(raw: Any) -> tuple[Any, str]:
        if type(raw) is not dict or not raw:
            raise ValueError("expected a table with something in it")
        found, members = {}, []
        for name, given in raw.items():
            found[_IDS[name]], text = quantity(given)
            members.append(f"{encode_basestring(name)}:{text}")
        return FrozenMap(found), f"{{{','.join(members)}}}"

    return written
