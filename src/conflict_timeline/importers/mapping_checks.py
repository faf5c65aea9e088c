"""Checks a mapping file: every fault is told with its line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import attrs

from conflict_timeline.codec.wire import CLASSES, FIELDS_RENAMED
from conflict_timeline.errors import Fault, InputError, shown
from conflict_timeline.events import Claim
from conflict_timeline.importers.mapping import Layer, Mapped, Series, TableMapping
from conflict_timeline.importers.tables import Shape
from conflict_timeline.importers.values import ROUNDINGS, Style, Value, is_value
from conflict_timeline.names import nearest
from conflict_timeline.toml_lines import Lines

__all__ = ["Checker"]

_RECORDS = ("source", "actor", "place")
_TABLE = {
    "encoding": str,
    "delimiter": str,
    "columns": list,
    "quotes": bool,
    "sheet": str,
    "missing": list,
    "dates": str,
    "decimal": str,
    "thousands": str,
    "earliest": date,
    "latest": date,
}
_SERIES = (
    *("place", "when", "known", "layer", "layers", "status", "statuses"),
    *("fold", "repeat_every", "pass_over"),
)
_LAYER = ("source", "claimant", "credibility", "status", "statuses")
_MEANINGS = ("held_by", "lost_by", "nothing")
#: The parts of fields that are given as a table: of a count, of a date, or by any key.
_COUNT: tuple[str, ...] = ("low", "best", "high", "wording", "rule")
_DATE: tuple[str, ...] = ("edtf", "wording", "rule", "reference")
_PARTS: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(("count", "value", "deaths"), _COUNT),
    **dict.fromkeys(("when", "until", "known", "published", "window"), _DATE),
    **dict.fromkeys(("names", "holders", "fatalities"), None),
    "locator": ("paragraph", "sha256"),
}
_NAMES: dict[Any, str] = {
    str: "a text",
    list: "a list",
    date: "a day",
    bool: "true or false",
}
_MARKS: dict[str, tuple[str, ...]] = {
    "decimal": (".", ","),
    "thousands": ("", ".", ",", " ", "'", "\u00a0", "\u202f"),
}


class Checker:
    """Checks one mapping; faults are gathered, so that all of them are told."""

    def __init__(self, file: str, lines: Lines) -> None:
        self._file = file
        self._lines = lines
        self._faults: list[Fault] = []

    def checked(self, content: Mapping[str, Any]) -> TableMapping:
        """The mapping of a file's content; raises InputError with every fault."""
        self._only(content, ("about", "table", "event", "control", *_RECORDS), "")
        table = self._table(content.get("table", {}))
        records = tuple(self._records(content))
        events = tuple(self._events(content.get("event", [])))
        series = self._series(content["control"]) if "control" in content else None
        if not (records or events or series) and not self._faults:
            self._fault("", "expected [[event]], [control], or records that columns fill in")
        if self._faults:
            raise InputError(sorted(self._faults, key=lambda fault: fault.line or 0))
        columns = table.get("columns", ())
        shape = Shape(
            encoding=table.get("encoding"),
            delimiter=table.get("delimiter"),
            columns=tuple(columns),
            sheet=table.get("sheet"),
            quotes=table.get("quotes", True),
        )
        style = Style(
            missing=frozenset(["", *table.get("missing", ())]),
            dates=table.get("dates", "edtf"),
            decimal=table.get("decimal"),
            thousands=table.get("thousands"),
        )
        return TableMapping(
            self._file, shape, style, records, events, series,
            table.get("earliest"), table.get("latest"),
        )  # fmt: skip

    # ---- faults -------------------------------------------------------------------------------

    def _fault(self, path: str, message: str) -> None:
        self._faults.append(Fault(message, self._file, self._line(path), path or None))

    def _line(self, path: str) -> int | None:
        if path.startswith("event["):
            number, _, field = path[6:].partition("]")
            line, fields = self._lines.events[int(number) - 1]
            table, around = fields, field.lstrip(".")
        else:
            line, table, around = None, self._lines.top, path
        while around:
            if around in table:
                return table[around]
            around = around.rpartition(".")[0]
        return line

    def _only(self, table: Mapping[str, Any], known: Any, path: str) -> None:
        for key in table:
            if key not in known:
                near = nearest(key, known)
                hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}"
                self._fault(_joined(path, key), f"no such key; {hint}")

    def _is_table(self, value: object, path: str) -> bool:
        if isinstance(value, dict):
            return True
        self._fault(path, f"expected a table, got {shown(value)}")
        return False

    # ---- parts --------------------------------------------------------------------------------

    def _table(self, table: Any) -> dict[str, Any]:
        if not self._is_table(table, "table"):
            return {}
        self._only(table, _TABLE, "table")
        for key, value in table.items():
            kind = _TABLE.get(key)
            if kind is not None and (not isinstance(value, kind) or hasattr(value, "hour")):
                self._fault(f"table.{key}", f"expected {_NAMES[kind]}, got {shown(value)}")
        self._style(table, "table")
        return dict(table)

    def _style(self, table: Mapping[str, Any], path: str) -> None:
        for key in ("decimal", "thousands"):
            if key in table and table[key] not in _MARKS[key]:
                told = ", ".join(map(repr, _MARKS[key]))
                self._fault(_joined(path, key), f"expected one of {told}, got {shown(table[key])}")
        if "dates" in table and (reason := Style.refusal(table["dates"])):
            self._fault(_joined(path, "dates"), reason)
        if "decimal" in table and table.get("decimal") == table.get("thousands"):
            self._fault(_joined(path, "thousands"), "expected another mark than decimal has")

    def _records(self, content: Mapping[str, Any]) -> Iterator[Mapped]:
        for kind in _RECORDS:
            found = content.get(kind, {})
            if not self._is_table(found, kind):
                continue
            for name, fields in found.items():
                path = f"{kind}.{name}"
                if self._is_table(fields, path):
                    self._fields(kind, fields, path)
                    # Inherited from its key, so that a record without columns needs no id.
                    yield Mapped(kind, {"id": name, **fields}, path=path)

    def _events(self, found: Any) -> Iterator[Mapped]:
        if not isinstance(found, list) or len(found) != len(self._lines.events):
            self._fault("event", "expected [[event]] tables, in double brackets")
            return
        for number, table in enumerate(found, start=1):
            path = f"event[{number}]"
            fields = dict(table)
            kind, skip, only = (fields.pop(key, None) for key in ("type", "skip", "only"))
            claims = [name for name, cls in CLASSES.items() if issubclass(cls, Claim)]
            if kind not in claims:
                expected = f"expected one of {', '.join(claims)}, got {shown(kind)}"
                self._fault(f"{path}.type", expected)
                continue
            self._fields(kind, fields, path)
            passed_over = self._cells(skip, f"{path}.skip")
            chosen = self._cells(only, f"{path}.only")
            yield Mapped(kind, fields, passed_over, chosen, path)

    def _cells(self, cells: Any, path: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        if cells is None or not self._is_table(cells, path):
            return found
        for column, told in cells.items():
            texts = [told] if isinstance(told, str) else told
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                self._fault(f"{path}.{column}", f"expected a text or a list, got {shown(told)}")
                continue
            found[column] = tuple(texts)
        return found

    def _fields(self, kind: str, fields: Mapping[str, Any], path: str) -> None:
        known = [FIELDS_RENAMED.get(f.name, f.name) for f in attrs.fields(CLASSES[kind])]
        self._only(fields, known, path)
        for field in attrs.fields(CLASSES[kind]):
            name = FIELDS_RENAMED.get(field.name, field.name)
            if field.default is attrs.NOTHING and name not in fields and name != "id":
                self._fault(path, f"{kind} needs {name}, and it is missing")
        for key, value in fields.items():
            self._value(value, _joined(path, key), _PARTS.get(key, ()))

    def _value(self, value: Any, path: str, parts: tuple[str, ...] | None = ()) -> None:
        """Checks a constant, a value, or a table of them.

        Args:
            value: what the mapping has.
            path: where it stands.
            parts: the keys that a table of values may have there; None for any.
        """
        if not isinstance(value, dict):
            return
        if not is_value(value) and parts != ():
            if parts is not None:
                self._only(value, parts, path)
            for key, part in value.items():
                self._value(part, _joined(path, key), _COUNT if parts is None else ())
            return
        known = [field.name for field in attrs.fields(Value)]
        self._only(value, known, path)
        self._style(value, path)
        column, text = value.get("column"), value.get("text")
        if set(value) <= set(known) and (column is None) == (text is None):
            self._fault(path, "expected column or text, and not both")
        names = [column] if isinstance(column, str) else column
        if column is not None and not (
            isinstance(names, list) and names and all(isinstance(name, str) for name in names)
        ):
            self._fault(_joined(path, "column"), f"expected a column's name, got {shown(column)}")
        if text is not None and not isinstance(text, str):
            self._fault(_joined(path, "text"), f"expected a text, got {shown(text)}")
        if not isinstance(value.get("values", {}), dict):
            self._fault(
                _joined(path, "values"), "expected a table of cells and what they stand for"
            )
        if (rounding := value.get("round")) is not None and rounding not in ROUNDINGS:
            told = ", ".join(ROUNDINGS)
            self._fault(_joined(path, "round"), f"expected one of {told}, got {shown(rounding)}")
        for key in ("id", "keep"):
            if not isinstance(value.get(key, False), bool):
                self._fault(_joined(path, key), f"expected true or false, got {shown(value[key])}")
        if not isinstance(value.get("split", ""), str):
            self._fault(_joined(path, "split"), f"expected a text, got {shown(value['split'])}")

    # ---- control time series --------------------------------------------------------------------

    def _series(self, table: Any) -> Series | None:
        if not self._is_table(table, "control"):
            return None
        self._only(table, _SERIES, "control")
        for key in ("place", "when", "layers"):
            if key not in table:
                self._fault("control", f"needs {key}, and it is missing")
        for key in ("place", "when", "known", "layer", "status"):
            self._value(table.get(key), f"control.{key}")
        fold, every = table.get("fold", True), table.get("repeat_every")
        if not isinstance(fold, bool):
            self._fault("control.fold", f"expected true or false, got {shown(fold)}")
        if every is not None and (not isinstance(every, int) or every < 1):
            self._fault("control.repeat_every", f"expected days from 1 on, got {shown(every)}")
        over = table.get("pass_over", [])
        if not isinstance(over, list) or not all(isinstance(name, str) for name in over):
            self._fault("control.pass_over", f"expected a list of layers, got {shown(over)}")
            over = []
        layers: dict[str, Layer] = {}
        found = table.get("layers", {})
        for name, told in found.items() if self._is_table(found, "control.layers") else ():
            path = f"control.layers.{name}"
            if self._is_table(told, path) and (layer := self._layer(name, told, table, path)):
                layers[name] = layer
        return Series(
            table.get("place"), table.get("when"), table.get("known"), table.get("layer"),
            layers, tuple(over), fold, every,
        )  # fmt: skip

    def _layer(
        self, name: str, told: Mapping[str, Any], table: Mapping[str, Any], path: str
    ) -> Layer | None:
        self._only(told, _LAYER, path)
        for key in ("status", "source", "claimant", "credibility"):
            self._value(told.get(key), f"{path}.{key}")
        status = told.get("status", table.get("status"))
        if "source" not in told:
            self._fault(path, "needs source, and it is missing")
        if status is None:
            self._fault(path, "needs status, here or for all layers, and it is missing")
        own = "statuses" in told
        statuses = told.get("statuses", table.get("statuses", {}))
        at = f"{path}.statuses" if own else "control.statuses"
        if not statuses or not self._is_table(statuses, at):
            self._fault(at if own else path, "needs statuses: what each status means")
            return None
        meanings = {key: self._meaning(told, f"{at}.{key}") for key, told in statuses.items()}
        fields = {key: told[key] for key in ("source", "claimant", "credibility") if key in told}
        return Layer(name, fields, status, meanings)

    def _meaning(self, told: Any, path: str) -> tuple[str, tuple[str, ...]] | None:
        if not isinstance(told, dict) or len(told) != 1 or next(iter(told)) not in _MEANINGS:
            self._fault(path, f"expected one of {', '.join(_MEANINGS)}, got {shown(told)}")
            return None
        [(word, whom)] = told.items()
        if word == "nothing":
            return None
        actors = [whom] if isinstance(whom, str) else whom
        if (
            not isinstance(actors, list)
            or not actors
            or not all(isinstance(actor, str) for actor in actors)
            or (word == "lost_by" and len(actors) != 1)
        ):
            self._fault(f"{path}.{word}", f"expected an actor's id, got {shown(whom)}")
            return None
        return word, tuple(actors)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
