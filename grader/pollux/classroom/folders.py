"""One folder for each student: the report, the page, the results, the serial log, the command that repeats it all."""

import io
import json
import shlex
from pathlib import Path

from rich.console import Console

from ..report import formats
from ..report.terminal import Report
from ..text import printable
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from .cache import Basis, write_whole
from .marking import Marked

REPORT_WIDTH = 160


def repeat(marked: Marked, basis: Basis) -> list[str]:
    """The command, up to the lab, that grades this student again."""
    words = ["grader/grade", "--submission", str(marked.taken.submission.path)]
    if basis.own_layers:
        words.append("--own-layers")
    return [*words, "--seed", str(basis.seed)] if basis.seed != 1 else words


def write(marked: Marked, basis: Basis, folder: Path) -> None:
    """Writes the student's folder below `folder`."""
    target = folder / marked.taken.submission.folder
    command = repeat(marked, basis)
    results = marked.shown
    title = printable(marked.name)
    root = basis.tree.root
    page = formats.as_html(results, command, root, title=title, back="../../index.html")
    write_whole(target / "report.html", page)
    write_whole(target / "report.txt", _report(marked, command, root))
    write_whole(target / "results.json", formats.as_json(results))
    write_whole(target / "serial.log", "".join(_log(result) for result in results))
    if marked.taken.submission.path is None:
        return  # nothing to repeat
    labs = " ".join(f"--lab {result.lab.number}" for result in results)
    line = f'cd {shlex.quote(str(root))} && exec {shlex.join(command)} {labs} "$@"'
    write_whole(target / "repeat.sh", f"#!/bin/sh\n{line}\n")
    (target / "repeat.sh").chmod(0o755)


def _report(marked: Marked, command: list[str], root: Path) -> str:
    console = Console(width=REPORT_WIDTH, record=True, file=io.StringIO(), color_system=None)
    report = Report(console, command, verbose=False, root=root)
    console.print(printable(marked.name), highlight=False, markup=False)
    for result in marked.shown:
        report.graded(result)
    if len(marked.shown) > 1:
        report.total(marked.shown)
    return console.export_text()


def _log(result: LabResult) -> str:
    parts = []
    for test in result.tests:
        if test.console:
            text = "\n".join(printable(line) for line in test.console.replace("\r", "").split("\n"))
            parts.append(f"==== {test.test.name}: {test.outcome}\n{text}\n")
    return "".join(parts)


def summary_of(marked: Marked) -> dict[str, object]:
    """What grades.json has of one student."""
    labs = json.loads(formats.as_json(marked.results))["labs"]
    error = any(result.outcome is Outcome.GRADER_ERROR for result in marked.results)
    path = marked.taken.submission.path
    return {
        "name": marked.name,
        "submission": path.name if path else None,
        "folder": f"students/{marked.taken.submission.folder}",
        "score": None if error else round(sum(result.score for result in marked.results), 1),
        "max_score": sum(result.max_score for result in marked.results),
        "labs": labs,
    }
