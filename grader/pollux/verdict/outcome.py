"""How a test, and a lab, can end."""

from enum import StrEnum


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_WRITTEN = "not written"
    PANIC = "panic"
    TRIPLE_FAULT = "triple fault"
    HANG = "hang"
    LEAK = "leak"
    NOT_HANDED_IN = "not handed in"
    BUILD_ERROR = "build error"
    REFUSED = "refused"
    FORGED = "forged"
    SKIPPED = "skipped"
    GRADER_ERROR = "grader error"
