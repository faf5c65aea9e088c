"""Events whose values are all texts: made without even parsing their JSON.

Between the quotes of such a text, keys and values take turns, so that what is left of it without
the values says what it is. It is looked up among the texts that events are known to have.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import getitem

import attrs

from conflict_timeline.codec.known import UNUSUAL, Known, column, plain_texts
from conflict_timeline.codec.making import Making
from conflict_timeline.events import Event

__all__ = ["learn", "plain_event", "plain_events"]


@attrs.frozen(eq=False)
class _Kind:
    """Texts of which the same is left without the values.

    Attributes:
        texts: what each of the values stands for.
        making: what is made of that.
    """

    texts: list[Known]
    making: Making


# By what is left without the values.
_KINDS: dict[tuple[str, ...], _Kind] = {}

# Many that have other values begin otherwise, and need not be taken apart.
_BEGINNINGS: set[str] = set()
_BEGINNING = 6


def plain_event(text: str) -> Event | None:
    """The event whose canonical JSON the text is; None if there are not just plain texts in it.

    Args:
        text: without a backslash, so that every quote begins or ends something.
    """
    if text[:_BEGINNING] not in _BEGINNINGS:
        return None
    parts = text.split('"')
    values = parts[3::4]
    del parts[3::4]
    kind = _KINDS.get(tuple(parts))
    if kind is None:
        return None
    return _one(kind, values)


def plain_events(texts: Sequence[str]) -> list[Event | None]:
    """What ``plain_event`` gives for each text, and None for those with a backslash."""
    found: list[Event | None] = [None] * len(texts)
    alike: dict[_Kind, tuple[list[int], list[list[str]]]] = {}
    for at, text in enumerate(texts):
        if text[:_BEGINNING] not in _BEGINNINGS or "\\" in text:
            continue
        parts = text.split('"')
        values = parts[3::4]
        del parts[3::4]
        kind = _KINDS.get(tuple(parts))
        if kind is not None:
            of_kind = alike.get(kind) or alike.setdefault(kind, ([], []))
            of_kind[0].append(at)
            of_kind[1].append(values)
    for kind, (places, rows) in alike.items():
        for at, event in zip(places, _events(kind, rows), strict=True):
            found[at] = event
    return found


def _events(kind: _Kind, rows: list[list[str]]) -> Sequence[Event | None]:
    try:
        columns = zip(*rows, strict=True)
        return kind.making.many([*map(column, kind.texts, columns)])
    except UNUSUAL:  # one of them is; the others are made one by one
        return [_one(kind, values) for values in rows]


def _one(kind: _Kind, values: list[str]) -> Event | None:
    try:
        return kind.making.one([*map(getitem, kind.texts, values)])
    except UNUSUAL:
        return None


def learn(kind: str, keys: Sequence[str]) -> None:
    """From now on, plain events of a kind with these keys are known."""
    found = [plain_texts(kind, key) for key in keys]
    members = [f'"{key}":{known[1]}' for key, known in zip(keys, found, strict=True) if known]
    if len(members) == len(keys):
        text = f"{{{','.join(members)}}}"
        _BEGINNINGS.add(text[:_BEGINNING])
        parts = text.split('"')
        del parts[3::4]
        texts = [known[0] for known in found if known]
        _KINDS.setdefault(tuple(parts), _Kind(texts, Making(kind, keys)))
