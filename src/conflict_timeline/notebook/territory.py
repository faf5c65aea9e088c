"""Answers about places as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from conflict_timeline.dates import from_ordinal
from conflict_timeline.notebook.tables import MOST_ROWS, Table, listed, pairs
from conflict_timeline.projections.control import Control
from conflict_timeline.projections.holdings import Holding
from conflict_timeline.projections.register import WholeState
from conflict_timeline.projections.rollup import Rollup, Tally
from conflict_timeline.projections.territory import Span
from conflict_timeline.telling import because
from conflict_timeline.timeline import Revision, State
from conflict_timeline.timeline.explain import Explanation
from conflict_timeline.timeline.state import TerritoryState
from conflict_timeline.words import Naming, days, said_by, sources, span_end, window

__all__ = [
    "control",
    "explanation",
    "history",
    "revisions",
    "rollup",
    "state",
    "territory",
    "whole",
]

_HEADER = ("Place", "Held by", "Status", "Since", "Last evidence", "Sources", "For, against")


def control(naming: Naming, found: Control) -> Table:
    """Who held a place."""
    _, held, status, since, evidence, told, claimants = _place(naming, found)
    changes = (
        f"{days(c.when)}: {naming.holding(c.before)} to {naming.holding(c.after)}"
        for c in found.unreported
    )
    rows = [
        ("Held by", held),
        ("Status", status),
        ("Since", since),
        ("Conceivable", _conceivable(naming, found)),
        ("Last evidence", evidence),
        ("For, against", claimants),
        ("Sources", told),
        ("Assumed changes", "; ".join(changes)),
    ]
    day = from_ordinal(found.day).isoformat()
    return pairs(f"{naming.place(found.place)} on {day}", rows)


def _conceivable(naming: Naming, found: Control) -> str:
    if found.conceivable == found.possible:
        return ""
    told = sorted(naming.holding(holding) for holding in found.conceivable)
    return " | ".join(told) + ("" if found.narrowed else " (possible is not narrowed)")


def _place(naming: Naming, found: Control) -> Sequence[str]:
    last = found.last_evidence
    evidence = "only a later report" if found.evidence else "none"
    if last is not None:
        evidence = f"{window(last.first, last.last)} ({found.age} days)"
    return (
        naming.place(found.place),
        naming.held(found),
        found.status,
        days(found.since) or "–",
        evidence,
        sources((*found.evidence, *found.against)) or "–",
        f"{found.claimants_for}, {found.claimants_against}",
    )


def territory(naming: Naming, found: TerritoryState, caption: str = "Who held what") -> Table:
    """Who held what: the first places, since each is an answer of its own."""
    ids = list(islice(found, MOST_ROWS))
    naming = naming.telling_apart(ids)
    return Table(caption, _HEADER, (_place(naming, found[i]) for i in ids), total=len(found))


def state(naming: Naming, found: State) -> Table:
    """A state: who held what, and where the rest is. The rest is not worked out unasked."""
    known = found.view.spec.known_by
    known_by = "all publications" if known is None else f"known by {from_ordinal(known)}"
    table = territory(naming, found.territory, f"As of {found.day.isoformat()}, {known_by}")
    rest = "Also in it: people, incidents, figures, alliances, forecasts."
    return Table(table.caption, table.header, table.rows, table.total, (rest,))


def whole(naming: Naming, found: WholeState) -> Table:
    """The whole state, place by place."""

    def holding(held: Holding) -> str:
        return naming.holding(held if isinstance(held, frozenset) else None)

    def told(some: Iterable[Holding]) -> str:
        return " | ".join(sorted(map(holding, some)))

    naming = naming.telling_apart(found.keys[:MOST_ROWS])
    rows = (
        (
            naming.place(found.keys[at]),
            holding(found.holdings[int(found.best[at])]),
            told(found.possible(at)),
            told(found.conceivable(at)),
        )
        for at in range(min(len(found.keys), MOST_ROWS))
    )
    header = ("Place", "Best", "Possible", "Conceivable")
    return Table("Whole state", header, rows, total=len(found.keys))


def history(naming: Naming, found: Sequence[Span]) -> Table:
    """The spans of a place."""
    rows = (
        (
            f"{span_end(span.start)} to {span_end(span.end)}",
            span.status,
            naming.alternatives(span.best, span.possible)
            if len(span.possible) > 1
            else naming.holding(span.best),
        )
        for span in found
    )
    return Table("History", ("Days", "Status", "Held by"), rows, total=len(found))


def explanation(naming: Naming, found: Explanation) -> Table:
    """Why: each claim and its part."""
    rows = (
        (
            step.role,
            window(step.claim.first, step.claim.last),
            naming.claim(step.claim.claim),
            said_by(step.claim),
            step.reason,
        )
        for step in found.steps
    )
    answer = found.control
    day = from_ordinal(answer.day).isoformat()
    caption = (
        f"{naming.place(answer.place)} on {day}: {naming.held(answer)} ({answer.status}). Why:"
    )
    header = ("Part", "When", "Claim", "Who says it", "Reason")
    return Table(caption, header, rows, total=len(found.steps))


def revisions(naming: Naming, found: Sequence[Revision]) -> Table:
    """How an answer changed as reports were published."""
    rows = (
        (
            "at first" if revision.known is None else revision.known.isoformat(),
            naming.held(revision.control),
            revision.status,
            because(naming, revision.because, with_claims=True),
        )
        for revision in found
    )
    caption = "Revisions"
    if found:
        about = found[0].control
        day = from_ordinal(about.day).isoformat()
        caption = f"{naming.place(about.place)} on {day}, as it became known"
    return Table(caption, ("Known", "Held by", "Status", "Because of"), rows, total=len(found))


def rollup(naming: Naming, found: Rollup) -> Table:
    """The places of an area, by holding."""

    def tally(name: str, counted: Tally) -> Sequence[str]:
        return name, f"{counted.certain:,}", f"{counted.best:,}", f"{counted.possible:,}"

    rows = [tally(naming.holding(held), counted) for held, counted in found.holdings.items()]
    notes = [f"{len(found.members):,} places are reported of"]
    if found.without_report:
        names = listed(sorted(naming.place(p) for p in found.without_report[:MOST_ROWS]))
        notes.append(f"No claim says who held ({len(found.without_report):,}): {names}")
    header = ("Held by", "At least", "Best", "At most")
    return Table(naming.place(found.area), header, rows, total=len(rows), notes=notes)
