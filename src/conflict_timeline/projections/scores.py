"""Forecasts scored: what became of those that each claimant made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.errors import AxisError, UnknownNameError, shown
from conflict_timeline.names import nearest
from conflict_timeline.projections.forecasts import Judged

__all__ = ["VERDICTS", "Score", "Scores", "scores"]

VERDICTS = ("borne out", "refuted", "undecided", "pending")
_BY = ("claimant", "publisher", "source")


@attrs.frozen(eq=False)
class Score:
    """The forecasts of one claimant, by what became of them.

    Attributes:
        name: the claimant.
        borne_out, refuted, undecided, pending: the forecasts, in order of when they were made.
    """

    name: str
    borne_out: tuple[Judged, ...]
    refuted: tuple[Judged, ...]
    undecided: tuple[Judged, ...]
    pending: tuple[Judged, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many, by verdict."""
        cells = (self.borne_out, self.refuted, self.undecided, self.pending)
        return {verdict: len(cell) for verdict, cell in zip(VERDICTS, cells, strict=True)}

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(self.counts.values())

    @property
    def share_borne_out(self) -> float | None:
        """Borne out among those decided; None where none is: that is not zero."""
        decided = len(self.borne_out) + len(self.refuted)
        return len(self.borne_out) / decided if decided else None


class Scores:
    """A table of scores, one row a claimant: most forecasts first, then by name.

    Attributes:
        by: "claimant", "publisher" or "source".
    """

    def __init__(self, by: str, rows: Iterable[Score]) -> None:
        self.by = by
        self._rows = {row.name.casefold(): row for row in sorted(rows, key=_order)}

    def _repr_html_(self) -> str:
        return in_html(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Score]:
        return iter(self._rows.values())

    def __getitem__(self, name: str) -> Score:
        """The row of a claimant, in any case of letters.

        Raises:
            UnknownNameError: if it made no forecast by the day.
        """
        if (row := self._rows.get(name.casefold())) is None:
            names = [row.name for row in self]
            raise UnknownNameError(self.by, name, nearest(name, names))
        return row


def _order(row: Score) -> tuple[int, str]:
    return (-row.total, row.name.casefold())


def scores(judged: Iterable[Judged], by: str = "claimant") -> Scores:
    """The score table of judged forecasts.

    Forecasts of one claimant that bear one ``occurrence`` are one forecast told several times: the
    report that is believed first counts.

    Args:
        judged: the forecasts, as ``judge`` gives them.
        by: "claimant" (who says it, else the publisher), "publisher" or "source" (its id).
    """
    if by not in _BY:
        raise AxisError(f"by: expected one of {', '.join(_BY)}, got {shown(by)}")
    rows: dict[str, dict[object, Judged]] = defaultdict(dict)
    names: dict[str, str] = {}
    for found in judged:
        name = _name(found, by)
        key = name.casefold()
        # Of several spellings the one that is first in order, so that the log's order is none.
        names[key] = min(name, names.get(key, name))
        same = found.forecast.occurrence or (found.evidence.id,)
        other = rows[key].get(same)
        if other is None or other.evidence.rank < found.evidence.rank:
            rows[key][same] = found
    return Scores(by, (_score(names[key], row.values()) for key, row in rows.items()))


def _name(judged: Judged, by: str) -> str:
    source = judged.evidence.source
    if by == "source":
        return source.id
    publisher = source.publisher or source.id
    return publisher if by == "publisher" else judged.forecast.claimant or publisher


def _score(name: str, row: Iterable[Judged]) -> Score:
    cells: dict[str, list[Judged]] = {verdict: [] for verdict in VERDICTS}
    for judged in sorted(row, key=lambda j: (j.evidence.first, j.evidence.last, j.evidence.id)):
        cells[judged.verdict].append(judged)
    return Score(name, *(tuple(cells[verdict]) for verdict in VERDICTS))
