"""Ways to alter a log that its owner, or whoever may write to its file, has; and how they show."""

from __future__ import annotations

import contextlib
import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs

from conflict_timeline.codec import encode
from conflict_timeline.errors import ConflictTimelineError
from conflict_timeline.events import Source
from conflict_timeline.log import Entry, SQLiteLog, schema
from conflict_timeline.log.columns import columns_of
from conflict_timeline.log.contract import Checkpoint
from conflict_timeline.log.merkle import HASH_SIZE, leaf_hash
from tests.contract_store import changes

__all__ = ["KINDS", "Damage", "altered", "made", "tampered"]

#: Entries of the log that is altered, and the sizes at which it was vouched for elsewhere.
SIZE = 45
VOUCHED = (20, 45)
#: The size at which a checkpoint is kept in the log itself.
KEPT = 30


@attrs.frozen
class Damage:
    """What ``verify`` must say first.

    Attributes:
        position: the first that is named; None if it is about the log as a whole.
        kinds: of which kind that problem may be.
        blind: whether nothing is seen without a checkpoint kept elsewhere.
        vouched: the first position named if there is one; if not given, the same.
    """

    position: int | None
    kinds: frozenset[str] = frozenset()
    blind: bool = False
    vouched: int | None = None

    @property
    def position_vouched(self) -> int | None:
        return self.position if self.vouched is None else self.vouched


@attrs.frozen
class Made:
    """A sound log, and what was kept of it elsewhere."""

    file: Path
    entries: Sequence[Entry]
    identity: str
    vouched: Sequence[Checkpoint]


def made(file: Path) -> Made:
    """A log of some batches, with a checkpoint in it."""
    with SQLiteLog.open(file) as log:
        vouched = []
        for start in range(0, SIZE, 5):
            log.append([*changes(4, start=start), Source(id=f"s{start}", title="x" * (start + 1))])
            if log.position in (*VOUCHED, KEPT):
                vouched.append(Checkpoint(log.identity, log.head(), f"a note of {log.position}"))
        log.take([], checkpoints=[kept for kept in vouched if kept.head.size == KEPT])
        assert log.verify(vouched) == []
        return Made(
            file,
            list(log.entries()),
            log.identity,
            [item for item in vouched if item.head.size != KEPT],
        )


@contextlib.contextmanager
def altered(file: Path) -> Iterator[sqlite3.Connection]:
    """The log's database without its triggers, which are put back after."""
    triggers = [sql for sql in schema.STATEMENTS if sql.startswith("CREATE TRIGGER")]
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for sql in triggers:
            connection.execute(f"DROP TRIGGER {sql.split()[2]}")
        yield connection
        for sql in triggers:
            connection.execute(sql)


def _set(at: sqlite3.Connection, position: int, **values: object) -> None:
    columns = ", ".join(f"{name} = ?" for name in values)
    at.execute(f"UPDATE events SET {columns} WHERE position = ?", (*values.values(), position))


def _leaf(at: sqlite3.Connection, position: int, leaf: bytes) -> None:
    _node(at, 0, position - 1, leaf)


def _node(at: sqlite3.Connection, level: int, number: int, node: bytes) -> None:
    query = "SELECT start, hashes FROM nodes WHERE level = ? AND start <= ? ORDER BY start DESC"
    start, hashes = at.execute(query, (level, number)).fetchone()
    place = (number - start) * HASH_SIZE
    hashes = hashes[:place] + node + hashes[place + HASH_SIZE :]
    at.execute("UPDATE nodes SET hashes = ? WHERE level = ? AND start = ?", (hashes, level, start))


def _flipped(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(8 * len(data))
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]


def _another(rng: random.Random) -> tuple[str, bytes, dict[str, object]]:
    """Id, bytes and columns of an event that the log does not have."""
    event = Source(id=f"other{rng.random()}", title="t")
    body = encode(event)
    return hashlib.sha256(body).hexdigest(), body, attrs.asdict(columns_of(event), recurse=False)


def _rewritten(log: Made, entries: Sequence[Entry]) -> None:
    """A log that holds other entries, made from the first as a log is made: nothing shows."""
    log.file.unlink()
    with SQLiteLog.open(log.file, identity=log.identity) as new:
        new.take(entries, keep_recorded=True)


def _seen(position: int | None, *kinds: str) -> Damage:
    return Damage(position, frozenset(kinds))


def _vouched_before(position: int) -> int:
    """The first position that no checkpoint before that one vouches for."""
    return max((size for size in VOUCHED if size < position), default=0) + 1


# ---- the kinds ----------------------------------------------------------------------------------


def bit_of_a_body(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    with altered(log.file) as at:
        _set(at, position, body=_flipped(log.entries[position - 1].data, rng))
    return _seen(position, "id", "body", "unreadable")


def column(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    name = rng.choice(["kind", "known", "earliest", "latest", "subject"])
    with altered(log.file) as at:
        _set(at, position, **{name: rng.choice(["source", "2001-01-01", "", "p7", "\0"]) + "!"})
    return _seen(position, "column")


def id_alone(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    with altered(log.file) as at:
        _set(at, position, id=_another(rng)[0])
    return _seen(position, "id", "leaf")


def event_with_its_id(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    id_, body, columns = _another(rng)
    with altered(log.file) as at:
        _set(at, position, id=id_, body=body, **columns)
    return _seen(position, "leaf")


def event_with_id_and_leaf(log: Made, rng: random.Random) -> Damage:
    """The node above says where it was, but for the other entry below that node."""
    position = rng.randint(1, SIZE - 1)
    id_, body, columns = _another(rng)
    with altered(log.file) as at:
        _set(at, position, id=id_, body=body, **columns)
        _leaf(at, position, leaf_hash(id_, log.entries[position - 1].recorded))
    return _seen((position - 1) // 2 * 2 + 1, "node")


def instant(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    moment = log.entries[position - 1].recorded
    later = moment[:-2] + str((int(moment[-2]) + 1) % 10) + "Z"
    with altered(log.file) as at:
        _set(at, position, recorded=rng.choice([later, "2001" + moment[4:], "yesterday"]))
    # A day that goes back shows at once; one that goes forward shows at the entry after it too.
    return _seen(position, "leaf", "recorded")


def two_swapped(log: Made, rng: random.Random) -> Damage:
    first, second = sorted(rng.sample(range(1, SIZE + 1), 2))
    names = ("id", "body", "kind", "known", "earliest", "latest", "subject")
    with altered(log.file) as at:
        query = f"SELECT {', '.join(names)} FROM events WHERE position = ?"
        one, other = (
            dict(zip(names, at.execute(query, (p,)).fetchone(), strict=True))
            for p in (first, second)
        )
        _set(at, first, id="-")
        _set(at, second, **one)
        _set(at, first, **other)
    return _seen(first, "leaf")


def deleted_in_the_middle(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE - 1)
    with altered(log.file) as at:
        at.execute("DELETE FROM events WHERE position = ?", (position,))
    return _seen(position, "position")


def deleted_and_closed_up(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE - 1)
    with altered(log.file) as at:
        at.execute("DELETE FROM events WHERE position = ?", (position,))
        for number in range(position, SIZE):
            at.execute("UPDATE events SET position = ? WHERE position = ?", (number, number + 1))
    return _seen(position, "leaf")


def deleted_at_the_end(log: Made, rng: random.Random) -> Damage:
    left = rng.randint(0, SIZE - 1)
    with altered(log.file) as at:
        at.execute("DELETE FROM events WHERE position > ?", (left,))
    return _seen(left + 1, "truncated")


def inserted(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    id_, body, columns = _another(rng)
    names = ["position", "recorded", "id", "body", *columns]
    with altered(log.file) as at:
        for number in range(SIZE, position - 1, -1):
            at.execute("UPDATE events SET position = ? WHERE position = ?", (number + 1, number))
        at.execute(
            f"INSERT INTO events ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            (position, log.entries[position - 1].recorded, id_, body, *columns.values()),
        )
    return _seen(position, "leaf")


def added_at_the_end(log: Made, rng: random.Random) -> Damage:
    """Without its leaf; with it, it is an append."""
    id_, body, columns = _another(rng)
    names = ["position", "recorded", "id", "body", *columns]
    with altered(log.file) as at:
        at.execute(
            f"INSERT INTO events ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            (SIZE + 1, log.entries[-1].recorded, id_, body, *columns.values()),
        )
    return _seen(SIZE + 1, "leaf")


def leaf(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    with altered(log.file) as at:
        _leaf(at, position, rng.randbytes(HASH_SIZE))
    return _seen(position, "leaf")


def node(log: Made, rng: random.Random) -> Damage:
    level = rng.randint(1, SIZE.bit_length() - 1)
    number = rng.randrange(SIZE >> level)
    with altered(log.file) as at:
        _node(at, level, number, rng.randbytes(HASH_SIZE))
    return _seen((number << level) + 1, "node")


def nodes_gone(log: Made, rng: random.Random) -> Damage:
    level = rng.randint(0, SIZE.bit_length() - 1)
    with altered(log.file) as at:
        starts = [
            start for (start,) in at.execute("SELECT start FROM nodes WHERE level = ?", (level,))
        ]
        start = rng.choice(starts)
        at.execute("DELETE FROM nodes WHERE level = ? AND start = ?", (level, start))
    return _seen((start << level) + 1, "node", "leaf")


def kept_checkpoint_forged(log: Made, rng: random.Random) -> Damage:
    with altered(log.file) as at:
        what = rng.choice(["root", "size", "log"])
        size = rng.randint(1, KEPT - 1) if what == "size" else KEPT
        value = {"root": rng.randbytes(32), "size": size, "log": "f" * 32}[what]
        at.execute(f"UPDATE checkpoints SET {what} = ?", (value,))
    if what == "log":
        return _seen(None, "checkpoint")
    return Damage(1, frozenset({"checkpoint"}), vouched=_vouched_before(size))


def identity(log: Made, rng: random.Random) -> Damage:
    with altered(log.file) as at:
        at.execute("UPDATE log_identity SET log = ?", (rng.randbytes(16).hex(),))
    return _seen(None, "checkpoint")


def erased_without_a_redaction(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    with altered(log.file) as at:
        _set(
            at,
            position,
            kind="erased",
            body=b"",
            known=None,
            earliest=None,
            latest=None,
            subject=None,
        )
    return _seen(position, "body")


def trigger_gone(log: Made, rng: random.Random) -> Damage:
    triggers = [sql for sql in schema.STATEMENTS if sql.startswith("CREATE TRIGGER")]
    with contextlib.closing(sqlite3.connect(log.file)) as connection:
        connection.execute(f"DROP TRIGGER {rng.choice(triggers).split()[2]}")
    return _seen(None, "schema")


def trigger_added(log: Made, rng: random.Random) -> Damage:
    with contextlib.closing(sqlite3.connect(log.file)) as connection:
        connection.execute(
            "CREATE TRIGGER quiet BEFORE INSERT ON events WHEN NEW.subject = 'p7' "
            "BEGIN SELECT RAISE(IGNORE); END"
        )
    return _seen(None, "schema")


def triggers_gone_and_back(log: Made, rng: random.Random) -> Damage:
    """Nothing was changed meanwhile: there is nothing to see, with a checkpoint or without."""
    with altered(log.file):
        pass
    return Damage(None, blind=True)


def all_rewritten(log: Made, rng: random.Random) -> Damage:
    position = rng.randint(1, SIZE)
    id_, body, _ = _another(rng)
    entries = list(log.entries)
    entries[position - 1] = attrs.evolve(entries[position - 1], id=id_, data=body)
    _rewritten(log, entries)
    return Damage(_vouched_before(position), frozenset({"checkpoint"}), blind=True)


def cut_with_its_nodes(log: Made, rng: random.Random) -> Damage:
    left = rng.randint(0, SIZE - 1)
    _rewritten(log, log.entries[:left])
    return Damage(left + 1, frozenset({"truncated"}), blind=True)


def last_entries_told_otherwise(log: Made, rng: random.Random) -> Damage:
    left = rng.randint(0, SIZE - 1)
    _rewritten(log, log.entries[:left])
    with SQLiteLog.open(log.file) as new:
        new.append(changes(SIZE - left, start=1_000))
    return Damage(_vouched_before(left + 1), frozenset({"checkpoint"}), blind=True)


KINDS: tuple[Callable[[Made, random.Random], Damage], ...] = (
    bit_of_a_body,
    column,
    id_alone,
    event_with_its_id,
    event_with_id_and_leaf,
    instant,
    two_swapped,
    deleted_in_the_middle,
    deleted_and_closed_up,
    deleted_at_the_end,
    inserted,
    added_at_the_end,
    leaf,
    node,
    nodes_gone,
    kept_checkpoint_forged,
    identity,
    erased_without_a_redaction,
    trigger_gone,
    trigger_added,
    triggers_gone_and_back,
    all_rewritten,
    cut_with_its_nodes,
    last_entries_told_otherwise,
)


def tampered(
    log: Made, kind: Callable[[Made, random.Random], Damage], rng: random.Random, copy: Path
) -> tuple[Damage, list[tuple[int | None, str]], list[tuple[int | None, str]]]:
    """Alters a copy of a log; gives what must be seen, and what is, without checkpoints and with.

    A file that is not opened as a log counts as one problem with its schema.
    """
    shutil.copy(log.file, copy)
    damage = kind(attrs.evolve(log, file=copy), rng)
    try:
        with SQLiteLog.open(copy) as opened:
            alone = [(p.position, p.kind) for p in opened.verify()]
            vouched = [(p.position, p.kind) for p in opened.verify(log.vouched)]
    except ConflictTimelineError:
        alone = vouched = [(None, "schema")]
    return damage, alone, vouched
