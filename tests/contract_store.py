"""What every store must do; a store's tests subclass ``StoreContract`` and give ``new_place``."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflict_timeline.codec import encode
from conflict_timeline.errors import EventError, LogError, NotWrittenError, PositionConflictError
from conflict_timeline.events import ControlChanged, Event, Source
from conflict_timeline.log import Store

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
            with pytest.raises(LogError, match="closed"):
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
