"""How answers show themselves in a notebook: by a layer above, which knows names and words.

An answer knows no markup. What makes the HTML is above all answers, so it is found by its name,
when the first answer is shown; nothing down here depends on it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TypeVar

__all__ = ["Answers", "in_html"]

T = TypeVar("T")


def in_html(answer: object, named_by: object = None) -> str:
    """The answer as HTML for a notebook.

    Args:
        answer: any answer of the library.
        named_by: the view, or what is visible in it, whose records give the names; ids are shown
            where there is none.
    """
    html: str = importlib.import_module("conflict_timeline.notebook").html(answer, named_by)
    return html


class Answers(list[T]):
    """A list of answers that a notebook shows as one table; otherwise it is a list."""

    def __init__(self, answers: Iterable[T] = (), named_by: object = None) -> None:
        """Takes the answers.

        Args:
            answers: of one kind.
            named_by: as ``in_html`` takes it.
        """
        super().__init__(answers)
        self._named_by = named_by

    def _repr_html_(self) -> str:
        return in_html(self, self._named_by)
