"""The results port is read strictly: only a whole, tagged, fitting run counts."""

import pytest
from pollux.machine.siphash import Key, tag
from pollux.verdict.ktap import Transcript, parse

KEY = Key(7, 11)
NAME = "heap.allocates"
PLAN = "KTAP version 1\n1..1\n"
OK = f"ok 1 {NAME} # outcome=pass instructions=123"
NOT_OK = f"not ok 1 {NAME} # outcome=fail instructions=9"
END = "# END ran=1 passed=1"


def tagged(text: str, key: Key = KEY) -> str:
    return f"{text} tag={tag(key, text)}\n"


def read(text: str) -> Transcript:
    return parse(text.encode(), KEY, NAME)


def test_a_whole_run() -> None:
    said = read(f"{PLAN}# RUN {NAME}\n{tagged(OK)}{tagged(END)}")
    assert said.whole
    assert said.started == NAME
    assert said.result is not None
    assert (said.result.outcome, said.result.instructions) == ("pass", 123)


def test_measures() -> None:
    said = read(PLAN + tagged(f"{OK} measure.per_operation=172 measure.peak=3"))
    assert said.result is not None
    assert said.result.measures == {"per_operation": 172, "peak": 3}


def test_failures_are_collected() -> None:
    said = read(
        f"{PLAN}# FAIL labs/1-heap/tests/free.cpp:42: EXPECT_EQ(stats.blocks, 0)\n"
        f"#   expected: 0\n#   got:      3\n{tagged(NOT_OK)}{tagged('# END ran=1 passed=0')}"
    )
    assert said.whole
    (failure,) = said.failures
    assert failure.place == "labs/1-heap/tests/free.cpp:42"
    assert (failure.text, failure.expected, failure.got) == ("EXPECT_EQ(stats.blocks, 0)", "0", "3")


def test_a_stop_and_its_backtrace() -> None:
    said = read(
        f"{PLAN}# FAULT page fault at 0x0 (write, not present), rip=0xffffffff80001234 heap::f+0x12\n"
        "#   at heap::f+0x12 (0xffffffff80001234)\n#   at kernel_main+0x8 (0xffffffff80000008)\n"
    )
    assert said.stop is not None and said.stop.kind == "FAULT"
    assert [frame.name for frame in said.backtrace] == ["heap::f", "kernel_main"]


@pytest.mark.parametrize(
    "lines",
    [
        OK + "\n",
        f"{OK} tag=0123456789abcdef\n",
        tagged(OK, Key(1, 1)),
        tagged("ok 1 heap.frees # outcome=pass instructions=1"),
        tagged(f"ok 1 {NAME} # outcome=fail instructions=1"),
        tagged(f"not ok 1 {NAME} # outcome=pass instructions=1"),
        tagged(f"ok 2 {NAME} # outcome=pass instructions=1"),
        tagged(OK) + tagged(OK),
        tagged(END),
        tagged(OK) + tagged("# END ran=1 passed=0"),
        tagged(OK) + tagged("# END ran=2 passed=1"),
        tagged(OK) + tagged(END) + tagged(END),
        tagged(OK) + "# END ran=1 passed=1\n",
        "KTAP version 1\n",
        "1..1\n",
        "1..2\n",
        "hello\n",
        "\n",
        " # RUN x\n",
        "ok 1 \xff\n",
    ],
)
def test_any_other_line_is_forged(lines: str) -> None:
    said = read(PLAN + lines)
    assert said.forged is not None
    assert not said.whole


def test_results_before_the_plan_are_forged() -> None:
    assert read(tagged(OK) + PLAN + tagged(END)).forged is not None


def test_a_changed_tag_is_forged() -> None:
    line = tagged(OK)
    for position in (0, 10, len(line) - 2):
        changed = line[:position] + ("0" if line[position] != "0" else "1") + line[position + 1 :]
        assert read(PLAN + changed).forged is not None


def test_what_was_cut_off_says_nothing() -> None:
    said = read(PLAN + tagged(OK)[:-1])
    assert said.result is None
    assert said.forged is None


def test_no_end_line_is_not_whole() -> None:
    assert not read(PLAN + tagged(OK)).whole


def test_nothing_at_all() -> None:
    said = parse(b"", KEY, NAME)
    assert not said.whole and said.forged is None


def test_bytes_that_are_no_text() -> None:
    said = parse(PLAN.encode() + b"\x80\xff\x00\n", KEY, NAME)
    assert said.forged is not None
    assert said.forged.isprintable()
