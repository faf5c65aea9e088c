"""The people oracle itself: cases worked by hand, then against an enumeration with no short cut.

Days are small numbers. Each case is one account: one group, nationality, place and status.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from tests.oracles.people import STAND_IN, Envelope, Flow, Headcount, envelope


def counted(
    earliest: int, low: int | None, high: int | None, latest: int | None = None
) -> Headcount:
    """Return a headcount; dated one day unless ``latest`` is given."""
    return Headcount(earliest, earliest if latest is None else latest, low, high)


def came(earliest: int, low: int | None, high: int | None, latest: int | None = None) -> Flow:
    """Return a flow into the account; dated one day unless ``latest`` is given."""
    return Flow(earliest, earliest if latest is None else latest, 1, low, high)


def left(earliest: int, low: int | None, high: int | None, latest: int | None = None) -> Flow:
    """Return a flow out of the account; dated one day unless ``latest`` is given."""
    return Flow(earliest, earliest if latest is None else latest, -1, low, high)


# --- one headcount -------------------------------------------------------------------------------


def test_nothing_reported_is_unknown_and_not_zero():
    assert envelope([], [], 5) == Envelope(None, None, "none")


def test_what_is_only_reported_for_later_says_nothing_of_the_day():
    assert envelope([counted(6, 2, 3)], [came(7, 1, 1)], 5) == Envelope(None, None, "none")


def test_a_headcount_holds_from_its_day_on():
    counts = [counted(5, 2, 3)]
    assert envelope(counts, [], 4) == Envelope(None, None, "none")
    assert envelope(counts, [], 5) == Envelope(2, 3, "headcount")
    assert envelope(counts, [], 9) == Envelope(2, 3, "headcount")


@pytest.mark.parametrize(("status", "people"), [("joined", 180), ("returned", 60), ("active", 90)])
def test_canadians_each_status_is_an_account_of_its_own(status, people):
    # Each is counted some day of a window; what is not accounted for is a matter of the balance.
    counts = [counted(1, people, people, latest=4)]
    assert envelope(counts, [], 4) == Envelope(people, people, "headcount"), status
    assert envelope(counts, [], 3) == Envelope(None, None, "mixed"), status
    assert envelope(counts, [], 0) == Envelope(None, None, "none"), status


def test_canadians_a_return_takes_from_the_active_and_adds_to_the_returned():
    # Ten more come back some day from 6 to 8: two accounts, each seen by itself.
    active, returned = [counted(5, 90, 90)], [counted(5, 60, 60)]
    assert envelope(active, [left(6, 10, 10, latest=8)], 7) == Envelope(80, 90, "headcount")
    assert envelope(returned, [came(6, 10, 10, latest=8)], 7) == Envelope(60, 70, "headcount")
    assert envelope(active, [left(6, 10, 10, latest=8)], 8) == Envelope(80, 80, "headcount")
    assert envelope(returned, [came(6, 10, 10, latest=8)], 8) == Envelope(70, 70, "headcount")


# --- flows and a headcount -----------------------------------------------------------------------


def test_a_flow_after_the_headcount_counts_in_full():
    assert envelope([counted(2, 3, 3)], [came(4, 1, 2)], 5) == Envelope(4, 5, "headcount")
    assert envelope([counted(2, 3, 3)], [left(4, 1, 2)], 5) == Envelope(1, 2, "headcount")


def test_a_flow_before_the_headcount_is_in_it_already():
    assert envelope([counted(4, 3, 3)], [came(2, 1, 2)], 5) == Envelope(3, 3, "headcount")


def test_a_flow_after_the_day_has_not_come():
    assert envelope([counted(4, 3, 3)], [came(6, 1, 2)], 5) == Envelope(3, 3, "headcount")


def test_a_flow_that_straddles_the_day_counts_from_nothing_to_its_high():
    # Its low, 2, does not help: all of it may still be to come.
    flows = [came(4, 2, 4, latest=6)]
    assert envelope([counted(2, 3, 3)], flows, 5) == Envelope(3, 7, "headcount")
    assert envelope([counted(2, 3, 3)], flows, 6) == Envelope(5, 7, "headcount")


def test_a_flow_that_straddles_the_headcount_may_be_in_it_already():
    assert envelope([counted(5, 3, 3)], [came(4, 2, 4, latest=6)], 9) == Envelope(3, 7, "headcount")


def test_a_flow_on_the_day_of_the_headcount_may_have_come_before_or_after_it():
    assert envelope([counted(5, 3, 3)], [came(5, 2, 4)], 5) == Envelope(3, 7, "headcount")
    assert envelope([counted(5, 3, 3)], [left(5, 2, 2)], 5) == Envelope(1, 3, "headcount")


def test_flows_both_ways_are_extreme_together():
    flows = [came(3, 1, 2), left(4, 0, 2)]
    assert envelope([counted(2, 3, 4)], flows, 5) == Envelope(3 + 1 - 2, 4 + 2, "headcount")


# --- several headcounts --------------------------------------------------------------------------


def test_the_latest_headcount_by_the_day_wins():
    counts = [counted(2, 1, 1), counted(4, 3, 3), counted(8, 9, 9)]
    assert envelope(counts, [came(3, 4, 4)], 5) == Envelope(3, 3, "headcount")
    assert envelope(counts, [came(3, 4, 4)], 3) == Envelope(5, 5, "headcount")


def test_of_headcounts_on_one_day_any_can_be_the_last():
    assert envelope([counted(4, 1, 1), counted(4, 3, 4)], [], 4) == Envelope(1, 4, "headcount")


def test_headcounts_with_overlapping_windows_can_come_in_either_order():
    counts = [counted(1, 1, 1, latest=4), counted(3, 4, 4)]
    assert envelope(counts, [], 5) == Envelope(1, 4, "headcount")
    # Had the vague one been over before the other, only the other would be left.
    assert envelope([counted(1, 1, 1, latest=2), counts[1]], [], 5) == Envelope(4, 4, "headcount")


def test_a_vague_headcount_falls_back_on_the_earlier_one_and_its_flows():
    # By day 5: the second is in (4), or it is not, and the first and the flow hold (1 + 1).
    counts = [counted(1, 1, 1), counted(4, 4, 4, latest=6)]
    assert envelope(counts, [came(2, 1, 1)], 5) == Envelope(2, 4, "headcount")


# --- no headcount in some or all worlds ----------------------------------------------------------


def test_flows_alone_are_summed():
    flows = [came(1, 2, 3), came(3, 1, 1), came(9, 4, 4)]
    assert envelope([], flows, 5) == Envelope(2 + 1, 3 + 1, "flows")


def test_who_left_was_there_before_with_nobody_knows_how_many_others():
    flows = [came(1, 2, 3), left(4, 1, 2)]
    assert envelope([], flows, 3) == Envelope(2, 3, "flows")
    assert envelope([], flows, 5) == Envelope(2 - 2, None, "flows")


def test_a_headcount_that_is_still_to_come_does_not_speak_for_the_day():
    assert envelope([counted(7, 9, 9)], [came(1, 2, 3)], 5) == Envelope(2, 3, "flows")


def test_a_flow_alone_that_straddles_the_day_has_begun():
    assert envelope([], [came(4, 2, 3, latest=6)], 3) == Envelope(None, None, "none")
    assert envelope([], [came(4, 2, 3, latest=6)], 4) == Envelope(0, 3, "flows")


def test_mixed_is_the_hull_of_the_headcount_and_the_flows_alone():
    # No count by day 5: the 2 who came. A count on day 4 or 5: 7, with the 2 before it.
    assert envelope([counted(4, 7, 7, latest=6)], [came(1, 2, 2)], 5) == Envelope(2, 7, "mixed")
    assert envelope([counted(4, 7, 7, latest=6)], [came(1, 2, 2)], 6) == Envelope(7, 7, "headcount")


def test_mixed_with_no_flow_begun_says_nothing_in_some_world():
    counts = [counted(4, 7, 7, latest=6)]
    assert envelope(counts, [], 5) == Envelope(None, None, "mixed")
    assert envelope(counts, [came(6, 1, 1)], 5) == Envelope(None, None, "mixed")


# --- open bounds, and never below zero -----------------------------------------------------------


def test_an_open_high_is_open_and_an_open_low_is_zero():
    assert envelope([counted(4, 3, None)], [], 5) == Envelope(3, None, "headcount")
    assert envelope([counted(4, None, 3)], [], 5) == Envelope(0, 3, "headcount")
    assert envelope([counted(4, None, None)], [], 5) == Envelope(0, None, "headcount")


def test_an_open_flow_in_opens_the_high_only_once_it_can_have_come():
    flows = [came(4, 2, None, latest=6)]
    assert envelope([counted(2, 3, 3)], flows, 3) == Envelope(3, 3, "headcount")
    assert envelope([counted(2, 3, 3)], flows, 4) == Envelope(3, None, "headcount")
    assert envelope([counted(2, 3, 3)], flows, 6) == Envelope(5, None, "headcount")


def test_an_open_flow_out_empties_the_account_and_leaves_the_high_closed():
    assert envelope([counted(2, 3, 4)], [left(4, 1, None)], 5) == Envelope(0, 3, "headcount")
    assert envelope([counted(2, 3, 4)], [left(4, None, 1)], 5) == Envelope(2, 4, "headcount")


def test_an_open_headcount_stays_open_whatever_leaves():
    assert envelope([counted(2, 3, None)], [left(4, 1, None)], 5) == Envelope(0, None, "headcount")
    assert envelope([counted(2, 3, None)], [left(4, 2, 2)], 5) == Envelope(1, None, "headcount")


def test_an_open_headcount_that_a_later_one_surely_replaces_opens_nothing():
    counts = [counted(2, 3, None), counted(4, 1, 2)]
    assert envelope(counts, [], 5) == Envelope(1, 2, "headcount")


def test_below_zero_is_zero():
    assert envelope([counted(2, 1, 2)], [left(3, 3, 4)], 5) == Envelope(0, 0, "headcount")
    assert envelope([], [left(3, 3, 4)], 5) == Envelope(0, None, "flows")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Headcount(5, 4, 1, 1), "after latest"),
        (lambda: Headcount(4, 5, 2, 1), "low <= high"),
        (lambda: Flow(4, 5, 1, -1, 1), "0 <= low"),
        (lambda: Flow(4, 5, 0, 1, 1), "sign"),
        (lambda: Flow(4, 5, 1, 1, STAND_IN), "high <"),
    ],
)
def test_what_is_no_report_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- against an enumeration with no short cut ----------------------------------------------------


def _all_parts(total: int, slots: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to put ``total`` people on ``slots``."""
    for parts in product(range(total + 1), repeat=slots):
        if sum(parts) == total:
            yield parts


def _flow_worlds(flow: Flow) -> Iterator[list[tuple[int, bool, int]]]:
    """Yield each world of one flow: (day, after that day's headcounts, how many) for each part."""
    slots = [(on, after) for on in range(flow.earliest, flow.latest + 1) for after in (False, True)]
    for total in range(flow.low, flow.high + 1):
        for parts in _all_parts(total, len(slots)):
            yield [(on, after, part) for (on, after), part in zip(slots, parts, strict=True)]


def _plainly(headcounts: Sequence[Headcount], flows: Sequence[Flow], day: int) -> Envelope:
    """Return the envelope by every world in full; closed quantities only."""
    says_nothing, unbounded, states, with_headcount = False, False, [], set()
    count_worlds = [
        [
            (on, value)
            for on in range(count.earliest, count.latest + 1)
            for value in range(count.low, count.high + 1)
        ]
        for count in headcounts
    ]
    for flow_world in product(*(list(_flow_worlds(flow)) for flow in flows)):
        for count_world in product(*count_worlds):
            past = [(on, value) for on, value in count_world if on <= day]
            with_headcount.add(bool(past))
            if not past and not any(flow.earliest <= day for flow in flows):
                says_nothing = True
                continue
            start = max((on for on, _ in past), default=None)
            moved = sum(
                flow.sign * part
                for flow, parts in zip(flows, flow_world, strict=True)
                for on, after, part in parts
                if on <= day and (start is None or (on, after) >= (start, True))
            )
            values = [value for on, value in past if on == start] or [0]
            states += [max(0, value + moved) for value in values]
            unbounded |= start is None and any(f.sign < 0 and f.earliest <= day for f in flows)
    if with_headcount == {True}:
        basis = "headcount"
    elif with_headcount == {True, False}:
        basis = "mixed"
    else:
        basis = "none" if says_nothing else "flows"
    if says_nothing:
        return Envelope(None, None, basis)
    return Envelope(min(states), None if unbounded else max(states), basis)


@pytest.mark.parametrize("seed", range(300))
def test_short_cuts_change_nothing(seed):
    chance = random.Random(seed)

    def window() -> tuple[int, int]:
        earliest = chance.randint(1, 4)
        return earliest, earliest + chance.randint(0, 2)

    def bounds(most: int) -> tuple[int, int]:
        low = chance.randint(0, most)
        return low, chance.randint(low, most)

    counts = [Headcount(*window(), *bounds(4)) for _ in range(chance.randint(0, 2))]
    flows = [
        Flow(*window(), chance.choice((1, -1)), *bounds(2)) for _ in range(chance.randint(0, 2))
    ]
    for day in (2, 4, 5):
        assert envelope(counts, flows, day) == _plainly(counts, flows, day)
