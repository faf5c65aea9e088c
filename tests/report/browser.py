"""A headless Chromium to look at reports with; without one its tests are skipped, visibly."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["Reader", "chromium", "reading"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine; CHROMIUM names one")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


class Reader:
    """A reader of one report: what is on the page, and hands to work it with.

    Attributes:
        page: the page.
        troubles: errors and warnings that the browser told.
        requests: addresses that it asked for, but for the file itself.
    """

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.troubles: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: self.troubles.append(m.text) if m.type != "log" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("dialog", lambda dialog: self.troubles.append(f"dialog {dialog.message}"))
        page.on("request", lambda r: self.requests.append(r.url) if r.url != address else None)
        page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Waits until what was asked for is drawn."""
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => setTimeout(r, 0)))")

    def text(self, selector: str) -> str:
        """The text of an element, without the marks that keep directions apart."""
        found: str = self.page.locator(selector).first.text_content()
        return found.translate({0x2068: None, 0x2069: None})

    def wait(self, condition: str) -> None:
        """Waits until a JavaScript expression is true; the page's policy lets no other way work."""
        for _ in range(100):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not within 5 seconds: {condition}")

    def slide(self, name: str, value: int) -> None:
        """Sets a slider, as a screen reader's user does."""
        self.page.locator(f"#{name}").fill(str(value))
        self.settle()

    def drag(self, name: str, share: float) -> None:
        """Drags a slider's thumb to a share of its track, with the mouse."""
        slider = self.page.locator(f"#{name}")
        box = slider.bounding_box()
        at = slider.evaluate("s => (s.value - s.min) / Math.max(1, s.max - s.min)")
        y = box["y"] + box["height"] / 2
        x = [box["x"] + 9 + part * (box["width"] - 18) for part in (at, share)]
        self.page.mouse.move(x[0], y)
        self.page.mouse.down()
        self.page.mouse.move((x[0] + x[1]) / 2, y, steps=4)
        self.page.mouse.move(x[1], y, steps=4)
        self.page.mouse.up()
        self.settle()

    def lanes(self) -> dict[str, str]:
        """What each lane in sight says to a screen reader, by place."""
        labels = self.page.locator(".lane").evaluate_all("l => l.map(n => n.ariaLabel)")
        plain = (text.translate({0x2068: None, 0x2069: None}) for text in labels)
        return dict(text.rsplit(": ", 1) for text in plain)


@contextmanager
def reading(browser: Any, file: Any, **options: Any) -> Iterator[Reader]:
    """A reader of a file, offline."""
    options.setdefault("viewport", {"width": 1400, "height": 950})
    context = browser.new_context(offline=True, **options)
    yield Reader(context.new_page(), file.as_uri())
    context.close()
