"""The ledger: how many there can have been, from headcounts and flows, over all worlds.

It knows nothing of groups, nationalities or places: one account at a time, days as ordinals. In a
world every headcount is taken on a day of its window, and a flow comes about within its window at
any time and in any parts. On a day the account holds its latest headcount and what flowed after it;
what flowed on the headcount's own day may have come before or after.

A headcount whose window is over tells of everything before it, so that a question looks only at
what can lie after the last such: however long the account, mostly at a few reports.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, Generic, TypeVar

import attrs

from conflict_timeline.projections.windows import representative_day
from conflict_timeline.quantities import Number, Quantity

__all__ = ["Account", "Balance", "Flow", "Headcount"]


Range = tuple[Number, Number | None]  # a low that is open counts as 0; an open high stays open


def _range(quantity: Quantity) -> Range:
    low, high = quantity.bounds
    return (0 if low is None else low), high


@attrs.frozen
class Headcount:
    """So many were in the account on some day of the window.

    Attributes:
        first, last: day ordinals.
        quantity: how many; its hull counts.
        rank: of two on one representative day the higher is believed.
        ref: what the caller knows it by.
    """

    first: int
    last: int
    quantity: Quantity
    rank: tuple[Any, ...] = ()
    ref: Any = None

    @cached_property
    def range(self) -> Range:
        """How many it can be."""
        return _range(self.quantity)


@attrs.frozen
class Flow:
    """So many came into the account (sign +1) or left it (-1) within the window."""

    first: int
    last: int
    sign: int
    quantity: Quantity
    rank: tuple[Any, ...] = ()
    ref: Any = None

    @cached_property
    def range(self) -> Range:
        """How many it can be."""
        return _range(self.quantity)


@attrs.frozen
class Balance:
    """What an account can hold on a day.

    Attributes:
        low, best, high: None is open, which is not zero.
        basis: "headcount"; "flows", a sum of what was reported and no more (open above where some
            left, since nobody said how many were there before); "mixed", a headcount in some worlds
            only; "none".
        headcounts, flows: those it rests on.
    """

    low: Number | None
    best: Number | None
    high: Number | None
    basis: str
    headcounts: tuple[Headcount, ...] = ()
    flows: tuple[Flow, ...] = ()

    @property
    def parts(self) -> tuple[Headcount | Flow, ...]:
        """All that it rests on."""
        return (*self.headcounts, *self.flows)


_Part = TypeVar("_Part", bound=Headcount | Flow)


class _Line(Generic[_Part]):
    """Headcounts or flows in order of their earliest day, with how far those up to each reach."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts: list[_Part] = sorted(parts, key=lambda part: part.first)
        self._firsts = [part.first for part in self.parts]
        self._reach = list(accumulate((part.last for part in self.parts), max))

    def begun(self, day: int) -> int:
        """How many have begun by a day: they are the first ones."""
        return bisect_right(self._firsts, day)

    def over(self, day: int) -> int | None:
        """The latest beginning among those that are over by a day."""
        for at in range(self.begun(day) - 1, -1, -1):
            if self.parts[at].last <= day:
                return self.parts[at].first
        return None

    def relevant(self, day: int, since: int | None) -> list[_Part]:
        """Those that have begun by a day, and were not over before another."""
        begun = self.begun(day)
        if since is None:
            return self.parts[:begun]
        low = bisect_left(self._reach, since)
        return [part for part in self.parts[low:begun] if part.last >= since]


@attrs.frozen
class Account:
    """All headcounts and flows of one account."""

    headcounts: Sequence[Headcount] = ()
    flows: Sequence[Flow] = ()

    @cached_property
    def _heads(self) -> _Line[Headcount]:
        return _Line(self.headcounts)

    @cached_property
    def _flows(self) -> _Line[Flow]:
        return _Line(self.flows)

    @cached_property
    def begins(self) -> int:
        """The first day on which anything of it can have been so."""
        firsts = (*(h.first for h in self.headcounts), *(f.first for f in self.flows))
        return min(firsts)

    @property
    def turns(self) -> Iterator[int]:
        """The days on which its balance can become another; on days between, it stays."""
        windows = {(h.first, h.last) for h in self.headcounts}
        windows |= {(f.first, f.last) for f in self.flows}
        for first, last in windows:
            yield from (first, representative_day(first, last), last, last + 1)

    def _by(self, day: int) -> tuple[list[Headcount], list[Flow], int | None]:
        """What bears on a day, and the latest beginning of a headcount that is over by then."""
        done = self._heads.over(day)
        return self._heads.relevant(day, done), self._flows.relevant(day, done), done

    def balance(self, day: int) -> Balance:
        """What the account can hold at the end of a day: the envelope over all worlds."""
        heads, flows, done = self._by(day)
        if not heads and not flows:
            return Balance(None, None, None, "none")
        worlds = list(self._worlds(heads, flows, done, day))
        basis = "headcount" if done is not None else "mixed" if heads else "flows"
        low: Number | None = None
        high: Number | None = None
        if done is None and not flows:
            pass  # in some worlds nothing was reported by then, and that is no number
        else:
            if done is None:
                alone = _total(flows, None, day)
                # Who left was there before, with nobody knows how many others.
                left = any(flow.sign < 0 for flow in flows)
                worlds.append((alone[0], None) if left else alone)
            low = max(0, min(world[0] for world in worlds))
            highs = [world[1] for world in worlds]
            high = None if None in highs else max(0, *(h for h in highs if h is not None))
        best, used = self._best(heads, flows, done, day)
        if not heads and any(flow.sign < 0 for flow in flows):
            best = None
        if best is not None:
            best = max(best, low or 0) if high is None else min(max(best, low or 0), high)
        return Balance(low, best, high, basis, used, tuple(flows))

    def extremes(self, day: int) -> tuple[Number, Number | None]:
        """The least and the most that the reports leave, were they all that can be known.

        Unlike a balance they may lie below zero, where more left than were counted; and where in
        some world nobody counted, the most is open, since who was not reported may be there too.
        """
        heads, flows, done = self._by(day)
        worlds = list(self._worlds(heads, flows, done, day))
        if done is None:
            worlds.append((_total(flows, None, day)[0], None))
        highs = [high for _, high in worlds if high is not None]
        return min(low for low, _ in worlds), max(highs) if len(highs) == len(worlds) else None

    def believed(self, day: int) -> tuple[Headcount | Flow, ...]:
        """What the best number is made of: a headcount, if there is one, and what flowed after."""
        heads, flows, _ = self._by(day)
        head = _latest(heads, day) if heads else None
        start = None if head is None else representative_day(head.first, head.last)
        return (
            *(() if head is None else (head,)),
            *(flow for flow in flows if _counts_in_best(flow, start, day)),
        )

    @staticmethod
    def _worlds(
        heads: Sequence[Headcount], flows: Sequence[Flow], done: int | None, day: int
    ) -> Iterator[Range]:
        """The range that each headcount gives, for each day that makes a difference."""
        for head in heads:
            begin = head.first if done is None else max(head.first, done)
            end = min(head.last, day)
            if begin > end:
                continue  # another headcount comes after it in every world
            turns = {f.first for f in flows} | {f.last + 1 for f in flows}
            for taken in {begin} | {t for t in turns if begin < t <= end}:
                low, high = head.range
                more_low, more_high = _total(flows, taken, day)
                yield (
                    low + more_low,
                    None if high is None or more_high is None else high + more_high,
                )

    @staticmethod
    def _best(
        heads: Sequence[Headcount], flows: Sequence[Flow], done: int | None, day: int
    ) -> tuple[Number | None, tuple[Headcount, ...]]:
        """The latest headcount by representative day, and the best of what flowed after it."""
        total: Number = 0
        start: int | None = None
        used: tuple[Headcount, ...] = ()
        if heads:
            head = _latest(heads, day)
            start = representative_day(head.first, head.last)
            reach = head.first if done is None else done
            used = (head, *(h for h in heads if h is not head and h.last >= reach))
            if head.quantity.best is None:
                return None, used
            total = head.quantity.best
        for flow in flows:
            if _counts_in_best(flow, start, day):
                if flow.quantity.best is None:
                    return None, used
                total += flow.sign * flow.quantity.best
        return total, used


def _latest(heads: Sequence[Headcount], day: int) -> Headcount:
    """The headcount that best starts from; one of a later representative day, if all are."""
    taken = [h for h in heads if representative_day(h.first, h.last) <= day] or heads
    return max(taken, key=lambda h: (representative_day(h.first, h.last), h.rank))


def _counts_in_best(flow: Flow, start: int | None, day: int) -> bool:
    at = representative_day(flow.first, flow.last)
    return at <= day and (start is None or at > start)


def _total(flows: Sequence[Flow], after: int | None, day: int) -> Range:
    """The net range of what flowed after one day and by another."""
    low: Number = 0
    high: Number | None = 0
    for flow in flows:
        if after is not None and flow.last < after:
            continue
        least, most = flow.range
        if flow.last > day or (after is not None and flow.first <= after):
            least = 0  # any part of it may have come outside
        if flow.sign > 0:
            low += least
            high = None if high is None or most is None else high + most
        elif most is None:
            low, high = -_UNBOUNDED, None if high is None else high - least
        else:
            low, high = low - most, None if high is None else high - least
    return low, high


# An outflow without an upper bound can empty any account; the sum is cut off at zero afterwards.
_UNBOUNDED = 2**60
