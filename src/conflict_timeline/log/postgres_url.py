"""Where a log lies in PostgreSQL, as a URL: what libpq is told of it, and what people are shown.

A URL may hold a password, so no message of this library ever repeats one: not even the URL that it
cannot read, and not what libpq says of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import attrs

from conflict_timeline.errors import LogError, shown

__all__ = ["DEFAULT_SCHEMA", "Target", "is_url", "masked"]

DEFAULT_SCHEMA = "conflict_timeline"

_SCHEME = re.compile(r"postgres(?:ql)?://")
# Stricter than libpq: with a second '@', or one after a '/', half a password would pass for a host.
_URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<host>[^@/?#\s]*)"
    r"(?:/(?P<database>[^@/?#\s]*))?"
    r"(?:\?(?P<query>[^@?#\s]*))?"
)
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
#: The parameters that say where the log is; no other one is ever shown.
_SHOWN = ("host", "hostaddr", "port", "dbname", "user", "service", "schema")


def is_url(path: str) -> bool:
    """Whether the place of a log is a URL of a PostgreSQL server, not the name of a file."""
    return _SCHEME.match(path) is not None


def masked(path: str) -> str:
    """The place of a log as it may be shown: a URL without its password, a file as it is."""
    if not is_url(path):
        return path
    found = _URL.fullmatch(path)
    if found is None:
        return "postgresql://..."
    user = f"{found['user']}@" if found["user"] else ""
    database = f"/{found['database']}" if found["database"] else ""
    kept = "&".join(part for name, _, part in _parameters(found["query"]) if name in _SHOWN)
    return f"postgresql://{user}{found['host']}{database}{f'?{kept}' if kept else ''}"


def _parameters(query: str | None) -> Iterator[tuple[str, str, str]]:
    """Name, value and text of each parameter."""
    for part in (query or "").split("&"):
        if part:
            name, _, value = part.partition("=")
            yield unquote(name), unquote(value), part


@attrs.frozen
class Target:
    """One log on a server.

    Attributes:
        label: the URL as it may be shown.
        schema: the schema that is the log, a plain identifier.
        options: what libpq connects with, by its names; a password may be among them.
    """

    label: str
    schema: str
    options: dict[str, Any] = attrs.field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Target:
        """What a URL says.

        Raises:
            LogError: if it cannot be read; the message repeats nothing of it that may be secret.
            ImportError: if psycopg is not installed.
        """
        found = _URL.fullmatch(url)
        if found is None:
            raise LogError(
                "expected postgresql://USER@HOST:PORT/DATABASE, got a URL that cannot be read (it "
                "may hold a password, so it is not shown): '@', '/', '?', '#' and blanks within a "
                "part are written percent-encoded"
            )
        schema = DEFAULT_SCHEMA
        ours = []
        for name, value, text in _parameters(found["query"]):
            if name != "schema":
                ours.append(text)
            elif _SCHEMA.fullmatch(value) and not value.startswith("pg_"):
                schema = value
            else:
                raise LogError(
                    f"{masked(url)}: schema: expected lower-case letters, digits and underscores, "
                    f"at most 63, and not pg_ first, got {shown(value)}"
                )
        base = url.partition("?")[0]
        return cls(masked(url), schema, _options(f"{base}?{'&'.join(ours)}" if ours else base))


def _options(url: str) -> dict[str, Any]:
    from psycopg import Error, conninfo, pq

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    for name, _, _ in _parameters(url.partition("?")[2]):
        if name not in known:
            # Not even its name is shown: it may be what followed an '&' in a password.
            raise LogError(f"{masked(url)}: has a parameter that libpq does not know")
    try:
        return dict(conninfo.conninfo_to_dict(url))
    except Error:
        # What libpq says quotes the part that it cannot read, and so perhaps a password.
        message = "libpq cannot read this URL; check its percent-encoding and its port"
        raise LogError(f"{masked(url)}: {message}") from None
