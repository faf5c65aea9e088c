"""Citations: short text that fixes a question, the log it was put to, and the answer.

    citation = "conflict-timeline:1" *( ";" name "=" value )     ; no white space, ASCII only

The parts, in this order; an axis that is left out restricts nothing:

    day=2017-10-09          the day asked for
    known-by=2017-05-01     only what was published by then
    at=138                  the log position that the view shows; an instant becomes its position
    sources=b,c             ids, sorted, percent-encoded (RFC 3986: all but letters, digits, -._~)
    min-reliability=C
    implied-within=365      days
    stale-after=90          days
    version=0.1.0           of the library that answered
    log=tree1:<hex>         identity of the log up to ``at``: its kind, and a hash
    state=json1:<hex>       form of the state's canonical bytes, and their SHA-256
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import attrs

from conflict_timeline import __version__
from conflict_timeline.dates import day as civil_day
from conflict_timeline.dates import from_ordinal
from conflict_timeline.errors import CitationError, DateError, shown
from conflict_timeline.timeline.canonical_state import FORM
from conflict_timeline.timeline.identity import Tree
from conflict_timeline.view import ViewSpec

__all__ = ["LONGEST", "Citation"]

T = TypeVar("T")

#: What a text may be at most: a list of a thousand sources fits, and nothing hostile takes long.
LONGEST = 200_000

_HEAD = "conflict-timeline:1"
_SHOWN = re.compile(r"[!-~]*")
_COUNT = re.compile(r"0|[1-9][0-9]{0,17}")
_DAYS = re.compile(r"0|[1-9][0-9]{0,6}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+-]{0,63}")
_HASH = re.compile(r"[a-z][a-z0-9]{0,15}:[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class Citation:
    """What a citation fixes.

    Attributes:
        day: an ordinal.
        at: the log position.
        known_by, sources, min_reliability: as in ``ViewSpec``.
        implied_within, stale_after: as in ``View``.
        version: of the library that gave the answer.
        log: identity of the log up to ``at``.
        state: digest of the answer.
    """

    day: int
    at: int
    known_by: int | None = None
    sources: frozenset[str] | None = None
    min_reliability: str | None = None
    implied_within: int | None = None
    stale_after: int | None = None
    version: str = __version__
    log: str
    state: str

    @property
    def spec(self) -> ViewSpec:
        """Which events the cited view shows."""
        return ViewSpec(
            known_by=None if self.known_by is None else from_ordinal(self.known_by),
            at=self.at,
            sources=self.sources,
            min_reliability=self.min_reliability,
        )

    @property
    def text(self) -> str:
        """The citation as text.

        Raises:
            CitationError: if it has too many sources to be written.
        """
        parts = [
            f"{part}={write(value)}"
            for part, (field, write, _) in _PARTS.items()
            if (value := getattr(self, field)) is not None
        ]
        text = ";".join([_HEAD, *parts])
        if len(text) > LONGEST:
            raise CitationError(
                "this answer cannot be cited",
                [f"sources: expected a list that fits {LONGEST} characters, got {len(text)}"],
            )
        return text

    @classmethod
    def parse(cls, text: object) -> Citation:
        """The citation that a text is; white space in it, as from a broken line, does not count.

        Raises:
            CitationError: if it is none; ``differences`` names every part that is at fault.
        """
        faults, fields = _read(text)
        if faults:
            raise CitationError("this is not a citation that can be read", faults)
        return cls(**fields)


def _read(text: object) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with a text, and what its parts say."""
    if not isinstance(text, str):
        return [f"expected text, got {shown(text)}"], {}
    if len(text) > LONGEST:
        return [f"expected at most {LONGEST} characters, got {len(text)}"], {}
    text = re.sub(r"[ \t\r\n]+", "", text)
    good = _SHOWN.match(text)
    end = good.end() if good else 0
    if end < len(text):
        return [f"expected visible ASCII characters, got {text[end]!a} at character {end + 1}"], {}
    head, *parts = text.split(";")
    if head != _HEAD:
        return [f"expected {_HEAD!r} at its beginning, got {shown(head)}"], {}
    faults: list[str] = []
    fields: dict[str, Any] = {}
    values: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or name not in _PARTS:
            faults.append(f"expected parts named {', '.join(_PARTS)}; got {shown(part)}")
        elif name in values:
            faults.append(f"{name}: expected once, got it again as {shown(value)}")
        else:
            values[name] = value
            _read_part(name, value, fields, faults)
        if len(faults) >= 10:  # a hostile text may hold a hundred thousand
            return faults, fields
    faults += [f"{name}: expected, and missing" for name in _REQUIRED if name not in values]
    if not faults and list(values) != [name for name in _PARTS if name in values]:
        faults.append(f"expected its parts in the order {', '.join(_PARTS)}")
    return faults, fields


def _read_part(name: str, value: str, fields: dict[str, Any], faults: list[str]) -> None:
    field, write, read = _PARTS[name]
    try:
        fields[field] = read(value)
        if write(fields[field]) != value:  # one answer has one citation
            faults.append(f"{name}: expected {shown(write(fields[field]))}, got {shown(value)}")
    except ValueError as error:
        faults.append(f"{name}: expected {error}, got {shown(value)}")


def _like(
    pattern: re.Pattern[str], expected: str, convert: Callable[[str], T]
) -> Callable[[str], T]:
    def read(value: str) -> T:
        if not pattern.fullmatch(value):
            raise ValueError(expected)
        return convert(value)

    return read


def _read_day(value: str) -> int:
    try:
        return civil_day(value).toordinal()
    except DateError:
        raise ValueError("a day as in 2017-10-09") from None


def _write_day(day: int) -> str:
    return from_ordinal(day).isoformat()


def _read_sources(value: str) -> frozenset[str]:
    try:
        return frozenset(unquote(item, errors="strict") for item in value.split(",") if item)
    except UnicodeDecodeError:
        raise ValueError("percent-encoded UTF-8") from None


def _write_sources(sources: frozenset[str]) -> str:
    return ",".join(quote(source, safe="") for source in sorted(sources))


def _kind(kinds: tuple[str, ...]) -> Callable[[str], str]:
    """A hash of a kind that this library can check."""

    def read(value: str) -> str:
        if not _HASH.fullmatch(value):
            raise ValueError(f"{kinds[0]}: and 64 lower-case hex digits")
        if value.partition(":")[0] not in kinds:
            raise ValueError(f"a kind that this library knows ({', '.join(kinds)})")
        return value

    return read


_within = _like(_DAYS, "a number of days, of seven digits at most", int)
#: By the name a part has: the field, how it is written, how it is read.
_PARTS: Mapping[str, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = MappingProxyType(
    {
        "day": ("day", _write_day, _read_day),
        "known-by": ("known_by", _write_day, _read_day),
        "at": ("at", str, _like(_COUNT, "a log position", int)),
        "sources": ("sources", _write_sources, _read_sources),
        "min-reliability": (
            "min_reliability",
            str,
            _like(re.compile("[A-F]"), "a letter from A to F", str),
        ),
        "implied-within": ("implied_within", str, _within),
        "stale-after": ("stale_after", str, _within),
        "version": ("version", str, _like(_VERSION, "the version of this library", str)),
        "log": ("log", str, _kind((Tree.kind,))),
        "state": ("state", str, _kind((FORM,))),
    }
)
_REQUIRED = ("day", "at", "version", "log", "state")
