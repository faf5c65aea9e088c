"""Events from canonical JSON text, several times faster than by tables.

It gives an event only for text that is canonical and usual: what would be written of the event is
held against the text. All else (faults, older versions, other spellings of the same JSON) is left
to the way by tables, which knows what to say of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring
from operator import getitem, itemgetter
from typing import Any, cast

import attrs

from conflict_timeline.codec.tables import FIELDS, default_of, from_wire
from conflict_timeline.codec.wire import CLASSES, KIND_KEY
from conflict_timeline.codec.writing import value_text
from conflict_timeline.errors import ConflictTimelineError
from conflict_timeline.events import Claim, Event, fields

__all__ = ["read"]

_MOST_KNOWN = 16_384
_LONGEST_KNOWN = 128
_MOST_PLANS = 1_024

# The scanner in C, without the hooks that tell what is wrong with a text.
_scan = cast(Any, json.JSONDecoder()).scan_once


def read(text: str) -> Event | None:
    """The event whose canonical JSON the text is; None if it is of none, or is unusual."""
    try:
        event, written = _event(_scan(text, 0)[0], "\\" in text)
    except (
        ConflictTimelineError, LookupError, RecursionError, StopIteration, TypeError, ValueError,
    ):  # fmt: skip
        return None
    return event if written == text else None


class _Texts(dict[Any, str]):
    """The texts that a field can have. Which they are hangs on the text alone, so it is kept."""

    def __init__(self, field: attrs.Attribute[Any]) -> None:
        super().__init__()
        self._convert, self._default = fields.plain_converter(field), field.default

    def __missing__(self, text: str) -> str:
        value: object = self._convert(text)
        if value is not text or text == self._default:
            raise ValueError("expected a text that is written as it is")
        if len(text) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[text] = text
        return text


class _Prose(_Texts):
    """Texts that are others in every event, and are checked as fast as they are looked up."""

    def __missing__(self, text: str) -> str:
        return fields.text(text)


_Made = Callable[[Any], tuple[Any, str]]


def _values(name: str, field: attrs.Attribute[Any]) -> _Made:
    """Makes the value of a field that is not always a text, and its canonical text."""
    convert, default = fields.plain_converter(field), default_of(field)
    known: dict[Any, tuple[Any, str]] = {}

    def make(raw: Any) -> tuple[Any, str]:
        # Equal keys can stand for unlike values, as 1 and True do: then what is written differs.
        key = (*raw.items(),) if type(raw) is dict else (*raw,) if type(raw) is list else raw
        try:
            return known[key]
        except KeyError:
            keep = True
        except TypeError:  # something in it cannot be a key
            keep = False
        value = convert(from_wire(name, raw))
        if value == default:
            raise ValueError("expected no default, as none is written")
        made = value, value_text(value)
        if keep and len(made[1]) <= _LONGEST_KNOWN:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[key] = made
        return made

    return make


def _events(field: attrs.Attribute[Any]) -> _Made:
    """Makes an event that stands in another, and its canonical text."""
    convert = fields.plain_converter(field)

    def make(raw: Any) -> tuple[Any, str]:
        event, written = _event(raw, escaped=True)
        return convert(event), written

    return make


def _event(table: dict[str, Any], escaped: bool) -> tuple[Event, str]:
    """The event of a table, and its canonical text.

    Args:
        table: as the scanner gives it.
        escaped: whether texts in it may have characters that are written otherwise.
    """
    shape = (table[KIND_KEY], *table)
    plan = _PLANS.get(shape) or _planned(shape)
    raws = [*table.values()]
    made = [*map(getitem, plan.texts, plan.raw_texts(raws))]
    if escaped:
        for at in plan.texts_at:
            raws[at] = encode_basestring(raws[at])[1:-1]
    for at, make in plan.others:
        value, raws[at] = make(raws[at])
        made.append(value)
    made += plan.defaults
    event = plan.open(*plan.arranged(made))
    event.__class__ = plan.cls
    if plan.check is not None:
        plan.check(event)
    return event, plan.written % tuple(raws)


@attrs.frozen
class _Plan:
    """How events of one kind are made that have the same fields.

    Attributes:
        cls: their class.
        texts_at: index of each value that is a text, the kind among them.
        raw_texts: picks those values.
        texts: what each of them stands for.
        others: index of each other value, and what makes it.
        defaults: those of the fields that are not given.
        arranged: puts texts, others and defaults in the order of the class.
        open: the class as it is before it is frozen.
        check: of the event as a whole.
        written: their canonical text, but for the values.
    """

    cls: type[Event]
    texts_at: list[int]
    raw_texts: Callable[[list[Any]], tuple[str, ...]]
    texts: list[dict[Any, str]]
    others: list[tuple[int, _Made]]
    defaults: list[Any]
    arranged: Callable[[list[Any]], tuple[Any, ...]]
    open: Callable[..., Any]
    check: Callable[[Event], None] | None
    written: str


_PLANS: dict[tuple[str, ...], _Plan] = {}


def _planned(shape: tuple[str, ...]) -> _Plan:
    """The plan for a kind and the keys of its table.

    Raises:
        LookupError: if no canonical text has them.
    """
    kind, *keys = shape
    known = FIELDS[kind]
    needed = {name for name, field in known.items() if field.default is attrs.NOTHING}
    if not {KIND_KEY, *known} >= set(keys) >= needed or keys != sorted(keys):
        raise LookupError(f"no {kind} is written so")
    texts = [at for at, key in enumerate(keys) if key == KIND_KEY or not _is_other(known[key])]
    others = [at for at in range(len(keys)) if at not in texts]
    left_out = [name for name in known if name not in keys]
    order = [*(keys[at] for at in (*texts, *others)), *left_out]
    # The quotes of texts are here, those of others come with them.
    written = [f'"{key}":"%s"' if at in texts else f'"{key}":%s' for at, key in enumerate(keys)]
    plan = _Plan(
        cls=CLASSES[kind],
        texts_at=texts,
        raw_texts=itemgetter(*texts),  # at least two, the kind and an id
        texts=[_texts(kind, keys[at]) for at in texts],
        others=[(at, _other(kind, keys[at])) for at in others],
        defaults=[default_of(known[name]) for name in left_out],
        arranged=itemgetter(*map(order.index, known)),
        open=_open(kind),
        check=getattr(CLASSES[kind], "__attrs_post_init__", None),
        written=f"{{{','.join(written)}}}",
    )  # fmt: skip
    if len(_PLANS) < _MOST_PLANS:
        _PLANS[shape] = plan
    return plan


# One for all fields with the same converter, as most are ids or dates.
_TEXTS: dict[Any, _Texts] = {}
_OTHERS: dict[Any, _Made] = {}


def _texts(kind: str, name: str) -> dict[Any, str]:
    """What the texts of a field stand for."""
    if name == KIND_KEY:
        return {kind: kind}
    field = FIELDS[kind][name]
    convert = fields.plain_converter(field)
    made = _Prose if convert in (fields.text, fields.text_or_none) else _Texts
    return _TEXTS.setdefault((convert, field.default), made(field))


def _is_other(field: attrs.Attribute[Any]) -> bool:
    """Whether a field's values are not always texts."""
    return field.type not in (str, str | None)


def _other(kind: str, name: str) -> _Made:
    """What makes the values of a field that are not always texts."""
    field = FIELDS[kind][name]
    within = field.type in (Claim, Event | None)
    made = _events(field) if within else _values(name, field)
    return _OTHERS.setdefault((fields.plain_converter(field), name), made)


@cache
def _open(kind: str) -> Callable[..., Any]:
    """The class of a kind before it is frozen: instances have the same slots, and become frozen.

    A frozen class sets each attribute by a call, which takes five times as long as all the rest.
    """
    cls = CLASSES[kind]
    plain = attrs.make_class("Plain", [field.name for field in attrs.fields(cls)], slots=True)
    return type(
        f"Open{cls.__name__}",
        cls.__bases__,
        {
            "__module__": f"<made by {__name__}>",
            "__slots__": vars(cls)["__slots__"],
            "__init__": vars(plain)["__init__"],
            # Both, or attributes would still be set by a call.
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        },
    )
