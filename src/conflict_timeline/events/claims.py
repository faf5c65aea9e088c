"""Claims about the world: who held what, how many were where, what happened, what was foreseen."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from conflict_timeline.dates import When
from conflict_timeline.errors import EventError
from conflict_timeline.events import fields
from conflict_timeline.events.base import Claim
from conflict_timeline.frozen import FrozenMap
from conflict_timeline.quantities import Quantity

__all__ = [
    "COMPARTMENTS",
    "EXPECTATIONS",
    "INCIDENT_KINDS",
    "JOINED",
    "OUTSIDE",
    "AllianceObserved",
    "ControlChanged",
    "ControlObserved",
    "FigureObserved",
    "Forecast",
    "HeadcountObserved",
    "Incident",
    "PeopleMoved",
]

#: Where members of a group can be; ``joined`` is their sum, ``outside`` where they come from.
COMPARTMENTS = ("active", "detained", "returned", "at_large", "elsewhere", "killed")
JOINED = "joined"
OUTSIDE = "outside"

INCIDENT_KINDS = (
    "offensive",
    "battle",
    "air_strike",
    "attack",
    "siege",
    "killing",
    "prison_break",
    "surrender",
    "movement",
    "arrest",
    "announcement",
    "other",
)

EXPECTATIONS = ("held_throughout", "held_at_end", "held_at_some_time")


def _status_before(value: str) -> str:
    return fields.one_of(value, (OUTSIDE, *COMPARTMENTS))


def _status_after(value: str) -> str:
    return fields.one_of(value, COMPARTMENTS)


def _status_counted(value: str) -> str:
    return fields.one_of(value, (JOINED, *COMPARTMENTS))


def _incident_kind(value: str) -> str:
    return fields.one_of(value, INCIDENT_KINDS)


def _expectation(value: str) -> str:
    return fields.one_of(value, EXPECTATIONS)


def _quantity(value: fields.QuantityLike) -> Quantity:
    return Quantity.of(value)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class ControlChanged(Claim):
    """A place changed hands (ACLED: "Non-state actor overtakes territory" and its kin).

    At some day within ``when`` the holding became exactly ``to``; just before, ``from_`` was among
    the holders. One of them may be absent: taker not named, or loser not named.
    """

    place: str = attrs.field(converter=fields.key)
    to: str | None = attrs.field(default=None, converter=fields.key_or_none)
    from_: str | None = attrs.field(default=None, converter=fields.key_or_none)

    def __attrs_post_init__(self) -> None:
        if self.to == self.from_:
            if self.to is None:
                raise EventError("to: expected the taker, the loser (from) or both, got neither")
            raise EventError(f"to: expected another actor than from, got {self.to!r} for both")


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class ControlObserved(Claim):
    """On some day within ``when`` the holding was exactly ``holders``.

    Attributes:
        holders: actor ids, each with the share of the place it held, or None where not given. One
            holder is control, several are a contested place.
        until: with it, the holding lasted from ``when`` to some day within ``until``.
    """

    place: str = attrs.field(converter=fields.key)
    holders: Mapping[str, Quantity | None] = attrs.field(converter=fields.holders)
    until: When | None = attrs.field(default=None, converter=fields.when_or_none)

    def __attrs_post_init__(self) -> None:
        if self.until is not None:
            _check_until(self.when, self.until)

    @property
    def holding(self) -> frozenset[str]:
        """The holders without their shares."""
        return frozenset(self.holders)


def _check_until(when: When, until: When) -> None:
    if until.last < when.first:
        raise EventError(f"until: expected no day before {when.edtf}, got {until.edtf}")


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class _PeopleClaim(Claim):
    """What claims about people share.

    Attributes:
        group: actor id of the group whose members are counted.
        nationality: ISO 3166-1 alpha-2; None is all.
        place: place id; None is all.
        count: people, low / best / high.
    """

    group: str = attrs.field(converter=fields.key)
    nationality: str | None = attrs.field(default=None, converter=fields.country_or_none)
    place: str | None = attrs.field(default=None, converter=fields.key_or_none)
    count: Quantity = attrs.field(converter=fields.count)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class PeopleMoved(_PeopleClaim):
    """So many members went from one compartment to another within ``when``.

    Attributes:
        from_status: a compartment, or "outside" for those who joined.
        to_status: a compartment.
    """

    from_status: str = attrs.field(converter=_status_before)
    to_status: str = attrs.field(converter=_status_after)

    def __attrs_post_init__(self) -> None:
        if self.from_status == self.to_status:
            raise EventError(
                f"to_status: expected another than from_status, got {self.to_status!r} for both"
            )


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class HeadcountObserved(_PeopleClaim):
    """On some day within ``when`` so many members had the status: a balance assertion.

    Attributes:
        status: a compartment, or "joined" for all that ever entered.
    """

    status: str = attrs.field(converter=_status_counted)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Incident(Claim):
    """Something happened: an offensive, an air strike, a prison break, a named person's death.

    Attributes:
        kind: one of ``INCIDENT_KINDS``.
        until: when it ended, if it lasted and that was said; else it is taken as within ``when``.
        place: where, if said.
        parties: actor ids of those who took part.
        targets: actor ids of those it was directed at.
        fatalities: deaths by party; an actor id each, or "civilians", "unknown" (UCDP GED).
        deaths: deaths in all, where the source gives a total of its own (UCDP's low, best and
            high); it is not reckoned from ``fatalities``, nor they from it.
    """

    kind: str = attrs.field(converter=_incident_kind)
    until: When | None = attrs.field(default=None, converter=fields.when_or_none)
    place: str | None = attrs.field(default=None, converter=fields.key_or_none)
    parties: tuple[str, ...] = attrs.field(default=(), converter=fields.keys)
    targets: tuple[str, ...] = attrs.field(default=(), converter=fields.keys)
    fatalities: Mapping[str, Quantity] = attrs.field(factory=FrozenMap, converter=fields.tally)
    deaths: Quantity | None = attrs.field(default=None, converter=fields.count_or_none)

    def __attrs_post_init__(self) -> None:
        if self.until is not None:
            _check_until(self.when, self.until)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class FigureObserved(Claim):
    """Any other number: area, countries of origin, names on a list.

    Attributes:
        measure: what is measured, as a key: "countries_of_origin", "area_lost".
        value: low / best / high.
        unit: "km2", "countries", "names" ...
        subject: actor id it is about, if one.
        place: place id it is about, if one.
    """

    measure: str = attrs.field(converter=fields.key)
    value: Quantity = attrs.field(converter=_quantity)
    unit: str = attrs.field(converter=fields.text)
    subject: str | None = attrs.field(default=None, converter=fields.key_or_none)
    place: str | None = attrs.field(default=None, converter=fields.key_or_none)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class AllianceObserved(Claim):
    """Who fought beside whom.

    Attributes:
        members: actor ids on one side.
        against: actor ids they fought.
        name: what they called it.
        until: with it, it lasted from ``when`` to some day within ``until``.
    """

    members: tuple[str, ...] = attrs.field(converter=fields.some_keys)
    against: tuple[str, ...] = attrs.field(default=(), converter=fields.keys)
    name: str | None = attrs.field(default=None, converter=fields.text_or_none)
    until: When | None = attrs.field(default=None, converter=fields.when_or_none)

    def __attrs_post_init__(self) -> None:
        if self.until is not None:
            _check_until(self.when, self.until)


@attrs.frozen(kw_only=True, field_transformer=fields.named)
class Forecast(Claim):
    """What was predicted, on some day within ``when``, for the days of ``window``.

    It never changes the state. Where it is about who holds a place it names the place and either
    ``holder`` or ``not_holder``, and can be judged against the state; else it stays undecided.

    Attributes:
        statement: the prediction in other words.
        window: the days it is about.
        place: place id.
        holder: the actor predicted to be the only holder.
        not_holder: the actor predicted not to be among the holders.
        expectation: on every day of the window, at its end, or on some day of it.
    """

    statement: str = attrs.field(converter=fields.text)
    window: When = attrs.field(converter=fields.when)
    place: str | None = attrs.field(default=None, converter=fields.key_or_none)
    holder: str | None = attrs.field(default=None, converter=fields.key_or_none)
    not_holder: str | None = attrs.field(default=None, converter=fields.key_or_none)
    expectation: str = attrs.field(default="held_at_end", converter=_expectation)

    def __attrs_post_init__(self) -> None:
        if self.holder is not None and self.not_holder is not None:
            raise EventError("not_holder: expected either holder or not_holder, got both")
        if (self.place is None) != (self.holder is None and self.not_holder is None):
            raise EventError("place: expected a place together with holder or not_holder")
