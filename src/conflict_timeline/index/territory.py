"""Territory from the index: the answers of ``projections.territory``, with few events decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from conflict_timeline.index.entries import Entries
from conflict_timeline.index.places import Places
from conflict_timeline.index.sight import Sight
from conflict_timeline.index.whole import WholeStates
from conflict_timeline.projections.register import Answer, Register, WholeState
from conflict_timeline.projections.territory import Span, Territory
from conflict_timeline.projections.worlds import Unreported
from conflict_timeline.view import Seen, Visible, visible

__all__ = ["IndexedTerritory", "IndexedVisible"]

#: What takes decoding every event, and so is made when it is first asked for.
_OF_ALL = ("claims", "withheld", "changes", "overruled", "hidden")


class IndexedVisible(Visible):
    """What a view shows, from the index: records and merges at once, claims when asked for."""

    def __init__(self, sight: Sight, entries: Entries) -> None:
        self.spec = sight.spec
        self._entries = entries
        self._sight = sight
        self.sources = sight.records("source")  # type: ignore[assignment]
        self.places = sight.records("place")  # type: ignore[assignment]
        self.actors = sight.records("actor")  # type: ignore[assignment]
        self.merges = sight.merges
        self.of_places: Places | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in _OF_ALL:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        found = visible(self._entries, self.spec)
        for field in _OF_ALL:
            self.__dict__.setdefault(field, getattr(found, field))
        return self.__dict__[name]

    def of_place(self, place: str) -> Visible:
        """What it shows of the control of one place: only the events that bear on it are read."""
        return self if self.of_places is None else self.of_places.told(place)

    def withheld_of(self, place: str) -> Sequence[Seen]:
        """The withheld claims on the control of a place."""
        return (
            super().withheld_of(place) if self.of_places is None else self.of_places.withheld(place)
        )


class _Claims(Mapping[str, Sequence[Seen]]):
    """The claims that count of each place, decoded when they are asked for."""

    def __init__(self, places: Places, whole: WholeStates) -> None:
        self._places = places
        self._whole = whole
        self._found: dict[str, list[Seen]] = {}

    def __getitem__(self, place: str) -> Sequence[Seen]:
        if place not in self._found:
            claims = self._places.claims(place)
            if not claims:
                raise KeyError(place)
            self._found[place] = claims
        return self._found[place]

    def __contains__(self, place: object) -> bool:
        return isinstance(place, str) and len(self._places.register(place)) > 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole.keys)

    def __len__(self) -> int:
        return len(self._whole.keys)


class _Registers(Register):
    """The registers of all places as one: what asks about one place goes to its own."""

    def __init__(self, places: Places, whole: WholeStates) -> None:
        self._places = places
        self._whole = whole
        self.implied_within = places.implied_within

    @property
    def keys(self) -> Sequence[str]:
        """The places with claims, sorted."""
        return self._whole.keys

    def answer(self, key: str, day: int) -> Answer:
        """As ``Register.answer``."""
        return self._places.answer(key, day)

    def since(self, key: str, day: int, holding: Any) -> tuple[int, int]:
        """As ``Register.since``."""
        return self._places.register(key).since(key, day, holding)

    def unreported(self, key: str, day: int, holding: Any) -> list[Unreported]:
        """As ``Register.unreported``."""
        return self._places.register(key).unreported(key, day, holding)

    def breakpoints(self, key: str) -> list[int]:
        """As ``Register.breakpoints``."""
        return self._places.register(key).breakpoints(key)

    def turning(self, start: int, end: int) -> list[str]:
        """As ``Register.turning``."""
        return self._whole.turning(start, end)

    def state(self, day: int) -> WholeState:
        """As ``Register.state``."""
        return self._whole.state(day)


class IndexedTerritory(Territory):
    """Who held each place, on any day, from the index."""

    def __init__(self, seen: IndexedVisible, sight: Sight, implied_within: int | None) -> None:
        self.visible = seen
        self._places = Places(sight, implied_within)
        seen.of_places = self._places
        self._whole = WholeStates(self._places)
        self.claims = _Claims(self._places, self._whole)
        self._histories: dict[str, list[Span]] = {}

    @cached_property
    def register(self) -> Register:  # type: ignore[override]
        """The registers of all places as one."""
        return _Registers(self._places, self._whole)

    def answer(self, place: str, day: int) -> Answer:
        """What can have held for a place at the end of a day."""
        return self._places.answer(place, day)

    def register_of(self, place: str) -> Register:
        """The register of the place alone."""
        return self._places.register(place)

    def history(self, place: str) -> list[Span]:
        """The spans of a place, from the open past to the open future, the answer in each."""
        if place not in self._histories:
            self._histories[place] = super().history(place)
        return list(self._histories[place])
