"""grader/soak: runs one test with many seeds, which may find what one seed does not."""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..building.stage import BuildError, Stage, build_own
from ..course.lab import Lab, Test
from ..course.tree import Tree
from ..errors import GraderError
from ..grading.running import Runner, Settings
from ..host import scratch
from ..verdict.outcome import Outcome
from ..verdict.results import TestResult
from . import given


def _find(tree: Tree, name: str) -> tuple[Lab, Test]:
    for lab in tree.labs:
        test = lab.test(name)
        if test is not None:
            return lab, test
    for test in given.tests(tree):
        if test.name == name:
            return tree.labs[-1], test
    raise GraderError(f"there is no test {name!r}")


def _run(stage: Stage, tree: Tree, folder: Path, test: Test, seed: int) -> TestResult:
    runner = Runner(stage, tree.root, folder / str(seed), Settings(seed, 1, False))
    return runner.run([test], lambda result: None)[0]


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="soak", description="Run one test with many seeds, and list those that it failed with."
    )
    parser.add_argument("test", nargs="?", default="waker.survives_jitter")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the first seed")
    parser.add_argument("--count", type=int, default=50, metavar="N", help="how many seeds")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    arguments = parser.parse_args()
    tree = Tree.own()
    lab, test = _find(tree, arguments.test)
    seeds = range(arguments.first, arguments.first + arguments.count)
    failed = 0
    measured: dict[str, list[int]] = {}
    with scratch.folder() as folder, ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        stage = build_own(tree, lab, folder / "own", lambda: None)
        if isinstance(stage, BuildError):
            raise GraderError(stage.message)
        built = stage
        results = pool.map(lambda seed: _run(built, tree, folder, test, seed), seeds)
        for seed, result in zip(seeds, results, strict=True):
            for name, value in result.verdict.measures.items():
                measured.setdefault(name, []).append(value)
            if result.outcome is not Outcome.PASS:
                failed += 1
                print(f"seed {seed}: {result.outcome}: {result.verdict.message}")
                print(f"  again: grader/soak --first {seed} --count 1 {test.name}")
    print(f"{test.name}: {len(seeds)} seeds, {failed} failed")
    for name, values in measured.items():
        print(f"  {name}: {min(values):,}" + (f" to {max(values):,}" if len(values) > 1 else ""))
    return 1 if failed else 0
