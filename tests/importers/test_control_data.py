"""The control time series of Ukraine against plain pandas on the raw file, on both time axes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from conflict_timeline.projections.control import shown
from tests.shared_data import shared_data
from tests.ukraine import imported

SOURCES = {
    "deepstate": "deepstate",
    "isw_assessed_control": "isw-2022",
    "isw_control_map": "isw-map",
    "russia_claimed_control": "isw-claimed",
}
#: Days asked about, each as known by several days; one source at a time, and places of all.
QUESTIONS = [
    *(("isw_assessed_control", day, by) for day in ("2022-03-15", "2022-06-01", "2022-11-20")
      for by in (None, "2022-03-05", "2022-05-01", "2022-12-31")),
    *(("deepstate", day, by) for day in ("2024-07-08", "2025-03-01", "2026-08-16")
      for by in (None, "2024-12-31", "2025-06-30")),
    *(("isw_control_map", day, by) for day in ("2023-12-01", "2025-01-01")
      for by in (None, "2023-11-30", "2024-06-30")),
    *(("russia_claimed_control", day, by) for day in ("2022-03-31", "2022-10-01")
      for by in (None, "2022-09-01")),
]  # fmt: skip


def raw_table(path):
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    wikidata = table.wikidata.str.strip()  # a blank stands before one of them
    table["place"] = wikidata.where(wikidata != "", "verkhnia-tokmachka")
    table["day"] = pd.to_datetime(table.date, errors="coerce").dt.date
    moments = pd.to_datetime(table.known.where(table.known != ""), utc=True, format="ISO8601")
    table["known_day"] = moments.dt.date.where(moments.notna(), table.day)
    return table


def held(table, layer, day, known_by):
    """Who is inside by the last row of each place; and who was, and is no longer."""
    rows = table[(table.layer == layer) & (table.day <= day)]
    if known_by is not None:
        rows = rows[rows.known_day <= known_by]
    last = rows.sort_values("day", kind="stable").groupby("place").inside.last()
    return set(last[last == "1"].index), set(last[last == "0"].index)


def comes_back(table, layer, day, by):
    """The places that a layer has inside on a later day, as far as is known."""
    rows = table[(table.layer == layer) & (table.day > date.fromisoformat(day))]
    if by is not None:
        rows = rows[rows.known_day <= date.fromisoformat(by)]
    return set(rows[rows.inside == "1"].place)


@pytest.fixture(scope="module")
def ukraine():
    return imported()


def test_totals_and_questions_are_those_of_pandas_on_the_raw_file(ukraine):
    table = raw_table(shared_data("control-ukraine.csv.gz"))
    tl, places, report = ukraine
    raw_places = pd.read_csv(shared_data("places-ukraine.csv.gz"), dtype=str, keep_default_na=False)
    # Two names of one Wikidata id are two records: the second is refused, with the reason.
    twice = raw_places.duplicated("wikidata").sum()
    assert (places.rows, places.refusals) == (len(raw_places), twice)
    assert all("is declared otherwise on line" in refused.reason for refused in places.refused)
    assert places.found["place"] == raw_places.wikidata.nunique()
    # Every row is imported, passed over, a repetition, folded, or refused for its date.
    late = table.day > date(2026, 12, 31)
    assert report.rows == len(table) == 25_194
    assert {refused.line - 2 for refused in report.refused} == set(table[late].index)
    assert all("expected no day after" in refused.reason for refused in report.refused)
    assert set(table[late].date) == {"2202-02-02"}
    taken = table[~late & table.layer.isin(SOURCES)]
    passed = sum(n for note, n in report.notes.items() if "passed over" in note)
    assert passed == len(table[~late]) - len(taken)
    repeated = report.notes["rows that say again what another row of that day says"]
    assert repeated == taken.duplicated(["layer", "place", "day"]).sum()
    folded = report.notes["daily repeats folded: they change no answer"]
    told = report.found["control-observed"] + report.found["control-changed"]
    assert told == len(taken) - repeated - folded
    assert folded == 0
    # Questions: of each source who is inside, who no longer, on a day, as known by another.
    for layer, day, by in QUESTIONS:
        inside, outside = held(taken, layer, date.fromisoformat(day), by and date.fromisoformat(by))
        again = comes_back(taken, layer, day, by)
        view = tl.view(known_by=by, sources=SOURCES[layer])
        state = view.as_of(day).territory
        whole = state.whole()
        at = {place: index for index, place in enumerate(whole.keys)}
        for place in inside:
            assert shown(whole.holdings[whole.best[at[place]]]) == {"ru"}, (layer, day, by, place)
        for place in outside:
            # Who is inside again later may have been so since: that is possible, and no more.
            possible = {None, frozenset(["ru"])} if place in again else {None}
            assert shown(whole.holdings[whole.best[at[place]]]) is None, (layer, day, by, place)
            assert set(map(shown, whole.possible(at[place]))) == possible, (layer, day, by, place)
        # One by one they are what they are all at once, with a status.
        for place in sorted(outside)[:25]:
            assert state[place].best is None
            assert state[place].status == ("uncertain" if place in again else "unknown")
        for place in sorted(inside)[:25]:
            assert state[place].best == {"ru"}
    # What is not inside is never said to be another's: no answer names anyone but Russia.
    named = {a for e in tl.events() for a in getattr(e.event, "holders", ())}
    assert named == {"ru"}
    assert all(getattr(e.event, "to", None) is None for e in tl.events())


def test_places_are_found_by_any_of_their_names(ukraine):
    tl, _, _ = ukraine
    names = tl.view().place_names
    assert names.resolve("Kezlev") == names.resolve("yevpatoria") == "Q33345"
    assert tl.view().visible.places["Q33345"].lat == 45.190764
