"""A naive oracle for territory (DESIGN section 4): it enumerates the worlds of one place.

It is written from the text alone and shares nothing with the library. Days are day numbers.

How the enumeration is laid out
-------------------------------
A world is a day for every report, an order of the reports on one day and, for ``possible``, a
grouping of same-day reports into one change. That is the same thing as a *sequence* (an order of
all reports, some neighbours merged) together with days that never decrease along it. What a world
costs depends on its sequence alone, so sequences are enumerated first and only those of least
cost are given days. Two worlds with one sequence that put a report on the same day differ no more
after that day, so `_walk` goes on from each such day once, and not once for every way to reach it.
Those are the only short cuts; ``tests/test_oracle_territory.py`` checks them against an
enumeration that takes none.

Open bounds
-----------
An open bound is clipped to a horizon that gives the same answers. With ``low`` and ``high`` the
least and greatest of all closed bounds and asked days:

* An open past is the days ``low - 2`` and ``low - 1``, before anything that is asked: the first for
  a report, the second so that an unreported change after it can also be in the open past. A
  change there could be any number of days earlier, so `since` gives None for its lower bound.
* An open future is the day ``high + 1`` and the one day ``high + implied_within + 2``, which is
  too far for a first record to imply anything about an asked day. Days between these two would
  show nothing else, so they are left out and a long ``implied_within`` costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from math import inf

UNKNOWN = "unknown"

Holding = frozenset[str] | tuple[str, str] | str
Answer = tuple[frozenset[Holding], frozenset[Holding], Holding, tuple[int | None, int]]
# For each asked day: each holding seen at its end, with the span of days since when it held.
Seen = dict[int, dict[Holding, tuple[int, int]]]

# The lower end of a span that no change begins; it sorts before every day.
NEVER = -(10**12)
# The representative day of a report that is open on both sides.
FIRST = -(10**9)


def but_not(actor: str) -> tuple[str, str]:
    """Return the holding "unknown, but not this actor"."""
    return ("but-not", actor)


def _is_but_not(holding: Holding) -> bool:
    return isinstance(holding, tuple)


@dataclass(frozen=True)
class Report:
    """One register record: an observation if ``holders`` is set, else a change."""

    earliest: int | None
    latest: int | None
    holders: frozenset[str] | None = None
    to: str | None = None
    from_: str | None = None
    occurrence: str | None = None
    rank: tuple = ()

    def __post_init__(self) -> None:
        """Refuse what is not a record."""
        if self.holders is None and self.to is None and self.from_ is None:
            raise ValueError("a report needs holders, or at least one of to and from_")
        if self.holders is not None and (self.to is not None or self.from_ is not None):
            raise ValueError("a report is an observation or a change, not both")
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            raise ValueError(f"earliest {self.earliest} is after latest {self.latest}")

    @cached_property
    def is_change(self) -> bool:
        """Whether this is a change and not an observation."""
        return self.holders is None

    @cached_property
    def before(self) -> Holding:
        """The holding just before; UNKNOWN where the source does not say."""
        if self.holders is not None:
            return self.holders
        return UNKNOWN if self.from_ is None else frozenset({self.from_})

    @cached_property
    def after(self) -> Holding:
        """The holding from then on."""
        if self.holders is not None:
            return self.holders
        return but_not(self.from_) if self.to is None else frozenset({self.to})

    def fits(self, previous: Holding) -> bool:
        """Whether this record can follow ``previous`` with nothing unreported in between."""
        if _is_but_not(previous):
            excluded = previous[1]
            if self.holders is not None:
                return excluded not in self.holders
            return self.from_ is None or self.from_ != excluded
        if self.holders is not None:
            return previous == self.holders
        if self.from_ is not None:
            return self.from_ in previous
        return previous != frozenset({self.to})


# --- sequences: an order of all reports, with neighbours merged or not --------------------------


def _can_be_one(first: Report, second: Report) -> bool:
    """Whether two change reports can be of one change."""

    def differ(one: str | None, other: str | None) -> bool:
        return one is not None and other is not None and one != other

    def same(one: str | None, other: str | None) -> bool:
        return one is not None and one == other

    return not (
        differ(first.from_, second.from_)
        or differ(first.to, second.to)
        or differ(first.occurrence, second.occurrence)
        or same(first.from_, second.to)
        or same(second.from_, first.to)
    )


def _merged(group: Sequence[Report]) -> Report | None:
    """Return the one change that all of ``group`` can be of, on a day that suits all, or None."""
    if not all(report.is_change for report in group):
        return None
    if not all(_can_be_one(one, other) for one, other in combinations(group, 2)):
        return None
    earliest = max(report.earliest for report in group)
    latest = min(report.latest for report in group)
    if earliest > latest:
        return None
    return Report(
        earliest,
        latest,
        to=next((report.to for report in group if report.to is not None), None),
        from_=next((report.from_ for report in group if report.from_ is not None), None),
    )


def _sequences(reports: Sequence[Report], *, grouped: bool) -> Iterator[tuple[Report, ...]]:
    """Yield every sequence that can be given days, each group in it as the one merged change.

    The order inside a group is not told apart: its members are on one day and count as one.
    """
    indices = range(len(reports))
    blocks: list[tuple[frozenset[int], Report]] = [(frozenset({i}), reports[i]) for i in indices]
    if grouped:
        for size in range(2, len(reports) + 1):
            for members in combinations(indices, size):
                one = _merged([reports[i] for i in members])
                if one is not None:
                    blocks.append((frozenset(members), one))

    def extend(
        done: tuple[Report, ...], floor: float, left: frozenset[int]
    ) -> Iterator[tuple[Report, ...]]:
        if not left:
            yield done
            return
        for members, record in blocks:
            # Days never decrease, so nothing may have to be over before what precedes it begins.
            if members <= left and floor <= record.latest:
                yield from extend((*done, record), max(floor, record.earliest), left - members)

    yield from extend((), -inf, frozenset(indices))


def _cost(sequence: Sequence[Report]) -> int:
    """Count the changes of a sequence, reported (a group is one) and unreported."""
    reported = sum(record.is_change for record in sequence)
    unreported = sum(not q.fits(p.after) for p, q in pairwise(sequence))
    return reported + unreported


def _cheapest(reports: Sequence[Report]) -> tuple[int, list[tuple[Report, ...]]]:
    """Return the least cost, and the sequences that have it."""
    costs = {sequence: _cost(sequence) for sequence in _sequences(reports, grouped=True)}
    least = min(costs.values())
    return least, [sequence for sequence, cost in costs.items() if cost == least]


# --- days --------------------------------------------------------------------------------------


def _clip(
    reports: Sequence[Report], days: Sequence[int], implied_within: int
) -> tuple[list[Report], list[int], int]:
    """Close the open bounds; return the reports, the days to enumerate, and the least real day."""
    bounds = [
        bound
        for report in reports
        for bound in (report.earliest, report.latest)
        if bound is not None
    ]
    low, high = min([*bounds, *days]), max([*bounds, *days])
    past, future = low - 2, high + implied_within + 2
    clipped = [
        replace(
            report,
            earliest=past if report.earliest is None else report.earliest,
            latest=future if report.latest is None else report.latest,
        )
        for report in reports
    ]
    return clipped, [*range(past, high + 2), future], low


def _days_of(sequence: Sequence[Report], axis: Sequence[int]) -> list[list[int]]:
    """Return, for each record of a sequence, the days it can have in a world of that sequence.

    It can be no earlier than any before it must begin, no later than any after it must be over.
    Each such day is in some world: those before at their least day, those after at their greatest.
    """
    lows, low = [], -inf
    for record in sequence:
        low = max(low, record.earliest)
        lows.append(low)
    highs, high = [], inf
    for record in reversed(sequence):
        high = min(high, record.latest)
        highs.append(high)
    return [
        [day for day in axis if low <= day <= high]
        for low, high in zip(lows, reversed(highs), strict=True)
    ]


def _note(seen: Seen, day: int, holding: Holding, low: int, high: int) -> None:
    """Note that a world has ``holding`` at the end of ``day``, since a day in [low, high]."""
    span = seen[day].get(holding)
    if span is not None:
        low, high = min(low, span[0]), max(high, span[1])
    seen[day][holding] = (low, high)


def _walk(sequence: Sequence[Report], axis: Sequence[int], implied_within: int, seen: Seen) -> None:
    """Note in ``seen`` what the worlds of one sequence show at the end of each asked day."""
    windows = _days_of(sequence, axis)
    first, last = sequence[0], sequence[-1]

    # Before the first record nothing has changed yet: what it implies, or unknown.
    for t in windows[0]:
        for day in seen:
            if day < t:
                implied = first.before if t - day <= implied_within else UNKNOWN
                _note(seen, day, implied, NEVER, day)

    # For each day of the record walked to: since when what it left has held.
    spans = {t: (t if first.is_change else NEVER, t) for t in windows[0]}
    for p, q, window in zip(sequence, sequence[1:], windows[1:], strict=False):
        fits = q.fits(p.after)
        following: dict[int, tuple[int, int]] = {}
        for s, (low, high) in spans.items():
            for t in window:
                if t < s:
                    continue
                for day in seen:
                    if s <= day < t:
                        # Where the two do not fit, the unreported change may still be to come ...
                        _note(seen, day, p.after, low, high)
                        if not fits and s < day:
                            # ... or have come on any day after s up to this one.
                            _note(seen, day, q.before, s + 1, day)
                if q.is_change:
                    span = (t, t)
                elif not fits:
                    # The unreported change, on any day after s up to t; on one day, that day.
                    span = (min(s + 1, t), t)
                elif _is_but_not(p.after):
                    # Someone took it then; only now is it told who.
                    span = (low, t)
                else:
                    span = (low, high)
                other = following.get(t, span)
                following[t] = (min(span[0], other[0]), max(span[1], other[1]))
        spans = following

    # After the last it stays.
    for s, (low, high) in spans.items():
        for day in seen:
            if s <= day:
                _note(seen, day, last.after, low, high)


# --- answers -----------------------------------------------------------------------------------


def _canonical(holding: Holding) -> tuple[int, tuple[str, ...]]:
    """Sort key of holdings: known ones by their actors, then but-not by actor, then unknown."""
    if isinstance(holding, frozenset):
        return (0, tuple(sorted(holding)))
    if _is_but_not(holding):
        return (1, (holding[1],))
    return (2, ())


def _representative(report: Report) -> int:
    """Return the middle of the bounds, rounded down, or the closed bound of an open one."""
    if report.earliest is None and report.latest is None:
        return FIRST
    if report.earliest is None:
        return report.latest
    if report.latest is None:
        return report.earliest
    return (report.earliest + report.latest) // 2


def _best(reports: Sequence[Report], day: int, holdings: Iterable[Holding]) -> Holding:
    """Choose one of the possible holdings of a day."""
    holdings = set(holdings)
    if len(holdings) == 1:
        return holdings.pop()
    ordered = sorted(reports, key=lambda report: (_representative(report), report.rank))
    for report in reversed(ordered):
        if _representative(report) <= day and report.after in holdings:
            return report.after
    for report in ordered:
        if _representative(report) > day and report.before in holdings:
            return report.before
    return min(holdings, key=_canonical)


def answers(
    reports: Sequence[Report], days: Iterable[int], implied_within: int = 365
) -> dict[int, Answer]:
    """Return ``(possible, conceivable, best, since)`` for each of ``days``."""
    days = sorted(set(days))
    if not reports or not days:
        nothing = frozenset({UNKNOWN})
        return {day: (nothing, nothing, UNKNOWN, (None, day)) for day in days}
    clipped, axis, low = _clip(reports, days, implied_within)

    likely: Seen = {day: {} for day in days}
    for sequence in _cheapest(clipped)[1]:
        _walk(sequence, axis, implied_within, likely)
    any_at_all: Seen = {day: {} for day in days}
    for sequence in _sequences(clipped, grouped=False):
        _walk(sequence, axis, implied_within, any_at_all)

    result = {}
    for day in days:
        best_one = _best(reports, day, likely[day])
        lower, upper = likely[day][best_one]
        # Below ``low`` there are only NEVER and the days that stand for an open past.
        since_when = (None if lower < low else lower, upper)
        result[day] = (frozenset(likely[day]), frozenset(any_at_all[day]), best_one, since_when)
    return result


def possible(reports: Sequence[Report], day: int, implied_within: int = 365) -> frozenset[Holding]:
    """Return the holdings at the end of ``day`` over the worlds of least cost."""
    return answers(reports, [day], implied_within)[day][0]


def conceivable(
    reports: Sequence[Report], day: int, implied_within: int = 365
) -> frozenset[Holding]:
    """Return the holdings at the end of ``day`` over all worlds, without grouping."""
    return answers(reports, [day], implied_within)[day][1]


def best(reports: Sequence[Report], day: int, implied_within: int = 365) -> Holding:
    """Return the one holding to show for ``day``."""
    return answers(reports, [day], implied_within)[day][2]


def since(reports: Sequence[Report], day: int, implied_within: int = 365) -> tuple[int | None, int]:
    """Return the window in which the best holding of ``day`` began; None: earlier than known."""
    return answers(reports, [day], implied_within)[day][3]


def least_cost(reports: Sequence[Report]) -> int:
    """Return how many changes, reported and unreported, the cheapest world needs."""
    if not reports:
        return 0
    # The cost does not depend on an asked day or on implied_within; any will do.
    clipped, _, _ = _clip(reports, [0], 0)
    return _cheapest(clipped)[0]


# --- the closed form of conceivable, as the text gives it ---------------------------------------


def closed_form(
    reports: Sequence[Report], day: int, implied_within: int = 365
) -> frozenset[Holding]:
    """Return `conceivable` by the formula of the design, without enumerating anything."""
    if not reports:
        return frozenset({UNKNOWN})
    bounds = [
        (
            -inf if report.earliest is None else report.earliest,
            inf if report.latest is None else report.latest,
        )
        for report in reports
    ]
    found: set[Holding] = set()

    # After r: r can have begun, and need not be over before another must have begun.
    p = max((earliest for earliest, latest in bounds if latest <= day), default=-inf)
    for r, (earliest, latest) in zip(reports, bounds, strict=True):
        if earliest <= day and latest >= p:
            found.add(r.after)

    # The first record can be too far off to imply anything.
    if min(latest for _, latest in bounds) - day > implied_within:
        found.add(UNKNOWN)

    for i, g in enumerate(reports):
        g_earliest, g_latest = bounds[i]
        if g_latest <= day:
            continue
        t = max(g_earliest, day + 1)
        others = [j for j in range(len(reports)) if j != i]
        if all(bounds[j][1] >= t for j in others) and (
            t - day <= implied_within or g.before == UNKNOWN
        ):
            found.add(g.before)
        m = max((bounds[j][0] for j in others if bounds[j][1] < t), default=-inf)
        if m < day and any(
            bounds[j][0] < day and bounds[j][1] >= m and not g.fits(reports[j].after)
            for j in others
        ):
            found.add(g.before)
    return frozenset(found)
