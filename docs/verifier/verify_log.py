#!/usr/bin/env python3
"""Verifies a log that conflict_timeline exported as JSON Lines, and proofs, without that package.

KEY is a verifier key, name+id+base64. A CHECKPOINT is a file that was kept elsewhere; it counts if
one of the keys signed it. A PROOF is of inclusion or consistency, as 'conflict-timeline prove' made
it. Needs Python 3.9, and nothing else. The formats: docs/reference/jsonl.md and checkpoints.md, RFC
9162 (section 2.1), RFC 8032 (5.1). Exit code 0 if everything holds, 1 if not, 2 if called wrongly.
"""
import argparse, base64, hashlib, json, pathlib, re, sys  # noqa: E401, I001

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519: field and order
D = -121665 * pow(121666, -1, P) % P

def need(condition, message):
    if not condition:
        raise ValueError(message)

def sha(data):
    return hashlib.sha256(data).digest()

def number(data):
    return int.from_bytes(data, "little")

def point(data):  # Ed25519: RFC 8032, sections 5.1.3, 5.1.4 and 5.1.7
    y, sign = number(data) % 2**255, number(data) >> 255
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == x2 and (x or not sign), "expected a point of the curve")
    return (P - x if x % 2 != sign else x), y

def add(p, q):
    t = D * p[0] * p[1] * q[0] * q[1]
    return ((p[0] * q[1] + p[1] * q[0]) * pow(1 + t, -1, P) % P,
            (p[0] * q[0] + p[1] * q[1]) * pow(1 - t, -1, P) % P)

def times(n, p):
    rest = times(n // 2, add(p, p)) if n else (0, 1)
    return add(p, rest) if n % 2 else rest

def check_signature(name, public, signature, message):
    need(len(signature) == 64 and number(signature[32:]) < L, f"expected a signature of {name}")
    base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    h = number(hashlib.sha512(signature[:32] + public + message).digest()) % L
    there = add(point(signature[:32]), times(h, point(public)))
    need(times(number(signature[32:]), base) == there, f"the signature of {name} does not hold")

def unbase64(text):
    data = base64.b64decode(text.encode("ascii"), validate=True)
    need(base64.b64encode(data).decode() == text, "expected base64")
    return data

def read_key(text):
    name, id_, encoded = text.strip().split("+", 2)
    data = unbase64(encoded)
    need(len(data) == 33 and data[0] == 1, "expected a verifier key of Ed25519")
    need(sha(name.encode() + b"\n" + data)[:4].hex() == id_, "expected a key id that fits")
    return (name, bytes.fromhex(id_)), data[1:]

def read_note(note, keys):  # gives size, root, and how many signatures of the keys hold
    need(len(note) <= 200_000 and not re.search("[\0-\t\x0b-\x1f]", note), "expected a note")
    body, _, lines = note.rpartition("\n\n")
    found = re.fullmatch("[^\n]+\n(0|[1-9][0-9]{0,18})\n([^\n]+)(\n[^\n]+)*", body)
    need(found and lines[-1:] == "\n", "expected a checkpoint: origin, size, root, signatures")
    signers = {}
    for line in lines[:-1].split("\n"):
        dash, name, data = line.split(" ")
        signer, signature = (name, unbase64(data)[:4]), unbase64(data)[4:]
        need(dash == "\N{EM DASH}" and signer not in signers, "expected one signature of each key")
        signers[signer] = signer in keys
        if signer in keys:
            check_signature(name, keys[signer], signature, f"{body}\n".encode())
    return int(found[1]), unbase64(found[2]).hex(), sum(signers.values())

def leaf(id_, recorded):
    good = re.fullmatch("[0-9a-f]{64}", id_) and re.fullmatch("[-0-9T:.]{26}Z", recorded)
    need(good, "expected an id of 64 hex digits, and an instant of recording")
    return sha(b"\0" + bytes.fromhex(id_) + recorded.encode())

def root_of(row):  # RFC 9162, 2.1.1, from below: what has no neighbour goes up as it is
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2])
        row = [sha(b"\1" + left + right) for left, right in pairs] + row[len(row) // 2 * 2 :]
    return (row[0] if row else sha(b"")).hex()

def climb(at, last, start, path):  # 2.1.3.2 and 2.1.4.2: the roots of the old and the new tree
    small = large = start
    for item in path:
        need(last and len(item) == 32, "expected a shorter path, of hashes")
        if at % 2 or at == last:
            small, large = sha(b"\1" + item + small), sha(b"\1" + item + large)
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            large = sha(b"\1" + large + item)
        at, last = at // 2, last // 2
    need(not last, "expected a longer path")
    return small.hex(), large.hex()

def proven(proof):  # which sizes and roots have to be trusted, and what follows
    path, size, root = [*map(bytes.fromhex, proof["path"])], proof["size"], proof["root"]
    need((proof["conflict_timeline"], proof["version"]) == ("proof", 1), "expected a proof")
    if proof["kind"] == "inclusion":
        at, id_ = proof["position"], proof["id"]
        need(0 < at <= size, "position: expected one in the tree")
        need("event" not in proof or id_of(proof["event"]) == id_, "the event has another id")
        roots = climb(at - 1, size - 1, leaf(id_, proof["recorded"]), path)
        need(roots[1] == root, "the path leads to another root")
        return {(size, root)}, f"event {id_} was recorded {proof['recorded']} at position {at}"
    old, old_root = proof["old_size"], proof["old_root"]
    need(proof["kind"] == "consistency" and 0 < old < size, "expected an old size below the size")
    first, *rest = path if old & (old - 1) else [bytes.fromhex(old_root), *path]
    side = (old & -old).bit_length() - 1
    roots = climb((old - 1) >> side, (size - 1) >> side, first, rest)
    need(roots == (old_root, root), "the path leads to other roots")
    return {(old, old_root), (size, root)}, f"the log of {old} entries only grew to {size}"

def load(raw):
    def once(pairs):
        need(len(dict(pairs)) == len(pairs), "expected each key once")
        return dict(pairs)
    return json.loads(raw.decode("utf-8"), object_pairs_hook=once)

def id_of(event):
    text = json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha(text.encode("utf-8")).hex()

class Log:  # trees and heads by the number of their history, None for the log itself
    def __init__(self):
        self.trees, self.heads, self.notes, self.last = {None: []}, {}, [], ""
        self.ids, self.erased, self.redacted = set(), set(), set()

    def take(self, line):
        if not self.heads:
            need((line["conflict_timeline"], line["version"]) == ("log", 1), "expected a header")
            self.heads[None] = line["size"], line["root"]
        elif "checkpoint" in line:
            self.notes.append((line["checkpoint"]["history"], line["checkpoint"]["note"]))
        elif "history" in line:
            head, before = line["history"], line["history"]["continues"]
            need(head["number"] not in self.trees, "expected another number")
            self.trees[head["number"]] = [] if before is None else [*self.trees[before]]
            self.heads[head["number"]] = head["size"], head["root"]
        else:
            entry = line.get("history_entry", line)
            tree, id_ = self.trees[None if entry is line else entry["history"]], entry["id"]
            tree.append(leaf(id_, entry["recorded"]))
            need(entry["position"] == len(tree), f"expected position {len(tree)}")
            need((id_ in self.ids) != (entry is line), "expected each event once in the log")
            if entry is line:
                need(line["recorded"] >= self.last, "expected no instant before the last")
                self.last = line["recorded"]
                self.ids.add(id_)
                if line.get("erased") is True and "event" not in line:
                    return self.erased.add(id_)
                need(id_of(line["event"]) == id_, "the event has another id")
                self.redacted.add(line["event"]["type"] == "redacted" and line["event"]["target"])

    def check(self, history, size, root):
        need(size <= len(self.trees[history]), f"expected {size} entries, some are missing")
        need(root_of(self.trees[history][:size]) == root, f"expected another root at size {size}")

    def end(self, keys):  # gives the number of signatures of the keys
        need(self.erased <= self.redacted, "an event was erased, and no redaction says so")
        for history, tree in self.trees.items():
            self.check(history, *self.heads[history])
            need(self.heads[history][0] == len(tree), "expected fewer entries: so the header says")
        notes = [(history, *read_note(note, keys)) for history, note in self.notes]
        return sum([held for *head, held in notes if not self.check(*head)])

def main(given, place):  # place: where we are, for messages
    log, keys, vouched = Log(), dict(map(read_key, given.key)), set()
    for place[:] in [(given.log, 0)] if given.log else []:
        with open(given.log, "rb") as file:
            for place[1], raw in enumerate(iter(lambda: file.readline(16_000_000), b""), 1):
                log.take(load(raw))
        held = f"{len(log.notes)} checkpoints, {log.end(keys)} signatures of the keys"
        print(f"{given.log}: {len(log.ids)} entries, root {root_of(log.trees[None])}, {held}")
    for place[:] in zip(given.checkpoint):
        size, root, held = read_note(pathlib.Path(place[0]).read_bytes().decode("utf-8"), keys)
        need(held, "expected a signature of one of the keys")
        given.log and log.check(None, size, root)
        vouched.add((size, root))
    for place[:] in zip(given.proof):
        proof = load(pathlib.Path(place[0]).read_bytes())
        notes = [read_note(note, keys) for note in proof["checkpoints"]]
        vouched.update((size, root) for size, root, held in notes if held)
        pairs, words = proven(proof)
        need(not keys or pairs <= vouched, "no checkpoint of one of the keys vouches for it")
        print(f"{place[0]}: {words}; {'vouched for' if keys else 'nobody vouches for it'}")

if __name__ == "__main__":
    ask, where = argparse.ArgumentParser(description=__doc__), []
    ask.add_argument("log", nargs="?", metavar="LOG.jsonl")
    for option in ("key", "checkpoint", "proof"):
        ask.add_argument(f"--{option}", action="append", default=[], metavar=option.upper())
    try:
        main(ask.parse_args(), where)
    except Exception as error:  # whatever a hostile file leads to, it does not hold
        sys.exit(f"{':'.join(map(str, where))}: {error!r}"[:300])
