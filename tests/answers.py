"""Everything that a view answers about some days, as plain values that can be compared."""

from __future__ import annotations

from datetime import date

from conflict_timeline.timeline import View


def ids(claims):
    return tuple(seen.id for seen in claims)


def control(found):
    return {
        "best": found.best,
        "possible": found.possible,
        "conceivable": found.conceivable,
        "status": found.status,
        "not held by": found.not_held_by,
        "since": found.since,
        "shares": dict(found.shares),
        "age": found.age,
        "evidence": ids(found.evidence),
        "against": ids(found.against),
        "claimants": (found.claimants_for, found.claimants_against),
        "unreported": tuple(
            (u.when, u.before, u.after, ids(u.preceding), ids(u.following))
            for u in found.unreported
        ),
    }


def territory(view: View, day: date):
    return {place: control(found) for place, found in view.as_of(day).territory.items()}


def people(view: View, day: date):
    return {
        c.key: (c.low, c.best, c.high, c.basis, c.certainty, ids(c.evidence))
        for c in view.as_of(day).people
    }


def others(view: View, day: date):
    state = view.as_of(day)
    return {
        "incidents": [
            (h.kind, h.first, h.last, h.fatalities, h.deaths, ids(h.reports))
            for h in state.incidents
        ],
        "figures": [(f.measure, f.value, f.evidence.id, ids(f.others)) for f in state.figures],
        "alliances": [(a.status, a.evidence.id) for a in state.alliances],
        "forecasts": [(j.verdict, j.evidence.id) for j in state.forecasts],
    }


def everything(view: View, day: date):
    return territory(view, day), people(view, day), others(view, day)
