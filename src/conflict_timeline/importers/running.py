"""Puts what a reader yields into a log: in batches, each whole, and never the same twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from conflict_timeline.documents import Located
from conflict_timeline.errors import Fault, InputError
from conflict_timeline.events import Event, Reference, Source
from conflict_timeline.importers.reports import Report
from conflict_timeline.timeline import Timeline

__all__ = ["BATCH", "import_events"]

#: So many events are one transaction.
BATCH = 50_000

_Item = Event | Located


def import_events(
    tl: Timeline,
    events: Iterable[_Item],
    report: Report,
    *,
    dry_run: bool = False,
    batch: int = BATCH,
) -> Report:
    """Appends what a reader yields.

    Up to ``batch`` events are one transaction. Of more, each batch is one; if the import breaks
    off, what was written is whole, and the same import again writes the rest: ids are by content.

    A place or actor that the log already has under its id stays as the log has it.

    Args:
        tl: the log.
        events: of a reader; those with a line of a file are refused one by one if they make no
            sense in this log, and told in the report.
        report: the reader's own.
        dry_run: to check everything and write nothing.
        batch: how many events are one transaction.

    Returns:
        The report.

    Raises:
        InputError: if the file cannot be read on, or a source or another record makes no sense.
        NotWrittenError, OutcomeUnknownError: if the log could not be written.
    """
    found = iter(events)
    declared: list[_Item] = []
    while items := list(islice(found, batch)):
        items = list(_undeclared(tl, items, report))
        before = tl.position
        while True:
            try:
                if not dry_run:
                    tl.append(items)
                elif faults := tl.check([*declared, *items]):
                    raise InputError(faults)
                break
            except InputError as error:
                items = _without(items, error, report)
        for item in items:
            report.count(_event(item))
        if dry_run:
            declared += [item for item in items if isinstance(_event(item), Reference)]
        else:
            report.recorded += len(items)
            report.new += tl.position - before
    return report


def _event(item: _Item) -> Event:
    return item.event if isinstance(item, Located) else item


def _undeclared(tl: Timeline, items: Iterable[_Item], report: Report) -> Iterator[_Item]:
    """The items without the places and actors that the log has otherwise."""
    for item in items:
        event = _event(item)
        if isinstance(event, Reference):
            known = tl.declared(event)
            if known is not None and known != event:
                if isinstance(event, Source):
                    message = (
                        f"source {event.id!r} is in the log already, and otherwise: give this "
                        "import a source id of its own (--source), or what the log says of it"
                    )
                    raise InputError([Fault(message)])
                report.note("places and actors that the log has otherwise: left as they are")
                continue
        yield item


def _without(items: Iterable[_Item], error: InputError, report: Report) -> list[_Item]:
    """The items without those of lines that make no sense; these are refused."""
    told: dict[tuple[str | None, int | None], list[str]] = {}
    for fault in error.faults:
        if fault.line is None:
            raise error
        field = (fault.path or "").rpartition(".")[2]
        told.setdefault((fault.file, fault.line), []).append(f"{field}: {fault.message}")
    for (file, line), reasons in told.items():
        report.refuse(file or "", line, "; ".join(dict.fromkeys(reasons)))
    return [
        item
        for item in items
        if not isinstance(item, Located) or (item.file, item.line) not in told
    ]
