"""What a log's file may have for those who ask it in SQL: views over the events, and kept tables.

``claims``, ``headcounts`` and ``incidents`` are plain views: they are always of now, and leave out
what stands retracted or corrected. Two things SQL cannot work out, and the library writes them
down: the spans of ``control_spans``, and the ids of claims that stand inside of a correction, which
are hashes. All of it can be dropped and made again.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CLAIM_KINDS", "KEPT", "OBJECTS", "SPAN_COLUMNS"]

CLAIM_KINDS = (
    "control-changed",
    "control-observed",
    "people-moved",
    "headcount-observed",
    "incident",
    "figure-observed",
    "alliance-observed",
    "forecast",
)

#: The columns of ``kept_spans`` that the library writes; lists are JSON.
SPAN_COLUMNS = (
    "place", "name", "kind", "parent", "lat", "lon", "start_day", "end_day",
    "status", "holder", "contested", "best", "held_by", "possible",
)  # fmt: skip

#: The tables that the library writes.
KEPT = ("kept", "kept_spans", "kept_replacements")

_KEPT = """CREATE TABLE kept (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    library TEXT NOT NULL
) STRICT"""

_SPANS = """CREATE TABLE kept_spans (
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT,
    parent TEXT,
    lat REAL,
    lon REAL,
    start_day TEXT,
    end_day TEXT,
    status TEXT NOT NULL,
    holder TEXT,
    contested INTEGER,
    best TEXT,
    held_by TEXT,
    possible TEXT NOT NULL
) STRICT"""

_REPLACEMENTS = """CREATE TABLE kept_replacements (
    correction TEXT PRIMARY KEY,
    id TEXT NOT NULL
) STRICT, WITHOUT ROWID"""

# What was worked out from an entry that is erased must go with it: any span may be.
_ERASED = """CREATE TRIGGER kept_no_erased AFTER UPDATE ON events
BEGIN
    DELETE FROM kept;
    DELETE FROM kept_spans;
    DELETE FROM kept_replacements WHERE correction = OLD.id;
END"""


def _date(event: str, field: str) -> str:
    """The EDTF text of a date, which is text, or an object with it; without its marks."""
    text = f"coalesce(json_extract({event}, '$.{field}.edtf'), json_extract({event}, '$.{field}'))"
    return f"replace(replace(replace({text}, '~', ''), '?', ''), '%', '')"


def _first_day(text: str) -> str:
    """The first day of unmarked canonical EDTF text; NULL where open."""
    start = f"substr({text}, 1, instr({text} || '/', '/') - 1)"
    return f"nullif(substr({start} || '-01-01', 1, 10), '..-01-01')"


def _last_day(text: str) -> str:
    """The last day of unmarked canonical EDTF text; NULL where open."""
    end = f"substr({text}, instr({text}, '/') + 1)"
    # Beyond the last month of the year 9999 SQLite has no day.
    month = f"coalesce(date({end} || '-01', '+1 month', '-1 day'), {end} || '-31')"
    return (
        f"CASE length({end}) WHEN 4 THEN {end} || '-12-31' WHEN 7 THEN {month}"
        f" WHEN 10 THEN {end} END"
    )


def _bound(quantity: str, bound: str) -> str:
    """A bound of a quantity, which is a number, or the text of an object with some bounds."""
    return (
        f"CASE typeof({quantity}) WHEN 'text' THEN json_extract({quantity}, '$.{bound}')"
        f" ELSE {quantity} END"
    )


_KINDS = ", ".join(f"'{kind}'" for kind in CLAIM_KINDS)
_FIRST_RECORDED = """min(e.recorded, coalesce(
        (SELECT min(h.recorded) FROM history_entries h WHERE h.id = e.id), e.recorded))"""

# What was erased reads as its redaction says, under its own id: of several redactions the one with
# the least id counts. A change of mind works if none that works takes it back. SQL has no recursion
# through "not", so the few that aim at other changes are gone through one by one, the last of each
# chain first: ``fallen`` gathers what they take back.
_CLAIMS = f"""CREATE VIEW claims AS
WITH RECURSIVE
redaction(target, instead, replacement) AS MATERIALIZED (
    SELECT subject, json_extract(CAST(body AS TEXT), '$.instead'),
        json_extract(CAST(body AS TEXT), '$.replacement')
    FROM (SELECT subject, body, min(id) FROM events WHERE kind = 'redacted' GROUP BY subject)
),
entry(position, id, recorded, kind, subject, known, earliest, latest, body, replacement) AS (
    SELECT position, id, {_FIRST_RECORDED}, kind, subject, known, earliest, latest,
        CAST(body AS TEXT), NULL
    FROM events e WHERE kind <> 'erased'
    UNION ALL
    SELECT position, id, {_FIRST_RECORDED}, json_extract(instead, '$.type'),
        coalesce(json_extract(instead, '$.target'), json_extract(instead, '$.id')),
        coalesce({_last_day(_date("instead", "known"))},
            {_last_day(_date("instead", "published"))}),
        {_first_day(_date("instead", "when"))}, {_last_day(_date("instead", "when"))},
        instead, replacement
    FROM events e JOIN redaction ON target = id
    WHERE kind = 'erased' AND instead IS NOT NULL
),
any_source(source, known) AS (
    SELECT subject, known FROM (
        SELECT subject, known, min(id) FROM entry WHERE kind = 'source' GROUP BY subject)
),
change(id, position, recorded, kind, target, known, body, inner_id) AS MATERIALIZED (
    SELECT e.id, e.position, e.recorded, e.kind, e.subject,
        coalesce(e.known, s.known, substr(e.recorded, 1, 10)), e.body, e.replacement
    FROM entry e LEFT JOIN any_source s ON s.source = json_extract(e.body, '$.source')
    WHERE e.kind IN ('retracted', 'corrected')
),
chain(id, target, depth) AS (
    SELECT id, target, 0 FROM change WHERE target NOT IN (SELECT id FROM change)
    UNION ALL
    SELECT c.id, c.target, chain.depth + 1 FROM chain JOIN change c ON c.target = chain.id
),
turn(number, id, target) AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY depth DESC, id), id, target FROM chain WHERE depth > 0
),
fallen(number, ids) AS (
    SELECT 0, ''
    UNION ALL
    SELECT turn.number, CASE WHEN instr(ids, turn.id) THEN ids ELSE ids || ' ' || target END
    FROM fallen JOIN turn ON turn.number = fallen.number + 1
),
working AS MATERIALIZED (
    SELECT * FROM change
    WHERE NOT instr((SELECT ids FROM fallen ORDER BY number DESC LIMIT 1), id)
),
shown_source(id, known, body) AS MATERIALIZED (
    SELECT subject, known, body FROM (
        SELECT subject, known, body, min(id) FROM entry
        WHERE kind = 'source' AND id NOT IN (SELECT target FROM working) GROUP BY subject)
),
last_word AS (
    SELECT *, json_extract(body, '$.replacement') AS replacement,
        row_number() OVER (PARTITION BY target ORDER BY known DESC, id DESC) AS place_in_line
    FROM working WHERE kind = 'corrected'
),
replacement(position, recorded, correction, id, event, known_text, when_text) AS MATERIALIZED (
    SELECT position, recorded, w.id, coalesce(inner_id, k.id) AS id, replacement,
        {_date("replacement", "known")}, {_date("replacement", "when")}
    FROM (
        SELECT *, row_number() OVER (PARTITION BY replacement ORDER BY id DESC) AS twin
        FROM last_word WHERE place_in_line = 1) w
    LEFT JOIN kept_replacements k ON k.correction = w.id
    WHERE twin = 1
        AND coalesce(inner_id, k.id, '') NOT IN (SELECT target FROM working)
),
stated(position, recorded, id, correction, event, known, earliest, latest) AS (
    SELECT position, recorded, id, NULL, body, known, earliest, latest
    FROM entry
    WHERE kind IN ({_KINDS}) AND id NOT IN (SELECT target FROM working)
        AND body NOT IN (SELECT event FROM replacement)
    UNION ALL
    SELECT position, recorded, id, correction, event,
        {_last_day("known_text")}, {_first_day("when_text")}, {_last_day("when_text")}
    FROM replacement
),
dated AS (
    SELECT c.position, c.recorded, c.id, c.correction, c.event, c.earliest, c.latest,
        coalesce(c.known, s.known, substr(c.recorded, 1, 10)) AS known,
        CASE WHEN c.known IS NOT NULL THEN 'event' WHEN s.known IS NOT NULL THEN 'source'
            ELSE 'recorded' END AS known_from,
        s.id AS source, s.body AS source_body,
        json_extract(c.event, '$.type') AS kind,
        {_date("c.event", "until")} AS until_text,
        coalesce(json_extract(c.event, '$.count'), json_extract(c.event, '$.value')) AS quantity
    FROM stated c JOIN shown_source s ON s.id = json_extract(c.event, '$.source')
)
SELECT position, recorded, id, kind, source,
    json_extract(source_body, '$.title') AS source_title,
    json_extract(source_body, '$.publisher') AS publisher,
    json_extract(source_body, '$.url') AS url,
    json_extract(source_body, '$.reliability') AS reliability,
    json_extract(event, '$.claimant') AS claimant,
    json_extract(event, '$.credibility') AS credibility,
    json_extract(event, '$.derived_from') AS derived_from,
    coalesce(json_extract(event, '$.when.edtf'), json_extract(event, '$.when')) AS edtf,
    earliest,
    CASE WHEN kind = 'forecast' OR earliest > known THEN latest
        ELSE min(coalesce(latest, known), known) END AS latest,
    {_first_day("until_text")} AS until_earliest,
    {_last_day("until_text")} AS until_latest,
    known, known_from,
    json_extract(event, '$.occurrence') AS occurrence,
    correction,
    json_extract(event, '$.place') AS place,
    json_extract(event, '$.to') AS taker,
    json_extract(event, '$.from') AS loser,
    CASE kind WHEN 'control-observed' THEN (SELECT json_group_array(key) FROM
        (SELECT key FROM json_each(event, '$.holders') ORDER BY key)) ELSE '[]' END AS holders,
    coalesce(json_extract(event, '$.group'), json_extract(event, '$.subject')) AS group_id,
    json_extract(event, '$.nationality') AS nationality,
    json_extract(event, '$.status') AS status,
    json_extract(event, '$.from_status') AS from_status,
    json_extract(event, '$.to_status') AS to_status,
    coalesce(json_extract(event, '$.measure'), json_extract(event, '$.kind')) AS measure,
    {_bound("quantity", "low")} AS low,
    {_bound("quantity", "best")} AS best,
    {_bound("quantity", "high")} AS high,
    json_extract(event, '$.unit') AS unit,
    json_extract(event, '$.locator.paragraph') AS paragraph,
    json_extract(event, '$.note') AS note,
    event
FROM dated"""

_HEADCOUNTS = """CREATE VIEW headcounts AS
SELECT position, id, source, publisher, reliability, claimant, credibility,
    group_id, status, nationality, place, edtf, earliest, latest, known, low, best, high,
    CASE json_type(event, '$.count') WHEN 'object'
        THEN json_extract(event, '$.count.wording') END AS wording,
    occurrence, note
FROM claims WHERE kind = 'headcount-observed'"""


def _deaths(bound: str) -> str:
    """A bound of the dead in all: as given, else of all parties, NULL if one of them is open."""
    bounds = {name: _bound("f.value", name) for name in ("low", "best", "high")}
    number = bounds[bound]
    if bound != "best":
        others = ", ".join(f"coalesce({bounds[name]}, {number})" for name in bounds)
        hull = "min" if bound == "low" else "max"
        number = f"CASE WHEN {number} IS NOT NULL THEN {hull}({others}) END"
    given = "json_extract(event, '$.deaths')"
    return f"""CASE WHEN json_type(event, '$.deaths') IS NOT NULL THEN {_bound(given, bound)}
        ELSE (SELECT CASE WHEN count(*) = count({number}) THEN sum({number}) END
            FROM json_each(event, '$.fatalities') f) END"""


_INCIDENTS = f"""CREATE VIEW incidents AS
SELECT position, id, source, publisher, reliability, claimant, credibility,
    measure AS kind, place, edtf, earliest, latest, until_earliest, until_latest, known,
    coalesce(json_extract(event, '$.parties'), '[]') AS parties,
    coalesce(json_extract(event, '$.targets'), '[]') AS targets,
    {_deaths("low")} AS fatalities_low,
    {_deaths("best")} AS fatalities_best,
    {_deaths("high")} AS fatalities_high,
    coalesce(json_extract(event, '$.fatalities'), '{{}}') AS fatalities,
    occurrence, note
FROM claims WHERE kind = 'incident'"""

_CONTROL_SPANS = f"""CREATE VIEW control_spans AS
SELECT {", ".join(f"s.{column}" for column in SPAN_COLUMNS)},
    k.position AS computed_at,
    k.position = (SELECT coalesce(max(position), 0) FROM events) AS is_current
FROM kept_spans s, kept k"""

#: What a log may have, by type and name: the texts that such an object has had, today's first. In
#: this order they can be made.
OBJECTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("table", "kept"): (_KEPT,),
    ("table", "kept_spans"): (_SPANS,),
    ("table", "kept_replacements"): (_REPLACEMENTS,),
    ("trigger", "kept_no_erased"): (_ERASED,),
    ("view", "claims"): (_CLAIMS,),
    ("view", "headcounts"): (_HEADCOUNTS,),
    ("view", "incidents"): (_INCIDENTS,),
    ("view", "control_spans"): (_CONTROL_SPANS,),
}
