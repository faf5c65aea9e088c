"""Citations on the command line: one line that fixes an answer, and the answer again."""

from __future__ import annotations

from collections.abc import Sequence

import click

from conflict_timeline.cli.axes import Question, question, question_of_citation
from conflict_timeline.cli.machine import write_csv, write_json
from conflict_timeline.cli.running import NO, say
from conflict_timeline.cli.territory import (
    actor_names,
    actors_in,
    place_columns,
    place_csv,
    place_json,
    place_record,
    place_row,
)
from conflict_timeline.errors import CitationError
from conflict_timeline.timeline.citation import Citation

__all__ = ["cite", "resolve"]


@click.command(short_help="One line that fixes an answer, to be quoted.")
@question
@click.argument("day", metavar="DAY")
def cite(asked: Question, day: str) -> None:
    """The citation of the state at the end of DAY: one line that fixes question, log and answer.

    Whoever holds the log gives it to 'resolve', and gets the same answer, or is told what differs.
    """
    state = asked.view.as_of(day)
    citation, shown_day = state.citation, state.day.isoformat()
    asked.echo["day"] = shown_day
    if asked.form == "json":
        write_json({"question": asked.echo, "citation": citation})
    elif asked.form == "csv":
        write_csv(["day", "citation"], [[shown_day, citation]])
    else:
        click.echo(citation)


@click.command(short_help="The answer that a citation is of, or what differs.")
@question_of_citation
@click.argument("citation", metavar="CITATION")
@click.argument("places", nargs=-1, metavar="[PLACE]...")
def resolve(asked: Question, citation: str, places: Sequence[str]) -> None:
    """The state that CITATION is of: who held each PLACE (all reported places, if none is named).

    It is the same answer byte for byte, or exit code 1 and what differs: the log, the library, the
    answer. The citation fixes the view, so that there are no options for it.
    """
    cited = Citation.parse(citation)
    try:
        state = asked.timeline.resolve(citation)
    except CitationError as error:
        _tell_differences(asked, cited.text, error.differences)
        click.get_current_context().exit(NO)
    same_log = Citation.parse(state.citation).log == cited.log
    if not same_log:
        say("The answer is the cited one; the log is another than the one that was cited.")
    asked = asked.of(state.view)
    naming = asked.naming
    asked.echo["day"] = state.day.isoformat()
    ids = dict.fromkeys(map(asked.view.place, places)) if places else state.territory
    controls = [state.territory[place] for place in ids]
    asked.answer(
        heading=f"As cited: {state.day.isoformat()}",
        columns=place_columns,
        rows=[place_row(naming, control) for control in controls],
        json={
            "citation": cited.text,
            "differences": [],
            "same_log": same_log,
            "actors": actor_names(naming, (h for c in controls for h in actors_in(c))),
            "places": [place_json(naming, control) for control in controls],
            "state": state.to_dict(),
        },
        header=place_csv.split(),
        records=[place_record(naming, control) for control in controls],
        none=None,
    )


def _tell_differences(asked: Question, citation: str, differences: Sequence[str]) -> None:
    """What differs, on standard error for a person, among the data for a program."""
    if asked.form == "json":
        question = {"command": asked.command, "lang": asked.language}
        write_json({"question": question, "citation": citation, "differences": [*differences]})
    elif asked.form == "csv":
        write_csv(["difference"], [[difference] for difference in differences])
    else:
        say("The cited answer cannot be given:")
        for difference in differences:
            say(f"  {difference}")
