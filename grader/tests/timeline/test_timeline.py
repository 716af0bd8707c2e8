"""The drawing of a run: what is read, what is drawn of it, and that no word of a student's breaks it."""

import json
import re
from xml.etree import ElementTree
import time
from dataclasses import replace

import pytest
from pollux.errors import GraderError
from pollux.timeline import page, picture, svg, terminal
from pollux.timeline.events import as_trace_events
from pollux.timeline.picture import Busy, Reason, State
from pollux.timeline.records import Constants, Record, What
from traces import PARK, RULE, FakeImage, at_text, drawn, lost_wake_up, memory, read


def test_records_come_in_their_order_though_the_oldest_are_written_over() -> None:
    image = FakeImage(capacity=8)
    recording = read(image, memory(image, lost_wake_up()))
    assert [record.time for record in recording.records] == [1000 * at for at in range(9, 17)]
    assert recording.lost == 9


def test_what_makes_no_sense_is_left_out() -> None:
    image = FakeImage(capacity=8)
    made = lost_wake_up()[:4]
    content = bytearray(memory(image, made, count=6))
    content[64 + 4 * 32 + 28] = 200  # no such kind
    content[64 + 2 * 32 + 31] = 9  # no such priority
    found = read(image, bytes(content)).records
    assert [record.what for record in found[:3]] == [What.TEST_BEGINS, What.CREATED, What.QUEUED]
    with pytest.raises(GraderError, match="written over"):
        read(image, memory(image, made, count=1 << 60))


def test_a_plain_kernel_keeps_no_trace() -> None:
    with pytest.raises(GraderError, match="without TRACE=1"):
        read(FakeImage(capacity=1), memory(FakeImage(capacity=1), []))


def test_a_run_is_named_after_its_test() -> None:
    image = FakeImage(capacity=32)
    before, after = Record(0, 1, 0, 0, 0, What.FREED), Record(99, 2, 0, 0, 0, What.FREED)
    recording = read(image, memory(image, [before, *lost_wake_up(), after]))
    names = [name for name, _ in picture.runs(recording, Constants(image))]  # type: ignore[arg-type]
    assert names == ["the kernel", "waker.keeps_a_wake", "the kernel"]


def test_states_arrows_and_lanes() -> None:
    seen = drawn()
    row = seen.rows[1]
    assert (row.title, row.pid) == ("1 work (pid 7)", 7)
    assert [(span.state, span.begin, span.end) for span in row.spans] == [
        (State.CREATED, 1, 3),
        (State.READY, 3, 4),
        (State.RUNNING, 4, 7),
        (State.WOKEN, 7, 8),
        (State.BLOCKED, 8, 17),
    ]
    assert seen.rows[2].ended_at == 15
    assert [(arrow.source, arrow.target, arrow.reason) for arrow in seen.arrows] == [
        (1, 2, Reason.SPAWN),
        (2, 1, Reason.WAKE),
        (0, 2, Reason.IDLE_WAKE),
        (1, 2, Reason.CANCEL),
    ]
    assert [(span.state, span.begin) for span in seen.cores[0]] == [
        (Busy.RUNS, 4),
        (Busy.HALTED, 11),
        (Busy.HANDLES, 12),
    ]
    assert [(fault.at, fault.event, fault.rule) for fault in seen.faults] == [(9, 1, RULE)]


def test_a_joiner_is_woken_by_the_end_of_the_other() -> None:
    kinds = [(What.FINISHED, 1), (What.WAKE_CALLED, 2), (What.QUEUED, 2), (What.TAKEN, 2)]
    made = [Record(at, event, 0, 0, 0, what) for at, (what, event) in enumerate(kinds)]
    assert drawn(made).arrows == [picture.Arrow(1, 1, 2, Reason.END)]


def test_a_lane_for_each_core() -> None:
    made = [Record(at, 1 + at % 2, 0, 0, 0, What.TAKEN, core=at % 2) for at in range(4)]
    assert sorted(drawn(made).cores) == [0, 1]


def test_the_terminal_has_80_columns_and_says_what_came_before() -> None:
    lines = list(terminal.lines(drawn()))
    assert max(map(len, lines)) < 80
    text = "\n".join(lines)
    assert "RULE BROKEN by event 1 work (pid 7): (6) blocked although" in text
    assert re.search(r"^1 work \(pid 7\) +\.\.=###%_!_+$", text, re.MULTILINE)
    told = text[text.index("What came before") :]
    order = ["event 2 work wakes event 1", "x.cpp:36", "is marked as woken", "is blocked"]
    places = [told.index(each) for each in order]
    assert places == sorted(places)


def test_trace_events_are_what_viewers_read() -> None:
    document = json.loads(as_trace_events(drawn()))
    entries = document["traceEvents"]
    whole = [entry for entry in entries if entry["ph"] == "X"]
    assert all(entry["dur"] >= 0 and entry["ts"] >= 0 for entry in whole)
    assert {entry["name"] for entry in whole if entry["pid"] == 1} == {
        str(state) for state in State
    }
    threads = {(each["pid"], each["tid"]) for each in entries if each["name"] == "thread_name"}
    assert {(entry["pid"], entry["tid"]) for entry in whole} <= threads
    # Of one thread nothing overlaps but what lies within.
    for thread in threads:
        ends: list[float] = []
        for entry in (each for each in whole if (each["pid"], each["tid"]) == thread):
            while ends and ends[-1] <= entry["ts"]:
                ends.pop()
            assert not ends or entry["ts"] + entry["dur"] <= ends[-1] + 1e-9
            ends.append(entry["ts"] + entry["dur"])
    flows = [(entry["ph"], entry["id"]) for entry in entries if entry["ph"] in "sf"]
    assert sorted(flows) == sorted((kind, n) for kind in "sf" for n in range(4))
    assert [entry["name"] for entry in entries if entry["ph"] == "i"] == [f"RULE BROKEN: {RULE}"]


def data_of(html: str, number: int = 0) -> dict[str, list[object]]:
    match = re.search(rf'id="data-{number}">(.*?)</script>', html, re.DOTALL)
    assert match is not None
    found: dict[str, list[object]] = json.loads(match[1])
    return found


def test_the_page_is_whole_and_escaped() -> None:
    seen = drawn()
    seen.rows[1].name = "</script><script>alert(1)</script>"
    html = page.as_html("A <test>", [seen, replace(seen, name="another")])
    assert "alert(1)</script>" not in html and "A <test>" not in html
    assert "http" not in re.sub(r"</?\w[^>]*>", "", html)  # it loads nothing
    data = data_of(html)
    assert len(data["records"]) == 7 * len(lost_wake_up())
    assert data["faults"] == [[9, 0]]
    assert "labs/3-waker/waker.cpp:35 event::park" in data["places"]
    assert data_of(html, 1)["rows"] == data["rows"]
    assert html.count('<section class="broken">') == 1  # one kind of rule


def test_a_hundred_thousand_records_are_drawn_in_time() -> None:
    kinds = (What.QUEUED, What.TAKEN, What.WAKE_CALLED, What.BLOCKED)
    made = [
        Record(at * 100, at // 4 % 500, at // 4 % 499, PARK, 0, kinds[at % 4])
        for at in range(100_000)
    ]
    begin = time.process_time()
    html = page.as_html("many", [drawn(made)])
    assert len(html) < 8 << 20
    assert list(terminal.lines(drawn(made)))
    assert time.process_time() - begin < 20


def test_nothing_recorded_is_no_picture_but_no_failure() -> None:
    assert list(terminal.lines(drawn([])))
    assert json.loads(as_trace_events(drawn([])))
    assert "0 records" in page.as_html("nothing", [drawn([])])


def test_a_text_that_is_nowhere_is_empty() -> None:
    made = [replace(each, where=12345) for each in lost_wake_up() if each.what is What.BROKEN]
    assert drawn(made).faults[0].rule == "a rule was broken"
    assert Constants(FakeImage()).text(at_text("sleep")) == "sleep"  # type: ignore[arg-type]


def test_a_small_picture_for_other_pages_is_whole_and_escaped() -> None:
    seen = drawn()
    seen.rows[1].name = "<b>&"
    text = svg.as_svg(seen)
    tree = ElementTree.fromstring(f"<p>{text}</p>")
    drawing = next(tree.iter("svg"))
    assert "lost" in drawing.attrib["aria-label"]
    assert [each.attrib["class"] for each in drawing.iter("polygon")] == ["tip"] * 3 + ["fault"]
    kinds = {each.attrib["class"] for each in drawing.iter("rect")}
    assert kinds == {"ready", "running", "blocked", "end", "runs", "halted", "interrupt"}
    assert svg.as_svg(drawn([])) == ""


def test_findings_begin_with_the_broken_rule() -> None:
    lines = list(terminal.findings(drawn()))
    assert lines[0].startswith("RULE BROKEN by event 1 work (pid 7): (6)")
    assert "labs/3-waker/waker.cpp:35" in lines[-3]
    assert not list(terminal.findings(drawn(lost_wake_up()[:5])))
