"""What there is to say of a class as a whole."""

import csv
import io
import json
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..course.lab import Lab, Test
from ..text import printable
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from ..verdict.score import plain
from .folders import summary_of
from .marking import Marked
from .similar import Twins

BINS = 10
SLOWEST = 10


@dataclass(frozen=True)
class TestSummary:
    """How a test went for those whose submission could be run."""

    test: Test
    outcomes: tuple[tuple[Outcome, int, float], ...]  # all but pass: how many, in percent
    percent: float  # who did not pass
    who: tuple[Marked, ...]
    mean_score: float


@dataclass(frozen=True)
class LabSummary:
    lab: Lab
    absent: int  # handed in nothing of it, and are in no figure
    graded: int
    mean: float
    median: float
    full: int
    bins: tuple[int, ...]  # by tenths of the points, then those with all of them
    ran: int
    tests: tuple[TestSummary, ...]  # hardest first


@dataclass(frozen=True)
class Refusal:
    """A submission that could not be run, or was caught cheating, and why."""

    marked: Marked
    lab: Lab
    outcome: Outcome
    message: str


@dataclass(frozen=True)
class Summary:
    marked: tuple[Marked, ...]
    columns: tuple[str, ...]  # of the roster
    labs: tuple[LabSummary, ...]
    refused: tuple[Refusal, ...]
    errors: tuple[Refusal, ...]
    slowest: tuple[Marked, ...]
    twins: tuple[Twins, ...]
    remarks: tuple[str, ...]


def summarise(
    marked: Sequence[Marked],
    labs: Sequence[Lab],
    columns: Sequence[str],
    twins: Sequence[Twins],
    remarks: Sequence[str],
) -> Summary:
    special = [refusal for one in marked for refusal in _special(one)]
    slowest = sorted(marked, key=lambda one: -one.seconds)
    return Summary(
        tuple(marked),
        tuple(columns),
        tuple(_lab(lab, marked) for lab in labs),
        tuple(one for one in special if one.outcome is not Outcome.GRADER_ERROR),
        tuple(one for one in special if one.outcome is Outcome.GRADER_ERROR),
        tuple(slowest[:SLOWEST]),
        tuple(twins),
        tuple(remarks),
    )


def _result(marked: Marked, lab: Lab) -> LabResult:
    return next(result for result in marked.results if result.lab.number == lab.number)


def _special(marked: Marked) -> list[Refusal]:
    """What an instructor wants to look at: not run at all, forged, or not judged."""
    found = []
    for result in marked.results:
        message = result.message
        if not marked.has(result.lab):
            continue
        if result.outcome in (Outcome.FORGED, Outcome.GRADER_ERROR) and not message:
            test = next(test for test in result.tests if test.outcome is result.outcome)
            message = f"{test.test.name}: {test.verdict.message}"
        if message:
            found.append(Refusal(marked, result.lab, result.outcome, message))
    return found


def _lab(lab: Lab, marked: Sequence[Marked]) -> LabSummary:
    results = [_result(one, lab) for one in marked if one.has(lab)]
    runners = [one for one in marked if one.has(lab)]
    judged = [result for result in results if result.outcome is not Outcome.GRADER_ERROR]
    scores = [result.score for result in judged]
    ran = [result for result in judged if not result.message]
    bins = [0] * (BINS + 1)
    for result in judged:
        share = result.score / result.max_score
        bins[BINS if result.full else min(BINS - 1, int(share * BINS))] += 1
    tests = [_test(test, ran, runners) for test in lab.tests]
    return LabSummary(
        lab,
        len(marked) - len(results),
        len(judged),
        round(statistics.fmean(scores), 1) if scores else 0.0,
        round(statistics.median(scores), 1) if scores else 0.0,
        sum(result.full for result in judged),
        tuple(bins),
        len(ran),
        tuple(sorted(tests, key=lambda test: -test.percent)),
    )


def _test(test: Test, ran: Sequence[LabResult], runners: Sequence[Marked]) -> TestSummary:
    results = [one for result in ran for one in result.tests if one.test.name == test.name]
    count = max(1, len(results))
    counts = Counter(one.outcome for one in results)
    outcomes = tuple(
        (kind, counts[kind], round(100 * counts[kind] / count, 2))
        for kind in Outcome
        if kind is not Outcome.PASS and counts[kind]
    )
    failed = sum(number for _, number, _ in outcomes)
    mean = sum(one.score for one in results) / count
    who = tuple(one for one in runners if _failed(one, test, ran))
    return TestSummary(test, outcomes, round(100 * failed / count, 1), who, round(mean, 2))


def _failed(one: Marked, test: Test, ran: Sequence[LabResult]) -> bool:
    return any(
        each.test.name == test.name and each.outcome is not Outcome.PASS
        for result in one.results
        if any(result is other for other in ran)
        for each in result.tests
    )


def as_csv(summary: Summary) -> str:
    """grades.csv. The same bytes for the same class; a cell that the grader could not fill is empty, never a zero."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    titles = ["name", *(cell(title) for title in summary.columns)]
    for lab in summary.labs:
        number = lab.lab.number
        titles += [f"lab {number}", f"lab {number} of", f"lab {number} outcome"]
    table.writerow([*titles, "total", "total of", "note"])
    for one in summary.marked:
        row = [cell(one.name), *(cell(text) for text in one.taken.submission.columns)]
        for result in one.results:
            error = result.outcome is Outcome.GRADER_ERROR
            row += ["" if error else plain(result.score), plain(result.max_score)]
            row.append(str(one.word(result)))
        total = round(sum(result.score for result in one.results), 1)
        row += ["" if one.failed else plain(total)]
        row += [plain(sum(result.max_score for result in one.results)), cell(_note(one))]
        table.writerow(row)
    return file.getvalue()


def _note(marked: Marked) -> str:
    return "; ".join(f"lab {one.lab.number}: {one.message}" for one in _special(marked))


# What a spreadsheet takes for a formula: at the beginning of a cell, and where one that splits at semicolons or tabs
# would make a beginning.
FORMULA = re.compile(r"(?:^|(?<=[;\t|]))(?=\s*[=+\-@＝＋－＠])")


def cell(text: str) -> str:
    """A student's words in a table: nothing that a spreadsheet or a terminal would take for more than words."""
    one_line = re.sub(r"[\r\n]+", " ", text)
    return FORMULA.sub("'", printable(one_line))


def as_json(summary: Summary) -> str:
    """grades.json. Everything that differs between two runs is under `timing`."""
    document = {
        "students": [summary_of(one) for one in summary.marked],
        "twins": [
            {"lab": twins.lab.number, "names": twins.names, "percent": twins.percent}
            for twins in summary.twins
        ],
        "remarks": summary.remarks,
        "timing": {one.name: round(one.seconds, 3) for one in summary.marked},
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"
