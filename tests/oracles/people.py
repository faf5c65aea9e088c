"""A naive oracle for people (DESIGN section 4): it enumerates the worlds of one account.

An account is one group, nationality, place and status. The oracle is written from the text alone
and shares nothing with the library. Days are day numbers, quantities are small whole numbers.

How the enumeration is laid out
-------------------------------
A world is a day and a value for every headcount and, for every flow, a total that is split into
whole parts over the days of its window; a part on the day of a headcount may have come before or
after it. What is seen at the end of the asked day depends on two things alone: which headcount
was the last by then, and how much of each flow came between it and the end of that day. So

* every choice of days for the headcounts is walked through, and only its last headcount is kept;
* a flow's days are three pieces: what came before the count starts, inside, and after the asked
  day. Each total is split over those of the three that the window reaches, in every way.

Those are the only short cuts; ``tests/test_oracle_people.py`` checks them against an enumeration
that takes none. No bound is worked out by a formula: they are the least and the greatest seen.

Open bounds
-----------
An open low is 0: nobody counts fewer than none. An open high is a few whole numbers from the low
on, and then a stand-in far greater than everything else. A stand-in is not split, but falls into
one piece whole, so an answer that one reaches is far greater, too, and is given as open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

# Stands for a quantity beyond all bounds, and what no sum of closed quantities may come near.
STAND_IN = 10**12
TOO_GREAT = STAND_IN // 1000
# How many whole numbers above the low are tried for an open high, besides the stand-in.
A_FEW = 3


@dataclass(frozen=True)
class Headcount:
    """A count of the account, taken on some day of the window, of some value in the bounds."""

    earliest: int
    latest: int
    low: int | None
    high: int | None

    def __post_init__(self) -> None:
        """Refuse a window or bounds that nothing can be in."""
        _check(self)


@dataclass(frozen=True)
class Flow:
    """People who came into the account (+1) or left it (-1) within the window, in any parts."""

    earliest: int
    latest: int
    sign: int
    low: int | None
    high: int | None

    def __post_init__(self) -> None:
        """Refuse a sign that is neither way, and a window or bounds that nothing can be in."""
        if self.sign not in (1, -1):
            raise ValueError(f"sign must be 1 or -1, not {self.sign}")
        _check(self)


@dataclass(frozen=True)
class Envelope:
    """The least and the greatest over all worlds; None is open. Low is only None with high."""

    low: int | None
    high: int | None
    basis: str


def _check(report: Headcount | Flow) -> None:
    if report.earliest > report.latest:
        raise ValueError(f"earliest {report.earliest} is after latest {report.latest}")
    low = 0 if report.low is None else report.low
    high = low if report.high is None else report.high
    if not 0 <= low <= high < TOO_GREAT:
        raise ValueError(f"need 0 <= low <= high < {TOO_GREAT}, not {report.low}, {report.high}")


def _values(report: Headcount | Flow) -> list[int]:
    """Return every value the quantity can have; of an open one, a few and the stand-in."""
    low = 0 if report.low is None else report.low
    if report.high is None:
        return [*range(low, low + A_FEW + 1), STAND_IN]
    return list(range(low, report.high + 1))


# --- flows: how much of each came by the day, and after the headcount ----------------------------


def _splits(total: int, pieces: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to split ``total`` over ``pieces``; the stand-in falls into one of them."""
    if total == STAND_IN:
        for chosen in range(pieces):
            yield tuple(total if piece == chosen else 0 for piece in range(pieces))
    elif pieces == 1:
        yield (total,)
    else:
        for first in range(total + 1):
            for rest in _splits(total - first, pieces - 1):
                yield (first, *rest)


def _amounts(flow: Flow, counted: int | None, day: int) -> set[int]:
    """Return what can have come after a headcount on day ``counted`` and by the end of ``day``.

    With ``counted`` None there was no headcount, and everything by the day is inside.
    """
    pieces = set()
    for on in range(flow.earliest, flow.latest + 1):
        if on > day:
            pieces.add("after")
            continue
        if counted is None or on >= counted:
            pieces.add("inside")
        # On the headcount's own day either may have come first, so that day is in both pieces.
        if counted is not None and on <= counted:
            pieces.add("before")
    names = sorted(pieces)
    return {
        dict(zip(names, split, strict=True)).get("inside", 0)
        for total in _values(flow)
        for split in _splits(total, len(names))
    }


def _drifts(flows: Sequence[Flow], counted: int | None, day: int) -> set[int]:
    """Return every sum that the flows can come to since ``counted`` and by the end of ``day``."""
    amounts = [_amounts(flow, counted, day) for flow in flows]
    signs = [flow.sign for flow in flows]
    return {
        sum(sign * amount for sign, amount in zip(signs, world, strict=True))
        for world in product(*amounts)
    }


# --- headcounts: which one was the last ----------------------------------------------------------


def _last_headcounts(
    headcounts: Sequence[Headcount], day: int
) -> set[tuple[Headcount, int] | None]:
    """Return what can be the last headcount by ``day``, with its day; None where none was by then.

    Of several on that day any can be the last.
    """
    windows = [range(count.earliest, count.latest + 1) for count in headcounts]
    seen: set[tuple[Headcount, int] | None] = set()
    for days in product(*windows):
        by_then = [on for on in days if on <= day]
        if not by_then:
            seen.add(None)
            continue
        last = max(by_then)
        seen.update((count, on) for count, on in zip(headcounts, days, strict=True) if on == last)
    return seen


def _basis(last: set[tuple[Headcount, int] | None], begun: bool) -> str:
    """Return what the answer rests on: "headcount", "mixed", "flows" or "none"."""
    if None not in last:
        return "headcount"
    if len(last) > 1:
        return "mixed"
    return "flows" if begun else "none"


def envelope(headcounts: Sequence[Headcount], flows: Sequence[Flow], day: int) -> Envelope:
    """Return the least and the greatest state at the end of ``day``, over all worlds."""
    last = _last_headcounts(headcounts, day)
    begun = any(flow.earliest <= day for flow in flows)
    basis = _basis(last, begun)
    if None in last and not begun:
        # In one world nothing was reported by the day: that is unknown, and never zero.
        return Envelope(None, None, basis)
    states = set()
    for found in last:
        if found is None:
            drifts = _drifts(flows, None, day)
            states |= drifts
            if any(flow.sign < 0 and flow.earliest <= day for flow in flows):
                # Who left was there before, with nobody knows how many others.
                states |= {drift + STAND_IN for drift in drifts}
            continue
        count, counted = found
        drifts = _drifts(flows, counted, day)
        states |= {value + drift for value in _values(count) for drift in drifts}
    # Reports can contradict each other, but there are never fewer than no people.
    clamped = {max(0, state) for state in states}
    high = max(clamped)
    # Half, because closed outflows may have been taken off a stand-in.
    return Envelope(min(clamped), None if high > STAND_IN // 2 else high, basis)
