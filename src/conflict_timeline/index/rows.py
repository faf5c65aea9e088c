"""The rows of the index: one for each record that a control claim puts into a register.

Most rows lie in a *base*, sorted by place and first day, which may be a file that is mapped into
memory. What comes later lies in a *tail*, in order of arrival, and is put into the base now and
then. A row keeps its number until then.

Whether a view shows a row follows from its columns alone, but for rows that are *tangled*: those
whose retractions or corrections have been taken back, or are several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_timeline.projections.ragged import Ints, ranges

__all__ = ["BLOCK", "COLUMNS", "NEVER", "TANGLED", "Rows", "level_of"]

#: A day or position that no question reaches.
NEVER = 2**31 - 1
#: A bit of ``flags``.
TANGLED = 1

#: The columns of a row and their types; 45 bytes a row.
COLUMNS: dict[str, str] = {
    "place": "<i4",  # number of the place
    "first": "<i4",  # bounds of the days, narrowed by the publication
    "last": "<i4",
    "known_first": "<i4",  # bounds of the publication
    "known": "<i4",
    "position": "<i4",  # of the event in the log
    "source": "<i4",  # number of the source
    "move": "<i4",  # number of what it says
    "gone_known": "<i4",  # since when it is taken back: day of publication and log position
    "gone_position": "<i4",
    "believed": "<i2",  # reliability and credibility: the greater is believed first
    "flags": "<i1",
    "id": "<u8",  # the first 8 bytes of the claim's id
}  # fmt: skip

#: Rows that have one checksum together, in a file.
BLOCK = 16_384

Row = tuple[int, ...]
_NAMES = tuple(COLUMNS)
_AT = {name: at for at, name in enumerate(_NAMES)}
_FEWEST_TAIL = 2_048
_LARGEST_TAIL = 50  # one part in so many of the base


def level_of(place: Ints, day: Ints | int) -> Ints:
    """Place and day as one number, in order of both."""
    found: Ints = (place << 32) + (day + 2**31)
    return found


class Rows:
    """The rows, by number.

    Attributes:
        base: its columns.
        read: how many rows questions have looked at so far.
    """

    def __init__(self) -> None:
        self.base = {name: np.zeros(0, dtype=kind) for name, kind in COLUMNS.items()}
        self.read = 0
        self._tail: list[int] = []  # row after row: a million objects less to keep an eye on
        self._tail_of: defaultdict[int, list[int]] = defaultdict(list)
        self._told_apart = 0  # so many rows of the tail are in it
        self._tail_columns: dict[str, npt.NDArray[Any]] = {}
        self._starts: Ints | None = None
        self._levels: tuple[Ints, npt.NDArray[Any], bool] | None = None
        self._unchecked: set[int] = set()
        self._check: Callable[[int], bool] = lambda block: True
        self._heal: Callable[[], None] = lambda: None

    def take_over(
        self,
        base: dict[str, npt.NDArray[Any]],
        starts: Ints,
        check: Callable[[int], bool],
        heal: Callable[[], None],
    ) -> None:
        """Takes a base from a file.

        Args:
            base: its columns.
            starts: where the rows of each place begin; one more than places.
            check: whether a block is as it was written.
            heal: fills this object anew where one is not.
        """
        self.base, self._starts = base, starts
        self._unchecked = set(range(-(-len(base["place"]) // BLOCK)))
        self._check, self._heal = check, heal

    def become(self, other: Rows) -> None:
        """Holds what another holds."""
        read = self.read
        self.__dict__.update(other.__dict__)
        self.read += read

    def _looked_at(self, begin: int, end: int) -> bool:
        """Checks the blocks of some rows of the base; False if it had to be filled anew."""
        if self._unchecked:
            for block in range(begin // BLOCK, -(-end // BLOCK)):
                if block in self._unchecked:
                    if not self._check(block):
                        self._unchecked = set()
                        self._heal()
                        return False
                    self._unchecked.discard(block)
        return True

    def __len__(self) -> int:
        return len(self.base["place"]) + self._late

    @property
    def sorted(self) -> int:
        """How many rows lie in the base."""
        return len(self.base["place"])

    @property
    def _late(self) -> int:
        """How many rows lie in the tail."""
        return len(self._tail) // len(_NAMES)

    def starts(self, places: int) -> Ints:
        """Where the rows of each place begin in the base; one more than places."""
        if self._starts is None:
            self._starts = np.searchsorted(self.base["place"], np.arange(places + 1))
        elif len(self._starts) <= places:  # places that came since have no rows in the base
            more = np.full(places + 1 - len(self._starts), self.sorted)
            self._starts = np.append(self._starts, more)
        return self._starts

    # ---- in -------------------------------------------------------------------------------------

    def append(self, row: Row) -> None:
        """Adds a row."""
        self._tail += row
        if self._tail_columns:
            self._tail_columns.clear()

    def set_gone(self, rows: Iterable[int], known: int, position: int) -> None:
        """Notes since when rows are taken back."""
        self._set(rows, "gone_known", known)
        self._set(rows, "gone_position", position)

    def tangle(self, rows: Iterable[int]) -> None:
        """Notes that whether rows are shown does not follow from their columns."""
        for row in rows:
            self._set([row], "flags", int(self.read_off("flags", np.asarray([row]))[0]) | TANGLED)

    def _set(self, rows: Iterable[int], name: str, value: int) -> None:
        for row in rows:
            if row < self.sorted:
                self.base[name][row] = value
            else:
                self._tail[(row - self.sorted) * len(_NAMES) + _AT[name]] = value
                if self._tail_columns:
                    self._tail_columns[name][row - self.sorted] = value

    def settle(self) -> bool:
        """Puts the tail into the base once it is large; whether it did. Rows get other numbers."""
        if self._late <= max(_FEWEST_TAIL, self.sorted // _LARGEST_TAIL):
            return False
        self.settle_now()
        return True

    def settle_now(self) -> None:
        """Puts the tail into the base."""
        if not self._tail:
            return
        self._looked_at(0, self.sorted)
        columns = {
            name: np.concatenate([self.base[name], self._tail_column(name)]) for name in COLUMNS
        }
        key = columns["place"].astype(np.int64) << 32
        key += columns["first"].astype(np.int64) + 2**31
        order = np.argsort(key, kind="stable")
        self.base = {name: column[order] for name, column in columns.items()}
        self._tail, self._starts, self._levels = [], None, None
        self._tail_of.clear()
        self._told_apart = 0
        self._tail_columns.clear()

    # ---- out ------------------------------------------------------------------------------------

    def _tail_by_place(self) -> defaultdict[int, list[int]]:
        """The rows of the tail by place; most rows are in the base before anyone asks."""
        found, late = self._tail_of, self._late
        if self._told_apart < late:
            new = self._tail[self._told_apart * len(_NAMES) + _AT["place"] :: len(_NAMES)]
            for row, place in enumerate(new, start=self.sorted + self._told_apart):
                found[place].append(row)
            self._told_apart = late
        return found

    def _tail_column(self, name: str) -> npt.NDArray[Any]:
        if not self._tail_columns:
            for other, at in _AT.items():
                values = self._tail[at :: len(_NAMES)]
                self._tail_columns[other] = np.asarray(values, dtype=COLUMNS[other])
        return self._tail_columns[name]

    def take(self, name: str, rows: Ints) -> npt.NDArray[Any]:
        """A column of some rows."""
        return _taken(self.base[name], self._tail_column(name) if self._tail else None, rows)

    def read_off(self, name: str, rows: Ints) -> npt.NDArray[Any]:
        """The same while rows come: columns of the tail would be made anew for each."""
        begin, at = self.sorted, _AT[name]
        early = rows < begin
        found = np.empty(len(rows), dtype=COLUMNS[name])
        found[early] = self.base[name][rows[early]]
        late = (rows[~early] - begin).tolist()
        found[~early] = [self._tail[row * len(_NAMES) + at] for row in late]
        return found

    def snapshot(self) -> Callable[[str, Ints], npt.NDArray[Any]]:
        """What ``take`` gives now, for good: rows may get other numbers later."""
        base = dict(self.base)
        tail = {name: self._tail_column(name) for name in COLUMNS} if self._tail else {}
        return lambda name, rows: _taken(base[name], tail.get(name), rows)

    def ints(self, name: str, rows: Ints) -> Ints:
        """A column of some rows, in numbers wide enough to reckon with."""
        found: Ints = self.take(name, rows).astype(np.int64)
        return found

    def of_place(self, place: int, places: int) -> Ints:
        """The rows of a place."""
        starts = self.starts(places)
        if not self._looked_at(int(starts[place]), int(starts[place + 1])):
            starts = self.starts(places)
        found = np.arange(starts[place], starts[place + 1])
        tail = self._tail_by_place().get(place)
        return np.append(found, tail) if tail else found

    def of_places(self, which: Ints, places: int) -> Ints:
        """The rows of some places, all in one."""
        starts = self.starts(places)
        if self._unchecked and len(which):
            whole = len(which) > 64
            parts = (
                [(0, self.sorted)] if whole else zip(starts[which], starts[which + 1], strict=True)
            )
            if not all(self._looked_at(int(begin), int(end)) for begin, end in parts):
                starts = self.starts(places)
        _, found = ranges(starts[which], starts[which + 1] - starts[which])
        late = self._tail_by_place()
        tail = [row for place in which.tolist() for row in late.get(place, ())]
        return np.append(found, tail).astype(np.int64)

    def late_places(self) -> Ints:
        """The places that have rows in the tail."""
        return np.asarray(sorted(self._tail_by_place()), dtype=np.int64)

    @property
    def levels(self) -> Ints:
        """(place, first day) of the rows of the base, as one sorted number; see ``level_of``."""
        return self._ordered()[0]

    @property
    def reach(self) -> npt.NDArray[Any]:
        """The latest day that a row of the base, or one of its place before it, may be about."""
        return self._ordered()[1]

    @property
    def foresees(self) -> bool:
        """Whether a row of the base is about days after its publication, which was not told."""
        return self._ordered()[2]

    def _ordered(self) -> tuple[Ints, npt.NDArray[Any], bool]:
        if self._levels is None or len(self._levels[0]) != self.sorted:
            self._looked_at(0, self.sorted)
            place = self.base["place"].astype(np.int64)
            reach = np.maximum.accumulate(level_of(place, self.base["last"].astype(np.int64)))
            days = (reach & 2**32 - 1) - 2**31
            self._levels = (
                level_of(place, self.base["first"].astype(np.int64)),
                days.astype(np.int32),
                bool((self.base["first"] > self.base["known"]).any()),
            )
        return self._levels

    def every(self) -> Ints:
        """All rows."""
        self._looked_at(0, self.sorted)
        return np.arange(len(self))

    def at_position(self, place: int, position: int, places: int) -> Ints:
        """The rows of a place that are of the event at a position."""
        rows = self.of_place(place, places)
        found: Ints = rows[self.read_off("position", rows) == position]
        return found


def _taken(base: npt.NDArray[Any], tail: npt.NDArray[Any] | None, rows: Ints) -> npt.NDArray[Any]:
    if tail is None or not len(rows) or int(rows.max()) < len(base):
        return base[rows]
    found = np.empty(len(rows), dtype=base.dtype)
    early = rows < len(base)
    found[early] = base[rows[early]]
    found[~early] = tail[rows[~early] - len(base)]
    return found
