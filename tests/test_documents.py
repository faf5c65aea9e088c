"""Event files: what is read, where it stood, and every fault with its line."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conflict_timeline import corpus, documents
from conflict_timeline.codec import from_table
from conflict_timeline.documents import (
    Located,
    paragraph_hash,
    paragraphs,
    read_document,
    read_documents,
    unmatched_locators,
)
from conflict_timeline.errors import Fault, InputError, UnknownNameError
from conflict_timeline.events import ControlChanged, HeadcountObserved, Locator, Place

CLAIM = """\
[[event]]
type = "control-changed"
place = "raqqa"
to = "sdf"
when = 2017-10-17
source = "paper"
"""
HEADCOUNT = """\
[[event]]
type = "headcount-observed"
group = "is"
status = "returned"
source = "paper"
when = "2017-10"
"""
QUOTED_PART = '"a" . '
PLACE = '[[event]]\ntype = "place"\nid = "raqqa"\n'


@pytest.fixture
def write(tmp_path):
    def write_file(content: str | bytes, name: str = "events.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def faults_of(read, *arguments) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        read(*arguments)
    return list(caught.value.faults)


def the_fault(path: Path) -> Fault:
    (fault,) = faults_of(read_document, path)
    assert fault.file == str(path)
    return fault


# ---- what is read --------------------------------------------------------------------------------


def test_events_come_in_order_with_their_lines(write):
    document = read_document(write(f'about = "two claims"\n\n{CLAIM}\n{HEADCOUNT}count = 60\n'))
    assert [(e.path, e.line) for e in document.events] == [("event[1]", 3), ("event[2]", 10)]
    first, second = document.events
    assert isinstance(first.event, ControlChanged)
    assert isinstance(second.event, HeadcountObserved)
    assert first.lines == {"type": 4, "place": 5, "to": 6, "when": 7, "source": 8}
    assert second.lines["count"] == 16
    assert first.file == document.path


def test_sub_tables_dotted_and_inline_keys_have_the_line_of_their_key(write):
    text = CLAIM + "locator.paragraph = 3\nlocator.sha256 = " + f'"{"a" * 64}"\n'
    text += HEADCOUNT + "[event.count] # people\nlow = 1\n\n'high' = 2\n"
    text += HEADCOUNT + "count = { low = 1 }\n"
    first, second, third = read_document(write(text)).events
    assert (first.lines["locator"], first.lines["locator.sha256"]) == (7, 8)
    fields = {field: line for field, line in second.lines.items() if field.startswith("count")}
    assert fields == {"count": 15, "count.low": 16, "count.high": 18}
    assert third.lines["count"] == 25


def test_a_fault_found_later_is_placed_by_field(write):
    text = f"{CLAIM}locator.paragraph = 3\n"
    (located,) = read_document(write(text, "a.toml")).events
    assert str(located.fault("no such place", "place")).endswith(
        "a.toml:3: event[1].place: no such place"
    )
    assert located.fault("odd", "locator.sha256").line == 7
    assert located.fault("odd", "credibility").line == 1
    assert located.fault("odd").path == "event[1]"


def test_an_event_from_no_file_is_placed_by_its_number():
    place = Place(id="raqqa")
    assert Located.bare(place, 2).fault("odd", "id") == Fault("odd", None, None, "event[2].id")


def test_a_byte_order_mark_and_windows_line_ends_are_passed_over(write):
    data = b"\xef\xbb\xbf" + f"{CLAIM}note = 1\n".replace("\n", "\r\n").encode()
    fault = the_fault(write(data))
    assert (fault.line, fault.path) == (7, "event[1].note")


# ---- faults of events ----------------------------------------------------------------------------


def test_every_fault_of_an_event_is_told_in_the_order_of_the_file(write):
    text = (
        '[[event]]\nwhen = "2016-02-30"\ncolour = 1\ntype = "control-changed"\nplace = ""\nto="a"\n'
    )
    found = faults_of(read_document, write(text))
    assert [(f.line, f.path) for f in found] == [
        (1, "event[1].source"),
        (2, "event[1].when"),
        (3, "event[1].colour"),
        (5, "event[1].place"),
    ]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("nan", "finite"),
        ("-inf", "finite"),
        ("1e400", "finite"),
        ("{ low = [1, inf] }", "finite"),
        ("0xfffffffffffffffff", "64 bits"),
        (f"0x{'f' * 9000}", "64 bits"),
        ("-1", "0 or more"),
    ],
)
def test_a_number_that_no_count_can_be_is_a_fault(write, value, says):
    fault = the_fault(write(f"{HEADCOUNT}\ncount = {value}\n"))
    assert says in fault.message
    assert fault.line == 8
    assert fault.path in ("event[1].count", "event[1].count.low")


@pytest.mark.parametrize("value", ["2017-10-17T00:00:00Z", "2017-10-17 03:00:00", "03:00:00"])
def test_a_moment_where_a_day_belongs_is_a_fault(write, value):
    fault = the_fault(write(CLAIM.replace("2017-10-17", value)))
    assert "expected a day" in fault.message
    assert (fault.line, fault.path) == (5, "event[1].when")


def test_an_event_too_large_to_be_written_is_a_fault(write):
    fault = the_fault(write(f'{CLAIM}note = "{"a" * 1_000_001}"\n'))
    assert (fault.line, fault.path) == (1, "event[1]")
    assert "bytes" in fault.message


def test_an_unknown_kind_is_a_fault_that_lists_the_kinds(write):
    fault = the_fault(write('[[event]]\ntype = "battle"\n'))
    assert "control-changed" in fault.message
    assert (fault.line, fault.path) == (2, "event[1].type")


# Each way of writing a field: its lines, of which the first holds the key.
NOISE = ["[[event]]", "when = 1", "[event.count]", "#", "'", '\\"', "]", "}", "{", "[", '""']
noise = st.lists(st.sampled_from(NOISE), max_size=4)
blank_lines = st.lists(st.sampled_from(["", "  ", "# [[event]]", "# when = '''"]), max_size=2)


def written(key: str, value: str) -> st.SearchStrategy[list[str]]:
    """Ways to write a text value in TOML."""
    keys = st.sampled_from([key, f'"{key}"', f"'{key}'", f'"\\u{ord(key[0]):04x}{key[1:]}"'])
    line = st.tuples(keys, st.sampled_from([f'"{value}"', f"'{value}' # '", f'"""{value}"""']))
    return line.map(lambda parts: [" = ".join(parts)])


@st.composite
def noisy_notes(draw: st.DrawFn) -> list[str]:
    """Ways to write a note that looks like other TOML."""
    lines = [text for text in draw(noise) if text != '""'] or ["x"]
    style = draw(st.sampled_from(["basic", "literal", "one line"]))
    if style == "one line":
        return [f'note = "{" ".join(lines)}"']
    if style == "literal":
        return ["note = '''", *(text.replace("'", "''") for text in lines), "-'''''"]
    return ['note = """x', *(text if text != '\\"' else '\\"""' for text in lines), '"""""']


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[tuple[int, str]]]:
    """An event file, and the line and path of each fault in it."""
    lines: list[str] = draw(blank_lines)
    if draw(st.booleans()):
        lines += ['about = """', "[[event]]", 'when = ""', '"""']
    expected: list[tuple[int, str]] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        lines.append(draw(st.sampled_from(["[[event]]", ' [[ "event" ]] # x', "[['event']]"])))
        fields = {
            "type": draw(written("type", "control-observed")),
            "place": draw(written("place", "raqqa")),
            "when": draw(written("when", "2016")),
            "source": draw(written("source", "paper")),
            "holders": draw(
                st.sampled_from(
                    [
                        ["holders = ['is', # ]", "", "  'sdf',", "]"],
                        ["holders = {is=0.2, 'sdf' = 0.8}"],
                        ["holders.is = 0.2", "holders . 'sdf' = 0.8"],
                    ]
                )
            ),
            "note": draw(noisy_notes()),
        }
        faulty = draw(st.sets(st.sampled_from(["place", "when", "source", "credibility"])))
        for field in faulty:
            fields[field] = [draw(st.sampled_from([f"{field} = [ # [[event]]", f"'{field}' = ["]))]
            fields[field] += ["'''", "when = 1''', ]"]
        for field in draw(st.permutations(sorted(fields))):
            lines += draw(blank_lines)
            if field in faulty:
                expected.append((len(lines) + 1, f"event[{number}].{field}"))
            lines += fields[field]
        if draw(st.booleans()):
            lines += ["[event.locator]", "paragraph = 3"]
            if draw(st.booleans()):
                expected.append((len(lines) - 1, f"event[{number}].locator"))
                lines += ["colour = 1"]
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return ending.join([*lines, ""]), expected


@given(files())
@settings(deadline=None)
def test_each_fault_is_reported_on_the_line_of_its_key(case):
    text, expected = case
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.toml"
        path.write_bytes(text.encode())
        try:
            found = []
            assert read_document(path).events
        except InputError as error:
            found = [(fault.line, fault.path) for fault in error.faults]
    assert found == expected


tomlish = st.lists(
    st.sampled_from(
        [*NOISE, "\n", "\r", " ", "=", ".", ",", '"""', "'''", "\\", "event", "a", "\0"]
    )
    | st.text(max_size=3),
    max_size=30,
).map("".join)


@given(tomlish)
@example('"""\\')
@example('a = "\\')
@example("a = [")
@example("[[event]]\n[[event]")
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_faults(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert all(f.message and f.file for f in faults_of(read_document, path))


# ---- faults of files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "path", "says"),
    [
        (f"{CLAIM}note = \n", 7, "event[1].note", "not TOML"),
        (f'{CLAIM}"\\q" = 1\n', 7, None, "not TOML"),
        (CLAIM.replace("10-17", "02-30"), 5, "event[1].when", "not TOML"),
        (f"{CLAIM}note = [", 7, "event[1].note", "not TOML"),
        (f"{CLAIM}to = 'is'\n", 7, "event[1].to", "'to' is given on line 4 already"),
        (f"{CLAIM}place.x = 'is'\n", 7, None, "not TOML"),
        ("about = 'a'\nabout = 'b'\n", 2, "about", "'about' is given on line 1 already"),
        (f"{CLAIM}[event.count]\n[event.count]\n", 8, None, "not TOML"),
        (f"{CLAIM}credibility = 1{'0' * 5000}\n", 7, "event[1].credibility", "64 bits"),
        ("a = " + "[" * 100_000, 1, None, "nested"),
        (f"{CLAIM}note.{'a.' * 100_000}a = 1\n", 7, None, "nested"),
        (f"{CLAIM}note = {{ {'a . ' * 100_000}a = 1 }}\n", 7, None, "nested"),
        (f"{CLAIM}note = {{ {QUOTED_PART * 100_000}a = 1 }}\n", 7, None, "nested"),
        (f"{CLAIM}[event.{'a.' * 100_000}a]\n", 7, None, "nested"),
        (f"{CLAIM}[event.a{'.a' * 13}]\nb.c.d.e.f = 1\n", 8, None, "nested"),
        ("a = 'x'\0\n", 1, "a", "not TOML"),
    ],
)
def test_a_file_that_is_not_toml_is_refused_with_its_line(write, text, line, path, says):
    found = faults_of(read_document, write(text))
    assert says in found[0].message
    assert found[0].line == line
    if path is not None:
        assert found[0].path == path


def test_a_duplicate_key_is_told_at_the_second_place(write):
    fault = the_fault(write(f"{CLAIM}{HEADCOUNT}count = 1\n\n'count' = 2\n"))
    assert (fault.line, fault.path) == (15, "event[2].count")


@pytest.mark.parametrize("data", [CLAIM.encode() + b'note = "\xff"\n', b"\n" * 6 + b"\xff"])
def test_bytes_that_are_not_utf_8_are_named_by_offset_and_line(write, data):
    fault = the_fault(write(data))
    assert fault.line == 7
    assert f"offset {data.index(0xFF)}" in fault.message


def test_a_utf_16_file_is_named_as_such(write):
    assert "UTF-16" in the_fault(write(CLAIM.encode("utf-16"))).message


def test_a_missing_file_is_a_fault(tmp_path):
    assert "no such file" in the_fault(tmp_path / "nowhere.toml").message
    (fault,) = faults_of(read_documents, [tmp_path / "nowhere"])
    assert "no such file" in fault.message


@pytest.mark.parametrize("path", ["a\0b.toml", "a" * 5000])
def test_a_path_that_no_file_can_have_is_a_fault(path):
    assert "cannot be read" in the_fault(path).message
    assert faults_of(read_documents, path)


def test_a_folder_where_a_file_belongs_is_a_fault(tmp_path):
    assert "cannot be read" in the_fault(tmp_path).message


def test_a_file_above_the_largest_size_is_not_read(write, monkeypatch):
    monkeypatch.setattr(documents, "LARGEST_FILE", len(CLAIM))
    assert read_document(write(CLAIM)).events
    assert "at most" in the_fault(write(CLAIM + "\n")).message


@pytest.mark.parametrize("text", ["", "about = 'nothing'\n", "# [[event]]\n", "event = []\n"])
def test_a_file_without_events_is_a_fault(write, text):
    assert "[[event]]" in the_fault(write(text)).message


@pytest.mark.parametrize(
    ("text", "line", "path", "says"),
    [
        (CLAIM.replace("event", "events"), 1, "events", "did you mean event?"),
        (f"{CLAIM}[zebra]\na.b = 1\n", 7, "zebra", "expected only"),
        (f"title = 'x'\n{CLAIM}", 1, "title", "expected only"),
        (f"about = 3\n{CLAIM}", 1, "about", "expected text"),
        (f"\n{CLAIM.replace('[[event]]', '[event]')}", 2, "event", "double brackets"),
        ("event = [{ type = 'place', id = 'a' }]\n", 1, "event", "double brackets"),
        ("event = 3\n", 1, "event", "double brackets"),
    ],
)
def test_anything_else_at_the_top_level_is_a_fault(write, text, line, path, says):
    fault = the_fault(write(text))
    assert (fault.line, fault.path) == (line, path)
    assert says in fault.message


def test_faults_at_the_top_level_do_not_hide_those_of_events(write):
    found = faults_of(read_document, write(f"title = 'x'\n{CLAIM}note = 1\n"))
    assert [f.path for f in found] == ["title", "event[1].note"]


# ---- several files -------------------------------------------------------------------------------


def test_a_folder_is_read_in_sorted_order_without_hidden_and_other_files(write, tmp_path):
    for name in ("b.toml", "a.TOML"):
        write(CLAIM, name)
    for name in ("._a.toml", "a.txt"):
        write(b"\xff", name)
    (tmp_path / "sub.toml").mkdir()
    assert [Path(d.path).name for d in read_documents([tmp_path])] == ["a.TOML", "b.toml"]


def test_one_path_may_be_given_alone_and_a_file_named_twice_is_read_once(write, tmp_path):
    path = write(CLAIM)
    assert len(read_documents(str(path))) == 1
    assert len(read_documents([path, tmp_path, str(path)])) == 1


def test_a_folder_without_event_files_is_a_fault(tmp_path):
    (fault,) = faults_of(read_documents, [tmp_path])
    assert "*.toml" in fault.message


def test_faults_of_all_files_are_told_at_once(write, tmp_path):
    paths = [
        write(f"{CLAIM}note = 1\n", "a.toml"),
        write(b"\xff", "b.toml"),
        write(CLAIM, "c.toml"),
    ]
    found = faults_of(read_documents, [*paths, tmp_path / "nowhere.toml"])
    names = [Path(fault.file or "").name for fault in found]
    assert names == ["a.toml", "b.toml", "nowhere.toml"]


def test_a_record_declared_twice_alike_is_no_fault(write):
    read_documents([write(PLACE + PLACE, "a.toml"), write(PLACE, "b.toml")])


def test_a_record_declared_twice_differently_names_both_places(write):
    paths = [write(PLACE, "a.toml"), write(f"{CLAIM}{PLACE}kind = 'city'\n", "b.toml")]
    (fault,) = faults_of(read_documents, paths)
    assert (fault.file, fault.line, fault.path) == (str(paths[1]), 9, "event[2].id")
    assert f"{paths[0]}:1: event[1]" in fault.message
    (fault,) = faults_of(read_document, write(f"{PLACE}{PLACE}lat = 1\n"))
    assert fault.line == 6


def test_records_of_two_kinds_may_share_an_id(write):
    assert len(read_document(write(PLACE + PLACE.replace('"place"', '"actor"'))).events) == 2


# ---- locators ------------------------------------------------------------------------------------


def test_paragraphs_are_the_non_blank_lines_folded():
    text = "\ufeff One  two\u00a0three\t\r\n\r\n  \u2003\ncafe\u0301\r"
    assert paragraphs(text) == ["One two three", "caf\u00e9"]


@given(st.text())
def test_a_paragraph_has_the_hash_of_its_folded_form(text):
    assert all(p and paragraphs(p) == [p] for p in paragraphs(text))
    assert paragraph_hash(f" {text}\n") == paragraph_hash(" ".join(text.split()))


def test_a_paragraph_hash_is_sha_256_of_the_folded_text():
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert paragraph_hash(" abc ") == expected


def claim(paragraph: int, sha256: str | None) -> ControlChanged:
    locator = Locator(paragraph=paragraph, sha256=sha256)
    return ControlChanged(place="a", to="b", when="2016", source="s", locator=locator)


@pytest.fixture
def articles(write, tmp_path):
    write("first\n\nsecond\n", "one.txt")
    write("third\n", "two.txt")
    return tmp_path


@pytest.mark.parametrize(
    ("number", "sha256", "says"),
    [
        (2, paragraph_hash("second"), None),
        (1, paragraph_hash("third"), None),
        (2, None, None),
        (3, None, "paragraph 3"),
        (1, paragraph_hash("second"), "it is paragraph 2 of one.txt"),
        (9, paragraph_hash("second"), "it is paragraph 2 of one.txt"),
        (1, paragraph_hash("fourth"), "none of the 2 articles"),
    ],
)
def test_a_locator_must_match_a_paragraph_of_an_article(articles, number, sha256, says):
    found = unmatched_locators([Place(id="raqqa"), claim(number, sha256)], articles)
    assert len(found) == (says is not None)
    for fault in found:
        assert says in fault.message
        assert fault.path == "event[2].locator"


def test_an_unmatched_locator_in_a_file_has_its_line(articles, write):
    document = read_document(write(f"{CLAIM}[event.locator]\nparagraph = 3\n"))
    for items in ([document], document.events):
        (fault,) = unmatched_locators(items, articles)
        assert (fault.file, fault.line) == (document.path, 7)


def test_the_locator_of_a_replacement_is_checked_too(articles):
    table = {"type": "corrected", "target": "a" * 64, "source": "s", "kind": "rereading"}
    replacement = {
        "type": "control-changed",
        "place": "a",
        "to": "b",
        "when": "2016",
        "source": "s",
    }
    event = from_table({**table, "replacement": {**replacement, "locator": {"paragraph": 7}}})
    (fault,) = unmatched_locators([event], articles)
    assert fault.path == "event[1].replacement.locator"


def test_a_folder_without_readable_articles_is_a_fault(tmp_path, write):
    assert "*.txt" in faults_of(unmatched_locators, [], tmp_path)[0].message
    assert "no such" in faults_of(unmatched_locators, [], tmp_path / "nowhere")[0].message
    write(b"\xff", "a.txt")
    assert "UTF-8" in faults_of(unmatched_locators, [], tmp_path)[0].message


# ---- corpora -------------------------------------------------------------------------------------


def test_the_shipped_corpus_is_read_without_fault():
    assert all(located.event for d in read_documents(corpus("isis")) for located in d.events)


@pytest.mark.parametrize("name", ["isi", "", "../isis", ".", 5, None])
def test_an_unknown_corpus_is_refused_with_those_that_there_are(name):
    with pytest.raises(UnknownNameError) as caught:
        corpus(name)
    assert "isis" in caught.value.candidates


def test_a_corpus_in_the_package_comes_before_one_of_a_checkout(monkeypatch, tmp_path):
    for folder, name in (("wheel", "a"), ("root", "a"), ("root", "b"), ("root", "empty")):
        (tmp_path / folder / name).mkdir(parents=True)
        if name != "empty":
            (tmp_path / folder / name / "x.toml").touch()
    folders = (tmp_path / "wheel", tmp_path / "root", tmp_path / "missing")
    module = importlib.import_module("conflict_timeline.corpora")
    monkeypatch.setattr(module, "_FOLDERS", folders)
    assert corpus("a") == [tmp_path / "wheel" / "a" / "x.toml"]
    assert corpus("b") == [tmp_path / "root" / "b" / "x.toml"]
    with pytest.raises(UnknownNameError):
        corpus("empty")


def test_located_events_are_values():
    place = Located.bare(Place(id="raqqa"), 1)
    assert place == attrs.evolve(place)
    assert hash(place) == hash(attrs.evolve(place))


JSON = ('{"type": "actor"}\n', ' [ {"type": "actor"} ]', "[]", "{}\n{}\n")


@pytest.mark.parametrize("text", JSON)
def test_a_file_of_json_is_told_what_reads_it(tmp_path, text):
    file = tmp_path / "events.json"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_document(file)
    [fault] = caught.value.faults
    assert str(fault) == (
        f"{file}:1: expected TOML, got JSON: 'conflict-timeline append --file' reads that"
    )
