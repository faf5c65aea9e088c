"""A projection of one's own: folded in order of valid time, from baselines that cannot be wrong."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import laws, strategies
from conflict_timeline.events import Claim, Reference
from conflict_timeline.projections import baselines
from conflict_timeline.projections.baselines import Baselines, milestones
from conflict_timeline.projections.fold import ValidTime, fold

DAYS = [strategies.FIRST_DAY + timedelta(days=n) for n in (-1, 10, 25, 45, 90)]
RECORDS = [
    ct.Source(id="paper", title="Paper", published="2030"),
    ct.Actor(id="army"),
    ct.Place(id="hama"),
]


class Told:
    """The ids of the claims, in order: any claim lost, added or moved shows."""

    def __init__(self):
        self.calls = 0

    def initial(self):
        return ()

    def evolve(self, state, event):
        self.calls += 1
        return (*state, event.id)


class Tally(Told):
    """Counts by kind, in a dict of its own for every state."""

    def initial(self):
        return {}

    def evolve(self, state, event):
        self.calls += 1
        kind = type(event).__name__
        return {**state, kind: [*state.get(kind, []), event.id]}


class Changing(Told):
    """Not pure: it changes the state that it is given."""

    def initial(self):
        return []

    def evolve(self, state, event):
        state.append(event.id)
        return state


class Apart:
    """A state that is equal to no other, as one with a sentinel may be."""

    def __init__(self, ids=()):
        self.ids = ids


def naive(projection, view, day):
    """What a projection says, without anything kept."""
    ordinal = ct.When.of(day).first
    told = sorted(
        (s for s in view.visible.claims),
        key=lambda s: (_middle(s.first, s.last), s.rank),
    )
    state = projection.initial()
    for seen in told:
        if _middle(seen.first, seen.last) <= ordinal:
            state = projection.evolve(state, seen.about)
    return state


def _middle(first, last):
    open_past, open_future = -(2**30), 2**30
    if first == open_past:
        return last
    return first if last == open_future else (first + last) // 2


@pytest.fixture
def dense(monkeypatch):
    """Baselines so dense that small logs have many."""
    monkeypatch.setattr(baselines, "_EVERY", 1)
    monkeypatch.setattr(baselines, "_FACTOR", 2)


def incidents(numbers):
    return [
        ct.Incident(kind="attack", when=strategies.FIRST_DAY + timedelta(days=n), source="paper")
        for n in numbers
    ]


# ---- with baselines as without -----------------------------------------------------------------


@pytest.mark.usefixtures("dense")
@pytest.mark.parametrize("kind", [Told, Tally, Changing])
def test_grown_asked_and_late_is_rebuilt_is_naive(kind):
    @settings(max_examples=settings().max_examples // 2)
    @given(strategies.logs(), st.data())
    def holds(log, data):
        projection = kind()
        records = [e for e in log if isinstance(e, Reference)]
        told = [e for e in log if isinstance(e, Claim)]
        changes = [e for e in log if not isinstance(e, Claim | Reference)]
        told = data.draw(st.permutations(told))
        growing = ct.open(":memory:")
        growing.append(records)
        so_far = list(records)
        for event in [*told, *changes]:
            growing.append([event])
            so_far.append(event)
            axes = {
                "known_by": data.draw(st.sampled_from([None, *DAYS])),
                "sources": data.draw(st.sampled_from([None, ["paper"], ["agency", "blog"]])),
                "at": data.draw(st.none() | st.integers(0, growing.position)),
            }
            day = data.draw(st.sampled_from(DAYS))
            answer = growing.project(projection, day, **axes)
            view = growing.view(**axes)
            assert answer == naive(kind(), view, day)
            assert answer == fold(kind(), ValidTime(view.visible).until(day.toordinal()))
        rebuilt = ct.open(":memory:")
        rebuilt.append(so_far)
        for day in DAYS:
            assert growing.project(projection, day) == rebuilt.project(kind(), day)

    holds()


@attrs.frozen
class Reported:
    """A claim as far as folding needs it."""

    id: str

    @property
    def claim(self):
        return self

    @property
    def about(self):
        return self


def reported(numbers):
    return [Reported(hashlib.sha256(str(n).encode()).hexdigest()) for n in numbers]


@given(
    st.lists(
        st.tuples(st.integers(0, 260), st.integers(0, 40), st.integers(0, 3)),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 12),
)
def test_any_sequence_of_lists_is_folded_right_with_any_bound(questions, bound):
    """Lists with a common beginning, then others; as late reports, other days and views give."""
    projection, kept = Told(), Baselines(states=bound)
    for length, other, by in questions:
        shared = max(length - other, 0)
        claims = reported([*range(shared), *(f"{by}/{n}" for n in range(length - shared))])
        assert kept.fold(projection, claims) == tuple(c.id for c in claims)
        assert len(kept) <= bound


# ---- what it costs -----------------------------------------------------------------------------


def test_an_append_at_the_end_costs_one_call_and_a_late_one_more_and_both_are_right():
    projection = Told()
    with ct.open(":memory:") as tl:
        tl.append([*RECORDS, *incidents(range(0, 2_000, 2))])

        def asked(*events):
            tl.append(events)
            projection.calls = 0
            answer = tl.project(projection, "2029-01-01")
            assert answer == naive(Told(), tl.view(), "2029-01-01")
            return projection.calls

        assert asked() == 1_000
        assert asked() == 0, "asked again"
        assert asked(*incidents([3_000])) == 1
        assert asked(*incidents([3_001, 3_002])) == 2
        shortly_before = asked(*incidents([2_999]))
        longer_before = asked(*incidents([1_801]))
        at_the_beginning = asked(*incidents([1]))
        assert 1 < shortly_before <= 128
        assert shortly_before <= longer_before <= 900
        assert at_the_beginning == 1_006, "nothing before it is left: slower, and right"


def test_an_earlier_day_and_another_view_go_on_from_what_they_share():
    projection = Told()
    with ct.open(":memory:") as tl:
        tl.append([*RECORDS, ct.Source(id="radio", title="Radio", published="2030")])
        tl.append(incidents(range(1_000)))
        tl.append([attrs.evolve(incidents([1_500])[0], source="radio")])
        tl.project(projection, "2029-01-01")
        for axes, most in (({"sources": ["paper"]}, 128), ({"at": tl.position - 1}, 0)):
            projection.calls = 0
            assert tl.project(projection, "2029-01-01", **axes) == naive(
                Told(), tl.view(**axes), "2029-01-01"
            )
            assert projection.calls <= most, axes
        projection.calls = 0
        assert len(tl.project(projection, strategies.FIRST_DAY + timedelta(days=979))) == 980
        assert projection.calls <= 128


def test_a_projection_object_has_states_of_its_own():
    claims = reported(range(100))
    kept, one, other = Baselines(), Told(), Told()
    kept.fold(one, claims)
    kept.fold(other, claims)
    assert (one.calls, other.calls) == (100, 100)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1_000, 4_096, 1_000_000])
def test_states_are_kept_densely_near_the_end_and_few_in_all(length):
    found = milestones(length)
    assert len(found) <= 15
    assert found <= set(range(1, length + 1))
    for back in (n for n in (0, 1, 10, 100, 1_000, 10_000, 100_000) if n <= length):
        nearest = max((n for n in found if n <= length - back), default=0)
        assert length - nearest <= max(128, 8 * back)


def test_what_a_log_passed_as_it_grew_is_what_is_wanted_later():
    """Else a baseline would be missing just where milestones promise one."""
    for earlier in range(0, 3_000, 61):
        for later in range(earlier, 3_000, 173):
            wanted = {n for n in milestones(later) if n <= earlier and n != later}
            assert wanted <= milestones(earlier)


# ---- bounded, and never corrupted --------------------------------------------------------------


def test_the_states_and_projections_kept_are_bounded():
    kept = Baselines(projections=3, states=5)
    for number in range(10):
        projection = Told()
        for length in range(0, 300, 7):
            claims = reported(f"{number}/{n}" for n in range(length))
            assert len(kept.fold(projection, claims)) == length
        assert len(kept) <= 15
    assert len(kept._kept) == 3


def test_the_timeline_keeps_no_more_than_its_bound():
    with ct.open(":memory:") as tl:
        tl.append([*RECORDS, *incidents(range(150))])
        projection = Told()
        for n in range(150):
            tl.project(projection, strategies.FIRST_DAY + timedelta(days=n))
        assert len(tl._baselines) <= 64


def test_a_caller_who_changes_the_answer_changes_no_other():
    projection = Tally()
    with ct.open(":memory:") as tl:
        tl.append([*RECORDS, *incidents(range(70))])
        first = tl.project(projection, "2029-01-01")
        first["Incident"].clear()
        again = tl.project(projection, "2029-01-01")
        assert len(again["Incident"]) == 70
        again.clear()
        assert len(tl.project(projection, "2029-01-01")["Incident"]) == 70


def test_an_evolve_that_changes_its_argument_gets_at_no_kept_state():
    projection = Changing()
    with ct.open(":memory:") as tl:
        tl.append([*RECORDS, *incidents(range(0, 300, 2))])
        for late in (297, 299, 201, 3, 401):
            tl.append(incidents([late]))
            answer = tl.project(projection, "2029-01-01")
            assert answer == naive(Changing(), tl.view(), "2029-01-01")


class Raises:
    """A state that can be neither copied nor compared."""

    def __init__(self, copied):
        self.copied = copied

    def __deepcopy__(self, memo):
        if not self.copied:
            raise TypeError("no copies")
        return Raises(True)

    def __eq__(self, other):
        raise ValueError("the truth of this is ambiguous")

    __hash__ = None


@pytest.mark.parametrize("state", [Apart(), Raises(True), Raises(False), [object()]])
def test_a_state_that_cannot_be_copied_so_that_nobody_can_tell_is_not_kept(state):
    class Constant(Told):
        def initial(self):
            return state

        def evolve(self, state, event):
            self.calls += 1
            return state

    projection, kept = Constant(), Baselines()
    for _ in range(2):
        assert kept.fold(projection, reported(range(10))) is state
    assert projection.calls == 20
    assert len(kept) == 0


def test_an_evolve_that_fails_leaves_only_what_is_right():
    class Failing(Told):
        fails = True

        def evolve(self, state, event):
            if self.fails and len(state) == 70:
                raise RuntimeError("no")
            return super().evolve(state, event)

    projection, kept = Failing(), Baselines()
    claims = reported(range(100))
    with pytest.raises(RuntimeError):
        kept.fold(projection, claims)
    projection.fails = False
    assert kept.fold(projection, claims) == tuple(c.id for c in claims)


# ---- the laws ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("dense")
@pytest.mark.parametrize("projection", [Told(), Tally()])
def test_the_laws_hold_with_baselines(projection):
    laws.check(projection, max_examples=20)


class Remembering(Told):
    """Not pure: what it answers depends on what it was asked before."""

    def evolve(self, state, event):
        self.calls += 1
        return (*state, self.calls)


@pytest.mark.parametrize(
    ("projection", "told"),
    [(Changing(), "must return a new one"), (Remembering(), "for the same state and claim")],
)
def test_an_evolve_that_is_not_pure_is_told(projection, told):
    with pytest.raises(AssertionError, match=told):
        laws._evolve_is_pure(projection, incidents([1, 2]))


def test_growing_is_rebuilding_finds_an_answer_that_does_not_look_again():
    log = [*RECORDS, *incidents([1])]
    kept = []

    def stale(view):
        """What was said of the same log when it was shorter."""
        for tree, said in kept:
            if tree is view._tree:
                return said
        kept.append((view._tree, len(view.visible.claims)))
        return kept[-1][1]

    laws.growing_is_rebuilding(lambda view: len(view.visible.claims), log, [3])
    with pytest.raises(AssertionError, match="a log that grew"):
        laws.growing_is_rebuilding(stale, log, [3])
