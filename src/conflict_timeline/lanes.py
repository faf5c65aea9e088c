"""Lanes: the history of places side by side, cut to one time axis, for whoever draws them.

A colour and a letter are a holder's and are never faded or mixed; what is not certain is patterned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from string import ascii_uppercase, digits
from typing import Any

import attrs

from conflict_timeline.dates import OPEN_PAST, from_ordinal
from conflict_timeline.dates import day as civil_day
from conflict_timeline.errors import DateError
from conflict_timeline.projections.control import Shown
from conflict_timeline.projections.territory import Span
from conflict_timeline.timeline import View
from conflict_timeline.words import Naming, days

__all__ = [
    "GREY",
    "NO_LETTER",
    "OKABE_ITO",
    "PATTERNS",
    "Block",
    "Key",
    "Lane",
    "Lanes",
    "axis",
    "lanes",
]

#: Okabe and Ito's colours, which people with any kind of colour vision tell apart.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442")
#: Of holders for whom no colour is left; their letters still tell them apart.
GREY = "#999999"
#: Of holders for whom no letter is left.
NO_LETTER = "#"

#: How a block can be drawn, and what that means.
PATTERNS = {
    "held": "certain",
    "contested": "contested: several are present",
    "implied": "implied: only a later report speaks for it",
    "uncertain": "uncertain: several possibilities",
    "disputed": "disputed: claimants disagree",
    "unknown": "unknown",
}
_ANY_DAY = civil_day("2000-01-01").toordinal()
_FIRST_DAY = civil_day("0001-01-01").toordinal()
_LAST_DAY = civil_day("9999-12-30").toordinal()  # there is a day after it
_LEAST_DAYS = 30  # an axis shows more than a single day, however short the history


@attrs.frozen
class Block:
    """Days of one lane on which the answer stays the same.

    Attributes:
        first, last: the days, within the axis, ordinals.
        span: the whole span that it is cut from.
    """

    first: int
    last: int
    span: Span

    @property
    def days(self) -> int:
        """How many days of the axis it takes."""
        return self.last - self.first + 1

    @property
    def pattern(self) -> str:
        """How it is drawn: one of ``PATTERNS``."""
        span = self.span
        if span.status in ("unknown", "uncertain", "disputed"):
            return span.status
        if span.best is not None and len(span.best) > 1:
            return "contested"
        return "implied" if span.status == "implied" else "held"

    @property
    def holders(self) -> tuple[str | None, ...]:
        """The actors of all possible holdings, those of the best first; None is unknown."""
        span = self.span
        rest = sorted(
            (h for h in span.possible if h != span.best), key=lambda h: (h is None, sorted(h or ()))
        )
        return tuple(dict.fromkeys(a for h in (span.best, *rest) for a in _actors(h)))


@attrs.frozen
class Lane:
    """One place.

    Attributes:
        place: its id.
        name: its name.
        blocks: in order, without gaps; none if nothing is reported of it.
    """

    place: str
    name: str
    blocks: tuple[Block, ...]


@attrs.frozen
class Key:
    """What stands for a holder.

    Attributes:
        name: the actor's name.
        letter: one character of ASCII; ``NO_LETTER`` if there are too many holders.
        colour: "#RRGGBB"; ``GREY`` if there are too many.
    """

    name: str
    letter: str
    colour: str

    @property
    def ink(self) -> str:
        """What is the easier to read on the colour: "black" or "white"."""
        red, green, blue = (int(self.colour[at : at + 2], 16) for at in (1, 3, 5))
        return "black" if red * 0.299 + green * 0.587 + blue * 0.114 > 110 else "white"


@attrs.frozen
class Lanes:
    """The lanes of several places on one axis.

    Attributes:
        first, last: the days of the axis, ordinals.
        rows: one a place, in the order asked for.
        holders: what stands for each actor, who holds most first.
        naming: the names they are told with.
    """

    first: int
    last: int
    rows: tuple[Lane, ...]
    holders: dict[str, Key]
    naming: Naming

    @property
    def patterns(self) -> list[str]:
        """The patterns that occur, in the order of ``PATTERNS``."""
        found = {block.pattern for row in self.rows for block in row.blocks}
        return [pattern for pattern in PATTERNS if pattern in found]

    def told(self, block: Block) -> str:
        """Who holds the place in a block, in words."""
        span = block.span
        if len(span.possible) > 1:
            return self.naming.alternatives(span.best, span.possible)
        return self.naming.holding(span.best)

    def when(self, block: Block) -> str:
        """The days of the whole span that a block is cut from, in words."""
        return days(block.span.when)


def lanes(
    view: View,
    places: Iterable[str] | None = None,
    *,
    first: Any = None,
    last: Any = None,
    day: Any = None,
    language: str = "en",
) -> Lanes:
    """The lanes of places.

    Args:
        view: what may be seen.
        places: ids or names; all that claims speak of, if not given.
        first, last: the days of the axis; by default those between which an answer changes, and a
            little more on both sides.
        day: a day that the axis is to show in any case.
        language: of names.

    Raises:
        UnknownNameError, AmbiguousNameError: for a place's name.
        DateError: for what is no day, or if the axis would end before it begins.
    """
    ids = sorted(view.territory.claims) if places is None else [view.place(p) for p in places]
    histories = {place: view.history(place) for place in dict.fromkeys(ids)}
    turns = {span.start for spans in histories.values() for span in spans if span.start > OPEN_PAST}
    if day is not None:
        turns.add(civil_day(day).toordinal())
    start, end = axis(turns, first, last)
    naming = Naming(view, language)
    rows = tuple(
        Lane(place, naming.place(place), tuple(_blocks(spans, start, end)))
        for place, spans in histories.items()
    )
    return Lanes(start, end, rows, _keys(rows, naming), naming)


def axis(turns: Collection[int], first: Any = None, last: Any = None) -> tuple[int, int]:
    """The first and last day of an axis: those given, else a twentieth more than what turns on it.

    Args:
        turns: the days on which anything changes, ordinals.
        first, last: days; None for what the turns make of it.

    Raises:
        DateError: for what is no day, or if the axis would end before it begins.
    """
    # Where nothing turns there is nothing to draw, and any day will do.
    low, high = (min(turns), max(turns)) if turns else (_ANY_DAY, _ANY_DAY)
    margin = max((high - low) // 20, _LEAST_DAYS)
    start = max(low - margin, _FIRST_DAY)
    end = min(high + margin, _LAST_DAY)
    if first is not None:
        start = civil_day(first, "first").toordinal()
    if last is not None:
        end = civil_day(last, "last").toordinal()
    if start > end:
        asked, got = (from_ordinal(day).isoformat() for day in (start, end))
        raise DateError(f"last: expected a day not before {asked}, got {got}")
    return start, end


def _actors(holding: Shown) -> Sequence[str | None]:
    return (None,) if holding is None else sorted(holding)


def _blocks(spans: Iterable[Span], first: int, last: int) -> Iterator[Block]:
    for span in spans:
        if span.start <= last and span.end >= first:
            yield Block(max(span.start, first), min(span.end, last), span)


def _keys(rows: Iterable[Lane], naming: Naming) -> dict[str, Key]:
    """A letter of its name, and a colour, for each actor."""
    held: Counter[str] = Counter()
    for row in rows:
        for block in row.blocks:
            for actor in block.holders:
                if actor is not None:
                    held[actor] += block.days
    free = list(ascii_uppercase + digits)
    found: dict[str, Key] = {}
    for at, actor in enumerate(sorted(held, key=lambda a: (-held[a], naming.actor(a), a))):
        name = naming.actor(actor)
        letter = next((c for c in name.upper() if c in free), None)
        letter = letter or (free[0] if free else NO_LETTER)
        if letter in free:
            free.remove(letter)
        found[actor] = Key(name, letter, OKABE_ITO[at] if at < len(OKABE_ITO) else GREY)
    return found
