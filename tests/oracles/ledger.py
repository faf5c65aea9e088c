"""The ledger without short cuts: every question looks at every headcount and flow.

The library looks only at what can lie after the last headcount that is over; this one does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from conflict_timeline.projections.ledger import Balance, Flow, Headcount
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.quantities import Number, Quantity

__all__ = ["Account"]


_Range = tuple[Number, Number | None]  # a low that is open counts as 0; an open high stays open


def _range(quantity: Quantity) -> _Range:
    low, high = quantity.bounds
    return (0 if low is None else low), high


@attrs.frozen
class Account:
    """All headcounts and flows of one account."""

    headcounts: Sequence[Headcount] = ()
    flows: Sequence[Flow] = ()

    def balance(self, day: int) -> Balance:
        """What the account can hold at the end of a day: the envelope over all worlds."""
        heads = [h for h in self.headcounts if h.first <= day]
        flows = [f for f in self.flows if f.first <= day]
        if not heads and not flows:
            return Balance(None, None, None, "none")
        done = [h.first for h in heads if h.last <= day]
        worlds = list(self._worlds(heads, flows, max(done, default=None), day))
        basis = "headcount" if done else "mixed" if heads else "flows"
        low: Number | None = None
        high: Number | None = None
        if not done and not flows:
            pass  # in some worlds nothing was reported by then, and that is no number
        else:
            if not done:
                alone = _total(flows, None, day)
                # Who left was there before, with nobody knows how many others.
                left = any(flow.sign < 0 for flow in flows)
                worlds.append((alone[0], None) if left else alone)
            low = max(0, min(world[0] for world in worlds))
            highs = [world[1] for world in worlds]
            high = None if None in highs else max(0, *(h for h in highs if h is not None))
        best, used = self._best(heads, flows, day)
        if not heads and any(flow.sign < 0 for flow in flows):
            best = None
        if best is not None:
            best = max(best, low or 0) if high is None else min(max(best, low or 0), high)
        return Balance(low, best, high, basis, used, tuple(self._after(flows, heads, day)))

    def extremes(self, day: int) -> tuple[Number, Number | None]:
        """The least and the most that the reports leave, were they all that can be known.

        Unlike a balance they may lie below zero, where more left than were counted; and where in
        some world nobody counted, the most is open, since who was not reported may be there too.
        """
        heads = [h for h in self.headcounts if h.first <= day]
        flows = [f for f in self.flows if f.first <= day]
        done = max((h.first for h in heads if h.last <= day), default=None)
        worlds = list(self._worlds(heads, flows, done, day))
        if done is None:
            worlds.append((_total(flows, None, day)[0], None))
        highs = [high for _, high in worlds if high is not None]
        return min(low for low, _ in worlds), max(highs) if len(highs) == len(worlds) else None

    def believed(self, day: int) -> tuple[Headcount | Flow, ...]:
        """What the best number is made of: a headcount, if there is one, and what flowed after."""
        heads = [h for h in self.headcounts if h.first <= day]
        head = _latest(heads, day) if heads else None
        start = None if head is None else representative_day(head.first, head.last)
        return (
            *(() if head is None else (head,)),
            *(f for f in self.flows if f.first <= day and _counts_in_best(f, start, day)),
        )

    @staticmethod
    def _worlds(
        heads: Sequence[Headcount], flows: Sequence[Flow], done: int | None, day: int
    ) -> Iterator[_Range]:
        """The range that each headcount gives, for each day that makes a difference."""
        for head in heads:
            begin = head.first if done is None else max(head.first, done)
            end = min(head.last, day)
            if begin > end:
                continue  # another headcount comes after it in every world
            turns = {f.first for f in flows} | {f.last + 1 for f in flows}
            for taken in {begin} | {t for t in turns if begin < t <= end}:
                low, high = _range(head.quantity)
                more_low, more_high = _total(flows, taken, day)
                yield (
                    low + more_low,
                    None if high is None or more_high is None else high + more_high,
                )

    @staticmethod
    def _after(flows: Sequence[Flow], heads: Sequence[Headcount], day: int) -> Iterator[Flow]:
        """The flows that can have come after a headcount that can be the latest."""
        done = max((h.first for h in heads if h.last <= day), default=None)
        for flow in flows:
            if done is None or flow.last >= done:
                yield flow

    @staticmethod
    def _best(
        heads: Sequence[Headcount], flows: Sequence[Flow], day: int
    ) -> tuple[Number | None, tuple[Headcount, ...]]:
        """The latest headcount by representative day, and the best of what flowed after it."""
        total: Number = 0
        start: int | None = None
        used: tuple[Headcount, ...] = ()
        if heads:
            head = _latest(heads, day)
            start = representative_day(head.first, head.last)
            done = max((h.first for h in heads if h.last <= day), default=head.first)
            used = (head, *(h for h in heads if h is not head and h.last >= done))
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


def _total(flows: Sequence[Flow], after: int | None, day: int) -> _Range:
    """The net range of what flowed after one day and by another."""
    low: Number = 0
    high: Number | None = 0
    for flow in flows:
        if after is not None and flow.last < after:
            continue
        least, most = _range(flow.quantity)
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
