"""Both GED files against plain pandas on the raw tables: totals and questions, on both time axes.

Each file is imported once and asked many questions in one test, as importing is what takes time.
"""

from __future__ import annotations

import re
from datetime import date

import attrs
import pandas as pd
import pytest

import conflict_timeline as ct
from conflict_timeline.importers import Report, import_events, read_ged
from tests.shared_data import shared_data

DEATHS = ["low", "best", "high", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"]


@attrs.frozen
class Asked:
    """One question: a window, how it counts, what it is narrowed to, and the axes."""

    window: str
    how: str = "overlap"
    place: str | None = None
    party: str | None = None
    kind: str | None = None
    claimant: str | None = None
    known_by: str | None = None
    rows: int | None = None  # only so many rows of the file were recorded by then


def raw_table(path):
    """The rows as pandas reads them; dates as days, counts as numbers."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table = table[~table["date_start"].str.startswith("#")].reset_index(drop=True)
    for column in [*DEATHS, "type_of_violence", "where_prec", "side_a_new_id", "side_b_new_id"]:
        table[column] = table[column].astype(float).astype(int)
    for column in ("date_start", "date_end"):
        table[column] = pd.to_datetime(table[column]).dt.date
    return table


def with_known_days(table, released):
    """When a row can have become known first, and surely was: by its references, in plain loops."""
    first, last, odd = [], [], {"before": 0, "after": 0, "undated": 0}
    for start, end, articles in zip(
        table.date_start, table.date_end, table.source_article, strict=True
    ):
        days = []
        for reference in re.split(r'"\s*;\s*"', articles) if articles else []:
            told = re.search(r"^[^\n]*?, *(\d{4})-(\d\d)-(\d\d),", reference.strip().strip('"'))
            if told is None:
                odd["undated"] += 1
                continue
            day = date(*map(int, told.groups()))
            odd["before"] += day < start
            odd["after"] += day > released
            if start <= day <= released:
                days.append(day)
        first.append(min(days) if days else start)
        last.append(max(*days, end) if days else released)
    return table.assign(known_first=first, known=last), odd


def expected(table, asked):
    """Count, deaths by low, best and high, and deaths by party, as pandas adds them up."""
    low, high = days_of(asked.window)
    chosen = table if asked.rows is None else table.iloc[: asked.rows]
    withheld = chosen.iloc[:0]
    if asked.known_by is not None:
        by = date.fromisoformat(asked.known_by)
        withheld = chosen[(chosen.known > by) & (chosen.known_first <= by)]
        chosen = chosen[chosen.known <= by]
    chosen, withheld = (narrowed(found, asked, low, high) for found in (chosen, withheld))
    surely = chosen[(chosen.date_start >= low) & (chosen.date_end <= high)]
    told = chosen if asked.how == "overlap" else surely
    hull = told[["low", "best", "high"]]
    by_party = (
        told.groupby("side_a").deaths_a.sum().add(
            told[told.side_b != "Civilians"].groupby("side_b").deaths_b.sum(), fill_value=0
        )
    )  # fmt: skip
    return {
        "count": (len(surely), len(told), len(chosen) + len(withheld)),
        "deaths": (hull.min(axis=1).sum(), hull.best.sum(), hull.max(axis=1).sum()),
        "disordered": int(((told.low > told.best) | (told.best > told.high)).sum()),
        "civilians": told.deaths_civilians.sum() if len(told) else None,
        "unknown": told.deaths_unknown.sum() if len(told) else None,
        "by_party": {name: int(number) for name, number in by_party.items()},
        "withheld": len(withheld),
    }


def narrowed(table, asked, low, high):
    table = table[(table.date_start <= high) & (table.date_end >= low)]
    if asked.place is not None:
        units = (table.country, table.adm_1, table.adm_2)
        table = table[sum((unit == asked.place) for unit in units) > 0]
    if asked.party == "civilians":
        table = table[table.deaths_civilians > 0]
    elif asked.party is not None:
        table = table[(table.side_a == asked.party) | (table.side_b == asked.party)]
    if asked.kind is not None:
        table = table[(table.type_of_violence == 3) == (asked.kind == "attack")]
    if asked.claimant is not None:
        told = table.source_original.str.split().str.join(" ")
        table = table[told.str.lower() == asked.claimant.lower()]
    return table


def days_of(window):
    if re.fullmatch(r"\d{4}-\d\d-\d\d", window):
        return date.fromisoformat(window), date.fromisoformat(window)
    start, _, end = window.partition("/")
    first = pd.Period(start) if len(start) < 10 else pd.Period(start, "D")
    last = pd.Period(end or start)
    return first.start_time.date(), last.end_time.date()


def answered(tl, asked, records):
    """The same from the log."""
    at = None if asked.rows is None else records + asked.rows
    view = tl.view(known_by=asked.known_by, at=at)
    sought = {"place": asked.place, "party": asked.party, "kind": asked.kind}
    found = view.incidents(asked.window, how=asked.how, claimant=asked.claimant, **sought)
    toll = found.toll
    named = {p: n.best for p, n in toll.by_party.items() if p not in ("civilians", "unknown")}
    count, deaths = found.count, toll.deaths
    return {
        "count": (count.low, count.best, count.high),
        "deaths": (deaths.low, deaths.best, deaths.high),
        "disordered": toll.disordered,
        "civilians": toll.by_party["civilians"].best if toll.count else None,
        "unknown": toll.by_party["unknown"].best if toll.count else None,
        "by_party": {view.actor_names.label(party): number for party, number in named.items()},
        "withheld": len(found.withheld),
    }


def imported(name, released):
    tl, report = ct.open(":memory:"), Report()
    source = ct.Source(id="ged", title="GED", publisher="UCDP", published=released)
    import_events(tl, read_ged(shared_data(name), report, source=source), report)
    return tl, report


SYRIA = [
    Asked("2016/2019"),
    Asked("2016/2019", "within"),
    Asked("2016"),
    Asked("2016", "within"),
    Asked("2017-03"),
    Asked("2017-03", "within"),
    Asked("2017-03", known_by="2017-03-15"),
    Asked("2017-03", known_by="2017-06-30"),
    Asked("2017-03", "within", known_by="2017-06-30"),
    Asked("2017-03", "within", known_by="2017-03-31", rows=9_000),
    Asked("2016/2019", rows=1),
    Asked("2016/2019", rows=9_000),
    Asked("2016-02-27", known_by="2016-02-27"),
    Asked("2018", place="Aleppo Governorate"),
    Asked("2018", "within", place="Aleppo Governorate", party="Government of Syria"),
    Asked("2017-06/2017-10", place="Ar Raqqah Governorate", party="IS"),
    Asked("2017-06/2017-10", place="Ar Raqqah Governorate", party="IS", known_by="2017-06-30"),
    Asked("2017", place="Syria", kind="attack"),
    Asked("2017", place="Jabal Saman district", known_by="2017-06-30"),
    Asked("2016-09-01/2016-12", claimant="sohr", party="civilians"),
    Asked("2018", claimant="Airwars", known_by="2018-06-30"),
    Asked("2016", party="civilians", kind="battle", rows=9_000),
]
IRAQ = [
    Asked("1989/2018"),
    Asked("1989/2018", "within", party="IS"),
    Asked("2003"),
    Asked("2003", "within"),
    Asked("2014-08"),
    Asked("2014-08", known_by="2014-08-20"),
    Asked("2014-08", known_by="2014-12-31", place="Nīnawá province"),
    Asked("2014-06-10/2014-06-12", place="Iraq", kind="attack", known_by="2014-06-30"),
    Asked("2004-11", known_by="2005-01-01"),
    Asked("1991", known_by="1992-01-01"),
    Asked("1991", known_by="2019-06-15", kind="battle"),
    Asked("2007", place="Baghdād province", rows=4_000),
    Asked("2016/2017", party="Government of Iraq", claimant="police", known_by="2017-07-01"),
]


@pytest.mark.parametrize(
    ("name", "released", "questions", "rows"),
    [
        pytest.param("ged-syria.csv.gz", "2020-06-25", SYRIA, 16_566, id="syria"),
        pytest.param("ged-iraq-hdx.csv.gz", "2019-06-15", IRAQ, 7_473, id="iraq"),
    ],
)
def test_totals_and_questions_are_those_of_pandas_on_the_raw_file(name, released, questions, rows):
    path = shared_data(name)
    table, odd = with_known_days(raw_table(path), date.fromisoformat(released))
    tl, report = imported(name, released)
    assert report.rows == len(table) == rows
    assert report.refusals == 0
    assert report.found["incident"] == len(table)
    assert tl.position == report.new == sum(report.found.values())
    for why, times in {
        "references dated before the event: not believed": odd["before"],
        "references dated after the release: not believed": odd["after"],
        "references without a date that can be told: not believed": odd["undated"],
    }.items():
        assert report.notes[why] == times, why
    records = tl.position - len(table)
    for asked in questions:
        assert answered(tl, asked, records) == expected(table, asked), asked
    if rows > 10_000:  # once is enough
        return
    # The same import again finds everything there.
    again = Report()
    source = ct.Source(id="ged", title="GED", publisher="UCDP", published=released)
    import_events(tl, read_ged(path, again, source=source), again)
    assert (again.new, again.recorded) == (0, report.recorded)
