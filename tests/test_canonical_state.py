"""The canonical bytes of a state: equal bytes are equal answers, on every machine."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from tests.answers import everything


def timeline(events):
    made = ct.open(":memory:")
    made.append(events)
    return made


LOG = [
    ct.Source(id="paper", title="Paper", published="2020-06-30"),
    ct.Actor(id="army"),
    ct.Actor(id="front"),
    ct.Place(id="hama"),
    ct.ControlChanged(place="hama", to="army", from_="front", when="2020-06", source="paper"),
    ct.ControlObserved(
        place="hama", holders={"army": 0.75, "front": 0.25}, when="2020-06-20", source="paper"
    ),
    ct.HeadcountObserved(
        group="army", status="active", count="at least 250", when="2020-06", source="paper"
    ),
    ct.FigureObserved(measure="area", value=0.00005, unit="km²", when="2020-06-01", source="paper"),
]


NAMES = ("changed", "observed", "counted", "measured")  # of its claims, for their ids
GOLDEN = (
    '{"alliances":[],"day":"2020-06-25","figures":[{"evidence":"measured","measure":"area",'
    '"others":[],"place":null,"subject":null,"unit":"km²","value":{"best":5e-05,"high":5e-05,'
    '"low":5e-05}}],"forecasts":[],"incidents":[],"people":[{"basis":"mixed","best":null,'
    '"certainty":"uncertain","disordered":false,"evidence":["counted"],"group":"army",'
    '"high":null,"low":null,"nationality":null,"place":null,"status":"active"}],'
    '"territory":{"hama":{"against":["changed"],"age":5,"best":["army","front"],'
    '"claimants_against":1,"claimants_for":1,"conceivable":[["army"],["army","front"]],'
    '"evidence":["observed"],"last_evidence":"observed","narrowed":true,"not_held_by":[],'
    '"possible":[["army"],["army","front"]],"shares":{"army":{"best":0.75,"high":0.75,'
    '"low":0.75},"front":{"best":0.25,"high":0.25,"low":0.25}},"since":{"earliest":null,'
    '"latest":"2020-06-20"},"status":"uncertain","unreported":[],"withheld":[]}}}'
)


def test_the_bytes_of_a_small_log_are_these_for_ever():
    """If this changes, so did the form or an answer: what people have cited resolves no more."""
    data = timeline(LOG).as_of("2020-06-25").to_bytes().decode("utf-8")
    for name, event in zip(NAMES, LOG[4:], strict=True):
        data = data.replace(event.id, name)
    assert data == GOLDEN


@given(strategies.logs(), strategies.days(), st.data())
def test_the_bytes_tell_all_that_the_state_says_and_nothing_of_the_order(log, day, data):
    order = data.draw(st.permutations(range(len(log))))
    one, other = timeline(log).view(), timeline([log[i] for i in order]).view()
    assert one.as_of(day).to_bytes() == other.as_of(day).to_bytes()
    early = timeline(log).view(known_by=day)
    if everything(one, day) != everything(early, day):
        assert one.as_of(day).to_bytes() != early.as_of(day).to_bytes()


@given(strategies.logs(), strategies.days())
def test_the_bytes_are_the_dict_as_canonical_json(log, day):
    state = timeline(log).as_of(day)
    data = state.to_bytes()
    assert json.loads(data) == state.to_dict()
    assert data == json.dumps(
        state.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8")


def test_the_bytes_of_the_corpus_have_every_part_of_the_state():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    state = tl.as_of("2017-10-09")
    told = state.to_dict()
    assert set(told) == {
        "day", "territory", "people", "incidents", "figures", "alliances", "forecasts",
    }  # fmt: skip
    assert told["territory"]["raqqa"]["best"] == ["is", "sdf"]
    assert told["territory"]["raqqa"]["since"].keys() == {"earliest", "latest"}
    known = {claim.id for claim in state.view.visible.claims}
    assert set(told["territory"]["raqqa"]["evidence"]) <= known


SCRIPT = """
import hashlib, random, sys
from tests.test_canonical_state import random_log
import conflict_timeline as ct
from datetime import date, timedelta
digest = hashlib.sha256()
for seed in range(25):
    tl = ct.open(":memory:")
    tl.append(random_log(random.Random(seed)))
    for n in range(-5, 60, 13):
        digest.update(tl.as_of(date(2020, 1, 1) + timedelta(days=n)).to_bytes())
print(digest.hexdigest())
"""


def random_log(rng):
    """Many actors with overlapping windows, so that sets of text have an order to betray."""
    actors = [f"actor{n}" for n in range(5)]
    log = [ct.Source(id=s, title=s, published="2021", reliability=rng.choice("ABF")) for s in "ab"]
    log += [*(ct.Actor(id=a) for a in actors), *(ct.Place(id=p) for p in "xy")]
    for _ in range(rng.randint(4, 12)):
        first = date(2020, 1, 1) + timedelta(days=rng.randint(0, 30))
        when = ct.When(first, first + timedelta(days=rng.choice([0, 3, 10, 30])))
        place, source = rng.choice("xy"), rng.choice("ab")
        if rng.random() < 0.5:
            to, from_ = rng.sample([*actors, None], 2)
            log.append(ct.ControlChanged(place=place, to=to, from_=from_, when=when, source=source))
        else:
            holders = rng.sample(actors, rng.randint(1, 3))
            log.append(ct.ControlObserved(place=place, holders=holders, when=when, source=source))
    return log


def test_the_bytes_do_not_depend_on_the_seed_of_hashes():
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_the_random_logs_are_not_all_alike():
    assert len({str(random_log(random.Random(seed))) for seed in range(5)}) == 5
