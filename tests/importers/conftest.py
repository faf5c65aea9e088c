"""What tests of importers share: tables written to files, and what a reader makes of them."""

from __future__ import annotations

import csv
import io

import pytest

import conflict_timeline as ct
from conflict_timeline.documents import Located
from conflict_timeline.importers import Report


@pytest.fixture
def write(tmp_path):
    """Writes a text or bytes to a file and gives its path."""

    def write_file(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


def as_csv(rows, delimiter=","):
    """Rows, each a dict with the same keys, as delimited text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(reader, path, **options):
    """The events that a reader yields, and its report."""
    report = Report()
    found = list(reader(path, report, **options))
    return [item.event if isinstance(item, Located) else item for item in found], report


def of(events, kind):
    """Those of a kind."""
    return [event for event in events if isinstance(event, kind)]


def reasons(report):
    return [(refused.line, refused.reason) for refused in report.refused]


SOURCE = ct.Source(id="set", title="A data set", publisher="Office", published="2020-06-25")
