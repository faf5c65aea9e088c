"""Territory: the control claims of a view, as one register over its places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When
from conflict_timeline.events import ControlChanged, ControlObserved
from conflict_timeline.projections.columns import Record
from conflict_timeline.projections.control import Control, Shown, agrees, disputed, shown
from conflict_timeline.projections.holdings import Move
from conflict_timeline.projections.register import Answer, Register, Turn, WholeState
from conflict_timeline.projections.windows import as_when, common_window
from conflict_timeline.view import Seen, Visible

__all__ = ["Span", "Territory", "records_of"]


@attrs.frozen(repr=False)
class Span:
    """Days on which the answer for a place stays the same.

    Attributes:
        start, end: first and last day, as ordinals; ``OPEN_PAST`` and ``OPEN_FUTURE`` where open.
        best, possible, status: as in ``Control``.
    """

    start: int
    end: int
    best: Shown
    possible: frozenset[Shown]
    status: str

    def _repr_html_(self) -> str:
        return in_html(self)

    def __repr__(self) -> str:
        return f"Span({self.when.edtf!r}, best={self.best!r}, status={self.status!r})"

    @property
    def when(self) -> When:
        """The days as a When."""
        return as_when(self.start, self.end)


class Territory:
    """Who held each place, on any day."""

    def __init__(self, visible: Visible, *, implied_within: int | None = 365) -> None:
        self.visible = visible
        found: dict[str, list[Seen]] = defaultdict(list)
        for seen in visible.claims:
            if isinstance(seen.about, ControlChanged | ControlObserved):
                found[seen.about.place].append(seen)
        self.claims: Mapping[str, Sequence[Seen]] = found
        records = [r for place, told in found.items() for r in records_of(place, told)]
        self.register = Register.of(records, implied_within=implied_within)

    def at(self, place: str, day: int, stale_after: int | None = None) -> Control:
        """The answer for a place at the end of a day."""
        return Control(self, place, day, stale_after)

    def answer(self, place: str, day: int) -> Answer:
        """What can have held for a place at the end of a day."""
        return self.register.answer(place, day)

    def register_of(self, place: str) -> Register:
        """A register that has the place."""
        return self.register

    def state(self, day: int) -> WholeState:
        """The answers for all places with claims, as arrays."""
        return self.register.state(day)

    def history(self, place: str) -> list[Span]:
        """The spans of a place, from the open past to the open future, the answer in each."""
        register = self.register_of(place)
        found: list[Span] = []
        for turn in register.turned(place):
            possible = frozenset(map(shown, turn.possible))
            status = self._status(register, place, turn, possible)
            answer = (shown(turn.best), possible, status)
            if found and _answer(found[-1]) == answer:
                continue
            if found:
                found[-1] = attrs.evolve(found[-1], end=turn.start - 1)
            found.append(Span(turn.start if found else OPEN_PAST, OPEN_FUTURE, *answer))
        return found

    def _status(
        self, register: Register, place: str, turn: Turn, possible: frozenset[Shown]
    ) -> str:
        """As ``Control.status``, with little to be looked at."""
        if possible == {None}:
            return "unknown"
        if disputed(register, self.visible, place, turn.start, turn.possible):
            return "disputed"
        if len(possible) > 1:
            return "uncertain"
        # What has certainly happened has left the only possible holding.
        said = turn.reported or any(
            agrees(register.move(index).after, turn.best)
            for index in register.standing(place, turn.start, turn.start)
        )
        return "certain" if said else "implied"


def _answer(span: Span) -> tuple[Shown, frozenset[Shown], str]:
    return span.best, span.possible, span.status


def records_of(place: str, claims: Sequence[Seen]) -> Iterator[Record]:
    """The register records of a place; reports of one occurrence that can be one are one."""
    occurrences: dict[str, list[tuple[Move, list[Seen]]]] = defaultdict(list)
    for seen in sorted(claims, key=lambda s: s.id):
        claim = seen.about
        if isinstance(claim, ControlChanged):
            move = Move(to=claim.to, from_=claim.from_, occurrence=claim.occurrence)
            if claim.occurrence is None:
                yield Record(place, seen.first, seen.last, move, seen.rank, (seen,))
                continue
            kinds = occurrences[claim.occurrence]
            for at, (known, members) in enumerate(kinds):
                if (joined := known.merged(move)) is not None:
                    kinds[at] = (joined, [*members, seen])
                    break
            else:
                kinds.append((move, [seen]))
        elif isinstance(claim, ControlObserved):
            move = Move(holders=claim.holding)
            yield Record(place, seen.first, seen.last, move, seen.rank, (seen,))
            if claim.until is not None:
                last = max(seen.last, min(claim.until.last, seen.known))
                first = max(seen.first, min(claim.until.first, last))
                yield Record(place, first, last, move, seen.rank, (seen,))
    for kinds in occurrences.values():
        for move, members in kinds:
            first, last = common_window(members)
            rank = max(seen.rank for seen in members)
            yield Record(place, first, last, move, rank, tuple(members))
