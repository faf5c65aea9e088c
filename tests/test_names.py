"""Lookup by name: any language, any spelling, and the nearest where there is none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_timeline.errors import AmbiguousNameError, UnknownNameError
from conflict_timeline.events import Actor, Place
from conflict_timeline.names import LONGEST_NAME, Names, fold_name, nearest

PLACES = Names(
    "place",
    [
        Place(
            id="raqqa",
            names={"en": ["Raqqa", "ar-Raqqah"], "fi": ["Rakka"], "ar": ["الرقة"]},
            kind="city",
        ),
        Place(id="deir-ez-zor", names={"en": ["Deir ez-Zor"], "ar": ["دير الزور"]}),
        Place(id="abu-kamal", names={"en": ["Al-Bukamal", "Abu Kamal"], "ar": ["البوكمال"]}),
        Place(id="kobani", names={"ku": ["Kobanî"], "ar": ["عين العرب"]}),
        Place(id="mosul", names={"en": ["Mosul"], "ar": ["المَوْصِل"]}),
        Place(id="idlib", names={"en": ["Idlib"], "ar": ["إدلب"]}),
        Place(id="canada", names={"en": ["Canada"], "fr": ["le Canada"]}, iso="CA"),
        Place(id="lodz", names={"pl": ["Łódź"]}),
        Place(id="unnamed"),
    ],
)
ACTORS = Names(
    "actor",
    [
        Actor(id="is", names={"en": ["Islamic State", "ISIS"], "fi": ["Isis"]}),
        Actor(id="sdf", names={"en": ["Syrian Democratic Forces", "SDF"]}),
        Actor(id="us", names={"en": ["United States", "U.S."]}),
    ],
)


@pytest.mark.parametrize(
    ("asked", "identity"),
    [
        ("raqqa", "raqqa"),
        ("Rakka", "raqqa"),
        ("RAQQA ", "raqqa"),
        ("ar Raqqah", "raqqa"),
        ("Raqqah", "raqqa"),
        ("al-Raqqa", "raqqa"),
        ("الرقة", "raqqa"),
        ("الرقه", "raqqa"),
        ("رقة", "raqqa"),
        ("\u202bالـرَّقـة\u202c", "raqqa"),
        ("Ra\u200bqqa\u200f", "raqqa"),
        ("Ｒａｑｑａ", "raqqa"),
        ("Deir ez Zor", "deir-ez-zor"),
        ("Deir ez\u2010Zōr", "deir-ez-zor"),
        ("deir ezzor", "deir-ez-zor"),
        ("Deir_ez-Zor", "deir-ez-zor"),
        ("Bukamal", "abu-kamal"),
        ("el Bukamal", "abu-kamal"),
        ("Abū Kamāl", "abu-kamal"),
        ("Kobani", "kobani"),
        ("KOBANI\u0302", "kobani"),
        ("الموصل", "mosul"),
        ("ادلب", "idlib"),
        ("أدلب", "idlib"),
        ("ٱدلب", "idlib"),
        ("CA", "canada"),
        ("ca", "canada"),
        ("lodz", "lodz"),
        ("unnamed", "unnamed"),
    ],
)
def test_a_place_is_found_by_any_spelling(asked, identity):
    assert PLACES.resolve(asked) == identity


@pytest.mark.parametrize(
    ("asked", "identity"),
    [("ISIS", "is"), ("the Islamic State", "is"), ("US", "us"), ("u.s.", "us"), ("SDF", "sdf")],
)
def test_an_actor_is_found_by_any_spelling(asked, identity):
    assert ACTORS.resolve(asked) == identity


@pytest.mark.parametrize("apostrophe", list("'’‘ʼʿʾ`´′"))
def test_apostrophes_do_not_tell_names_apart(apostrophe):
    names = Names("place", [Place(id="x", names={"en": ["Ma'arrat"]})])
    assert names.resolve(f"ma{apostrophe}arrat") == "x"


def test_vowel_signs_that_tell_names_apart_are_kept():
    assert fold_name("कि") != fold_name("का")


# ---- several of one name -------------------------------------------------------------------------

TWINS = Names(
    "place",
    [
        Place(id="a", names={"en": ["Al-Bab"]}),
        Place(id="b", names={"en": ["AL BAB"]}),
        Place(id="c", names={"en": ["Tal Afar"]}),
        Place(id="d", names={"en": ["Tal Afar"]}),
        Place(id="el-bab"),
    ],
)


@pytest.mark.parametrize(
    ("asked", "ids"),
    [("al-bab", ("a", "b")), ("Tal Afar", ("c", "d")), ("Bab", ("a", "b", "el-bab"))],
)
def test_a_name_of_several_records_is_ambiguous(asked, ids):
    with pytest.raises(AmbiguousNameError) as caught:
        TWINS.resolve(asked)
    assert caught.value.candidates == ids


def test_of_several_the_one_written_exactly_so_is_meant():
    assert TWINS.resolve("Al-Bab") == "a"
    assert TWINS.resolve("AL BAB") == "b"


def test_an_id_outranks_every_name():
    names = Names("place", [Place(id="x", names={"en": ["y"]}), Place(id="y", names={"en": ["x"]})])
    assert (names.resolve("x"), names.resolve("y")) == ("x", "y")
    with pytest.raises(AmbiguousNameError):
        names.resolve("X")


# ---- none of that name ---------------------------------------------------------------------------


def candidates(names: Names, asked: object) -> tuple[str, ...]:
    with pytest.raises(UnknownNameError) as caught:
        names.resolve(asked)  # type: ignore[arg-type]
    assert not isinstance(caught.value, AmbiguousNameError)
    return caught.value.candidates


@pytest.mark.parametrize(
    ("asked", "best"),
    [
        ("Raqa", "Raqqa (raqqa)"),
        ("Rakkah", "Raqqa (raqqa)"),
        ("Deir al-Zour", "Deir ez-Zor (deir-ez-zor)"),
        ("Deir", "Deir ez-Zor (deir-ez-zor)"),
        ("Mossul", "Mosul (mosul)"),
        ("Kobane", "عين العرب (kobani)"),
        ("ادلبب", "Idlib (idlib)"),
        ("unnammed", "unnamed"),
    ],
)
def test_an_unknown_name_gets_the_nearest_as_they_are_shown(asked, best):
    assert candidates(PLACES, asked)[0] == best


def test_at_most_five_candidates_are_told_each_once():
    names = Names("place", [Place(id=f"tell-{i}", names={"en": [f"Tell {i}"]}) for i in range(20)])
    found = candidates(names, "Tell x")
    assert len(found) == len(set(found)) == 5


@pytest.mark.parametrize("asked", ["", "  ", "-'.", "\u200b", "Zzyzx", "\ud800", "\0"])
def test_what_is_near_nothing_gets_no_candidates(asked):
    assert candidates(PLACES, asked) == ()


@pytest.mark.parametrize("asked", [None, 5, b"raqqa", ["raqqa"], float("nan"), True])
def test_what_is_no_text_is_no_name(asked):
    assert candidates(PLACES, asked) == ()


@pytest.mark.parametrize("piece", ["a", "\ufdfa", "raqqa ", "a\u0301", "ab", "\u0640", "'"])
def test_a_hostile_long_name_is_refused_with_a_short_message(piece):
    with pytest.raises(UnknownNameError) as caught:
        PLACES.resolve(piece * 1_000_000)
    assert len(str(caught.value)) < 2_000


def test_a_long_name_of_a_record_is_found_as_it_is_written():
    name = "Autonomous " * 40
    names = Names("actor", [Actor(id="x", names={"en": [name]})])
    assert len(name) > LONGEST_NAME
    assert names.resolve(name) == "x"
    candidates(names, name.lower())


def test_no_records_know_no_name():
    assert candidates(Names("place", []), "Raqqa") == ()


def test_the_nearest_of_plain_texts():
    assert nearest("source", ["Sources", "sauce", "zebra"]) == ("Sources", "sauce")
    assert nearest("", ["a"]) == ()


# ---- labels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "language", "label"),
    [
        ("raqqa", "en", "Raqqa"),
        ("raqqa", "fi", "Rakka"),
        ("raqqa", "fi-FI", "Rakka"),
        ("raqqa", "de", "Raqqa"),
        ("kobani", "en", "عين العرب"),
        ("unnamed", "en", "unnamed"),
        ("nowhere", "en", "nowhere"),
    ],
)
def test_the_label_is_in_the_language_or_in_english_or_the_first_or_the_id(
    identity, language, label
):
    assert PLACES.label(identity, language) == label


def test_candidates_are_shown_in_the_preferred_language():
    names = Names("place", [Place(id="r", names={"en": ["Raqqa"], "fi": ["Rakka"]})], prefer="fi")
    assert candidates(names, "Raqqaa") == ("Rakka (r)",)
    assert names.label("r") == "Rakka"


# ---- laws ----------------------------------------------------------------------------------------

letters = st.characters(categories=["L", "M", "N", "P", "Z", "Cf", "S"])
spellings = st.text(letters, min_size=1, max_size=20).filter(lambda t: any(map(str.isalnum, t)))


@given(spellings)
def test_folding_twice_changes_nothing(name):
    assert fold_name(fold_name(name)) == fold_name(name)


@given(spellings)
def test_folding_does_not_depend_on_the_unicode_form(name):
    forms = {fold_name(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}
    assert forms == {fold_name(name)}


@given(st.lists(spellings, min_size=1, max_size=6), st.data())
def test_every_name_leads_to_a_record_that_bears_it(names, data):
    records = [Place(id=f"id{i}", names={"en": [name]}) for i, name in enumerate(names)]
    asked = data.draw(st.sampled_from(names))
    forward, backward = Names("place", records), Names("place", records[::-1])
    identity = outcome(forward, asked)
    assert identity == outcome(backward, asked)
    if isinstance(identity, str):
        borne = names[int(identity.removeprefix("id"))]
        assert fold_name(borne) == fold_name(asked)
    else:
        assert len(identity) > 1


def outcome(names: Names, asked: str) -> str | tuple[str, ...]:
    """The id of a name, or those it may be."""
    try:
        return names.resolve(asked)
    except AmbiguousNameError as error:
        return error.candidates


@given(spellings, st.lists(spellings, max_size=6))
def test_nearest_names_are_known_ones_each_once(asked, known):
    found = nearest(asked, known)
    assert set(found) <= set(known)
    assert len(found) == len(set(found)) <= 5
