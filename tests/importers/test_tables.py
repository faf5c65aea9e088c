"""Tables as they come: delimiters, encodings, headers, and files made to do harm."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile

import pytest

import conflict_timeline as ct
from conflict_timeline.importers import Report, files
from conflict_timeline.importers.tables import Shape, read_table

ROWS = [{"place": "Kyiv", "note": "a"}, {"place": "Łódź; Kraków, Żory", "note": '"b"\nc'}]
TEXT = 'place,note\nKyiv,a\n"Łódź; Kraków, Żory","""b""\nc"\n'


def rows(path, **options):
    report = Report()
    needed = options.pop("needed", ("place", "note"))
    found = read_table(path, report, needed=needed, shape=Shape(**options))
    return [dict(row.cells) for row in found], report


def refused(path, **options):
    found, report = rows(path, **options)
    return found, [(r.line, r.reason) for r in report.refused]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_the_columns(write, delimiter):
    text = TEXT.replace("place,note", f"place{delimiter}note").replace(
        "Kyiv,a", f"Kyiv{delimiter}a"
    )
    assert rows(write(text.replace('","', f'"{delimiter}"')))[0] == ROWS


@pytest.mark.parametrize(
    ("encode", "told"),
    [
        (lambda text: text.encode("utf-8"), None),
        (lambda text: text.encode("utf-8-sig"), None),
        (lambda text: text.encode("utf-16"), None),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), None),
        (lambda text: text.encode("utf-32"), None),
        (lambda text: text.encode("utf-16-le"), "utf-16-le"),
        (lambda text: text.encode("cp1250"), "cp1250"),
        (lambda text: text.encode("utf-8-sig"), "utf-8"),
    ],
)
def test_encodings_are_told_by_their_mark_or_by_whoever_imports(write, encode, told):
    assert rows(write(encode(TEXT)), encoding=told)[0] == ROWS


def test_line_ends_and_empty_lines_do_not_matter(write):
    text = 'sep=,\r\nplace,note\r\nKyiv,a\r\n\r\n,\r\n"Łódź; Kraków, Żory","""b""\nc"'
    found, report = rows(write(text))
    assert (found, report.rows) == (ROWS, 2)


@pytest.mark.parametrize("pack", ["gz", "zip"])
def test_packed_tables_are_read_as_they_are(write, pack):
    if pack == "gz":
        path = write(gzip.compress(TEXT.encode()), "table.csv.gz")
    else:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("folder/table.csv", TEXT)
            archive.writestr("readme.md", "about")
        path = write(packed.getvalue(), "table.zip")
    assert rows(path)[0] == ROWS


def test_a_row_with_more_or_fewer_cells_is_refused_and_told_by_its_line(write):
    text = 'place,note\n"a\nb",x\nKyiv\nLviv,a,b\nOdesa,c,,\nKharkiv,\x00\n'
    found, told = refused(write(text))
    assert [row["place"] for row in found] == ["a\nb", "Odesa"]
    assert told == [
        (4, "expected 2 cells as in the header, got 1"),
        (5, "expected 2 cells as in the header, got 3"),
        (7, "expected text, got a NUL character in it"),
    ]


def test_a_quote_in_the_wrong_place_costs_its_row_only(write):
    found, told = refused(write('place,note\n"a"b,c\nKyiv,x\n'))
    assert [row["place"] for row in found] == ["Kyiv"]
    assert [line for line, _ in told] == [2]


def test_a_table_without_a_header_is_read_by_the_columns_told(write):
    found, _ = rows(write("Kyiv\ta\nLviv\tb\n"), columns=("place", "note"))
    assert [row["place"] for row in found] == ["Kyiv", "Lviv"]


BAD = [
    ("", "expected a table, got nothing"),
    ("place\nKyiv\n", "expected a header with note; got 'place'"),
    ("place,note,place\n", "expected each column once, got twice: place"),
    (b"\xff\xfeab" + b"\x00", "is not utf-16"),
    (b"place,note\nM\xfcnchen,a\n", "is not utf-8: invalid start byte; if you know how it is enc"),
    ("place,note\n".encode("utf-16-le"), "expected a text, got NUL bytes at its beginning"),
    ('place,note\nKyiv,a\n"Lviv,b\nOdesa,c\n', "a cell does not end"),
    ("place,note\n" + '"' + "x" * 200_000, "a cell does not end"),
    ("place,note\n" + "x" * 3_000_000, "expected lines of at most 2,000,000 characters"),
    ("place,note," + ",".join(f"c{n}" for n in range(3000)), "expected at most 2000 columns"),
    (b"PK\x03\x04no archive", "cannot be unpacked"),
    (gzip.compress(TEXT.encode())[:-12], "cannot be unpacked"),
    (gzip.compress(TEXT.encode())[:20] + b"x" * 30, "cannot be unpacked"),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_a_file_that_is_no_such_table_is_refused_whole(write, content, message):
    with pytest.raises(ct.InputError, match=message) as caught:
        rows(write(content))
    assert caught.value.faults[0].file is not None


def test_an_open_quote_is_told_where_it_opens(write):
    with pytest.raises(ct.InputError) as caught:
        rows(write('place,note\nKyiv,a\n"Lviv,b\nOdesa,c\n'))
    assert caught.value.faults[0].line == 3


@pytest.mark.parametrize("name", ["table.xls", "table.ods"])
def test_other_spreadsheets_are_refused_by_name(write, name):
    with pytest.raises(ct.InputError, match=r"expected a text or an \.xlsx workbook"):
        rows(write("x", name))


def test_a_missing_file_and_an_unknown_encoding_are_told(tmp_path, write):
    with pytest.raises(ct.InputError, match="cannot be read: No such file"):
        rows(tmp_path / "none.csv")
    with pytest.raises(ct.InputError, match="no encoding is known as 'klingon'"):
        rows(write(TEXT), encoding="klingon")


# ---- bombs --------------------------------------------------------------------------------------


@pytest.fixture
def small_bounds(monkeypatch):
    monkeypatch.setattr(files.Bounds, "free", 1_000_000)


def test_a_gzip_bomb_is_refused_in_bounded_memory(write, small_bounds):
    bomb = write(
        gzip.compress(b"place,note\n" + (b"Kyiv," + b"a" * 10_000 + b"\n") * 2_000), "bomb.csv.gz"
    )
    tracemalloc.start()
    with pytest.raises(ct.InputError, match="unpacks to more than 250 times its size"):
        for _ in read_table(bomb, Report(), needed=("place", "note")):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def zipped(*members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("a.csv", b"0" * 5_000_000)], "as no table does"),
        ([("../a.csv", TEXT)], "leads out of it"),
        ([("/etc/a.csv", TEXT)], "leads out of it"),
        ([("a.csv", TEXT), ("b.csv", TEXT)], "expected a ZIP archive with one text in it, got 2"),
        ([("a.md", TEXT)], "got 0"),
    ],
)
def test_zip_archives_are_refused_for_what_they_unpack_to(write, small_bounds, members, message):
    with pytest.raises(ct.InputError, match=message):
        rows(write(zipped(*members), "table.zip"))


def test_a_zip_archive_of_very_many_members_is_refused(write, monkeypatch):
    monkeypatch.setattr(files.Bounds, "entries", 10)
    many = zipped(*((f"{n}.csv", "") for n in range(11)))
    with pytest.raises(ct.InputError, match="expected at most 10 members, got 11"):
        rows(write(many, "table.zip"))


def test_an_encrypted_member_is_refused(write):
    data = bytearray(zipped(("a.csv", TEXT)))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(ct.InputError, match="has an encrypted member"):
        rows(write(bytes(data), "table.zip"))


def test_a_file_larger_than_any_table_is_refused(write, monkeypatch):
    monkeypatch.setattr(files.Bounds, "size", 1_000)
    with pytest.raises(ct.InputError, match="expected at most 1,000 bytes, got more"):
        rows(write(TEXT + "Kyiv,a\n" * 1_000))


def test_reading_moves_the_bar_by_the_bytes_of_the_file(write):
    path = write(TEXT * 1)
    moved = []
    list(read_table(path, Report(), needed=("place",), moved=moved.append))
    assert sum(moved) == path.stat().st_size


def test_of_very_many_refused_rows_the_first_are_kept_and_all_are_told():
    told = []
    report = Report(keep=2, on_refused=told.append)
    for number in range(5):
        report.refuse("f", number, "why", "x" * 500)
    assert (len(report.refused), report.refusals, len(told)) == (2, 5, 5)
    assert len(told[0].row) == 200
