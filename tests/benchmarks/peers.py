"""The same exact reports in other tools, each asked the way its own documentation recommends.

All of them answer one question: who held a place at the end of a day, by the latest report of that
day or before that was published by another day and not taken back by then. What they cannot say
is everything else that the library answers: vague dates, contradictions, evidence.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any

import attrs
import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from tests.benchmarks import work

Ints = npt.NDArray[np.int64]

#: Later than every day.
NEVER = 10**9
#: Actors by number of move: who held the place after it.
HOLDERS = [
    next(iter(m.holders)) if m.holders is not None else str(m.to) for m in work.MOVES
]  # fmt: skip
_CODES = np.asarray([work.ACTORS.index(holder) for holder in HOLDERS])


@attrs.frozen(eq=False)
class Reports:
    """Exact reports, one a place and day, in order of publication."""

    places: int
    place: Ints
    day: Ints
    known: Ints
    gone: Ints
    holder: Ints

    @classmethod
    def of(cls, made: work.Work) -> Reports:
        """The reports of some work with exact dates."""
        gone = np.where(made.retracted < 0, NEVER, made.retracted)
        return cls(made.places, made.place, made.first, made.known, gone, _CODES[made.move])

    def frame(self) -> dict[str, Ints]:
        """As columns, in order of place and day."""
        order = np.lexsort((self.day, self.place))
        names = ("place", "day", "known", "gone", "holder")
        return {name: getattr(self, name)[order] for name in names}


class Peer(ABC):
    """A tool with the reports in it."""

    name: str

    @abstractmethod
    def point(self, place: int, day: int, known: int) -> int | None:
        """The holder of a place; None if no report says."""

    @abstractmethod
    def whole(self, day: int, known: int) -> dict[int, int] | Any:
        """The holders of all places, in the form that the tool gives them."""

    @abstractmethod
    def holders(self, found: Any) -> dict[int, int]:
        """A whole state as holders by place, for checking."""


class Reference(Peer):
    """Plain loops, against which every answer is checked."""

    name = "reference"

    def __init__(self, reports: Reports, places: Sequence[int]) -> None:
        """Takes the reports of some places."""
        some = np.flatnonzero(np.isin(reports.place, np.asarray(places)))
        columns = (reports.place, reports.day, reports.known, reports.gone, reports.holder)
        self._by_place: dict[int, list[tuple[int, ...]]] = {}
        for place, *row in zip(*(c[some].tolist() for c in columns), strict=True):
            self._by_place.setdefault(place, []).append(tuple(row))

    def point(self, place: int, day: int, known: int) -> int | None:
        told = [
            (at, holder)
            for at, published, gone, holder in self._by_place.get(place, ())
            if at <= day and published <= known < gone
        ]
        return max(told)[1] if told else None

    def whole(self, day: int, known: int) -> dict[int, int]:
        found = {place: self.point(place, day, known) for place in self._by_place}
        return {place: holder for place, holder in found.items() if holder is not None}

    def holders(self, found: Any) -> dict[int, int]:
        return dict(found)


class SQLiteTable(Peer):
    """A bare table with an index."""

    name = "SQLite table"

    def __init__(self, reports: Reports) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE TABLE r (place, day, known, gone, holder)")
        rows = zip(*(c.tolist() for c in reports.frame().values()), strict=True)
        self._db.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?)", rows)
        self._db.execute("CREATE INDEX by_place ON r (place, day, known, gone, holder)")

    def point(self, place: int, day: int, known: int) -> int | None:
        row = self._db.execute(
            "SELECT holder FROM r WHERE place = ? AND day <= ? AND known <= ? AND gone > ? "
            "ORDER BY day DESC LIMIT 1",
            (place, day, known, known),
        ).fetchone()
        return None if row is None else row[0]

    def whole(self, day: int, known: int) -> Any:
        return self._db.execute(
            "SELECT place, holder, max(day) FROM r WHERE day <= ? AND known <= ? AND gone > ? "
            "GROUP BY place",
            (day, known, known),
        ).fetchall()

    def holders(self, found: Any) -> dict[int, int]:
        return {place: holder for place, holder, _ in found}


class SQLiteIntervals(Peer):
    """Rectangles of days and days of knowledge, reckoned beforehand, with an index by place."""

    name = "SQLite intervals"

    def __init__(self, reports: Reports) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE TABLE r (place, start, stop, known, until, holder)")
        order = np.argsort(reports.place, kind="stable")
        columns = [
            getattr(reports, name)[order].tolist()
            for name in ("place", "day", "known", "gone", "holder")
        ]
        by_place: dict[int, list[tuple[int, int, int, int]]] = {}
        for place, *row in zip(*columns, strict=True):
            by_place.setdefault(place, []).append(tuple(row))  # type: ignore[arg-type]
        for place, told in by_place.items():
            self._db.executemany(
                f"INSERT INTO r VALUES ({place}, ?, ?, ?, ?, ?)",
                _rectangles(told),
            )
        self._db.execute("CREATE INDEX by_place ON r (place, start, stop, known, until, holder)")

    def point(self, place: int, day: int, known: int) -> int | None:
        row = self._db.execute(
            "SELECT holder FROM r WHERE place = ? AND start <= ? AND stop > ? AND known <= ? "
            "AND until > ? ORDER BY start DESC LIMIT 1",
            (place, day, day, known, known),
        ).fetchone()
        return None if row is None else row[0]

    def whole(self, day: int, known: int) -> Any:
        return self._db.execute(
            "SELECT place, holder FROM r WHERE start <= ? AND stop > ? AND known <= ? "
            "AND until > ?",
            (day, day, known, known),
        ).fetchall()

    def holders(self, found: Any) -> dict[int, int]:
        return dict(found)


def _rectangles(told: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int, int]]:
    """Start, stop, known, until, holder: what each day's report says, and while it does."""
    turns = [(known, 1, day, holder) for day, known, _, holder in told]
    turns += [(gone, 0, day, holder) for day, _, gone, holder in told if gone != NEVER]
    shown: list[tuple[int, int]] = []
    open_since: dict[int, int] = {}
    found = []

    def stop_of(at: int) -> int:
        return shown[at + 1][0] if at + 1 < len(shown) else NEVER

    def close(at: int, now: int) -> None:
        start, holder = shown[at]
        if open_since[start] < now:
            found.append((start, stop_of(at), open_since[start], now, holder))

    for now, added, day, holder in sorted(turns):
        if added:
            at = bisect_left(shown, (day, holder))
            if at:
                close(at - 1, now)
                open_since[shown[at - 1][0]] = now
            insort(shown, (day, holder))
            open_since[day] = now
        else:
            at = bisect_left(shown, (day, holder))
            close(at, now)
            if at:
                close(at - 1, now)
                open_since[shown[at - 1][0]] = now
            del shown[at], open_since[day]
    for at in range(len(shown)):
        close(at, NEVER)
    return found


class DuckDB(Peer):
    """A table in memory, sorted, with the largest day of each place by ``arg_max``."""

    name = "DuckDB"

    def __init__(self, reports: Reports) -> None:
        self._db = duckdb.connect()
        frame = pd.DataFrame(reports.frame())
        self._db.register("frame", frame)
        self._db.execute("CREATE TABLE r AS SELECT * FROM frame")

    def point(self, place: int, day: int, known: int) -> int | None:
        row = self._db.execute(
            "SELECT arg_max(holder, day) FROM r WHERE place = ? AND day <= ? AND known <= ? "
            "AND gone > ?",
            (place, day, known, known),
        ).fetchone()
        return None if row is None else row[0]

    def whole(self, day: int, known: int) -> Any:
        return self._db.execute(
            "SELECT place, arg_max(holder, day) AS holder FROM r "
            "WHERE day <= ? AND known <= ? AND gone > ? GROUP BY place",
            (day, known, known),
        ).fetchnumpy()

    def holders(self, found: Any) -> dict[int, int]:
        return dict(zip(found["place"].tolist(), found["holder"].tolist(), strict=True))


class Polars(Peer):
    """Sorted columns; the last row of each place among those that count."""

    name = "polars"

    def __init__(self, reports: Reports) -> None:
        self._frame = pl.DataFrame(reports.frame()).with_columns(pl.col("place").set_sorted())

    def _seen(self, day: int, known: int) -> pl.LazyFrame:
        return self._frame.lazy().filter(
            (pl.col("day") <= day) & (pl.col("known") <= known) & (pl.col("gone") > known)
        )

    def point(self, place: int, day: int, known: int) -> int | None:
        start = self._frame["place"].search_sorted(place, "left")
        stop = self._frame["place"].search_sorted(place, "right")
        part = self._frame.slice(start, stop - start).filter(
            (pl.col("day") <= day) & (pl.col("known") <= known) & (pl.col("gone") > known)
        )
        return part["holder"][-1] if len(part) else None

    def whole(self, day: int, known: int) -> Any:
        return self._seen(day, known).group_by("place").agg(pl.col("holder").last()).collect()

    def holders(self, found: Any) -> dict[int, int]:
        return dict(zip(found["place"].to_list(), found["holder"].to_list(), strict=True))


class Pandas(Peer):
    """``merge_asof`` of the places asked with the rows that count, in order of day."""

    name = "pandas merge_asof"

    def __init__(self, reports: Reports) -> None:
        self._frame = pd.DataFrame(reports.frame()).sort_values("day", kind="stable")
        self._places = np.unique(reports.place)

    def _asked(self, places: Any, day: int, known: int) -> Any:
        frame = self._frame
        seen = frame[(frame["known"] <= known) & (frame["gone"] > known)]
        asked = pd.DataFrame({"place": places, "day": day})
        return pd.merge_asof(asked, seen[["place", "day", "holder"]], on="day", by="place")

    def point(self, place: int, day: int, known: int) -> int | None:
        found = self._asked([place], day, known)["holder"].iloc[0]
        return None if pd.isna(found) else int(found)

    def whole(self, day: int, known: int) -> Any:
        return self._asked(self._places, day, known)

    def holders(self, found: Any) -> dict[int, int]:
        told = found.dropna()
        return dict(zip(told["place"].tolist(), told["holder"].astype(int).tolist(), strict=True))


PEERS: tuple[type[Any], ...] = (SQLiteTable, SQLiteIntervals, DuckDB, Polars, Pandas)
