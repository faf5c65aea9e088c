"""Forecasts scored: one row a claimant, and in each cell the forecasts behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.projections.scores import VERDICTS

RECORDS = [
    ct.Source(id="paper", title="Paper", publisher="The Paper", published="2021", reliability="B"),
    ct.Source(id="blog", title="Blog", published="2021"),
    ct.Place(id="hama"),
    ct.Actor(id="army"),
    ct.ControlChanged(place="hama", to="army", when="2020-06-01", source="paper"),
]


def forecast(statement, *, window="2020-07", source="paper", when="2020-01-01", **fields):
    fields = fields or {"holder": "army"}
    place = "hama" if {"holder", "not_holder"} & fields.keys() else None
    return ct.Forecast(
        statement=statement, place=place, window=window, when=when, source=source, **fields
    )


def scores(*forecasts, as_of="2020-12-31", **axes):
    tl = ct.open(":memory:")
    tl.append([*RECORDS, *forecasts])
    return tl.scores(as_of=as_of, **axes)


def statements(cell):
    return [judged.forecast.statement for judged in cell]


def test_every_claimant_has_a_row_with_the_forecasts_behind_each_cell():
    table = scores(
        forecast("the army will hold it", holder="army", claimant="a general"),
        forecast("it will not", not_holder="army", claimant="a general"),
        forecast("it will in 2022", holder="army", claimant="a general", window="2022"),
        forecast("there will be peace", claimant="a general"),
        forecast("the army will hold it, we think"),
        forecast("nobody knows", window="2020-05", holder="army", source="blog"),
    )
    general = table["a general"]
    assert statements(general.borne_out) == ["the army will hold it"]
    assert statements(general.refuted) == ["it will not"]
    assert statements(general.pending) == ["it will in 2022"]
    assert statements(general.undecided) == ["there will be peace"]
    assert general.counts == dict.fromkeys(VERDICTS, 1)
    assert general.share_borne_out == 0.5
    assert [row.name for row in table] == ["a general", "blog", "The Paper"]
    assert statements(table["the paper"].borne_out) == ["the army will hold it, we think"]
    assert table["blog"].share_borne_out is None, "nothing decided is not nothing borne out"
    assert len(table) == 3


def test_a_claimant_in_another_spelling_is_the_same():
    table = scores(
        forecast("a", claimant="the General", holder="army"),
        forecast("b", claimant="The general", holder="army"),
    )
    (row,) = table
    assert (row.name, row.total) == ("The general", 2)


def test_a_forecast_told_twice_counts_once_and_by_the_better_source():
    told = [
        forecast("as told", claimant="g", occurrence="vow", source="blog", not_holder="army"),
        forecast("as said", claimant="g", occurrence="vow", holder="army"),
    ]
    for order in (told, told[::-1]):
        (row,) = scores(*order)
        assert statements(row.borne_out) == ["as said"]
        assert row.total == 1


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("claimant", ["g", "The Paper"]),
        ("publisher", ["The Paper", "blog"]),
        ("source", ["paper", "blog"]),
    ],
)
def test_a_row_may_be_a_publisher_or_a_source(by, names):
    told = [
        forecast("a", holder="army"),
        forecast("b", claimant="g", holder="army"),
        forecast("c", claimant="g", holder="army", source="blog"),
    ]
    assert [row.name for row in scores(*told, by=by)] == names


def test_only_what_was_predicted_by_the_day_counts_and_only_what_was_then_so():
    told = [
        forecast("early", holder="army"),
        forecast("late", holder="army", window="2020-09", when="2020-08-01"),
    ]
    (row,) = scores(*told, as_of="2020-07-15")
    assert row.counts == {"borne out": 0, "refuted": 0, "undecided": 0, "pending": 1}
    assert len(scores(*told, as_of="2019-12-31")) == 0
    assert len(scores(*told, known_by="2020-07-15")) == 0


def test_what_is_asked_wrongly_is_told():
    with pytest.raises(ct.AxisError, match="by: expected one of claimant, publisher, source"):
        scores(by="mood")
    with pytest.raises(ct.UnknownNameError, match=r"no claimant .* nearest: a general"):
        scores(forecast("x", claimant="a general", holder="army"))["general"]


def test_the_corpus_has_forecasts_of_every_article():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    judged = tl.forecasts(as_of="2026-01-01")
    table = tl.scores(as_of="2026-01-01")
    assert sum(row.total for row in table) == len(judged)
    assert table["US observers"].counts["undecided"] == 1


@given(strategies.logs(max_claims=12), strategies.days(), st.data())
def test_every_forecast_stands_in_one_cell_of_one_row(log, day, data):
    def table(events):
        tl = ct.open(":memory:")
        tl.append(events)
        return tl, tl.scores(as_of=day)

    tl, found = table(log)
    judged = tl.forecasts(as_of=day)
    cells = [
        j for row in found for j in (*row.borne_out, *row.refuted, *row.undecided, *row.pending)
    ]
    keys = {(name_of(j), j.forecast.occurrence or j.evidence.id) for j in judged}
    assert len(cells) == len(keys)
    for row in found:
        for verdict, cell in zip(
            VERDICTS, (row.borne_out, row.refuted, row.undecided, row.pending), strict=True
        ):
            assert {j.verdict for j in cell} <= {verdict}
    _, again = table(data.draw(st.permutations(log)))
    assert [(row.name, row.counts) for row in again] == [(row.name, row.counts) for row in found]


def name_of(judged):
    source = judged.evidence.source
    return (judged.forecast.claimant or source.publisher or source.id).casefold()
