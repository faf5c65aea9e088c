"""Charts for notebooks, drawn by altair (extra ``charts``): lanes of places, people with ranges.

A colour is a holder's, or a status's, and is never faded: Vega-Lite has no hatching, so what is not
certain is an outline, filled with upright stripes in the colours of all that it may be. All that a
chart shows is in its data; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from conflict_timeline.dates import from_ordinal
from conflict_timeline.errors import MissingExtraError
from conflict_timeline.lanes import GREY, OKABE_ITO, PATTERNS, Block, Key, Lane, Lanes, axis
from conflict_timeline.lanes import lanes as lanes_of
from conflict_timeline.projections.people import AccountKey, Count
from conflict_timeline.timeline import View
from conflict_timeline.timeline.view import STATUSES
from conflict_timeline.words import Naming, amount, plain, sources

if TYPE_CHECKING:
    import altair

__all__ = ["lanes", "people"]

_WIDTH = 640
_ROW = 24  # points a lane takes
_STRIPES = 160  # so many stripes would fill the axis
_LETTER = 0.03  # a letter is written in blocks that take so much of the axis
_UNKNOWN = "unknown"


def lanes(
    view: View,
    places: Iterable[str] | None = None,
    *,
    first: Any = None,
    last: Any = None,
    language: str = "en",
) -> altair.LayerChart:
    """One lane a place, coloured by holder.

    What is certain is filled. What is contested, uncertain, disputed or implied is an outline, the
    dashes of which tell it apart, striped in the colours of its possible holders; the stripes of
    unknown are left out. Where nothing is known nothing is drawn. A letter stands for each holder
    beside its colour, and pointing at a block tells all in words.

    Args:
        view: what may be seen.
        places: ids or names; all that claims speak of, if not given.
        first, last: the days of the axis; by default those between which anything changes.
        language: of names.

    Raises:
        MissingExtraError: if altair is not installed.
        UnknownNameError, AmbiguousNameError: for a place's name.
        DateError: for what is no day, or if the axis would end before it begins.
    """
    alt = _altair()
    drawn = lanes_of(view, places, first=first, last=last, language=language)
    blocks = [_block(drawn, row, block) for row in drawn.rows for block in row.blocks]
    stripes = [
        stripe
        for row in drawn.rows
        for block in row.blocks
        if block.pattern not in ("held", _UNKNOWN)
        for stripe in _striped(drawn, row, block)
    ]
    keys = drawn.holders.values()
    x = alt.X("from:T", title=None, scale=_days(alt, drawn.first, drawn.last))
    y = alt.Y("place:N", title=None, sort=[row.name for row in drawn.rows])
    colour = alt.Color(
        "holder:N",
        title="held by",
        scale=alt.Scale(domain=[*map(_label, keys)], range=[key.colour for key in keys]),
        legend=alt.Legend(labelLimit=0),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("place", "held by", "status", "days")]
    held = [row for row in blocks if row["pattern"] == "held"]
    doubtful = [row for row in blocks if row["pattern"] not in ("held", _UNKNOWN)]
    shown = [name for name in _DASHES if any(row["pattern"] == name for row in doubtful)]
    bar = {"height": _ROW * 0.7}
    layers = [
        alt.Chart(_data(alt, held))
        .mark_bar(**bar)
        .encode(x, y, x2="to:T", color=colour, tooltip=tooltip),
        alt.Chart(_data(alt, stripes)).mark_bar(**bar).encode(x, y, x2="to:T", color=colour),
        # Above its stripes, and filled with nothing, so that all of it can be pointed at.
        alt.Chart(_data(alt, doubtful))
        .mark_bar(**bar, fill="transparent", stroke="#777777", strokeWidth=1.5)
        .encode(
            x,
            y,
            x2="to:T",
            strokeDash=alt.StrokeDash(
                "certainty:N",
                title="outlined",
                scale=alt.Scale(
                    domain=[PATTERNS[name] for name in shown],
                    range=[_DASHES[name] for name in shown],
                ),
                legend=alt.Legend(
                    labelLimit=0, symbolFillColor="transparent", symbolStrokeColor="#777777"
                ),
            ),
            tooltip=tooltip,
        ),
        *(
            alt.Chart(_data(alt, [row for row in held if row["letter"] and row["ink"] == ink]))
            .mark_text(fontWeight="bold", color=ink)
            .encode(alt.X("middle:T"), y, text="letter:N", tooltip=tooltip)
            for ink in ("black", "white")
        ),
    ]
    chart: altair.LayerChart = alt.layer(*layers).properties(width=_WIDTH, height={"step": _ROW})
    return chart


_DASHES = {"contested": [1, 0], "implied": [1, 3], "uncertain": [4, 3], "disputed": [8, 3]}


def people(
    view: View,
    group: str,
    statuses: Iterable[str] | None = None,
    *,
    nationality: str | None = None,
    place: str | None = None,
    first: Any = None,
    last: Any = None,
    language: str = "en",
) -> altair.FacetChart:
    """How many of a group were where, one row a status: the best number and the range around it.

    The box is the range, the line the best number, dashed where nobody gave a range. Where nobody
    gave a lowest or a highest number there is no box: a dotted line at the other, with an arrow,
    says that it is open. Where nothing was reported, or no number given, nothing is drawn: that is
    not zero.

    Args:
        view: what may be seen.
        group: actor id or name.
        statuses: "joined", "active", "detained", "returned", "at_large", "elsewhere", "killed"; all
            of which anything is reported, if not given.
        nationality: ISO 3166-1 alpha-2 code or a country's name; None is the reports on all.
        place: place id or name; None is the reports on all places.
        first, last: the days of the axis; by default those between which anything changes.
        language: of names.

    Raises:
        MissingExtraError: if altair is not installed.
        UnknownNameError, AmbiguousNameError: for a name; also for an unknown status.
        DateError: for what is no day, or if the axis would end before it begins.
    """
    alt = _altair()
    naming = Naming(view, language)
    whose = (
        None if nationality is None else view.nationality(nationality),
        None if place is None else view.place(place),
    )
    of = view.actor(group)
    asked = STATUSES if statuses is None else [view.status(status) for status in statuses]
    keys = [AccountKey(of, status, *whose) for status in dict.fromkeys(asked)]
    if statuses is None:
        keys = [key for key in keys if key in view.people.accounts]
    turns = {key: _turns(view, key) for key in keys}
    start, end = axis({day for days in turns.values() for day in days}, first, last)
    rows = [row for key in keys for row in _counted(view, key, turns[key], start, end)]
    names = [plain(key.status) for key in keys]
    x = alt.X("from:T", title=None, scale=_days(alt, start, end))
    scale = alt.Scale(domain=names, range=_colours(len(names)))
    colour = alt.Color("status:N", scale=scale, legend=None)
    tooltip = [
        alt.Tooltip(f"{name}:N") for name in ("status", "number", "certainty", "days", "sources")
    ]

    y = alt.Y("low:Q", title="people", scale=alt.Scale(zero=True, nice=True))

    def where(test: str) -> Any:
        return base.transform_filter(test)

    base = alt.Chart().encode(x=x, x2="to:T", color=colour, tooltip=tooltip)
    box = where("isValid(datum.low) && isValid(datum.high)")
    box = box.mark_rect(fill="transparent", strokeWidth=1).encode(y=y, y2="high:Q", stroke=colour)
    # Vega-Lite draws points paler than their colour, unless it is told not to.
    opened = [
        mark
        for end, other, shape in (("low", "high", "up"), ("high", "low", "down"))
        for edge in [where(f"isValid(datum.{end}) && !isValid(datum.{other})")]
        for at in [alt.Y(f"{end}:Q", title="people")]
        for mark in (
            edge.mark_rule(strokeDash=[2, 2]).encode(y=at),
            edge.mark_point(shape=f"triangle-{shape}", filled=True, opacity=1).encode(
                x=alt.X("from:T"), x2=alt.Undefined, y=at
            ),
        )
    ]
    bests = [
        where(f"isValid(datum.best) && {unbounded}(isValid(datum.low) || isValid(datum.high))")
        .mark_rule(strokeWidth=3, strokeDash=dash)
        .encode(y=alt.Y("best:Q", title="people"))
        for unbounded, dash in (("", [1, 0]), ("!", [6, 3]))
    ]
    layered = alt.layer(box, *opened, *bests, data=_data(alt, rows))
    layered = layered.properties(width=_WIDTH, height=90)
    row = alt.Row("status:N", title=None, sort=names)
    chart: altair.FacetChart = layered.facet(row=row).resolve_scale(y="independent")
    return chart.properties(title=f"{naming.actor(of)}: {naming.whose(*whose)}")


def _altair() -> ModuleType:
    try:
        import altair
    except ImportError as error:
        raise MissingExtraError("drawing charts", "charts") from error
    return altair


def _data(alt: ModuleType, rows: list[dict[str, Any]]) -> Any:
    return alt.InlineData(values=rows)


def _days(alt: ModuleType, first: int, last: int) -> Any:
    """A scale of civil days: in UTC, since a day is not to move with the reader's time zone."""
    return alt.Scale(type="utc", domain=[_iso(first), _iso(last + 1)], clamp=True)


def _iso(day: int) -> str:
    return from_ordinal(day).isoformat()


def _label(key: Key) -> str:
    return f"{key.letter} {key.name}"


def _block(drawn: Lanes, row: Lane, block: Block) -> dict[str, Any]:
    key = drawn.holders.get(block.holders[0] or "")
    wide = block.days > (drawn.last - drawn.first + 1) * _LETTER
    return {
        "place": row.name,
        "from": _iso(block.first),
        "to": _iso(block.last + 1),
        "middle": _iso(block.first + block.days // 2),
        "holder": None if key is None else _label(key),
        "letter": "" if key is None or not wide else key.letter,
        "ink": "black" if key is None else key.ink,
        "held by": drawn.told(block),
        "status": block.span.status,
        "pattern": block.pattern,
        "certainty": PATTERNS[block.pattern],
        "days": drawn.when(block),
    }


def _striped(drawn: Lanes, row: Lane, block: Block) -> Iterator[dict[str, Any]]:
    """Stripes in the colours of all possible holders, in turn; of unknown there is the room."""
    width = max((drawn.last - drawn.first + 1) // _STRIPES, 1)
    for number, start in enumerate(range(block.first, block.last + 1, 2 * width)):
        actor = block.holders[number % len(block.holders)]
        if actor is not None:
            yield {
                "place": row.name,
                "from": _iso(start),
                "to": _iso(min(start + width, block.last + 1)),
                "holder": _label(drawn.holders[actor]),
            }


def _colours(count: int) -> list[str]:
    return [*OKABE_ITO, *[GREY] * count][:count]


def _turns(view: View, key: AccountKey) -> list[int]:
    account = view.people.accounts.get(key)
    return [] if account is None else sorted(set(account.turns))


def _counted(
    view: View, key: AccountKey, turns: list[int], first: int, last: int
) -> Iterator[dict[str, Any]]:
    """The stretches of days on which a count stays the same, where anything is reported."""
    starts = sorted({first, *(day for day in turns if first < day <= last)})
    held: tuple[int, Count] | None = None
    for start in starts:
        count = view.people.count(key, start)
        if held is not None and _same(held[1], count):
            continue
        if held is not None:
            yield from _stretch(held[1], held[0], start - 1)
        held = (start, count)
    if held is not None:
        yield from _stretch(held[1], held[0], last)


def _same(a: Count, b: Count) -> bool:
    def told(count: Count) -> tuple[object, ...]:
        return (*(count.low, count.best, count.high, count.basis, count.certainty), *count.evidence)

    return told(a) == told(b)


def _stretch(count: Count, first: int, last: int) -> Iterator[dict[str, Any]]:
    if count.basis == "none":
        return
    yield {
        "status": plain(count.key.status),
        "from": _iso(first),
        "to": _iso(last + 1),
        "low": count.low,
        "best": count.best,
        "high": count.high,
        "number": amount(count.low, count.best, count.high),
        "certainty": count.certainty,
        "days": f"{_iso(first)} to {_iso(last)}",
        "sources": sources(count.evidence),
    }
