"""Events put together from values that are checked already, without converting them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import repeat
from operator import itemgetter
from typing import Any

import attrs

from conflict_timeline.codec.tables import FIELDS, default_of
from conflict_timeline.codec.wire import CLASSES
from conflict_timeline.events import Event

__all__ = ["Making"]


class Making:
    """Makes events of a kind of some of their fields.

    Args:
        kind: its wire name.
        order: the wire names of the fields that are given, in the order of their values; other
            names are of values that are left out.

    Attributes:
        one: the event of values as the fields' converters give them; it raises an EventError if
            they do not go together.
        many: likewise the events of columns of values.
    """

    def __init__(self, kind: str, order: Sequence[str]) -> None:
        known = FIELDS[kind]
        left_out = [name for name in known if name not in order]
        places = [*order, *left_out]
        cls, opened = CLASSES[kind], _open(kind)
        defaults = [default_of(known[name]) for name in left_out]
        arranged = itemgetter(*map(places.index, known))
        check: Callable[[Event], None] | None = getattr(cls, "__attrs_post_init__", None)

        # Functions that know all of this by name take two thirds of the time of methods.
        def one(values: list[Any]) -> Event:
            event: Event = opened(*arranged(values + defaults))
            event.__class__ = cls
            if check is not None:
                check(event)
            return event

        def many(columns: list[Iterable[Any]]) -> list[Event]:
            events: list[Event] = [*map(opened, *arranged([*columns, *map(repeat, defaults)]))]
            for event in events:
                event.__class__ = cls
            if check is not None:
                for event in events:
                    check(event)
            return events

        self.one, self.many = one, many


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
