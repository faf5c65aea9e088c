"""Why an answer is as it is: every claim on the place, and what became of it."""

from __future__ import annotations

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.events import ControlChanged, ControlObserved, Corrected, Retracted
from conflict_timeline.projections.control import Control
from conflict_timeline.projections.territory import Territory
from conflict_timeline.projections.windows import as_when
from conflict_timeline.view import Seen, Visible

__all__ = ["Explanation", "Step", "explain"]


@attrs.frozen(eq=False)
class Step:
    """One claim and its part in the answer.

    Attributes:
        claim: the claim as the view sees it.
        role: "for", "against", "overtaken", "later", "not seen".
        reason: why, in words.
    """

    claim: Seen
    role: str
    reason: str


@attrs.frozen(eq=False)
class Explanation:
    """The answer for a place on a day, and the chain of evidence.

    Attributes:
        control: the answer.
        steps: every claim on the place that was recorded in time, in order of the days it is about.
    """

    control: Control
    steps: tuple[Step, ...]
    _visible: Visible | None = attrs.field(default=None, repr=False)

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)


def explain(visible: Visible, territory: Territory, control: Control) -> Explanation:
    """Explains one answer."""
    speaking = {seen.id for seen in control.evidence}
    opposing = {seen.id for seen in control.against}
    steps = []
    for seen in territory.claims.get(control.place, ()):
        if seen.id in speaking:
            steps.append(Step(seen, "for", _reason_for(control, seen)))
        elif seen.id in opposing:
            steps.append(Step(seen, "against", "it may be as late as the claims for, and differs"))
        elif seen.first > control.day:
            steps.append(Step(seen, "later", f"it is about {as_when(seen.first, seen.last)}"))
        elif seen.last > control.day:
            steps.append(Step(seen, "later", "the histories with the fewest changes put it later"))
        else:
            steps.append(Step(seen, "overtaken", "later claims leave nothing of it on that day"))
    told = visible.of_place(control.place)
    for seen, reason in told.hidden:
        claim = seen.about
        if isinstance(claim, ControlChanged | ControlObserved) and claim.place == control.place:
            steps.append(Step(seen, "not seen", _reason_hidden(told, seen, reason)))
    steps = [_with_merge(visible, step) for step in steps]
    steps.sort(key=lambda s: (s.claim.first, s.claim.last, s.claim.id))
    return Explanation(control, tuple(steps), visible)


def _with_merge(visible: Visible, step: Step) -> Step:
    """The step with the reason why a claim on another place is about this one."""
    told_of = getattr(step.claim.claim, "place", None)
    if told_of is None or visible.merges.place(told_of) == told_of:
        return step
    why = "; ".join(event.reason for event in visible.merges.joining(told_of))
    return attrs.evolve(step, reason=f"{step.reason} (told of {told_of}, which is one: {why})")


def _reason_for(control: Control, seen: Seen) -> str:
    if seen.first > control.day:
        return "it implies who held before it"
    if seen.last > control.day:
        return "it may have come about by that day"
    claim = seen.about
    if isinstance(claim, ControlChanged) and claim.to is None:
        return "it agrees: the place was lost, to whom it does not say"
    return "it was so by that day, and nothing later says otherwise"


def _reason_hidden(visible: Visible, seen: Seen, reason: str) -> str:
    overruling = visible.overruled.get(seen.id)
    if reason != "overruled" or not overruling:
        return reason
    parts = []
    for event in overruling:
        if isinstance(event, Retracted):
            parts.append(f"retracted: {event.reason}")
        elif isinstance(event, Corrected):
            parts.append(f"corrected ({event.kind.replace('_', ' ')})")
    return "; ".join(parts)
