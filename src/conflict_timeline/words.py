"""Answers in words: names in the reader's language, dates, numbers, holdings, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Protocol

import attrs

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, When, from_ordinal
from conflict_timeline.events import (
    AllianceObserved,
    Claim,
    ControlChanged,
    ControlObserved,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    PeopleMoved,
)
from conflict_timeline.names import Names
from conflict_timeline.projections.control import Control
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.windows import as_when
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.view import Seen, Visible

__all__ = [
    "NBSP",
    "NOT_GIVEN",
    "Named",
    "Naming",
    "amount",
    "count_of",
    "dated",
    "days",
    "plain",
    "quantity_text",
    "said_by",
    "share",
    "sources",
    "span_end",
    "who_took_part",
    "window",
]

Shown = frozenset[str] | None

#: A space at which no line is broken.
NBSP = "\u00a0"
NOT_GIVEN = "not given"


class Named(Protocol):
    """What names are taken from: a view, or what is visible in one."""

    @property
    def visible(self) -> Visible:
        """The records."""
        ...

    @property
    def place_names(self) -> Names:
        """Lookup of its places."""
        ...

    @property
    def actor_names(self) -> Names:
        """Lookup of its actors."""
        ...


@attrs.frozen
class Naming:
    """The names of a view's records in one language; English, else any, where it has none.

    Attributes:
        view: whose records.
        language: of the names.
        shared: names that several places bear, so that their ids stand beside them.
    """

    view: Named
    language: str = "en"
    shared: frozenset[str] = frozenset()

    def telling_apart(self, places: Iterable[str]) -> Naming:
        """The same names, with the ids of those of these places that share one."""
        borne = Counter(self.view.place_names.label(p, self.language) for p in set(places))
        shared = frozenset(name for name, times in borne.items() if times > 1)
        return attrs.evolve(self, shared=shared)

    def place(self, identity: str | None) -> str:
        """A place's name, or its id; of none, "all"."""
        if not identity:
            return "all"
        name = self.view.place_names.label(identity, self.language)
        return f"{name} ({identity})" if name in self.shared else name

    def actor(self, identity: str) -> str:
        """An actor's name, or its id."""
        return self.view.actor_names.label(identity, self.language)

    def country(self, iso: str | None) -> str:
        """The name of the country with that ISO 3166-1 code, or the code; of none, "all"."""
        if iso is None:
            return "all"
        identity = self._countries.get(iso)
        return iso if identity is None else self.place(identity)

    @cached_property
    def _countries(self) -> Mapping[str, str]:
        """The first place with each code."""
        found: dict[str, str] = {}
        for place in self.view.visible.places.values():
            if place.iso is not None:
                found.setdefault(place.iso, place.id)
        return found

    def holding(self, holding: Shown, shares: Mapping[str, Quantity] | None = None) -> str:
        """A holding in words, with shares where there are any."""
        if holding is None:
            return "unknown"
        if not shares:
            return " and ".join(sorted(self.actor(a) for a in holding))
        order = sorted(holding, key=lambda a: (-_size(shares.get(a)), self.actor(a)))
        return ", ".join(
            f"{self.actor(a)} {share(shares[a])}" if a in shares else self.actor(a) for a in order
        )

    def held(self, control: Control) -> str:
        """Who holds a place, in words: one answer, or every possible one."""
        if len(control.possible) > 1:
            return self.alternatives(control.best, control.possible)
        if control.best is None and control.not_held_by:
            others = ", ".join(sorted(self.actor(a) for a in control.not_held_by))
            return f"unknown (not {others})"
        return self.holding(control.best, control.shares)

    def alternatives(self, best: Shown, possible: Iterable[Shown]) -> str:
        """The possible holdings, the best one first."""
        rest = sorted(
            (h for h in possible if h != best), key=lambda h: (h is None, sorted(h or ()))
        )
        return "possibly: " + " | ".join(self.holding(h) for h in (best, *rest))

    def whose(self, nationality: str | None, place: str | None) -> str:
        """Whom a count is of: a nationality, and a place if there is one."""
        who = "all nationalities" if nationality is None else self.country(nationality)
        return who if place is None else f"{who}, in {self.place(place)}"

    def account(self, key: AccountKey, *, group: bool = True) -> str:
        """What an account counts: "Islamic State, returned, Canada"."""
        parts = [plain(key.status), self.whose(key.nationality, key.place)]
        return ", ".join([self.actor(key.group), *parts] if group else parts)

    def claim(self, claim: Claim) -> str:
        """What a claim says."""
        if isinstance(claim, ControlObserved):
            shares = {a: s for a, s in claim.holders.items() if s is not None}
            lasted = "" if claim.until is None else f" until {days(claim.until)}"
            return f"held by {self.holding(claim.holding, shares)}{lasted}"
        if isinstance(claim, ControlChanged):
            if claim.to is None:
                return f"lost by {self.actor(claim.from_ or '')}, to whom is not said"
            taken = f"taken by {self.actor(claim.to)}"
            return taken if claim.from_ is None else f"{taken} from {self.actor(claim.from_)}"
        if isinstance(claim, HeadcountObserved):
            count = quantity_text(claim.count)
            return f"{count} {plain(claim.status)} ({self.whose(claim.nationality, claim.place)})"
        if isinstance(claim, PeopleMoved):
            moved = f"{plain(claim.from_status)} to {plain(claim.to_status)}"
            whose = self.whose(claim.nationality, claim.place)
            return f"{quantity_text(claim.count)} from {moved} ({whose})"
        if isinstance(claim, FigureObserved):
            return f"{plain(claim.measure)}: {quantity_text(claim.value)} {plain(claim.unit)}"
        if isinstance(claim, Forecast):
            return claim.statement
        if isinstance(claim, Incident):
            where = "" if claim.place is None else f", {self.place(claim.place)}"
            return f"{plain(claim.kind)}{where}"
        if isinstance(claim, AllianceObserved):
            return " and ".join(map(self.actor, claim.members))
        return claim.note or type(claim).__name__


def _size(quantity: Quantity | None) -> float:
    if quantity is None:
        return 0
    best = quantity.best if quantity.best is not None else quantity.high
    return float(best if best is not None else quantity.low or 0)


def share(quantity: Quantity) -> str:
    """A share as per cent."""

    def percent(value: Number | None) -> Number | None:
        return None if value is None else round(value * 100, 1)

    low, best, high = map(percent, (quantity.low, quantity.best, quantity.high))
    text = amount(low, best, high)
    return text if text == NOT_GIVEN else f"{text}{NBSP}%"


def amount(low: Number | None, best: Number | None, high: Number | None) -> str:
    """A number as low, best and high: "60", "200 or more, best 1,500", "up to 999"."""
    quantity = Quantity(low=low, best=best, high=high)
    if quantity.is_open:
        return NOT_GIVEN
    if quantity.is_exact:
        return f"{quantity.best:,}"
    low, high = quantity.bounds
    if low is None and high is None:
        return f"about {best:,}"
    if low is not None and low == high:
        return f"{low:,}"
    if high is None:
        text = f"{low:,} or more"
    elif low is None or low == 0:
        text = f"up to {high:,}"
    else:
        text = f"{low:,} to {high:,}"
    return text if best is None or best in (low, high) else f"{text}, best {best:,}"


def quantity_text(quantity: Quantity) -> str:
    """A quantity as ``amount`` has it."""
    return amount(quantity.low, quantity.best, quantity.high)


def who_took_part(naming: Naming, incident: Incident) -> str:
    """Who took part in an incident, and whom it was directed at; "" if neither is said."""
    told = ", ".join(map(naming.actor, incident.parties))
    if not incident.targets:
        return told
    return " ".join(filter(None, [told, "against", ", ".join(map(naming.actor, incident.targets))]))


def plain(word: str) -> str:
    """A status, kind or unit as it stands in a sentence."""
    return word.replace("_", " ")


def days(when: When | None) -> str:
    """A When in words, its days as ISO text."""
    if when is None:
        return ""
    if when.earliest is None or when.latest is None:
        text = _half_open(when)
    else:
        text = when.edtf.rstrip("~?%").replace("~/", "/").replace("?/", "/").replace("%/", "/")
        if "/" in text:
            text = f"{when.earliest.isoformat()} to {when.latest.isoformat()}"
    doubt = [w for w, on in (("about", when.approximate), ("perhaps", when.uncertain)) if on]
    return " ".join([*doubt, text])


def _half_open(when: When) -> str:
    if when.earliest is not None:
        return f"from {when.earliest.isoformat()}"
    return "at any time" if when.latest is None else f"by {when.latest.isoformat()}"


def window(first: int, last: int) -> str:
    """Bounds given as ordinals, in words."""
    return days(as_when(first, last))


def dated(last: int, day: int) -> str:
    """A day, and how long before the day asked for that is."""
    ago = "same day" if day == last else count_of(day - last, "day")
    return f"{from_ordinal(last).isoformat()} ({ago.replace(' ', NBSP)})"


def span_end(ordinal: int) -> str:
    """The first or last day of a span; dots where it is open."""
    if ordinal <= OPEN_PAST or ordinal >= OPEN_FUTURE:
        return "…"
    return from_ordinal(ordinal).isoformat()


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: "1 day", "2 days"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def sources(claims: Iterable[Seen]) -> str:
    """The sources of claims, each once."""
    return ", ".join(dict.fromkeys(seen.source.id for seen in claims))


def said_by(seen: Seen) -> str:
    """Who says it, where, and how far it is to be believed (Admiralty, as in C2)."""
    grade = f"{seen.source.reliability or 'F'}{seen.claim.credibility or 6}"
    claimant = seen.claim.claimant
    where = f"{seen.source.id} ({grade})"
    return where if claimant is None else f"{claimant}, in {where}"
