"""A run in a terminal of 80 columns: the rows that matter, and in words what came before a rule was broken."""

import textwrap
from collections.abc import Iterator, Sequence

from ..text import printable
from . import steps
from .picture import Busy, Fault, Picture, Row, Span, State
from .records import What

WIDTH = 79
LABEL = 25
COLUMNS = WIDTH - LABEL - 1
ROWS = 16
SIGNS: dict[str, str] = {
    State.CREATED: ".",
    State.READY: "=",
    State.RUNNING: "#",
    State.WOKEN: "%",
    State.BLOCKED: "_",
    Busy.RUNS: "#",
    Busy.HANDLES: "i",
    Busy.HALTED: "z",
}
LEGEND = ". created  = ready  # running  % and woken  _ blocked  | end  ! broken rule"
LANE_LEGEND = "core: # an event runs  i interrupt  z halted"
# Steps in words before a broken rule, or before the end.
STEPS = 12
FINDING_STEPS = 4
FAULTS = 3
# Said by what comes next to it.
QUIET = frozenset((What.POLLED, What.TAKEN, What.INTERRUPT_ENDS, What.TEST_BEGINS, What.TEST_ENDS))


def lines(picture: Picture) -> Iterator[str]:
    """The drawing, line by line."""
    count = len(picture.records)
    yield _cut(f"{picture.name}: {_plural(len(picture.rows), 'event')}, {_plural(count, 'record')}")
    if picture.lost:
        yield f"(the {picture.lost} records before these were written over)"
    yield from _broken(picture)
    if count == 0:
        return
    yield ""
    begin, end = _window(picture)
    if (begin, end) != (0, count):
        yield f"records {begin + 1} to {end} of {count}, each column {_scale(begin, end)}"
    for core, spans in sorted(picture.cores.items()):
        yield _line(f"core {core}", _signs(spans, begin, end))
    rows = _chosen(picture, begin, end)
    for row in rows:
        yield _line(row.title, _row_signs(picture, row, begin, end))
    if len(rows) < len(picture.rows):
        yield f"… {len(picture.rows) - len(rows)} more events: the page shows them"
    yield ""
    yield LEGEND
    yield LANE_LEGEND
    yield ""
    yield from _words(picture)


def findings(picture: Picture) -> Iterator[str]:
    """Without the drawing: the broken rules, and the latest steps that led to the first; nothing if none was broken."""
    if picture.faults:
        yield from _broken(picture)
        first = picture.faults[0]
        yield from _before(picture, first.at, first, FINDING_STEPS)


def _broken(picture: Picture) -> Iterator[str]:
    firsts = _firsts(picture)
    for fault in firsts:
        yield from _wrapped(f"RULE BROKEN by {steps.name(picture, fault.event)}: {fault.rule}")
    if len(picture.faults) > len(firsts):
        yield f"(and {len(picture.faults) - len(firsts)} times more)"


def _firsts(picture: Picture) -> list[Fault]:
    """The first of each kind: one mistake mostly breaks the same rule again and again."""
    firsts = {fault.rule: fault for fault in reversed(picture.faults)}
    return sorted(firsts.values(), key=lambda fault: fault.at)[:FAULTS]


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _cut(text: str, width: int = WIDTH) -> str:
    text = printable(text)
    return text if len(text) <= width else text[: width - 1] + "…"


def _wrapped(text: str, indent: str = "  ") -> Iterator[str]:
    return iter(textwrap.wrap(printable(text), WIDTH, subsequent_indent=indent))


def _line(label: str, signs: str) -> str:
    return f"{_cut(label, LABEL):<{LABEL}} {signs}".rstrip()


def _window(picture: Picture) -> tuple[int, int]:
    """All, or what is around the first broken rule, or the end, where a column has only a few records."""
    count, most = len(picture.records), COLUMNS * 4
    if count <= most:
        return 0, count
    last = picture.faults[0].at + most // 8 if picture.faults else count
    end = min(count, max(last, most))
    return end - most, end


def _scale(begin: int, end: int) -> int:
    return max(1, -(-(end - begin) // COLUMNS))


def _signs(spans: Sequence[Span], begin: int, end: int) -> str:
    """What is latest in a column is seen there."""
    scale = _scale(begin, end)
    signs = [" "] * COLUMNS
    for span in spans:
        first, last = max(span.begin, begin), min(span.end, end)
        for column in range((first - begin) // scale, (last - 1 - begin) // scale + 1):
            if first < last:
                signs[column] = SIGNS[span.state]
    return "".join(signs)


def _row_signs(picture: Picture, row: Row, begin: int, end: int) -> str:
    signs, scale = list(_signs(row.spans, begin, end)), _scale(begin, end)
    marks = [(row.ended_at, "|")] if row.ended_at is not None else []
    marks += [(fault.at, "!") for fault in picture.faults if fault.event == row.event]
    for at, sign in marks:
        if begin <= at < end:
            signs[(at - begin) // scale] = sign
    return "".join(signs)


def _chosen(picture: Picture, begin: int, end: int) -> list[Row]:
    """The rows that fit: those that broke a rule, then those with something to see in the window."""
    broken = {fault.event for fault in picture.faults}
    seen = [
        row
        for row in picture.rows.values()
        if any(span.begin < end and span.end > begin for span in row.spans)
    ]
    first = sorted(seen, key=lambda row: (row.event not in broken, -len(row.spans)))[:ROWS]
    return sorted(first, key=lambda row: row.event)


def _words(picture: Picture) -> Iterator[str]:
    """What led to the broken rules, or to the end."""
    for fault in _firsts(picture):
        yield f"What came before, for {steps.name(picture, fault.event)}:"
        yield from _before(picture, fault.at, fault)
    if not picture.faults:
        yield "The last steps:"
        yield from _before(picture, len(picture.records) - 1, None)


def _before(picture: Picture, at: int, fault: Fault | None, most: int = STEPS) -> Iterator[str]:
    """The latest steps that have to do with the event, those of the machine left out; each with its line."""
    found: list[str] = []
    for index in range(at, -1, -1):
        record = picture.records[index]
        if record.what in QUIET or (record.what is What.BROKEN and index != at):
            continue
        if fault is not None and fault.event not in (0, record.event, record.by):
            continue
        place = steps.where(picture, record).partition(" ")[0]
        said = f"{steps.moment(picture, record):>11}  {steps.words(picture, record)}"
        text = "\n".join(_wrapped(said, " " * 13))
        found.append(text + (f"\n{'':13}{_cut(place, WIDTH - 13)}" if place else ""))
        if len(found) == most:
            break
    for text in reversed(found):
        yield from text.split("\n")
