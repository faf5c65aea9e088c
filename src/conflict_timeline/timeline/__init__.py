"""The façade: one object with the log, its views and their answers."""

from conflict_timeline.timeline.diff import Change, Diff, values
from conflict_timeline.timeline.revisions import Revision
from conflict_timeline.timeline.state import State
from conflict_timeline.timeline.timeline import Timeline, open_timeline
from conflict_timeline.timeline.view import View

__all__ = [
    "Change",
    "Diff",
    "Revision",
    "State",
    "Timeline",
    "View",
    "open_timeline",
    "values",
]
