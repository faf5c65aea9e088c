"""The log as a machine: whatever is done to it in whatever order, it is what a list would be."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from conflict_timeline.errors import NotWrittenError, PositionConflictError
from conflict_timeline.events import LogMerged, Redacted
from conflict_timeline.events.keeping import Erased
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.contract import Checkpoint
from conflict_timeline.log.jsonl import lines_of, restore_dump
from conflict_timeline.log.merkle import (
    check_consistency,
    check_inclusion,
    consistency_path,
    inclusion_path,
    leaf_hash,
)
from conflict_timeline.timeline.merging import merge_into
from tests.archive.tampering import altered
from tests.contract_store import change

numbers = st.lists(st.integers(0, 30), max_size=6)


@attrs.define
class Known:
    """What the model knows of an entry."""

    id: str
    erased: bool = False


class LogMachine(RuleBasedStateMachine):
    """One log and what was kept of it elsewhere, held against a list of ids."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.copies = 0
        self.file = self.folder / "log.db"
        self.log = SQLiteLog.open(self.file)
        self.model: list[Known] = []
        self.kept: list[Checkpoint] = []

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.log.close()
            shutil.rmtree(self.folder)

    def place(self, id_: str) -> int:
        return next((at for at, known in enumerate(self.model, 1) if known.id == id_), 0)

    def another_file(self) -> Path:
        self.copies += 1
        return self.folder / f"{self.copies}.db"

    # ---- what can be done -----------------------------------------------------------------------

    @rule(batch=numbers)
    def append(self, batch: list[int]) -> None:
        events = [change(number) for number in batch]
        positions = self.log.append(events)
        for event in events:
            if not self.place(event.id):
                self.model.append(Known(event.id))
        assert positions == [self.place(event.id) for event in events]

    @rule(number=st.integers(31, 40), expected=st.integers(0, 50))
    def append_at(self, number: int, expected: int) -> None:
        event = change(number)
        if expected == len(self.model) or self.place(event.id):
            self.log.append([event], expected_position=expected)
            if not self.place(event.id):
                self.model.append(Known(event.id))
        else:
            with pytest.raises(PositionConflictError):
                self.log.append([event], expected_position=expected)

    @rule()
    def reopen(self) -> None:
        self.log.close()
        self.log = SQLiteLog.open(self.file, create=False)

    @rule()
    def keep_a_checkpoint(self) -> None:
        self.kept.append(Checkpoint(self.log.identity, self.log.head(), "a note"))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def redact(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.model))
        redaction = Redacted(target=known.id, reason="a name")
        at = self.place(known.id)
        if "redacted" in self.kind(at):
            with pytest.raises(NotWrittenError):
                self.log.erase(known.id)
            return
        self.log.append([redaction])
        if not self.place(redaction.content_id):
            self.model.append(Known(redaction.content_id))
        assert self.log.erase(known.id) is not known.erased
        known.erased = True

    def kind(self, position: int) -> str:
        with sqlite3.connect(self.file) as connection:
            [(kind,)] = connection.execute(
                "SELECT kind FROM events WHERE position = ?", (position,)
            ).fetchall()
        connection.close()
        return str(kind)

    @rule(batch=numbers)
    def merge(self, batch: list[int]) -> None:
        with SQLiteLog.open(self.another_file()) as other:
            other.append([change(number) for number in batch])
            theirs = {entry.id for entry in other.entries()}
            merge_into(self.log, other)
            for entry in self.log.entries(after=len(self.model)):
                assert entry.id in theirs or isinstance(entry.event, LogMerged)
                self.model.append(Known(entry.id))
            assert theirs <= {known.id for known in self.model}
            assert merge_into(self.log, other)[0] == 0

    # ---- what can be asked ----------------------------------------------------------------------

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def prove(self, data: st.DataObject) -> None:
        size = data.draw(st.integers(1, len(self.model)))
        position = data.draw(st.integers(1, size))
        [entry] = self.log.entries(position - 1, position)
        leaf, root = leaf_hash(entry.id, entry.recorded), self.log.root(size)
        path = inclusion_path(position - 1, size, self.log.node)
        assert check_inclusion(leaf, position - 1, size, root, path)
        other = leaf_hash("0" * 64, entry.recorded)
        assert not check_inclusion(other, position - 1, size, root, path)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def prove_growth(self, data: st.DataObject) -> None:
        old, new = data.draw(st.sampled_from(self.kept)).head, self.log.head()
        path = consistency_path(old.size, new.size, self.log.node)
        assert check_consistency(old.size, old.root, new.size, new.root, path)

    @rule()
    def dump_and_restore(self) -> None:
        file = self.another_file()
        lines = file.with_suffix(".jsonl")
        lines.write_bytes(b"".join(lines_of(self.log)))
        with restore_dump(lines, file) as again:
            assert (again.identity, again.head()) == (self.log.identity, self.log.head())
            assert list(again.entries()) == list(self.log.entries())
            assert again.histories() == self.log.histories()
            assert again.verify(self.kept) == []

    @rule()
    def back_up(self) -> None:
        file = self.another_file()
        assert self.log.backup(file) == self.log.head()
        with SQLiteLog.open(file) as copy:
            assert list(copy.entries()) == list(self.log.entries())
            assert copy.verify(self.kept) == []

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def tamper_with_a_copy(self, data: st.DataObject) -> None:
        self.log.close()
        file = self.another_file()
        shutil.copy(self.file, file)
        self.log = SQLiteLog.open(self.file)
        position = data.draw(st.integers(1, len(self.model)))
        change_ = data.draw(
            st.sampled_from(
                ["id = 'x'", "recorded = '2001-01-01T00:00:00.000000Z'", "body = x'7b7d'"]
            )
        )
        with altered(file) as at:
            at.execute(f"UPDATE events SET {change_} WHERE position = ?", (position,))
        with SQLiteLog.open(file) as copy:
            assert position in [problem.position for problem in copy.verify()]

    # ---- what always holds ----------------------------------------------------------------------

    @invariant()
    def it_is_the_list(self) -> None:
        entries = list(self.log.entries())
        assert [entry.id for entry in entries] == [known.id for known in self.model]
        assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
        assert [entry.erased for entry in entries] == [known.erased for known in self.model]
        for entry in entries:
            if entry.erased:
                assert (entry.data, entry.event) == (b"", Erased())
            else:
                assert entry.event.content_id == entry.id

    @invariant()
    def it_is_sound_and_as_it_was_vouched_for(self) -> None:
        assert self.log.verify(self.kept) == []


class TestModel(LogMachine.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=10,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.nightly
class TestModelLong(LogMachine.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=300,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
