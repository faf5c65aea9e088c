"""Counts, shares and figures as low / best / high, with the wording they came in.

The triple is UCDP's (GED codebook 19.1, "low, best, high estimate"); a bound that is None is open:
"at least 250" has no high. Missing is not zero: a quantity with three open bounds says that there
was something, and nothing of how much.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from conflict_timeline.errors import QuantityError, shown

__all__ = ["WORDING_RULE", "Number", "Quantity", "worded"]

Number: TypeAlias = int | float

# Beyond this, JSON readers that hold numbers as doubles would change an integer.
_LARGEST = 2**53
WORDING_RULE = "wording/1"


def _number(value: object) -> Number | None:
    if value is None or (type(value) is int and -_LARGEST <= value <= _LARGEST):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(f"expected a number or None, got {shown(value)}")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise QuantityError(f"expected a finite number, got {value!r}")
        if value.is_integer():
            value = int(value)
    if abs(value) > _LARGEST:
        raise QuantityError(f"expected a number within +-2**53, got {shown(value)}")
    return value


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise QuantityError(f"expected text or None, got {shown(value)}")
    if value and any("\ud800" <= char <= "\udfff" for char in value):
        raise QuantityError(f"expected Unicode text, got a lone surrogate in {shown(value)}")
    return value or None


@attrs.frozen
class Quantity:
    """How many, as a source gives it.

    Attributes:
        low, best, high: the estimates; None is open. ``low <= best <= high`` is not relied on (UCDP
            GED breaks it in dozens of rows): see ``disordered`` and ``bounds``.
        wording: the source's own words, if they matter ("hundreds").
        rule: the named, versioned rule that turned the wording into numbers.

    Example:
        >>> Quantity(low=200, high=999) + Quantity.exactly(10)
        Quantity(low=210, best=None, high=1009, wording=None, rule=None)
    """

    low: Number | None = attrs.field(default=None, converter=_number)
    best: Number | None = attrs.field(default=None, converter=_number)
    high: Number | None = attrs.field(default=None, converter=_number)
    wording: str | None = attrs.field(default=None, converter=_text)
    rule: str | None = attrs.field(default=None, converter=_text)

    @classmethod
    def exactly(cls, number: Number) -> Quantity:
        """The quantity that a source gives as one number."""
        return cls(low=number, best=number, high=number)

    @classmethod
    def of(cls, value: Quantity | Number | str | None) -> Quantity:
        """A quantity from itself, one number, a wording (see ``worded``), or None (all open).

        Raises:
            QuantityError: for anything else, or a wording that no rule knows.
        """
        if isinstance(value, Quantity):
            return value
        if value is None:
            return cls()
        if isinstance(value, str):
            return worded(value)
        return cls(low=value, best=value, high=value)

    @property
    def disordered(self) -> bool:
        """Whether low <= best <= high is broken; the hull of the three is used then."""
        closed = [n for n in (self.low, self.best, self.high) if n is not None]
        return closed != sorted(closed)

    @property
    def bounds(self) -> tuple[Number | None, Number | None]:
        """The hull of what is given: lowest and highest possible; None where open."""
        closed = [n for n in (self.low, self.best, self.high) if n is not None]
        return (
            None if self.low is None else min(closed),
            None if self.high is None else max(closed),
        )

    @property
    def is_open(self) -> bool:
        """Whether nothing at all is said of how much."""
        return self.low is None and self.best is None and self.high is None

    @property
    def is_exact(self) -> bool:
        """Whether all three estimates are one number."""
        return self.low is not None and self.low == self.best == self.high

    def contains(self, number: Number) -> bool:
        """Whether the number lies within the bounds."""
        low, high = self.bounds
        return (low is None or low <= number) and (high is None or number <= high)

    def hull(self, other: Quantity) -> Quantity:
        """The narrowest quantity that both lie within; open where either is; no best."""
        (low, high), (other_low, other_high) = self.bounds, other.bounds
        return Quantity(low=_both(min, low, other_low), high=_both(max, high, other_high))

    def intersection(self, other: Quantity) -> Quantity | None:
        """What both allow, or None if nothing is; no best."""
        (low, high), (other_low, other_high) = self.bounds, other.bounds
        lows = [n for n in (low, other_low) if n is not None]
        highs = [n for n in (high, other_high) if n is not None]
        if lows and highs and max(lows) > min(highs):
            return None
        return Quantity(low=max(lows, default=None), high=min(highs, default=None))

    def __add__(self, other: Quantity) -> Quantity:
        (low, high), (other_low, other_high) = self.bounds, other.bounds
        return Quantity(
            low=_both(operator.add, low, other_low),
            best=_both(operator.add, self.best, other.best),
            high=_both(operator.add, high, other_high),
        )

    def __neg__(self) -> Quantity:
        low, high = self.bounds
        best = None if self.best is None else -self.best
        return Quantity(
            low=None if high is None else -high, best=best, high=None if low is None else -low
        )

    def __sub__(self, other: Quantity) -> Quantity:
        return self + -other

    @staticmethod
    def total(parts: Iterable[Quantity]) -> Quantity:
        """The sum of the parts; of none, exactly 0."""
        result = Quantity.exactly(0)
        for part in parts:
            result = result + part
        return result

    def __str__(self) -> str:
        if self.is_exact:
            return _plain(self.best)
        if self.is_open:
            return "?"
        if self.low is None and self.high is None:
            return f"~{_plain(self.best)}"
        low, high = self.bounds
        if low is None:
            text = f"up to {_plain(high)}"
        elif high is None:
            text = f"{_plain(low)} or more"
        elif low == high:
            text = _plain(low)
        else:
            text = f"{_plain(low)} to {_plain(high)}"
        shows_best = self.best is not None and self.best not in (low, high)
        return f"{text} (best {_plain(self.best)})" if shows_best else text


def _plain(number: Number | None) -> str:
    return "?" if number is None else f"{number:,}"


def _both(
    combine: Callable[[Number, Number], Number], a: Number | None, b: Number | None
) -> Number | None:
    return None if a is None or b is None else combine(a, b)


_NUMERAL = r"(\d{1,3}(?:[ ,]\d{3})+|\d+)"

# Rule wording/1. Counting nouns give the range the noun can stand for; "about" is a tenth either
# way, rounded outwards; "nearly" is below, by a tenth at most. In integers: 10 * 1.1 is above 11.
# A rule is never changed, only superseded.
_NOUNS: dict[str, tuple[int, int]] = {
    "dozens": (24, 99),
    "tens": (20, 99),
    "hundreds": (200, 999),
    "thousands": (2_000, 9_999),
    "tens of thousands": (20_000, 99_999),
    "hundreds of thousands": (200_000, 999_999),
}
_SHAPES: tuple[tuple[str, Callable[[int], tuple[Number | None, Number | None, Number | None]]], ...]
_SHAPES = (
    (rf"(?:exactly )?{_NUMERAL}", lambda n: (n, n, n)),
    (rf"at least {_NUMERAL}", lambda n: (n, None, None)),
    (rf"(?:more than|over|above) {_NUMERAL}", lambda n: (n + 1, None, None)),
    (rf"{_NUMERAL}\+", lambda n: (n, None, None)),
    (rf"(?:up to|at most|no more than) {_NUMERAL}", lambda n: (None, None, n)),
    (rf"(?:fewer than|less than|under|below) {_NUMERAL}", lambda n: (None, None, n - 1)),
    (rf"(?:nearly|almost) {_NUMERAL}", lambda n: (n * 9 // 10, None, n - 1)),
    (
        rf"(?:about|around|some|roughly|approximately|an estimated) {_NUMERAL}",
        lambda n: (n * 9 // 10, n, -(-n * 11 // 10)),
    ),
)


def worded(wording: str) -> Quantity:
    """The quantity that a wording stands for, by rule ``wording/1``.

    Args:
        wording: as in ``"hundreds"``, ``"at least 250"``, ``"nearly 2,000"``, ``"up to 25 000"``.

    Raises:
        QuantityError: if the rule does not know the wording.
    """
    text = " ".join(wording.lower().split())
    if text in _NOUNS:
        low, high = _NOUNS[text]
        return Quantity(low=low, high=high, wording=wording, rule=WORDING_RULE)
    for pattern, estimate in _SHAPES:
        # The cap keeps a hostile text of a million digits from being read as one number.
        if len(text) <= 60 and (match := re.fullmatch(pattern, text, flags=re.ASCII)):
            lowest, best, highest = estimate(int(re.sub(r"[ ,]", "", match[1])))
            return Quantity(lowest, best, highest, wording=wording, rule=WORDING_RULE)
    raise QuantityError(
        f"expected a number or a wording of rule {WORDING_RULE} ({', '.join(_NOUNS)}, "
        "'at least N', 'more than N', 'up to N', 'nearly N', 'about N', 'N+'), "
        f"got {shown(wording)}"
    )
