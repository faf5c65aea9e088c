"""Changes in words: what an answer is about, what it was, what it is, and what made it another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from conflict_timeline.codec import kind_of
from conflict_timeline.events import Corrected, Forecast, RecordsMerged, Retracted
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.quantities import Quantity
from conflict_timeline.timeline import Change, Diff
from conflict_timeline.timeline.causes import Cause
from conflict_timeline.timeline.subjects import Allied, Counted, Happened, Held, Value
from conflict_timeline.view import Seen
from conflict_timeline.words import NOT_GIVEN, Naming, amount, days, plain, quantity_text, said_by

__all__ = ["Telling", "because", "cause_text", "reason_of"]

_NOTHING = "nothing reported"
_SHOWN = 3  # so many reports are named where many made an answer another


def because(naming: Naming, causes: Sequence[Cause], *, with_claims: bool = False) -> str:
    """The first few causes in words, and how many more there are."""
    texts = [*dict.fromkeys(cause_text(naming, cause, with_claims) for cause in causes)]
    more = len(texts) - _SHOWN
    return "; ".join(texts if more < 2 else [*texts[:_SHOWN], f"and {more} more"]) or "–"


def cause_text(naming: Naming, cause: Cause, with_claims: bool) -> str:
    """One cause in words: who said it, and with the claim if asked for."""
    if isinstance(cause, Seen):
        said = said_by(cause)
        return f"{naming.claim(cause.claim)}: {said}" if with_claims else said
    event = cause.event
    what = kind_of(event)
    if isinstance(event, RecordsMerged):
        what = f"{event.merged} merged into {event.into}"
    return f"{what} by {event.source}: {reason_of(event)}"


def reason_of(event: Retracted | Corrected | RecordsMerged) -> str:
    """Why minds were changed: the reason given, else the kind of correction."""
    return event.reason or (plain(event.kind) if isinstance(event, Corrected) else "")


class Telling:
    """Subjects and values of a diff in words."""

    def __init__(self, naming: Naming, found: Diff) -> None:
        self.naming = naming
        self._views = (found.first.view, found.second.view)

    @cached_property
    def _forecasts(self) -> Mapping[str, str]:
        """The statements by the claims' ids; for these all claims are looked through."""
        return {
            seen.id: seen.claim.statement
            for view in self._views
            for seen in (*view.visible.claims, *(s for s, _ in view.visible.hidden))
            if isinstance(seen.claim, Forecast)
        }

    def subject(self, change: Change) -> str:
        """What a change is about."""
        naming, subject = self.naming, change.subject
        topic, key = subject.topic, subject.key
        if topic == "territory":
            return naming.place(key[0])
        if topic == "people":
            group, status, nationality, place = key
            account = AccountKey(group, status, nationality or None, place or None)
            return naming.account(account)
        value = change.before if change.after is None else change.after
        if topic == "figures":
            measure, about, place, unit = key
            parts = [about and naming.actor(about), place and naming.place(place)]
            return ", ".join([plain(measure), *filter(None, parts), f"in {plain(unit)}"])
        if isinstance(value, Happened):
            where = [naming.place(value.place)] if value.place else []
            return ", ".join([plain(value.kind), *where, days(value.when)])
        if isinstance(value, Allied):
            return value.name or " and ".join(map(naming.actor, value.members))
        return f"forecast: {self._forecasts.get(key[0], key[0])}"

    def value(self, value: Value) -> str:
        """An answer in words."""
        naming = self.naming
        if value is None:
            return _NOTHING
        if isinstance(value, Held):
            if value.status == "unknown" and value.best is None:
                return "unknown"
            held = naming.holding(value.best)
            if len(value.possible) > 1:
                held = naming.alternatives(value.best, value.possible)
            return f"{held} ({value.status})"
        if isinstance(value, Counted):
            if value.certainty == "unknown":
                return _NOTHING
            text = amount(value.low, value.best, value.high)
            return f"{'how many is ' if text == NOT_GIVEN else ''}{text} ({value.certainty})"
        if isinstance(value, Happened):
            dead = [
                f"{naming.actor(party)} {quantity_text(number)}"
                for party, number in sorted(value.fatalities.items())
            ]
            if value.deaths is not None:
                dead.append(f"in all {quantity_text(value.deaths)}")
            return f"reported; dead: {', '.join(dead)}" if dead else "reported"
        if isinstance(value, Quantity):
            return quantity_text(value)
        return value.status if isinstance(value, Allied) else value
