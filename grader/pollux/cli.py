"""The commands, as the entry scripts call them. A user sees a sentence, not a traceback."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from . import confine, outputs, scratch, student
from .errors import GraderError
from .grading import Request, grade
from .report import Report
from .results import LabResult
from .outcome import Outcome
from .running import Emulator, Settings
from .tree import Tree

ALL_PASSED, POINTS_LOST, NOT_DONE, INTERRUPTED = 0, 1, 2, 130


def main(command: Callable[[], int]) -> int:
    """Runs a command, and turns what can go wrong into a sentence and an exit status."""
    scratch.leave_on_signals()
    try:
        return command()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_DONE
    except GraderError as error:
        print(f"{_name()}: {error}", file=sys.stderr)
        return NOT_DONE
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is left running", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # our own bug: still a sentence, and never a zero
        if os.environ.get("POLLUX_TRACEBACK"):
            raise
        print(
            f"{_name()}: a bug in the grader itself: {error!r} (POLLUX_TRACEBACK=1 shows where)",
            file=sys.stderr,
        )
        return NOT_DONE


def _name() -> str:
    return Path(sys.argv[0]).name


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def _grade_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="grade",
        description="Build the labs, boot them in QEMU, run every test in a machine of its own, and say what each is "
        "worth. Without --submission: the tree that this script stands in.",
        epilog="Exit status: 0 all points, 1 points were lost, 2 the grader could not do its work.",
    )
    add = parser.add_argument
    add("--lab", type=_positive, action="append", default=[], metavar="N", help="only this lab")
    add("--test", action="append", default=[], metavar="NAME", help="only this test")
    add("--submission", type=Path, metavar="DIR|ZIP|TGZ", help="what was handed in")
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
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="machines at once",
    )
    add("--strict", action="store_true", help="grade nothing where bubblewrap makes no box")
    add("-v", "--verbose", action="store_true", help="warnings, instructions, each test's console")
    add(
        "--keep", type=Path, metavar="DIR", help="keep images, consoles and results in a new folder"
    )
    arguments = parser.parse_args()
    if arguments.own_layers and arguments.submission is None:
        parser.error("--own-layers is about a submission; the tree's own layers are its own anyway")
    return arguments


def _repeat(arguments: argparse.Namespace) -> list[str]:
    """The command, up to the test, that repeats a run exactly."""
    words = [sys.argv[0]]
    if arguments.submission is not None:
        words += ["--submission", str(arguments.submission)]
    if arguments.own_layers:
        words.append("--own-layers")
    if arguments.emulator is not Emulator.QEMU:
        words += ["--emulator", str(arguments.emulator)]
    return [*words, "--seed", str(arguments.seed)] if arguments.seed != 1 else words


def grade_command() -> int:
    """grader/grade"""
    arguments = _grade_arguments()
    console = Console()
    report = Report(console, _repeat(arguments), arguments.verbose, Tree.own().root)
    confine.require("grade", strict=arguments.strict)
    with scratch.folder(arguments.keep) as folder:
        request = Request(
            Tree.own(),
            folder,
            tuple(arguments.lab),
            tuple(arguments.test),
            arguments.submission,
            arguments.own_layers,
            Settings(arguments.seed, arguments.jobs, emulator=arguments.emulator),
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
    """The files that other programs read. What they would take for a zero is not written after a grader error."""
    if arguments.json:
        outputs.write(arguments.json, outputs.as_json(results))
    if arguments.junit:
        outputs.write(arguments.junit, outputs.as_junit(results))
    if arguments.ktap:
        outputs.write(arguments.ktap, outputs.as_ktap(results))
    if arguments.html:
        outputs.write(arguments.html, outputs.as_html(results, _repeat(arguments), Tree.own().root))
    if arguments.github:
        outputs.write(arguments.github, outputs.as_github(results), append=True)
    if arguments.gradescope:
        outputs.write(arguments.gradescope, outputs.as_gradescope(results))
    if arguments.autolab:
        print(outputs.as_autolab(results), end="", flush=True)


def exit_status(results: Sequence[LabResult]) -> int:
    if any(result.outcome is Outcome.GRADER_ERROR for result in results):
        return NOT_DONE
    return ALL_PASSED if all(result.full for result in results) else POINTS_LOST


def student_command() -> int:
    """grader/student"""
    parser = argparse.ArgumentParser(
        prog="student",
        description="Write the student's tree: every lab's holes are left to be written.",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", nargs="?", help="a new folder")
    parser.add_argument(
        "--reference",
        type=_positive,
        action="append",
        default=[],
        metavar="N",
        help="keep this lab as the reference solves it",
    )
    arguments = parser.parse_args()
    if arguments.dir is None:
        raise GraderError(
            'say where to: make student DIR=../course (REFERENCE="1 2" keeps labs solved)'
        )
    tree = Tree.own()
    count = student.write(tree, arguments.dir.absolute(), arguments.reference)
    holes = ", ".join(str(lab.number) for lab in tree.labs if lab.number not in arguments.reference)
    print(f"{arguments.dir}: {count} files; to be written: lab {holes or 'none'}")
    return ALL_PASSED
