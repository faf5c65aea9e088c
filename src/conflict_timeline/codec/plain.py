"""Events whose values are all texts: made without even parsing their JSON.

Between the quotes of such a text, keys and values take turns, so that what is left of it without
the values says what it is. It is looked up among the texts that events are known to have.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import getitem

from conflict_timeline.codec.known import UNUSUAL, Known, plain_texts
from conflict_timeline.codec.making import Making, making
from conflict_timeline.events import Event

__all__ = ["learn", "plain_event"]

# By what is left without the values: what each of these stands for, and what is made of that.
_KNOWN: dict[tuple[str, ...], tuple[list[Known], Making]] = {}

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
    known = _KNOWN.get(tuple(parts))
    if known is None:
        return None
    try:
        return known[1]([*map(getitem, known[0], values)])
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
        _KNOWN.setdefault(tuple(parts), (texts, making(kind, keys)))
