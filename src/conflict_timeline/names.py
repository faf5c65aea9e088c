"""Finding places and actors by any name they are known by, in any language and spelling."""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import cached_property

from conflict_timeline.errors import AmbiguousNameError, UnknownNameError, shown
from conflict_timeline.events import Actor, Place

__all__ = ["Names", "fold_name", "nearest"]

#: Longer names are found as they are written, but not by other spellings.
LONGEST_NAME = 200
#: How much of a name is compared for nearness: difflib can take time cubic in it.
_COMPARED = 48
_SHORTLIST = 40
_CANDIDATES = 5
_CUTOFF = 0.6

_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2018\u2019\u201b\u2032\uff07"
# What Unicode takes for letters of their own, and writers use for one another. Alef with hamza or
# madda needs no row: it decomposes, and its mark is stripped.
_LETTERS = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES, ""),
        ".": "",
        "\u0640": "",  # tatweel only stretches a word
        "\u0671": "\u0627",  # alef wasla to alef
        "\u0649": "\u064a",  # alef maqsura to ya
        "\u06cc": "\u064a",  # Persian ya to ya
        "\u0629": "\u0647",  # ta marbuta to ha
        "\u06a9": "\u0643",  # Persian kaf to kaf
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "ð": "d",
        "þ": "th",
    }
)
# Combining marks of Latin, Greek and Cyrillic, of Hebrew, and Arabic vowel signs. In the scripts of
# India a mark is a vowel that tells names apart: those stay.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08d3-\u08ff]"
)
_LATIN_ARTICLE = re.compile(r"(?:the|a[dlnrstz]|e[dlnrstz]|a[dst]h|esh|il|ul) (?=\S)")
_ARABIC_ARTICLE = "\u0627\u0644"


def fold_name(name: str) -> str:
    """The form in which spellings of one name meet.

    Case, diacritics, Arabic vowel signs and letter variants, apostrophes, dots, invisible and
    direction characters are gone; hyphens and other punctuation are single blanks.

    Example:
        >>> fold_name("Deir  ez\u2010Z\u014dr")
        'deir ez zor'
    """
    if not name.isascii():
        # Apostrophes go first: NFKC makes a blank and an accent of some of them.
        name = unicodedata.normalize("NFKC", name.translate(_LETTERS))
    name = name.casefold().translate(_LETTERS)
    if not name.isascii():
        name = _MARKS.sub("", unicodedata.normalize("NFKD", name)).translate(_LETTERS)
        name = unicodedata.normalize("NFC", name)
    return " ".join(name.translate(_WORDS).split())


class _Words(dict[int, str]):
    """What each character is in a folded name: itself, a blank, or nothing; filled as needed."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cf", "Cs", "Co", "Cn"):
            character = ""
        elif category[0] in "ZPSC":
            character = " "
        self[code] = character
        return character


_WORDS = _Words()


def _loose(folded: str) -> str:
    """A folded name without a leading article and without blanks."""
    bare = _LATIN_ARTICLE.sub("", folded, count=1) if _LATIN_ARTICLE.match(folded) else folded
    if bare.startswith(_ARABIC_ARTICLE) and len(bare) >= 5:
        bare = bare[2:]
    return bare.replace(" ", "")


def _plain(name: str) -> str:
    """A name as it is read: in NFC, without what cannot be seen."""
    if not name.isascii():
        seen = "".join(c for c in name if unicodedata.category(c) != "Cf")
        name = unicodedata.normalize("NFC", seen)
    return " ".join(name.split())


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to five of the known texts that are nearest in spelling, best first.

    Args:
        name: what was asked for; of a long text, its beginning is compared.
        known: the texts to choose from; the time taken is linear in their number.
    """
    folds = ((fold_name(text[:LONGEST_NAME]), text) for text in known)
    return _nearest(fold_name(name[:LONGEST_NAME]), folds)


def _nearest(query: str, folds: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The keys of the nearest folded names, each once."""
    query = query[:_COMPARED]
    if not query:
        return ()
    scored = ((_overlap(query, folded[:_COMPARED]), folded, key) for folded, key in folds)
    # Counting common letters is cheap enough for every name, comparing them in order is not.
    shortlist = heapq.nlargest(_SHORTLIST, (entry for entry in scored if entry[0] > 0))
    matcher = SequenceMatcher(b=query, autojunk=False)
    best: dict[str, float] = {}
    for _, folded, key in shortlist:
        matcher.set_seq1(folded[:_COMPARED])
        # Whoever types the first words of a name means it, however long the rest is.
        begins = 0.9 if len(query) >= 3 and folded.startswith(query) else 0.0
        best[key] = max(matcher.ratio(), begins, best.get(key, 0.0))
    near = sorted((-score, key) for key, score in best.items() if score >= _CUTOFF)
    return tuple(key for _, key in near[:_CANDIDATES])


def _overlap(query: str, folded: str) -> float:
    """How much two names can have in common at most, roughly; 0 where it cannot be enough."""
    if folded.startswith(query):
        return 1.0
    total = len(query) + len(folded)
    if 2 * min(len(query), len(folded)) < _CUTOFF * total:
        return 0.0
    common = sum([c in folded for c in query]) + sum(
        [query[i : i + 2] in folded for i in range(len(query) - 1)]
    )
    return common / total


class Names:
    """Lookup of the records of one kind by name.

    Nothing is computed before the first name is asked for.

    Example:
        >>> places = Names("place", [Place(id="raqqa", names={"en": ["Raqqa"], "fi": ["Rakka"]})])
        >>> places.resolve("RAKKA"), places.label("raqqa")
        ('raqqa', 'Raqqa')
    """

    def __init__(
        self,
        what: str,
        records: Mapping[str, Place | Actor] | Iterable[Place | Actor],
        prefer: str = "en",
        *,
        merged: Mapping[str, str] | None = None,
    ) -> None:
        """Takes the records.

        Args:
            what: what they are, for messages: ``"place"``, ``"actor"``.
            records: each id once; a mapping by id is looked into, and read when a name is sought.
            prefer: language in which candidates are shown.
            merged: ids that others stand for, and those others; a name of either finds the other.
        """
        self.what = what
        self.prefer = prefer
        self._records: Mapping[str, Place | Actor] = (
            records if isinstance(records, Mapping) else {record.id: record for record in records}
        )
        self._merged = merged or {}

    def resolve(self, name: str) -> str:
        """The id of the record known by a name.

        The id itself comes first, then a name exactly as written (of a country, also its code),
        then any spelling of one, last a spelling without its article and blanks.

        Raises:
            UnknownNameError: if no record is known so, or the name is no text: a mapping has no
                such key either. Carries the nearest, as ``"Raqqa (raqqa)"``.
            AmbiguousNameError: if several are, and not one alone as written; carries their ids.
        """
        if not isinstance(name, str):
            raise UnknownNameError(self.what, shown(name))
        if name in self._records:
            return self._merged.get(name, name)
        short = len(name) <= LONGEST_NAME
        text = name if short else f"{name[:LONGEST_NAME]}..."
        for found in self._matches(name, fold_name(name) if short else ""):
            if found and len(found) == 1:
                return next(iter(found))
            if found:
                raise AmbiguousNameError(self.what, text, sorted(found))
        raise UnknownNameError(self.what, text, self._near(fold_name(name[:LONGEST_NAME])))

    def label(self, id: str, language: str | None = None) -> str:  # noqa: A002 - the record's id
        """The name to show: in the language, else in English, else the first, else the id."""
        record = self._records.get(id)
        names: Mapping[str, tuple[str, ...]] = record.names if record else {}
        asked = language or self.prefer
        for tag in (asked, asked.partition("-")[0], "en", *names):
            if tag in names:
                return names[tag][0]
        return id

    def _matches(self, name: str, folded: str) -> Iterator[set[str] | None]:
        # One after the other, so that no index is built before it is needed.
        yield self._exact.get(_plain(name))
        yield self._folded.get(folded)
        yield self._loosely.get(_loose(folded))

    def _near(self, folded: str) -> tuple[str, ...]:
        folds = ((name, i) for name, ids in self._folded.items() for i in sorted(ids))
        return tuple(self._shown(i) for i in _nearest(folded, folds))

    def _shown(self, identity: str) -> str:
        label = self.label(identity)
        return identity if label == identity else f"{label} ({identity})"

    def _known_by(self) -> Iterator[tuple[str, str]]:
        for record in self._records.values():
            identity = self._merged.get(record.id, record.id)
            for names in record.names.values():
                yield from ((name, identity) for name in names)
            if isinstance(record, Place) and record.iso is not None:
                yield record.iso, identity

    @cached_property
    def _exact(self) -> Mapping[str, set[str]]:
        return _index((_plain(name), i) for name, i in self._known_by())

    @cached_property
    def _folded(self) -> Mapping[str, set[str]]:
        ids = ((i, self._merged.get(i, i)) for i in self._records)
        return _index(
            (fold_name(name), i)
            for pairs in (self._known_by(), ids)
            for name, i in pairs
            if len(name) <= LONGEST_NAME
        )

    @cached_property
    def _loosely(self) -> Mapping[str, set[str]]:
        return _index((_loose(name), i) for name, ids in self._folded.items() for i in ids)


def _index(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, identity in pairs:
        if key:
            found[key].add(identity)
    return dict(found)
