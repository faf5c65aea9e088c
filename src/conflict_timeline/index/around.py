"""Whole states of a view from a few rows of each place: those around the day.

The rows that are left out do not matter where, among those looked at and seen, one component before
the current one and one after it leave a single holding each and overlap with nothing that was left
out: no stretch that tells of the day goes beyond them. Where that is not so more rows are looked
at, and at last all of the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from conflict_timeline.dates import OPEN_PAST
from conflict_timeline.index.parts import Kept, Part
from conflict_timeline.index.places import Places, beliefs
from conflict_timeline.index.rows import level_of
from conflict_timeline.projections.columns import Columns
from conflict_timeline.projections.ragged import Flags, Ints, ranges
from conflict_timeline.projections.register import Register
from conflict_timeline.projections.whole import NO_RECORD, Told

__all__ = ["register_of", "states_around"]

#: Rows looked at on each side of the day; where they do not suffice, all of the place.
_SIDES = (12,)
_NOTHING_BEFORE = OPEN_PAST - 1
_NOTHING_AFTER = 2**31


def register_of(places: Places, rows: Ints) -> tuple[Ints, Ints, Register]:
    """The register of the places that some rows are of, by what the view sees of the rows.

    Returns:
        The numbers of the places, in the order of the register's keys; the rows that its records
        are, in their order; and the register.
    """
    index = places.sight.index
    rows = rows[places.sight.shows(rows)]
    ints = index.rows.ints
    rank = index.order.rank[ints("place", rows)]
    first = ints("first", rows)
    level = level_of(rank, first)
    if (np.diff(level) < 0).any():
        order = np.argsort(level, kind="stable")
        rows, rank, first = rows[order], rank[order], first[order]
    new = np.ones(len(rank), dtype=bool)
    new[1:] = rank[1:] != rank[:-1]
    codes = index.order.by[rank[new]]
    take = index.rows.snapshot()
    columns = Columns.sorted(
        tuple([index.places[code] for code in codes.tolist()]),
        np.cumsum(new) - 1,
        first,
        ints("last", rows),
        ints("move", rows),
        lambda some: beliefs(take, rows[some]),
        places.moves,
    )
    return codes, rows, Register(columns, implied_within=places.implied_within)


def states_around(
    places: Places, codes: Ints, day: int, of_all: Callable[[Ints], Kept]
) -> Iterator[Part]:
    """What can have held for some places, none of them odd, in parts.

    Args:
        places: of the view.
        codes: numbers of places.
        day: an ordinal.
        of_all: a register over all rows of some places.
    """
    index, sight = places.sight.index, places.sight
    if not len(codes):
        return
    late = np.isin(codes, index.rows.late_places())
    rest, codes = codes[late], codes[~late]
    known_by = None if index.rows.foresees else sight.spec.known_by
    for side in _SIDES:
        if not len(codes):
            break
        part, codes = _around(places, codes, day, known_by, side)
        yield part
    rest = np.concatenate([codes, rest])
    if len(rest):
        kept = of_all(rest)
        yield Part(kept.codes, kept.register.state(day))


def _around(
    places: Places, codes: Ints, day: int, known_by: int | None, side: int
) -> tuple[Part, Ints]:
    """What some rows on each side of a day tell; and of which places they cannot tell.

    Given ``known_by``, what rows are about had happened when they were published.
    """
    index = places.sight.index
    rows, levels = index.rows, index.rows.levels
    limit = day if known_by is None else min(day, known_by)
    starts = rows.starts(len(index.places))
    begin, end = starts[codes], starts[codes + 1]
    if known_by is not None:
        end = np.searchsorted(levels, level_of(codes, known_by), side="right")
    begun = np.searchsorted(levels, level_of(codes, limit), side="right")
    low, high = np.maximum(begin, begun - side), np.minimum(end, begun + side)
    high = np.maximum(high, low)
    _, some = ranges(low, high - low)
    found, _, register = register_of(places, some)
    reach = np.where(low > begin, rows.reach[np.maximum(low - 1, 0)], _NOTHING_BEFORE)
    coming = np.full(len(codes), _NOTHING_AFTER)
    more = high < end
    coming[more] = rows.take("first", high[more])
    whole = register.whole
    told = whole.told(np.arange(len(register.keys)), day)
    at = np.full(len(index.places), -1)
    at[codes] = np.arange(len(codes))
    asked = at[found]
    unsure = _unsure(register, told, reach[asked], coming[asked])
    # Of what was looked at nothing is seen: more of it may be.
    unseen = np.ones(len(codes), dtype=bool)
    unseen[asked] = False
    unseen &= (low > begin) | (high < end)
    part = Part(found, whole.state_of(told)).without(unsure)
    return part, np.concatenate([found[unsure], codes[unseen]])


def _unsure(register: Register, told: Told, reach: Ints, coming: Ints) -> Flags:
    """Of which keys more records have to be looked at.

    Args:
        register: of the records that were.
        told: what it told of each key.
        reach: by key, the latest day of the records before those.
        coming: by key, the first day of those after.
    """
    columns = register.columns
    count = len(columns.keys)
    if not count:
        return np.zeros(0, dtype=bool)
    begin = columns.component_begin[:-1]
    key = columns.key[begin]
    number = np.arange(len(begin))
    early = columns.leaves_one & (columns.first[begin] > reach[key])
    late = columns.leaves_one & (np.maximum.reduceat(columns.last, begin) < coming[key])
    first_early = np.full(count, len(begin))
    np.minimum.at(first_early, key[early], number[early])
    last_late = np.full(count, -1)
    np.maximum.at(last_late, key[late], number[late])
    more_before, more_after = reach != _NOTHING_BEFORE, coming != _NOTHING_AFTER
    unsure: Flags = more_before & (first_early >= told.current)
    unsure |= more_after & (last_late <= told.current)
    unsure |= more_before & (told.told_by == NO_RECORD)
    by = np.maximum(told.told_by, 0)
    unsure |= more_before & (told.told_by >= 0) & (columns.component[by] < first_early)
    return unsure
