"""A run in the trace-event format, which Perfetto (ui.perfetto.dev), chrome://tracing and speedscope open.

Each event is a thread, each core one as well; wake-ups are flows; broken rules are instants.
"""

import json
from collections.abc import Iterator
from typing import Any

from . import steps
from .picture import PRIORITIES, Picture

EVENTS, CORES = 1, 2  # the "processes"


def as_trace_events(picture: Picture) -> str:
    document = {
        "displayTimeUnit": "ns",
        "otherData": {"run": picture.name, "lost": picture.lost},
        "traceEvents": list(_entries(picture)),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def _entries(picture: Picture) -> Iterator[dict[str, Any]]:
    records = picture.records
    first = records[0].time if records else 0

    def at(index: int) -> float:
        record = records[min(index, len(records) - 1)]
        return (record.time - first) / 1000

    def named(process: int, thread: int, name: str, kind: str = "thread_name") -> dict[str, Any]:
        return {"ph": "M", "pid": process, "tid": thread, "name": kind, "args": {"name": name}}

    yield named(EVENTS, 0, f"events of {picture.name}", "process_name")
    yield named(CORES, 0, "cores", "process_name")
    for core, spans in sorted(picture.cores.items()):
        yield named(CORES, core, f"core {core}")
        # A handler lies within what it interrupted; of two that begin together the longer one comes first.
        for span in sorted(spans, key=lambda each: (each.begin, -each.end)):
            what = steps.vector(span.of) if span.state == "interrupt" else span.state
            what = steps.name(picture, span.of) if span.state == "runs" else what
            duration = at(span.end) - at(span.begin)
            entry = {"ph": "X", "pid": CORES, "tid": core, "name": what, "cat": span.state}
            yield entry | {"ts": at(span.begin), "dur": duration}
    for row in picture.rows.values():
        yield named(EVENTS, row.event, row.title)
        for span in row.spans:
            record = records[span.begin]
            entry = {"ph": "X", "pid": EVENTS, "tid": row.event, "name": span.state, "cat": "state"}
            arguments = {
                "where": picture.place(record),
                "by": steps.by(picture, record),
                "priority": PRIORITIES[row.priority],
            }
            duration = at(span.end) - at(span.begin)
            yield entry | {"ts": at(span.begin), "dur": duration, "args": arguments}
    for number, arrow in enumerate(picture.arrows):
        source = (EVENTS, arrow.source) if arrow.source else (CORES, records[arrow.at].core)
        common = {"cat": arrow.reason, "name": arrow.reason, "id": number, "ts": at(arrow.at)}
        yield common | {"ph": "s", "pid": source[0], "tid": source[1]}
        yield common | {"ph": "f", "bp": "e", "pid": EVENTS, "tid": arrow.target}
    for fault in picture.faults:
        place = {"pid": EVENTS, "tid": fault.event, "ts": at(fault.at)}
        yield {"ph": "i", "s": "g", "name": f"RULE BROKEN: {fault.rule}", "cat": "rule"} | place
