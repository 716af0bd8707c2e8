"""One submission's results as a page."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from ..course import handout
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult
from ..verdict.score import plain
from .causes import Cause, causes
from .html import page
from .shared import NOTES, draw_again, seen

TEMPLATE = Path(__file__).with_name("report.html")
CALLS = 12


@dataclass(frozen=True)
class _Lost:
    result: TestResult
    calls: list[str]
    section: str  # what the handout says of it
    again: str
    seen: list[str]  # what a traced run of it showed
    drawing: Markup
    draw: str
    cause: Cause | None  # that it shares with others


@dataclass(frozen=True)
class _Lab:
    result: LabResult
    score: str
    percent: float
    counts: str
    lost: list[_Lost]
    passed: list[TestResult]


def as_html(
    results: Sequence[LabResult],
    repeat: Sequence[str],
    root: Path,
    *,
    title: str = "Pollux",
    back: str = "",
) -> str:
    """`repeat` is the command, up to the lab, that grades it again; `root` is the tree, whose handouts are
    quoted; `back` links to the page that leads here."""
    labs = [_lab(result, repeat, root) for result in results]
    return page(TEMPLATE, title=title, back=back, labs=labs, notes=NOTES)


def _lab(result: LabResult, repeat: Sequence[str], root: Path) -> _Lab:
    counts = Counter(test.outcome for test in result.tests)
    same = causes(result)
    error = result.outcome is Outcome.GRADER_ERROR
    return _Lab(
        result,
        "?" if error else plain(result.score),
        round(100 * result.score / result.max_score, 1),
        ", ".join(f"{counts[kind]} {kind}" for kind in Outcome if kind in counts),
        [
            _lost(result, test, repeat, root, same.get(test.test.name))
            for test in result.tests
            if not _is_full(test)
        ],
        [test for test in result.tests if _is_full(test)],
    )


def _is_full(test: TestResult) -> bool:
    return test.outcome is Outcome.PASS and test.score >= test.test.points


def _lost(
    lab: LabResult, test: TestResult, repeat: Sequence[str], root: Path, cause: Cause | None
) -> _Lost:
    calls = []
    for frame in test.verdict.backtrace[:CALLS]:
        name = f"{frame.name}+{frame.offset:#x}" if frame.name else f"{frame.address:#x}"
        calls.append(f"{name}  {lab.source_lines.get(frame.address, '')}".rstrip())
    words = [*repeat, "--lab", str(lab.lab.number), "--test", test.test.name]
    section = handout.section(root, lab.lab, test.test) or ""
    drawing = Markup(
        test.seen.drawing if test.seen else ""
    )  # made by timeline/svg.py, all text in it escaped
    again, draw = shlex.join(words), draw_again(lab.lab, test.test)
    return _Lost(test, calls, section, again, seen(test), drawing, draw, cause)
