"""The guards of the log, each as the text that makes it, and the test that fails without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs

import conflict_timeline

__all__ = ["GUARDS", "Guard", "run_without"]

ROOT = Path(__file__).resolve().parents[2]

LOG = "tests/test_log.py::"
APPEND_ONLY = f"{LOG}TestAppendOnly::"
SETTINGS = "tests/archive/test_io_faults.py::test_what_a_connection_is_set_to"
OUTCOMES = f"{LOG}TestOutcomes::"
FILE = f"{LOG}TestFile::"
DAMAGE = "tests/test_verify.py::test_damage_is_told_by_kind_and_first_position"
TAMPERED = "tests/archive/test_tampering.py::test_what_was_altered_is_seen_where_it_was"
POWER = "tests/archive/test_power_loss.py::test_what_is_acknowledged_survives_a_loss_of_power"


@attrs.frozen
class Guard:
    """One guard.

    Attributes:
        name: what it guards against, as a table of them says it.
        file: in the package.
        text: that stands there once.
        without: what stands there instead when it is taken away.
        test: that must fail then.
    """

    name: str
    file: str
    text: str
    without: str
    test: str


def run_without(guard: Guard | None, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a guard's test on a copy of the package without it."""
    package = folder / "src" / "conflict_timeline"
    shutil.copytree(
        Path(conflict_timeline.__file__).parent,
        package,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    tests = {guard.test} if guard else {each.test for each in GUARDS}
    if guard is not None:
        file = package / guard.file
        source = file.read_text("utf-8")
        assert source.count(guard.text) == 1, f"{guard.name}: the text is not there once"
        file.write_text(source.replace(guard.text, guard.without), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *sorted(tests)]
    # Coverage is not to be measured of what is not the package.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    environment["PYTHONPATH"] = str(folder / "src")
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


# The condition without which an entry could be erased at any time.
_REDACTED = (
    "        AND EXISTS (SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = OLD.id)\n"
)


def _object(name: str, constant: str) -> tuple[str, str, str]:
    return ("log/schema.py", f'    ("trigger", "{name}"): {constant},\n', "")


GUARDS: tuple[Guard, ...] = (
    # ---- triggers -------------------------------------------------------------------------------
    Guard(
        "INSERT over an entry",
        *_object("events_no_overwrite", "_NO_OVERWRITE"),
        f"{APPEND_ONLY}test_statement_is_refused",
    ),
    Guard(
        "INSERT OR REPLACE of an id",
        "log/schema.py",
        "    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)\n",
        "",
        f"{APPEND_ONLY}test_statement_is_refused",
    ),
    Guard(
        "UPDATE of an entry",
        *_object("events_no_update", "_NO_UPDATE"),
        f"{APPEND_ONLY}test_statement_is_refused",
    ),
    Guard(
        "erasing without a redaction",
        "log/schema.py",
        _REDACTED,
        "",
        "tests/archive/test_tampering.py::test_nothing_is_erased_without_a_redaction",
    ),
    Guard(
        "DELETE of an entry",
        "log/schema.py",
        """    ("trigger", "events_no_delete"): _trigger(
        "events_no_delete", "DELETE", "events", "no entry is ever deleted"
    ),
""",
        "",
        f"{APPEND_ONLY}test_statement_is_refused",
    ),
    Guard(
        "INSERT over a node",
        *_object("nodes_no_overwrite", "_NODES_NO_OVERWRITE"),
        f"{APPEND_ONLY}test_statement_on_the_archive_is_refused",
    ),
    Guard(
        "INSERT over a checkpoint",
        *_object("checkpoints_no_overwrite", "_CHECKPOINTS_NO_OVERWRITE"),
        f"{APPEND_ONLY}test_statement_on_the_archive_is_refused",
    ),
    Guard(
        "a second identity",
        *_object("log_identity_no_overwrite", "_IDENTITY_NO_OVERWRITE"),
        f"{APPEND_ONLY}test_statement_on_the_archive_is_refused",
    ),
    Guard(
        "INSERT over a history",
        *_object("histories_no_overwrite", "_HISTORIES_NO_OVERWRITE"),
        f"{APPEND_ONLY}test_what_was_merged_is_kept_as_it_is",
    ),
    Guard(
        "INSERT over an entry of a history",
        *_object("history_entries_no_overwrite", "_HISTORY_ENTRIES_NO_OVERWRITE"),
        f"{APPEND_ONLY}test_what_was_merged_is_kept_as_it_is",
    ),
    Guard(
        "UPDATE of the tree, checkpoints, histories",
        "log/schema.py",
        'for verb in ("UPDATE", "DELETE")',
        'for verb in ("DELETE",)',
        f"{APPEND_ONLY}test_statement_on_the_archive_is_refused",
    ),
    Guard(
        "DELETE of the tree, checkpoints, histories",
        "log/schema.py",
        'for verb in ("UPDATE", "DELETE")',
        'for verb in ("UPDATE",)',
        f"{APPEND_ONLY}test_statement_on_the_archive_is_refused",
    ),
    # ---- opening --------------------------------------------------------------------------------
    Guard(
        "a file of another application",
        "log/schema.py",
        "    if application != APPLICATION_ID:\n",
        "    if False:\n",
        f"{LOG}TestFilesThatAreNoLogs::test_another_application",
    ),
    Guard(
        "a table or trigger that was altered",
        "log/schema.py",
        "        if found.get((kind, name)) != sql\n",
        "        if (kind, name) not in found\n",
        f"{LOG}TestFilesThatAreNoLogs::test_altered_schema",
    ),
    Guard(
        "a trigger that does not belong there",
        "log/schema.py",
        """            wrong.append(f"{' '.join(key)} does not belong here")""",
        "            pass",
        f"{LOG}TestFilesThatAreNoLogs::test_altered_schema",
    ),
    Guard(
        "writing to a foreign file",
        "log/opening.py",
        "            _look(file, deadline)\n",
        "            pass\n",
        f"{LOG}TestFilesThatAreNoLogs::test_a_foreign_write_ahead_log_is_not_folded_in",
    ),
    Guard(
        "commits that are not synced (synchronous)",
        "log/opening.py",
        '"synchronous": 2,',
        '"synchronous": 1,',
        f"{POWER}[journal]",
    ),
    Guard(
        "write-ahead commits that are not synced",
        "log/opening.py",
        '"synchronous": 2,',
        '"synchronous": 1,',
        f"{POWER}[wal]",
    ),
    Guard(
        "a journal that comes back (journal_mode)",
        "log/opening.py",
        'else "truncate"',
        'else "delete"',
        f"{POWER}[journal]",
    ),
    *(
        Guard(f"{what} ({pragma})", "log/opening.py", f'        "{pragma}": 1,', "", SETTINGS)
        for pragma, what in {
            "fullfsync": "disks that sync only when told twice",
            "checkpoint_fullfsync": "the same, when a write-ahead log is folded in",
            "secure_delete": "erased bytes that stay in the file",
        }.items()
    ),
    *(
        Guard(
            f"{what} ({pragma})",
            "log/opening.py",
            f'    database.execute("PRAGMA {pragma} = {value}")\n',
            "",
            SETTINGS,
        )
        for pragma, value, what in (
            ("trusted_schema", "OFF", "functions named in a schema"),
            ("cell_size_check", "ON", "pages that contradict themselves"),
            ("cache_spill", "OFF", "readers locked out before the commit"),
        )
    ),
    Guard(
        "a pragma that was not taken",
        "log/opening.py",
        "        if got != value:\n",
        "        if False:\n",
        f"{LOG}TestOpening::test_a_pragma_that_reads_back_otherwise_is_refused",
    ),
    # ---- processes, threads, outcomes -----------------------------------------------------------
    Guard(
        "use after a fork",
        "log/guarded.py",
        "        if os.getpid() != self._process:\n            raise refusal(",
        "        if False:\n            raise refusal(",
        f"{LOG}test_an_object_belongs_to_the_process_that_opened_it",
    ),
    Guard(
        "two threads at once",
        "log/guarded.py",
        "if not self._lock.acquire(timeout=deadline.remaining):",
        "if not (self._lock.acquire(blocking=False) or True):",
        f"{OUTCOMES}test_another_thread_at_work",
    ),
    Guard(
        "a lock that is asked for too late",
        "log/guarded.py",
        '"BEGIN IMMEDIATE"',
        '"BEGIN"',
        "tests/test_log_processes.py::test_a_lock_that_another_process_keeps",
    ),
    Guard(
        "writing to a log opened for reading",
        "log/guarded.py",
        "        if self._readonly:\n",
        "        if False:\n",
        f"{LOG}TestOpening::test_readonly",
    ),
    Guard(
        "an interrupted append that stays open",
        "log/guarded.py",
        """            except BaseException:
                self._roll_back(connection)
                raise
            self._commit(""",
        """            except BaseException:
                raise
            self._commit(""",
        "tests/archive/test_io_faults.py::test_an_append_that_is_interrupted_is_taken_back_at_once",
    ),
    Guard(
        "a failed append that stays open",
        "log/guarded.py",
        """            except sqlite3.Error as error:
                self._roll_back(connection)
                raise self._not_written(error, deadline) from error
            except LogError""",
        """            except sqlite3.Error as error:
                raise self._not_written(error, deadline) from error
            except LogError""",
        "tests/archive/test_io_faults.py::test_an_append_that_failed_is_taken_back_at_once",
    ),
    Guard(
        "calling an unknown outcome not written",
        "log/guarded.py",
        "            if is_busy(error) or primary_code(error) == sqlite3.SQLITE_FULL:\n",
        "            if True:\n",
        f"{OUTCOMES}test_commit_that_fails_leaves_the_outcome_unknown",
    ),
    Guard(
        "calling a full disk unknown",
        "log/guarded.py",
        "            if is_busy(error) or primary_code(error) == sqlite3.SQLITE_FULL:\n",
        "            if is_busy(error):\n",
        f"{OUTCOMES}test_a_rollback_that_fails_closes_the_log",
    ),
    Guard(
        "use after an unknown outcome",
        "log/guarded.py",
        "            self.close()\n            raise OutcomeUnknownError(",
        "            raise OutcomeUnknownError(",
        f"{OUTCOMES}test_commit_that_fails_leaves_the_outcome_unknown",
    ),
    Guard(
        "a read that fails within an append",
        "log/guarded.py",
        '                raise NotWrittenError(f"{error}; nothing was written") from error\n',
        "                raise\n",
        "tests/archive/test_io_faults.py::"
        "test_whatever_fails_within_an_append_it_says_that_nothing_was_written",
    ),
    # ---- appending ------------------------------------------------------------------------------
    Guard(
        "a log that is further than expected",
        "log/relational.py",
        "            if ahead and not (",
        "            if False and not (",
        f"{FILE}test_expected_position_that_does_not_hold",
    ),
    Guard(
        "refusing the same append again",
        "log/relational.py",
        " and not (batch.rows and held_all(batch, held)):",
        ":",
        f"{FILE}test_repeating_an_append_is_safe_with_an_expected_position_too",
    ),
    Guard(
        "a second copy of an event",
        "log/relational.py",
        "held = self._held(connection, batch) if last and (ahead or not new) else {}",
        "held: Held = {}",
        f"{FILE}test_the_same_event_again_gets_its_first_position",
    ),
    Guard(
        "other bytes under the same id",
        "log/batch.py",
        "        elif there[1] != body and there[1] and body:",
        "        elif False:",
        f"{OUTCOMES}test_an_id_with_other_bytes",
    ),
    Guard(
        "bytes that are not those of the id",
        "log/batch.py",
        "    if hashlib.sha256(entry.data).hexdigest() != entry.id:\n",
        "    if False:\n",
        f"{FILE}test_bytes_that_are_not_those_of_the_id_are_not_taken",
    ),
    Guard(
        "a clock that goes back",
        "log/batch.py",
        "    moment = max(now, instant)\n",
        "    moment = now\n",
        f"{OUTCOMES}test_instants_never_go_back",
    ),
    Guard(
        "kept instants that go back",
        "log/batch.py",
        "    if batch.recorded is not None:\n        _check_order",
        "    if False:\n        _check_order",
        f"{FILE}test_instants_that_would_go_back_are_not_kept",
    ),
    Guard(
        "an erased entry without its redaction",
        "log/relational.py",
        "            self._check_redacted(connection, batch)\n",
        "",
        f"{FILE}test_an_erased_entry_is_taken_only_with_its_redaction",
    ),
    Guard(
        "a redaction that is erased itself",
        "log/relational.py",
        "            if kind == REDACTED or not _is_redacted(connection, event_id):\n",
        "            if False:\n",
        f"{LOG}TestErasing::test_a_redaction_is_not_erased",
    ),
    Guard(
        "erased bytes that stay in a write-ahead log",
        "log/sqlite.py",
        '        self._read("PRAGMA wal_checkpoint(TRUNCATE)")\n',
        "        pass\n",
        f"{LOG}TestErasing::test_leaves_nothing_in_a_write_ahead_log",
    ),
    Guard(
        "values that no column allows",
        "log/relational_reading.py",
        "        if tuple(map(type, row)) not in _TYPES_OF_AN_ENTRY:\n",
        "        if False:\n",
        "tests/archive/test_bit_flips.py::test_a_value_that_no_strict_table_could_hold",
    ),
    Guard(
        "going on after an instant that is none",
        "log/relational.py",
        "            if type(instant) is not str:\n",
        "            if False:\n",
        "tests/archive/test_bit_flips.py::test_a_value_that_no_strict_table_could_hold",
    ),
    # ---- verify ---------------------------------------------------------------------------------
    Guard(
        "verify: schema",
        "log/verify.py",
        '        lambda: (Problem(None, "schema", fault) for fault in faults()),\n',
        "",
        f"{LOG}TestVerify::test_a_trigger_that_went_missing",
    ),
    Guard(
        "verify: integrity of the file",
        "log/verify.py",
        '        lambda: (Problem(None, "integrity", fault) for fault in damage()),\n',
        "",
        f"{LOG}TestVerify::test_an_index_that_lost_a_row",
    ),
    Guard(
        "verify: positions",
        "log/verify.py",
        "            if position != due:\n",
        "            if False:\n",
        f"{TAMPERED}[deleted_in_the_middle]",
    ),
    Guard(
        "verify: order of instants",
        "log/verify.py",
        "    elif recorded < before:\n",
        "    elif False:\n",
        f"{LOG}TestVerify::test_finds_tampering",
    ),
    Guard(
        "verify: ids",
        "log/verify.py",
        "    if id_ != digest.encode():\n",
        "    if False:\n",
        f"{LOG}TestVerify::test_finds_tampering",
    ),
    Guard(
        "verify: canonical bytes",
        "log/verify.py",
        "    if _is_current(event, body) and encode(event) != body:\n",
        "    if False:\n",
        f"{LOG}TestVerify::test_finds_tampering",
    ),
    Guard(
        "verify: columns",
        "log/verify.py",
        "        if there != _bytes(text):\n",
        "        if False:\n",
        f"{TAMPERED}[column]",
    ),
    Guard(
        "verify: erased only after a redaction",
        "log/verify.py",
        "    if not read(_IS_REDACTED, (decoded(id_),)):\n",
        "    if False:\n",
        f"{TAMPERED}[erased_without_a_redaction]",
    ),
    Guard(
        "verify: identity",
        "log/verify.py",
        "    if identity is None or len(identity) != 32",
        "    if False and len(identity) != 32",
        DAMAGE,
    ),
    Guard(
        "verify: leaves",
        "log/verify_tree.py",
        "            elif there and leaf and there != leaf:\n",
        "            elif False:\n",
        f"{TAMPERED}[event_with_its_id]",
    ),
    Guard(
        "verify: nodes",
        "log/verify_tree.py",
        "            elif node is not None and node not in expected:\n",
        "            elif False:\n",
        f"{TAMPERED}[node]",
    ),
    Guard(
        "verify: nodes that are missing",
        "log/verify_tree.py",
        "            if node is None and level not in self._short:\n",
        "            if False:\n",
        f"{TAMPERED}[nodes_gone]",
    ),
    Guard(
        "verify: entries missing at the end",
        "log/verify_tree.py",
        "            if level == 0 and end > last:\n",
        "            if False:\n",
        f"{TAMPERED}[deleted_at_the_end]",
    ),
    Guard(
        "verify: checkpoints",
        "log/verify_tree.py",
        "        if any(root in log.heads.get(size, ()) for log in candidates):\n",
        "        if True:\n",
        f"{TAMPERED}[all_rewritten]",
    ),
    Guard(
        "verify: a log shorter than a checkpoint",
        "log/verify_tree.py",
        "        if size > longest:\n",
        "        if False:\n",
        f"{TAMPERED}[cut_with_its_nodes]",
    ),
    Guard(
        "verify: roots of histories",
        "log/verify_tree.py",
        "        elif root not in heads[size]:\n",
        "        elif False:\n",
        "tests/test_verify.py::test_a_history_that_was_changed_is_found",
    ),
)
