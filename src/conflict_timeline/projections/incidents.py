"""Incidents: what happened, out of all reports of it, and what a window of days adds up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import When
from conflict_timeline.errors import AxisError, shown
from conflict_timeline.events import Incident
from conflict_timeline.projections.told import Told
from conflict_timeline.projections.windows import common_window
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.view import Seen, Visible

__all__ = ["Happening", "Incidents", "Toll", "Window", "toll"]


@attrs.frozen(eq=False)
class Happening:
    """One incident, out of all the reports of it.

    Attributes:
        kind: as the most reliable report gives it.
        first, last: the days within which it lies, ordinals.
        place: place id, or None.
        fatalities: by party, the hull of the reports.
        deaths: in all, the hull of the reports that give a total; None if none does.
        reports: the claims, the most reliable first.
    """

    kind: str
    first: int
    last: int
    place: str | None
    fatalities: dict[str, Quantity]
    deaths: Quantity | None
    reports: tuple[Seen, ...]

    @property
    def claim(self) -> Incident:
        """The most reliable report, as it reads in the view."""
        return _incident(self.reports[0])

    @property
    def toll(self) -> Quantity | None:
        """Deaths in all: as given, else the parties' added up; None if nothing is said of any."""
        if self.deaths is not None or not self.fatalities:
            return self.deaths
        return Quantity.total(self.fatalities.values())

    @property
    def parties(self) -> frozenset[str]:
        """Everyone it names: those who took part, those it was directed at, those who died."""
        claim = self.claim
        dead = (p for p, n in self.fatalities.items() if n.low or n.best or n.high or n.is_open)
        return frozenset([*claim.parties, *claim.targets, *dead])


@attrs.frozen
class Toll:
    """What incidents add up to. Where nothing was said nothing is added; that is not zero.

    Attributes:
        count: how many incidents.
        deaths: of those that say anything of deaths; a bound that one of them leaves open is open.
        by_party: likewise for each party.
        silent: how many incidents say nothing of deaths.
        disordered: of how many the figures break low <= best <= high; their hull is counted.
    """

    count: int
    deaths: Quantity
    by_party: Mapping[str, Quantity]
    silent: int
    disordered: int


def toll(incidents: Iterable[Happening]) -> Toll:
    """Adds incidents up."""
    count = silent = disordered = 0
    deaths = _Sum()
    by_party: defaultdict[str, _Sum] = defaultdict(_Sum)
    for incident in incidents:
        count += 1
        total = incident.toll
        if total is None or total.is_open:
            silent += 1
        else:
            deaths.add(total)
            disordered += total.disordered
        for party, number in incident.fatalities.items():
            if not number.is_open:
                by_party[party].add(number)
    sums = {party: by_party[party].quantity for party in sorted(by_party)}
    return Toll(count, deaths.quantity, sums, silent, disordered)


class _Sum:
    """A running sum; quicker than adding quantities one by one."""

    def __init__(self) -> None:
        self._low: Number | None = 0
        self._best: Number | None = 0
        self._high: Number | None = 0

    def add(self, quantity: Quantity) -> None:
        low, high = quantity.bounds
        self._low = _plus(self._low, low)
        self._best = _plus(self._best, quantity.best)
        self._high = _plus(self._high, high)

    @property
    def quantity(self) -> Quantity:
        return Quantity(self._low, self._best, self._high)


def _plus(a: Number | None, b: Number | None) -> Number | None:
    return None if a is None or b is None else a + b


@attrs.frozen(eq=False, slots=False)
class Window:
    """The incidents of a window of days, and how they were chosen.

    Attributes:
        when: the window.
        how: "overlap", they may have happened in it; "within", they surely did.
        incidents: those chosen, in order of time.
        surely: those that surely happened in the window.
        told: those that may have.
        withheld: those that may have, and of which the record cannot say whether they were
            published by ``known_by``.
    """

    when: When
    how: str
    incidents: tuple[Happening, ...]
    surely: tuple[Happening, ...]
    told: tuple[Happening, ...]
    withheld: tuple[Happening, ...]
    _visible: Visible | None = attrs.field(default=None, repr=False)

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    def __len__(self) -> int:
        return len(self.incidents)

    def __iter__(self) -> Iterator[Happening]:
        return iter(self.incidents)

    @cached_property
    def toll(self) -> Toll:
        """What the incidents chosen add up to."""
        return toll(self.incidents)

    @cached_property
    def certain(self) -> Toll:
        """What surely happened in the window adds up to so much."""
        return toll(self.surely)

    @cached_property
    def possible(self) -> Toll:
        """What may have happened in it, and may have been known by then, to so much."""
        return toll((*self.told, *self.withheld))

    @property
    def count(self) -> Quantity:
        """How many: low surely, best as chosen, high perhaps."""
        return Quantity(len(self.surely), len(self.incidents), self.possible.count)


class Incidents(Told[Happening]):
    """The incidents of a view that may have begun by a day."""

    def _gathered(self) -> tuple[Happening, ...]:
        return _happenings(seen for seen in self._visible.claims if seen.first <= self._day)

    @cached_property
    def withheld(self) -> tuple[Happening, ...]:
        """Those of which the record cannot say whether they were published by ``known_by``."""
        told = {h.claim.occurrence for h in self._all} - {None}
        found = _happenings(seen for seen in self._visible.withheld if seen.first <= self._day)
        return tuple(h for h in found if h.claim.occurrence not in told)

    def between(
        self,
        when: When | str,
        *,
        how: str = "overlap",
        places: Set[str] | None = None,
        party: str | None = None,
        kind: str | None = None,
        claimant: str | None = None,
    ) -> Window:
        """The incidents of a window.

        Args:
            when: the window, as ``When.of`` takes it.
            how: "overlap" counts what may have happened in it, "within" only what surely did.
            places: only in these, by id.
            party: only those that name this actor, by id; or "civilians", "unknown".
            kind: only of this kind.
            claimant: only those that this claimant told of; upper and lower case are one.
        """
        if how not in ("overlap", "within"):
            raise AxisError(f"how: expected overlap or within, got {shown(how)}")
        window = When.of(when)
        tests: list[Callable[[Happening], bool]] = []
        if places is not None:
            tests.append(lambda h: h.place in places)
        if party is not None:
            tests.append(lambda h: party in h.parties)
        if kind is not None:
            tests.append(lambda h: h.kind == kind)
        if claimant is not None:
            name = claimant.casefold()
            tests.append(
                lambda h: any((s.claim.claimant or "").casefold() == name for s in h.reports)
            )

        def sought(among: Iterable[Happening]) -> tuple[Happening, ...]:
            return tuple(
                h
                for h in among
                if h.first <= window.last
                and window.first <= h.last
                and all(test(h) for test in tests)
            )

        told, withheld = sought(self._all), sought(self.withheld)
        surely = tuple(h for h in told if window.first <= h.first and h.last <= window.last)
        chosen = told if how == "overlap" else surely
        return Window(window, how, chosen, surely, told, withheld, self._visible)


def _happenings(claims: Iterable[Seen]) -> tuple[Happening, ...]:
    together: dict[object, list[Seen]] = defaultdict(list)
    for seen in claims:
        if isinstance(seen.claim, Incident):
            together[seen.claim.occurrence or (seen.id,)].append(seen)
    found = [_happening(members) for members in together.values()]
    return tuple(sorted(found, key=lambda h: (h.first, h.last, h.reports[0].id)))


def _happening(members: Sequence[Seen]) -> Happening:
    members = sorted(members, key=lambda s: s.rank, reverse=True)
    first, last = common_window(members)
    fatalities: dict[str, Quantity] = {}
    deaths: Quantity | None = None
    for seen in members:
        claim = _incident(seen)
        if claim.until is not None:
            last = max(last, min(claim.until.last, seen.known))
        for party, number in claim.fatalities.items():
            fatalities[party] = _joined(fatalities.get(party), number)
        if claim.deaths is not None:
            deaths = _joined(deaths, claim.deaths)
    best = _incident(members[0])
    return Happening(best.kind, first, last, best.place, fatalities, deaths, tuple(members))


def _joined(known: Quantity | None, number: Quantity) -> Quantity:
    """The hull of what several reports give, with the best number of the most reliable."""
    return number if known is None else attrs.evolve(known.hull(number), best=known.best)


def _incident(seen: Seen) -> Incident:
    claim = seen.about
    assert isinstance(claim, Incident)
    return claim
