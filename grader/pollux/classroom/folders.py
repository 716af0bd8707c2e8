"""One folder for each student: the report, the page, the results, the serial log, the command that repeats it all."""

import io
import json
import shlex
import shutil
from collections.abc import Sequence
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
STUDENTS, REPEAT = "students", "repeat"


def repeat(basis: Basis) -> list[str]:
    """The command, up to the lab, by which the students repeat a run in their own trees."""
    words = ["grader/grade"]
    return [*words, "--seed", str(basis.seed)] if basis.seed != 1 else words


def _regrade(marked: Marked, basis: Basis) -> list[str]:
    """The instructor's command, up to the lab, that grades this submission again."""
    words = ["grader/grade"]
    for file in marked.taken.submission.given:
        words += ["--submission", str(file.path)]
    if basis.own_layers:
        words.append("--own-layers")
    return [*words, "--seed", str(basis.seed)] if basis.seed != 1 else words


def write(marked: Marked, basis: Basis, folder: Path) -> None:
    """Writes the student's folder below `folder`: nothing in it tells where the class lies. What is only the
    instructor's is beside `folder`."""
    target = folder / marked.taken.submission.folder
    command = repeat(basis)
    results = marked.shown
    title = printable(marked.name)
    root = basis.tree.root
    page = formats.as_html(results, command, root, title=title)
    write_whole(target / "report.html", page)
    write_whole(target / "report.txt", _report(marked, command, root))
    write_whole(target / "results.json", formats.as_json(results))
    write_whole(target / "serial.log", "".join(_log(result) for result in results))
    if marked.taken.submission.path is None:
        return  # nothing to repeat
    labs = " ".join(f"--lab {result.lab.number}" for result in results)
    again = shlex.join(_regrade(marked, basis))
    line = f'cd {shlex.quote(str(root))} && exec {again} {labs} "$@"'
    script = folder.parent / REPEAT / f"{marked.taken.submission.folder}.sh"
    write_whole(script, f"#!/bin/sh\n{line}\n")
    script.chmod(0o755)


def remove_others(marked: Sequence[Marked], folder: Path) -> None:
    """Removes what an earlier run wrote of students who are no longer there."""
    known = {one.taken.submission.folder for one in marked}
    for path in (folder / STUDENTS).glob("*/"):
        if path.name not in known and (path / "results.json").is_file() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
    for path in (folder / REPEAT).glob("*.sh"):
        if path.stem not in known:
            path.unlink(missing_ok=True)


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
