"""The façade: open a log, put events in, ask questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import Enum
from os import PathLike, fspath
from typing import Any, TypeVar

from conflict_timeline.dates import When
from conflict_timeline.errors import AxisError, ClosedError, NotWrittenError
from conflict_timeline.log import Entry, Store, open_store
from conflict_timeline.log.jsonl import restore_dump
from conflict_timeline.projections.baselines import Baselines
from conflict_timeline.projections.coverage import Coverage
from conflict_timeline.projections.fold import Projection
from conflict_timeline.projections.forecasts import Judged
from conflict_timeline.projections.incidents import Window
from conflict_timeline.projections.scores import Scores
from conflict_timeline.projections.sensitivity import Sensitivity
from conflict_timeline.projections.territory import Span
from conflict_timeline.timeline.citation import Citation
from conflict_timeline.timeline.diff import Diff, diff
from conflict_timeline.timeline.explain import Explanation
from conflict_timeline.timeline.identity import Tree
from conflict_timeline.timeline.merging import Merge, conflicts, merge_into, told_histories
from conflict_timeline.timeline.recording import Recorder
from conflict_timeline.timeline.redactions import redactions
from conflict_timeline.timeline.resolving import resolve
from conflict_timeline.timeline.revisions import Revision
from conflict_timeline.timeline.state import State
from conflict_timeline.timeline.view import View
from conflict_timeline.view import ViewSpec

__all__ = ["Timeline", "open_timeline", "undump"]

S = TypeVar("S")


class Same(Enum):
    """What an axis of a second state is where it is left out: None already means no limit."""

    AS_FIRST = "as for the first"


def open_timeline(
    path: str | PathLike[str], *, create: bool = True, readonly: bool = False
) -> Timeline:
    """Opens a log and gives its timeline.

    Args:
        path: an SQLite file, made if missing; ":memory:" for one that is not kept;
            "postgresql://USER@HOST/DATABASE" for one on a server.
        create: False to refuse a missing log instead of making it.
        readonly: to ask only: it is not made, nothing can be appended, and a file without
            permission to write will do.

    Raises:
        NotALogError: if there is something else, or a log whose schema was changed.
        LogError: if it cannot be opened; for a server, the extra ``postgres`` is needed.
    """
    timeline = Timeline(open_store(fspath(path), create=create, readonly=readonly))
    if readonly:
        return timeline
    with suppress(NotWrittenError):  # one that may only append leaves it to those who may
        timeline._finish_erasing()
    return timeline


def undump(path: str | PathLike[str], to: str | PathLike[str]) -> Timeline:
    """Makes the log that a dump tells of, with the same ids, tree and checkpoints.

    Args:
        path: of the dump, as ``Timeline.dump`` writes it.
        to: where the log goes; nothing may be there.

    Raises:
        InputError: with the line that does not hold; nothing was made.
        FileExistsError: if something is there.
        LogError: if the log cannot be written.
    """
    return Timeline(restore_dump(fspath(path), fspath(to)))


class Timeline(Recorder):
    """A log of reports and the questions to it.

    Every question takes ``known_by`` (a day: only what was published by then), ``at`` (a log
    position or an instant: only what was recorded by then), ``sources``, ``min_reliability``,
    ``implied_within`` and ``stale_after``; ``view`` fixes them for several questions.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._merges: list[tuple[Entry, int]] = []
        self._before_merges: dict[int, list[Entry]] = {}
        self._views: dict[Any, View] = {}
        self._tree = Tree(store.root)
        self._baselines = Baselines()

    def __repr__(self) -> str:
        try:
            return f"Timeline({self._store.path!r}, position={self.position})"
        except ClosedError:
            return f"Timeline({self._store.path!r}, closed)"

    def _read_anew(self) -> None:
        self._merges = told_histories(self._store)
        self._before_merges.clear()
        self._views.clear()

    def merge(self, other: str | PathLike[str] | Timeline) -> Merge:
        """Takes over what another log has: its events, its history and its checkpoints.

        Which of two logs is merged into the other, in what order several are, and how often,
        changes no answer that does not ask for a position or an instant of this log.

        Args:
            other: the log's path, or its timeline.

        Returns:
            What was taken, and which records the two declare differently.

        Raises:
            NotALogError: if there is no such log.
            LogError: if it is damaged; nothing was written.
            NotWrittenError, OutcomeUnknownError: if this log could not be written.
        """
        if not isinstance(other, Timeline):
            with open_timeline(other, create=False) as there:
                return self.merge(there)
        differing = conflicts(self.view().visible, other.view().visible)
        counts = merge_into(self._store, other._store)
        return Merge(other._store.identity, *counts, differing)

    # ---- questions ------------------------------------------------------------------------------

    def view(
        self,
        *,
        known_by: Any = None,
        at: Any = None,
        sources: Iterable[str] | str | None = None,
        min_reliability: str | None = None,
        implied_within: int | None = 365,
        stale_after: int | None = None,
    ) -> View:
        """What may be seen of the log as it is now.

        Args:
            known_by: a day; only what was published by its end.
            at: a log position, or an instant with time zone; only what was recorded by then.
            sources: ids of sources; only claims that stand in them.
            min_reliability: Admiralty grade; only claims of sources graded at least so.
            implied_within: days before a place's first report for which its ``before`` holds.
            stale_after: days after which an answer without newer evidence is "stale".

        Raises:
            AxisError, DateError: for an axis that is malformed or beyond the log.
            UnknownNameError: for a source that the log does not have.
        """
        self._refresh()
        spec = ViewSpec(known_by=known_by, at=at, sources=sources, min_reliability=min_reliability)
        for source in sorted(spec.sources or ()):
            self._known.source(source)
        position = len(self._entries)
        if isinstance(spec.at, int) and spec.at > position:
            raise AxisError(f"at: expected a position up to {position}, the last, got {spec.at}")
        return self._view(spec, implied_within, stale_after)

    def _view(self, spec: ViewSpec, implied_within: int | None, stale_after: int | None) -> View:
        key = (spec, implied_within, stale_after)
        if key not in self._views:
            entries = self._entries_for(spec)
            self._views[key] = View(
                entries,
                spec,
                implied_within=implied_within,
                stale_after=stale_after,
                tree=self._tree,
                baselines=self._baselines,
                index=self._index if entries is self._entries else None,
                redacted=lambda: redactions(self._store),
            )
        return self._views[key]

    def _entries_for(self, spec: ViewSpec) -> Sequence[Entry]:
        """The entries as a view reads them: a history that came after it told it nothing."""
        if spec.at is None or not self._merges:
            return self._entries
        counted = max((n for entry, n in self._merges if spec.admits(entry)), default=0)
        if counted == max(n for _, n in self._merges):
            return self._entries
        if counted not in self._before_merges:
            self._before_merges[counted] = list(self._store.entries(histories=counted))
        return self._before_merges[counted]

    def as_of(self, day: Any, **axes: Any) -> State:
        """The state at the end of a civil day; takes the axes of ``view``.

        Args:
            day: "YYYY-MM-DD", a date or a pendulum Date.
        """
        return self.view(**axes).as_of(day)

    def resolve(self, citation: str) -> State:
        """The state that a citation is of: the same answer, byte for byte.

        The view is fixed to the cited log position, whatever was recorded since.

        Args:
            citation: as ``state.citation`` gives it, in this log or another with the same events.
                Where the state that is given has the same citation again, the log is a copy.

        Raises:
            CitationError: if the text is no citation, or if this log or this version of the library
                gives another answer; ``differences`` says exactly what differs.
        """
        self._refresh()

        # Not through ``view``: a source that was cited may have been recorded after the position.
        def seen_as(cited: Citation) -> View:
            return self._view(cited.spec, cited.implied_within, cited.stale_after)

        return resolve(citation, len(self._entries), seen_as)

    def explain(self, place: str, day: Any, **axes: Any) -> Explanation:
        """The chain of evidence for a place on a day; takes the axes of ``view``."""
        return self.view(**axes).explain(place, day)

    def history(self, place: str, **axes: Any) -> list[Span]:
        """The spans of a place with their certainty; takes the axes of ``view``."""
        return self.view(**axes).history(place)

    def incidents(self, window: When | str, *, how: str = "overlap", **sought: Any) -> Window:
        """The incidents of a window and what they add up to; takes the axes of ``view``.

        Args:
            window: days, as ``When.of`` takes them.
            how: "overlap" counts what may have happened in it, "within" only what surely did.
            sought: ``place``, ``party``, ``kind`` and ``claimant`` as for ``View.incidents``, and
                the axes.
        """
        filters = {name: sought.pop(name, None) for name in ("place", "party", "kind", "claimant")}
        return self.view(**sought).incidents(window, how=how, **filters)

    def forecasts(self, *, as_of: Any, **axes: Any) -> list[Judged]:
        """The forecasts made by a day, judged as of that day; takes the axes of ``view``."""
        return self.view(**axes).forecasts(as_of=as_of)

    def scores(self, *, as_of: Any, by: str = "claimant", **axes: Any) -> Scores:
        """A table of what became of each claimant's forecasts; takes the axes of ``view``.

        Args:
            as_of: the day by which they were made and are judged.
            by: "claimant" (who says it, else the publisher), "publisher" or "source".
        """
        return self.view(**axes).scores(as_of=as_of, by=by)

    def diff(
        self,
        a: Any,
        b: Any,
        *,
        known_by: Any = None,
        then_known_by: Any = Same.AS_FIRST,
        at: Any = None,
        then_at: Any = Same.AS_FIRST,
        **axes: Any,
    ) -> Diff:
        """What changed from one state to another: the world, what we know, what still stands.

        Args:
            a, b: days; or states, each with its own view, and then without axes. A day beside a
                state is asked in that state's view.
            known_by, at: of the first state, as for ``view``.
            then_known_by, then_at: of the second; left out, those of the first; None for all.
            axes: the other axes of ``view``, for both.

        Raises:
            AxisError: for states whose views differ in more than what was known or recorded.
        """
        if isinstance(a, State) or isinstance(b, State):
            given = (known_by, at, *axes.values())
            if given != (None, None) or (then_known_by, then_at) != (Same.AS_FIRST, Same.AS_FIRST):
                raise AxisError("diff: expected axes with two days, got them with a state")
            first = a if isinstance(a, State) else b.view.as_of(a)
            return diff(first, b if isinstance(b, State) else first.view.as_of(b))
        then = {
            "known_by": known_by if then_known_by is Same.AS_FIRST else then_known_by,
            "at": at if then_at is Same.AS_FIRST else then_at,
        }
        first = self.as_of(a, known_by=known_by, at=at, **axes)
        return diff(first, self.as_of(b, **then, **axes))

    def revisions(self, place: str, day: Any, **axes: Any) -> list[Revision]:
        """How the answer for one day changed as reports were published.

        Args:
            place: its id or any name.
            day: the day asked about.
            axes: those of ``view``; ``known_by`` is where the revisions end.

        Returns:
            The answers one after another: first that nothing is known, then each that differs from
            the one before, with the day since which it could be given and what did it.
        """
        return self.view(**axes).revisions(place, day)

    def coverage(self, **axes: Any) -> Coverage:
        """Which places and accounts have evidence, and of which days; the axes of ``view``."""
        return self.view(**axes).coverage()

    def sensitivity(self, day: Any, **axes: Any) -> Sensitivity:
        """What the answers of a day hang on: sources, grades, claims; the axes of ``view``."""
        return self.view(**axes).sensitivity(day)

    def project(self, projection: Projection[S], day: Any, **axes: Any) -> S:
        """One's own projection at the end of a day; takes the axes of ``view``.

        Folded states are kept for each projection object, so that the next question is cheap: keep
        the object, and do not change it.
        """
        return self.view(**axes).project(projection, day)
