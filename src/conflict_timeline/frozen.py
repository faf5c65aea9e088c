"""A small immutable mapping, so that events can hold mappings and still be compared and hashed."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping
from typing import NoReturn, TypeVar

K = TypeVar("K", bound=str)
V = TypeVar("V")


class FrozenMap(Mapping[K, V]):
    """An immutable mapping with its keys in sorted order, equal to any mapping with its items."""

    __slots__ = ("_items",)
    _items: dict[K, V]

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        object.__setattr__(self, "_items", dict(sorted((items or {}).items())))

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> ItemsView[K, V]:
        """The dict's own view of its items: several times faster than a mapping's, as fixed."""
        return self._items.items()

    def __eq__(self, other: object) -> bool:
        if type(other) is FrozenMap:
            return self._items == other._items
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a FrozenMap cannot be changed ({name})")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a FrozenMap cannot be changed ({name})")

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        return (FrozenMap, (self._items,))
