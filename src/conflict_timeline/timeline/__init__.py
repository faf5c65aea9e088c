"""The façade: one object with the log, its views and their answers."""

from conflict_timeline.timeline.state import State
from conflict_timeline.timeline.timeline import Timeline, open_timeline
from conflict_timeline.timeline.view import View

__all__ = ["State", "Timeline", "View", "open_timeline"]
