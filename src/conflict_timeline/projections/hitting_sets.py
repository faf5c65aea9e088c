"""The smallest sets that fail, one after the other, by a hitting-set tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

__all__ = ["minimal_sets"]

Ids = frozenset[str]


def minimal_sets(
    universe: Ids, smallest: Callable[[Ids], Ids | None], limit: int, may_go_on: Callable[[], bool]
) -> Iterator[Ids]:
    """The smallest sets that fail: whatever is taken out of one, the rest does not fail.

    A hitting-set tree (R. Reiter, 1987): each set found is left by each of its members in turn, and
    what remains is searched again. All of them, up to the limit and as long as it may go on.

    Args:
        universe: what the sets are drawn from.
        smallest: a smallest failing part of a set, or None; what contains one that fails, fails.
        limit: how many to find.
        may_go_on: asked at each node of the tree.
    """
    found: list[Ids] = []
    stack: list[Ids] = [frozenset()]
    met = {frozenset[str]()}
    while stack and len(found) < limit and may_go_on():
        without = stack.pop()
        known = next((each for each in found if not each & without), None)
        if known is None:
            known = smallest(universe - without)
            if known is None:
                continue
            found.append(known)
            yield known
        for identity in sorted(known, reverse=True):
            further = without | {identity}
            if further not in met:
                met.add(further)
                stack.append(further)
