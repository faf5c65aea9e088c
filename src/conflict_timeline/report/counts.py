"""How many people were where on every day of a report, as known on every day of publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conflict_timeline.projections.ledger import Flow, Headcount
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.report.answers import Period
from conflict_timeline.report.sublogs import Known
from conflict_timeline.report.tables import Numbered, rows
from conflict_timeline.words import Naming

__all__ = ["accounts", "contradictions"]


def accounts(
    known: Sequence[Known], period: Period, number: Callable[[int], int], claims: Mapping[str, int]
) -> list[tuple[AccountKey, dict[str, Any]]]:
    """The accounts that anything was ever reported of, each with its counts.

    Args:
        known: what was known of people, one day of publication after another.
        period: the days of the report.
        number: of a day of publication.
        claims: the numbers of the claims on people, by id.

    Returns:
        By account: the distinct counts (low, best, high, basis, certainty, claims, independent
        origins; None is open) and rows (see ``tables.rows``) of a day and a count's number.
    """
    keys = {key for at in known for key in at.view.people.accounts}
    found = []
    for key in sorted(keys, key=AccountKey.sort_key):
        counts: Numbered[tuple[Any, ...]] = Numbered()
        told = rows((number(at.day), _rows(at, key, period, counts, claims)) for at in known)
        values = [[*value[:5], list(value[5]), value[6]] for value in counts.values]
        found.append((key, {"counts": values, "rows": told}))
    return found


def _rows(
    at: Known,
    key: AccountKey,
    period: Period,
    counts: Numbered[tuple[Any, ...]],
    claims: Mapping[str, int],
) -> list[tuple[int, ...]]:
    people = at.view.people
    account = people.accounts.get(key)
    parts: list[Headcount | Flow] = []
    if account is not None:
        parts = [*account.headcounts, *account.flows]
    # The best number goes over to the next count or movement on its representative day.
    turning = {
        day
        for part in parts
        for bound in (part.first, part.last, representative_day(part.first, part.last))
        for day in (bound, bound + 1)
    }
    days = {day for day in turning if period.first < day <= period.last}
    found: list[tuple[int, ...]] = []
    for day in [period.first, *sorted(days)]:
        count = people.count(key, day)
        evidence = tuple(claims[seen.id] for seen in count.evidence)
        numbers = (count.low, count.best, count.high, count.basis, count.certainty)
        value = counts.number((*numbers, evidence, count.claimants))
        if not found or found[-1][1] != value:
            found.append((day - period.first, value))
    return found


def contradictions(
    known: Sequence[Known],
    day: str,
    number: Callable[[int], int],
    claims: Mapping[str, int],
    naming: Naming,
) -> list[dict[str, Any]]:
    """What does not add up at the end of a report's days, as known on each day of publication.

    Args:
        known: what was known of people.
        day: the last day of the report.
        number: of a day of publication.
        claims: the numbers of the claims on people, by id.
        naming: the names to use.

    Returns:
        By revision: the number of the day of publication and the contradictions; a revision that
        says the same as the one before is left out.
    """
    found: list[dict[str, Any]] = []
    for at in known:
        told = [
            {
                "kind": c.kind,
                "group": naming.actor(c.group),
                "sentence": c.sentence,
                "equation": c.equation,
                "claims": [claims[seen.id] for seen in c.claims],
                "assumptions": list(c.assumptions),
            }
            for c in at.view.as_of(day).people.contradictions()
        ]
        if not found or found[-1]["told"] != told:
            found.append({"known": number(at.day), "told": told})
    return found
