"""Logs whose ids, names and notes are made to break what they are written into."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from conflict_timeline import strategies
from conflict_timeline.codec import from_table, to_table
from conflict_timeline.events import Source

NASTY = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "＝SUM(A1)",
    "\u200b=1",
    "\u202e@x",
    "\u3164+1",
    "'=1",
    "''@SUM(A1)",
    "'Ayn al-Arab",
    "-2+3",
    "-5",
    "\t=1",
    "\r=1",
    "\n=1",
    'a "quoted", name',
    "line\none\r\ntwo",
    "</script><script>alert(1)</script>",
    "<!-- <b onmouseover=alert(1)>",
    "javascript:alert(1)",
    "الرقة \u2067x\u2069",
    "\u2028 and \u2029",
    "\x00 nul",
    "\ufeff mark",
    "; + \\ ;",
    "unknown",
    "x" * 40_000,
    "e\u0301 🛰",
)

#: For laws that write and read every table of a log: each case is many.
FEWER = settings(max_examples=max(10, settings().max_examples // 4))

#: Ids have no blanks and no control characters, but any other.
NASTY_IDS = (
    *("=1", "＝x", "@a", "+1", "-", "'=b", "1"),
    *("a;b", "a+b", "a\\", "a\\;b", "unknown"),
    *("<b>", '"', "%", "../x", "الرقة", "a" * 128),
)


def texts():
    """Text that events take: something hostile, or anything else that is not blank."""
    anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
    return st.sampled_from(NASTY) | anything.filter(lambda text: text.strip())


@st.composite
def hostile_logs(draw, **options):
    """Complete logs as ``strategies.logs`` draws them, with other ids, names, titles and notes.

    Nothing in them is taken back: another id makes another event, and a change of mind is aimed at
    the event by its hash.
    """
    events = draw(strategies.logs(changes=False, **options))
    known = (*strategies.PLACES, *strategies.ACTORS, *strategies.SOURCES)
    drawn = draw(
        st.lists(st.sampled_from(NASTY_IDS), min_size=len(known), max_size=len(known), unique=True)
    )
    ids = dict(zip(known, drawn, strict=True))
    found = []
    for event in events:
        table = _renamed(to_table(event), ids)
        if "names" in table:
            table["names"] = {"en": [draw(texts())], "ar": [draw(texts())]}
        if isinstance(event, Source):
            table |= {"title": draw(texts()), "publisher": draw(texts()), "url": draw(texts())}
        else:
            table["note"] = draw(texts())
        found.append(from_table(table))
    return list({event.content_id: event for event in found}.values())


def _renamed(value, ids):
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list):
        return [_renamed(item, ids) for item in value]
    if isinstance(value, dict):
        return {ids.get(key, key): _renamed(item, ids) for key, item in value.items()}
    return value
