"""A state as plain values, and as canonical bytes: everything that it says of its day.

The form is named ``json1`` in citations. What it holds never changes under that name: another
library version must be able to tell whether it gives the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from conflict_timeline.codec import canonical_json
from conflict_timeline.dates import When
from conflict_timeline.projections.control import Control, Shown, UnreportedChange
from conflict_timeline.projections.forecasts import Judged
from conflict_timeline.projections.incidents import Happening
from conflict_timeline.projections.people import Count
from conflict_timeline.projections.reported import Alliance, Figure
from conflict_timeline.projections.windows import as_when
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen

if TYPE_CHECKING:
    from conflict_timeline.timeline.state import State

__all__ = ["FORM", "state_bytes", "state_dict", "state_digest"]

FORM = "json1"


def state_dict(state: State) -> dict[str, Any]:
    """Everything a state says, as dicts, lists, text, numbers, booleans and None.

    Reasons in words are left out: a better wording is not another answer.
    """
    return {
        "day": state.day.isoformat(),
        "territory": {place: _control(control) for place, control in state.territory.items()},
        "people": [_count(count) for count in state.people],
        "incidents": [_incident(happening) for happening in state.incidents],
        "figures": [_figure(figure) for figure in state.figures],
        "alliances": [_alliance(alliance) for alliance in state.alliances],
        "forecasts": [_forecast(judged) for judged in state.forecasts],
    }


def state_bytes(state: State) -> bytes:
    """The canonical bytes of a state; equal bytes are equal answers, on every machine."""
    return canonical_json(state_dict(state))


def state_digest(state: State) -> str:
    """The form and SHA-256 of the canonical bytes, as citations give them."""
    return f"{FORM}:{hashlib.sha256(state_bytes(state)).hexdigest()}"


def _control(control: Control) -> dict[str, Any]:
    last = control.last_evidence
    return {
        "best": _holding(control.best),
        "possible": _holdings(control.possible),
        "conceivable": _holdings(control.conceivable),
        "narrowed": control.narrowed,
        "status": control.status,
        "since": _when(control.since),
        "shares": _quantities(control.shares),
        "not_held_by": sorted(control.not_held_by),
        "unreported": [_unreported(change) for change in control.unreported],
        "evidence": _ids(control.evidence),
        "against": _ids(control.against),
        "withheld": _ids(control.withheld),
        "last_evidence": None if last is None else last.id,
        "age": control.age,
        "claimants_for": control.claimants_for,
        "claimants_against": control.claimants_against,
    }


def _unreported(change: UnreportedChange) -> dict[str, Any]:
    return {
        "when": _when(change.when),
        "before": _holding(change.before),
        "after": _holding(change.after),
        "preceding": _ids(change.preceding),
        "following": _ids(change.following),
    }


def _count(count: Count) -> dict[str, Any]:
    key = count.key
    return {
        "group": key.group,
        "status": key.status,
        "nationality": key.nationality,
        "place": key.place,
        **_quantity(count.quantity),
        "basis": count.basis,
        "certainty": count.certainty,
        "disordered": count.disordered,
        "evidence": _ids(count.evidence),
    }


def _incident(happening: Happening) -> dict[str, Any]:
    found = {
        "kind": happening.kind,
        "when": _when(as_when(happening.first, happening.last)),
        "place": happening.place,
        "fatalities": _quantities(happening.fatalities),
        "reports": _ids(happening.reports),
    }
    if happening.deaths is not None:  # left out, so that answers cited before it was there stand
        found["deaths"] = _quantity(happening.deaths)
    return found


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "measure": figure.measure,
        "subject": figure.subject,
        "place": figure.place,
        "value": _quantity(figure.value),
        "unit": figure.unit,
        "evidence": figure.evidence.id,
        "others": _ids(figure.others),
    }


def _alliance(alliance: Alliance) -> dict[str, Any]:
    claim, seen = alliance.claim, alliance.evidence
    return {
        "name": claim.name,
        "members": list(claim.members),
        "against": list(claim.against),
        "when": _when(as_when(seen.first, seen.last)),
        "until": _when(claim.until),
        "status": alliance.status,
        "evidence": seen.id,
    }


def _forecast(judged: Judged) -> dict[str, Any]:
    forecast = judged.forecast
    return {
        "statement": forecast.statement,
        "window": _when(forecast.window),
        "place": forecast.place,
        "holder": forecast.holder,
        "not_holder": forecast.not_holder,
        "expectation": forecast.expectation,
        "verdict": judged.verdict,
        "evidence": judged.evidence.id,
    }


def _holding(holding: Shown) -> list[str] | None:
    return None if holding is None else sorted(holding)


def _holdings(holdings: Iterable[Shown]) -> list[list[str] | None]:
    return sorted((_holding(h) for h in holdings), key=lambda h: (h is None, h or []))


def _when(when: When | None) -> dict[str, str | None] | None:
    """The bounds; EDTF has more than one text for some, so that it is no canonical form."""
    if when is None:
        return None
    return {
        "earliest": None if when.earliest is None else when.earliest.isoformat(),
        "latest": None if when.latest is None else when.latest.isoformat(),
    }


def _quantity(quantity: Quantity) -> dict[str, Any]:
    return {"low": quantity.low, "best": quantity.best, "high": quantity.high}


def _quantities(quantities: Mapping[str, Quantity]) -> dict[str, Any]:
    return {name: _quantity(quantities[name]) for name in sorted(quantities)}


def _ids(claims: Iterable[Seen]) -> list[str]:
    """The ids in the order given: by time, or the most reliable first."""
    return [seen.id for seen in claims]
