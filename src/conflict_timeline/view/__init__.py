"""Visibility: which events a question may see, and since when each was known."""

from conflict_timeline.view.spec import Logged, ViewSpec, instant
from conflict_timeline.view.visible import (
    ChangeOfMind,
    Seen,
    Visible,
    publication,
    recorded_day,
    visible,
)

__all__ = [
    "ChangeOfMind",
    "Logged",
    "Seen",
    "ViewSpec",
    "Visible",
    "instant",
    "publication",
    "recorded_day",
    "visible",
]
