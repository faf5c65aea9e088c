"""Lanes: what they show of each day, and how they look on a terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.cli import main
from conflict_timeline.cli.lanes import lanes_text
from conflict_timeline.cli.tables import display_width
from conflict_timeline.dates import from_ordinal
from conflict_timeline.lanes import GREY, NO_LETTER, OKABE_ITO, lanes
from conflict_timeline.strategies import logs

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def isis():
    with ct.open(":memory:") as tl:
        tl.load(ct.corpus("isis"))
        yield tl.view()


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("lanes") / "isis.db")
    with ct.open(path) as tl:
        tl.load(ct.corpus("isis"))
    return path


def run(*arguments, **options):
    return CliRunner().invoke(main, [*arguments], **options)


def opened(events):
    tl = ct.open(":memory:")
    tl.append(events)
    return tl


def of_hama(*claims, actors=("army", "front")):
    records = [
        *(ct.Source(id=s, title=s, publisher=s, published="2021") for s in "ab"),
        ct.Place(id="hama", names={"en": ["Hama"]}),
        *(ct.Actor(id=actor, names={"en": [actor.capitalize()]}) for actor in actors),
    ]
    return opened([*records, *claims]).view()


def held(when, *holders, source="a", **fields):
    return ct.ControlObserved(place="hama", holders=holders, when=when, source=source, **fields)


def lane(text, name="Hama"):
    """The cells of a place's lane, without colours."""
    line = next(line for line in _ANSI.sub("", text).splitlines() if line.startswith(name))
    return line[len(name) + 2 :]


# ---- what a lane says ---------------------------------------------------------------------------


@given(logs(max_claims=6), st.data())
def test_each_day_of_a_lane_is_as_the_state_of_that_day(events, data):
    with opened(events) as tl:
        view = tl.view()
        drawn = lanes(view)
        for row in drawn.rows:
            starts = [block.first for block in row.blocks]
            ends = [block.last for block in row.blocks]
            assert [*starts, drawn.last + 1] == [drawn.first, *(end + 1 for end in ends)]
            day = data.draw(st.integers(drawn.first, drawn.last))
            block = next(b for b in row.blocks if b.first <= day <= b.last)
            control = view.as_of(from_ordinal(day)).territory[row.place]
            assert (block.span.best, block.span.possible) == (control.best, control.possible)
            assert block.span.status == control.status
            named = {a for h in control.possible for a in h or (None,)}
            assert set(block.holders) == named
            assert (block.pattern == "held") == (
                control.status == "certain" and not control.contested
            )


@given(logs(max_claims=6), st.integers(40, 120))
def test_a_cell_shows_the_answer_of_most_of_its_days(events, width):
    with opened(events) as tl, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        drawn = lanes(tl.view())
        if not drawn.rows:
            return
        text = _ANSI.sub("", lanes_text(drawn))
        assert all(display_width(line) <= width for line in text.splitlines())
        days = drawn.last - drawn.first + 1
        for row, line in zip(drawn.rows, text.splitlines(), strict=False):
            cells = line[-min(days, width - _lead(drawn) - 2) :]
            in_cell: dict[int, Counter] = {}
            for at, block in enumerate(row.blocks):
                for day in range(block.first, block.last + 1):
                    cell = (day - drawn.first) * len(cells) // days
                    in_cell.setdefault(cell, Counter())[-at] += 1
            for cell, found in in_cell.items():
                most = -max((count, at) for at, count in found.items())[1]
                assert cells[cell] in _characters(drawn, row.blocks[most]), (line, cell)


def _lead(drawn):
    return max(display_width(row.name) for row in drawn.rows)


def _characters(drawn, block):
    letters = "".join("·" if a is None else drawn.holders[a].letter for a in block.holders)
    return {
        "held": letters,
        "contested": letters + "╱",
        "implied": letters.lower(),
        "uncertain": letters + "░",
        "disputed": letters + "▒",
        "unknown": "·",
    }[block.pattern]


def test_no_pattern_is_drawn_like_another():
    cases = {
        "I": [held("2020-01-01", "islands"), held("2020-12-31", "islands")],
        "╱": [held("2020-01-01", "islands", "army"), held("2020-12-31", "islands", "army")],
        "░": [held("2020-01-01", "army"), held("2020/2020-12", "islands")],
        "▒": [held("2020-06-01", "army"), held("2020-06-01", "islands", source="b")],
        "·": [ct.ControlChanged(place="hama", from_="army", when="2020-01-01", source="a")],
    }
    for sign, claims in cases.items():
        found = set(lane(lanes_text(lanes(of_hama(*claims, actors=("army", "islands"))))))
        assert sign in found
    implied = ct.ControlChanged(
        place="hama", from_="army", to="islands", when="2020-06-01", source="a"
    )
    assert "a" in lane(lanes_text(lanes(of_hama(implied, actors=("army", "islands")))))


def test_a_single_cell_of_doubt_shows_the_doubt_first():
    disputed = [held("2020-06-01", "army"), held("2020-06-01", "front", source="b")]
    around = [held(day, "legion") for day in ("2014-01-01", "2020-05-31", "2020-07-20")]
    view = of_hama(*around, *disputed, actors=("army", "front", "legion"))
    assert re.search(r"L▒[AF]?L", lane(lanes_text(lanes(view))))


def test_short_spans_that_no_cell_shows_are_counted():
    view = of_hama(
        held("2010-01-01", "army"), held("2015-06-01", "front"), held("2015-06-02", "army"),
        held("2020-01-01", "army"),
    )  # fmt: skip
    text = _ANSI.sub("", lanes_text(lanes(view)))
    drawn = lanes(view)
    assert [block.days for block in drawn.rows[0].blocks].count(1) == 2
    assert re.search(r"Not drawn: 2 spans, too short for a cell of up to \d+ days\.", text)


def test_letters_and_colours_are_each_of_one_holder_as_long_as_they_last():
    actors = tuple(f"a{number}" for number in range(40))
    drawn = lanes(of_hama(held("2020-01-01", *actors), actors=actors))
    letters = Counter(key.letter for key in drawn.holders.values())
    colours = Counter(key.colour for key in drawn.holders.values())
    assert letters.pop(NO_LETTER) == 40 - 36
    assert set(letters.values()) == {1}
    assert colours.pop(GREY) == 40 - len(OKABE_ITO)
    assert set(colours.values()) == {1}


def test_an_axis_can_be_given_and_a_reversed_one_is_refused(isis):
    drawn = lanes(isis, ["Raqqa"], first="2017-01-01", last="2017-12-31")
    assert from_ordinal(drawn.first).isoformat() == "2017-01-01"
    assert from_ordinal(drawn.last).isoformat() == "2017-12-31"
    with pytest.raises(ct.DateError, match="not before 2017-01-01, got 2016-01-01"):
        lanes(isis, first="2017-01-01", last="2016-01-01")
    with pytest.raises(ct.UnknownNameError):
        lanes(isis, ["Rakkka-on-sea"])


@pytest.mark.parametrize("last", ["2017-01-03", "2017-02-10", "2018-06-01", "2060-01-01"])
def test_the_axis_tells_dates_where_they_are(isis, last):
    drawn = lanes(isis, ["Raqqa"], first="2017-01-01", last=last)
    lines = _ANSI.sub("", lanes_text(drawn)).splitlines()
    marks, labels = lines[1], lines[2]
    told = re.findall(r"\d{4}[\d-]*", labels)
    assert told
    if len(told) > 2:
        assert marks.count("┬") == len(told)
    days, cells = drawn.last - drawn.first + 1, len(lines[0]) - len("Raqqa  ")
    for found in re.finditer(r"\d{4}(-\d\d)?(?![-\d])", labels):
        text = found.group() if found.group(1) else f"{found.group()}-01"
        day = ct.When.parse(text).first
        assert marks[found.start()] == "┬"
        assert (day - drawn.first) * cells // days == found.start() - len("Raqqa  ")


def test_a_place_of_which_nothing_is_told_has_an_empty_lane(isis):
    drawn = lanes(isis, ["Iraq"])
    assert drawn.rows[0].blocks == ()
    assert set(lane(lanes_text(drawn), "Iraq")) == {"·"}


# ---- on a terminal ------------------------------------------------------------------------------


def test_unasked_lanes_are_drawn_only_on_a_terminal(log, monkeypatch):
    plain = run("history", log, "Raqqa")
    assert "░" not in plain.output
    asked = run("history", log, "Raqqa", "--lanes")
    assert "░" in asked.output
    heading, _, table = plain.output.partition("\n\n")
    assert asked.output.startswith(f"{heading}\n\n")
    assert asked.output.endswith(table)
    monkeypatch.setattr("conflict_timeline.cli.lanes._on_a_terminal", lambda: True)
    assert run("history", log, "Raqqa").output == asked.output
    assert run("history", log, "Raqqa", "--no-lanes").output == plain.output
    monkeypatch.setattr("conflict_timeline.cli.lanes._MOST_UNASKED", 5)
    assert "░" not in run("as-of", log, "2017-10-09").output
    assert "░" in run("as-of", log, "2017-10-09", "--lanes").output


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("question", [("history", "Raqqa"), ("as-of", "2017-10-09")])
def test_no_lanes_in_what_machines_read(log, form, question):
    command, what = question
    with_lanes = run(command, log, what, "--lanes", "--format", form)
    assert with_lanes.output == run(command, log, what, "--format", form).output
    if form == "json":
        json.loads(with_lanes.output)


def test_colours_are_stripped_and_the_text_stays_the_same(log):
    asked = ("as-of", log, "2017-10-09", "--lanes")
    coloured = run(*asked, color=True).output
    assert "\x1b[" in coloured
    assert _ANSI.sub("", coloured) == run(*asked).output
    assert run(*asked, color=True, env={"NO_COLOR": "1"}).output == run(*asked).output


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_wider_than_the_screen_in_any_language(log, width):
    for language in ("en", "ar", "fi"):
        asked = run("as-of", log, "2017-10-09", "--lanes", "--lang", language,
                    env={"COLUMNS": str(width)})  # fmt: skip
        assert asked.exit_code == 0
        assert all(display_width(line) <= width for line in asked.output.splitlines())


def test_the_day_asked_for_is_marked(log):
    late = run("as-of", log, "2030-01-01", "Raqqa", "--lanes").output
    assert re.search(r"^ +2030-01-01 ▼$", late, re.M)
    early = run("as-of", log, "1990-01-01", "Raqqa", "--lanes").output
    assert re.search(r"^ +▼ 1990-01-01$", early, re.M)


def test_names_cannot_move_the_cursor():
    events = [
        ct.Source(id="a", title="a", publisher="a", published="2021"),
        ct.Place(id="hama", names={"en": ["Ha\u202ema"]}),
        ct.Actor(id="army", names={"en": ["Ar\u202emy [red]x[/]"]}),
        held("2020-01-01", "army"),
    ]
    text = lanes_text(lanes(opened(events).view()))
    assert "\u202e" not in text
    assert "[red]x[/]" in text


def test_neither_the_library_nor_a_question_for_json_loads_rich(log):
    code = (
        "import sys\n"
        "import conflict_timeline.lanes\n"
        "from click.testing import CliRunner\n"
        "from conflict_timeline.cli import main\n"
        f"CliRunner().invoke(main, ['history', {log!r}, 'Raqqa', '--format', 'json'])\n"
        "print('rich' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
