"""What a report says, as plain values: the library's answers, asked beforehand and written down."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from conflict_timeline import __version__
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, day, from_ordinal
from conflict_timeline.errors import AxisError
from conflict_timeline.events import (
    ControlChanged,
    ControlObserved,
    Forecast,
    HeadcountObserved,
    PeopleMoved,
)
from conflict_timeline.report.answers import Answers, Period
from conflict_timeline.report.claims import Claims
from conflict_timeline.report.counts import accounts, contradictions
from conflict_timeline.report.foreseen import forecasts
from conflict_timeline.report.outlines import Basemap, Projection, natural_earth
from conflict_timeline.report.sublogs import Known, Sublogs
from conflict_timeline.report.tables import Numbered, unfolded
from conflict_timeline.timeline import View
from conflict_timeline.view import Logged, Seen
from conflict_timeline.words import Naming, plain

__all__ = ["Asked", "content"]

#: Contradictions are sought anew for so many days of publication; of more, for the last ones.
_LOOKED_AT = 40

Progress = Callable[[int, int], None]


@attrs.frozen(kw_only=True)
class Asked:
    """What a report is of.

    Attributes:
        places: ids or names; what lies in one of them is shown with it. None for all.
        first, last: its days; None for those that claims are about.
        language: of names.
        basemap: outlines in place of Natural Earth's.
        title: its heading.
        progress: told how many of how many subjects are done.
    """

    places: Sequence[str] | None = None
    first: Any = None
    last: Any = None
    language: str = "en"
    basemap: Basemap | None = None
    title: str | None = None
    progress: Progress | None = None


def content(view: View, asked: Asked) -> dict[str, Any]:
    """Everything that a page shows, as dicts, lists, text, numbers and None.

    Args:
        view: what may be seen of a log.
        asked: what the report is of.

    Raises:
        AxisError, DateError: for days that are none or the wrong way round.
        UnknownNameError, AmbiguousNameError: for a place.
    """
    return _Content(view, asked).told()


class _Content:
    """A report in the making: what it is of, its claims, the days on which more became known."""

    def __init__(self, view: View, asked: Asked) -> None:
        self.view = view
        self.asked = asked
        self.naming = Naming(view, asked.language)
        self.sublogs = Sublogs(view)
        self.places = _places(view, asked.places)
        self.period = _period(view, self.places, asked)
        self.claims = Claims(self.naming, self.period)
        self.answers = Answers(self.period)
        self.days: list[int] = []

    def number(self, day: int) -> int:
        """The number of a day of publication: the last one by then."""
        return bisect_right(self.days, day) - 1

    def told(self) -> dict[str, Any]:
        """All of it."""
        groups: dict[str, list[str]] = defaultdict(list)
        for place in self.places:
            groups[self.sublogs.group(place)].append(place)
        parts = {g: e for g, e in self.sublogs.of_places().items() if g in groups}
        people, foreseen = self.sublogs.of_people(), self.sublogs.of_forecasts()
        others = self._others()
        days = {day for turns in others.values() for day in turns}
        for part in (*parts.values(), people, *foreseen.values()):
            days.update(self.sublogs.days(part))
        self.days = sorted(days)
        found: dict[str, Any] = {"places": self._territory(groups, parts)}
        found |= self._people(people)
        found["forecasts"] = [told for part in foreseen.values() for told in self._foreseen(part)]
        self._add_others(others)
        actors = self._actors(found["places"])
        return {**self._about(), **found, **actors, **self._claims()}

    def _territory(
        self, groups: Mapping[str, Sequence[str]], parts: Mapping[str, list[Logged]]
    ) -> list[dict[str, Any]]:
        told: dict[str, dict[str, Any]] = {}
        for group, places in groups.items():
            known = list(self.sublogs.known(parts[group]))

            def mine(seen: Seen, group: str = group) -> bool:
                claim = seen.about
                if not isinstance(claim, ControlChanged | ControlObserved):
                    return False
                return self.sublogs.group(claim.place) == group

            base, numbers = len(self.claims), self._add(known, mine)
            local = {identity: number - base for identity, number in numbers.items()}
            for place in places:
                rows, evidence = self.answers.of(place, known, self.number, local)
                told[place] = {"rows": rows, "evidence": evidence, "claims": base}
                if self.asked.progress is not None:
                    self.asked.progress(len(told), len(self.places))
        return [{**self._place(place), **told[place]} for place in self.places]

    def _place(self, place: str) -> dict[str, Any]:
        record = self.view.visible.places.get(place)
        found: dict[str, Any] = {"id": place, "name": self.naming.place(place)}
        if record is not None:
            names = dict.fromkeys(name for names in record.names.values() for name in names)
            found["also"] = [name for name in names if name != found["name"]]
            found["kind"] = record.kind
            found["parent"] = record.parent and self.naming.place(record.parent)
            if record.lon is not None and record.lat is not None:
                found["at"] = [record.lon, record.lat]
        return {name: value for name, value in found.items() if value}

    def _people(self, part: list[Logged]) -> dict[str, Any]:
        known = list(self.sublogs.known(part))
        numbers = self._add(
            known, lambda seen: isinstance(seen.about, HeadcountObserved | PeopleMoved)
        )
        rows = [
            {
                "group_id": key.group,
                "nationality": key.nationality,
                "place_id": key.place,
                "group": self.naming.actor(key.group),
                "status": plain(key.status),
                "whose": self.naming.whose(key.nationality, key.place),
                **told,
            }
            for key, told in accounts(known, self.period, self.number, numbers)
        ]
        last = from_ordinal(self.period.last).isoformat()
        looked = known[-_LOOKED_AT:]
        found = contradictions(looked, last, self.number, numbers, self.naming)
        from_ = self.number(looked[0].day) if len(looked) < len(known) else 0
        return {"people": rows, "contradictions": found, "contradictions_from": from_}

    def _foreseen(self, part: list[Logged]) -> list[dict[str, Any]]:
        known = list(self.sublogs.known(part))
        numbers = self._add(known, lambda seen: isinstance(seen.about, Forecast))
        found = forecasts(known, self.period, self.number, numbers)
        windows = {
            numbers[seen.id]: seen.claim.window
            for at in known
            for seen in at.view.visible.claims
            if isinstance(seen.claim, Forecast)
        }
        return [
            {
                "claim": number,
                "first": self.period.offset(windows[number].first),
                "last": self.period.offset(windows[number].last),
                **told,
            }
            for number, told in found.items()
        ]

    # ---- claims ---------------------------------------------------------------------------------

    def _add(self, known: Sequence[Known], wanted: Callable[[Seen], bool]) -> dict[str, int]:
        """Adds the claims that are shown on any of the days; their numbers, by id."""
        found: dict[str, Seen] = {}
        turns: dict[str, list[int]] = defaultdict(list)
        shown: set[str] = set()
        for at in known:
            now = {seen.id: seen for seen in at.view.visible.claims if wanted(seen)}
            for identity in shown ^ now.keys():
                turns[identity].append(self.number(at.day))
            found |= now
            shown = set(now)
        return self._add_claims(found, turns)

    def _add_claims(
        self, found: Mapping[str, Seen], turns: Mapping[str, list[int]]
    ) -> dict[str, int]:
        def known(identity: str) -> list[int] | None:
            usual = [self.number(found[identity].known)]
            return None if turns[identity] == usual else turns[identity]

        return self.claims.add(found.values(), known)

    def _others(self) -> dict[Seen, list[int]]:
        """The claims that no answer rests on, and on which days they come and go, in turn."""
        base = {seen.id: seen for seen in self.view.visible.claims}
        found: dict[Seen, list[int]] = {}
        for identity, part in self.sublogs.of_others().items():
            if part is None:
                if identity in base:
                    found[base[identity]] = [base[identity].known]
                continue
            last: Seen | None = None
            turns: list[int] = []
            for at in self.sublogs.known(part):
                now = next((s for s in at.view.visible.claims if s.id == identity), None)
                if (now is None) is bool(len(turns) % 2):
                    turns.append(at.day)
                last = now or last
            if last is not None:
                found[last] = turns
        return found

    def _add_others(self, others: Mapping[Seen, list[int]]) -> None:
        found = {seen.id: seen for seen in others}
        self._add_claims(
            found, {seen.id: list(map(self.number, turns)) for seen, turns in others.items()}
        )

    def _claims(self) -> dict[str, Any]:
        return {"claims": self.claims.columns(self.number), "sources": self.claims.sources()}

    # ---- the rest -------------------------------------------------------------------------------

    def _actors(self, places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The actors, those first who held most for longest by what is known last; the answers."""
        answers = self.answers.answers.values
        days: Counter[str] = Counter()
        for place in places:
            spans = unfolded(place["rows"])
            ends = [*(span[0] for span in spans[1:]), self.period.last - self.period.first + 1]
            for (start, number, _), end in zip(spans, ends, strict=True):
                days.update(dict.fromkeys(answers[number][0] or (), end - start))
        named = {
            a for best, _, *more in answers for h in (best, *more[0], *more[1]) for a in h or ()
        }
        order = sorted(named, key=lambda actor: (-days[actor], actor))
        numbers = {actor: number for number, actor in enumerate(order)}
        holdings: Numbered[tuple[int, ...] | None] = Numbered([None])

        def holding(actors: tuple[str, ...] | None) -> int:
            known = None if actors is None else tuple(sorted(numbers[a] for a in actors))
            return holdings.number(known)

        statuses: Numbered[str] = Numbered(["unknown"])
        told = [
            [holding(best), statuses.number(status), list(map(holding, o)), list(map(holding, w))]
            for best, status, o, w in answers
        ]
        return {
            "actors": [{"id": a, "name": self.naming.actor(a), "days": days[a]} for a in order],
            "holdings": [None if h is None else list(h) for h in holdings.values],
            "statuses": statuses.values,
            "answers": told,
        }

    def _about(self) -> dict[str, Any]:
        view, spec, asked = self.view, self.view.spec, self.asked
        known_by = spec.known_by
        records = view.visible.places
        points = [
            (record.lon, record.lat)
            for record in (records.get(place) for place in self.places)
            if record is not None and record.lon is not None and record.lat is not None
        ]
        return {
            "title": asked.title or "Who held what, and who says so",
            "version": __version__,
            "position": view.position,
            "log": view.identity,
            "lang": asked.language,
            "first": self.period.first,
            "days": self.period.last - self.period.first + 1,
            "known": [day - self.period.first for day in self.days],
            "known_by": known_by and known_by - self.period.first,
            "at": spec.at,
            "only": sorted(spec.sources or ()),
            "min_reliability": spec.min_reliability,
            "stale_after": view.stale_after,
            "implied_within": view.implied_within,
            "map": self._map(points),
        }

    def _map(self, points: Sequence[tuple[float, float]]) -> dict[str, Any] | None:
        """The outlines and how points are put among them; None if there is nothing to put there."""
        if not points:
            return None
        projection = Projection.of(points)
        basemap = self.asked.basemap or natural_earth()
        corners = (
            projection.at(projection.west, projection.north),
            projection.at(projection.east, projection.south),
        )
        return {
            "credit": basemap.credit,
            "paths": projection.drawn(basemap),
            "box": [number for corner in corners for number in corner],
            "scale": projection.scale,
            "shrink": projection.shrink,
            "west": projection.west,
            "north": projection.north,
        }


def _places(view: View, wanted: Sequence[str] | None) -> list[str]:
    """The places that claims speak of; of those wanted, also what lies in them."""
    told = sorted(view.territory.claims)
    if wanted is None:
        return told
    asked = {view.place(name) for name in wanted}
    return [place for place in told if asked & set(_around(view, place))]


def _around(view: View, place: str) -> Iterable[str]:
    """The place and the areas it lies in."""
    seen: list[str] = []
    at: str | None = place
    while at is not None and at not in seen:
        seen.append(at)
        record = view.visible.places.get(at)
        parent = None if record is None else record.parent
        at = None if parent is None else view.visible.merges.place(parent)
    return seen


def _period(view: View, places: Sequence[str], asked: Asked) -> Period:
    shown = set(places)
    days: list[int] = []
    for seen in view.visible.claims:
        about = seen.about
        control = isinstance(about, ControlChanged | ControlObserved) and about.place in shown
        if control or isinstance(about, HeadcountObserved | PeopleMoved):
            days += [d for d in (seen.first, seen.last) if OPEN_PAST < d < OPEN_FUTURE]
    first = None if asked.first is None else day(asked.first, "from").toordinal()
    last = None if asked.last is None else day(asked.last, "to").toordinal()
    if not days and (first is None or last is None):
        raise AxisError(
            "from, to: expected the days of the report, as no claim in it tells of a day on which "
            "somebody held a place, or people were counted"
        )
    first = min(days) if first is None else first
    last = max(days) if last is None else last
    if first > last:
        raise AxisError(
            f"from: expected a day not after {from_ordinal(last).isoformat()}, "
            f"got {from_ordinal(first).isoformat()}"
        )
    return Period(first, last)
