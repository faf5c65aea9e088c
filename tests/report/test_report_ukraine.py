"""A report of real data: the control of places in Ukraine, as several archives assert it."""

from __future__ import annotations

import random

import pytest

from conflict_timeline.dates import from_ordinal
from conflict_timeline.report import html_report
from tests.report.browser import chromium, reading
from tests.ukraine import imported, of_region


def looked_at(tl, tmp_path, asked):
    """Compares the tables of a page with the library, on days drawn at random."""
    file = tmp_path / "ukraine.html"
    file.write_text(html_report(tl, title="Control of places"), "utf-8")
    view = tl.view()
    names = {"Russia": "ru", "Unknown": None}
    with chromium() as browser, reading(browser, file) as reader:
        page, rng = reader.page, random.Random(7)
        first = view.as_of("2022-02-24").day.toordinal()
        days, stops = (int(page.locator(f"#{n}").get_attribute("max")) for n in ("day", "known"))
        assert (
            page.locator("#dek").text_content().startswith(f"{len(view.territory.claims):,} places")
        )
        for _ in range(asked):
            day = rng.randint(0, days)
            reader.slide("known", rng.randint(0, stops))
            reader.slide("day", day)
            page.wait_for_timeout(300)
            known = page.locator("#known").get_attribute("aria-valuetext").split(", ")[0]
            state = tl.view(known_by=plain_day(known)).as_of(from_ordinal(first + day))
            rows = page.locator("#table tbody tr").evaluate_all(
                "rows => rows.map(r => [...r.children].map(c => c.textContent.trim()))"
            )
            assert len(rows) == min(100, len(view.territory.claims))
            library = {}
            for place in view.territory.claims:
                control = state.territory[place]
                best = sorted(control.best or [None], key=str)
                library.setdefault(view.place_names.label(place), set()).add(
                    (*best, control.status)
                )
            for place, held, status, *_ in rows:
                plain = held.translate({0x2068: None, 0x2069: None})
                best = sorted((names[name] for name in plain.split(" and ")), key=str)
                assert (*best, status) in library[place]
        assert reader.troubles == []
    return file.stat().st_size


def plain_day(text):
    """The day that a slider names: "9 Mar 2022"."""
    day, month, year = text.split()
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{year}-{months.index(month) + 1:02}-{int(day):02}"


def test_the_places_of_a_region(tmp_path):
    tl, _, _ = imported(of_region("kherson", tmp_path))
    assert len(tl.view().territory.claims) > 500
    assert looked_at(tl, tmp_path, 12) < 500_000


@pytest.mark.nightly
def test_all_places(tmp_path):
    tl, _, _ = imported()
    assert len(tl.view().territory.claims) > 4_000
    looked_at(tl, tmp_path, 20)
