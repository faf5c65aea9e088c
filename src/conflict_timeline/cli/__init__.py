"""The command line: ``conflict-timeline``.

One module for each group of commands; a further command is written in its module and named in
``_COMMANDS`` here. ``axes.question`` gives a command the log and the time axes.
"""

from __future__ import annotations

import click

from conflict_timeline import __version__
from conflict_timeline.cli.archive import check_proof_command, checkpoint, keygen, prove
from conflict_timeline.cli.backup import backup, restore
from conflict_timeline.cli.balance import balance, contradictions
from conflict_timeline.cli.citations import cite, resolve
from conflict_timeline.cli.coverage import coverage
from conflict_timeline.cli.demo import demo
from conflict_timeline.cli.diff import diff
from conflict_timeline.cli.explain import explain
from conflict_timeline.cli.exporting import export, tables
from conflict_timeline.cli.follow import follow
from conflict_timeline.cli.forecasts import forecasts, scores
from conflict_timeline.cli.importing import import_
from conflict_timeline.cli.incidents import incidents
from conflict_timeline.cli.keeping import dump, merge, prepare, redact, redactions, undump
from conflict_timeline.cli.logs import append, init, load, verify
from conflict_timeline.cli.people import people
from conflict_timeline.cli.reporting import report
from conflict_timeline.cli.revisions import revisions
from conflict_timeline.cli.rollup import rollup
from conflict_timeline.cli.running import EXIT_CODES, Commands
from conflict_timeline.cli.sensitivity import sensitivity
from conflict_timeline.cli.territory import as_of, history

__all__ = ["main"]

_COMMANDS: tuple[click.Command, ...] = (
    demo,
    init,
    load,
    append,
    follow,
    import_,
    as_of,
    explain,
    history,
    rollup,
    people,
    balance,
    contradictions,
    incidents,
    diff,
    revisions,
    sensitivity,
    coverage,
    forecasts,
    scores,
    report,
    export,
    tables,
    cite,
    resolve,
    verify,
    prepare,
    backup,
    restore,
    keygen,
    checkpoint,
    prove,
    check_proof_command,
    merge,
    redact,
    redactions,
    dump,
    undump,
)


class _InOrder(Commands):
    """Lists its commands in the order in which they are first needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(self.commands)


@click.group(
    cls=_InOrder,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="conflict-timeline", help="Show the version.")
def main() -> None:
    """Who held what, how many were where, as of any day, as known on any day, and who says so.

    A LOG is a file of dated, sourced, often contradictory reports, or postgresql://... for one on a
    server. Data goes to standard output, messages to standard error. A day is YYYY-MM-DD; a place
    or an actor is named by its id or by any of its names in any language.
    """


for _command in _COMMANDS:
    main.add_command(_command)
