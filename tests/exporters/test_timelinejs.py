"""TimelineJS: its date objects, windows in words, and no text of ours that it takes for HTML."""

from __future__ import annotations

import io
import json
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import exporters as ex
from conflict_timeline.exporters.timelinejs import window_in_words
from tests.exporters.hostile import FEWER, hostile_logs
from tests.exporters.test_tables import opened

TABLES = ("control_spans", "incidents")


def written(table) -> tuple[dict, list[str]]:
    stream = io.BytesIO()
    remarks = ex.write(table, "timelinejs", stream)
    assert b"<" not in stream.getvalue()
    return json.loads(stream.getvalue()), remarks


class Tags(HTMLParser):
    """The tags of a text as a browser sees it, and the text without them."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    tags.close()
    return tags


def is_date(found) -> bool:
    day = date(found["year"], found["month"], found["day"])
    return set(found) <= {"year", "month", "day", "display_date"} and day.year == found["year"]


@FEWER
@given(hostile_logs())
def test_every_slide_has_its_dates_and_no_markup_but_paragraphs(events):
    with opened(events) as timeline:
        for name in TABLES:
            table = ex.table(name, timeline.view())
            found, remarks = written(table)
            rows = list(table.dicts())
            undated = [
                r for r in rows if r.get("start_day", r.get("earliest") or r.get("latest")) is None
            ]
            assert len(found["events"]) == len(rows) - len(undated)
            assert bool(remarks) == bool(undated)
            ids = [slide["unique_id"] for slide in found["events"]]
            assert len(set(ids)) == len(ids)
            for slide in found["events"]:
                assert is_date(slide["start_date"])
                assert "end_date" not in slide or is_date(slide["end_date"])
                assert parsed(slide["text"]["headline"]).tags == []
                assert parsed(slide["group"]).tags == []
                assert {tag for tag, _ in parsed(slide["text"]["text"]).tags} <= {"p"}
                assert all(not attrs for _, attrs in parsed(slide["text"]["text"]).tags)


def test_the_corpus_as_slides():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        found, remarks = written(ex.table("control_spans", timeline.view(), places=["raqqa"]))
        assert remarks == ["1 row has no day to begin at, and so no place on the timeline."]
        last = found["events"][-1]
        assert last["text"]["headline"] == "Raqqa: Syrian Democratic Forces"
        assert "end_date" not in last
        assert found["title"]["text"]["headline"] == "Who held what, span by span"
        then = ex.table("incidents", timeline.view(known_by="2017-10-10"))
        assert "known by 2017-10-10" in written(then)[0]["title"]["text"]["text"]


def test_a_vague_date_is_said_in_words_and_an_exact_one_is_left_to_the_reader():
    with ct.open(":memory:") as timeline:
        timeline.append(
            [
                ct.Source(id="a", title="A", published="2020-12-31"),
                *(
                    ct.Incident(kind="attack", when=when, source="a", note=when)
                    for when in ("2020-03-05", "2020-03", "../2020-04-01", "2020-06-03/..")
                ),
            ]
        )
        slides = written(ex.table("incidents", timeline.view()))[0]["events"]
        shown = [(s["start_date"], s.get("end_date"), s.get("display_date")) for s in slides]
        assert shown[0][1:] == (
            {"year": 2020, "month": 3, "day": 31, "display_date": "some time in March 2020"},
            "some time in March 2020",
        )
        assert shown[1] == ({"year": 2020, "month": 3, "day": 5}, None, None)
        assert shown[2][1:] == (None, "some time by 1 April 2020")
        assert shown[2][0]["day"] == 1
        assert shown[3][2] == "some time from 3 June 2020 to 31 December 2020"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2016, 1, 1), date(2016, 12, 31), "some time in 2016"),
        (date(2016, 2, 1), date(2016, 2, 29), "some time in February 2016"),
        (date(2016, 2, 1), date(2016, 3, 31), "some time from 1 February 2016 to 31 March 2016"),
        (date(2016, 2, 5), date(2016, 2, 5), "5 February 2016"),
        (None, date(2016, 2, 5), "some time by 5 February 2016"),
        (date(2016, 2, 5), None, "some time from 5 February 2016"),
        (None, None, "some time"),
    ],
)
def test_windows_in_words(first, last, words):
    assert window_in_words(first, last) == words


def test_a_slide_of_a_span_names_whoever_may_have_held_the_place():
    with ct.open(":memory:") as timeline:
        timeline.load(ct.corpus("isis"))
        found, _ = written(ex.table("control_spans", timeline.view(), places=["Raqqa"]))
        texts = [parsed(slide["text"]["text"]).text for slide in found["events"]]
        assert (
            "uncertainpossibly: Islamic State and Syrian Democratic Forces | "
            "Syrian Democratic Forces"
        ) in texts
        assert "certain" in texts
