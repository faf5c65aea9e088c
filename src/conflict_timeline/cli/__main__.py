"""Runs the command line as ``python -m conflict_timeline.cli``."""

from conflict_timeline.cli import main

main(prog_name="conflict-timeline")
