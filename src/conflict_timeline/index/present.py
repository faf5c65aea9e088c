"""Makes the present of a log: spans, with the days of knowledge that they hold for (``now``)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.index.around import register_of
from conflict_timeline.index.log_index import LogIndex
from conflict_timeline.index.now import COLUMNS, IMPLIED_WITHIN, Now, Spans, Terms
from conflict_timeline.index.places import Places
from conflict_timeline.index.rows import NEVER, TANGLED, level_of
from conflict_timeline.index.sight import Sight
from conflict_timeline.projections.batch import MOST_ITEMS
from conflict_timeline.projections.columns import Columns
from conflict_timeline.projections.ragged import Ints, ranges
from conflict_timeline.projections.spans import FIRST_DAY, AnswerTable, turns
from conflict_timeline.projections.whole import NO_RECORD, Told, Whole
from conflict_timeline.view.spec import ViewSpec

__all__ = ["present"]

_CHUNK = 100_000  # rows
_AT_ONCE = 200_000  # questions


def present(index: LogIndex, before: Now | None = None) -> Now:
    """The present of a log; what was made ``before`` is taken over where nothing was touched."""
    table = AnswerTable() if before is None else before.table
    codes = np.arange(len(index.places), dtype=np.int64)
    parts: list[tuple[Ints, Ints, Spans]] = []
    if before is not None:
        kept = np.arange(len(before.begin) - 1)
        kept = kept[~np.isin(kept, index.touched_after(before.position))]
        size = np.diff(before.begin)[kept]
        _, at = ranges(before.begin[kept], size)
        parts.append((kept, size, {name: before.spans[name][at] for name in COLUMNS}))
        codes = codes[~np.isin(codes, kept)]
    parts += _made(index, codes, table)
    made, sizes = (
        np.concatenate([np.zeros(0, dtype=np.int64), *(part[at] for part in parts)])
        for at in (0, 1)
    )
    order = np.argsort(made)
    size = np.zeros(len(index.places), dtype=np.int64)
    size[made] = sizes
    _, at = ranges((np.cumsum(sizes) - sizes)[order], sizes[order])
    none = np.zeros(0, dtype=np.int32)
    spans = {
        name: np.concatenate([none, *(part[2][name] for part in parts)])[at] for name in COLUMNS
    }
    begin = np.append(0, np.cumsum(size))
    terms = Terms.of(begin, spans["start"])
    return Now(index.position, begin, spans, table, _foresees(index), terms)


def _foresees(index: LogIndex) -> bool:
    every = index.rows.every()
    return bool((index.rows.take("first", every) > index.rows.take("known", every)).any())


def _made(index: LogIndex, codes: Ints, table: AnswerTable) -> Iterator[tuple[Ints, Ints, Spans]]:
    """Numbers of places, how many spans each has, and those; some places at a time.

    A place with so many reports that overlap that its histories can only be searched for long has
    none: what nobody asked about must not take hours.
    """
    every = index.rows.every()
    tangled = index.rows.take("flags", every) & TANGLED != 0
    apart = np.append(index.rows.take("place", every[tangled]), sorted(index.odd))
    codes = codes[~np.isin(codes, apart)]
    counts = np.bincount(index.rows.take("place", every), minlength=len(index.places))[codes]
    chunk = np.cumsum(counts) // _CHUNK
    places = Places(Sight(index, ViewSpec(), index.position), IMPLIED_WITHIN)
    for some in np.split(codes, np.flatnonzero(np.diff(chunk)) + 1):
        rows = index.rows.of_places(some, len(index.places))
        found, shown, register = register_of(places, rows)
        took_back = rows[index.rows.take("gone_position", rows) != NEVER]
        yield _nothing(index, some[~np.isin(some, found)], took_back)
        if not len(found):
            continue
        whole = Whole(register.columns, IMPLIED_WITHIN, None)
        long = whole.overlapping(MOST_ITEMS)
        keys, days = turns(whole.columns, IMPLIED_WITHIN)
        short = ~np.isin(keys, long)
        keys, days = keys[short], days[short]
        seen = _Seen.of(index, whole, found, shown, took_back)
        spans: dict[str, list[Ints]] = {name: [] for name in COLUMNS}
        kept: list[Ints] = []
        for begin in range(0, len(keys), _AT_ONCE):
            key, day = keys[begin : begin + _AT_ONCE], days[begin : begin + _AT_ONCE]
            told = whole.told(key, day)
            columns = {"start": day, "answer": table.of(told), **seen.days(key, day, told)}
            new = np.ones(len(key), dtype=bool)
            same = key[1:] == key[:-1]
            for name, column in columns.items():
                if name != "start":
                    same &= column[1:] == column[:-1]
            new[1:] = ~same
            kept.append(key[new])
            for name, column in columns.items():
                spans[name].append(column[new])
        key = np.concatenate([long[:0], *kept])
        stays = ~np.isin(key, list(whole.left_alone))
        sizes = np.bincount(key[stays], minlength=len(found))
        yield (
            found,
            sizes,
            {n: np.concatenate([long[:0], *c])[stays].astype(np.int32) for n, c in spans.items()},
        )


def _nothing(index: LogIndex, codes: Ints, took_back: Ints) -> tuple[Ints, Ints, Spans]:
    """As ``_made``, of places of which all that was reported is taken back."""
    settled = np.zeros(len(index.places), dtype=np.int32)
    of = index.rows.take("place", took_back)
    np.maximum.at(settled, of, index.rows.take("gone_known", took_back))
    told: dict[str, Any] = {
        "start": FIRST_DAY, "answer": 0, "settled": settled[codes],
        "alone": NEVER, "later": OPEN_PAST,
    }  # fmt: skip
    columns = {n: np.broadcast_to(c, len(codes)).astype(np.int32) for n, c in told.items()}
    return codes, np.ones_like(codes), columns


@attrs.define(eq=False, slots=False)
class _Seen:
    """When the records of a register were published, and what was taken back between them.

    Attributes:
        whole: what answers from the records.
        by_component, by_stretch: the last day of publication of the records of each; of a stretch
            with those of the component before it.
        low, high: the days that a stretch reaches over, with the component before it.
        gone_key, gone_first, gone_last, gone_known: of the records that were taken back.
        later: by record and taken back record in order, ``levels``, the first day of publication of
            it and of those of its key after it.
    """

    whole: Whole
    by_component: Ints
    by_stretch: Ints
    low: Ints
    high: Ints
    gone_key: Ints
    gone_first: Ints
    gone_last: Ints
    gone_known: Ints
    levels: Ints
    later: Ints

    @classmethod
    def of(cls, index: LogIndex, whole: Whole, places: Ints, shown: Ints, took_back: Ints) -> _Seen:
        """Of a register.

        Args:
            index: of the log.
            whole: what answers from it.
            places: numbers of the places that its keys are.
            shown: the rows that its records are.
            took_back: those that were taken back, of the same places or others.
        """
        columns, ints = whole.columns, index.rows.ints
        known = ints("known", shown)
        key_of = np.full(len(index.places), -1)
        key_of[places] = np.arange(len(places))
        gone_key = key_of[ints("place", took_back)]
        took_back, gone_key = took_back[gone_key >= 0], gone_key[gone_key >= 0]
        gone = {name: ints(name, took_back) for name in ("first", "last", "gone_known", "known")}
        components = columns.component_begin[:-1]
        by_component = np.maximum.reduceat(known, components)
        by_stretch, low, high = _stretches(whole, by_component)
        level = np.append(level_of(columns.key, columns.first), level_of(gone_key, gone["first"]))
        all_known = np.append(known, gone["known"])
        order = np.argsort(level, kind="stable")
        # With each key on its own level a running minimum never crosses from one key to the next.
        base = np.append(columns.key, gone_key)[order] << 32
        falling = np.minimum.accumulate((base + all_known[order])[::-1])[::-1]
        return cls(
            whole, by_component, by_stretch, low, high,
            gone_key, gone["first"], gone["last"], gone["gone_known"],
            level[order], falling - base,
        )  # fmt: skip

    def days(self, key: Ints, day: Ints, told: Told) -> dict[str, Ints]:
        """Columns of spans that are days of knowledge, for questions in order of key and day."""
        settled, low, high = self._settled(key, told)
        component = np.maximum(told.current, 0)
        columns = self.whole.columns
        ended = self._ends[component]
        is_alone = told.current >= self.whole.first_component[key]
        is_alone &= columns.leaves_one[component].astype(bool) & (ended <= day)
        alone = self.by_component[component]
        # What was taken back bears on the questions whose stretches it reaches into: one after the
        # other, since these follow one another as the days do.
        begin = np.searchsorted(level_of(key, high), level_of(self.gone_key, self.gone_first))
        end = np.searchsorted(level_of(key, low), level_of(self.gone_key, self.gone_last), "right")
        which, at = ranges(begin, np.maximum(end - begin, 0))
        np.maximum.at(settled, at, self.gone_known[which])
        touches = self.gone_first[which] <= ended[at]
        touches &= self.gone_last[which] >= columns.first[columns.component_begin[component[at]]]
        np.maximum.at(alone, at[touches], self.gone_known[which[touches]])
        after = np.searchsorted(self.levels, level_of(key, ended), "right")
        inside = np.minimum(after, len(self.levels) - 1)
        has_later = (after < len(self.levels)) & (self.levels[inside] >> 32 == key)
        later = np.where(has_later, self.later[inside], NEVER)
        return {
            "settled": settled,
            "alone": np.where(is_alone, alone, NEVER),
            "later": np.where(is_alone, later, OPEN_PAST),
        }

    @cached_property
    def _ends(self) -> Ints:
        columns = self.whole.columns
        return np.maximum.reduceat(columns.last, columns.component_begin[:-1])

    def _settled(self, key: Ints, told: Told) -> tuple[Ints, Ints, Ints]:
        """Since when answers are settled, and the first and last day of what tells them."""
        whole = self.whole
        columns = whole.columns
        first, end = whole.first_component[key], whole.end_component[key]
        has = told.current >= first
        current = np.maximum(told.current, first)
        stretch = whole.stretch_of[current]
        low, high = self.low[stretch], self.high[stretch]
        settled = self.by_stretch[stretch]
        # After a component that leaves one holding, the next stretch tells of the day as well.
        both = has & columns.leaves_one[current]
        more = both & (current + 1 < end)
        following = whole.stretch_of[np.minimum(current + 1, len(whole.stretch_of) - 1)]
        settled = np.where(more, np.maximum(settled, self.by_stretch[following]), settled)
        high = np.where(more, self.high[following], np.where(both, OPEN_FUTURE, high))
        # Between two components of one record each these two tell all.
        coming = np.minimum(current + has, end - 1)
        near = np.maximum(self.by_component[current], self.by_component[coming])
        settled = np.where(told.hard, settled, near)
        # Best may be told by what lies before all that.
        by = columns.component[np.maximum(told.told_by, 0)]
        outside = told.told_by == NO_RECORD
        outside |= (told.told_by >= 0) & (by < whole.stretch_begin[stretch] - 1)
        return np.where(outside, NEVER, settled), low, high


def _stretches(whole: Whole, by_component: Ints) -> tuple[Ints, Ints, Ints]:
    """By stretch: the last day of publication, the first and the last day; see ``_Seen``."""
    columns: Columns = whole.columns
    begin, end = whole.stretch_begin, whole.stretch_end
    known = np.maximum.reduceat(by_component, begin)
    starts = columns.component_begin[:-1]
    key = columns.key[starts[begin]]
    has_before = begin > whole.first_component[key]
    before = np.maximum(begin - 1, 0)
    known = np.where(has_before, np.maximum(known, by_component[before]), known)
    low = np.where(has_before, columns.first[starts[before]], OPEN_PAST)
    ends = np.maximum.reduceat(columns.last, starts)
    high = np.where(columns.leaves_one[end - 1], ends[end - 1], OPEN_FUTURE)
    return known, low, high
