"""grader/grade: what was handed in, or the tree itself, graded and reported."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ..course.tree import Tree
from ..host import confine, scratch
from ..host.command import ALL_PASSED, NOT_DONE, POINTS_LOST, positive
from ..report import formats
from ..report.terminal import Report
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from .grade import Request, grade
from .running import Emulator, Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="grade",
        description="Build the labs, boot them in QEMU, run every test in a machine of its own, and say what each is "
        "worth. Without --submission: the tree that this script stands in.",
        epilog="Exit status: 0 all points, 1 points were lost, 2 the grader could not do its work.",
    )
    add = parser.add_argument
    add("--lab", type=positive, action="append", default=[], metavar="N", help="only this lab")
    add("--test", action="append", default=[], metavar="NAME", help="only this test")
    add(
        "--submission",
        type=Path,
        action="append",
        default=[],
        metavar="DIR|ARCHIVE|FILE",
        help="what was handed in; several times for several loose files",
    )
    add("--own-layers", action="store_true", help="earlier labs from the submission as well")
    add(
        "--seed", type=int, default=1, metavar="N", help="what the tests' random choices start from"
    )
    add(
        "--emulator",
        type=Emulator,
        choices=list(Emulator),
        default=Emulator.QEMU,
        help="what the tests run in; scores count in QEMU",
    )
    add("--json", type=Path, metavar="FILE", help="write the results as JSON")
    add("--html", type=Path, metavar="FILE", help="write the results as a page")
    add("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    add("--ktap", type=Path, metavar="FILE", help="write the results as KTAP")
    add("--gradescope", type=Path, metavar="FILE", help="write Gradescope's results.json")
    add("--github", type=Path, metavar="FILE", help="append GitHub Classroom's result to FILE")
    add("--autolab", action="store_true", help="close with Autolab's lines on standard output")
    add(
        "-j",
        "--jobs",
        type=positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="machines at once",
    )
    add("--no-trace", action="store_true", help="do not run what failed once more to draw it")
    add("--strict", action="store_true", help="grade nothing where bubblewrap makes no box")
    add("-v", "--verbose", action="store_true", help="warnings, instructions, each test's console")
    add(
        "--keep", type=Path, metavar="DIR", help="keep images, consoles and results in a new folder"
    )
    arguments = parser.parse_args()
    if arguments.own_layers and not arguments.submission:
        parser.error("--own-layers is about a submission; the tree's own layers are its own anyway")
    return arguments


def _repeat(arguments: argparse.Namespace) -> list[str]:
    """The command that repeats a run exactly, without the words that name lab and test."""
    words = [sys.argv[0]]
    for path in arguments.submission:
        words += ["--submission", str(path)]
    if arguments.own_layers:
        words.append("--own-layers")
    if arguments.emulator is not Emulator.QEMU:
        words += ["--emulator", str(arguments.emulator)]
    return [*words, "--seed", str(arguments.seed)] if arguments.seed != 1 else words


def command() -> int:
    arguments = _arguments()
    console = Console()
    report = Report(console, _repeat(arguments), arguments.verbose, Tree.own().root)
    confine.require("grade", strict=arguments.strict)
    with scratch.folder(arguments.keep) as folder:
        request = Request(
            Tree.own(),
            folder,
            tuple(arguments.lab),
            tuple(arguments.test),
            next(iter(arguments.submission), None),
            tuple(arguments.submission[1:]),
            arguments.own_layers,
            Settings(arguments.seed, arguments.jobs, emulator=arguments.emulator),
            seeing=not arguments.no_trace,
        )
        try:
            results = grade(request, report)
        finally:
            report.close()
    if len(results) > 1:
        report.total(results)
    _write(arguments, results)
    return exit_status(results)


def _write(arguments: argparse.Namespace, results: Sequence[LabResult]) -> None:
    """Writes the files that other programs read. After a grader error, a format that could only say zero is not written."""
    if arguments.json:
        formats.write(arguments.json, formats.as_json(results))
    if arguments.junit:
        formats.write(arguments.junit, formats.as_junit(results))
    if arguments.ktap:
        formats.write(arguments.ktap, formats.as_ktap(results))
    if arguments.html:
        formats.write(arguments.html, formats.as_html(results, _repeat(arguments), Tree.own().root))
    if arguments.github:
        formats.write(arguments.github, formats.as_github(results), append=True)
    if arguments.gradescope:
        formats.write(arguments.gradescope, formats.as_gradescope(results))
    if arguments.autolab:
        print(formats.as_autolab(results), end="", flush=True)


def exit_status(results: Sequence[LabResult]) -> int:
    if any(result.outcome is Outcome.GRADER_ERROR for result in results):
        return NOT_DONE
    return ALL_PASSED if all(result.full for result in results) else POINTS_LOST
