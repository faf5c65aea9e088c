"""TimelineJS (Knight Lab): slides in its JSON format, with the dates of vague ones in words.

A date object there is year, month and day; it has no notion of a window. So a window goes from its
first to its last day, and what is displayed says what it is. An open end is left out; what has no
beginning and no end cannot be put on a timeline.
"""

from __future__ import annotations

import html
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO

from conflict_timeline.exporters.columns import Table
from conflict_timeline.exporters.plain import json_text

__all__ = ["write_timelinejs"]

# Not calendar.month_name, which speaks the language of the machine.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def write_timelinejs(table: Table, stream: BinaryIO) -> list[str]:
    """Writes a table as the JSON that TimelineJS reads.

    Returns:
        How many rows have no date to be put at.
    """
    slide = _span if table.spec.name == "control_spans" else _incident
    slides, undated = [], 0
    for row in table.dicts():
        found = slide(row)
        undated += found is None
        slides += [] if found is None else [found]
    slides.sort(key=lambda found: _sort_key(found["start_date"]))
    document = {"title": {"text": _title(table)}, "events": slides}
    stream.write(f"{json_text(document)}\n".encode())
    if not undated:
        return []
    rows = "1 row has" if undated == 1 else f"{undated:,} rows have"
    return [f"{rows} no day to begin at, and so no place on the timeline."]


def _title(table: Table) -> dict[str, str]:
    about = table.about
    known = f"known by {about['known_by']}" if about["known_by"] else "all publications"
    view = f"{known}, log position {about['position']:,}"
    return {
        "headline": _shown(table.spec.title),
        "text": f"<p>{_shown(view)}</p><p>{_shown(about['disclaimer'])}</p>",
    }


def _span(row: Mapping[str, Any]) -> dict[str, Any] | None:
    start, end = row["start_day"], row["end_day"]
    if start is None:
        return None
    held = row["held_by"] or "unknown"
    text = f"<p>{_shown(row['status'])}</p>"
    if len(row["possible"]) > 1:
        text += f"<p>possibly: {_shown(row['possibly'])}</p>"
    return {
        "unique_id": _unique(f"{row['place']} {start.isoformat()}"),
        "start_date": _date(start),
        **({} if end is None else {"end_date": _date(end)}),
        "group": _shown(row["name"]),
        "text": {"headline": _shown(f"{row['name']}: {held}"), "text": text},
        "autolink": False,
    }


def _incident(row: Mapping[str, Any]) -> dict[str, Any] | None:
    first, last = row["earliest"], row["latest"]
    if first is None and last is None:
        return None
    what = row["kind"].replace("_", " ").capitalize()
    headline = f"{what}, {row['name']}" if row["name"] else what
    text = f"<p>{_shown(row['note'])}</p>" if row["note"] else ""
    text += f"<p>{_shown(', '.join(row['sources']))}</p>"
    slide = {
        "unique_id": row["id"],
        # Of an open window the end that is closed is where it stands.
        "start_date": _date(first or last),
        "group": _shown(what),
        "text": {"headline": _shown(headline), "text": text},
        "autolink": False,
    }
    if first != last:
        words = window_in_words(first, last)
        slide["start_date"]["display_date"] = words
        slide["display_date"] = words
        if first is not None and last is not None:
            slide["end_date"] = {**_date(last), "display_date": words}
    return slide


def _date(day: date) -> dict[str, Any]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _sort_key(found: Mapping[str, int]) -> tuple[int, int, int]:
    return found["year"], found["month"], found["day"]


def window_in_words(first: date | None, last: date | None) -> str:
    """A window of days as a reader says it: "October 2017", "some time by 16 October 2016"."""
    if first is None or last is None:
        if first is None and last is None:
            return "some time"
        return f"some time by {_said(last)}" if last else f"some time from {_said(first)}"
    if first == last:
        return _said(first)
    whole_months = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if whole_months and first.year == last.year:
        if (first.month, last.month) == (1, 12):
            return f"some time in {first.year}"
        if first.month == last.month:
            return f"some time in {_MONTHS[first.month - 1]} {first.year}"
    return f"some time from {_said(first)} to {_said(last)}"


def _said(day: date | None) -> str:
    return "" if day is None else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _shown(text: str) -> str:
    """A text as TimelineJS may put it into a page, where it would be taken for HTML."""
    return html.escape(text)


def _unique(text: str) -> str:
    """An id that can stand in a page's address and in its elements."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"_{ord(found[0]):x}_", text)
