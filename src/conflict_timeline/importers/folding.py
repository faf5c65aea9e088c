"""Repeats of one report folded into its first and last, where that changes no answer.

A daily table says every day what it said the day before. A repeat may go if it lies between two
reports of the same source that say the same, with no other report between them, on any day or from
any other source of the table, that says anything else: then every history that fits the two fits it
too. It must not have been known before the first nor after the last of them, nor may anything later
have been known before the last: then no view on an earlier day shows the repeat and not what it
repeats. Tested against the unfolded table in tests/importers/test_series.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

__all__ = ["Told", "fold"]


@attrs.frozen
class Told:
    """One report on a place.

    Attributes:
        first, last: the days within which it was so, ordinals.
        layer: which source of the table said so.
        holding: who held; None for a change, which is never folded.
        known: the day on which it was known, an ordinal; 0 where that is the source's own.
        line: of the table.
    """

    first: int
    last: int
    layer: str
    holding: frozenset[str] | None
    known: int
    line: int


def fold(told: Sequence[Told], repeat_every: int | None = None) -> list[Told]:
    """The reports on one place without the repeats that change no answer.

    Args:
        told: all of them, in order of ``first``.
        repeat_every: days; of a longer run of repeats one is kept in every so many days, so that
            answers do not look older than they are.
    """
    kept: list[Told] = []
    known_after = _known_after(told)
    start = 0
    while start < len(told):
        end = start + 1
        if told[start].holding is not None and told[start].first == told[start].last:
            while (
                end < len(told)
                and told[end].holding == told[start].holding
                and told[end].first == told[end].last
            ):
                end += 1
        kept += _folded(told[start:end], known_after[end], repeat_every)
        start = end
    return kept


def _known_after(told: Sequence[Told]) -> list[float]:
    """For each position, when the first of the reports from there on was known."""
    found = [float("inf")]
    for each in reversed(told):
        found.append(min(found[-1], each.known))
    return found[::-1]


def _folded(run: Sequence[Told], known_after: float, repeat_every: int | None) -> list[Told]:
    by_layer: dict[str, list[Told]] = {}
    for each in run:
        by_layer.setdefault(each.layer, []).append(each)
    kept: list[Told] = []
    for members in by_layer.values():
        days = [each.known for each in members]
        if len(members) < 3 or days != sorted(days) or days[-1] > known_after:
            kept += members
            continue
        kept.append(members[0])
        for each in members[1:-1]:
            if repeat_every is not None and each.first - kept[-1].first >= repeat_every:
                kept.append(each)
        kept.append(members[-1])
    return sorted(kept, key=lambda each: (each.first, each.line))
