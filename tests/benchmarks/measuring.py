"""What every part of the benchmarks measures with, and the figures that it gives."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

__all__ = ["Figure", "Figures", "asked", "median_of", "shown", "timed"]

#: Each system is asked at least so many questions of a kind, and no more after so many seconds.
LEAST, BUDGET = 5, 4.0


def timed(action: Callable[[], object]) -> float:
    """Seconds by the clock that the action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def median_of(actions: Sequence[Callable[[], object]]) -> float:
    """The median of the seconds that the actions take."""
    return statistics.median(map(timed, actions))


def asked(
    systems: Sequence[Any], questions: Sequence[tuple[Any, ...]], what: str, at_once: int = 1
) -> dict[str, float]:
    """The median time of a question in each system.

    They are asked in turn, so that what else the machine does falls on all alike; a slow one is
    asked fewer questions.

    Args:
        systems: each with a ``name``.
        questions: what ``what`` takes.
        what: the name of the method that answers.
        at_once: questions that a system is asked before it is another's turn.
    """
    times: dict[str, list[float]] = {system.name: [] for system in systems}
    for start in range(0, len(questions), at_once):
        for system in systems:
            found = times[system.name]
            if len(found) >= LEAST and sum(found) > BUDGET:
                continue
            ask = getattr(system, what)
            found += [timed(lambda q=q, a=ask: a(*q)) for q in questions[start : start + at_once]]
    return {name: statistics.median(found) for name, found in times.items()}


def shown(value: float, unit: str) -> str:
    """A figure in words."""
    if unit == "s":
        if value < 1e-3:
            return f"{value * 1e6:.1f} µs"
        return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".replace(" times", "×")


@attrs.frozen
class Figure:
    """One line of a table.

    Attributes:
        subject: the table.
        question: what was asked.
        value: what it took: in seconds, bytes, events a second, times.
        unit: "s", "B", "MB", "events/s", "times".
        goal: what it should be at most; with ``at_least``, at least.
        peers: the same of other systems.
    """

    subject: str
    question: str
    value: float
    unit: str = "s"
    goal: float | None = None
    at_least: bool = False
    peers: dict[str, float] = attrs.field(factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether the goal is met; also where there is none."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def line(self) -> str:
        """As a row of a table in Markdown."""
        cells = [self.question, shown(self.value, self.unit)]
        if self.goal is None:
            cells += ["", ""]
        else:
            bound = "≥" if self.at_least else "≤"
            cells += [f"{bound} {shown(self.goal, self.unit)}", "yes" if self.is_met else "**no**"]
        for value in self.peers.values():
            ratio = value / self.value
            digits = 2 if ratio < 1 else 1 if ratio < 100 else 0
            cells.append(f"{shown(value, self.unit)} ({ratio:,.{digits}f})")
        return f"| {' | '.join(cells)} |"


class Figures:
    """The figures of a run, kept in a file part by part, so that one part can be measured again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._parts: dict[str, list[Figure]] = {}
        if file.exists():
            kept = json.loads(file.read_text("utf-8"))
            self._parts = {part: [Figure(**f) for f in found] for part, found in kept.items()}

    def __contains__(self, part: str) -> bool:
        return part in self._parts

    def put(self, part: str, found: Sequence[Figure]) -> None:
        """Puts the figures of a part in place of those that it had."""
        self._parts[part] = list(found)
        kept = {name: [attrs.asdict(f) for f in each] for name, each in self._parts.items()}
        self._file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def of(self, part: str, question: str) -> Figure:
        """A figure of a part."""
        return next(figure for figure in self._parts[part] if figure.question == question)

    def tables(self, parts: Sequence[str]) -> str:
        """The tables of some parts, in Markdown."""
        lines: list[str] = []
        subject, peers = "", tuple[str, ...]()
        for figure in (f for part in parts for f in self._parts.get(part, ())):
            if (figure.subject, tuple(figure.peers)) != (subject, peers):
                if figure.subject != subject:
                    title, _, more = figure.subject.partition("; ")
                    lines += ["", f"## {title}", *(["", f"{more}."] if more else [])]
                subject, peers = figure.subject, tuple(figure.peers)
                heads = ["question", "measured", "goal", "met", *peers]
                lines += ["", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
            lines.append(figure.line())
        return "\n".join(lines)
