"""Events from canonical JSON text, several times faster than by tables.

It gives an event only for text that is canonical and usual: what would be written of the event is
held against the text. All else (faults, older versions, other spellings of the same JSON) is left
to the way by tables, which knows what to say of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from operator import getitem, itemgetter
from typing import Any, cast

import attrs

from conflict_timeline.codec.known import UNUSUAL, Known, Written, is_text, texts, values
from conflict_timeline.codec.making import Making
from conflict_timeline.codec.plain import learn, plain_event, plain_events
from conflict_timeline.codec.tables import FIELDS
from conflict_timeline.codec.wire import KIND_KEY
from conflict_timeline.events import Claim, Event, fields

__all__ = ["read", "read_all"]

_MOST_PLANS = 1_024

# The scanner in C, without the hooks that tell what is wrong with a text.
_scan = cast(Any, json.JSONDecoder()).scan_once


def read(text: str) -> Event | None:
    """The event whose canonical JSON the text is; None if it is of none, or is unusual."""
    escaped = "\\" in text
    if not escaped and (event := plain_event(text)) is not None:
        return event
    return _parsed(text, escaped)


def read_all(texts: Sequence[str]) -> list[Event | None]:
    """What ``read`` gives for each; together they take less time."""
    return [
        _parsed(text, "\\" in text) if event is None else event
        for text, event in zip(texts, plain_events(texts), strict=True)
    ]


def _parsed(text: str, escaped: bool) -> Event | None:
    try:
        event, written = _event(_scan(text, 0)[0], escaped)
    except UNUSUAL:
        return None
    return event if written == text else None


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
    for at, of in plan.others:
        value, raws[at] = of(raws[at])
        made.append(value)
    written = plan.written.copy()
    written[1::2] = raws
    return plan.make(made), "".join(written)


@attrs.frozen
class _Plan:
    """How events of one kind are read that have the same fields.

    Attributes:
        texts_at: index of each value that is always a text, the kind among them.
        raw_texts: picks those values.
        texts: what each of them stands for.
        others: index of each other value, and what makes it.
        make: puts texts and others together.
        written: the parts of their canonical text, with a place after each for a value.
    """

    texts_at: list[int]
    raw_texts: Callable[[list[Any]], tuple[str, ...]]
    texts: list[Known]
    others: list[tuple[int, Written]]
    make: Callable[[list[Any]], Event]
    written: list[str]


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
    texts_at = [at for at, key in enumerate(keys) if key == KIND_KEY or is_text(known[key])]
    others_at = [at for at in range(len(keys)) if at not in texts_at]
    plan = _Plan(
        texts_at=texts_at,
        raw_texts=itemgetter(*texts_at),  # at least two, the kind and an id
        texts=[texts(kind, keys[at]) for at in texts_at],
        others=[(at, _other(kind, keys[at])) for at in others_at],
        make=Making(kind, [keys[at] for at in (*texts_at, *others_at)]).one,
        written=_written(keys, texts_at),
    )
    if len(_PLANS) < _MOST_PLANS:
        _PLANS[shape] = plan
        learn(kind, keys)
    return plan


def _written(keys: list[str], texts_at: list[int]) -> list[str]:
    # The quotes of texts are here, those of others come with them.
    members = [f'"{key}":"%s"' if at in texts_at else f'"{key}":%s' for at, key in enumerate(keys)]
    parts = f"{{{','.join(members)}}}".split("%s")
    return [text for part in parts for text in (part, "")][:-1]


def _other(kind: str, name: str) -> Written:
    field = FIELDS[kind][name]
    return _within(field) if field.type in (Claim, Event | None) else values(kind, name)


def _within(field: attrs.Attribute[Any]) -> Written:
    """Makes an event that stands in another."""
    convert = fields.plain_converter(field)

    def written(raw: Any) -> tuple[Any, str]:
        event, text = _event(raw, escaped=True)
        return convert(event), text

    return written
