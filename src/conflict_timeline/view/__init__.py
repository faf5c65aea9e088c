"""Visibility: which events a question may see, and since when each was known."""

from conflict_timeline.view.spec import Logged, ViewSpec, instant
from conflict_timeline.view.visible import (
    ChangeOfMind,
    InForce,
    Seen,
    Visible,
    in_force,
    publication,
    recorded_day,
    seen_as,
    visible,
)

__all__ = [
    "ChangeOfMind",
    "InForce",
    "Logged",
    "Seen",
    "ViewSpec",
    "Visible",
    "in_force",
    "instant",
    "publication",
    "recorded_day",
    "seen_as",
    "visible",
]
