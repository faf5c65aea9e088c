"""What every store must do; a store's tests subclass ``StoreContract`` and give ``new_place``."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflict_timeline.codec import encode
from conflict_timeline.errors import (
    ClosedError,
    DecodeError,
    ErasedError,
    EventError,
    LogError,
    NotWrittenError,
    PositionConflictError,
)
from conflict_timeline.events import ControlChanged, Event, Source
from conflict_timeline.log import Checkpoint, Entry, Head, History, HistoryEntry, Store
from conflict_timeline.log.merkle import EMPTY_ROOT, leaf_hash

Opener = Callable[[], Store]
NewPlace = Callable[[], Opener]


def source(number: int = 0) -> Source:
    return Source(id=f"s{number}", title=f"Article {number}")


def change(number: int = 0) -> ControlChanged:
    return ControlChanged(place=f"p{number}", to="sdf", from_="is", when="2017-10", source="s")


def changes(count: int, start: int = 0) -> list[Event]:
    return [change(number) for number in range(start, start + count)]


def events_of(store: Store) -> list[Event]:
    return [entry.event for entry in store.entries()]


def naive_root(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162, section 2.1.1, defines it."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = naive_root(leaves[:middle]), naive_root(leaves[middle:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaves_of(store: Store) -> list[bytes]:
    return [leaf_hash(entry.id, entry.recorded) for entry in store.entries()]


def other_log(count: int = 3, log: str = "0" * 31 + "1") -> History:
    """A log of as many entries that was merged; it recorded its events long ago."""
    entries = [
        HistoryEntry(n + 1, change(n).id, f"2001-01-0{n + 1}T00:00:00.000000Z")
        for n in range(count)
    ]
    root = naive_root([leaf_hash(entry.id, entry.recorded) for entry in entries])
    return History(log, Head(count, root), entries)


class StoreContract:
    """The subclass's fixture ``new_place`` makes a new empty store and gives what opens it."""

    @pytest.fixture
    def new_place(self) -> NewPlace:
        raise AssertionError("the subclass gives its own")

    @pytest.fixture
    def place(self, new_place: NewPlace) -> Opener:
        return new_place()

    def test_a_new_log_is_empty(self, place: Opener) -> None:
        with place() as store:
            assert store.position == 0
            assert list(store.entries()) == []
            assert store.find("0" * 64) is None
            assert store.verify() == []
            assert store.append([]) == []
            assert store.path

    def test_events_come_back_in_the_order_given_byte_for_byte(self, place: Opener) -> None:
        given_events = [change(2), source(1), change(1)]
        with place() as store:
            assert store.append(given_events) == [1, 2, 3]
            entries = list(store.entries())
        assert [entry.position for entry in entries] == [1, 2, 3]
        assert [entry.event for entry in entries] == given_events
        assert [entry.data for entry in entries] == [encode(event) for event in given_events]
        assert [entry.id for entry in entries] == [event.content_id for event in given_events]
        assert all(entry.id == hashlib.sha256(entry.data).hexdigest() for entry in entries)

    def test_batches_follow_each_other_without_gaps(self, place: Opener) -> None:
        with place() as store:
            assert store.append(changes(3)) == [1, 2, 3]
            assert store.append(changes(2, start=3)) == [4, 5]
            assert store.position == 5

    def test_what_was_appended_is_there_after_reopening(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            before = list(store.entries())
        with place() as store:
            assert list(store.entries()) == before
            assert store.append([change(3)]) == [4]
            assert store.verify() == []

    def test_a_batch_larger_than_any_page_or_chunk(self, place: Opener) -> None:
        events = changes(2_345)
        with place() as store:
            assert store.append(events) == list(range(1, 2_346))
            assert store.append(events) == list(range(1, 2_346))
            assert events_of(store) == events
            assert store.verify() == []

    def test_the_same_event_again_gets_its_first_position(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            before = list(store.entries())
            assert store.append([change(1)]) == [2]
            assert store.append([change(3), change(0), change(4)]) == [4, 1, 5]
            assert list(store.entries(upto=3)) == before

    def test_duplicates_within_a_batch_are_one_entry(self, place: Opener) -> None:
        with place() as store:
            assert store.append([change(0), change(1), change(0), change(1)]) == [1, 2, 1, 2]
            assert store.position == 2

    def test_a_batch_with_something_that_is_no_event_writes_nothing(self, place: Opener) -> None:
        with place() as store:
            with pytest.raises(EventError, match=r"events\[1\]: expected an event, got 'raqqa'"):
                store.append([change(0), "raqqa"])  # type: ignore[list-item]
            with pytest.raises(EventError, match=r"events\[1\]: .*at most"):
                store.append([change(0), Source(id="s", title="x" * 1_000_001)])
            assert store.position == 0

    def test_expected_position_that_holds(self, place: Opener) -> None:
        with place() as store:
            assert store.append([change(0)], expected_position=0) == [1]
            assert store.append([change(1)], expected_position=1) == [2]

    @pytest.mark.parametrize("expected", [0, 2, -1])
    def test_expected_position_that_does_not_hold(self, place: Opener, expected: int) -> None:
        with place() as store:
            store.append([change(0)])
            for batch in ([change(1)], [change(0), change(1)], []):
                message = f"expected position {expected}, the log is at 1"
                with pytest.raises(PositionConflictError, match=message) as caught:
                    store.append(batch, expected_position=expected)
                assert isinstance(caught.value, NotWrittenError)
                assert store.position == 1

    def test_repeating_an_append_is_safe_with_an_expected_position_too(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(2), expected_position=0)
            assert store.append(changes(2), expected_position=0) == [1, 2]

    def test_find(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            entry = store.find(change(1).id)
            assert entry is not None
            assert (entry.position, entry.event) == (2, change(1))
            assert store.find(change(7).id) is None
            for no_id in ("' OR 1 = 1 --", "", "\ud800", "الرقة"):
                assert store.find(no_id) is None

    @pytest.mark.parametrize(
        ("after", "upto", "expected"),
        [
            (0, None, [1, 2, 3, 4, 5]),
            (2, None, [3, 4, 5]),
            (2, 4, [3, 4]),
            (0, 0, []),
            (4, 2, []),
            (5, None, []),
            (99, None, []),
            (3, 99, [4, 5]),
            (-3, 1, [1]),
            (-(2**70), 2**70, [1, 2, 3, 4, 5]),
        ],
    )
    def test_entries_of_a_range(
        self, place: Opener, after: int, upto: int | None, expected: list[int]
    ) -> None:
        with place() as store:
            store.append(changes(5))
            assert [entry.position for entry in store.entries(after, upto)] == expected

    def test_appending_while_iterating_neither_blocks_nor_goes_on_forever(
        self, place: Opener
    ) -> None:
        with place() as store:
            store.append(changes(3))
            seen = []
            for number, entry in enumerate(store.entries()):
                seen.append(entry.position)
                store.append([change(100 + number)], timeout=1)
            assert seen == [1, 2, 3]
            assert store.position == 6

    def test_one_instant_a_batch_never_going_back(self, place: Opener) -> None:
        with place() as store:
            for start in range(0, 12, 3):
                store.append(changes(3, start=start))
            instants = [entry.recorded for entry in store.entries()]
        assert all(
            re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text) for text in instants
        )
        assert instants == sorted(instants)
        assert all(len(set(instants[start : start + 3])) == 1 for start in range(0, 12, 3))

    def test_two_openings_of_one_log_see_the_same(self, place: Opener) -> None:
        with place() as one, place() as other:
            assert one.append([change(0)]) == [1]
            assert other.append([change(1), change(0)]) == [2, 1]
            assert one.position == other.position == 2
            assert list(one.entries()) == list(other.entries())

    def test_threads_share_one_store(self, place: Opener) -> None:
        with place() as store:

            def work(number: int) -> None:
                for batch in range(10):
                    store.append(changes(5, start=1_000 * number + 5 * batch))
                    list(store.entries())

            threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert store.position == 200
            assert len({entry.id for entry in store.entries()}) == 200
            assert store.verify() == []

    def test_following_yields_what_is_there_and_what_comes(self, place: Opener) -> None:
        with place() as writer, place() as reader:
            writer.append(changes(3))
            seen = []
            for entry in reader.follow(1, timeout=0.5):
                seen.append(entry)
                if len(seen) < 6:
                    writer.append([change(100 + len(seen))])
            assert [entry.position for entry in seen] == [2, 3, 4, 5, 6, 7, 8]
            assert seen == list(writer.entries(after=1))

    def test_following_begins_at_the_end_and_ends_when_nothing_comes(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            news = store.follow(timeout=0.3)
            store.append([change(9)])  # before the first is asked for, and after the call
            began = time.monotonic()
            assert [entry.position for entry in news] == [4]
            assert 0.3 <= time.monotonic() - began < 5
            assert list(store.follow(timeout=0)) == []
            assert [entry.position for entry in store.follow(-5, timeout=0)] == [1, 2, 3, 4]
            assert list(store.follow(2**70, timeout=0)) == []

    def test_following_ends_when_the_store_is_closed(self, place: Opener) -> None:
        with place() as writer:
            reader = place()
            seen: list[int] = []

            def read() -> None:
                seen.extend(entry.position for entry in reader.follow(0))

            thread = threading.Thread(target=read)
            thread.start()
            writer.append(changes(3))
            while len(seen) < 3:
                time.sleep(0.01)
            reader.close()
            thread.join(10)
            assert not thread.is_alive()
            assert seen == [1, 2, 3]

    def test_a_follower_that_is_left_early_leaves_the_store_as_it_is(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            news = store.follow(0)
            assert next(news).position == 1
            news.close()
            assert store.append([change(9)]) == [4]

    def test_following_misses_nothing_of_several_writers(self, place: Opener) -> None:
        with place() as reader:

            def write(number: int) -> None:
                with place() as writer:
                    for batch in range(10):
                        writer.append(changes(3, start=1_000 * number + 3 * batch))

            threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            seen = []
            for entry in reader.follow(0, timeout=20):
                seen.append(entry.position)
                if len(seen) == 90:
                    break
            for thread in threads:
                thread.join()
            assert seen == list(range(1, 91))

    def test_a_closed_store_says_so(self, place: Opener) -> None:
        store = place()
        store.append([change(0)])
        pages = store.entries()
        store.close()
        store.close()
        for use in (
            lambda: store.position,
            lambda: store.append([change(1)]),
            lambda: list(pages),
            lambda: store.find(change(0).id),
        ):
            with pytest.raises(ClosedError, match="closed"):
                use()

    @settings(
        max_examples=40,
        deadline=None,
        # Each example makes its own place, and each subclass runs these examples on its own store.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(
        batches=st.lists(
            st.tuples(st.lists(st.integers(0, 12), max_size=6), st.booleans()), max_size=6
        )
    )
    def test_a_log_is_the_list_of_its_events_at_first_sight(
        self, new_place: NewPlace, batches: list[tuple[list[int], bool]]
    ) -> None:
        place = new_place()
        model: list[int] = []
        store = place()
        try:
            for batch, reopen in batches:
                model += [n for n in dict.fromkeys(batch) if n not in model]
                expected = [model.index(number) + 1 for number in batch]
                assert store.append([change(number) for number in batch]) == expected
                if reopen:
                    store.close()
                    store = place()
            assert store.position == len(model)
            assert events_of(store) == [change(number) for number in model]
            assert store.verify() == []
        finally:
            store.close()

    # ---- the hash tree --------------------------------------------------------------------------

    def test_an_identity_is_drawn_once(self, new_place: NewPlace) -> None:
        place = new_place()
        with place() as store, new_place()() as another:
            identity = store.identity
            assert re.fullmatch("[0-9a-f]{32}", identity)
            assert another.identity != identity
        with place() as store:
            assert store.identity == identity

    def test_head_is_the_tree_over_the_entries(self, place: Opener) -> None:
        with place() as store:
            assert store.head() == Head(0, EMPTY_ROOT)
            for size in range(1, 20):
                store.append([change(size)])
                assert store.head() == Head(size, naive_root(leaves_of(store)))
            store.append(changes(50, start=100))
            leaves = leaves_of(store)
        with place() as store:
            assert store.head() == Head(69, naive_root(leaves))
            for size in range(70):
                assert store.root(size) == naive_root(leaves[:size])
            assert store.root() == naive_root(leaves)
            for size in (-1, 70):
                with pytest.raises(ValueError, match=f"size from 0 to 69, got {size}"):
                    store.root(size)

    def test_the_head_can_be_made_anew_from_the_entries(self, place: Opener) -> None:
        with place() as store:
            assert store.recomputed() == Head(0, EMPTY_ROOT)
            store.append(changes(11))
            leaves = leaves_of(store)
            for size in range(12):
                assert store.recomputed(size) == Head(size, naive_root(leaves[:size]))
            assert store.recomputed() == store.head()
            for size in (-1, 12):
                with pytest.raises(ValueError, match="size from 0 to 11"):
                    store.recomputed(size)

    def test_checkpoints_that_hold_are_no_problem(self, place: Opener) -> None:
        with place() as store:
            kept = []
            for number in range(7):
                kept.append(Checkpoint(store.identity, store.head(), f"note {number}"))
                store.append(changes(3, start=3 * number))
            other = other_log()
            store.append([change(n) for n in range(3)])
            store.take([], histories=[other], checkpoints=kept)
            kept.append(
                Checkpoint(
                    other.log,
                    Head(
                        2,
                        naive_root(
                            [leaf_hash(entry.id, entry.recorded) for entry in other.entries[:2]]
                        ),
                    ),
                    "theirs",
                )
            )
            assert store.verify() == []
            assert store.verify(checkpoints=kept) == []

    def test_checkpoints_that_do_not_hold_are_told(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(9))
            me, other = store.identity, other_log()
            store.take([], histories=[other])
            good = Checkpoint(me, Head(4, store.root(4)), "")
            for bad, position, kind, message in (
                (
                    Checkpoint(me, Head(12, bytes(32)), ""),
                    10,
                    "truncated",
                    "12 entries, there are 9",
                ),
                (Checkpoint(me, Head(7, bytes(32)), ""), 5, "checkpoint", "up to 7 .* up to 4 are"),
                (Checkpoint(me, Head(3, bytes(32)), ""), 1, "checkpoint", "entries up to 3"),
                (Checkpoint("b", Head(3, bytes(32)), ""), None, "checkpoint", "log b, .* neither"),
                (Checkpoint(other.log, Head(9, bytes(32)), ""), None, "truncated", "there are 3"),
                (Checkpoint(other.log, Head(2, bytes(32)), ""), None, "checkpoint", other.log),
            ):
                [problem] = store.verify(checkpoints=[bad, good])
                assert (problem.position, problem.kind) == (position, kind)
                assert re.search(message, problem.message)

    def test_nodes_that_are_complete_can_be_read(self, place: Opener) -> None:
        with place() as store:
            for start in range(0, 21, 3):
                store.append(changes(3, start=start))
            leaves = leaves_of(store)
            for level in range(5):
                for number in range(21 >> level):
                    under = leaves[number << level : (number + 1) << level]
                    assert store.node(level, number) == naive_root(under)
                with pytest.raises(LogError, match=f"no node {21 >> level} on level {level}"):
                    store.node(level, 21 >> level)

    def test_the_tree_goes_on_after_another_writer(self, place: Opener) -> None:
        with place() as one, place() as other:
            for number in range(9):
                (one if number % 3 else other).append([change(number)])
                assert one.head() == other.head()
            assert one.head() == Head(9, naive_root(leaves_of(one)))
            assert one.verify() == []

    def test_an_append_that_is_refused_leaves_the_tree(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            head = store.head()
            with pytest.raises(PositionConflictError):
                store.append([change(9)], expected_position=1)
            assert store.append([change(1)]) == [2]
            assert store.head() == head
            store.append([change(9)])
            assert store.head() == Head(4, naive_root(leaves_of(store)))

    # ---- what comes from other logs -------------------------------------------------------------

    def test_entries_of_another_log_are_taken_byte_for_byte(self, new_place: NewPlace) -> None:
        with new_place()() as one, new_place()() as other:
            other.append(changes(3))
            one.append([change(2), change(5)])
            assert one.take(list(other.entries())) == [3, 4, 1]
            assert [e.data for e in one.entries()] == [encode(change(n)) for n in (2, 5, 0, 1)]
            assert {e.recorded for e in one.entries(after=2)} != {
                e.recorded for e in other.entries()
            }
            assert one.verify() == []

    def test_a_log_taken_whole_with_its_instants_has_the_same_head(
        self, new_place: NewPlace
    ) -> None:
        with new_place()() as one, new_place()() as other:
            other.append(changes(3))
            other.append(changes(4, start=3))
            assert one.take(list(other.entries()), keep_recorded=True) == list(range(1, 8))
            assert list(one.entries()) == list(other.entries())
            assert one.head() == other.head()

    def test_instants_that_would_go_back_are_not_kept(self, new_place: NewPlace) -> None:
        with new_place()() as one, new_place()() as other:
            other.append(changes(3))
            one.append([change(9)])
            with pytest.raises(NotWrittenError, match="not before"):
                one.take(list(other.entries()), keep_recorded=True)
            today = Entry(1, change(1).id, "today", encode(change(1)))
            with pytest.raises(NotWrittenError, match="got 'today'"):
                one.take([today], keep_recorded=True)
            assert one.position == 1

    def test_bytes_that_are_not_those_of_the_id_are_not_taken(self, place: Opener) -> None:
        instant = "2001-01-01T00:00:00.000000Z"
        with place() as store:
            for data, id_, message in (
                (encode(change(1)), change(2).id, "bytes whose hash is"),
                (b"{}", hashlib.sha256(b"{}").hexdigest(), "expected one of"),
                (b"", "x", "expected an id, got 'x'"),
            ):
                with pytest.raises(DecodeError, match=rf"entries\[1\]: .*{message}"):
                    store.take(
                        [
                            Entry(1, source().content_id, instant, encode(source())),
                            Entry(2, id_, instant, data),
                        ]
                    )
            assert store.position == 0

    def test_an_erased_entry_is_taken_only_with_its_redaction(self, place: Opener) -> None:
        erased = Entry(1, change(0).id, "2001-01-01T00:00:00.000000Z", b"")
        assert erased.erased
        with pytest.raises(ErasedError, match="position 1: the bytes of event"):
            _ = erased.event
        with place() as store:
            with pytest.raises(NotWrittenError, match="no redaction"):
                store.take([erased])
            assert store.position == 0
            store.append([change(0)])
            with pytest.raises(NotWrittenError, match="no redaction"):
                store.erase(change(0).id)
            for nothing in (change(7).id, "الرقة"):
                with pytest.raises(NotWrittenError, match="has no event"):
                    store.erase(nothing)
            assert events_of(store) == [change(0)]

    def test_histories_are_kept_once_with_their_entries(self, place: Opener) -> None:
        first = other_log(2)
        with place() as store:
            store.append([change(9), change(1)])
            here = [entry.recorded for entry in store.entries()]
            entries = [Entry(1, change(0).id, "x", encode(change(0)))]
            assert store.take(entries, histories=[first]) == [3]
            store.take([], histories=[first, first])
            [kept] = store.histories()
            assert (kept.number, kept.log, kept.head) == (1, first.log, first.head)
            assert list(store.history_entries(1)) == first.entries
            seen = [entry.first_recorded for entry in store.entries()]
            assert seen == [here[0], first.entries[1].recorded, first.entries[0].recorded]
            found = store.find(change(1).id)
            assert found is not None
            assert found.first_recorded < found.recorded == here[1]
            with pytest.raises(LogError, match="number of a history, got 2"):
                store.history_entries(2)
        with place() as store:
            assert store.histories() == [kept]

    def test_a_history_can_be_continued(self, place: Opener) -> None:
        short, long = other_log(2), other_log(5)
        tail = History(long.log, long.head, long.entries[2:], continues=1)
        with place() as store:
            store.take([], histories=[short, tail])
            assert [history.continues for history in store.histories()] == [None, 1]
            assert list(store.history_entries(2)) == long.entries
            assert list(store.history_entries(1)) == short.entries
            assert store.position == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            History("a", Head(1, bytes(32)), other_log(2).entries),
            History("a", Head(2, bytes(32)), other_log(2).entries[1:]),
            History("a", Head(2, bytes(31)), other_log(2).entries),
            History("a", Head(2, bytes(32)), other_log(2).entries[1:], continues=7),
        ],
    )
    def test_a_history_that_does_not_fit_writes_nothing(
        self, place: Opener, wrong: History
    ) -> None:
        with place() as store:
            with pytest.raises(NotWrittenError, match="append-only"):
                store.take([Entry(1, change(0).id, "", encode(change(0)))], histories=[wrong])
            assert (store.position, store.histories()) == (0, [])

    def test_checkpoints_are_kept_once(self, place: Opener) -> None:
        with place() as store:
            store.append(changes(3))
            own = Checkpoint(store.identity, store.head(), "a note")
            store.take([], checkpoints=[own])
            assert store.checkpoints() == [own]
            other = other_log()
            theirs = Checkpoint(other.log, other.head, "another note")
            with pytest.raises(NotWrittenError, match="append-only"):
                store.take([], checkpoints=[theirs])
            store.take([], histories=[other], checkpoints=[own, theirs])
            assert store.checkpoints() == [own, theirs]
