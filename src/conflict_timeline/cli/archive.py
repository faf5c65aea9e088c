"""Commands that let others check a log: keygen, checkpoint, prove, check-proof."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import IO

import attrs
import click

from conflict_timeline.cli.axes import format_option, log_argument
from conflict_timeline.cli.machine import write_csv, write_json
from conflict_timeline.cli.running import NO, read_log, say, write_log
from conflict_timeline.codec import to_table
from conflict_timeline.errors import ProofError
from conflict_timeline.log.keys import SigningKey, VerifierKey
from conflict_timeline.log.notes import LONGEST
from conflict_timeline.log.proofs import Verdict, check_proof

__all__ = ["check_proof_command", "checkpoint", "kept_notes", "keygen", "prove", "verifier_keys"]

key_option = click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Verifier key whose signatures count: its text, or a file that holds it; repeatable.",
)
checkpoint_option = click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Checkpoint that was kept elsewhere; repeatable.",
)


def verifier_keys(given: Iterable[str]) -> list[VerifierKey]:
    """The keys that were given as text or as files."""
    return [VerifierKey.read(k) if os.path.exists(k) else VerifierKey.parse(k) for k in given]


def kept_notes(files: Iterable[str]) -> list[bytes]:
    """The checkpoints in files, byte for byte."""
    notes = []
    for file in files:
        with open(file, "rb") as stream:
            notes.append(stream.read(LONGEST + 1))
    return notes


@click.command(short_help="Makes a key that signs checkpoints.")
@click.argument("keyfile", type=click.Path(dir_okay=False), metavar="KEYFILE")
@click.option(
    "--name",
    required=True,
    metavar="NAME",
    help="Whose key it is: best a URL without its scheme, such as example.org/syria.",
)
def keygen(keyfile: str, name: str) -> None:
    """Makes a key: KEYFILE signs checkpoints, KEYFILE.pub tells everyone whose they are.

    KEYFILE is made so that only you may read it: whoever has it can sign in your name. What is in
    KEYFILE.pub also goes to standard output, to be published. No file is overwritten.
    """
    key, public = SigningKey.generate(name), f"{keyfile}.pub"
    for file in (keyfile, public):
        if os.path.lexists(file):
            raise click.UsageError(f"{file}: is there already, and a key is never overwritten")
    text = key.verifier.text  # before a file is made: it may be that the extra is missing
    key.write(keyfile)
    with open(public, "x", encoding="utf-8") as file_:
        file_.write(f"{text}\n")
    click.echo(text)
    say(f"{keyfile}: made; keep it to yourself, and publish {public}.")


@click.command(short_help="Signs the log as it is now: a text to be kept elsewhere.")
@log_argument
@click.option(
    "--key", "keyfile", required=True, metavar="KEYFILE", help="The file of the key that signs."
)
@click.option(
    "--origin", metavar="ORIGIN", help="Whose log it is; the name of the key if not given."
)
def checkpoint(log: str, keyfile: str, origin: str | None) -> None:
    """Signs size and root of LOG as it is now, and writes the checkpoint to standard output.

    Keep it where the owner of the log cannot change it: print it, mail it, publish it. The log
    keeps it too. All entries are read and hashed anew before it is signed; a log that is not what
    its hash tree or an earlier checkpoint says is not signed.
    """
    if _others_may_read(keyfile):
        say(f"{keyfile}: others may read this key, and sign with it; 'chmod 600' it.")
    key = SigningKey.read(keyfile)
    with write_log(log) as timeline:
        click.echo(timeline.checkpoint(key, origin=origin), nl=False)


def _others_may_read(file: str) -> bool:
    return os.name == "posix" and os.path.exists(file) and bool(os.stat(file).st_mode & 0o077)


@click.command(short_help="A proof of an event, or that the log only grew.")
@log_argument
@click.argument("event", required=False, metavar="[EVENT]")
@click.option("--from", "old", type=int, metavar="SIZE", help="Prove that the log only grew.")
@click.option(
    "--size",
    type=int,
    metavar="SIZE",
    help="Size of the log in which it is proven; that of the last checkpoint if not given.",
)
@click.option("--without-event", is_flag=True, help="Leave the event itself out of the proof.")
def prove(
    log: str, event: str | None, old: int | None, size: int | None, without_event: bool
) -> None:
    """Writes a proof that EVENT, an id or a position, is in LOG; or that LOG only grew from a size.

    The proof is one JSON object that 'check-proof' checks without the log. Checkpoints that the log
    keeps for its sizes are in it.
    """
    if (event is None) == (old is None):
        raise click.UsageError("expected an EVENT, or --from and the earlier size")
    with read_log(log) as timeline:
        try:
            if event is None:
                proof = timeline.prove_growth(old or 0, size=size)
            else:
                what = int(event) if re.fullmatch("[0-9]{1,18}", event) else event
                proof = timeline.prove(what, size=size, whole=not without_event)
        except ProofError as error:  # no such event or size
            raise click.UsageError(str(error)) from None
        click.echo(proof)


@click.command("check-proof", short_help="Checks a proof, without the log.")
@click.argument("proof", type=click.File("rb"), default="-", metavar="[PROOF]")
@key_option
@checkpoint_option
@format_option
def check_proof_command(
    proof: IO[bytes], keys: tuple[str, ...], checkpoints: tuple[str, ...], form: str
) -> None:
    """Checks PROOF, a file that 'prove' wrote (standard input if not given), without the log.

    With --key, one of the keys must have signed a checkpoint, in the proof or given, that vouches
    for what it starts from. Exit code 1 if it does not hold, 3 if it is no proof.
    """
    verdict = check_proof(
        proof.read(5_000_000), keys=verifier_keys(keys), checkpoints=kept_notes(checkpoints)
    )
    _tell(verdict, form, bool(keys or checkpoints))
    if not verdict.holds:
        click.get_current_context().exit(NO)


def _tell(verdict: Verdict, form: str, asked: bool) -> None:
    if form == "json":
        fields = attrs.asdict(verdict, recurse=False)
        event = None if verdict.event is None else to_table(verdict.event)
        write_json({"holds": verdict.holds, **fields, "event": event})
    elif form == "csv":
        header = [name for name in attrs.fields_dict(Verdict) if name != "event"]
        write_csv(["holds", *header], [[verdict.holds, *(getattr(verdict, n) for n in header)]])
    elif verdict.holds:
        by = ", ".join(verdict.vouched_by) or ("the checkpoint given" if asked else "nobody")
        click.echo(f"Holds: {verdict.says}.")
        click.echo(f"In the log of {verdict.size} entries with root {verdict.root}.")
        click.echo(f"Vouched for by: {by}.")
    else:
        click.echo("Does not hold:")
        for fault in verdict.faults:
            click.echo(f"  {fault}")
    if verdict.holds and not asked:
        say("Without a key or a checkpoint that you trust, it holds only in itself.")
