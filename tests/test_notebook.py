"""Answers as notebooks show them."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import conflict_timeline as ct
from conflict_timeline.answers import Answers, in_html
from conflict_timeline.exporters import TABLES, table
from conflict_timeline.notebook.tables import MOST_ROWS, Table

DAY = "2017-10-19"
HOSTILE = (
    "</td><script>alert(1)</script><img src=x onerror=alert(1)>&\"'\u202e$\\href{x}$\x00\x1b[0m"
)


@pytest.fixture(scope="module")
def isis():
    with ct.open(":memory:") as tl:
        tl.load(ct.corpus("isis"))
        yield tl.view()


def answers(view, place, group, area, day=DAY):
    """Every answer, by name."""
    state = view.as_of(day)
    territory, people = state.territory, state.people
    return {
        "state": state,
        "territory": territory,
        "control": territory[place],
        "whole": territory.whole(),
        "rollup": territory.rollup(area),
        "people": people,
        "count": people.count(group, status="active"),
        "balance": people.balance(group),
        "balances": people.balances(),
        "contradictions": view.as_of("2025-06-24").people.contradictions(),
        "incidents": state.incidents,
        "window": state.incidents.between("2000/2030"),
        "figures": state.figures,
        "alliances": state.alliances,
        "judged": state.forecasts,
        "forecasts": view.forecasts(as_of=day),
        "forecast": state.forecasts[0],
        "history": view.history(place),
        "span": view.history(place)[0],
        "explanation": view.explain(place, day),
        "revisions": view.revisions(place, day),
        "revision": view.revisions(place, day)[-1],
        "diff": view.diff("2000-01-01", day),
        "coverage": view.coverage(),
        "scores": view.scores(as_of=day),
        "sensitivity": view.sensitivity(day),
        **{
            f"table of {name}": table(name, view, day=day if spec.day == "required" else None)
            for name, spec in TABLES.items()
        },
    }


def parsed(html):
    """The markup, which has to be well-formed."""
    return ET.fromstring(html)


def text(html):
    return " ".join(" ".join(parsed(html).itertext()).split())


ALLOWED = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "b"}
ATTRIBUTES = {"class", "style", "dir", "scope"}


def is_plain(html):
    """Nothing but tables, and nothing in them that loads, runs, or has a colour of its own."""
    for element in parsed(html).iter():
        assert element.tag in ALLOWED
        assert {*element.attrib} <= ATTRIBUTES
        assert not re.search(r"url|colou?r|background|http", element.get("style", ""))
        if element.tag in ("td", "caption", "p") or element.get("scope") == "row":
            assert element.get("dir") == "auto"


def test_every_answer_is_a_plain_table(isis):
    for name, answer in answers(isis, "Raqqa", "Daesh", "Syria").items():
        html = answer._repr_html_()
        is_plain(html)
        if name != "table of merges":  # the corpus has none
            assert "<table>" in html, name
        assert "object at 0x" not in html, name


def test_tables_name_places_actors_and_countries(isis):
    found = answers(isis, "Raqqa", "Daesh", "Syria")
    for name in ("state", "territory", "control", "explanation", "revisions", "diff", "coverage"):
        assert "Raqqa" in text(found[name]._repr_html_()), name
    for name in ("control", "history", "rollup", "count", "balance", "people", "revisions"):
        assert "Islamic State" in text(found[name]._repr_html_()), name
    assert "Canada" in text(found["balances"]._repr_html_())
    assert "uncertain" in text(found["control"]._repr_html_())
    assert "2016-08-31 to 2017-10-09" in text(found["control"]._repr_html_())
    assert "say nothing of deaths" in text(found["window"]._repr_html_())
    assert "2017-10-19, all publications" in text(found["state"]._repr_html_())
    known = isis.as_of(DAY)
    assert known._repr_html_() == in_html(known, isis)


def test_a_number_is_told_as_in_words_and_missing_is_not_zero(isis):
    canadians = isis.as_of("2017-10-31").people.balance("is", "CA")
    told = text(canadians._repr_html_())
    assert "joined 180 180 ridder" in told
    assert "Unaccounted for: 30" in told or "Unaccounted for: up to 30" in told
    none = isis.as_of("1990-01-01").people.count("is", status="killed")
    assert "not given" in text(none._repr_html_())
    assert "no report" in text(none._repr_html_())


def test_an_exported_table_is_shown_as_its_files_have_it_but_for_what_is_long(isis):
    control = table("control", isis, day=DAY, places=["Raqqa", "Hawija"])
    html = text(control._repr_html_())
    assert html.startswith(f"{control.spec.title}, {DAY}, all publications day place name")
    assert "is and sdf | sdf" in html
    assert "Nothing is said here in shares." in html
    shares = text(table("control", isis, day="2017-10-09", places=["Raqqa"])._repr_html_())
    assert "is up to 0.2; sdf 0.8" in shares
    claims = table("claims", isis)
    first = next(claims.dicts())
    html = text(claims._repr_html_())
    assert first["id"][:12] in html
    assert first["id"] not in html
    assert "and some more" in html
    assert "In files there is event, too: " in html
    cells = [e for e in parsed(claims._repr_html_()).iter() if e.tag in ("td", "th")]
    assert all("white-space:nowrap" in cell.get("style") for cell in cells)
    assert max(len(cell.text) for cell in cells) <= 82
    assert '"type"' not in html


def hostile_log():
    names = {"en": [HOSTILE]}
    said = {"source": "a", "claimant": HOSTILE, "when": "2020-01-01"}
    return [
        ct.Source(id="a", title=HOSTILE, publisher=HOSTILE, published="2021"),
        ct.Place(id="area", names=names),
        ct.Place(id="hama", names={"en": [HOSTILE + "2"]}, parent="area"),
        ct.Actor(id="army", names=names),
        ct.Actor(id="front", names={"ar": [HOSTILE + "3"]}),
        ct.ControlObserved(place="hama", holders=["army"], note=HOSTILE, **said),
        ct.ControlObserved(place="hama", holders=["front"], **{**said, "when": "2020"}),
        ct.HeadcountObserved(group="army", status="active", count="60", **said),
        ct.HeadcountObserved(group="army", status="joined", count="50", **said),
        ct.Incident(kind="offensive", place="hama", fatalities={"army": "5"}, **said),
        ct.FigureObserved(measure="area", value="5", unit="km2", subject="army", **said),
        ct.AllianceObserved(members=["army", "front"], name=HOSTILE, **said),
        ct.Forecast(statement=HOSTILE, window="2020-02", **said),
    ]


def test_hostile_names_are_text_in_every_answer():
    with ct.open(":memory:") as tl:
        tl.append(hostile_log())
        found = answers(tl.view(), "hama", "army", "area", "2020-06-01")
        assert found["contradictions"]
        found["contradiction"] = found["contradictions"][0]
        seen = 0
        for answer in found.values():
            html = answer._repr_html_()
            is_plain(html)
            assert "<script" not in html
            assert "<img" not in html
            assert "\x00" not in html
            assert "\x1b" not in html
            seen += "&lt;script&gt;" in html
        assert seen > 24
        # What looks like TeX is left alone by what sets TeX in notebooks.
        assert html.startswith('<div class="tex2jax_ignore mathjax_ignore"')


def test_long_answers_are_cut_and_say_so():
    with ct.open(":memory:") as tl:
        places = [ct.Place(id=f"p{number:03}") for number in range(MOST_ROWS + 40)]
        held = [
            ct.ControlObserved(place=p.id, holders=["army"], when="2020-01-01", source="a")
            for p in places
        ]
        source = ct.Source(id="a", title="a", publisher="a", published="2021")
        tl.append([source, ct.Actor(id="army"), *places, *held])
        state = tl.as_of("2020-06-01")
        for answer in (state, state.territory, state.territory.whole(), tl.coverage()):
            html = answer._repr_html_()
            assert html.count("<tr>") == MOST_ROWS + 1
            assert "and 40 more" in html


def test_a_table_of_an_iterator_does_not_run_it_out():
    def rows():
        yield from (("a", "b") for _ in range(MOST_ROWS + 1))
        raise AssertionError("more rows were asked for than are shown")

    html = Table("t", ("x", "y"), rows()).html()
    assert "and some more" in html
    assert "and 1 more" in Table("t", ("x", "y"), [("a", "b")] * 61, total=61).html()


def test_lists_of_answers_are_lists(isis):
    spans = isis.history("Raqqa")
    assert isinstance(spans, list)
    assert spans == [*spans]
    assert type(spans[1:]) is list
    assert "nothing" in text(isis.history("Iraq")._repr_html_())
    assert Answers() == []


def test_what_is_no_answer_is_refused():
    with pytest.raises(TypeError, match="got int"):
        in_html(3)
    with pytest.raises(TypeError, match="expected an answer"):
        in_html([3])


def test_what_shows_answers_is_loaded_when_the_first_is_shown():
    code = (
        "import sys, conflict_timeline as ct\n"
        "tl = ct.open(':memory:')\n"
        "tl.load(ct.corpus('isis'))\n"
        "state = tl.as_of('2017-10-19')\n"
        "before = 'conflict_timeline.notebook' in sys.modules\n"
        "state._repr_html_()\n"
        "print(before, 'conflict_timeline.notebook' in sys.modules, 'altair' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
