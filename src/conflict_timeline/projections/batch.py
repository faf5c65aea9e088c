"""Many small stretches searched at once: what ``worlds.search`` finds possible, over arrays.

The graph is that of ``worlds``: nodes (set placed, holding), layer by layer, for all stretches
together. A node is two numbers: stretch and holding, and the set as bits. Since when a holding
held, and which changes went unreported, is not kept: ``worlds.search`` tells it of the one stretch
that somebody asks about. A stretch too large for this is left to it as well.
"""

from __future__ import annotations

import attrs
import numpy as np

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.moves import Moves
from conflict_timeline.projections.ragged import Flags, Ints, ranges

__all__ = ["MOST_ITEMS", "NOTHING", "Pieces", "Stretches", "search_all"]

#: Stands for what was before a place's first report.
NOTHING = -1

#: A longer stretch is left.
MOST_ITEMS = 62
_MOST_GROUPS = 96
#: Ways on from the sets of one size, by stretch; ``worlds.LIMIT`` is for all sizes together.
_MOST_WAYS = 800
_HOLDING_BITS = 24
_FAR = 2**40


@attrs.frozen(eq=False)
class Stretches:
    """What is to be searched.

    Attributes:
        begin: where each stretch's reports begin; one more than stretches.
        first, last, move: of the reports, in order of (first, last) within a stretch.
        start_day, start: the latest beginning before the stretch, and the holding it was left in,
            ``NOTHING`` for a place's first stretch.
        ends: whether the place's last report is in it.
    """

    begin: Ints
    first: Ints
    last: Ints
    move: Ints
    start_day: Ints
    start: Ints
    ends: Flags

    @property
    def count(self) -> Ints:
        """How many reports each stretch has."""
        return np.diff(self.begin)


@attrs.frozen(eq=False)
class Pieces:
    """What is possible, and on which days.

    Attributes:
        stretch, start, end, holding: of each piece: first and last day, number of the holding.
        left: the stretches that were too large; they have no pieces.
    """

    stretch: Ints
    start: Ints
    end: Ints
    holding: Ints
    left: Flags


@attrs.frozen(eq=False)
class _Groups:
    """Sets of reports that can come next as one: single reports, and those of one change."""

    begin: Ints
    mask: Ints
    move: Ints
    first: Ints
    need: Ints  # reports alike in all that must be placed before
    size: Ints


@attrs.frozen(eq=False)
class _Layer:
    """The nodes of sets of one size, and the ways on from them.

    ``target`` is filled in, with numbers of nodes in their layers, when those are made.
    """

    stretch: Ints
    placed: Ints
    holding: Ints
    cost: Ints
    first: Ints
    last: Ints
    source: Ints
    group: Ints
    size: Ints
    spent: Ints
    fits: Flags
    target: Ints


@attrs.frozen(eq=False)
class _Reached:
    """Ways from one layer that lead to another: which of its ways, and what is reached."""

    layer: _Layer
    ways: Ints
    stretch: Ints
    placed: Ints
    holding: Ints
    cost: Ints


def search_all(asked: Stretches, moves: Moves, implied_within: int | None) -> Pieces:
    """The pieces of the least-cost worlds of many stretches.

    Args:
        asked: the stretches.
        moves: what the numbers in them stand for; merged moves are added to it.
        implied_within: as ``worlds.search`` takes it.
    """
    left = (asked.count > MOST_ITEMS) | (len(moves.holdings) >= 2**_HOLDING_BITS - 1)
    groups = _groups(asked, moves, left)
    layers = _forward(asked, moves, groups, left)
    stretch, start, end, holding = _read(asked, moves, groups, layers, implied_within)
    kept = (start <= end) & ~left[stretch]
    return Pieces(stretch[kept], start[kept], end[kept], holding[kept], left)


def _twins(asked: Stretches, stretch: Ints, local: Ints) -> Ints:
    """For each report a bit for the one before it that is alike in all but its source, or 0."""
    order = np.lexsort((local, asked.move, asked.last, asked.first, stretch))
    found = np.zeros(len(order), dtype=np.int64)
    if len(order):
        now, before = order[1:], order[:-1]
        alike = stretch[now] == stretch[before]
        for column in (asked.first, asked.last, asked.move):
            alike &= column[now] == column[before]
        found[now[alike]] = 1 << local[before[alike]]
    return found


def _groups(asked: Stretches, moves: Moves, left: Flags) -> _Groups:
    count = np.where(left, 0, asked.count)
    stretch, item = ranges(asked.begin[:-1], count)
    local = item - asked.begin[stretch]
    twin = np.zeros(len(asked.first), dtype=np.int64)
    everyone, every = ranges(asked.begin[:-1], asked.count)
    twin[every] = _twins(asked, everyone, np.minimum(every - asked.begin[everyone], 62))
    found = [
        (stretch, 1 << local, asked.move[item], asked.first[item], twin[item], np.ones_like(item))
    ]
    changes = moves.is_change[asked.move[item]]
    of, mask, move, first = (c[changes] for c in (stretch, 1 << local, *found[0][2:4]))
    last, at, need = asked.last[item][changes], local[changes], twin[item][changes]
    total = np.bincount(stretch, minlength=len(count))
    size = 1
    while len(of):
        size += 1
        owner, more = ranges(asked.begin[of] + at + 1, asked.count[of] - at - 1)
        fits = moves.is_change[asked.move[more]]
        fits &= (asked.first[more] <= last[owner]) & (asked.last[more] >= first[owner])
        owner, more = owner[fits], more[fits]
        joined = moves.merged(move[owner], asked.move[more])
        owner, more, joined = (c[joined >= 0] for c in (owner, more, joined))
        of, at = of[owner], more - asked.begin[of[owner]]
        mask = mask[owner] | 1 << at
        first = np.maximum(first[owner], asked.first[more])
        last = np.minimum(last[owner], asked.last[more])
        need, move = (need[owner] | twin[more]) & ~mask, joined
        total += np.bincount(of, minlength=len(count))
        left |= total > _MOST_GROUPS
        kept = ~left[of]
        of, mask, move, first, last, at, need = (
            c[kept] for c in (of, mask, move, first, last, at, need)
        )
        found.append((of, mask, move, first, need, np.full(len(of), size)))
    of, mask, move, first, need, sizes = (np.concatenate(c) for c in zip(*found, strict=True))
    order = np.argsort(of, kind="stable")
    begin = np.searchsorted(of[order], np.arange(len(count) + 1))
    return _Groups(begin, *(c[order] for c in (mask, move, first, need, sizes)))


def _forward(asked: Stretches, moves: Moves, groups: _Groups, left: Flags) -> list[_Layer]:
    """The layers, each node with the least that a way to it costs."""
    count = np.where(left, 0, asked.count)
    coming: list[list[_Reached]] = [[] for _ in range(int(count.max(initial=0)) + 1)]
    begun = np.flatnonzero(~left)
    none = np.zeros_like(begun)
    layers = [_expanded(begun, none, asked.start[begun], none, asked, moves, groups)]
    for depth in range(len(coming)):
        if depth:
            layers.append(_met(coming[depth], asked, moves, groups, left))
        layer = layers[-1]
        of = layer.stretch[layer.source]
        left |= np.bincount(of, minlength=len(left)) > _MOST_WAYS
        for size in np.unique(layer.size).tolist():
            ways = np.flatnonzero(layer.size == size)
            source, group = layer.source[ways], layer.group[ways]
            coming[depth + size].append(
                _Reached(
                    layer,
                    ways,
                    of[ways],
                    layer.placed[source] | groups.mask[group],
                    moves.after_of[groups.move[group]],
                    layer.cost[source] + layer.spent[ways],
                )
            )
    return layers


def _met(
    found: list[_Reached], asked: Stretches, moves: Moves, groups: _Groups, left: Flags
) -> _Layer:
    """The layer of what is reached; where several ways meet, the least cost counts."""
    none = np.zeros(0, dtype=np.int64)
    stretch, placed, holding, cost = (
        np.concatenate([none, *(getattr(reached, name) for reached in found)])
        for name in ("stretch", "placed", "holding", "cost")
    )
    wanted = np.flatnonzero(~left[stretch])
    key = stretch << _HOLDING_BITS | holding
    order = wanted[np.lexsort((placed[wanted], key[wanted]))]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(key[order]) != 0) | (np.diff(placed[order]) != 0)
    number = np.full(len(stretch), -1)
    number[order] = np.cumsum(new) - 1
    begin = np.flatnonzero(new)
    least = np.minimum.reduceat(cost[order], begin) if len(begin) else none
    at = 0
    for reached in found:
        reached.layer.target[reached.ways] = number[at : at + len(reached.ways)]
        at += len(reached.ways)
    nodes = order[begin]
    return _expanded(stretch[nodes], placed[nodes], holding[nodes], least, asked, moves, groups)


def _expanded(
    stretch: Ints,
    placed: Ints,
    holding: Ints,
    cost: Ints,
    asked: Stretches,
    moves: Moves,
    groups: _Groups,
) -> _Layer:
    """A layer of nodes, with the ways on from them."""
    first, last = _spans(stretch, placed, asked)
    source, group = ranges(groups.begin[stretch], np.diff(groups.begin)[stretch])
    on = (groups.mask[group] & placed[source] == 0) & (groups.first[group] <= last[source])
    on &= groups.need[group] & ~placed[source] == 0
    source, group = source[on], group[on]
    move, left_in = groups.move[group], holding[source]
    fits = (left_in == NOTHING) | moves.fits(move, np.maximum(left_in, 0))
    return _Layer(
        stretch, placed, holding, cost, first, last, source, group, groups.size[group],
        moves.is_change[move].astype(np.int64) + ~fits, fits, np.full(len(source), -1),
    )  # fmt: skip


def _spans(stretch: Ints, placed: Ints, asked: Stretches) -> tuple[Ints, Ints]:
    """The latest beginning among the placed, and the earliest end among the rest."""
    count = asked.count[stretch]
    first = np.where(asked.start[stretch] == NOTHING, OPEN_PAST, asked.start_day[stretch])
    last = np.full(len(stretch), OPEN_FUTURE + 1)
    some = np.flatnonzero(count)
    owner, item = ranges(asked.begin[stretch[some]], count[some])
    inside = placed[some][owner] >> (item - asked.begin[stretch[some]][owner]) & 1 == 1
    if len(some):
        ends = np.cumsum(count[some]) - count[some]
        begins = np.where(inside, asked.first[item], OPEN_PAST)
        first[some] = np.maximum(first[some], np.maximum.reduceat(begins, ends))
        closes = np.where(inside, OPEN_FUTURE + 1, asked.last[item])
        last[some] = np.minimum.reduceat(closes, ends)
    return first, last


def _read(
    asked: Stretches,
    moves: Moves,
    groups: _Groups,
    layers: list[_Layer],
    within: int | None,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Reads the pieces off what lies on a way of least cost, the last layer first."""
    full = (1 << np.minimum(asked.count, MOST_ITEMS)) - 1
    to_go: list[Ints] = [np.zeros(0, dtype=np.int64)] * len(layers)
    ahead: list[Ints] = list(to_go)
    for depth in reversed(range(len(layers))):
        layer = layers[depth]
        rest = np.where(layer.placed == full[layer.stretch], 0, _FAR)
        ahead[depth] = np.full(len(layer.source), _FAR)
        for size in np.unique(layer.size).tolist():
            # A stretch that was left on the way has no such node.
            ways = np.flatnonzero((layer.size == size) & (layer.target >= 0))
            ahead[depth][ways] = layer.spent[ways] + to_go[depth + size][layer.target[ways]]
        if len(layer.source):
            sources = np.flatnonzero(np.diff(layer.source, prepend=-1))
            least = np.minimum.reduceat(ahead[depth], sources)
            at = layer.source[sources]
            rest[at] = np.minimum(rest[at], least)
        to_go[depth] = rest
    cost = np.full(len(full), _FAR)
    cost[layers[0].stretch] = to_go[0]
    found: list[tuple[Ints, Ints, Ints, Ints]] = []
    for depth, layer in enumerate(layers):
        of, least = layer.stretch, cost[layer.stretch]
        cheap = (layer.cost + to_go[depth] == least) & (layer.holding != NOTHING)
        cheap &= (layer.placed != full[of]) | asked.ends[of]
        found.append((of[cheap], layer.first[cheap], layer.last[cheap] - 1, layer.holding[cheap]))
        spent = layer.cost[layer.source] + ahead[depth]
        found += _before(layer, spent == least[layer.source], moves, groups, within)
    stretch, start, end, told = (np.concatenate(column) for column in zip(*found, strict=True))
    return stretch, start, end, told


def _before(
    layer: _Layer,
    cheap: Flags,
    moves: Moves,
    groups: _Groups,
    within: int | None,
) -> list[tuple[Ints, Ints, Ints, Ints]]:
    """What can hold just before an edge: its ``before``, where that is not what was left."""
    source, group = layer.source[cheap], layer.group[cheap]
    first, last = layer.first[source], layer.last[source]
    before, of = moves.before_of[groups.move[group]], layer.stretch[source]
    begins = layer.holding[source] == NOTHING
    misfit = ~begins & ~layer.fits[cheap]
    after = first + (first != OPEN_PAST)
    found = [(of[misfit], after[misfit], last[misfit] - 1, before[misfit])]
    implied = before != 0
    if within != 0:
        some = begins & implied
        start = np.full(len(first), OPEN_PAST)
        if within is not None:
            start = np.maximum(OPEN_PAST, groups.first[group] - within)
        found.append((of[some], start[some], last[some] - 1, before[some]))
    some = begins & ~implied if within is None else begins
    end = last - 1 - (within or 0) * implied
    nothing = np.zeros_like(before)
    found.append((of[some], np.full(len(first), OPEN_PAST)[some], end[some], nothing[some]))
    return found
