"""Events to plain tables (dicts of JSON and TOML values) and back, by cattrs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, cast

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from conflict_timeline import events
from conflict_timeline.codec.upcasters import upcast
from conflict_timeline.codec.wire import (
    CLASSES,
    FIELDS_RENAMED,
    KIND_KEY,
    VERSION_KEY,
    VERSIONS,
    kind_of,
)
from conflict_timeline.dates import When, day
from conflict_timeline.edtf import joined_rules
from conflict_timeline.errors import (
    ConflictTimelineError,
    DecodeError,
    Fault,
    InputError,
    shown,
)
from conflict_timeline.quantities import Quantity

__all__ = ["FIELDS", "default_of", "from_table", "from_wire", "plain", "salvaged", "to_table"]

# Beyond this many, the fields that a kind does not have are counted and no longer named.
_MOST_UNKNOWN = 20


def _when_to_value(when: When) -> Any:
    extras = {name: text for name in ("wording", "rule") if (text := getattr(when, name))}
    if when.reference is not None:
        extras["reference"] = when.reference.isoformat()
    return {"edtf": when.edtf, **extras} if extras else when.edtf


def _when_from_value(value: Any) -> When:
    if isinstance(value, str):
        return When.of(value)
    if not isinstance(value, Mapping):
        return When.of(value)
    _no_other_keys(value, {"edtf", "wording", "rule", "reference"})
    if not isinstance(value.get("edtf"), str):
        raise DecodeError(f"expected EDTF text under edtf, got {shown(value.get('edtf'))}")
    parsed = When.of(value["edtf"])
    wording, rule, reference = (value.get(name) for name in ("wording", "rule", "reference"))
    _check_text(wording, "wording")
    _check_text(rule, "rule")
    return attrs.evolve(
        parsed,
        wording=wording or parsed.wording,
        rule=joined_rules(rule, parsed.rule) if parsed.rule else rule,
        reference=None if reference is None else day(reference, "reference"),
    )


def _check_text(value: Any, name: str) -> None:
    if value is not None and not isinstance(value, str):
        raise DecodeError(f"{name}: expected text, got {shown(value)}")
    if value and any("\ud800" <= char <= "\udfff" for char in value):
        raise DecodeError(f"{name}: expected Unicode text, got {shown(value)}")


def _quantity_to_value(quantity: Quantity) -> Any:
    if quantity.is_exact and quantity.wording is None and quantity.rule is None:
        return quantity.best
    return attrs.asdict(quantity, filter=lambda _, value: value is not None)


_PARTS_OF_QUANTITY = {field.name for field in attrs.fields(Quantity)}


def _quantity_from_value(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    _no_other_keys(value, _PARTS_OF_QUANTITY)
    return Quantity(**value)


def _quantities_from_value(value: Any) -> Any:
    """The quantities of a table by holder or party; a list of holders as it is."""
    if not isinstance(value, Mapping):
        return value
    return {name: _quantity_from_value(item) for name, item in value.items()}


def _locator_from_value(value: Any) -> events.Locator:
    if not isinstance(value, Mapping):
        raise DecodeError(f"expected a table of paragraph and sha256, got {shown(value)}")
    _no_other_keys(value, {"paragraph", "sha256"})
    return events.Locator(**{"paragraph": None, **value})


def _replacement_from_value(value: Any) -> Any:
    if isinstance(value, str):  # the id that a redaction gives
        return value
    # Looked at first, so that a correction in a correction in a correction is refused at once.
    kind = value.get(KIND_KEY) if isinstance(value, Mapping) else None
    if isinstance(kind, str) and not issubclass(CLASSES.get(kind, events.Claim), events.Claim):
        raise DecodeError(f"expected a claim that replaces the target, got a {kind} event")
    return from_table(value)


def _instead_from_value(value: Any) -> events.Event:
    kind = value.get(KIND_KEY) if isinstance(value, Mapping) else None
    if isinstance(kind, str) and issubclass(CLASSES.get(kind, events.Claim), events.Keeping):
        raise DecodeError(f"expected what the target reads as from now on, got a {kind} event")
    return from_table(value)


def _no_other_keys(value: Mapping[Any, Any], known: set[str]) -> None:
    if not known.issuperset(value):
        names = shown(", ".join(sorted(str(key) for key in value if key not in known)))
        raise DecodeError(f"expected only {', '.join(sorted(known))}, got {names}")


# What a field's raw value becomes before the event's own converter sees it. The converters do the
# checking; these only know the shapes that values have on the wire.
_READERS: dict[str, Callable[[Any], Any]] = {
    "when": _when_from_value,
    "until": _when_from_value,
    "known": _when_from_value,
    "published": _when_from_value,
    "window": _when_from_value,
    "count": _quantity_from_value,
    "value": _quantity_from_value,
    "holders": _quantities_from_value,
    "fatalities": _quantities_from_value,
    "deaths": _quantity_from_value,
    "locator": _locator_from_value,
    "replacement": _replacement_from_value,
    "instead": _instead_from_value,
}

#: The fields of each kind, by their names on the wire.
FIELDS: dict[str, dict[str, attrs.Attribute[Any]]] = {
    kind: {FIELDS_RENAMED.get(field.name, field.name): field for field in attrs.fields(cls)}
    for kind, cls in CLASSES.items()
}

_NEEDED: dict[str, frozenset[str]] = {
    kind: frozenset(name for name, field in known.items() if field.default is attrs.NOTHING)
    for kind, known in FIELDS.items()
}


def _make_converter() -> Converter:
    converter = Converter(
        omit_if_default=True, unstruct_collection_overrides={Mapping: dict, tuple: list}
    )
    converter.register_unstructure_hook(When, _when_to_value)
    converter.register_unstructure_hook(Quantity, _quantity_to_value)
    converter.register_unstructure_hook_func(lambda declared: declared is events.Claim, to_table)
    converter.register_unstructure_hook_func(
        lambda declared: declared == events.Event | None,
        lambda event: None if event is None else to_table(event),
    )
    for cls in CLASSES.values():
        renamed: dict[str, Any] = {
            field.name: override(rename=FIELDS_RENAMED[field.name])
            for field in attrs.fields(cls)
            if field.name in FIELDS_RENAMED
        }
        converter.register_unstructure_hook(
            cls, make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **renamed)
        )
    return converter


def to_table(event: events.Event) -> dict[str, Any]:
    """The event as a table of plain values, fields at their defaults left out."""
    kind = kind_of(event)
    table: dict[str, Any] = {KIND_KEY: kind}
    if (version := VERSIONS.get(kind, 1)) != 1:
        table[VERSION_KEY] = version
    return {**table, **_CONVERTER.unstructure(event)}


def plain(value: Any) -> Any:
    """A field's value as plain ones."""
    return _CONVERTER.unstructure(value)


_CONVERTER = _make_converter()


def from_table(table: Any) -> events.Event:
    """The event that a table of plain values describes.

    Args:
        table: as ``to_table`` gives it, or as a TOML ``[[event]]`` table holds it.

    Raises:
        InputError: with every fault found in it, each with the path of its field.
    """
    if type(table) is not dict and not isinstance(table, Mapping):
        raise InputError([Fault(f"expected a table, got {shown(table)}")])
    kind = table.get(KIND_KEY)
    if not isinstance(kind, str) or kind not in CLASSES:
        message = f"expected one of {', '.join(CLASSES)}, got {shown(kind)}"
        raise InputError([Fault(message, path=KIND_KEY)])
    values = dict(table)
    del values[KIND_KEY]
    if VERSION_KEY not in values and kind not in VERSIONS:
        return _build(kind, values)
    try:
        values = upcast(kind, values)
    except DecodeError as error:
        raise InputError([Fault(str(error), path=VERSION_KEY)]) from None
    return _build(kind, values)


def _build(kind: str, values: dict[str, Any]) -> events.Event:
    known = FIELDS[kind]
    faults: list[Fault] = []
    if not known.keys() >= values.keys() >= _NEEDED[kind]:
        faults = [*_unknown_fields(kind, values), *_missing_fields(kind, values)]
    between_fields: list[Fault] = []
    if not faults:
        try:
            return _made(kind, values)
        except ConflictTimelineError as error:
            between_fields = [_placed(error, known)]
    # Each field by itself, so that all that are faulty are told and not only the first.
    for name in values:
        if name in known:
            faults += _field_faults(name, known[name], values[name])
    raise InputError(faults or between_fields)


def _made(kind: str, values: dict[str, Any]) -> events.Event:
    """The event, made as its class makes it, but for converting what is at its default anyway.

    An event has a dozen fields and a claim gives a third of them; and the texts of a log, its keys
    and dates, come again and again. What a field's converter makes of a text hangs on nothing
    else, and is a value, so that it is kept for the next.
    """
    put = object.__setattr__  # the class is frozen
    event = object.__new__(CLASSES[kind])
    for name, field, convert, default, known in _MAKING[kind]:
        if name not in values:
            put(event, field.name, default)
            continue
        value = values[name]
        made = known.get(value) if type(value) is str else None
        if made is None:
            made = convert(from_wire(name, value), field)
            if type(value) is str and len(value) <= _LONGEST_KNOWN:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                known[value] = made
        put(event, field.name, made)
    if (check := getattr(event, "__attrs_post_init__", None)) is not None:
        check()
    return event


def default_of(field: attrs.Attribute[Any]) -> Any:
    """A field's default as it stands in an event; values are immutable, so that one serves all."""
    default: Any = field.default
    if default is attrs.NOTHING:
        return None
    if isinstance(default, _FACTORY):
        default = default.factory()
    convert: Any = field.converter
    return convert.converter(default, field)


_FACTORY: Any = attrs.Factory  # a class, which attrs' own stubs declare as a function

_MOST_KNOWN = 4096
_LONGEST_KNOWN = 64

# Of each kind the fields in the order of the class: name on the wire, field, converter, default,
# and what was made of texts before.
_MAKING: dict[
    str, list[tuple[str, attrs.Attribute[Any], Callable[..., Any], Any, dict[str, Any]]]
] = {
    kind: [
        (name, field, cast(Any, field.converter).converter, default_of(field), {})
        for name, field in known.items()
    ]
    for kind, known in FIELDS.items()
}


# What stands in for a field that is needed and faulty, in an event that is only checked further.
_STAND_INS: dict[str, Any] = {
    "when": When(None, None),
    "window": When(None, None),
    "count": Quantity(),
    "value": Quantity(),
    **dict.fromkeys(("title", "statement", "reason", "unit", "measure"), "?"),
}


def salvaged(table: Any) -> events.Event | None:
    """What can be read of a faulty table: an event to check further, and never to record.

    Its faulty fields are at their defaults, or stood in for; None if one cannot be.
    """
    kind = table.get(KIND_KEY) if isinstance(table, Mapping) else None
    known = FIELDS.get(kind) if isinstance(kind, str) else None
    if kind is None or known is None:
        return None
    arguments: dict[str, Any] = {}
    for name, field in known.items():
        if name in table and not any(_field_faults(name, field, table[name])):
            arguments[field.name] = from_wire(name, table[name])
        elif field.default is attrs.NOTHING and name in _STAND_INS:
            arguments[field.name] = _STAND_INS[name]
    try:
        return CLASSES[kind](**arguments)
    except (ConflictTimelineError, TypeError):
        return None


def from_wire(name: str, value: Any) -> Any:
    """The raw value of a field as its converter takes it."""
    reader = _READERS.get(name)
    return value if reader is None or value is None else reader(value)


def _unknown_fields(kind: str, values: Mapping[str, Any]) -> Iterator[Fault]:
    known = FIELDS[kind]
    unknown = [name for name in values if name not in known]
    for name in unknown[:_MOST_UNKNOWN]:
        near = get_close_matches(str(name), known, n=1)
        hint = f"nearest: {near[0]}" if near else f"it has {', '.join(sorted(known))}"
        yield Fault(f"{kind} has no such field; {hint}", path=shown(str(name)).strip("'\""))
    if more := unknown[_MOST_UNKNOWN:]:
        yield Fault(f"{kind} has none of {len(more)} more fields that are given")


def _missing_fields(kind: str, values: Mapping[str, Any]) -> Iterator[Fault]:
    for name in FIELDS[kind]:
        if name in _NEEDED[kind] and name not in values:
            yield Fault(f"{kind} needs this field, and it is missing", path=name)


def _field_faults(name: str, field: attrs.Attribute[Any], value: Any) -> Iterator[Fault]:
    # The fields of all events have converters, which attrs.Converter leaves untyped.
    convert: Any = field.converter
    try:
        convert(from_wire(name, value), None, field)
    except InputError as error:
        for fault in error.faults:
            yield attrs.evolve(fault, path=".".join(filter(None, (name, fault.path))))
    except ConflictTimelineError as error:
        yield Fault(str(error).removeprefix(f"{name}: "), path=name)


def _placed(error: ConflictTimelineError, known: Mapping[str, object]) -> Fault:
    """The fault of an error whose message may begin with the name of a field."""
    name, _, message = str(error).partition(": ")
    return Fault(message, path=name) if name in known else Fault(str(error))
