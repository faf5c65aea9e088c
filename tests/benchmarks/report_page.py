"""How long a report takes to make, how large it is, and how long a slider takes to answer in it.

    python -m tests.benchmarks.report_page [places] [reports a place, at most]

Run it, it is no timed test. Needs Chromium. A step is timed in the page, from moving a slider to
the frame after the one that shows it.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from pathlib import Path

from tests.report.browser import chromium, reading
from tests.report.made import many_places

import conflict_timeline as ct
from conflict_timeline.report import html_report

_STEPS = """async ([name, values]) => {
  const slider = document.getElementById(name), taken = [];
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  for (const value of values) {
    const begin = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
    await frame();
    await new Promise((done) => setTimeout(done, 0));
    taken.push(performance.now() - begin);
  }
  return taken;
}"""


def main(places: int = 5_000, most: int = 7) -> None:
    """Makes the report and works its sliders."""
    tl = ct.open(":memory:")
    tl.append(many_places(places, most=most))
    begun = time.perf_counter()
    page = html_report(tl)
    print(f"{places:,} places, {tl.position:,} events: {time.perf_counter() - begun:.1f} s to make")
    print(f"{len(page.encode()):,} bytes; {len(gzip.compress(page.encode())):,} gzipped")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "report.html"
        file.write_text(page, "utf-8")
        with reading(browser, file) as reader:
            for name in ("day", "known"):
                most_of = int(reader.page.locator(f"#{name}").get_attribute("max"))
                for what, values in {
                    "one step": [min(most_of, most_of // 2 + i) for i in range(40)],
                    "a jump": [most_of * (i * 7 % 41) // 41 for i in range(40)],
                }.items():
                    taken = sorted(reader.page.evaluate(_STEPS, [name, values]))
                    median, worst = taken[len(taken) // 2], taken[-1]
                    print(f"{name}, {what}: median {median:.0f} ms, worst {worst:.0f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
