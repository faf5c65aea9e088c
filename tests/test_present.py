"""The present made beforehand: whole states read off it are those that rows tell."""

from __future__ import annotations

import random

import pytest

import conflict_timeline as ct
from conflict_timeline.dates import from_ordinal
from conflict_timeline.index import keeping, whole
from conflict_timeline.index.whole import WholeStates
from conflict_timeline.projections import batch, register
from tests.benchmarks import work
from tests.test_index import ALL, compare, log, same, took

LAST = work.FIRST + work.SPAN


def states(tl: ct.Timeline, known: list[int | None], days: list[int], **axes: object):
    """Whole states, each of a view of its own, as the timeline stands."""
    found = []
    for known_by in known:
        day = None if known_by is None else from_ordinal(known_by)
        view = tl.view(known_by=day, **axes)
        asked = WholeStates(view.territory._places)
        found += [asked.state(day) for day in days]
    return found


def axes(seed: int) -> tuple[list[int | None], list[int]]:
    rng = random.Random(seed)
    days = [rng.randrange(work.FIRST - 500, LAST + 300) for _ in range(8)]
    return [None, *(rng.randrange(work.FIRST - 90, LAST + 1_500) for _ in range(10))], days


@pytest.mark.parametrize(
    ("seed", "reports", "places", "vague", "retracted"),
    [
        (1, 1_500, 20, 0.2, 0.1),
        (2, 1_500, 300, 0.6, 0.2),
        (3, 400, 100, 0.9, 0.3),
        (4, 1_500, 15, 0.0, 0.05),
    ],
)
def test_the_present_tells_what_rows_tell(seed, reports, places, vague, retracted):
    made = work.make(reports, places, vague=vague, retracted=retracted, seed=seed)
    known, days = axes(seed)
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        told = states(tl, known, days)
        tl.prepare()
        read = tl._index.rows.read
        for state, expected in zip(states(tl, [None], days), told, strict=False):
            same(state, expected)
        assert tl._index.rows.read == read  # nothing of it came from rows
        for state, expected in zip(states(tl, known, days), told, strict=True):
            same(state, expected)
        codes = tl._index.order.by
        read_off = [tl._index.now.answers(codes, d, k)[1].mean() for d in days for k in known[1:]]
        assert sum(read_off) / len(read_off) > 0.4


def test_of_places_that_were_touched_since_rows_tell(monkeypatch):
    made = list(work.events(work.make(1_200, 12, vague=0.3, retracted=0.1, seed=7)))
    known, days = axes(7)
    with ct.open(":memory:") as tl, ct.open(":memory:") as plain:
        for number, part in enumerate((made[:900], made[900:1_100], made[1_100:])):
            tl.append(part)
            plain.append(part)
            if number == 0:
                tl.prepare()
            first = tl._index.now
            for axis in ({}, {"at": tl.position - 60}, {"sources": ["source-1", "source-2"]}):
                expected = states(plain, known, days, **axis)
                for state, other in zip(states(tl, known, days, **axis), expected, strict=True):
                    same(state, other)
        touched = len(tl._index.touched_after(first.position))
        tl.prepare()  # of the places that were touched only
        assert 0 < touched <= len(tl._index.places)
        assert tl._index.now is not first
        assert tl._index.now.table is first.table
        for state, other in zip(states(tl, known, days), states(plain, known, days), strict=True):
            same(state, other)


def test_the_present_is_made_once_it_was_missed_for_long(monkeypatch):
    made = work.make(300, 5, seed=3)
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        latest = latest_source(tl)
        asked = 0
        while tl._index.now is None:
            asked += 1
            states(tl, [None], [work.FIRST + asked])
        assert asked == 300 // 5 + 2  # as many places as there are rows, and once more
        tl.append([took_of_work("2020-01-05", latest)])
        before = tl._index.now
        states(tl, [None], [work.FIRST + day for day in range(100)])
        assert tl._index.now is not before
        assert tl._index.now.position == tl.position


def took_of_work(when: str, source: str) -> ct.ControlChanged:
    return ct.ControlChanged(
        place="place-000001", to="actor-1", from_="actor-2", when=when, source=source
    )


def latest_source(tl: ct.Timeline) -> str:
    return max(tl.view().visible.sources.values(), key=lambda s: s.published.first).id


def test_a_view_made_before_keeps_its_answers_when_the_present_is_made_anew():
    claim = took("army", "front", "2020-01-05")
    with ct.open(":memory:") as tl:
        tl.append(log(claim))
        tl.prepare()
        before = tl.view()
        days = [from_ordinal(737_425 + n) for n in range(40)]
        tl.append([took("front", "army", "2020-01-20"), took("army", None, "2020-01-22")])
        tl.prepare()
        for day in days:
            assert before.as_of(day).territory.whole().possible(0) == (
                before.as_of(day).territory["homs"].possible
            )
        compare(tl, dict(ALL), days[::7])


def test_what_is_implied_for_another_time_is_told_from_rows():
    with ct.open(":memory:") as tl:
        tl.append(log(took("army", "front", "2020-01-05")))
        tl.prepare()
        for within in (0, 10, 365, None):
            territory = tl.as_of("2019-12-01", implied_within=within).territory
            assert territory.whole().possible(0) == territory["homs"].possible


def test_reports_that_foresee_what_they_are_about():
    """Where nothing says when it was published, the day of recording counts."""
    later = [took("army", "front", f"{year}-01-05", source="x") for year in range(2101, 2110)]
    known_by = "2100-01-01"
    with ct.open(":memory:") as tl:
        tl.append([*log(), ct.Source(id="x", title="X"), *later])
        tl.prepare()
        for year in (2100, 2105, 2120):
            compare(tl, {**ALL, "known_by": known_by}, [f"{year}-06-01"])


def test_a_place_whose_histories_are_too_many_is_left_alone(monkeypatch):
    """Nothing that takes long is done that nobody asked for."""
    monkeypatch.setattr(batch, "MOST_ITEMS", 4)
    made = work.make(400, 30, vague=0.5, seed=13)
    known, days = axes(13)
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        expected = states(tl, known, days)
        monkeypatch.setattr(register, "search", None)
        tl.prepare()
        monkeypatch.undo()
        spans = tl._index.now.begin
        assert 0 < (spans[1:] == spans[:-1]).sum() < len(tl._index.places)
        for state, other in zip(states(tl, known, days), expected, strict=True):
            same(state, other)


# ---- in the file beside the log -----------------------------------------------------------------


def test_one_place_is_read_off_it_as_well():
    made = work.make(900, 30, vague=0.4, retracted=0.1, seed=9)
    known, days = axes(9)
    read = 0
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        tl.prepare()
        for known_by in known:
            view = tl.view(known_by=None if known_by is None else from_ordinal(known_by))
            places = view.territory._places
            for place in tl._index.places:
                for day in days:
                    expected = places.register(place).answer(place, day)
                    assert places.answer(place, day) == expected
                    read += places.beforehand.answer(place, day) is not None
    assert read > 0.5 * len(known) * len(days) * 30


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """A log with its index and its present beside it."""
    monkeypatch.setattr(keeping, "SMALLEST", 1)
    path = tmp_path / "log.db"
    with ct.open(path) as tl:
        tl.append(list(work.events(work.make(300, 6, vague=0.3, seed=5))))
        tl.prepare()
    return path


def test_it_is_kept_beside_the_log_with_what_was_touched_since(kept):
    with ct.open(kept) as tl:
        tl.view()
        first = tl._index.now
        assert first is not None
        for n in range(1, 25):
            days = (f"2020-{month:02}-{n:02}" for month in (1, 2, 3))
            tl.append([took_of_work(day, latest_source(tl)) for day in days])
        tl.view()
        assert tl._index.saved > first.position
        expected = states(tl, [None, LAST], [LAST - 1_900, LAST])
    with ct.open(kept) as tl:
        tl.view()
        assert tl._index.now.position == first.position
        touched = tl._index.touched_after(first.position).tolist()
        assert touched == [tl._index.place_code["place-000001"]]
        for state, other in zip(
            states(tl, [None, LAST], [LAST - 1_900, LAST]), expected, strict=True
        ):
            same(state, other)


def test_a_damaged_present_is_left(kept):
    file = kept.with_name("log.db-index")
    with ct.open(kept) as tl:
        expected = states(tl, [None], [LAST - 900])
        assert tl._index.now is not None
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(bytes(content))
    with ct.open(kept) as tl:
        same(states(tl, [None], [LAST - 900])[0], expected[0])
        assert tl._index.now is None


def test_a_few_questions_about_one_place_do_not_read_it(kept):
    with ct.open(kept) as tl:
        view = tl.view()
        for day in range(99):
            assert view.as_of(from_ordinal(LAST - day)).territory["place-000001"].possible
        assert tl._index._read_now is not None
        for day in range(99, 120):
            assert view.as_of(from_ordinal(LAST - day)).territory["place-000001"].possible
        assert tl._index._read_now is None


def test_it_is_not_made_again_when_a_log_is_opened(kept, monkeypatch):
    monkeypatch.setattr(keeping, "present", None)
    with ct.open(kept) as tl:
        states(tl, [None], list(range(work.FIRST, LAST, 9)))
        tl.prepare()


def test_no_register_is_made_of_what_the_present_tells(kept, monkeypatch):
    monkeypatch.setattr(whole, "_WORTH", 10**9)
    with ct.open(kept) as tl:
        view = tl.view()
        view.territory.register.state(work.FIRST + 900)
        assert not tl._index.registers
        tl.view(known_by=from_ordinal(work.FIRST + 900)).territory.register.state(work.FIRST + 890)
        assert tl._index.registers


def test_what_the_present_does_not_tell_comes_from_a_register_once_it_is_asked_often(monkeypatch):
    made = work.make(900, 30, vague=0.4, retracted=0.1, seed=11)
    known, days = axes(11)
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        expected = states(tl, known, days)
        tl.prepare()
        tl._index.registers.clear()
        monkeypatch.setattr(whole, "_WORTH", 10**9)
        for state, other in zip(states(tl, known, days), expected, strict=True):
            same(state, other)
        assert tl._index.registers
