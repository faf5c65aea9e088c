"""What a state says, subject by subject, as small values that can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeAlias

import attrs

from conflict_timeline.dates import When
from conflict_timeline.events import Forecast
from conflict_timeline.frozen import FrozenMap
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.ledger import Flow, Headcount
from conflict_timeline.projections.windows import as_when
from conflict_timeline.quantities import Number, Quantity
from conflict_timeline.timeline.state import State
from conflict_timeline.view import Seen

__all__ = [
    "NOTHING",
    "TOPICS",
    "Allied",
    "Counted",
    "Happened",
    "Held",
    "Subject",
    "Told",
    "Value",
    "nothing",
    "places",
    "values",
]


@attrs.frozen(order=True)
class Subject:
    """What an answer is about.

    Attributes:
        topic: "territory", "people", "incidents", "figures", "alliances" or "forecasts".
        key: what tells it from others of the topic, "" where all is meant: the place; group,
            status, nationality and place; the occurrence, or the report's id; measure, subject,
            place and unit; the claim's id for alliances and forecasts.
    """

    topic: str
    key: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.topic}: {', '.join(part for part in self.key if part)}"


@attrs.frozen
class Held:
    """Who held a place; see ``Control``."""

    best: Shown
    possible: frozenset[Shown]
    status: str

    @classmethod
    def of(cls, control: Control) -> Held:
        """The answer of a control."""
        return cls(control.best, control.possible, control.status)


@attrs.frozen
class Counted:
    """How many an account held; see ``Count``."""

    low: Number | None
    best: Number | None
    high: Number | None
    certainty: str


@attrs.frozen
class Happened:
    """An incident, out of all the reports of it; see ``Happening``."""

    kind: str
    when: When
    place: str | None
    fatalities: Mapping[str, Quantity]
    deaths: Quantity | None = None


@attrs.frozen
class Allied:
    """An alliance and whether it held on the day; see ``Alliance``."""

    members: tuple[str, ...]
    against: tuple[str, ...]
    name: str | None
    status: str


#: A figure's value is a Quantity, a forecast's its verdict; None where there is nothing.
Value: TypeAlias = Held | Counted | Happened | Quantity | Allied | str | None

#: What the answer is where nothing was reported, by topic; None for those not named.
NOTHING: Mapping[str, Value] = {
    "territory": Held(None, frozenset([None]), "unknown"),
    "people": Counted(None, None, None, "unknown"),
}


class Told(Protocol):
    """An answer with what it comes from."""

    @property
    def value(self) -> Value:
        """The answer."""
        ...

    @property
    def evidence(self) -> tuple[Seen, ...]:
        """The claims it rests on, for and against."""
        ...

    @property
    def claims(self) -> tuple[Seen, ...]:
        """All claims of the view that can bear on it."""
        ...


@attrs.frozen(eq=False)
class _Answer:
    """An answer whose parts are at hand."""

    value: Value = None
    evidence: tuple[Seen, ...] = ()
    claims: tuple[Seen, ...] = ()


class _Place:
    """An answer about a place; its evidence is sought only when asked for."""

    def __init__(self, control: Control, claims: Iterable[Seen]) -> None:
        self._control = control
        self.claims = tuple(claims)

    @property
    def value(self) -> Value:
        return Held.of(self._control)

    @property
    def evidence(self) -> tuple[Seen, ...]:
        return self._control.evidence + self._control.against


def places(state: State, asked: Iterable[str] | None = None) -> dict[Subject, Told]:
    """Who held the places asked for; None for all that claims speak of."""
    view, day = state.view, state.day.toordinal()
    claims = view.territory.claims
    return {
        Subject("territory", (place,)): _Place(
            view.territory.at(place, day, view.stale_after), claims.get(place, ())
        )
        for place in (claims if asked is None else asked)
    }


def _people(state: State) -> dict[Subject, Told]:
    people, day = state.view.people, state.day.toordinal()
    found: dict[Subject, Told] = {}
    for key, account in people.accounts.items():
        count = people.count(key, day)
        parts: list[Headcount | Flow] = [*account.headcounts, *account.flows]
        claims = {seen.id: seen for part in parts for seen in part.ref}
        names = (key.group, key.status, key.nationality or "", key.place or "")
        found[Subject("people", names)] = _Answer(
            Counted(count.low, count.best, count.high, count.certainty),
            count.evidence,
            tuple(claims.values()),
        )
    return found


def _incidents(state: State) -> dict[Subject, Told]:
    found: dict[Subject, Told] = {}
    for h in state.incidents:
        dead = FrozenMap({party: _plain(number) for party, number in h.fatalities.items()})
        deaths = None if h.deaths is None else _plain(h.deaths)
        value = Happened(h.kind, as_when(h.first, h.last), h.place, dead, deaths)
        subject = Subject("incidents", (h.claim.occurrence or h.reports[0].id,))
        found[subject] = _Answer(value, h.reports, h.reports)
    return found


def _figures(state: State) -> dict[Subject, Told]:
    return {
        Subject("figures", (f.measure, f.subject or "", f.place or "", f.unit)): _Answer(
            _plain(f.value), (f.evidence,), (f.evidence, *f.others)
        )
        for f in state.figures
    }


def _alliances(state: State) -> dict[Subject, Told]:
    return {
        Subject("alliances", (a.evidence.id,)): _Answer(
            Allied(a.claim.members, a.claim.against, a.claim.name, a.status),
            (a.evidence,),
            (a.evidence,),
        )
        for a in state.alliances
    }


def _forecasts(state: State) -> dict[Subject, Told]:
    territory = state.view.territory
    found: dict[Subject, Told] = {}
    for judged in state.forecasts:
        evidence: tuple[Seen, ...] = (judged.evidence,)
        claims = evidence
        forecast = judged.evidence.about
        if isinstance(forecast, Forecast) and forecast.place is not None:
            day = min(forecast.window.last, state.day.toordinal())
            control = territory.at(forecast.place, day)
            evidence += control.evidence + control.against
            claims += tuple(territory.claims.get(forecast.place, ()))
        subject = Subject("forecasts", (judged.evidence.id,))
        found[subject] = _Answer(judged.verdict, evidence, claims)
    return found


def _plain(quantity: Quantity) -> Quantity:
    """The numbers alone: told in other words they are the same."""
    return Quantity(quantity.low, quantity.best, quantity.high)


#: How each topic is read off a state, in the order in which they are told.
TOPICS: Mapping[str, Callable[[State], dict[Subject, Told]]] = {
    "territory": places,
    "people": _people,
    "incidents": _incidents,
    "figures": _figures,
    "alliances": _alliances,
    "forecasts": _forecasts,
}


def nothing(subject: Subject) -> Told:
    """The answer where nothing was reported."""
    return _Answer(NOTHING.get(subject.topic))


def values(state: State) -> dict[Subject, Value]:
    """All that a state says, as small values; of a subject not in it nothing was reported."""
    return {
        subject: told.value
        for topic, read in TOPICS.items()
        for subject, told in sorted(read(state).items(), key=lambda item: item[0])
        if told.value != NOTHING.get(topic)
    }
