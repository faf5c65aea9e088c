"""Checking proofs without the log: that an event is in it, and that it only grew.

A proof is a JSON text that carries all it takes to check it without the log. What it proves, it
proves of a size and a root; that the log had them is for a signed checkpoint to say.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from conflict_timeline.codec import canonical_json, decode
from conflict_timeline.errors import ConflictTimelineError, ProofError, shown
from conflict_timeline.events import Event
from conflict_timeline.log import merkle
from conflict_timeline.log.keys import VerifierKey
from conflict_timeline.log.notes import Note, Statement, opened, signers

__all__ = ["Verdict", "check_proof"]

#: An event has a million bytes at most; there is room for its checkpoints.
LONGEST = 4_000_000

_HEX = re.compile(r"[0-9a-f]{64}")
_LARGEST = 2**63 - 1
_SHARED = {"conflict_timeline", "version", "kind", "log", "size", "root", "path", "checkpoints"}
_KEYS = {
    "inclusion": _SHARED | {"position", "id", "recorded"},
    "consistency": _SHARED | {"old_size", "old_root"},
}


@attrs.frozen(kw_only=True)
class Verdict:
    """What a proof comes to.

    Attributes:
        kind: "inclusion" or "consistency".
        says: what it proves, as a sentence.
        faults: a sentence for each thing that does not hold; empty if all of it does.
        vouched_by: names of the keys whose signatures vouch for all its sizes and roots.
        size, root: the tree in which it is proven, the root in hex.
        position, id, recorded: of the entry; None for consistency.
        event: the event; None if the proof does not have it, or it is of a kind unknown here.
        old_size, old_root: the earlier tree; None for inclusion.
    """

    kind: str
    says: str
    faults: tuple[str, ...]
    vouched_by: tuple[str, ...]
    size: int
    root: str
    position: int | None = None
    id: str | None = None
    recorded: str | None = None
    event: Event | None = None
    old_size: int | None = None
    old_root: str | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults


def check_proof(
    text: str | bytes,
    *,
    keys: Iterable[VerifierKey | str] = (),
    checkpoints: Iterable[str | bytes] = (),
) -> Verdict:
    """Checks a proof, without the log.

    Args:
        text: the proof.
        keys: whose signatures count; if there are any, one of them must vouch for the sizes and
            roots by a checkpoint, in the proof or given. Without keys, and without checkpoints, the
            verdict says only whether the proof holds in itself.
        checkpoints: that were kept elsewhere; without keys they are taken at their word.

    Raises:
        ProofError: if the text is no proof, or a key or checkpoint given is none.
    """
    proof = _read(text)
    given = list(checkpoints)
    known = [key if isinstance(key, VerifierKey) else VerifierKey.parse(key) for key in keys]
    faults: list[str] = []
    heads = {(proof["size"], proof["root"])}
    fields: dict[str, Any] = {}
    if proof["kind"] == "inclusion":
        says = (
            f"event {proof['id']} was recorded {proof['recorded']} at position {proof['position']}"
        )
        fields = {name: proof[name] for name in ("position", "id", "recorded")}
        fields["event"] = _event(proof, faults)
        held = _is_included(proof)
    else:
        says = f"the log of {proof['old_size']} entries only grew to {proof['size']}"
        fields = {name: proof[name] for name in ("old_size", "old_root")}
        heads.add((proof["old_size"], proof["old_root"]))
        held = _is_consistent(proof)
    if not held:
        faults.append("path: expected one that leads to the root, got another")
    vouched = _vouched(proof["checkpoints"], given, known, faults)
    for size, root in sorted(heads):
        if (known or given) and (size, root) not in vouched:
            by = "signed by one of the keys " if known else ""
            faults.append(f"expected a checkpoint {by}that says: {size} entries, root {root}")
    names = [vouched.get(head, set()) for head in heads]
    return Verdict(
        kind=proof["kind"],
        says=says,
        faults=tuple(faults),
        vouched_by=tuple(sorted(set.intersection(*names))),
        size=proof["size"],
        root=proof["root"],
        **fields,
    )


def _event(proof: dict[str, Any], faults: list[str]) -> Event | None:
    if "event" not in proof:
        return None
    try:
        data = canonical_json(proof["event"])
    except (ValueError, RecursionError):
        data = b""
    if hashlib.sha256(data).hexdigest() != proof["id"]:
        faults.append("event: expected the event of that id, got another")
        return None
    try:
        return decode(data)
    except ConflictTimelineError:
        return None


def _is_included(proof: dict[str, Any]) -> bool:
    try:
        leaf = merkle.leaf_hash(proof["id"], proof["recorded"])
    except ValueError:
        return False
    root, path = bytes.fromhex(proof["root"]), [*map(bytes.fromhex, proof["path"])]
    return merkle.check_inclusion(leaf, proof["position"] - 1, proof["size"], root, path)


def _is_consistent(proof: dict[str, Any]) -> bool:
    was, now = bytes.fromhex(proof["old_root"]), bytes.fromhex(proof["root"])
    path = [*map(bytes.fromhex, proof["path"])]
    return merkle.check_consistency(proof["old_size"], was, proof["size"], now, path)


def _vouched(
    inside: Sequence[str],
    given: Sequence[str | bytes],
    keys: Sequence[VerifierKey],
    faults: list[str],
) -> dict[tuple[int, str], set[str]]:
    """By size and root, the names of those who vouch for them."""
    vouched: dict[tuple[int, str], set[str]] = {}
    for number, text in enumerate((*inside, *given)):
        own = number < len(inside)
        try:
            note = Note.parse(text)
            statement = Statement.parse(note.body)
            # One that was given for the purpose has to be signed; others may be anyone's.
            found = opened(note, keys) if keys and not own else signers(note, keys)
        except ProofError as error:
            faults.append(f"checkpoint {number + 1}: {error}")
            continue
        if found or not (own or keys):
            head = (statement.size, statement.root.hex())
            vouched.setdefault(head, set()).update(key.name for key in found)
    return vouched


def _read(text: str | bytes) -> dict[str, Any]:
    """A proof of which all parts are of the kinds they must be."""
    try:
        data = text.encode("utf-8") if isinstance(text, str) else text
        if len(data) > LONGEST:
            raise ProofError(f"expected a proof of at most {LONGEST} bytes, got {len(data)}")
        proof: Any = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ProofError):
            raise
        raise ProofError(f"expected a proof as JSON: {error}") from None
    if not isinstance(proof, dict):
        raise ProofError(f"expected a proof as a JSON object, got {shown(proof)}")
    kind = proof.get("kind")
    expected = _KEYS.get(kind) if isinstance(kind, str) else None
    if expected is None or (proof.get("conflict_timeline"), proof.get("version")) != ("proof", 1):
        raise ProofError("expected a proof of version 1, of inclusion or consistency")
    got = set(proof) - ({"event"} if kind == "inclusion" else set())
    if got != expected:
        wrong = ", ".join(sorted(got ^ expected))
        raise ProofError(
            f"expected the parts of a proof of {kind}, missing or unknown: {shown(wrong)}"
        )
    for name, (fits, what) in _FORMS.items():
        if name in proof and not fits(proof[name]):
            raise ProofError(f"{name}: expected {what}, got {shown(proof[name])}")
    return proof


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ProofError("expected each key once in a proof")
    return table


def _is_count(value: Any) -> bool:
    return type(value) is int and 1 <= value <= _LARGEST


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and bool(_HEX.fullmatch(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and len(value) <= 100


def _is_path(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 128 and all(map(_is_hash, value))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_COUNT = (_is_count, "a whole number from 1")
_HASH = (_is_hash, "64 lower-case hex digits")
_TEXT = (_is_text, "ASCII text")
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("size", "old_size", "position"), _COUNT),
    **dict.fromkeys(("root", "old_root", "id"), _HASH),
    **dict.fromkeys(("log", "recorded"), _TEXT),
    "path": (_is_path, "a list of hashes"),
    "checkpoints": (_are_texts, "a list of texts"),
    "event": (_is_object, "an object"),
}
