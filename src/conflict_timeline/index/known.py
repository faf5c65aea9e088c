"""What a log already holds, for the checks before an append: looked up, not read through."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TypeVar

from conflict_timeline.dates import OPEN_FUTURE
from conflict_timeline.events import Corrected, Event, Retracted, Source
from conflict_timeline.index.log_index import LogIndex

__all__ = ["LastDeclared", "Publications", "Retractions", "Targets"]

E = TypeVar("E")


class _ReadOnly(MutableMapping[str, E]):
    def __setitem__(self, key: str, value: E) -> None:
        raise TypeError("what a log holds is only read")

    def __delitem__(self, key: str) -> None:
        raise TypeError("what a log holds is only read")


class LastDeclared(_ReadOnly[E]):
    """The records of a kind by id; of one that is declared again, the last declaration."""

    def __init__(self, index: LogIndex, kind: str) -> None:
        self._index = index
        self._kind = kind

    @property
    def _declared(self) -> dict[str, int]:
        return self._index.declared[self._kind]

    def __getitem__(self, identity: str) -> E:
        return self._index.reader.at(self._last(identity)).event  # type: ignore[return-value]

    def _last(self, identity: str) -> int:
        if identity not in self._declared:
            raise KeyError(identity)
        return self._index.declarations(self._kind, identity)[-1]

    def __contains__(self, identity: object) -> bool:
        return identity in self._declared

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)


class Publications(_ReadOnly[int]):
    """The last day on which each source came out, an ordinal; OPEN_FUTURE where that is unknown."""

    def __init__(self, index: LogIndex) -> None:
        self._index = index

    def __getitem__(self, identity: str) -> int:
        index = self._index
        *_, last = index.declarations("source", identity) or [0]
        if not last:
            raise KeyError(identity)
        fact = index.source_facts[index.source_code[identity]]
        if fact is not None and fact.position == last:
            return OPEN_FUTURE if fact.published is None else fact.published[1]
        source = index.reader.at(last).event
        published = source.published if isinstance(source, Source) else None
        return OPEN_FUTURE if published is None else published.last

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.declared["source"])

    def __len__(self) -> int:
        return len(self._index.declared["source"])


class Targets(_ReadOnly[type[Event]]):
    """The kinds of the events that changes of mind may aim at, by id."""

    def __init__(self, index: LogIndex) -> None:
        self._index = index
        self._replacements: dict[str, type[Event]] = {}
        self._weighed = -1

    def __getitem__(self, identity: str) -> type[Event]:
        entry = self._index.reader.store.find(identity)
        if entry is not None:
            return Event if entry.gone else type(entry.event)
        self._look()
        return self._replacements[identity]

    def __contains__(self, identity: object) -> bool:
        if not isinstance(identity, str):
            return False
        if self._index.reader.store.find(identity) is not None:
            return True
        self._look()
        return identity in self._replacements

    def _look(self) -> None:
        """Replacements are in no entry of their own, but in those of corrections."""
        index = self._index
        if self._weighed != len(index.changes):
            for position in index.changes:
                event = index.reader.at(position).event
                if isinstance(event, Corrected):
                    self._replacements[event.replacement.id] = type(event.replacement)
            self._weighed = len(index.changes)

    def __iter__(self) -> Iterator[str]:
        self._look()
        yield from (entry.id for entry in self._index.reader.store.entries())
        yield from self._replacements

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Retractions(_ReadOnly[Retracted]):
    """The retractions of what is no plain claim, by what they take back."""

    def __init__(self, index: LogIndex) -> None:
        self._index = index
        self._found: dict[str, Retracted] = {}
        self._weighed = -1

    def _look(self) -> dict[str, Retracted]:
        index = self._index
        if self._weighed != len(index.changes):
            for position in sorted(index.changes):
                event = index.reader.at(position).event
                if isinstance(event, Retracted):
                    self._found[event.target] = event
            self._weighed = len(index.changes)
        return self._found

    def __getitem__(self, identity: str) -> Retracted:
        return self._look()[identity]

    def __iter__(self) -> Iterator[str]:
        return iter(self._look())

    def __len__(self) -> int:
        return len(self._look())
