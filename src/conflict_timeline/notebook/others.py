"""What else is asked of a log as tables: changes, forecasts, coverage, what was reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conflict_timeline.dates import from_ordinal
from conflict_timeline.notebook.tables import Table, listed, pairs
from conflict_timeline.projections.coverage import Coverage, Covered
from conflict_timeline.projections.forecasts import Judged
from conflict_timeline.projections.incidents import Happening, Incidents, Window
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.reported import Alliance, Figure
from conflict_timeline.projections.scores import VERDICTS, Scores
from conflict_timeline.projections.sensitivity import Flip, Sensitivity
from conflict_timeline.quantities import Quantity
from conflict_timeline.telling import Telling, because
from conflict_timeline.timeline import Diff
from conflict_timeline.words import (
    Naming,
    days,
    plain,
    quantity_text,
    said_by,
    span_end,
    who_took_part,
    window,
)

__all__ = [
    "alliances",
    "coverage",
    "diff",
    "figures",
    "forecast",
    "forecasts",
    "incidents",
    "scores",
    "sensitivity",
    "window_of_days",
]


def diff(naming: Naming, found: Diff) -> Table:
    """What changed, and why."""
    places = [change.subject.key[0] for change in found if change.subject.topic == "territory"]
    telling = Telling(naming.telling_apart(places), found)
    rows = (
        (
            telling.subject(change),
            change.kind,
            telling.value(change.before),
            telling.value(change.after),
            because(naming, change.because),
        )
        for change in found
    )
    first, second = found.first.day.isoformat(), found.second.day.isoformat()
    header = ("What", "Kind", "Before", "After", "Because of")
    return Table(f"From {first} to {second}", header, rows, total=len(found))


def coverage(naming: Naming, found: Coverage) -> Table:
    """Which places and people have evidence, and of which days."""
    naming = naming.telling_apart(found.places)
    rows = [
        *(_covered(naming.place(place), told) for place, told in found.places.items()),
        *(_covered(naming.account(key), told) for key, told in found.people.items()),
    ]
    header = ("What", "First evidence", "Last", "Claims", "From", "Longest silence")
    without = found.without_claims
    notes = [f"Of {len(without):,} declared places no claim says who held them."] if without else []
    return Table("Coverage", header, rows, total=len(rows), notes=notes)


def _covered(name: str, told: Covered) -> Sequence[str]:
    longest = told.longest_silence
    return (
        name,
        span_end(told.periods[0].start),
        span_end(told.periods[-1].end),
        f"{told.claims:,}",
        ", ".join(told.origins),
        "–" if longest is None else f"{days(longest.when)} ({longest.days or 0:,} days)",
    )


def forecast(naming: Naming, found: Judged) -> Table:
    """A forecast and what became of it."""
    _, verdict, reason, about, made, who = _judged(found)
    rows = [
        ("Verdict", verdict),
        ("Why", reason),
        ("About", about),
        ("Made", made),
        ("Who says it", who),
    ]
    return pairs(found.forecast.statement, rows)


def forecasts(naming: Naming, found: Sequence[Judged]) -> Table:
    """Forecasts and what became of them."""
    header = ("Forecast", "Verdict", "Why", "About", "Made", "Who says it")
    return Table("Forecasts", header, map(_judged, found), total=len(found))


def _judged(found: Judged) -> Sequence[str]:
    return (
        found.forecast.statement,
        found.verdict,
        found.reason,
        days(found.forecast.window),
        window(found.evidence.first, found.evidence.last),
        said_by(found.evidence),
    )


def scores(naming: Naming, found: Scores) -> Table:
    """Whose forecasts came true; of none decided there is no share, which is not zero."""
    rows = []
    for row in found:
        share = row.share_borne_out
        told = "none decided" if share is None else f"{share:.0%}"
        rows.append((row.name, *(f"{row.counts[verdict]:,}" for verdict in VERDICTS), told))
    header = (found.by.capitalize(), *(v.capitalize() for v in VERDICTS), "Of those decided")
    return Table("Forecasts by what became of them", header, rows, total=len(rows))


def sensitivity(naming: Naming, found: Sensitivity) -> Table:
    """Which answers would be others without a source."""
    rows = [
        (source, listed(_flip(naming, flip) for flip in flips))
        for source, flips in found.sources.items()
    ]
    day = from_ordinal(found.day).isoformat()
    header = ("Without", "these answers would be others")
    return Table(f"What the answers for {day} hang on", header, rows, total=len(rows))


def _flip(naming: Naming, flip: Flip) -> str:
    before, after = (
        quantity_text(told) if isinstance(told, Quantity) else naming.holding(told)
        for told in (flip.before, flip.after)
    )
    about = flip.subject
    name = naming.account(about) if isinstance(about, AccountKey) else naming.place(about)
    return f"{name}: {before} to {after}"


def incidents(naming: Naming, found: Incidents | Window) -> Table:
    """What happened."""
    rows = (_happening(naming, each) for each in found)
    header = ("What", "When", "Where", "Who", "Dead", "Who says it")
    return Table("Incidents", header, rows, total=len(found))


def window_of_days(naming: Naming, found: Window) -> Table:
    """What happened in a window, and what it adds up to."""
    table = incidents(naming, found)
    told = found.toll
    notes = [
        f"How many: {quantity_text(found.count)}",
        f"{told.silent:,} of {told.count:,} say nothing of deaths, which is not zero.",
    ]
    if told.silent < told.count:
        notes.append(f"Dead in the others: {quantity_text(told.deaths)}")
    how = "surely within" if found.how == "within" else "that may have happened in"
    caption = f"Incidents {how} {days(found.when)}"
    return Table(caption, table.header, table.rows, table.total, notes)


def _happening(naming: Naming, each: Happening) -> Sequence[str]:
    dead = [
        f"{naming.actor(party)} {quantity_text(number)}"
        for party, number in sorted(each.fatalities.items())
    ]
    if each.deaths is not None:
        dead.append(f"in all {quantity_text(each.deaths)}")
    return (
        plain(each.kind),
        window(each.first, each.last),
        "–" if each.place is None else naming.place(each.place),
        who_took_part(naming, each.claim) or "–",
        listed(dead),
        listed(dict.fromkeys(map(said_by, each.reports))),
    )


def figures(naming: Naming, found: Iterable[Figure]) -> Table:
    """Other numbers."""
    rows = [
        (
            plain(each.measure),
            f"{quantity_text(each.value)} {plain(each.unit)}",
            listed(
                [
                    *([naming.actor(each.subject)] if each.subject else []),
                    *([naming.place(each.place)] if each.place else []),
                ]
            ),
            said_by(each.evidence),
        )
        for each in found
    ]
    return Table("Figures", ("Measure", "Value", "Of", "Who says it"), rows, total=len(rows))


def alliances(naming: Naming, found: Iterable[Alliance]) -> Table:
    """Who fought beside whom."""
    rows = [
        (
            each.claim.name or " and ".join(map(naming.actor, each.claim.members)),
            ", ".join(map(naming.actor, each.claim.members)),
            ", ".join(map(naming.actor, each.claim.against)) or "–",
            each.status,
            said_by(each.evidence),
        )
        for each in found
    ]
    header = ("Alliance", "Members", "Against", "Status", "Who says it")
    return Table("Alliances", header, rows, total=len(rows))
