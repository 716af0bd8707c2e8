"""A run, or several, as a page that needs nothing else: rows, lanes and arrows, to be searched and zoomed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from . import steps
from .picture import PRIORITIES, VECTORS, Busy, Fault, Picture, Reason, State
from .records import Record, What

HERE = Path(__file__).parent
STATES, BUSY, REASONS = list(State), list(Busy), list(Reason)
# How many kinds of broken rules are told in words, and how many steps before each.
FAULTS, STEPS = 3, 12


@dataclass(frozen=True)
class _Run:
    label: str
    data: Markup


@dataclass(frozen=True)
class _Step:
    when: str
    words: str
    where: str


@dataclass(frozen=True)
class _Fault:
    index: int  # of the run
    run: str
    at: int
    event: int
    who: str
    rule: str
    steps: list[_Step]


def as_html(title: str, pictures: Sequence[Picture]) -> str:
    all_faults = [
        (index, picture, fault)
        for index, picture in enumerate(pictures)
        for fault in picture.faults
    ]
    # The first of each kind: the same mistake mostly breaks the same rule again and again.
    firsts = {fault.rule: (index, picture, fault) for index, picture, fault in all_faults[::-1]}
    chosen = sorted(firsts.values(), key=all_faults.index)[:FAULTS]
    faults = [_fault(*each, len(pictures) > 1) for each in chosen]
    forms = {
        "forms": [steps.FORMS[what] for what in What],
        "waits": What.WAITS,
        "broken": What.BROKEN,
        "vectors": VECTORS,
        "handler": steps.HANDLER,
        "nobody": steps.NOBODY,
        "priorities": PRIORITIES,
    }
    values = {
        "title": title,
        "summary": _summary(pictures),
        "faults": faults,
        "more_faults": len(all_faults) - len(faults),
        "runs": [_Run(_label(picture), _script(_data(picture))) for picture in pictures],
        "forms": _script(forms),
        "style": Markup((HERE / "timeline.css").read_text()),
        "script": Markup((HERE / "page.js").read_text()),
    }
    return _template().render(values)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("timeline.html")


def _script(value: object) -> Markup:
    """JSON that no text in it can end: it lies in an element of the page."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _summary(pictures: Sequence[Picture]) -> str:
    records = sum(len(picture.records) for picture in pictures)
    events = sum(len(picture.rows) for picture in pictures)
    lost = sum(picture.lost for picture in pictures)
    broken = sum(len(picture.faults) for picture in pictures)
    text = f"{records:,} records of {events:,} events"
    text += f", and {lost:,} before them that are not kept" if lost else ""
    return f"{text}; {broken} broken rules" if broken else f"{text}; no rule was broken"


def _label(picture: Picture) -> str:
    return f"{'! ' if picture.faults else ''}{picture.name} ({len(picture.records)})"


def before(picture: Picture, at: int, event: int, count: int = STEPS) -> list[Record]:
    """The latest records up to `at` that have to do with the event, or with any if it is 0."""
    found = []
    for index in range(at, -1, -1):
        record = picture.records[index]
        if record.what is What.BROKEN and index != at:
            continue
        if record.what not in (What.POLLED, What.TAKEN) and event in (0, record.event, record.by):
            found.append(record)
        if len(found) == count:
            break
    return found[::-1]


def _fault(index: int, picture: Picture, fault: Fault, several: bool) -> _Fault:
    who = steps.name(picture, fault.event) if fault.event else steps.NOBODY
    told = [
        _Step(
            steps.moment(picture, record),
            steps.words(picture, record),
            steps.where(picture, record),
        )
        for record in before(picture, fault.at, fault.event)
    ]
    run = picture.name if several else ""
    return _Fault(index, run, fault.at, fault.event, who, fault.rule, told)


def _data(picture: Picture) -> Mapping[str, Any]:
    """What page.js reads, in short arrays: there may be a hundred thousand of each."""
    places: dict[str, int] = {"": 0}
    texts: dict[str, int] = {"": 0}
    index = {event: number for number, event in enumerate(picture.rows)}
    rows = picture.rows.values()
    return {
        "records": _records(picture, places, texts),
        "places": list(places),
        "texts": list(texts),
        "rows": [
            (row.event, row.title, row.priority, -1 if row.ended_at is None else row.ended_at)
            for row in rows
        ],
        "spans": [
            (index[row.event], STATES.index(State(span.state)), span.begin, span.end)
            for row in rows
            for span in row.spans
        ],
        "cores": [
            (core, [(BUSY.index(Busy(s.state)), s.begin, s.end, s.of) for s in spans])
            for core, spans in sorted(picture.cores.items())
        ],
        "arrows": [
            (a.at, index.get(a.source, -1), index[a.target], REASONS.index(a.reason))
            for a in picture.arrows
        ],
        "faults": [(fault.at, index.get(fault.event, -1)) for fault in picture.faults],
    }


def _records(picture: Picture, places: dict[str, int], texts: dict[str, int]) -> list[int]:
    flat: list[int] = []
    before_it = 0
    for record in picture.records:
        more = record.more
        if record.what in (What.WAITS, What.BROKEN):
            more = texts.setdefault(picture.text(record.where), len(texts))
        where = places.setdefault(steps.where(picture, record), len(places))
        by = 0 if record.what is What.WAITS else record.by
        ago = record.time - before_it
        flat += (record.what, ago, record.event, by, where, int(record.in_handler), more)
        before_it = record.time
    return flat
