"""JUnit XML, as continuous integration servers read it."""

from collections.abc import Sequence
from xml.etree import ElementTree

from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult
from .shared import UNPRINTABLE, explain

KINDS = {Outcome.SKIPPED: "skipped", Outcome.GRADER_ERROR: "error"}


def as_junit(results: Sequence[LabResult]) -> str:
    """One suite a lab, one case a test. Every test that did not pass is a failure, skipped or an error, with its reason."""
    root = ElementTree.Element("testsuites")
    for result in results:
        kinds = [_kind(test) for test in result.tests]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"lab {result.lab.number}: {result.lab.title}",
            tests=str(len(kinds)),
            failures=str(kinds.count("failure")),
            errors=str(kinds.count("error")),
            skipped=str(kinds.count("skipped")),
            time=f"{result.seconds:.3f}",
        )
        for test in result.tests:
            _case(suite, result, test)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _kind(result: TestResult) -> str | None:
    if result.outcome is Outcome.PASS:
        return None
    return KINDS.get(result.outcome, "failure")


def _case(suite: ElementTree.Element, lab: LabResult, result: TestResult) -> None:
    classname, _, name = result.test.name.partition(".")
    case = ElementTree.SubElement(
        suite, "testcase", classname=classname, name=name, time=f"{result.seconds:.3f}"
    )
    kind = _kind(result)
    if kind is None:
        return
    message = result.verdict.message.translate(UNPRINTABLE)
    element = ElementTree.SubElement(case, kind, type=str(result.outcome), message=message)
    element.text = "\n".join(explain(lab, result)).translate(UNPRINTABLE)
