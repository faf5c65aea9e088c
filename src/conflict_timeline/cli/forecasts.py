"""Questions about forecasts: what was predicted, what became of it, and who foresaw what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from conflict_timeline.cli.axes import Question, question
from conflict_timeline.cli.machine import claim_json, when_json
from conflict_timeline.cli.tables import NBSP, Cell, Column, Styled
from conflict_timeline.cli.words import status_cell
from conflict_timeline.events import Forecast
from conflict_timeline.projections.forecasts import Judged
from conflict_timeline.projections.scores import Score
from conflict_timeline.words import days, said_by, window

__all__ = ["forecast_columns", "forecast_row", "forecasts", "scores"]

forecast_columns = (
    Column("Verdict", least=9),
    Column("Forecast", least=30),
    Column("Made", least=13),
    Column("For", least=13),
    Column("By", least=16),
)


def forecast_row(judged: Judged) -> list[Cell]:
    """One forecast as a row of the table."""
    seen = judged.evidence
    return [
        status_cell(judged.verdict),
        judged.forecast.statement,
        window(seen.first, seen.last),
        days(judged.forecast.window),
        said_by(seen),
    ]


def _json(judged: Judged) -> dict[str, Any]:
    forecast = judged.forecast
    return {
        "statement": forecast.statement,
        "verdict": judged.verdict,
        "reason": judged.reason,
        "window": when_json(forecast.window),
        "place": forecast.place,
        "holder": forecast.holder,
        "not_holder": forecast.not_holder,
        "expectation": forecast.expectation,
        "claim": claim_json(judged.evidence),
    }


_CSV = (
    "verdict reason statement made_first made_last window_earliest window_latest place "
    "holder not_holder expectation claimant source claim"
)


def _record(judged: Judged) -> list[object]:
    found = _json(judged)
    claim, about = found["claim"], found["window"]
    return [
        judged.verdict,
        judged.reason,
        found["statement"],
        claim["first"],
        claim["last"],
        about["earliest"],
        about["latest"],
        *(found[name] for name in ("place", "holder", "not_holder", "expectation")),
        claim["claimant"],
        claim["source"],
        claim["id"],
    ]


@click.command(short_help="What was predicted, and what became of it.")
@question
@click.option("--as-of", "day", required=True, metavar="DAY", help="The day to judge them on.")
def forecasts(asked: Question, day: str) -> None:
    """The forecasts made by a day, each judged by the state up to that day.

    Verdicts: borne out, refuted, undecided (the evidence does not tell), pending (its time is not
    over). A forecast never changes the state.
    """
    found: Sequence[Judged] = asked.view.forecasts(as_of=day)
    shown_day = asked.view.as_of(day).day.isoformat()
    asked.echo["day"] = shown_day
    asked.tell_withheld(asked.withheld_of(Forecast))
    asked.answer(
        heading=f"Forecasts judged as of {shown_day}",
        columns=forecast_columns,
        rows=[forecast_row(judged) for judged in found],
        json={"forecasts": [_json(judged) for judged in found]},
        header=_CSV.split(),
        records=[_record(judged) for judged in found],
        none="No forecast is known to have been made by then in this view.",
    )


@click.command(short_help="Whose forecasts came true, claimant by claimant.")
@question
@click.option("--as-of", "day", required=True, metavar="DAY", help="The day to judge them on.")
@click.option(
    "--by",
    type=click.Choice(["claimant", "publisher", "source"]),
    default="claimant",
    show_default=True,
    help="Whose forecasts make a row: who says it (else the publisher), who printed it, or where.",
)
def scores(asked: Question, day: str, by: str) -> None:
    """What became, by a day, of the forecasts that each claimant had made by then.

    The share is of those that are decided, borne out or refuted; of none there is no share.
    """
    found = asked.view.scores(as_of=day, by=by)
    shown_day = asked.view.as_of(day).day.isoformat()
    asked.echo.update(day=shown_day, by=by)
    asked.tell_withheld(asked.withheld_of(Forecast))
    asked.answer(
        heading=f"Forecasts scored by {by} as of {shown_day}",
        columns=_SCORE_COLUMNS,
        rows=[_score_row(score) for score in found],
        json={"scores": [_score_json(score) for score in found]},
        header=_SCORE_CSV.split(),
        records=[
            [score.name, *score.counts.values(), score.total, score.share_borne_out]
            for score in found
        ],
        none="No forecast is known to have been made by then in this view.",
    )


_SCORE_COLUMNS = (
    Column("By", least=20),
    *(Column(title, right=True) for title in ("Borne out", "Refuted", "Undecided", "Pending")),
    Column("In all", right=True),
    Column("Share borne out", right=True),
)
_SCORE_CSV = "name borne_out refuted undecided pending total share_borne_out"


def _score_row(score: Score) -> list[Cell]:
    share = score.share_borne_out
    told: Cell = "–" if share is None else f"{share:.0%}".replace("%", f"{NBSP}%")
    counts = [f"{count:,}" if count else Styled("0", dim=True) for count in score.counts.values()]
    return [score.name, *counts, f"{score.total:,}", told]


def _score_json(score: Score) -> dict[str, Any]:
    cells = {
        "borne_out": score.borne_out,
        "refuted": score.refuted,
        "undecided": score.undecided,
        "pending": score.pending,
    }
    return {
        "name": score.name,
        **{verdict: len(cell) for verdict, cell in cells.items()},
        "total": score.total,
        "share_borne_out": score.share_borne_out,
        "claims": {v: [judged.evidence.id for judged in cell] for v, cell in cells.items()},
    }
