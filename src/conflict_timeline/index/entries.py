"""The entries of a log as a sequence, read from its store when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from conflict_timeline.log import Entry, Store

__all__ = ["Entries", "Reader"]

#: Entries read one by one that are kept, so that evidence asked for again is not decoded again.
_KEPT = 20_000
#: So far apart entries are still read at once: a row passed over costs less than another query.
_NEAR = 64


class Reader:
    """Reads entries from a store; each is kept, so that it is decoded once.

    Attributes:
        store: of the log.
        read: how many entries were read so far.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.read = 0
        self._some: dict[int, Entry] = {}
        self._all: list[Entry] = []

    def at(self, position: int) -> Entry:
        """The entry at a position."""
        if position <= len(self._all):
            return self._all[position - 1]
        if position not in self._some:
            self.read += 1
            self.keep(next(iter(self.store.entries(position - 1, position))))
        return self._some[position]

    def many(self, positions: Iterable[int]) -> Iterator[Entry]:
        """The entries at some positions, in order of position: those near each other at once."""
        run: list[int] = []
        for position in sorted(positions):
            if position <= len(self._all):
                yield self._all[position - 1]
                continue
            if run and position - run[-1] > _NEAR:
                yield from self._run(run)
                run = []
            run.append(position)
        yield from self._run(run)

    def _run(self, positions: Sequence[int]) -> Iterator[Entry]:
        """The entries at positions near each other."""
        missing = [position for position in positions if position not in self._some]
        found = {position: self._some[position] for position in positions if position in self._some}
        if missing:
            wanted = set(missing)
            for entry in self.store.entries(missing[0] - 1, missing[-1]):
                if entry.position in wanted:
                    self.read += 1
                    found[entry.position] = entry
                    self.keep(entry)
        return (found[position] for position in positions)

    def keep(self, entry: Entry) -> None:
        """Keeps an entry that was read."""
        if len(self._some) >= _KEPT:
            self._some.clear()
        self._some[entry.position] = entry

    def note(self, entry: Entry) -> None:
        """Keeps an entry read in passing, if it is of the first ones: a small log is kept whole."""
        self.read += 1
        if entry.position == len(self._all) + 1 <= _KEPT:
            self._all.append(entry)

    def upto(self, position: int) -> list[Entry]:
        """The entries from position 1, all of them read and kept."""
        if len(self._all) < position:
            for entry in self.store.entries(len(self._all), position):
                self.read += 1
                self._all.append(self._some.pop(entry.position, entry))
        return self._all

    def forget(self) -> None:
        """Forgets what was read."""
        self._some.clear()
        self._all.clear()


class Entries(Sequence[Entry]):
    """The entries of a log up to a position; later ones do not enter it."""

    def __init__(self, reader: Reader, length: int) -> None:
        self._reader = reader
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(index, int):
            return self._reader.at(range(self._length)[index] + 1)
        positions = range(self._length)[index]
        return (
            self._reader.upto(max(positions, default=-1) + 1)[index.start : index.stop : index.step]
            if positions
            else []
        )

    def __iter__(self) -> Iterator[Entry]:
        entries = self._reader.upto(self._length)
        return (entries[i] for i in range(self._length))
