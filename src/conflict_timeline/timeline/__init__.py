"""The façade: one object with the log, its views and their answers."""

from conflict_timeline.timeline.diff import Change, Diff, values
from conflict_timeline.timeline.merging import Merge, RecordConflict
from conflict_timeline.timeline.redactions import Redaction
from conflict_timeline.timeline.revisions import Revision
from conflict_timeline.timeline.state import State
from conflict_timeline.timeline.timeline import Timeline, open_timeline, undump
from conflict_timeline.timeline.view import View

__all__ = [
    "Change",
    "Diff",
    "Merge",
    "RecordConflict",
    "Redaction",
    "Revision",
    "State",
    "Timeline",
    "View",
    "open_timeline",
    "undump",
    "values",
]
