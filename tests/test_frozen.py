"""The immutable mapping that events hold."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_timeline.frozen import FrozenMap

items = st.dictionaries(st.text(max_size=3), st.integers())


@given(items)
def test_it_equals_any_mapping_with_its_items(given_items):
    made = FrozenMap(given_items)
    assert made == given_items
    assert len(made) == len(given_items)
    assert {key: made[key] for key in made} == given_items
    assert made != {**given_items, "another key": 1}


@given(items)
def test_keys_are_in_sorted_order_whatever_the_order_of_making(given_items):
    backwards = FrozenMap(dict(reversed(given_items.items())))
    assert list(backwards) == sorted(given_items)
    assert backwards == FrozenMap(given_items)
    assert hash(backwards) == hash(FrozenMap(given_items))
    assert repr(backwards) == repr(FrozenMap(given_items))


@given(items)
def test_copies_are_equal(given_items):
    made = FrozenMap(given_items)
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(again) is FrozenMap
        assert again == made
        assert hash(again) == hash(made)


def test_without_items_it_is_empty():
    assert FrozenMap() == FrozenMap(None) == FrozenMap({}) == {}


def test_what_it_was_made_of_may_change_later():
    given_items = {"a": 1}
    made = FrozenMap(given_items)
    given_items["b"] = 2
    assert made == {"a": 1}


def test_it_cannot_be_changed():
    made = FrozenMap({"a": 1})
    with pytest.raises(TypeError):
        made["a"] = 2
    with pytest.raises(TypeError):
        del made["a"]
    with pytest.raises(AttributeError, match="a FrozenMap cannot be changed"):
        made._items = {}
    with pytest.raises(AttributeError, match="a FrozenMap cannot be changed"):
        del made._items
    with pytest.raises(AttributeError):
        made.note = "new"
    assert made == {"a": 1}


def test_a_key_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        FrozenMap({"a": 1})["b"]
