"""Citations: one line that gives the same answer again, or says exactly what differs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.merkle import leaf_hash
from conflict_timeline.timeline import Timeline, View, citation, resolving
from conflict_timeline.timeline.identity import Tree
from conflict_timeline.view import ViewSpec
from tests.oracles import merkle as rfc

CLAIM = ct.ControlChanged(place="hama", to="army", from_="front", when="2020-06", source="paper")
DAY = "2020-07-01"


def records(published="2020-06-30"):
    return [
        ct.Source(id="paper", title="Paper", published=published, reliability="B"),
        ct.Actor(id="army"),
        ct.Actor(id="front"),
        ct.Place(id="hama"),
    ]


def timeline(*batches):
    made = ct.open(":memory:")
    for batch in batches:
        made.append(batch)
    return made


@pytest.fixture
def tl():
    with timeline(records(), [CLAIM]) as made:
        yield made


def differences(tl, text):
    with pytest.raises(ct.CitationError) as caught:
        tl.resolve(text)
    assert isinstance(caught.value, ValueError)
    assert all(found in str(caught.value) for found in caught.value.differences)
    return caught.value.differences


def edited(text, **parts):
    """The citation with other values; None leaves a part out, underscores stand for hyphens."""
    head, *written = text.split(";")
    values = dict(part.split("=", 1) for part in written)
    values |= {name.replace("_", "-"): value for name, value in parts.items()}
    order = citation._PARTS
    kept = [f"{name}={values[name]}" for name in order if values.get(name) is not None]
    return ";".join([head, *kept])


# ---- the same answer ---------------------------------------------------------------------------

days_or_none = st.none() | strategies.days(
    strategies.FIRST_DAY, strategies.LAST_DAY + timedelta(days=60)
)


@st.composite
def axes(draw, position):
    return {
        "known_by": draw(days_or_none),
        "at": draw(st.none() | st.integers(0, position)),
        "sources": draw(st.none() | st.sets(st.sampled_from(strategies.SOURCES))),
        "min_reliability": draw(st.sampled_from([None, *"ABCDEF"])),
        "implied_within": draw(st.sampled_from([None, 0, 20, 365])),
        "stale_after": draw(st.sampled_from([None, 0, 20])),
    }


@given(strategies.logs(), strategies.logs(), strategies.days(), st.data())
def test_a_citation_of_any_view_of_any_log_resolves_to_the_same_bytes(log, later, day, data):
    first = timeline(log)
    asked = first.as_of(day, **data.draw(axes(first.position)))
    text, answer = asked.citation, asked.to_bytes()
    with_less = timeline([entry.event for entry in first.events()])
    copy = copied(first.events())
    records_there = [e.id for e in log if isinstance(e, ct.Source | ct.Place | ct.Actor)]
    first.append([e for e in later if getattr(e, "id", None) not in records_there])
    for tl in (first, copy, with_less):
        again = tl.resolve(text)
        assert again.to_bytes() == answer
        if tl is not with_less:  # which was recorded anew
            assert again.citation == text


@given(strategies.logs(), strategies.days(), st.data())
def test_a_citation_is_one_short_line_of_ascii(log, day, data):
    tl = timeline(log)
    text = tl.as_of(day, **data.draw(axes(tl.position))).citation
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set(" \"'`\\<>&$#{}[]()|*_@\n")
    assert len(text) < 330
    sourceless = tl.as_of(day, known_by=day, min_reliability="F", stale_after=365)
    assert len(sourceless.citation) < 300


def test_a_citation_has_the_documented_parts(tl):
    state = tl.as_of(DAY, known_by="2020-06-30", sources=["paper"], min_reliability="C")
    head = rfc.mth([leaf_hash(entry.id, entry.recorded) for entry in tl.events()])
    assert state.citation == (
        "conflict-timeline:1;day=2020-07-01;known-by=2020-06-30;at=5;sources=paper;"
        f"min-reliability=C;implied-within=365;version={ct.__version__};log=tree1:{head.hex()};"
        f"state=json1:{hashlib.sha256(state.to_bytes()).hexdigest()}"
    )


def test_what_is_recorded_later_changes_no_cited_answer(tl):
    state = tl.as_of(DAY)
    text, answer = state.citation, state.to_bytes()
    tl.append([ct.ControlChanged(place="hama", to="front", when="2020-06-29", source="paper")])
    assert tl.as_of(DAY).to_bytes() != answer
    assert tl.resolve(text).to_bytes() == answer
    assert tl.resolve(text).territory["hama"].holder == "army"


def test_an_instant_is_cited_as_the_position_it_stands_for(tl):
    state = tl.as_of(DAY, at=datetime(2000, 1, 1, tzinfo=UTC))
    assert ";at=0;" in state.citation
    assert tl.resolve(state.citation).to_bytes() == state.to_bytes()
    now = max(entry.recorded for entry in tl.events())
    assert tl.as_of(DAY, at=now).citation == tl.as_of(DAY).citation == tl.as_of(DAY, at=5).citation


def test_the_citation_of_an_empty_log_resolves():
    text = timeline().as_of(DAY).citation
    assert timeline(records()).resolve(text).to_bytes() == timeline().as_of(DAY).to_bytes()


def test_a_source_recorded_after_the_cited_position_is_no_obstacle(tl):
    before = tl.position
    tl.append([ct.Source(id="late", title="Late")])
    text = tl.as_of(DAY, sources=["late", "paper"], at=before).citation
    other = timeline(records(), [CLAIM])
    assert other.resolve(text).territory["hama"].holder == "army"


@pytest.mark.parametrize("name", ["Зеркало", "a,b;c=d%", "تقرير", "x" * 128, "-._~"])
def test_any_source_can_be_cited(name):
    tl = timeline(records(), [ct.Source(id=name, title=name), attrs.evolve(CLAIM, source=name)])
    state = tl.as_of(DAY, sources=[name, "paper"])
    assert f"sources={','.join(quote(s, safe='') for s in sorted([name, 'paper']))};" in (
        state.citation
    )
    assert tl.resolve(state.citation).to_bytes() == state.to_bytes()


def test_no_source_at_all_is_not_every_source(tl):
    nothing = tl.as_of(DAY, sources=[])
    assert ";sources=;" in nothing.citation
    assert "sources" not in tl.as_of(DAY).citation
    assert tl.resolve(nothing.citation).territory["hama"].status == "unknown"


def test_a_citation_broken_over_lines_is_read(tl):
    text = tl.as_of(DAY).citation
    broken = "\r\n\t ".join(text[at : at + 20] for at in range(0, len(text), 20))
    assert tl.resolve(f"  {broken}\n").citation == text


def test_a_citation_reads_no_more_of_the_tree_than_its_depth(tl, monkeypatch):
    """It must not cost a pass over the log: the nodes are stored."""
    tl.append([ct.Actor(id=f"a{n}") for n in range(995)])
    log, read = tl._store, []
    node = log.node
    monkeypatch.setattr(log, "node", lambda *at: read.append(at) or node(*at))
    monkeypatch.setattr(log, "entries", lambda **_: pytest.fail("the log was read"))
    for position in (1000, 999, 512, 1):
        read.clear()
        assert Tree(log.root).at(position).startswith("tree1:")
        assert len(read) == position.bit_count()


def test_entries_without_a_store_have_the_same_tree(tl):
    entries = list(tl.events())
    for position in range(6):
        assert Tree.of(entries).at(position) == Tree(tl._store.root).at(position)


def test_a_timeline_on_any_store_resolves_what_another_cited(tmp_path, tl):
    text = tl.as_of(DAY).citation
    path = str(tmp_path / "log.db")
    with Timeline(SQLiteLog.open(path)) as made:
        made.append([entry.event for entry in tl.events()])
    with ct.open(path) as opened:
        assert opened.resolve(text).to_bytes() == tl.as_of(DAY).to_bytes()


def test_the_version_of_a_citation_is_the_package_s(tl):
    assert resolving.__version__ == ct.__version__
    assert f";version={ct.__version__};" in tl.as_of(DAY).citation


# ---- what differs is said ----------------------------------------------------------------------


def test_a_log_that_is_shorter_is_told(tl):
    text = tl.as_of(DAY).citation
    (told,) = differences(timeline(records()), text)
    assert told == "the log is shorter: the citation is of position 5, it ends at 4"


def test_a_log_with_another_event_is_told_with_the_answer(tl):
    text = tl.as_of(DAY).citation
    log, answer = differences(
        timeline(records(), [attrs.evolve(CLAIM, to="front", from_=None)]), text
    )
    assert log.startswith("the log is another: up to position 5 ")
    assert text.split("log=")[1].split(";")[0] in log
    assert answer.startswith("the answer is another (cited json1:")


def test_a_log_in_another_order_gives_the_cited_answer_and_its_own_citation(tl):
    text = tl.as_of(DAY).citation
    again = timeline(records()[::-1], [CLAIM]).resolve(text)
    assert again.to_bytes() == tl.as_of(DAY).to_bytes()
    assert edited(again.citation, log=None) == edited(text, log=None)
    assert again.citation != text


def test_another_version_with_the_same_answer_resolves(tl):
    text = edited(tl.as_of(DAY).citation, version="0.0.1rc1+local.2")
    assert tl.resolve(text).citation == tl.as_of(DAY).citation


def test_another_version_with_another_answer_is_told(tl):
    text = edited(tl.as_of(DAY).citation, version="0.0.1", state=f"json1:{'0' * 64}")
    version, answer = differences(tl, text)
    assert version == (
        f"the library is another: the citation is of version 0.0.1, this is {ct.__version__}"
    )
    assert answer.startswith("the answer is another")


def test_another_answer_of_the_same_log_and_version_is_told(tl):
    (told,) = differences(tl, edited(tl.as_of(DAY).citation, day="1990-01-01"))
    assert told.startswith("the answer is another")


def test_where_the_day_of_recording_decides_that_is_told():
    log = timeline(records(published=None), [CLAIM])
    text = log.as_of(DAY, known_by=DAY).citation  # recorded today, so not known then
    earlier = [
        attrs.evolve(entry, recorded=entry.recorded.replace("20", "19", 1))
        for entry in log.events()
    ]
    other, days, answer = differences(copied(earlier), text)
    assert other.startswith("the log is another")
    assert answer.startswith("the answer is another")
    assert days.startswith("the days of recording may be others: 1 of the log's statements ")


def copied(entries):
    """The timeline of a log that holds entries as another recorded them."""
    made = ct.open(":memory:")
    made._store.take(list(entries), keep_recorded=True)
    return made


def test_a_view_of_some_entries_only_cannot_be_cited(tl):
    entries = [entry for entry in tl.events() if entry.position != 2]
    with pytest.raises(ct.CitationError, match="not of a log as it stands"):
        _ = View(entries, ViewSpec()).as_of(DAY).citation


def test_a_list_of_sources_beyond_the_limit_is_refused(tl, monkeypatch):
    monkeypatch.setattr(citation, "LONGEST", 250)
    with pytest.raises(ct.CitationError, match="expected a list that fits 250 characters"):
        _ = tl.as_of(DAY, sources=["paper"], known_by=DAY).citation


# ---- hostile texts -----------------------------------------------------------------------------

HASH = "0" * 64


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "expected text, got None"),
        (b"conflict-timeline:1", "expected text, got b'"),
        (7, "expected text, got 7"),
        ("", "expected 'conflict-timeline:1' at its beginning, got ''"),
        ("conflict-timeline:2;day=2020-07-01", "at its beginning, got 'conflict-timeline:2'"),
        ("x" * 300_000, "expected at most 200000 characters, got 300000"),
    ],
)
def test_what_is_no_citation_at_all_is_told(tl, value, told):
    (difference,) = differences(tl, value)
    assert told in difference


@pytest.mark.parametrize("char", ["\x00", "\x1c", "\x7f", "\u00ad", "\u2011", "٣", "\ud800", "é"])
def test_characters_that_are_not_visible_ascii_are_told_with_their_place(tl, char):
    text = tl.as_of(DAY).citation
    (told,) = differences(tl, f"{text[:30]}{char}{text[30:]}")
    assert told.startswith("expected visible ASCII characters, got ")
    assert told.endswith("at character 31")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("day", "2020-02-30"),
        ("day", "2020-07"),
        ("day", "0000-01-01"),
        ("day", "99999-01-01"),
        ("known_by", "yesterday"),
        ("known_by", ""),
        ("at", "-1"),
        ("at", "05"),
        ("at", "5.0"),
        ("at", "9" * 5_000),
        ("sources", "b,a"),
        ("sources", "a,,b"),
        ("sources", "a,a"),
        ("sources", "%ff"),
        ("sources", "%61"),
        ("sources", "a=b"),
        ("min_reliability", "G"),
        ("min_reliability", "AB"),
        ("implied_within", "none"),
        ("implied_within", "12345678"),
        ("stale_after", "1e3"),
        ("version", ""),
        ("version", "<b>"),
        ("version", "1" * 100),
        ("log", HASH),
        ("log", "tree1:" + HASH[1:]),
        ("log", "tree1:" + "A" * 64),
        ("log", "chain1:" + HASH),
        ("log", "merkle1:" + HASH),
        ("state", "json9:" + HASH),
        ("state", "json1:"),
    ],
)
def test_a_part_that_is_malformed_is_named(tl, part, value):
    (told,) = differences(tl, edited(tl.as_of(DAY).citation, **{part: value}))
    assert told.startswith(f"{part.replace('_', '-')}: expected ")
    assert len(told) < 300


@pytest.mark.parametrize("part", ["day", "at", "version", "log", "state"])
def test_a_part_that_is_missing_is_named(tl, part):
    assert differences(tl, edited(tl.as_of(DAY).citation, **{part: None})) == (
        f"{part}: expected, and missing",
    )


def test_a_part_given_twice_unknown_or_out_of_order_is_told(tl):
    text = tl.as_of(DAY).citation
    assert "day: expected once" in differences(tl, f"{text};day=2020-07-01")[0]
    assert "got 'days=3'" in differences(tl, f"{text};days=3")[0]
    assert "got 'known_by=2020-01-01'" in differences(tl, f"{text};known_by=2020-01-01")[0]
    assert "got ''" in differences(tl, f"{text};")[0]
    head, day, *rest = text.split(";")
    assert differences(tl, ";".join([head, *rest, day])) == (
        "expected its parts in the order day, known-by, at, sources, min-reliability, "
        "implied-within, stale-after, version, log, state",
    )


def test_every_fault_is_told_up_to_ten(tl):
    text = tl.as_of(DAY).citation
    assert len(differences(tl, edited(text, day="x", at="y", log="z"))) == 3
    assert len(differences(tl, text + ";x" * 50_000)) == 10


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 60))
def test_no_text_does_anything_but_resolve_or_be_refused(inserted, at, dropped):
    tl = timeline(records())
    text = tl.as_of(DAY).citation
    mixed = text[:at] + inserted + text[at + dropped :]
    try:
        found = tl.resolve(mixed)
    except ct.CitationError:
        return
    assert found.to_bytes() == tl.as_of(DAY).to_bytes()


@pytest.mark.parametrize("value", [True, -1, 1.5, "7", 10_000_000])
@pytest.mark.parametrize("axis", ["implied_within", "stale_after"])
def test_a_policy_that_could_not_be_cited_is_refused_beforehand(tl, axis, value):
    with pytest.raises(ct.AxisError, match=f"{axis}: expected days from 0"):
        tl.as_of(DAY, **{axis: value})
