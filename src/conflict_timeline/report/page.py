"""The page: a template, with style, script and data put in so that no text can break out."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any

__all__ = ["embedded", "page"]

#: The parts of the script, in the order in which they run.
_SCRIPTS = ("base", "data", "paint", "map", "lanes", "people", "panel", "tables", "main")
_SLOT = re.compile(r"\{\{(\w+)\}\}")
#: What could end the element that the data stands in, or a line of a script.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def embedded(content: Mapping[str, Any]) -> str:
    """JSON (RFC 8259) that can stand within a ``script`` element of data, whatever is in it."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def page(content: Mapping[str, Any]) -> str:
    """One HTML file that needs nothing else: no network, no font, no other file.

    Its content security policy lets run only the script that is in the package, by its hash.
    """
    style = _asset("report.css")
    parts = "\n".join(_asset(f"{name}.js") for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{parts}}})();\n'
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    slots = {
        "policy": policy,
        "language": escape(content["lang"]),
        "title": escape(content["title"]),
        "style": style,
        "script": script,
        "data": embedded(content),
    }
    # In one pass: what is put in is not searched for further slots.
    return _SLOT.sub(lambda found: slots[found[1]], _asset("report.html"))


def _asset(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
