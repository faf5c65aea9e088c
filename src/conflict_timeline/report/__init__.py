"""A report: one HTML file that shows what a view says, to look at, click through and publish.

The answers in it are the library's own, asked for every day and every day of publication; the page
only looks them up.

>>> import conflict_timeline as ct
>>> from conflict_timeline.report import html_report
>>> tl = ct.open(":memory:")
>>> positions = tl.load(ct.corpus("isis"))
>>> html_report(tl, title="Five articles").startswith("<!doctype html>")
True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

from conflict_timeline.report.content import Asked, content
from conflict_timeline.report.outlines import read_basemap
from conflict_timeline.report.page import page
from conflict_timeline.timeline import Timeline

__all__ = ["html_report"]


def html_report(
    timeline: Timeline,
    *,
    title: str | None = None,
    places: Sequence[str] | None = None,
    first: Any = None,
    last: Any = None,
    language: str = "en",
    basemap: str | PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    **axes: Any,
) -> str:
    """A report as the text of an HTML file.

    Args:
        timeline: the log.
        title: its heading.
        places: ids or names; what lies in one of them is shown with it. None for all.
        first, last: its days; None for the first and last that its claims are about.
        language: of names; BCP 47.
        basemap: a GeoJSON file (RFC 7946, WGS 84) to draw in place of Natural Earth's outlines.
        progress: called with how many places are done, and of how many.
        axes: those of ``Timeline.view``; ``known_by`` is where what is known ends.

    Raises:
        AxisError, DateError: for an axis or a day, or if no claim to be shown is dated.
        UnknownNameError, AmbiguousNameError: for a place.
        InputError: for a basemap that is none.
    """
    asked = Asked(
        places=places,
        first=first,
        last=last,
        language=language,
        basemap=None if basemap is None else read_basemap(basemap),
        title=title,
        progress=progress,
    )
    return page(content(timeline.view(**axes), asked))
