"""Where things stand in a TOML file: tomllib tells values, and not on which lines they were."""

from __future__ import annotations

import re
import tomllib

import attrs

from conflict_timeline.errors import Fault, InputError

__all__ = ["DEEPEST", "Lines", "scan"]

#: No event nests deeper than a replacement's count; tomllib recurses, and is slow on long keys.
DEEPEST = 16

# tomllib tells no lines, so the file is scanned once more for where its keys stand. The scan knows
# only what delimits keys and values, never fails on a broken file, and takes linear time.
_BASIC = r'"(?:[^"\\\n]++|\\.?)*+"?'
_LITERAL = r"'[^'\n]*+'?"
_KEY_PART = re.compile(rf"[ \t]*({_BASIC}|{_LITERAL}|[^\s\"'#=.,\[\]{{}}]++)[ \t]*(\.?)")
_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\[\s\S]?|"(?!""))*+(?:"{3,5}|\Z)'
    r"|'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)"
    rf"|{_BASIC}|{_LITERAL}|#[^\n]*+|[\n\[\]{{}}]|[^\"'#\n\[\]{{}}]++"
)
_BLANK = re.compile(r"(?:\s++|#[^\n]*+)*+")


@attrs.define
class Lines:
    """Where things stand: top-level keys, events with their fields, and keys given twice."""

    top: dict[str, int] = attrs.field(factory=dict)
    events: list[tuple[int, dict[str, int]]] = attrs.field(factory=list)
    repeated: list[tuple[str, str, int, int]] = attrs.field(factory=list)

    def path_at(self, line: int | None) -> str | None:
        """The path of what is given on a line: the deepest, if there are several."""
        for index, (_, fields) in reversed(list(enumerate(self.events))):
            if found := [field for field, at in fields.items() if at == line]:
                return f"event[{index + 1}].{max(found, key=len)}"
        return next((key for key, at in self.top.items() if at == line), None)


def scan(text: str, file: str) -> Lines:
    """The lines of a file's keys.

    Args:
        text: of the file, which may be broken.
        file: its name, for messages.

    Raises:
        InputError: if keys or values nest too deeply.
    """
    found = Lines()
    table: dict[str, int] = found.top
    prefix: tuple[str, ...] = ()
    position, line = 0, 1
    while True:
        blank = _BLANK.match(text, position)
        start = blank.end() if blank else position
        line += text.count("\n", position, start)
        if start == len(text):
            return found
        brackets = 2 if text.startswith("[[", start) else int(text[start] == "[")
        try:
            key, after = _key(text, start + brackets)
            end = _value_end(text, after)
        except _TooDeepError:
            message = f"expected keys and values nested at most {DEEPEST} deep"
            raise InputError([Fault(message, file, line)]) from None
        if brackets == 2 and key == ("event",):
            found.top.setdefault("event", line)
            table, prefix = {}, ()
            found.events.append((line, table))
        elif brackets:
            in_event = key[:1] == ("event",) and bool(found.events)
            table = found.events[-1][1] if in_event else found.top
            prefix = key[1:] if in_event else key
            _note(table, prefix, line)
        elif key:
            full = (*prefix, *key)
            if (name := ".".join(full)) in table:
                event = "" if table is found.top else f"event[{len(found.events)}]."
                found.repeated.append((f"{event}{name}", name, line, table[name]))
            _note(table, full, line)
        line += text.count("\n", start, end)
        position = end


def _note(table: dict[str, int], path: tuple[str, ...], line: int) -> None:
    for length in range(1, len(path) + 1):
        table.setdefault(".".join(path[:length]), line)


class _TooDeepError(Exception):
    pass


def _key(text: str, position: int) -> tuple[tuple[str, ...], int]:
    """The parts of the dotted key that stands at a position, and where it ends."""
    parts: list[str] = []
    while match := _KEY_PART.match(text, position):
        part, dot = match.groups()
        if part[0] in "\"'":
            part, quoted = part[1:-1], part
        else:
            quoted = ""
        if "\\" in quoted and quoted[0] == '"':
            try:
                part = next(iter(tomllib.loads(f"{quoted}=0")))
            except tomllib.TOMLDecodeError:
                break
        parts.append(part)
        position = match.end()
        if len(parts) > DEEPEST:
            raise _TooDeepError
        if not dot:
            break
    return tuple(parts), position


def _value_end(text: str, position: int) -> int:
    """Where the line ends on which the value that stands at a position ends."""
    depth = dots = 0
    # Every character begins some token, so the loop ends only with the text or its return.
    while match := _TOKEN.match(text, position):
        lexeme = match.group()
        if lexeme == "\n" and depth == 0:
            return position
        if lexeme in "[{":
            depth, dots = depth + 1, 0
        elif lexeme in "]}":
            depth, dots = max(0, depth - 1), 0
        elif depth and lexeme[0] not in "\"'#":
            # Dots are counted in each key of an inline table: tomllib takes time and memory that
            # are quadratic in the parts of a key.
            for piece in re.split(r"([,=])", lexeme):
                dots = 0 if piece in (",", "=") else dots + piece.count(".")
                if dots > DEEPEST:
                    raise _TooDeepError
        if depth > DEEPEST:
            raise _TooDeepError
        position = match.end()
    return position
