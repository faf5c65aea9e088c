"""The index of a log: its control claims in rows, its records by id, its tangled changes of mind.

Everything in it follows from the log's entries, in order; so it can be made anew at any time, and
the same entries make the same index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

import attrs
import numpy as np

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.events import (
    Actor,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Event,
    Keeping,
    Place,
    RecordsMerged,
    Redacted,
    Retracted,
    Source,
)
from conflict_timeline.index.entries import Reader
from conflict_timeline.index.facts import ControlFact, fact_of, fact_of_claim, fact_of_event
from conflict_timeline.index.in_order import InOrder
from conflict_timeline.index.now import Now
from conflict_timeline.index.rows import NEVER, TANGLED, Rows
from conflict_timeline.index.source_facts import SourceFact, SourceFacts
from conflict_timeline.log import Entry
from conflict_timeline.projections.moves import Moves
from conflict_timeline.projections.ragged import Ints
from conflict_timeline.view import recorded_day
from conflict_timeline.view.spec import RELIABILITIES

__all__ = ["RECORDS", "Appended", "LogIndex", "SourceFact"]

#: An entry, and the event that it is of, if that is at hand.
Appended: TypeAlias = tuple[Entry, Event | None]

# A log has far fewer days of recording than entries.
_recorded_day = lru_cache(maxsize=4_096)(recorded_day)

#: Registers over many places that are kept.
_KEPT = 8
#: Questions about one place that take as long as to read, and look at, the present of all.
_ENOUGH = 100

#: The kinds of records, and what they are called in messages.
RECORDS: dict[str, type[Event]] = {"source": Source, "place": Place, "actor": Actor}


class _DamagedError(Exception):
    """A block of rows is not as it was written, and the index is being extended."""


@attrs.define
class LogIndex:
    """What a log says of who held what.

    Attributes:
        reader: of the log's entries.
        position: of the last entry that is in it.
        moves: what the numbers of moves in the rows stand for.
        places, place_code: ids of the places that claims speak of, by number, and back.
        order: the places in order of their ids.
        sources, source_code: ids of the sources that claims stand in, likewise.
        source_facts: by number of source; None until it is declared.
        declared: by kind of record and id, the position of its first declaration.
        declared_again: likewise all positions, of those that are declared more than once.
        changes: positions of the changes of mind that views have to weigh by themselves: merges,
            corrections, and retractions other than the only one of a control claim.
        tangled: by position, the claim's id, and that of the correction that brings it.
        contested: sources whose claims read differently from view to view.
        unsure: records, by kind and id, of which a view has to find the declaration that stands.
        awaited: ids that changes of mind aim at and that are no entries, or not yet.
        odd: places whose records do not follow from their rows alone: those with claims in
            contested sources, with several reports of one occurrence, or merged with another.
        touched: by place, the position of what last changed something in its rows.
        registers: those over many places that views have made of it, for the next ones.
        asked: how many places were told of without it since.
        redactions: ids that redactions are about.
        keepings: how many events it has taken in that change how others read.
        saved: the position up to which it was kept beside the log.
    """

    reader: Reader
    position: int = 0
    rows: Rows = attrs.field(factory=Rows)
    moves: Moves = attrs.field(factory=Moves)
    places: list[str] = attrs.field(factory=list)
    order: InOrder = attrs.field(
        default=attrs.Factory(lambda self: InOrder(self.places), takes_self=True)
    )
    place_code: dict[str, int] = attrs.field(factory=dict)
    sources: list[str] = attrs.field(factory=list)
    source_code: dict[str, int] = attrs.field(factory=dict)
    source_facts: SourceFacts = attrs.field(factory=SourceFacts)
    declared: dict[str, dict[str, int]] = attrs.field(
        factory=lambda: {kind: {} for kind in RECORDS}
    )
    declared_again: dict[str, dict[str, list[int]]] = attrs.field(
        factory=lambda: {kind: {} for kind in RECORDS}
    )
    changes: set[int] = attrs.field(factory=set)
    tangled: dict[int, tuple[str, str | None]] = attrs.field(factory=dict)
    contested: set[int] = attrs.field(factory=set)
    odd: set[int] = attrs.field(factory=set)
    merged: set[str] = attrs.field(factory=set)
    touched: dict[int, int] = attrs.field(factory=dict)
    registers: dict[Any, Any] = attrs.field(factory=dict)
    asked: int = 0
    _now: Now | None = None
    _read_now: Callable[[], Now | None] | None = None
    _asked_one: int = 0
    unsure: set[tuple[str, str]] = attrs.field(factory=set)
    awaited: set[str] = attrs.field(factory=set)
    redactions: set[str] = attrs.field(factory=set)
    keepings: int = 0
    saved: int = 0
    _extending: bool = False
    # While it is extended, the occurrences that the rows of places speak of.
    _said: dict[int, set[str | None]] = attrs.field(factory=dict)

    def extend_to(self, position: int, appended: Iterable[Appended] | None = None) -> None:
        """Takes in the entries up to a position.

        Args:
            position: the last one's.
            appended: all of them with what they say, if that is at hand; else they are read.
        """
        self._extending = True
        try:
            if appended is None:
                read = self.reader.store.entries(self.position, position)
                appended = ((entry, None) for entry in read)
            self._extend(appended)
        except _DamagedError:
            self._extending = False
            self.rebuild(position)
        finally:
            self._extending = False

    def rebuild(self, position: int) -> None:
        """Makes it anew from the log, up to a position."""
        fresh = LogIndex(self.reader, moves=self.moves)  # its numbers stay: views have them
        fresh.extend_to(position)
        self.become(fresh)

    def become(self, other: LogIndex) -> None:
        """Holds what another holds; its rows are the same object as before."""
        for field in attrs.fields(LogIndex):
            if field.name == "rows":
                self.rows.become(other.rows)
            elif field.name not in ("reader", "_extending"):
                setattr(self, field.name, getattr(other, field.name))

    def heal(self) -> None:
        """Makes it anew where a part of it is found damaged."""
        if self._extending:
            raise _DamagedError
        self.rebuild(self.position)

    def _extend(self, entries: Iterable[Appended]) -> None:
        minds: list[tuple[Entry, Retracted | Corrected | RecordsMerged]] = []
        late: list[Entry] = []
        for entry, event in entries:
            self.position = entry.position
            self.reader.note(entry)
            if not entry.data and entry.gone:
                continue  # erased: nothing is left of what it said
            said = fact_of(entry) if event is None else fact_of_event(event)
            if entry.id in self.awaited:
                late.append(entry)
            if isinstance(said, ControlFact):
                self._add(said, entry, entry.id, None)
            elif isinstance(said, Retracted | Corrected | RecordsMerged):
                minds.append((entry, said))
            else:
                self._note(said, entry)
        self.rows.settle()  # what is taken back is looked for by place
        for entry, said in minds:
            # A merge that is taken back must be there, and so must a correction's replacement.
            if not isinstance(said, Retracted):
                self._mind(entry, said)
        for entry, said in minds:
            if isinstance(said, Retracted):
                self._mind(entry, said)
        for entry in late:
            self._aimed_at(entry)
        self.rows.settle()
        self._said.clear()

    # ---- what views make of it ------------------------------------------------------------------

    def touched_after(self, position: int) -> Ints:
        """The places in whose rows something changed after a position."""
        found = sorted(place for place, at in self.touched.items() if at > position)
        return np.asarray(found, dtype=np.int64)

    @property
    def now(self) -> Now | None:
        """The present of the log, as far as it was made beforehand."""
        if self._read_now is not None:
            self._now, self._read_now = self._read_now(), None
        return self._now

    @now.setter
    def now(self, made: Now | None) -> None:
        self._now, self._read_now = made, None

    def read_now_by(self, read: Callable[[], Now | None]) -> None:
        """Leaves the present to be read when it is first asked for."""
        self._read_now = read

    @property
    def now_for_one(self) -> Now | None:
        """The present, for a question about one place; None while to read it is not worth it."""
        if self._read_now is not None:
            self._asked_one += 1
            if self._asked_one < _ENOUGH:
                return None
        return self.now

    @property
    def weight(self) -> tuple[int, ...]:
        """Changes with whatever can make many places read differently at once."""
        return (len(self.changes), len(self.odd), len(self.contested), len(self.tangled))

    def keep_register(self, key: Any, made: Any) -> None:
        """Keeps what a view has made, for the next ones."""
        if len(self.registers) >= _KEPT:
            self.registers.clear()
        self.registers[key] = made

    # ---- records --------------------------------------------------------------------------------

    def _note(self, event: Event, entry: Entry) -> None:
        """Takes note of a record; of other claims the index says nothing."""
        if isinstance(event, Keeping):
            self.keepings += 1
        if isinstance(event, Redacted):
            self.redactions.add(event.target)
        for kind, cls in RECORDS.items():
            if isinstance(event, cls):
                identity: str = event.id  # type: ignore[attr-defined]
                first = self.declared[kind].setdefault(identity, entry.position)
                if first != entry.position:
                    again = self.declared_again[kind].setdefault(identity, [first])
                    again.append(entry.position)
                    self.unsure.add((kind, identity))
                if isinstance(event, Source):
                    self._source(event, entry.position, first=first == entry.position)

    def declarations(self, kind: str, identity: str) -> list[int]:
        """The positions of all declarations of a record."""
        first = self.declared[kind].get(identity)
        return self.declared_again[kind].get(identity, [] if first is None else [first])

    def _source(self, source: Source, position: int, *, first: bool) -> None:
        code = self._source_of(source.id)
        if not first or self.source_facts[code] is not None:
            self._contest(code)
            return
        when = source.published
        self.source_facts[code] = SourceFact(
            position,
            RELIABILITIES.index(source.reliability or "F"),
            None if when is None else (when.first, when.last),
        )

    def _source_of(self, identity: str) -> int:
        code = self.source_code.get(identity)
        if code is None:
            code = self.source_code[identity] = len(self.sources)
            self.sources.append(identity)
            self.source_facts.add()
        return code

    def _contest(self, code: int) -> None:
        if code in self.contested:
            return
        self.contested.add(code)
        rows = self.rows.every()
        hit = rows[self.rows.take("source", rows) == code]
        self.odd.update(self.rows.take("place", hit).tolist())
        # Since when its own retractions were known depends on the view from now on.
        gone = np.unique(self.rows.take("gone_position", rows))
        for position in gone[gone != NEVER].tolist():
            event = self.reader.at(position).event
            if isinstance(event, Retracted) and event.source == self.sources[code]:
                self._tangle(self.reader.store.find(event.target))

    def _place_of(self, identity: str) -> int:
        code = self.place_code.get(identity)
        if code is None:
            code = self.place_code[identity] = len(self.places)
            self.places.append(identity)
            if identity in self.merged:
                self.odd.add(code)
        return code

    # ---- claims ---------------------------------------------------------------------------------

    def _add(self, fact: ControlFact, entry: Entry, identity: str, by: str | None) -> None:
        """Puts a claim into rows; ``by`` is the correction that brings it."""
        where, whose, first, last, until, own, credibility, move = fact
        place, source, position = self._place_of(where), self._source_of(whose), entry.position
        told_of = self.source_facts
        if not told_of.positions[source]:  # a claim before its source
            self._contest(source)
        if source in self.contested:
            self.odd.add(place)
        known_first, known = _published(own, told_of.published(source), entry)
        if first <= known < last:
            last = known
        if move.occurrence is not None and place not in self.odd:
            self._share_occurrence(place, move.occurrence)
        row = (
            place, first, last, known_first, known, position, source, self.moves.code(move),
            NEVER, NEVER, max(told_of.grades[source], 0) * 8 + 6 - (credibility or 6),
            TANGLED if by else 0, int(identity[:16], 16),
        )  # fmt: skip
        self.rows.append(row)
        self.touched[place] = position
        if until is not None:
            end = max(last, min(until[1], known))
            begin = max(first, min(until[0], end))
            self.rows.append((place, begin, end, *row[3:]))

    def _share_occurrence(self, place: int, occurrence: str) -> None:
        said = self._said.get(place)
        if said is None:
            rows = self.rows.of_place(place, len(self.places))
            moves = {self.moves.moves[code] for code in self.rows.read_off("move", rows).tolist()}
            said = self._said[place] = {move.occurrence for move in moves}
        if occurrence in said:
            self.odd.add(place)
        said.add(occurrence)

    # ---- changes of mind ------------------------------------------------------------------------

    def _mind(self, entry: Entry, event: Retracted | Corrected | RecordsMerged) -> None:
        if isinstance(event, RecordsMerged):
            self.changes.add(entry.position)
            if event.what == "place":
                self.merged |= {event.into, event.merged}
                codes = (self.place_code.get(i) for i in (event.into, event.merged))
                self.odd.update(code for code in codes if code is not None)
            return
        target = self.reader.store.find(event.target)
        if target is None:
            self.awaited.add(event.target)
        if isinstance(event, Retracted) and target is not None and not target.gone:
            if self._is_simple(entry, event, target):
                return
        elif isinstance(event, Corrected):
            self._replace(entry, event)
        self.changes.add(entry.position)
        if target is not None:
            self._aimed_at(target)

    def _is_simple(self, entry: Entry, event: Retracted, target: Entry) -> bool:
        """Takes back the rows of a claim, if nothing else is said of it; whether that did it."""
        claim = target.event
        if not isinstance(claim, ControlChanged | ControlObserved):
            return isinstance(claim, Claim)  # of which the index has no rows
        code = self._source_of(event.source)
        source = self.source_facts[code]
        if source is None or source.position > entry.position:
            self._contest(code)
        if code in self.contested or target.position in self.tangled:
            return False
        if entry.id in self.awaited:
            return False
        rows = self._rows_of(claim, target)
        if (self.rows.read_off("gone_position", rows) != NEVER).any():
            return False
        own = None if event.known is None else (event.known.first, event.known.last)
        assert source is not None
        known = _published(own, source.published, entry)[1]
        self.rows.set_gone(rows.tolist(), known, entry.position)
        self.touched[self.place_code[claim.place]] = entry.position
        return True

    def _aimed_at(self, target: Entry) -> None:
        """Leaves it to views what becomes of an event that a change of mind aims at."""
        if target.gone:
            return
        event = target.event
        if isinstance(event, ControlChanged | ControlObserved):
            self._tangle(target)
        elif isinstance(event, Retracted | Corrected):
            self.changes.add(target.position)
            self._tangle(self.reader.store.find(event.target))
        else:
            for kind, cls in RECORDS.items():
                if isinstance(event, cls):
                    self.unsure.add((kind, event.id))  # type: ignore[attr-defined]
            if isinstance(event, Source):
                self._contest(self._source_of(event.id))

    def _replace(self, entry: Entry, event: Corrected) -> None:
        """Puts a correction's replacement into rows."""
        claim = event.replacement
        if isinstance(claim, ControlChanged | ControlObserved):
            self._add(fact_of_claim(claim), entry, claim.id, entry.id)
            self.tangled[entry.position] = (claim.id, entry.id)
            # Where it stands for itself as well it is one claim.
            self._tangle(self.reader.store.find(claim.id))
            self.awaited.add(claim.id)

    def _tangle(self, target: Entry | None) -> None:
        """Leaves it to views whether the claim of an entry is shown."""
        if target is None or target.gone or target.position in self.tangled:
            return
        claim = target.event
        if isinstance(claim, ControlChanged | ControlObserved):
            rows = self._rows_of(claim, target)
            gone = self.rows.read_off("gone_position", rows)
            self.changes.update(p for p in gone.tolist() if p != NEVER)
            self.rows.set_gone(rows.tolist(), NEVER, NEVER)
            self.rows.tangle(rows.tolist())
            self.touched[self.place_code[claim.place]] = self.position
            self.tangled[target.position] = (target.id, None)

    def _rows_of(self, claim: ControlChanged | ControlObserved, entry: Entry) -> Ints:
        code = self.place_code[claim.place]
        return self.rows.at_position(code, entry.position, len(self.places))


def _published(
    own: tuple[int, int] | None, source: tuple[int, int] | None, entry: Entry
) -> tuple[int, int]:
    """First and last day of publication, as ``view.publication`` has them."""
    if own is not None and own[1] < OPEN_FUTURE:
        return own
    if source is not None and source[1] < OPEN_FUTURE:
        return source
    return OPEN_PAST, _recorded_day(entry.first_recorded[:10])
