"""KTAP version 1: a lab is a test with subtests, as the kernel's own documentation has it."""

from collections.abc import Sequence

from ..text import printable
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult
from .shared import explain, name_of


def as_ktap(results: Sequence[LabResult]) -> str:
    lines = ["KTAP version 1", f"1..{len(results)}"]
    for index, result in enumerate(results, 1):
        lines += [f"  {line}" for line in _lab(result)]
        word = "ok" if result.full else "not ok"
        lines.append(f"{word} {index} lab-{result.lab.number}-{result.lab.name}")
    return "\n".join(lines) + "\n"


def _lab(result: LabResult) -> list[str]:
    lines = ["KTAP version 1", f"# Subtest: {_plain(name_of(result))}", f"1..{len(result.tests)}"]
    for index, test in enumerate(result.tests, 1):
        lines += [f"# {_plain(line)}" for line in explain(result, test)]
        lines.append(_test(index, test))
    return lines


def _test(index: int, result: TestResult) -> str:
    """The word and directive of a test. One that was skipped because another failed is `not ok`: many programs would
    count `ok … # SKIP` as a pass."""
    name = result.test.name
    if result.outcome is Outcome.PASS:
        return f"ok {index} {name}"
    if result.outcome is Outcome.SKIPPED:
        return f"not ok {index} {name} # SKIP {_plain(result.verdict.message)}"
    return f"not ok {index} {name} # {_plain(str(result.outcome))}"


def _plain(text: str) -> str:
    """One line, in which nothing is taken for a directive."""
    return printable(text).replace("#", "＃")
