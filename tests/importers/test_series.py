"""Control time series: folding changes no answer, and no row claims more than it says."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.importers import Report, import_events, read_mapped, read_mapping
from tests.importers.conftest import as_csv, of, read, reasons

MAPPING = """
[source.a]
title = "A"
publisher = "A"
published = 2021-01-01
[source.b]
title = "B"
publisher = "B"
published = 2021-01-01
[actor.red]
[actor.blue]
[place.town]
[control]
place = { column = "place" }
when = { column = "date" }
known = { column = "known" }
layer = { column = "map" }
status = { column = "status" }
statuses = { r = { held_by = "red" }, b = { held_by = "blue" }, c = { held_by = ["blue", "red"] }, \
x = { lost_by = "red" }, n = { nothing = true } }
latest = 2020-12-31
"""


def mapping(write, *more, text=MAPPING):
    for line in more:
        text = text.replace("latest = 2020-12-31", f"{line}\nlatest = 2020-12-31")
    head, _, tail = text.partition("latest = 2020-12-31\n")
    layers = '[control.layers.A]\nsource = "a"\n[control.layers.B]\nsource = "b"\n'
    return read_mapping(
        write(f"[table]\nlatest = 2020-12-31\n{head}{tail}{layers}", "mapping.toml")
    )


def table(*rows):
    """Rows as (map, day of January 2020, status, day of January on which it was known)."""
    found = []
    for layer, day, status, *known in rows:
        when = date(2019, 12, 31) + timedelta(days=day)
        told = [date(2019, 12, 31) + timedelta(days=k) for k in known]
        found.append({"place": "town", "map": layer, "date": when, "status": status,
                      "known": told[0] if told else ""})  # fmt: skip
    return as_csv(found)


def events(write, *rows, more=()):
    return read(read_mapped, write(table(*rows)), mapping=mapping(write, *more))


def claims(write, *rows, more=()):
    found, report = events(write, *rows, more=more)
    told = of(found, ct.ControlObserved) + of(found, ct.ControlChanged)
    assert reasons(report) == []
    return sorted((str(c.when), *sorted(getattr(c, "holders", ["lost"])), c.source) for c in told)


def test_a_status_is_an_observation_on_its_day_by_its_source(write):
    [told] = of(events(write, ("A", 5, "r", 7))[0], ct.ControlObserved)
    assert (told.place, told.holding, told.source) == ("town", {"red"}, "a")
    assert (str(told.when), str(told.known)) == ("2020-01-05", "2020-01-07")


def test_what_a_source_no_longer_says_is_lost_and_no_one_is_named_as_the_taker(write):
    found, report = events(write, ("A", 3, "r"), ("A", 5, "x"), ("A", 6, "x"))
    assert reasons(report) == []
    [lost] = of(found, ct.ControlChanged)
    assert (lost.from_, lost.to, str(lost.when)) == ("red", None, "2020-01-05")
    tl = ct.open(":memory:")
    tl.append(found)
    town = tl.as_of("2020-01-06").territory["town"]
    assert (town.status, town.best, town.possible) == ("unknown", None, {None})


def test_who_holds_a_place_again_may_have_done_so_since_the_loss(write):
    tl = ct.open(":memory:")
    tl.append(events(write, ("A", 3, "r"), ("A", 5, "x"), ("A", 9, "r"))[0])
    town = tl.as_of("2020-01-07").territory["town"]
    assert (town.status, town.best, town.possible) == (
        "uncertain",
        None,
        {None, frozenset(["red"])},
    )
    assert tl.as_of("2020-01-09").territory["town"].status == "certain"


def test_what_was_before_the_first_report_is_implied_or_unknown_as_the_view_says(write):
    tl = ct.open(":memory:")
    tl.append(events(write, ("A", 3, "r"))[0])
    assert tl.as_of("2020-01-02").territory["town"].status == "implied"
    assert tl.as_of("2020-01-02", implied_within=0).territory["town"].status == "unknown"


def test_who_was_never_said_to_hold_a_place_did_not_lose_it(write):
    assert claims(write, ("A", 1, "x"), ("A", 3, "b"), ("A", 4, "x"), ("B", 5, "x")) == [
        ("2020-01-03", "blue", "a")
    ]


def test_a_status_that_means_nothing_says_nothing(write):
    assert claims(write, ("A", 1, "n"), ("B", 2, "n")) == []


def test_repeats_are_folded_into_the_first_and_the_last(write):
    daily = [("A", day, "r", day) for day in range(1, 29)]
    assert claims(write, *daily) == [("2020-01-01", "red", "a"), ("2020-01-28", "red", "a")]
    every = claims(write, *daily, more=["repeat_every = 10"])
    assert [day for day, *_ in every] == ["2020-01-01", "2020-01-11", "2020-01-21", "2020-01-28"]
    assert len(claims(write, *daily, more=["fold = false"])) == 28


def test_repeats_stay_where_another_source_contradicts_them(write):
    daily = [("A", day, "r", day) for day in range(1, 10)]
    assert [d[-2:] for d, _, s in claims(write, *daily, ("B", 5, "b", 5)) if s == "a"] == [
        "01", "05", "06", "09",
    ]  # fmt: skip


def test_repeats_stay_where_a_later_report_was_known_before_them(write):
    daily = [("A", day, "r", day + 10) for day in range(1, 6)]
    assert len(claims(write, *daily, ("B", 8, "b", 9))) == 6


STATUSES = st.sampled_from("rrrrrbcxn")
OBSERVED = st.tuples(
    st.sampled_from("AAB"), st.integers(1, 12), STATUSES, st.integers(0, 4) | st.just(0)
).map(lambda row: (*row[:3], row[1] + row[3]))


@settings(max_examples=60)
@given(st.lists(OBSERVED, max_size=24))
def test_folding_changes_no_answer_on_any_day_for_any_view(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("fold")

    def write(content, name="table.csv"):
        path = folder / name
        path.write_text(content, "utf-8")
        return path

    text = table(("A", 20, "n"), *rows)
    logs = []
    for fold in ("true", "false"):
        tl, report = ct.open(":memory:"), Report()
        how = mapping(write, f"fold = {fold}")
        import_events(tl, read_mapped(write(text), report, mapping=how), report)
        logs.append(tl)
    views = itertools.product((None, 3, 6, 9, 12, 16), (None, "a", "b"))
    for known_by, source in views:
        by = None if known_by is None else date(2019, 12, 31) + timedelta(days=known_by)
        answers = []
        for tl in logs:
            view = tl.view(known_by=by, sources=source)
            found = []
            for day in range(1, 16):
                town = view.as_of(date(2019, 12, 31) + timedelta(days=day)).territory["town"]
                found.append((town.best, town.possible, town.conceivable, town.status))
            answers.append(found)
        assert answers[0] == answers[1], (by, source)


REFUSED = [
    (("A", 5, "q"), "status: the mapping has no meaning for 'q'"),
    (("C", 5, "r"), "layer: the mapping has none called 'C'"),
    (("A", 400, "r"), "when: expected no day after 2020-12-31, got 2021-02-03"),
]


@pytest.mark.parametrize(("row", "reason"), REFUSED)
def test_a_row_that_cannot_be_read_is_refused(write, row, reason):
    _, report = events(write, row, ("A", 1, "r"))
    assert reasons(report) == [(2, reason)]


def test_two_statuses_of_one_day_by_one_source_are_both_refused(write):
    found, report = events(write, ("A", 5, "r"), ("A", 5, "x"), ("A", 5, "r"), ("B", 5, "b"))
    assert [line for line, _ in reasons(report)] == [2, 3, 4]
    assert "status: A says both r and x of town on that day" in report.refused[0].reason
    assert len(of(found, ct.ControlObserved)) == 1


def test_a_row_that_says_again_what_another_says_is_one(write):
    found, report = events(write, ("A", 5, "r"), ("A", 5, "r"))
    assert len(of(found, ct.ControlObserved)) == 1
    assert report.notes["rows that say again what another row of that day says"] == 1


def test_a_layer_that_is_passed_over_is_counted(write):
    _, report = events(write, ("C", 5, "r"), more=['pass_over = ["C"]'])
    assert report.refusals == 0
    assert report.notes["rows of layer 'C': passed over, as the mapping says"] == 1


VIINA = """geonameid,date,status_wiki,status_boost,status_dsm,status_isw,status
703448,20220224,UA,UA,,UA,UA
703448,20220225,UA,UA,NA,UA,UA
703448,20220226,UA,UA,RU,CONTESTED,UA
703448,20220227,UA,UA,RU,UA,UA
"""


def test_viina_has_a_source_in_each_column(write):
    found, report = read(read_mapped, write(VIINA), mapping=read_mapping("viina"))
    assert reasons(report) == []
    told = {(str(c.when), c.source): sorted(c.holders) for c in of(found, ct.ControlObserved)}
    assert told["2022-02-26", "viina-isw"] == ["ru", "ua"]
    assert ("2022-02-24", "viina-dsm") not in told
    assert {c.place for c in of(found, ct.ControlObserved)} == {"geonames-703448"}
    assert sum(1 for (_, source) in told if source == "viina-wiki") == 4
