"""Every example in the documentation runs, every link leads somewhere, and nothing is left out."""

from __future__ import annotations

import builtins
import doctest
import re
import shlex
import textwrap
import tomllib
from itertools import pairwise
from pathlib import Path

import attrs
import click
import pytest
from click.testing import CliRunner

import conflict_timeline as ct
from conflict_timeline import errors
from conflict_timeline.codec.wire import CLASSES, FIELDS_RENAMED
from conflict_timeline.events import CORRECTION_KINDS, EXPECTATIONS, INCIDENT_KINDS
from conflict_timeline.log import schema

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

# What a page must have for a reader to find it; a page that is gone is missed here.
EXPECTED = (
    "README.md",
    "explanation/as-of.md",
    "explanation/decisions.md",
    "explanation/speed.md",
    "explanation/trust.md",
    "explanation/worlds.svg",
    "how-to/ask-what-changed.md",
    "how-to/draw-charts.md",
    "how-to/export-linked-data.md",
    "how-to/export-tables.md",
    "how-to/import-a-table.md",
    "how-to/import-control-maps.md",
    "how-to/import-event-data.md",
    "how-to/keep-a-log-safe.md",
    "how-to/let-others-check.md",
    "how-to/make-a-report.md",
    "how-to/use-postgresql.md",
    "how-to/write-an-event-file.md",
    "how-to/your-own-projection.md",
    "reference/checkpoints.md",
    "reference/citations.md",
    "reference/command-line.md",
    "reference/errors.md",
    "reference/events.md",
    "reference/file-format.md",
    "reference/formats.md",
    "reference/jsonl.md",
    "reference/sql-views.md",
    "reference/tables.md",
    "tutorial/first-answers.md",
    "verifier/verify_log.py",
)

_FENCE = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n)?^```(?P<kind>[a-z]*)\n(?P<body>.*?)^```$", re.M | re.S
)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_OPTIONS = doctest.ELLIPSIS


@attrs.frozen
class Block:
    """A fenced block: its kind, its text, its line, and the file it is kept as, if any."""

    kind: str
    body: str
    line: int
    file: str | None


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(m["kind"], m["body"], text.count("\n", 0, m.start("body")) + 1, m["file"])
        for m in _FENCE.finditer(text)
    ]


def prose(page: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def run_pycon(block: Block, page: Path, namespace: dict) -> None:
    test = doctest.DocTestParser().get_doctest(
        block.body, namespace, page_id(page), str(page), block.line - 1
    )
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=_OPTIONS, verbose=False)
    runner.run(test, out=told.append, clear_globs=False)
    namespace.update(test.globs)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


def run_console(block: Block, page: Path) -> None:
    """Runs what stands after ``$``; ``$ echo $?`` tells the exit code of the one before."""
    last = 0
    told = True
    for line, command, expected in commands(block):
        where = f"{page_id(page)}:{line}: {command}"
        if command == "echo $?":
            assert expected.strip() == str(last), where
            told = True
            continue
        assert told, f"{where}: the command before ended with {last}, which the page does not say"
        program, *arguments = shlex.split(command)
        assert program == "conflict-timeline", where
        result = run(arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), where
        last, told = result.exit_code, result.exit_code == 0
        if expected:
            same = doctest.OutputChecker().check_output(expected, result.output, _OPTIONS)
            assert same, f"{where}\nexpected:\n{expected}\ngot:\n{result.output}"
    assert told, f"{page_id(page)}:{block.line}: the last command ended with {last}"


def commands(block: Block) -> list[tuple[int, str, str]]:
    """Line, command and expected output of each; a command goes on after a trailing backslash."""
    found: list[list] = []
    lines = block.body.splitlines(keepends=True)
    for at, text in enumerate(lines):
        if text.startswith("$ "):
            found.append([block.line + at, text[2:].rstrip("\n"), ""])
        elif found and found[-1][1].endswith("\\") and not found[-1][2]:
            found[-1][1] = f"{found[-1][1][:-1].rstrip()} {text.strip()}"
        else:
            assert found, f"line {block.line + at}: output before a command"
            found[-1][2] += text
    return [tuple(entry) for entry in found]


def run(arguments: list[str]):
    from conflict_timeline.cli import main

    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_example_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    namespace: dict = {"__name__": "__main__"}
    for block in blocks(page):
        if block.kind == "toml":
            tomllib.loads(block.body)
        if block.file is not None:
            Path(block.file).write_text(block.body, "utf-8")
        if block.kind == "python":
            code = compile("\n" * (block.line - 1) + block.body, str(page), "exec")
            exec(code, namespace)
        elif block.kind == "pycon":
            run_pycon(block, page, namespace)
        elif block.kind == "console":
            run_console(block, page)
    for value in namespace.values():
        if isinstance(value, ct.Timeline):
            value.close()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_block_says_what_it_is(page):
    known = {"python", "pycon", "console", "toml", "text", "sh", "json", "sql", "bibtex"}
    assert {block.kind for block in blocks(page)} <= known


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_relative_link_resolves(page):
    for target in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page_id(page)}: {target}"
        assert file.is_relative_to(ROOT), f"{page_id(page)}: {target} leads out of the project"
        if anchor:
            assert anchor in anchors(file), f"{page_id(page)}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors that forges give to headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_every_page_is_there_and_in_the_index():
    assert [name for name in EXPECTED if not (DOCS / name).is_file()] == []
    index = (DOCS / "README.md").read_text("utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in PAGES[1:]} - {"README.md"}
    assert pages <= set(_LINK.findall(index))


def test_the_index_lists_each_page_once():
    listed = _LINK.findall((DOCS / "README.md").read_text("utf-8"))
    assert [target for target in dict.fromkeys(listed) if listed.count(target) > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_headings_and_tables_stand_apart_from_the_text_around_them(page):
    """Else some renderers take a heading for text, and a paragraph for a row of the table."""
    lines = prose(page).splitlines()
    for before, line in pairwise(lines):
        if before.strip() and line.strip():
            assert not re.match(r"#+ ", line), f"{page_id(page)}: {line}"
            assert before.startswith("|") == line.startswith("|"), f"{page_id(page)}: {line}"


def test_the_drawing_keeps_its_text_as_text():
    svg = (DOCS / "explanation" / "worlds.svg").read_text("utf-8")
    assert svg.count("<text") > 10
    assert "<image" not in svg
    assert "prefers-color-scheme" in svg


def test_the_readme_has_two_commands_of_one_line_each():
    text = (ROOT / "README.md").read_text("utf-8")
    section = re.search(r"^## Two commands\n(.*?)(?=^## )", text, re.M | re.S)
    assert section is not None
    shells = re.findall(r"^```sh\n(.*?)^```$", section[1], re.M | re.S)
    assert len(shells) == 2
    assert all(shell.count("\n") == 1 for shell in shells)
    assert "conflict-timeline demo" in shells[0]
    assert "pytest" in shells[1]


# ---- nothing is left out of the reference ------------------------------------------------------


def reference(name: str) -> str:
    return (DOCS / "reference" / name).read_text("utf-8")


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next of its level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", text, re.M | re.S)
    assert found, f"no heading {title!r}"
    return found[2]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_event_and_field_is_in_the_reference(kind):
    cls = CLASSES[kind]
    found = section(reference("events.md"), f"`{cls.__name__}`")
    assert f'`type = "{kind}"`' in found
    shared = section(reference("events.md"), "Fields that several share")
    for field in attrs.fields(cls):
        name = FIELDS_RENAMED.get(field.name, field.name)
        assert f"`{name}`" in found or f"`{name}`" in shared, f"{kind}.{name}"
        # What a kind requires is said where the kind is described.
        if field.default is attrs.NOTHING:
            assert re.search(rf"^\| `{name}` .*\byes\b", found, re.M), f"{kind}.{name} is required"


@pytest.mark.parametrize("kind", CLASSES)
def test_the_reference_has_no_field_that_an_event_has_not(kind):
    cls = CLASSES[kind]
    rows = re.findall(r"^\| `(\w+)`", section(reference("events.md"), f"`{cls.__name__}`"), re.M)
    names = {FIELDS_RENAMED.get(field.name, field.name) for field in attrs.fields(cls)}
    assert set(rows) <= names
    assert rows, "the fields are in a table"


@pytest.mark.parametrize("word", [*INCIDENT_KINDS, *EXPECTATIONS, *CORRECTION_KINDS])
def test_every_word_of_an_enumeration_is_in_the_reference(word):
    assert f"`{word}`" in reference("events.md")


ERRORS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.ConflictTimelineError)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_in_the_reference_with_the_builtin_it_also_is(error):
    row = re.search(rf"^\| `{error.__name__}` \|.*$", reference("errors.md"), re.M)
    assert row, error.__name__
    also = [
        base.__name__
        for base in error.__mro__[1:]
        if getattr(builtins, base.__name__, None) is base and base not in (Exception, object)
    ]
    also = [name for name in also if name not in ("BaseException", "LookupError")]
    assert all(f"`{name}`" in row[0] for name in also), also


def all_commands() -> list[tuple[str, click.Command]]:
    from conflict_timeline.cli import main

    assert isinstance(main, click.Group)
    return [("conflict-timeline", main), *sorted(main.commands.items())]


def test_every_command_and_option_is_in_the_reference():
    text = reference("command-line.md")
    for name, command in all_commands():
        found = section(text, f"`{name}`")
        shared = section(text, "Options that several share")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                for option in [*parameter.opts, *parameter.secondary_opts]:
                    assert f"`{option}" in found or f"`{option}" in shared, f"{name} {option}"
            elif isinstance(parameter, click.Argument):
                metavar = parameter.make_metavar(click.Context(command)).strip("[].")
                assert metavar in found, f"{name} {metavar}"


def test_the_reference_has_no_command_or_option_that_is_not_there():
    text = reference("command-line.md")
    there = dict(all_commands())
    told = set(re.findall(r"^### `([\w-]+)`$", text, re.M))
    assert told == set(there)
    options = {option for command in there.values() for p in command.params for option in p.opts}
    options |= {option for command in there.values() for p in command.params
                for option in p.secondary_opts}  # fmt: skip
    assert set(re.findall(r"`(--[\w-]+)", text)) <= options | {"--help", "--version"}


def test_the_reference_names_the_commands_that_take_the_axes():
    shared = section(reference("command-line.md"), "Options that several share")
    listed = re.search(r"The questions are (.*?)\. They", shared, re.S)
    assert listed
    asked = {
        name
        for name, command in all_commands()
        if any(parameter.name in ("known_by", "citation") for parameter in command.params)
    }
    assert set(re.findall(r"`([\w-]+)`", listed[1])) == asked


def test_the_file_format_tells_every_column_and_trigger():
    text = reference("file-format.md")
    for column in schema.COLUMNS:
        assert f"| `{column}` |" in text
    for table, columns in schema.TABLES.items():
        assert all(f"`{name}`" in text for name in (table, *columns))
    for name in re.findall(r"CREATE TRIGGER (\w+)", "\n".join(schema.STATEMENTS)):
        assert f"`{name}`" in text


def test_a_public_name_is_explained_somewhere():
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert [name for name in ct.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_the_examples_are_found_and_a_wrong_one_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        textwrap.dedent(
            """\
            <!-- file: a.toml -->
            ```toml
            about = "x"
            ```

            ```pycon
            >>> 1 + 1
            3
            ```
            """
        ),
        "utf-8",
    )
    toml, pycon = blocks(page)
    assert (toml.file, toml.kind, pycon.kind, pycon.line) == ("a.toml", "toml", "pycon", 7)
    with pytest.raises(AssertionError, match="Expected"):
        run_pycon(pycon, ROOT / "README.md", {})
