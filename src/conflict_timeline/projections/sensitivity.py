"""Sensitivity: which answers hang on one source, on how it is graded, or on a few claims.

A source leaves with all its claims and nothing else: what was retracted or corrected stays so, as
in a view that asks for the other sources. Each place and account is reckoned by itself, from its
own claims only, so that the cost grows with the claims of the sources asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, islice
from math import comb
from typing import TypeAlias

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import Source
from conflict_timeline.projections.control import Shown, shown
from conflict_timeline.projections.ledger import Flow, Headcount
from conflict_timeline.projections.people import AccountKey, People
from conflict_timeline.projections.register import Register, WholeState
from conflict_timeline.projections.territory import Territory, records_of
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen

__all__ = ["GRADES", "Flip", "Sensitivity", "Smallest"]

#: Admiralty reliabilities, the most reliable first.
GRADES = "ABCDEF"
_AT_ONCE = 500


_Subject: TypeAlias = str | AccountKey
_Claims: TypeAlias = Mapping[_Subject, Sequence[Seen]]
_Change: TypeAlias = Callable[[Seen], Seen | None]


@attrs.frozen
class Flip:
    """An answer that would be another.

    Attributes:
        subject: place id, or account.
        before, after: of a place, the best holding, None for unknown; of an account, low, best and
            high as a Quantity, all open for no report.
    """

    subject: str | AccountKey
    before: Shown | Quantity
    after: Shown | Quantity


_Flips: TypeAlias = tuple[Flip, ...]


@attrs.frozen(eq=False)
class Smallest:
    """A smallest set of claims without which the best holding of a place would be another.

    Attributes:
        place: its id.
        before: the best holding.
        after: the best holding without them; ``before`` if none were found.
        events: the claims, in order of time; None if no set that was tried would do. Of several
            smallest sets it is the one that has most of the evidence for the answer.
        tried: every smaller set of claims was tried, and every set of up to so many if none does.
        complete: False where larger sets were not tried, so that one of them may do.
    """

    place: str
    before: Shown
    after: Shown
    events: tuple[Seen, ...] | None
    tried: int
    complete: bool

    def __str__(self) -> str:
        if self.events is not None:
            count = len(self.events)
            return f"the answer hangs on {count} claim{'s' if count != 1 else ''}"
        if self.complete:
            return "no claims can be left out that would make the answer another"
        return f"no {self.tried} claims or fewer; larger sets were not tried"


class Sensitivity:
    """What the answers of a day hang on.

    Attributes:
        day: an ordinal.
    """

    def __init__(
        self, territory: Territory, people: People, day: int, resolve: Callable[[str], str]
    ) -> None:
        """Asks about a day.

        Args:
            territory: of a view.
            people: of the same view.
            day: an ordinal.
            resolve: the id of a place by any name.
        """
        self.day = day
        self._territory = territory
        self._people = people
        self._visible = territory.visible
        self._resolve = resolve

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    def __repr__(self) -> str:
        return f"Sensitivity(day={from_ordinal(self.day).isoformat()})"

    @cached_property
    def sources(self) -> Mapping[str, tuple[Flip, ...]]:
        """By source, the answers that flip if it is left out; every source with claims is there."""
        return {
            source: self._flips(subjects, self._claims, _leaving_out(source))
            for source, subjects in sorted(_by_source(self._claims).items())
        }

    @cached_property
    def grades(self) -> Mapping[str, Mapping[str, tuple[Flip, ...]]]:
        """By source and Admiralty grade, the answers that flip if that were the source's grade.

        No grade counts as F. In a view by reliability another grade can also hide a source's
        claims, or show those that are hidden.
        """
        spec, hidden = self._visible.spec, self._hidden
        claims = self._claims
        if hidden:
            everything = self._visible.with_claims([*self._visible.claims, *hidden.values()])
            claims = _by_subject(Territory(everything), People(everything))
        found: dict[str, dict[str, tuple[Flip, ...]]] = {}
        for source, subjects in sorted(_by_source(claims).items()):
            record = self._visible.sources[source]
            if spec.min_reliability is None:  # a grade only chooses among what is possible
                open_ones = subjects - self._settled
                subjects = {s for s in open_ones if _breaks_a_tie(source, claims[s])}
            found[source] = {}
            for grade in GRADES:
                if grade != (record.reliability or "F"):
                    other = attrs.evolve(record, reliability=grade)
                    change = _regrading(other, hidden, spec.trusts(other))
                    found[source][grade] = self._flips(subjects, claims, change)
        return found

    def smallest(self, place: str, *, most: int = 4, sets: int = 5_000) -> Smallest:
        """A smallest set of claims without which the best holding of a place would be another.

        Sets are tried by size, each size in full. It ends with the first set that does, and before
        a size that is above ``most`` or would make the sets tried more than ``sets``.

        Args:
            place: id or name.
            most: the largest size to try.
            sets: how many sets to try.
        """
        identity = self._resolve(place)
        control = self._territory.at(identity, self.day)
        speaking = {seen.id for seen in control.evidence}
        claims = sorted(
            self._territory.claims.get(identity, ()),
            key=lambda s: (s.id not in speaking, s.first, s.last, s.id),
        )
        size = 0
        for size in range(1, len(claims) + 1):
            sets -= comb(len(claims), size)
            if size > most or sets < 0:
                return Smallest(identity, control.best, control.best, None, size - 1, False)
            for left_out, after in self._without(identity, claims, size):
                if after != control.best:
                    events = tuple(sorted(left_out, key=lambda s: (s.first, s.last, s.id)))
                    return Smallest(identity, control.best, after, events, size, True)
        return Smallest(identity, control.best, control.best, None, size, True)

    def _without(
        self, place: str, claims: Sequence[Seen], size: int
    ) -> Iterator[tuple[tuple[Seen, ...], Shown]]:
        """Each set of claims of a size, and the best holding without it."""
        every = combinations(claims, size)
        while some := list(islice(every, _AT_ONCE)):
            kept = {
                f"{number:04d}": [seen for seen in claims if seen not in left_out]
                for number, left_out in enumerate(map(set, some))
            }
            bests = self._best_from(kept)
            for number, left_out in enumerate(some):
                yield left_out, bests.get(f"{number:04d}")

    @cached_property
    def _claims(self) -> _Claims:
        return _by_subject(self._territory, self._people)

    @cached_property
    def _hidden(self) -> Mapping[str, Seen]:
        """By id, the claims that only their source's grade hides."""
        spec = self._visible.spec
        return {
            seen.id: seen
            for seen, reason in self._visible.hidden
            if reason == f"reliability below {spec.min_reliability}"
            and (spec.known_by is None or seen.known <= spec.known_by)
        }

    @cached_property
    def _now(self) -> Mapping[str, Shown]:
        """The best holding of each place, as it is."""
        return _bests(self._territory.state(self.day))

    @cached_property
    def _settled(self) -> frozenset[str]:
        """The places with only one possible holding."""
        state = self._territory.state(self.day)
        return frozenset(k for i, k in enumerate(state.keys) if len(state.possible(i)) == 1)

    def _best_from(self, claims: Mapping[str, Sequence[Seen]]) -> dict[str, Shown]:
        """The best holding by key, each from its own claims; nothing for a key without any."""
        records = [record for key, found in claims.items() for record in records_of(key, found)]
        within = self._territory.register.implied_within
        return _bests(Register.of(records, implied_within=within).state(self.day))

    def _flips(self, subjects: Iterable[_Subject], claims: _Claims, change: _Change) -> _Flips:
        """Which answers another set of claims would make others."""
        changed = {
            subject: [new for seen in claims[subject] if (new := change(seen)) is not None]
            for subject in subjects
        }
        places = {s: found for s, found in changed.items() if isinstance(s, str)}
        best = self._best_from(places)
        flips = [
            Flip(place, self._now.get(place), best.get(place))
            for place in sorted(places)
            if self._now.get(place) != best.get(place)
        ]
        accounts = [subject for subject in changed if isinstance(subject, AccountKey)]
        told = {seen.id: seen for key in accounts for seen in changed[key]}
        people = People(self._visible.with_claims(told.values()))
        for key in sorted(accounts, key=AccountKey.sort_key):
            before = self._people.count(key, self.day).quantity
            after = people.count(key, self.day).quantity
            if before != after:
                flips.append(Flip(key, before, after))
        return tuple(flips)


def _by_subject(territory: Territory, people: People) -> _Claims:
    """By place and account, the claims that its answer is reckoned from."""
    found: dict[_Subject, Sequence[Seen]] = dict(territory.claims.items())
    for key, account in people.accounts.items():
        parts: list[Headcount | Flow] = [*account.headcounts, *account.flows]
        found[key] = list({seen.id: seen for part in parts for seen in part.ref}.values())
    return found


def _by_source(claims: _Claims) -> dict[str, set[_Subject]]:
    """By source, the places and accounts that it speaks of."""
    found: dict[str, set[_Subject]] = defaultdict(set)
    for subject, told in claims.items():
        for seen in told:
            found[seen.source.id].add(subject)
    return found


def _breaks_a_tie(source: str, claims: Iterable[Seen]) -> bool:
    """Whether the source's grade can decide between claims: those of one representative day.

    The days of an occurrence are its reports' together, and ``until`` has days of its own: there
    it may, and is tried.
    """
    told: dict[int, set[bool]] = defaultdict(set)
    for seen in claims:
        if seen.about.occurrence is not None or getattr(seen.about, "until", None) is not None:
            return True
        told[representative_day(seen.first, seen.last)].add(seen.source.id == source)
    return any(len(whose) == 2 for whose in told.values())


def _leaving_out(source: str) -> _Change:
    return lambda seen: None if seen.source.id == source else seen


def _regrading(source: Source, hidden: Mapping[str, Seen], trusted: bool) -> _Change:
    """What becomes of claims where the source is graded so."""

    def change(seen: Seen) -> Seen | None:
        if seen.source.id == source.id:
            return attrs.evolve(seen, source=source) if trusted else None
        return None if seen.id in hidden else seen

    return change


def _bests(state: WholeState) -> dict[str, Shown]:
    return {
        key: shown(state.holdings[int(code)])
        for key, code in zip(state.keys, state.best, strict=True)
    }
