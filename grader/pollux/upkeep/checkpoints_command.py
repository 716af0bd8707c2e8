"""grader/checkpoints: checks the scores that the handouts promise."""

import argparse
import os

from ..building.stage import Bases
from ..course.tree import Tree
from ..errors import GraderError
from ..host import scratch
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from ..verdict.score import plain
from . import checkpoints
from .checkpoints import Checkpoint, Promise


def _promised(tree: Tree, checkpoint: Checkpoint) -> Promise | None:
    page = tree.root / checkpoints.page(checkpoint.lab)
    text = page.read_text() if page.is_file() else ""
    found = {promise.number: promise for promise in checkpoints.promises(text)}
    return found.get(checkpoint.number)


def _is_true(promise: Promise | None, result: LabResult) -> bool:
    return promise is not None and (promise.score, promise.most) == (result.score, result.max_score)


def _show_tests(result: LabResult) -> None:
    for test in result.tests:
        if test.outcome is not Outcome.PASS:
            print(f"      {test.outcome.value:12} {test.test.name}: {test.verdict.message}")


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="checkpoints",
        description="Grade what a student has written at each checkpoint of a handout, and compare the score with "
        "what the handout says.",
    )
    parser.add_argument("--lab", type=int, action="append", default=[], metavar="N")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the tests that fail")
    arguments = parser.parse_args()
    tree = Tree.own()
    labs = [tree.lab(number) for number in arguments.lab] or list(tree.labs)
    found = [checkpoint for lab in labs for checkpoint in checkpoints.load(tree, lab)]
    if not found:
        raise GraderError("there are no checkpoints here: they stay in the instructor's tree")
    bases = Bases()
    wrong = 0
    with scratch.folder() as folder:
        for checkpoint in found:
            result = checkpoints.score(tree, checkpoint, folder, bases, max(1, arguments.jobs))
            promise = _promised(tree, checkpoint)
            good = _is_true(promise, result)
            wrong += not good
            said = plain(promise.score) if promise else "nothing"
            print(
                f"  {'ok  ' if good else 'FALSE'} lab {checkpoint.lab.number}, checkpoint {checkpoint.number}: "
                f"{plain(result.score)}/{plain(result.max_score)}, the handout says {said}",
                flush=True,
            )
            if arguments.verbose:
                _show_tests(result)
    print(f"{len(found) - wrong} passed, {wrong} failed")
    return 1 if wrong else 0
