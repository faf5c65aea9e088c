"""Commands that let others check a log: keygen."""

from __future__ import annotations

import os

import click

from conflict_timeline.cli.running import say
from conflict_timeline.log.keys import SigningKey

__all__ = ["keygen"]


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
