"""Reports in a browser: real clicks, drags and keys, and what a reader then sees."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

import conflict_timeline as ct
from conflict_timeline.dates import from_ordinal
from conflict_timeline.report import html_report
from conflict_timeline.words import Naming
from tests.report.browser import chromium, reading
from tests.report.made import HOSTILE, hostile_log, many_places

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def written(tmp_path_factory, tl, name, **options):
    file = tmp_path_factory.mktemp("report") / f"{name}.html"
    file.write_text(html_report(tl, **options), "utf-8")
    return file


@pytest.fixture(scope="module")
def corpus():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    return tl


@pytest.fixture(scope="module")
def corpus_file(tmp_path_factory, corpus):
    return written(tmp_path_factory, corpus, "corpus", title="Five articles")


@pytest.fixture
def reader(browser, corpus_file):
    with reading(browser, corpus_file) as found:
        yield found
        assert found.troubles == []
        assert found.requests == []


@pytest.fixture(scope="module")
def five_thousand(tmp_path_factory):
    tl = ct.open(":memory:")
    tl.append(many_places(5_000, most=1))
    return written(tmp_path_factory, tl, "five-thousand")


#: The first day of the corpus's report.
FIRST = ct.When.parse("2014-10-01").earliest


def said(tl, day, known):
    """What the library says of every place, in the words of a lane."""
    view = tl.view(known_by=known)
    naming, state = Naming(tl.view()), view.as_of(day)
    found = {}
    for place in tl.view().territory.claims:
        control = state.territory[place]
        words = " and ".join(naming.actor(a) for a in sorted_by_page(control.best))
        words = words.replace("unknown", "Unknown") if control.best else "Unknown"
        if control.contested:
            words += ", contested"
        if not (control.best is None and control.status == "unknown"):
            words += f", {control.status}"
        found[naming.place(place)] = words
    return found


def sorted_by_page(best):
    return sorted(best or ())


def alike(text):
    """A lane's words without the order of those who hold together."""
    holders, *rest = text.split(", ")
    return (frozenset(holders.split(" and ")), *rest)


def test_the_page_is_as_the_library_answers_on_days_and_known_days(reader, corpus):
    known = ["2016-10-16", "2017-05-09", "2017-10-09", "2017-10-29", "2025-06-24"]
    for number, by in enumerate(known):
        reader.slide("known", number)
        for day in (
            "2016-03-01",
            "2016-11-20",
            "2017-07-01",
            "2017-10-09",
            "2017-10-18",
            "2018-02-01",
        ):
            reader.slide("day", (ct.When.parse(day).earliest - FIRST).days)
            library = {place: alike(words) for place, words in said(corpus, day, by).items()}
            assert {place: alike(words) for place, words in reader.lanes().items()} == library


def test_dragging_the_day_goes_through_the_days(reader, corpus):
    before = reader.text("#day-text")
    reader.drag("day", 0.3)
    assert reader.text("#day-text") != before
    value = int(reader.page.locator("#day").input_value())
    assert 1_100 < value < 1_250
    day = (FIRST + timedelta(days=value)).isoformat()
    library = {place: alike(words) for place, words in said(corpus, day, None).items()}
    assert {place: alike(words) for place, words in reader.lanes().items()} == library


def test_dragging_what_was_known_takes_back_what_came_later(reader):
    reader.slide("day", (ct.When.parse("2017-10-19").earliest - FIRST).days)
    assert reader.lanes()["Raqqa"].startswith("Syrian Democratic Forces")
    reader.drag("known", 0.0)
    assert reader.text("#known-text") == "16 Oct 2016"
    assert reader.lanes()["Raqqa"].startswith("Islamic State")
    reader.drag("known", 1.0)
    assert reader.text("#known-text") == "24 Jun 2025"


def test_knowledge_can_follow_the_day(reader):
    reader.page.locator("#follow").check()
    reader.slide("day", (ct.When.parse("2016-10-15").earliest - FIRST).days)
    assert reader.text("#known-text") == "nothing yet"
    assert set(reader.lanes().values()) == {"Unknown"}
    reader.slide("day", (ct.When.parse("2017-10-10").earliest - FIRST).days)
    assert reader.text("#known-text") == "9 Oct 2017"
    reader.slide("known", 0)
    assert not reader.page.locator("#follow").is_checked()


def test_keys_alone_reach_a_claim_and_come_back(reader, corpus):
    page = reader.page
    page.locator("#day").focus()
    value = int(page.locator("#day").input_value())
    page.keyboard.press("ArrowLeft")
    reader.settle()
    assert int(page.locator("#day").input_value()) == value - 1
    page.locator("#lanes").focus()
    page.keyboard.press("End")
    assert page.locator("#lanes").get_attribute("aria-activedescendant") == "lane-4"
    page.keyboard.press("ArrowLeft")
    reader.settle()
    last = corpus.history("raqqa")[-1].start
    assert int(page.locator("#day").input_value()) == last - FIRST.toordinal()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    assert panel.is_visible()
    assert reader.text("#panel-title") == "Raqqa"
    assert page.evaluate("document.activeElement.id") == "panel-title"
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert page.evaluate("document.activeElement.id") == "lanes"


def test_the_first_tab_skips_to_the_places(reader):
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.className") == "skip"
    order = []
    for _ in range(8):
        reader.page.keyboard.press("Tab")
        order.append(reader.page.evaluate("document.activeElement.id"))
    assert order == ["theme", "play", "day", "before", "after", "known", "follow", "map-svg"]


def test_the_panel_shows_the_claims_with_source_dates_and_paragraph(reader, corpus):
    reader.slide("day", (ct.When.parse("2017-10-19").earliest - FIRST).days)
    reader.page.locator(".lane", has_text="Raqqa").last.locator(".lane-name").click()
    text = reader.text("#panel")
    control = corpus.as_of("2017-10-19").territory["raqqa"]
    assert control.status in text
    for seen in (*control.evidence, *control.against):
        assert seen.id[:12] in text
        assert seen.source.title in text
        assert f"paragraph {seen.claim.locator.paragraph}" in text
        assert seen.claim.note in text
    assert "16 to 22 October 2017" in text or "16 October 2017" in text
    assert "by 16 Oct 2016" in text  # what could be said of the day before


@pytest.mark.parametrize(
    ("published", "known", "told"),
    [
        ("2020-02", None, "in February 2020"),
        (None, "2020-03-04", "this claim by 4 March 2020"),
        (None, None, "on a day not known; counts from its recording"),
    ],
)
def test_a_claim_tells_when_it_became_known(tmp_path_factory, browser, published, known, told):
    tl = ct.open(":memory:")
    said = {"place": "town", "when": "2020-01-05", "source": "s", "known": known}
    tl.append(
        [
            ct.Source(id="s", title="S", published=published),
            ct.Actor(id="army"),
            ct.Place(id="town"),
            ct.ControlObserved(holders=["army"], **said),
        ]
    )
    with reading(browser, written(tmp_path_factory, tl, "known")) as reader:
        reader.page.locator(".lane-name").click()
        assert told in reader.text("#panel .claim")
        assert reader.troubles == []


def test_a_press_on_the_map_shows_the_place(reader):
    box = reader.page.locator(".dot-place").first.bounding_box()
    reader.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert reader.page.locator("#panel").is_visible()
    name = reader.text("#panel-title")
    assert name in reader.lanes()
    assert reader.page.locator(".lane.chosen .lane-name").text_content() == name


def test_the_map_is_dragged_and_zoomed(reader):
    def place():
        return reader.page.locator(".dot-place").first.bounding_box()

    box = reader.page.locator("#map-svg").bounding_box()
    was, x, y = place(), box["x"] + 200, box["y"] + 420
    reader.page.mouse.move(x, y)
    reader.page.mouse.down()
    reader.page.mouse.move(x + 60, y - 30, steps=5)
    reader.page.mouse.up()
    assert place()["x"] == pytest.approx(was["x"] + 60, abs=2)
    assert not reader.page.locator("#panel").is_visible()
    reader.page.locator("#zoom-in").click()
    first, second = (reader.page.locator(".dot-place").nth(i).bounding_box() for i in (0, 1))
    reader.page.mouse.move(x, y)
    reader.page.mouse.wheel(0, -400)
    reader.settle()
    wider = [reader.page.locator(".dot-place").nth(i).bounding_box() for i in (0, 1)]
    assert abs(wider[0]["x"] - wider[1]["x"]) > abs(first["x"] - second["x"])
    reader.page.locator("#zoom-fit").click()
    assert place()["x"] == pytest.approx(was["x"], abs=2)


def test_a_drag_over_a_lane_goes_through_the_days(reader):
    box = reader.page.locator("#lanes").bounding_box()
    y = box["y"] + 15
    reader.page.mouse.move(box["x"] + 300, y)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + 330, y, steps=3)
    reader.settle()
    early = reader.text("#day-text")
    reader.page.mouse.move(box["x"] + 420, y, steps=3)
    reader.page.mouse.up()
    reader.settle()
    assert reader.text("#day-text") != early
    assert not reader.page.locator("#panel").is_visible()


def test_playing_goes_on_until_it_is_stopped(reader):
    reader.slide("day", 0)
    reader.page.locator("#play").click()
    reader.wait("document.getElementById('day').value > 30")
    reader.page.locator("#play").click()
    reader.settle()
    stopped = reader.text("#day-text")
    reader.page.wait_for_timeout(200)
    assert reader.text("#day-text") == stopped


def test_with_less_motion_it_plays_from_change_to_change(browser, corpus_file):
    with reading(browser, corpus_file, reduced_motion="reduce") as reader:
        reader.slide("day", 0)
        reader.page.locator("#play").click()
        reader.wait("document.getElementById('day').value > 0")
        reader.settle()
        assert reader.text("#day-text") == "1 Jan 2015"


def test_people_are_as_the_library_counts_them(reader, corpus):
    reader.slide("day", (ct.When.parse("2017-10-31").earliest - FIRST).days)
    rows = reader.page.locator("button.person").evaluate_all("all => all.map(n => n.ariaLabel)")
    labels = [row.translate({0x2068: None, 0x2069: None}) for row in rows]
    canada = [row for row in labels if "Canada" in row]
    assert [row.rsplit(": ", 1)[1] for row in canada] == [
        "90. Show the claims.",
        "180. Show the claims.",
        "60. Show the claims.",
    ]
    reader.page.locator("button.person", has_text="Canada").first.click()
    (seen,) = (
        corpus.as_of("2017-10-31").people.count("is", status="active", nationality="CA").evidence
    )
    assert seen.source.title in reader.text("#panel")
    assert seen.claim.note in reader.text("#panel")
    assert reader.page.locator("#panel .claim").count() == 1
    reader.slide("day", 0)
    assert (
        "not reported"
        in reader.page.locator("button.person", has_text="Canada").first.text_content()
    )


@pytest.mark.parametrize("width", [390, 1000, 1400])
def test_a_name_of_several_lines_keeps_clear_of_the_rules_between_rows(browser, corpus_file, width):
    with reading(browser, corpus_file, viewport={"width": width, "height": 900}) as found:
        room = found.page.locator(".person:not(.axis-row)").evaluate_all(
            """rows => rows.map(row => {
              const text = document.createRange(), box = row.getBoundingClientRect();
              text.selectNodeContents(row.querySelector(".person-name"));
              const told = text.getBoundingClientRect();
              return Math.min(told.top - box.top, box.bottom - told.bottom);
            })"""
        )
        assert min(room) >= 3


def test_open_ends_are_drawn_as_open(reader):
    row = reader.page.locator("button.person", has_text="Detained").first
    assert row.locator(".band.open").count() >= 1
    assert row.locator(".open-edge").count() >= 1
    assert row.locator(".arrow").count() >= 1


def test_forecasts_come_out_as_time_goes_by(reader, corpus):
    for day in ("2017-01-15", "2017-10-31", "2018-12-31"):
        reader.slide("day", (ct.When.parse(day).earliest - FIRST).days)
        found = reader.page.locator(".forecast .mark").evaluate_all(
            "m => m.map(n => n.lastChild.data)"
        )
        assert sorted(found) == sorted(j.verdict for j in corpus.forecasts(as_of=day))


def test_what_does_not_add_up_names_its_claims(reader, corpus):
    told = corpus.as_of("2025-06-24").people.contradictions()
    assert reader.page.locator(".contradiction").count() == len(told) > 0
    reader.page.locator(".contradiction").first.click()
    assert reader.page.locator("#panel .claim").count() == len(told[0].claims)


def test_everything_is_there_as_tables(reader, corpus):
    view = corpus.view()
    rows = {"Places": 6, "Claims": len(view.visible.claims), "People": len(view.people.accounts)}
    rows |= {
        "Sources": 5,
        "Contradictions": len(corpus.as_of("2025-06-24").people.contradictions()),
    }
    for name, count in rows.items():
        reader.page.get_by_role("tab", name=name).click()
        assert reader.page.locator("#table tbody tr").count() == count
    reader.page.get_by_role("tab", name="Sources").press("ArrowRight")
    assert reader.page.get_by_role("tab", name="Places").get_attribute("aria-selected") == "true"


def test_sources_are_linked_where_they_lead_to_the_web(reader, corpus):
    reader.page.get_by_role("tab", name="Sources").click()
    links = reader.page.locator("#table a").evaluate_all("all => all.map(a => a.href)")
    told = {seen.source.url for seen in corpus.view().visible.claims if seen.source.url}
    assert {link.rstrip("/") for link in links} == told != set()
    for link in reader.page.locator("#table a").all():
        assert link.get_attribute("rel") == "noopener noreferrer external"


def test_a_screen_reader_is_told_what_changed(reader):
    reader.slide("day", (ct.When.parse("2017-10-09").earliest - FIRST).days)
    reader.wait("document.getElementById('live').textContent.includes('9 October')")
    live = reader.page.locator("#live")
    assert live.get_attribute("role") == "status"
    assert "Islamic State" in live.text_content()
    assert reader.page.locator("#day").get_attribute("aria-valuetext") == "9 October 2017"
    assert re.search(r"#2017-10-09/2025-06-24$", reader.page.url)


def test_everything_that_can_be_worked_has_a_name(reader):
    unnamed = reader.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a, [role], [tabindex]")]
        .filter((n) => !(n.ariaLabel || n.textContent.trim() || (n.labels && n.labels.length)
        || n.getAttribute("aria-labelledby") || n.id === "live" || n.closest("[hidden]")))
        .map((n) => n.outerHTML)"""
    )
    assert unnamed == []


def test_an_address_names_a_day_and_what_was_known(browser, corpus_file):
    with reading(browser, corpus_file) as reader:
        reader.page.goto(f"{corpus_file.as_uri()}#2017-10-19/2017-10-12")
        reader.settle()
        assert reader.text("#day-text") == "19 Oct 2017"
        assert reader.text("#known-text") == "9 Oct 2017"


def test_no_colour_is_faded(reader):
    faded = reader.page.evaluate(
        """() => [...document.querySelectorAll(".bar, .dot-place, pattern *")]
        .filter((n) => Object.entries({opacity: 1, fillOpacity: 1, strokeOpacity: 1})
        .some(([key, one]) => Number(getComputedStyle(n)[key]) !== one)).length"""
    )
    assert faded == 0
    reader.slide("day", (ct.When.parse("2017-10-19").earliest - FIRST).days)
    fills = reader.page.locator(".dot-place").evaluate_all("d => d.map(n => n.style.fill)")
    assert any(fill.startswith("url(") for fill in fills)
    assert any(fill.startswith("var(--a") for fill in fills)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_and_the_switch(browser, corpus_file, scheme):
    def paper(page):
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    with reading(browser, corpus_file, color_scheme=scheme) as reader:
        first = paper(reader.page)
        assert (first == "rgb(255, 255, 255)") is (scheme == "light")
        reader.page.locator("#theme").click()
        assert (paper(reader.page) == "rgb(255, 255, 255)") is (scheme == "dark")
        reader.page.locator("#theme").click()
        assert paper(reader.page) == first


def test_on_a_phone_nothing_runs_over_and_fingers_work(browser, corpus_file):
    with reading(browser, corpus_file, **PHONE) as reader:
        page = reader.page
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator(".lane-name").first.tap()
        panel = page.locator("#panel")
        assert panel.is_visible()
        assert panel.bounding_box()["width"] == 390
        page.locator("#close").tap()
        assert not panel.is_visible()
        box = page.locator(".dot-place").first.bounding_box()
        page.touchscreen.tap(box["x"] + 12, box["y"])
        assert panel.is_visible()
        small = page.locator("button:visible").evaluate_all(
            "all => all.filter(b => b.getBoundingClientRect().height < 22).length"
        )
        assert small == 0
        assert reader.troubles == []


def test_names_from_right_to_left_keep_their_direction(tmp_path_factory, browser, corpus):
    file = written(tmp_path_factory, corpus, "arabic", language="ar")
    with reading(browser, file) as reader:
        name = reader.page.locator(".lane bdi", has_text="الرقة").first
        assert name.get_attribute("dir") == "auto"
        assert name.evaluate("n => getComputedStyle(n).direction") == "rtl"


def test_without_points_or_people_those_parts_are_not_there(tmp_path_factory, browser):
    tl = ct.open(":memory:")
    tl.append(
        [
            ct.Source(id="s", title="S", published="2020-02-01"),
            ct.Actor(id="army"),
            ct.Place(id="town"),
            ct.ControlObserved(place="town", holders=["army"], when="2020-01-05", source="s"),
        ]
    )
    with reading(browser, written(tmp_path_factory, tl, "bare")) as reader:
        assert reader.lanes() == {"town": "army, certain"}
        for part in ("map-part", "people-part", "forecasts-part", "contradictions-part"):
            assert not reader.page.locator(f"#{part}").is_visible()
        assert reader.troubles == []


def test_hostile_texts_are_shown_and_nothing_of_them_runs(tmp_path_factory, browser):
    tl = ct.open(":memory:")
    tl.append(hostile_log())
    file = written(
        tmp_path_factory, tl, "hostile", title="</title><script>window.broken=1</script>"
    )
    with reading(browser, file) as reader:
        page = reader.page
        page.locator("#lanes").focus()
        for _ in HOSTILE:
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            reader.settle()
            page.keyboard.press("Escape")
        for tab in page.get_by_role("tab").all():
            tab.click()
        page.locator(".dot-place").first.hover(force=True)
        page.wait_for_timeout(200)
        assert page.evaluate("window.broken") is None
        assert page.evaluate("[...document.scripts].length") == 2
        assert page.locator("img, iframe, object, embed").count() == 0
        schemes = page.locator("a").evaluate_all("all => all.map(a => a.protocol)")
        assert set(schemes) <= {"https:", "file:"}
        told = page.locator("bdi").all_text_contents()
        assert {text for text in HOSTILE if text in told} == set(HOSTILE)
        assert reader.troubles == []
        assert reader.requests == []


def test_what_is_put_in_from_outside_does_not_run(reader):
    reader.page.evaluate(
        """() => { const s = document.createElement("script"); s.textContent = "window.broken = 1";
        document.body.append(s); }"""
    )
    assert reader.page.evaluate("window.broken") is None
    assert any("Content Security Policy" in text for text in reader.troubles)
    reader.troubles.clear()


def test_five_thousand_places_are_all_there_and_few_are_drawn(browser, five_thousand):
    with reading(browser, five_thousand) as reader:
        page = reader.page
        assert page.locator(".dot-place").count() == 5_000
        assert page.locator(".lane").count() < 40
        page.locator("#lanes").focus()
        page.keyboard.press("End")
        reader.settle()
        last = page.locator(f"#{page.locator('#lanes').get_attribute('aria-activedescendant')}")
        assert last.is_visible()
        assert last.get_attribute("aria-posinset") == last.get_attribute("aria-setsize") == "5000"
        page.locator("#filter").fill("Місце 4321")
        reader.settle()
        assert list(reader.lanes()) == ["Place 4321"]
        page.locator("#filter").fill("")
        reader.drag("day", 0.5)
        reader.drag("known", 0.5)
        tally = reader.page.locator(".tally").all_text_contents()
        assert sum(int(count.replace(",", "")) for count in tally) >= 5_000
        assert reader.troubles == []


def test_more_holders_than_colours_are_told_as_such(tmp_path_factory, browser):
    tl = ct.open(":memory:")
    tl.append(many_places(60))
    with reading(browser, written(tmp_path_factory, tl, "sixty")) as reader:
        assert "4 further holders" in reader.text("#holders")
        colours = reader.page.locator("#holders .swatch rect").evaluate_all(
            "r => r.map(n => n.style.fill)"
        )
        assert len(set(colours)) == 9  # seven, grey, none


def test_on_paper_every_lane_is_there_and_no_control(tmp_path_factory, browser):
    tl = ct.open(":memory:")
    tl.append(many_places(60))
    with reading(browser, written(tmp_path_factory, tl, "paper")) as reader:
        page = reader.page
        assert page.locator(".lane").count() < 30
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".lane").count() == 60
        assert page.locator(".lane").last.is_visible()
        for control in ("#play", "#zoom-in", "#filter", "#theme"):
            assert not page.locator(control).is_visible()
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.controls')).position")
            == "static"
        )


def test_the_days_of_a_page_begin_where_the_claims_do(corpus_file):
    assert f'"first":{FIRST.toordinal()},' in corpus_file.read_text("utf-8")
    assert from_ordinal(FIRST.toordinal()) == FIRST
