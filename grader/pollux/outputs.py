"""The results for other programs: JSON and JUnit XML. The same bytes for the same submission, but for the times."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .errors import GraderError
from .outcome import Outcome
from .results import LabResult, TestResult

# XML 1.0 has no place for these.
UNPRINTABLE = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


def _number(points: float) -> float | int:
    return int(points) if points == int(points) else points


def _test(result: TestResult) -> dict[str, Any]:
    return {
        "name": result.test.name,
        "outcome": str(result.outcome),
        "score": _number(result.score),
        "max_score": _number(result.test.points),
        "message": result.verdict.message,
        "instructions": result.verdict.instructions,
    }


def _lab(result: LabResult) -> dict[str, Any]:
    return {
        "lab": result.lab.number,
        "title": result.lab.title,
        "score": _number(result.score),
        "max_score": _number(result.max_score),
        "outcome": str(result.outcome),
        "tests": [_test(test) for test in result.tests],
    }


def as_json(results: Sequence[LabResult]) -> str:
    """All results. Everything that differs between two runs is under `timing`."""
    timing = {
        f"lab {result.lab.number}": {
            "seconds": round(result.seconds, 3),
            "tests": {test.test.name: round(test.seconds, 3) for test in result.tests},
        }
        for result in results
    }
    document = {"labs": [_lab(result) for result in results], "timing": timing}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_junit(results: Sequence[LabResult]) -> str:
    """All results as continuous integration servers read them."""
    root = ElementTree.Element("testsuites")
    for result in results:
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"lab {result.lab.number}: {result.lab.title}",
            tests=str(len(result.tests)),
            time=f"{result.seconds:.3f}",
        )
        for test in result.tests:
            _junit_case(suite, test)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ElementTree.Element, result: TestResult) -> None:
    classname, _, name = result.test.name.partition(".")
    case = ElementTree.SubElement(
        suite, "testcase", classname=classname, name=name, time=f"{result.seconds:.3f}"
    )
    if result.outcome is Outcome.PASS:
        return
    kinds = {Outcome.SKIPPED: "skipped", Outcome.GRADER_ERROR: "error"}
    message = result.verdict.message.translate(UNPRINTABLE)
    ElementTree.SubElement(
        case, kinds.get(result.outcome, "failure"), type=str(result.outcome), message=message
    )


def write(path: Path, text: str) -> None:
    """Writes a result file whole, or says why not."""
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise GraderError(f"{path} cannot be written: {error.strerror}") from error
