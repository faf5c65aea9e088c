"""What a report says is what the library answers: every place, every day, as known on every day."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.dates import from_ordinal
from conflict_timeline.report import html_report
from conflict_timeline.report.content import Asked, content
from conflict_timeline.report.tables import rows, unfolded

PERIOD = Asked(first="2019-06-01", last="2021-06-30")
AXES: list[dict[str, Any]] = [
    {},
    {"stale_after": 20},
    {"implied_within": 10},
    {"min_reliability": "C"},
    {"known_by": "2020-03-01"},
]


def timeline(events):
    tl = ct.open(":memory:")
    tl.append(events)
    return tl


def told(tl, axes=None, asked=PERIOD):
    """A report's content as a page gets it."""
    return json.loads(json.dumps(content(tl.view(**(axes or {})), asked)))


def some(known, which):
    """Two of the days of publication with their numbers: to ask on all would take too long."""
    found = list(enumerate(known))
    return found and dict([found[which % len(found)], found[-1]]).items()


def holding(report, number):
    found = report["holdings"][number]
    return None if found is None else frozenset(report["actors"][a]["id"] for a in found)


def ids(report, numbers):
    texts = report["claims"]["ids"]
    return [texts[12 * n : 12 * n + 12] for n in numbers]


LOGS = strategies.logs(max_claims=8, merges=True)


@given(LOGS, st.sampled_from(AXES), st.integers(0, 9))
def test_law_each_place_has_the_answers_of_the_library(log, axes, which):
    tl = timeline(log)
    report = told(tl, axes)
    for number, known in some(report["known"], which):
        view = tl.view(**{**axes, "known_by": from_ordinal(report["first"] + known)})
        for place in report["places"]:
            spans = unfolded(place["rows"], number)
            # The days on which something changes, those beside them, and one in between.
            days = {d + n for d, *_ in spans for n in (-1, 0, which)} | {report["days"] - 1}
            for day in sorted(d for d in days if 0 <= d < report["days"]):
                control = view.as_of(from_ordinal(report["first"] + day)).territory[place["id"]]
                span = [s for s in spans if s[0] <= day]
                answer, evidence = span[-1][1:] if span else (None, None)
                if answer is None:
                    assert (control.status, control.evidence) == ("unknown", ())
                    continue
                best, status, others, wider = report["answers"][answer]
                assert holding(report, best) == control.best
                assert report["statuses"][status] == control.status
                possible = {holding(report, n) for n in others} | {control.best}
                assert possible == control.possible
                assert {holding(report, n) for n in wider} == control.conceivable - possible
                for_it, against, origins_for, origins_against = place["evidence"][evidence]
                base = place["claims"]
                assert ids(report, [base + n for n in for_it]) == [
                    s.id[:12] for s in control.evidence
                ]
                assert ids(report, [base + n for n in against]) == [
                    s.id[:12] for s in control.against
                ]
                assert (origins_for, origins_against) == (
                    control.claimants_for,
                    control.claimants_against,
                )


@given(LOGS)
@settings(max_examples=15)
def test_law_no_day_between_is_another(log):
    """Every single day of a short report, lest the days asked for miss one."""
    tl = timeline(log)
    asked = Asked(first="2020-01-15", last="2020-03-20")
    report = told(tl, {"stale_after": 9}, asked)
    view = tl.view(stale_after=9)
    for place in report["places"]:
        spans = unfolded(place["rows"])
        for day in range(report["days"]):
            control = view.as_of(from_ordinal(report["first"] + day)).territory[place["id"]]
            _, answer, evidence = [s for s in spans if s[0] <= day][-1]
            best, status, others, _ = report["answers"][answer]
            assert holding(report, best) == control.best
            assert report["statuses"][status] == control.status
            assert len(others) + 1 == len(control.possible)
            assert len(place["evidence"][evidence][0]) == len(control.evidence)
            assert len(place["evidence"][evidence][1]) == len(control.against)


@given(LOGS, st.sampled_from(AXES), st.integers(0, 9))
def test_law_each_account_has_the_counts_of_the_library(log, axes, which):
    tl = timeline(log)
    asked = Asked(first="2019-12-01", last="2020-06-30")
    report = told(tl, axes, asked)
    for number, known in some(report["known"], which):
        view = tl.view(**{**axes, "known_by": from_ordinal(report["first"] + known)})
        for day in range(which, report["days"], 7):
            ordinal = report["first"] + day
            counted = {}
            for row in report["people"]:
                spans = [s for s in unfolded(row["rows"], number, 2) if s[0] <= day]
                low, best, high, basis, certainty, claims, _ = (
                    row["counts"][spans[-1][1]] if spans else [None] * 7
                )
                if basis not in (None, "none"):
                    key = (row["group_id"], row["status"], row["nationality"], row["place_id"])
                    counted[key] = (low, best, high, basis, certainty, ids(report, claims))
            library = {
                (c.key.group, c.key.status.replace("_", " "), c.key.nationality, c.key.place): (
                    c.low, c.best, c.high, c.basis, c.certainty, [s.id[:12] for s in c.evidence]
                )
                for c in view.as_of(from_ordinal(ordinal)).people
            }  # fmt: skip
            assert counted == library


@given(LOGS, st.sampled_from(AXES), st.integers(0, 9))
def test_law_each_forecast_has_the_verdicts_of_the_library(log, axes, which):
    tl = timeline(log)
    report = told(tl, axes, Asked(first="2019-12-01", last="2020-12-31"))
    for number, known in some(report["known"], which):
        view = tl.view(**{**axes, "known_by": from_ordinal(report["first"] + known)})
        for day in range(which, report["days"], 11):
            found = {}
            for forecast in report["forecasts"]:
                spans = [s for s in unfolded(forecast["rows"], number, 2) if s[0] <= day]
                if spans and spans[-1][1] >= 0:
                    (identity,) = ids(report, [forecast["claim"]])
                    found[identity] = tuple(forecast["verdicts"][spans[-1][1]])
            library = view.forecasts(as_of=from_ordinal(report["first"] + day))
            assert found == {j.evidence.id[:12]: (j.verdict, j.reason) for j in library}


@given(LOGS, st.sampled_from(AXES), st.integers(0, 9))
def test_law_each_claim_is_shown_when_the_library_shows_it(log, axes, which):
    tl = timeline(log)
    report = told(tl, axes)
    columns, turns = report["claims"]["columns"], report["claims"]["shown"]
    count = len(report["claims"]["ids"]) // 12

    def column(name, i):
        values = columns[name]
        return values["all"] if isinstance(values, dict) else values[i]

    for number, known in some(report["known"], which):
        view = tl.view(**{**axes, "known_by": from_ordinal(report["first"] + known)})
        shown = {
            ids(report, [i])[0]
            for i in range(count)
            if sum(n <= number for n in turns.get(str(i), [column("known", i)])) % 2
        }
        assert shown == {seen.id[:12] for seen in view.visible.claims}


@given(strategies.logs(max_claims=10), st.integers(0, 9))
def test_law_contradictions_are_those_of_the_library(log, which):
    tl = timeline(log)
    report = told(tl)
    for number, known in some(report["known"], which):
        found = [part for part in report["contradictions"] if part["known"] <= number]
        state = tl.as_of(PERIOD.last, known_by=from_ordinal(report["first"] + known))
        library = [[c.kind, c.sentence, c.equation] for c in state.people.contradictions()]
        in_report = found[-1]["told"] if found else []
        assert [[c["kind"], c["sentence"], c["equation"]] for c in in_report] == library


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 3))),
        )
    ),
)
def test_rows_are_read_as_they_were_written(drawn):
    revisions = []
    for number, (step, told_rows) in enumerate(drawn):
        days = sorted({row[0]: row for row in told_rows}.items())
        revisions.append((number + step * 0, [row for _, row in days]))
    written = rows(revisions)
    for number, expected in revisions:
        assert unfolded(written, number) == expected


@pytest.fixture(scope="module")
def corpus():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    return tl


def test_the_page_of_the_corpus_is_small(corpus):
    assert len(html_report(corpus).encode()) < 300_000
