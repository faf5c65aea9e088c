"""Who held a place on a day, how certain that is, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Protocol

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_PAST, When
from conflict_timeline.events import ControlObserved
from conflict_timeline.projections.holdings import (
    ButNot,
    Holding,
    contradicts,
)
from conflict_timeline.projections.register import Answer, Register
from conflict_timeline.projections.silence import Silence, silence
from conflict_timeline.projections.windows import as_when
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen, Visible

__all__ = ["Control", "Shown", "UnreportedChange", "agrees", "disputed", "shown"]

#: A holding as answers give it: actor ids, or None for unknown.
Shown = frozenset[str] | None


@attrs.frozen
class UnreportedChange:
    """A change that no one reported, and that the likeliest histories need.

    Attributes:
        when: the days it lies between.
        before, after: holdings it leads from and to; None is unknown.
        preceding, following: the claims it lies between; nothing precedes it at the beginning.
    """

    when: When
    before: Shown
    after: Shown
    preceding: tuple[Seen, ...]
    following: tuple[Seen, ...]


def shown(holding: Holding) -> Shown:
    """A holding as answers give it: everything unknown is None."""
    return holding if isinstance(holding, frozenset) else None


class Reports(Protocol):
    """What answers about places come from."""

    visible: Visible

    def answer(self, place: str, day: int) -> Answer:
        """What can have held for a place at the end of a day."""

    def register_of(self, place: str) -> Register:
        """A register that has the place."""


class Control:
    """Who held a place at the end of a day.

    Attributes:
        place: its id.
        day: an ordinal.
    """

    def __init__(
        self, reports: Reports, place: str, day: int, stale_after: int | None = None
    ) -> None:
        self.place = place
        self.day = day
        self._reports = reports
        self._visible = reports.visible
        self._stale_after = stale_after

    def __repr__(self) -> str:
        return f"Control(place={self.place!r}, best={self.best!r}, status={self.status!r})"

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    @cached_property
    def _answer(self) -> Answer:
        return self._reports.answer(self.place, self.day)

    @cached_property
    def _register(self) -> Register:
        return self._reports.register_of(self.place)

    @property
    def best(self) -> Shown:
        """The holding to show, always a possible one; None is unknown."""
        return shown(self._answer.best)

    @property
    def holder(self) -> str | None:
        """The actor id, if best is one actor; None where contested or unknown."""
        best = self.best
        return next(iter(best)) if best is not None and len(best) == 1 else None

    @property
    def contested(self) -> bool:
        """Whether best has several actors present."""
        return self.best is not None and len(self.best) > 1

    @property
    def possible(self) -> frozenset[Shown]:
        """The holdings in the histories with the fewest changes; None in it stands for unknown."""
        return frozenset(shown(h) for h in self._answer.possible)

    @property
    def conceivable(self) -> frozenset[Shown]:
        """The holdings in any history; None in it stands for unknown."""
        return frozenset(shown(h) for h in self._answer.conceivable)

    @property
    def narrowed(self) -> bool:
        """False where there were too many histories, so that possible is conceivable."""
        return self._answer.narrowed

    @cached_property
    def not_held_by(self) -> frozenset[str]:
        """Actors named in the place's reports that hold it in no possible history."""
        possible = self._answer.possible
        named: set[str] = set()
        for index in self._register.indices(self.place):
            move = self._register.move(index)
            named |= {a for a in (move.to, move.from_, *(move.holders or ())) if a is not None}
        return frozenset(
            actor
            for actor in named
            if all(contradicts(frozenset([actor]), h) and not _among(actor, h) for h in possible)
        )

    @cached_property
    def status(self) -> str:
        """How certain best is: the first of these that applies.

        "unknown" (no evidence, or taker not named), "disputed" (different claimants, neither
        certainly later, disagree), "uncertain" (several possible holdings for another reason),
        "implied" (only a later report speaks for it), "stale" (older than asked for), "certain".
        """
        possible = self.possible
        if possible == {None}:
            return "unknown"
        if self._disputed:
            return "disputed"
        if len(possible) > 1:
            return "uncertain"
        if not self._held:
            return "implied"
        if self._stale_after is not None and (self.age or 0) > self._stale_after:
            return "stale"
        return "certain"

    @cached_property
    def _disputed(self) -> bool:
        return disputed(self._register, self._visible, self.place, self.day, self._answer.possible)

    @cached_property
    def since(self) -> When | None:
        """Since when best has held: a window, narrowed by the histories; None if unknown."""
        if self.best is None:
            return None
        return as_when(*self._since)

    @cached_property
    def _since(self) -> tuple[int, int]:
        return self._register.since(self.place, self.day, self._answer.best)

    @cached_property
    def unreported(self) -> tuple[UnreportedChange, ...]:
        """The unreported changes up to the day that a history with best had to assume."""
        found = self._register.unreported(self.place, self.day, self._answer.best)
        return tuple(
            UnreportedChange(
                as_when(change.earliest, change.latest),
                shown(change.before),
                shown(change.after),
                () if change.preceding is None else self._register.ref(change.preceding),
                self._register.ref(change.following),
            )
            for change in found
        )

    @cached_property
    def _held(self) -> list[int]:
        """Register indices of the records that may be of a day by then, and leave best."""
        start = self._since[0]
        return [
            i
            for i in self._register.standing(self.place, start, self.day)
            if agrees(self._register.move(i).after, self._answer.best)
        ]

    @cached_property
    def _for(self) -> list[int]:
        """Register indices of the records that speak for best."""
        best = self._answer.best
        if self._held or best is None:
            return self._held
        return [  # only what comes later speaks for it, by what it says was before
            i
            for i in self._register.indices(self.place)
            if self._register.window(i)[1] > self.day and self._register.move(i).before == best
        ]

    @cached_property
    def _against(self) -> list[int]:
        """Register indices of the records that can be the last by then and say otherwise."""
        best, day = self._answer.best, self.day
        if best is None:
            return []
        indices = self._register.indices(self.place)
        windows = {i: self._register.window(i) for i in indices}
        done = max((w[0] for w in windows.values() if w[1] <= day), default=OPEN_PAST)
        speaking = set(self._for)
        return [
            i
            for i in indices
            if i not in speaking
            and windows[i][0] <= day
            and windows[i][1] >= done
            and contradicts(self._register.move(i).after, best)
            and (windows[i][1] <= day or self._register.move(i).after in self._answer.possible)
        ]

    def _claims(self, indices: Iterable[int]) -> tuple[Seen, ...]:
        found = {seen.id: seen for i in indices for seen in self._register.ref(i)}
        return tuple(sorted(found.values(), key=lambda s: (s.first, s.last, s.id)))

    @cached_property
    def evidence(self) -> tuple[Seen, ...]:
        """The claims for best, in order of time."""
        return self._claims(self._for)

    @cached_property
    def against(self) -> tuple[Seen, ...]:
        """The claims that say otherwise of that day, in order of time."""
        return self._claims(self._against)

    @cached_property
    def withheld(self) -> tuple[Seen, ...]:
        """Claims on the place that may or may not have been known: the record cannot say."""
        return tuple(self._visible.withheld_of(self.place))

    @cached_property
    def origins_for(self) -> tuple[str, ...]:
        """The independent origins of the claims for best: claimants and publishers, by name."""
        return self._visible.origins(self.evidence)

    @cached_property
    def origins_against(self) -> tuple[str, ...]:
        """The independent origins of the claims against it."""
        return self._visible.origins(self.against)

    @property
    def claimants_for(self) -> int:
        """How many independent origins the claims for best have."""
        return len(self.origins_for)

    @property
    def claimants_against(self) -> int:
        """How many independent origins the claims against it have."""
        return len(self.origins_against)

    @cached_property
    def _latest(self) -> int | None:
        """The record for best that is latest by the day, by the end of its window."""
        return max(
            self._held,
            key=lambda i: (min(self._register.window(i)[1], self.day), self._ranked(i).rank),
            default=None,
        )

    def _ranked(self, index: int) -> Seen:
        """The most reliable claim of a record."""
        found: Seen = max(self._register.ref(index), key=lambda s: s.rank)
        return found

    @property
    def last_evidence(self) -> Seen | None:
        """The latest claim for best by the day, by the end of its window."""
        return None if self._latest is None else self._ranked(self._latest)

    @property
    def age(self) -> int | None:
        """Days from the end of the last evidence's window to the day; None without evidence."""
        if self._latest is None:
            return None
        return self.day - min(self._register.window(self._latest)[1], self.day)

    @cached_property
    def silence(self) -> Silence:
        """Whether it was last reported unchanged or changed, or no report came since."""
        told = [
            (*self._register.window(i), self._register.move(i))
            for i in self._register.indices(self.place)
            if self._register.window(i)[0] <= self.day
        ]
        held = [(*self._register.window(i), self._register.move(i)) for i in self._held]
        return silence(held, told, self.day, self.age, self._stale_after)

    @cached_property
    def shares(self) -> Mapping[str, Quantity]:
        """The share each holder of best has, where the latest claim for it gives them."""
        for seen in sorted(self.evidence, key=lambda s: (s.first + s.last, s.rank), reverse=True):
            claim = seen.about
            if seen.first <= self.day and isinstance(claim, ControlObserved):
                given = {a: share for a, share in claim.holders.items() if share is not None}
                if given and claim.holding == self.best:
                    return given
        return {}


def disputed(
    register: Register, visible: Visible, place: str, day: int, possible: frozenset[Holding]
) -> bool:
    """Whether reports of different origin disagree about what is possible on a day.

    Both may be of a day by then, and neither is certainly later than the other.
    """
    if len(possible) < 2:
        return False
    for ready, a, b in register.clashes(place):
        if ready > day or not {register.move(a).after, register.move(b).after} <= possible:
            continue
        one, other = (
            frozenset(visible.origin(seen) for seen in register.ref(index)) for index in (a, b)
        )
        if one != other:
            return True
    return False


def _among(actor: str, holding: Holding) -> bool:
    return isinstance(holding, frozenset) and actor in holding


def agrees(after: Holding, best: Holding) -> bool:
    """Whether what a record leaves speaks for what is best."""
    if after == best:
        return True
    # A loss whose taker is not named agrees with whoever held it then.
    return isinstance(after, ButNot) and isinstance(best, frozenset) and after.actor not in best
