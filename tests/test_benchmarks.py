"""The benchmarks, small: that they hold answers against others, and what they print and draw."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

import conflict_timeline as ct
from tests.benchmarks import exact_dates, logs, people, table, vague_dates
from tests.benchmarks.asking import NOW, Library
from tests.benchmarks.growth import SHOWN, drawn, kept
from tests.benchmarks.measuring import Figure, Figures
from tests.benchmarks.peers import PEERS, Reference, Reports

REPORTS, PLACES = 1_500, 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the logs of the benchmarks are kept."""
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="module")
def exact(folder):
    """A log of reports with exact dates."""
    return logs.built(folder, REPORTS, PLACES, "exact")


@pytest.fixture(scope="module")
def vague(folder):
    """A log of reports of which some have vague dates."""
    return logs.built(folder, REPORTS, PLACES, "vague")


def test_all_systems_answer_as_plain_loops_do(exact):
    data = Reports.of(exact.made)
    with ct.open(exact.path) as tl:
        systems = [Library(tl), *(peer(data) for peer in PEERS)]
        reference = Reference(data, range(PLACES))
        held = exact_dates._check(systems, reference, random.Random(1), range(PLACES))
    assert held >= len(systems) * 2 * PLACES


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_system_that_answers_something_else_is_not_timed(exact, peer):
    data = Reports.of(exact.made)
    asked = peer(data)
    asked.whole = lambda day, known: {0: 99}
    asked.holders = dict
    reference = Reference(data, range(PLACES))
    with pytest.raises(SystemExit, match=peer.name):
        exact_dates._check([asked], reference, random.Random(1), range(PLACES))


def test_vague_answers_are_held_against_registers_of_single_places(vague):
    with ct.open(vague.path) as tl:
        held = vague_dates._check(Library(tl), vague_dates.Plain(vague.made), random.Random(1))
    assert held == 3 * 2 * PLACES


def test_a_vague_answer_that_differs_is_not_timed(vague):
    class Unknowing(vague_dates.Plain):
        def answer(self, number, day, known):
            return super().answer(number, day, 0)

    with ct.open(vague.path) as tl, pytest.raises(SystemExit, match="another answer"):
        vague_dates._check(Library(tl), Unknowing(vague.made), random.Random(1))


def test_accounts_are_held_against_plain_loops():
    told = people.reports(4_000)
    visible = people.Visible(people.ViewSpec()).with_claims(told)
    assert people._check(people.People(visible), told, random.Random(3)) > 0
    with pytest.raises(SystemExit, match="another count"):
        people._check(people.People(visible), told[::2], random.Random(3))


def test_a_log_is_built_once_and_a_copy_leaves_it_as_it_is(folder, vague):
    before = vague.path.stat().st_mtime_ns
    assert logs.built(folder, REPORTS, PLACES, "vague").path.stat().st_mtime_ns == before
    with logs.copied(vague.path) as copy, ct.open(copy) as tl:
        tl.append([ct.Place(id="elsewhere")])
        assert Library(tl).whole(vague_dates.work.FIRST + 2_000, NOW).keys
    assert not copy.exists()
    assert vague.path.stat().st_mtime_ns == before


def test_figures_say_whether_goals_are_met_and_are_kept(tmp_path):
    figures = Figures(tmp_path / "figures.json")
    figures.put("a", [Figure("Work", "a point", 4e-6, goal=5e-6, peers={"polars": 8e-6})])
    figures.put("b", [Figure("Work", "appended", 30_000, "events/s", 60_000, at_least=True)])
    lines = Figures(tmp_path / "figures.json").tables(["a", "b"]).splitlines()
    assert "| question | measured | goal | met | polars |" in lines
    assert "| a point | 4.0 µs | ≤ 5.0 µs | yes | 8.0 µs (2.0) |" in lines
    assert "| appended | 30,000 events/s | ≥ 60,000 events/s | **no** |" in lines


def test_tables_are_put_between_the_marks_of_a_page():
    page = f"Before.\n\n{table.MARKS[0]}\nold\n{table.MARKS[1]}\n\nAfter.\n"
    found = table.put_between(page, "Here.\n\n## Work\n\n| a |")
    assert found == table.put_between(found, "Here.\n\n## Work\n\n| a |")
    assert found.startswith(f"Before.\n\n{table.MARKS[0]}\n\nHere.\n\n### Work\n")
    assert found.endswith(f"| a |\n\n{table.MARKS[1]}\n\nAfter.\n")


def test_growth_is_drawn_with_every_line(tmp_path):
    sizes = (10**5, 10**6, 10**7)
    asked = {(part, question) for of in SHOWN.values() for part, question, _ in of.values()}
    for reports in sizes:
        for part in sorted({part for part, _ in asked}):
            peers = {"polars": reports * 1e-9, "DuckDB": reports * 1e-8}
            found = [
                Figure("s", question, (number + 1) * reports**0.5 * 1e-6, peers=peers)
                for number, (of, question) in enumerate(sorted(asked))
                if of == part
            ]
            kept(tmp_path, part, reports).put(part, found)
    picture, told = drawn(tmp_path, sizes)
    texts = [element.text for element in ElementTree.fromstring(picture).iter() if element.text]
    for title, lines in SHOWN.items():
        assert title in texts
        assert set(lines) <= set(texts)
        for name in lines:
            assert [x for x, _ in told[title][name]] == list(sizes)
    assert "10 million" in texts
