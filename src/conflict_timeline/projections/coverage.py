"""Coverage: of which days places and accounts have evidence, and how long the silences are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import attrs
import pendulum

from conflict_timeline.answers import in_html
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When, from_ordinal
from conflict_timeline.events import ControlObserved
from conflict_timeline.projections.ledger import Flow, Headcount
from conflict_timeline.projections.people import AccountKey, People
from conflict_timeline.projections.territory import Territory
from conflict_timeline.projections.windows import as_when
from conflict_timeline.view import Seen, Visible

__all__ = ["Coverage", "Covered", "Period", "coverage", "merged"]


@attrs.frozen(order=True, repr=False)
class Period:
    """Days in a row.

    Attributes:
        start, end: first and last day, as ordinals; ``OPEN_PAST`` and ``OPEN_FUTURE`` where open.
    """

    start: int
    end: int

    def __repr__(self) -> str:
        return f"Period({self.when.edtf!r})"

    @property
    def when(self) -> When:
        """The days as a When."""
        return as_when(self.start, self.end)

    @property
    def days(self) -> int | None:
        """How many days; None if it is open."""
        if self.start <= OPEN_PAST or self.end >= OPEN_FUTURE:
            return None
        return self.end - self.start + 1


@attrs.frozen
class Covered:
    """The evidence there is of one place or account.

    Attributes:
        periods: the days that some claim may be about, those in a row as one, in order.
        claims: how many claims.
        origins: the independent origins of the claims, by name.
    """

    periods: tuple[Period, ...]
    claims: int
    origins: tuple[str, ...]

    @property
    def claimants(self) -> int:
        """How many independent origins the claims have."""
        return len(self.origins)

    @property
    def first(self) -> pendulum.Date | None:
        """The first day with evidence; None if it is open."""
        start = self.periods[0].start
        return None if start <= OPEN_PAST else from_ordinal(start)

    @property
    def last(self) -> pendulum.Date | None:
        """The last day with evidence; None if it is open."""
        end = self.periods[-1].end
        return None if end >= OPEN_FUTURE else from_ordinal(end)

    @property
    def silences(self) -> tuple[Period, ...]:
        """The days without evidence between the first and the last with it."""
        return tuple(
            Period(a.end + 1, b.start - 1)
            for a, b in zip(self.periods, self.periods[1:], strict=False)
        )

    @property
    def longest_silence(self) -> Period | None:
        """The longest silence between two reports, the first of several; None if there is none."""
        return max(self.silences, key=lambda gap: gap.end - gap.start, default=None)


@attrs.frozen(eq=False)
class Coverage:
    """What a view has evidence of.

    Attributes:
        places: by place id, what there is on who held it.
        people: by account, what there is on how many.
        without_claims: ids of the declared places of which no claim says who held them.
    """

    places: Mapping[str, Covered]
    people: Mapping[AccountKey, Covered]
    without_claims: tuple[str, ...]
    _visible: Visible | None = attrs.field(default=None, repr=False)

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)


def coverage(territory: Territory, people: People) -> Coverage:
    """The coverage of a view."""
    visible = territory.visible
    places = {place: _covered(visible, found) for place, found in sorted(territory.claims.items())}
    accounts = {}
    for key, account in people.accounts.items():
        parts: list[Headcount | Flow] = [*account.headcounts, *account.flows]
        claims = {seen.id: seen for part in parts for seen in part.ref}
        accounts[key] = _covered(visible, claims.values())
    declared = {visible.merges.place(place) for place in visible.places}
    return Coverage(places, accounts, tuple(sorted(declared - places.keys())), visible)


def merged(windows: Iterable[tuple[int, int]]) -> tuple[Period, ...]:
    """Windows of days as periods: what overlaps or adjoins is one."""
    found: list[Period] = []
    for start, end in sorted(windows):
        if found and start <= found[-1].end + 1:
            found[-1] = Period(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Period(start, end))
    return tuple(found)


def _window(seen: Seen) -> tuple[int, int]:
    """The days a claim may be about; up to its ``until``, since it held throughout."""
    claim = seen.about
    if isinstance(claim, ControlObserved) and claim.until is not None:
        return seen.first, max(seen.last, min(claim.until.last, seen.known))
    return seen.first, seen.last


def _covered(visible: Visible, claims: Collection[Seen]) -> Covered:
    return Covered(merged(map(_window, claims)), len(claims), visible.origins(claims))
