"""The whole state of a day as an Arrow table, made of its arrays without an object a place.

Needs the ``arrow`` extra (pyarrow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conflict_timeline.errors import MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

    from conflict_timeline.projections.ragged import Ints
    from conflict_timeline.projections.whole_state import Sets, WholeState

__all__ = ["arrow_table"]


def arrow_table(state: WholeState) -> pa.Table:
    """A whole state as Arrow.

    Returns:
        ``place``; ``best``, a list of actor ids, null if unknown; ``possible`` and ``conceivable``,
        lists of such, unknown last; ``narrowed``.

    Raises:
        MissingExtraError: without pyarrow.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise MissingExtraError("Arrow", "arrow") from None
    # Whatever is unknown is shown as one, and holdings stand in the order of their actors.
    known = sorted((sorted(h), i) for i, h in enumerate(state.holdings) if isinstance(h, frozenset))
    rank = np.full(len(state.holdings), len(known), dtype=np.int64)
    rank[[i for _, i in known]] = np.arange(len(known))
    shown = pa.array([*(actors for actors, _ in known), None], pa.list_(pa.string()))

    def lists(sets: Sets) -> pa.Array:
        begin, codes = _each_once(sets, rank)
        return pa.ListArray.from_arrays(pa.array(begin, pa.int32()), shown.take(pa.array(codes)))

    return pa.table(
        {
            "place": pa.array(state.keys, pa.string()),
            "best": shown.take(pa.array(rank[state.best])),
            "possible": lists(state.possible_codes),
            "conceivable": lists(state.conceivable_codes),
            "narrowed": pa.array(state.narrowed, pa.bool_()),
        }
    )


def _each_once(sets: Sets, rank: Ints) -> tuple[Ints, Ints]:
    """The ranks of each key's holdings in order, each once, and where they begin."""
    wide = len(rank) + 1
    # Their keys are in order already, which a stable sort makes use of.
    pairs = np.sort(sets.owner * wide + rank[sets.codes], kind="stable")
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = pairs[1:] != pairs[:-1]
    pairs = pairs[new]
    return np.searchsorted(pairs, np.arange(len(sets.begin)) * wide), pairs % wide
