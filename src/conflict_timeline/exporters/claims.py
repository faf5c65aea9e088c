"""The table of claims: each as its source makes it, with the columns that its kind fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conflict_timeline.codec import kind_of
from conflict_timeline.dates import When
from conflict_timeline.events import ControlObserved, FigureObserved
from conflict_timeline.exporters import values
from conflict_timeline.exporters.columns import Column, Progress, TableSpec, Type
from conflict_timeline.quantities import Quantity
from conflict_timeline.timeline import View
from conflict_timeline.view import Seen

__all__ = ["CLAIMS", "claims"]

CLAIMS = TableSpec(
    "claims",
    "What was claimed, by whom, when",
    "One row a claim that the view shows. What is retracted or corrected in it is left out.",
    (
        Column("position", Type.INTEGER, "Log position; of a replacement that of its correction."),
        Column("recorded", Type.INSTANT, "When this log, or one merged into it, had it first."),
        Column("id", Type.ID, "SHA-256 of the claim's canonical bytes."),
        Column("kind", Type.KEY, "Its wire name, as in the reference of events."),
        Column("source", Type.KEY, "Id of the source it stands in."),
        Column("source_title", Type.TEXT, "Title of the source."),
        Column("publisher", Type.TEXT, "Publisher of the source."),
        Column("url", Type.TEXT, "Address of the source."),
        Column("reliability", Type.KEY, "Of the source, Admiralty A to F; null is not graded."),
        Column("claimant", Type.TEXT, "Who says it, where that is not the publisher."),
        Column("credibility", Type.INTEGER, "Of the claim, Admiralty 1 to 6; null is not graded."),
        Column("derived_from", Type.KEY, "Id of the source that this one took it from."),
        Column("edtf", Type.TEXT, "When it was, as reported: EDTF (ISO 8601-2)."),
        Column("earliest", Type.DAY, "First day it can be of; null is open."),
        Column(
            "latest", Type.DAY, "Last day it can be of: not after it was published.", None, True
        ),
        Column("wording", Type.TEXT, "The source's own words for the date, where kept."),
        Column("until_earliest", Type.DAY, "First day on which it can have ended."),
        Column("until_latest", Type.DAY, "Last day on which it can have ended.", None, True),
        Column("known", Type.DAY, "Day by which it was published; the last of its window counts."),
        Column("known_earliest", Type.DAY, "First day on which it can have been; null is open."),
        Column("known_from", Type.KEY, 'What says so: "event", "source" or "recorded".'),
        Column("occurrence", Type.KEY, "Key of the one happening that several claims report."),
        Column("correction", Type.ID, "Id of the correction that put it there, if one did."),
        Column("place", Type.KEY, "Place id, where it is about one."),
        Column("taker", Type.KEY, "Who took the place."),
        Column("loser", Type.KEY, "Who lost the place."),
        Column("holders", Type.KEYS, "Who held the place; an empty list in other claims."),
        Column("group_id", Type.KEY, "Actor id of the group counted, or whom a figure is about."),
        Column("nationality", Type.KEY, "ISO 3166-1 alpha-2 code of those counted; null is all."),
        Column("status", Type.KEY, "The status counted."),
        Column("from_status", Type.KEY, "The status left."),
        Column("to_status", Type.KEY, "The status entered."),
        Column("measure", Type.KEY, "What a figure measures; what an incident was."),
        Column("low", Type.NUMBER, "The least; null is open.", "people, or the unit"),
        Column("best", Type.NUMBER, "The best estimate; null if there is none.",
               "people, or the unit"),
        Column("high", Type.NUMBER, "The most; null is open.", "people, or the unit"),
        Column("unit", Type.TEXT, "Unit of a figure."),
        Column("paragraph", Type.INTEGER, "Number of the paragraph it stands in."),
        Column("note", Type.TEXT, "The claim in other words."),
        Column("event", Type.EVENT, "The claim whole: canonical JSON; null if redacted."),
    ),
)  # fmt: skip


def claims(view: View, progress: Progress) -> Iterator[Mapping[str, Any]]:
    """The rows of ``claims``, in order of log position."""
    logged = {entry.id: (entry.position, entry.first_recorded) for entry in view.entries()}

    def entered(seen: Seen) -> tuple[int, str]:
        return logged[seen.correction or seen.id]

    for seen in progress(sorted(view.visible.claims, key=lambda s: (entered(s), s.id))):
        yield _claim(seen, *entered(seen))


def _claim(seen: Seen, position: int, recorded: str) -> Mapping[str, Any]:
    claim, about, source = seen.claim, seen.about, seen.source
    until: When | None = getattr(about, "until", None)
    quantity = getattr(about, "count", None) or getattr(about, "value", None) or Quantity()
    # What a merge reads as an observation is one here: the columns say what answers go by.
    figure = isinstance(about, FigureObserved)
    return {
        "position": position,
        "recorded": recorded,
        "id": seen.id,
        "kind": kind_of(claim),
        "source": source.id,
        "source_title": source.title,
        "publisher": source.publisher,
        "url": source.url,
        "reliability": source.reliability,
        "claimant": claim.claimant,
        "credibility": claim.credibility,
        "derived_from": claim.derived_from,
        "edtf": claim.when.edtf,
        "earliest": values.day(seen.first),
        "latest": values.day(seen.last),
        "wording": claim.when.wording,
        "until_earliest": None if until is None else until.earliest,
        "until_latest": None if until is None else until.latest,
        "known": values.day(seen.known),
        "known_earliest": values.day(seen.known_first),
        "known_from": seen.known_from,
        "occurrence": claim.occurrence,
        "correction": seen.correction,
        "place": getattr(about, "place", None),
        "taker": getattr(about, "to", None),
        "loser": getattr(about, "from_", None),
        "holders": sorted(about.holders) if isinstance(about, ControlObserved) else [],
        "group_id": getattr(about, "subject" if figure else "group", None),
        "nationality": getattr(about, "nationality", None),
        "status": getattr(about, "status", None),
        "from_status": getattr(about, "from_status", None),
        "to_status": getattr(about, "to_status", None),
        "measure": getattr(about, "measure" if figure else "kind", None),
        "low": quantity.low,
        "best": quantity.best,
        "high": quantity.high,
        "unit": getattr(about, "unit", None),
        "paragraph": None if claim.locator is None else claim.locator.paragraph,
        "note": claim.note,
        "event": values.canonical_text(claim),
    }
