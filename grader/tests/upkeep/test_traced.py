"""What grader/traced makes of what a kernel wrote."""

from pollux.upkeep.traced import failures

GOOD = "KTAP version 1\n1..2\n# RUN a.b\nok 1 a.b # outcome=pass tag=0\n# RUN a.c\n"


def test_all_passed() -> None:
    results = GOOD + "ok 2 a.c # outcome=pass tag=0\n# END ran=2 passed=2 tag=0\n"
    assert failures(results) == (2, [])


def test_a_violation_is_shown() -> None:
    wrong = ["# RUN a.c", "# TRACE event 1: queued twice", "not ok 2 a.c # outcome=fail tag=0"]
    results = GOOD.removesuffix("# RUN a.c\n") + "\n".join(wrong) + "\n# END ran=2 passed=1 tag=0\n"
    assert failures(results) == (1, wrong)


def test_a_run_that_was_cut_off_is_no_pass() -> None:
    panic = ["# RUN a.c", "# PANIC kernel/lib/list.hpp:5: assertion failed"]
    results = GOOD + panic[1] + "\n"
    assert failures(results) == (1, panic)
    assert failures("") == (0, ["the kernel said nothing"])
