"""The exact search for the worlds of least cost, over one stretch of reports about one place.

A world is an order of the reports that their windows allow, with days. A day only bounds the order,
so worlds differ in what matters by which set of reports has been placed and by what the last of
them left: the search runs over nodes (set placed, holding), never over days. From a set S, with D
the latest beginning in S and E the earliest end outside it, the next report must begin by E, and S
is all that happened by a day d if and only if D <= d < E. So every node of least cost tells its
holding for one interval of days, and the answer for all days is a union of such intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.holdings import UNKNOWN, Holding, Move, canonical

__all__ = ["Item", "Node", "Piece", "Since", "Start", "Stretch", "Unreported", "search"]

#: Steps a search may take before the stretch counts as too large to be narrowed.
LIMIT = 50_000


@attrs.frozen
class Item:
    """A report in the search: its window in day ordinals, what it says, and which one it is."""

    first: int
    last: int
    move: Move
    index: int


@attrs.frozen
class Start:
    """What a stretch begins with, where it is not the place's first.

    Attributes:
        day: the latest beginning among the reports before the stretch.
        holding: what the last of them left, in every world.
        index: that report.
    """

    day: int
    holding: Holding
    index: int


@attrs.frozen
class Since:
    """Bounds of the day on which a holding began.

    Where ``lower_earlier`` is set, it may be the holding that the stretch before ended with, and
    that stretch knows since when; likewise for the upper bound.
    """

    lower: int = OPEN_FUTURE
    upper: int = OPEN_PAST
    lower_earlier: bool = False
    upper_earlier: bool = False

    def hull(self, other: Since) -> Since:
        """Bounds that hold both."""
        return Since(
            min(self.lower, other.lower),
            max(self.upper, other.upper),
            self.lower_earlier or other.lower_earlier,
            self.upper_earlier or other.upper_earlier,
        )

    def resolved(self, earlier: Since) -> Since:
        """With what the stretch before says of its end."""
        lower = min(self.lower, earlier.lower) if self.lower_earlier else self.lower
        upper = max(self.upper, earlier.upper) if self.upper_earlier else self.upper
        return Since(
            lower,
            upper,
            self.lower_earlier and earlier.lower_earlier,
            self.upper_earlier and earlier.upper_earlier,
        )


class _Nothing:
    """Stands for what was before a place's first report: every report can follow it."""


_NOTHING = _Nothing()
_Left: TypeAlias = "Holding | _Nothing"
Node: TypeAlias = "tuple[int, _Left]"


@attrs.frozen
class Piece:
    """A possible holding, and the days on which it is possible for one reason.

    Attributes:
        start, end: first and last day.
        holding: what is possible on them.
        since: bounds of when it began; the upper one is also bounded by the day asked for.
        node: the node of the search it came from, and the group that comes next, if that is fixed.
    """

    start: int
    end: int
    holding: Holding
    since: Since
    node: Node
    upcoming: int | None = None


@attrs.frozen
class Unreported:
    """A change that no one reported, and that a world of least cost needs.

    Attributes:
        earliest, latest: day ordinals between which it lies.
        before, after: the holdings it leads from and to.
        preceding, following: indices of the reports it lies between.
    """

    earliest: int
    latest: int
    before: Holding
    after: Holding
    preceding: int | None
    following: int


@attrs.frozen
class _Edge:
    """One way on: the reports placed together as a bit mask, and what they say as one."""

    group: int
    move: Move
    source: Node
    target: Node
    cost: int
    fits: bool


@attrs.define
class Stretch:
    """The least-cost worlds of one stretch.

    Attributes:
        cost: of its cheapest worlds.
        pieces: what is possible, and when; in canonical order.
        end: when the holding it ends with began.
    """

    items: Sequence[Item]
    start: Start | None
    cost: int
    pieces: list[Piece]
    end: Since
    _ways_in: dict[Node, list[_Edge]]
    _ways_on: dict[Node, list[_Edge]]

    def unreported(self, piece: Piece | None = None) -> list[Unreported]:
        """The unreported changes that one cheapest world needs, in order.

        Args:
            piece: gives a world in which it holds, and the changes up to it, the next one included
                if it may lie before; without, those of the whole stretch.

        Of several cheapest worlds it is the first in canonical order, so that the same reports
        always give the same answer.
        """
        origin: Node = (0, self.start.holding if self.start else _NOTHING)
        node = piece.node if piece is not None else origin
        path: list[_Edge] = []
        while node in self._ways_in:
            path.append(self._ways_in[node][0])
            node = path[-1].source
        path.reverse()
        node = piece.node if piece is not None else origin
        while node in self._ways_on:
            ways = self._ways_on[node]
            upcoming = piece.upcoming if piece is not None else None
            path.append(next(e for e in ways if upcoming is None or e.group == upcoming))
            node = path[-1].target
            if piece is not None:
                break
        found: list[Unreported] = []
        previous = self.start.index if self.start else None
        for edge in path:
            members = sorted(self.items[i].index for i in _bits(edge.group))
            placed, holding = edge.source
            if not edge.fits and not isinstance(holding, _Nothing):
                first, last = _span(self.items, placed, self.start)
                earliest, before = min(_day_after(first), last), edge.move.before
                found.append(Unreported(earliest, last, holding, before, previous, members[0]))
            previous = members[-1]
        return found


def search(
    items: Sequence[Item], start: Start | None, *, implied_within: int | None, ends: bool
) -> Stretch | None:
    """The least-cost worlds of the reports of a stretch.

    Args:
        items: in order of (first, last); all of them can only come after what ``start`` stands for.
        start: None for a place's first stretch.
        implied_within: days before its first report for which that report's ``before`` holds; None
            for without limit.
        ends: whether the place's last report is among the items, so that what they leave stays.

    Returns:
        None if there are more worlds to look at than can be in bounded time.
    """
    full = (1 << len(items)) - 1
    origin: Node = (0, start.holding if start else _NOTHING)
    inherited = Since(lower_earlier=True, upper_earlier=True)
    forward: dict[Node, tuple[int, Since]] = {origin: (0, inherited)}
    layers: list[dict[int, list[Node]]] = [{} for _ in range(len(items) + 1)]
    layers[0][0] = [origin]
    twins = _twins(items)
    spans: dict[int, tuple[int, int]] = {}
    edges: list[_Edge] = []
    for layer in layers:
        for placed, nodes in layer.items():
            first, last = spans[placed] = _span(items, placed, start)
            for group, move in _groups(items, placed, last, twins):
                target: Node = (placed | group, move.after)
                for node in nodes:
                    edges.append(edge := _edge(group, move, node, target))
                    reached = (
                        forward[node][0] + edge.cost,
                        _began(edge, forward[node][1], items, first, last),
                    )
                    known = forward.get(target)
                    if known is None:
                        layers[target[0].bit_count()].setdefault(target[0], []).append(target)
                    if known is None or reached[0] < known[0]:
                        forward[target] = reached
                    elif reached[0] == known[0]:
                        forward[target] = (known[0], known[1].hull(reached[1]))
            if len(edges) > LIMIT:
                return None
    return _answer(items, start, forward, edges, spans, full, implied_within, ends)


def _answer(
    items: Sequence[Item],
    start: Start | None,
    forward: dict[Node, tuple[int, Since]],
    edges: list[_Edge],
    spans: dict[int, tuple[int, int]],
    full: int,
    implied_within: int | None,
    ends: bool,
) -> Stretch:
    """Keeps of the searched graph what lies on a way of least cost, and reads the pieces off it."""
    cost = min(spent for (placed, _), (spent, _) in forward.items() if placed == full)
    to_go: dict[Node, int] = {node: 0 for node in forward if node[0] == full}
    for edge in reversed(edges):  # targets lie in later layers, so theirs are known
        rest = edge.cost + to_go[edge.target]
        if rest < to_go.get(edge.source, rest + 1):
            to_go[edge.source] = rest
    ways_in: dict[Node, list[_Edge]] = {}
    ways_on: dict[Node, list[_Edge]] = {}
    pieces: list[Piece] = []
    for edge in edges:
        if forward[edge.source][0] + edge.cost + to_go[edge.target] != cost:
            continue
        ways_in.setdefault(edge.target, []).append(edge)
        ways_on.setdefault(edge.source, []).append(edge)
        pieces += _before_edge(edge, items, spans, implied_within)
    for node, (spent, since) in forward.items():
        placed, holding = node
        if isinstance(holding, _Nothing) or spent + to_go[node] != cost:
            continue
        first, last = spans[placed]
        if placed != full or ends:
            pieces.append(Piece(first, last - 1, holding, since, node))
    end = Since()
    for node, (spent, since) in forward.items():
        if node[0] == full and spent == cost:
            end = end.hull(since)
    for ways in (ways_in, ways_on):
        for found in ways.values():
            found.sort(key=_edge_order)
    pieces = [piece for piece in pieces if piece.start <= piece.end]
    pieces.sort(key=lambda p: (canonical(p.holding), p.node[0], p.upcoming or 0, p.start))
    return Stretch(items, start, cost, pieces, end, ways_in, ways_on)


def _edge(group: int, move: Move, source: Node, target: Node) -> _Edge:
    fits = isinstance(source[1], _Nothing) or move.fits(source[1])
    return _Edge(group, move, source, target, move.is_change + (not fits), fits)


def _edge_order(edge: _Edge) -> tuple[object, ...]:
    holding = edge.source[1]
    left = (-1, ()) if isinstance(holding, _Nothing) else canonical(holding)
    return (edge.source[0], left, edge.group, edge.move.to or "", edge.move.from_ or "")


def _began(edge: _Edge, since: Since, items: Sequence[Item], first: int, last: int) -> Since:
    """When what the edge leads to began; ``first`` and ``last`` bound its days before it."""
    holding = edge.source[1]
    if edge.move.is_change:
        return Since(max(first, *(items[i].first for i in _bits(edge.group))), last)
    if isinstance(holding, _Nothing):  # there from before the first report
        return Since(OPEN_PAST, last)
    if not edge.fits:
        # The unreported change comes after what it follows, or on its very day if need be.
        beginning = items[next(_bits(edge.group))].first
        return Since(first if beginning <= first else _day_after(first), last)
    if edge.move.after != holding:  # it tells who held what was only known to be lost
        return attrs.evolve(since, upper=last, upper_earlier=False)
    return since


def _before_edge(
    edge: _Edge, items: Sequence[Item], spans: dict[int, tuple[int, int]], within: int | None
) -> Iterator[Piece]:
    """What can hold just before an edge: its ``before``, where that is not what was left."""
    first, last = spans[edge.source[0]]
    if not isinstance(edge.source[1], _Nothing):
        if not edge.fits:
            begin = _day_after(first)
            since = Since(begin, OPEN_FUTURE)
            yield Piece(begin, last - 1, edge.move.before, since, edge.source, edge.group)
        return
    since = Since(OPEN_PAST, OPEN_FUTURE)
    beginning = max(items[i].first for i in _bits(edge.group))
    implied = edge.move.before is not UNKNOWN
    if implied and within != 0:
        start = OPEN_PAST if within is None else max(OPEN_PAST, beginning - within)
        yield Piece(start, last - 1, edge.move.before, since, edge.source, edge.group)
    if not implied or within is not None:
        end = last - 1 - (within or 0) * implied
        yield Piece(OPEN_PAST, end, UNKNOWN, since, edge.source, edge.group)


def _day_after(day: int) -> int:
    """The next day; of an open past, still an open past."""
    return day if day == OPEN_PAST else day + 1


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _span(items: Sequence[Item], placed: int, start: Start | None) -> tuple[int, int]:
    """The latest beginning among the placed, and the earliest end among the rest."""
    first = start.day if start is not None else OPEN_PAST
    last = OPEN_FUTURE + 1
    for index, item in enumerate(items):
        if placed >> index & 1:
            first = max(first, item.first)
        else:
            last = min(last, item.last)
    return first, last


def _twins(items: Sequence[Item]) -> list[int]:
    """For each report the one before it that is alike in all but its source, or -1."""
    seen: dict[tuple[int, int, Move], int] = {}
    result = []
    for index, item in enumerate(items):
        alike = (item.first, item.last, item.move)
        result.append(seen.get(alike, -1))
        seen[alike] = index
    return result


def _groups(
    items: Sequence[Item], placed: int, last: int, twins: Sequence[int]
) -> Iterator[tuple[int, Move]]:
    """What can come next: each report by itself, each set of reports that can be of one change.

    Of reports alike in all, the first comes first: their exchange would be no other world.
    """
    ready = [i for i, item in enumerate(items) if not placed >> i & 1 and item.first <= last]
    stack: list[tuple[int, Move | None, int]] = [(0, None, 0)]
    while stack:
        mask, move, begin = stack.pop()
        for at in range(begin, len(ready)):
            index = ready[at]
            twin = twins[index]
            if twin >= 0 and not (placed | mask) >> twin & 1:
                continue
            said = items[index].move
            joined = said if move is None else move.merged(said)
            if joined is not None:
                yield mask | 1 << index, joined
                if joined.is_change:
                    stack.append((mask | 1 << index, joined, at + 1))
