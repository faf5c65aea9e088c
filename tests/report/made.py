"""Logs to make reports of: many places, and hostile texts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import conflict_timeline as ct

__all__ = ["HOSTILE", "hostile_log", "many_places"]

#: What would end an element, open one, run, link to a script, or turn the text around it.
HOSTILE = [
    "</script><script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "\u2028window.broken=1\u2029",
    "{{script}}{{data}}",
    "'\"><svg onload=window.broken=1>",
    "\u202eevil\u202c",
    "<!--<script>",
    "]]>&lt;b&gt;&#x3c;",
    "__proto__",
    "constructor",
]
SCRIPTS = ["javascript:window.broken=1", "data:text/html,<script>window.broken=1</script>"]


def many_places(number: int, seed: int = 1, most: int = 7) -> Iterator[ct.Event]:
    """A log of so many places on a grid, each reported two to ``most`` times, or once."""
    rng = random.Random(seed)
    actors = [f"party-{i}" for i in range(11)]
    weights = [30, 25, 12, 8, 6, 5, 4, 4, 3, 2, 1]
    yield from (ct.Actor(id=a, names={"en": [a.replace("-", " ").title()]}) for a in actors)
    begin = date(2022, 2, 24)
    reports = [begin + timedelta(days=14 * i) for i in range(60)]
    for source in ("north", "south", "east", "west"):
        for i, day in enumerate(reports):
            published = day.isoformat()
            yield ct.Source(
                id=f"{source}-{i}", title=f"{source} {i}", publisher=source, published=published
            )
    for i in range(number):
        place = f"place-{i}"
        lat, lon = 46 + (i // 100) * 0.06, 30 + (i % 100) * 0.09
        yield ct.Place(
            id=place, names={"en": [f"Place {i}"], "uk": [f"Місце {i}"]}, lat=lat, lon=lon
        )
        holder = rng.choices(actors, weights)[0]
        for at in sorted(rng.sample(range(len(reports)), rng.randint(min(2, most), most))):
            told = reports[at]
            source = f"{rng.choice(['north', 'south', 'east', 'west'])}-{at}"
            day = told - timedelta(days=rng.randint(0, 13))
            when = (
                f"{day.isoformat()}/{told.isoformat()}" if rng.random() < 0.3 else day.isoformat()
            )
            after = rng.choices(actors, weights)[0]
            if after != holder and rng.random() < 0.7:
                yield ct.ControlChanged(
                    place=place, to=after, from_=holder, when=when, source=source
                )
                holder = after
            else:
                both = {holder, after} if rng.random() < 0.2 else {holder}
                yield ct.ControlObserved(
                    place=place, holders=sorted(both), when=when, source=source
                )


def hostile_log() -> Iterator[ct.Event]:
    """A log in which every text that a page shows is one of ``HOSTILE``."""
    for i, text in enumerate(HOSTILE):
        address = [*SCRIPTS, 'https://example.org/"><script>window.broken=1</script>'][i % 3]
        yield ct.Source(
            id=f"s{i}",
            title=text,
            publisher=text,
            author=text,
            url=address,
            note=text,
            published="2020-06-01",
        )
        yield ct.Actor(id=f"a{i}", names={"en": [text]})
        yield ct.Place(
            id=f"p{i}", names={"en": [text], "ar": [text]}, kind=text, lat=30 + i, lon=30 + i
        )
        said = {"source": f"s{i}", "claimant": text, "note": text}
        when = ct.When.parse("2020-05", wording=text, rule=text)
        yield ct.ControlObserved(place=f"p{i}", holders=[f"a{i}"], when=when, **said)
        yield ct.ControlObserved(
            place=f"p{i}", holders=[f"a{(i + 1) % len(HOSTILE)}"], when="2020-05-03", **said
        )
        yield ct.HeadcountObserved(
            group=f"a{i}", status="active", count=i + 1, when="2020-05", place=f"p{i}", **said
        )
        yield ct.HeadcountObserved(
            group=f"a{i}", status="joined", count=i, when="2020-05", place=f"p{i}", **said
        )
        yield ct.FigureObserved(measure="area", value=3, unit=text, when="2020-05", **said)
        yield ct.Forecast(
            statement=text, window="2020", place=f"p{i}", holder=f"a{i}", when="2020-05", **said
        )
