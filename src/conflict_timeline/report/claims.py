"""The claims of a report: what each says, of when, who says it, and since when that was known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from conflict_timeline.codec import kind_of
from conflict_timeline.events import Source
from conflict_timeline.report.answers import Period
from conflict_timeline.report.tables import Numbered
from conflict_timeline.view import Seen
from conflict_timeline.words import Naming

__all__ = ["ID_LENGTH", "Claims", "web_address"]

#: Characters of an id that a page shows: of a million claims, two share them in one of 600 logs.
ID_LENGTH = 12


class Claims:
    """The claims of a report in columns, in groups: by place, then of people, and so on."""

    def __init__(self, naming: Naming, period: Period) -> None:
        self._naming = naming
        self._period = period
        self._seen: list[Seen] = []
        self._known: list[list[int] | None] = []
        self._texts: Numbered[str] = Numbered([""])
        self._sources: dict[str, Source] = {}
        self._source_numbers: Numbered[str] = Numbered()

    def __len__(self) -> int:
        return len(self._seen)

    def add(
        self, claims: Iterable[Seen], known: Callable[[str], list[int] | None]
    ) -> dict[str, int]:
        """Adds a group of claims.

        Args:
            claims: each once.
            known: by id, the days of publication (by their number) at which the claim comes to be
                shown and ceases to be, in turn; None if it comes with its publication and stays.

        Returns:
            Their numbers, by id.
        """
        found: dict[str, int] = {}
        for seen in sorted(claims, key=lambda s: (s.first, s.last, s.id)):
            found[seen.id] = len(self._seen)
            self._seen.append(seen)
            self._known.append(known(seen.id))
            self._sources.setdefault(seen.source.id, seen.source)
            self._source_numbers.number(seen.source.id)
        return found

    def columns(self, number: Callable[[int], int]) -> dict[str, Any]:
        """The claims as columns of numbers, and the texts that these stand for.

        Args:
            number: of a day of publication.
        """
        text = self._texts.number
        names = ("kind", "text", "first", "last", "doubt", "wording", "rule", "source", "claimant")
        columns: dict[str, list[Any]] = {name: [] for name in names}
        columns |= {
            "grade": [],
            "known": [],
            "known_from": [],
            "paragraph": [],
            "note": [],
            "place": [],
        }
        for seen in self._seen:
            claim, when = seen.claim, seen.claim.when
            values = {
                "kind": text(kind_of(claim).replace("-", " ")),
                "text": text(self._naming.claim(seen.about)),
                "first": None if when.earliest is None else self._period.offset(when.first),
                "last": None if when.latest is None else self._period.offset(when.last),
                "doubt": when.approximate + 2 * when.uncertain,
                "wording": text(when.wording or ""),
                "rule": text(when.rule or ""),
                "source": self._source_numbers.number(seen.source.id),
                "claimant": text(claim.claimant or ""),
                "grade": text(f"{seen.source.reliability or 'F'}{claim.credibility or 6}"),
                "known": number(seen.known),
                "known_from": text(seen.known_from),
                "paragraph": claim.locator.paragraph if claim.locator else 0,
                "note": text(claim.note or ""),
                "place": text(self._place(seen)),
            }
            for name, value in values.items():
                columns[name].append(value)
        toggles = {str(i): turns for i, turns in enumerate(self._known) if turns is not None}
        return {
            "columns": {name: _small(values) for name, values in columns.items()},
            "texts": self._texts.values,
            "ids": "".join(seen.id[:ID_LENGTH] for seen in self._seen),
            "shown": toggles,
        }

    def _place(self, seen: Seen) -> str:
        place = getattr(seen.about, "place", None)
        return self._naming.place(place) if place else ""

    def sources(self) -> list[dict[str, Any]]:
        """The sources of the claims, as a reader would cite them."""
        found = []
        for identity in self._source_numbers.values:
            source = self._sources[identity]
            published = source.published
            told = {
                "id": source.id,
                "title": source.title,
                "publisher": source.publisher,
                "author": source.author,
                "first": published and self._period.offset(published.first),
                "last": published and self._period.offset(published.last),
                "language": source.language,
                "grade": source.reliability,
                "url": web_address(source.url),
                "note": source.note,
            }
            found.append({name: value for name, value in told.items() if value is not None})
        return found


def _small(values: Sequence[Any]) -> Any:
    """A column; of one value only, the value and how many."""
    if len(values) > 1 and len(set(values)) == 1:
        return {"all": values[0], "length": len(values)}
    return values


def web_address(address: str | None) -> str | None:
    """An address that a page may link to: only http and https, and nothing hidden in it."""
    if address is None or not address.isprintable() or any(c.isspace() for c in address):
        return None
    scheme = address.partition("://")[0].lower()
    return address if scheme in ("http", "https") and len(address) < 2_048 else None
