"""grader/test-all: all tests, part by part, as `make test` runs them. One line for each part, its output when it fails."""

import argparse
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course.tree import Tree
from ..host import processes

SECONDS = 3000.0
LINES = 60


@dataclass(frozen=True)
class Count:
    passed: int
    failed: int
    skipped: int = 0

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )


@dataclass(frozen=True)
class Part:
    """A command, and how to read from its output how many tests it ran."""

    name: str
    command: tuple[str, ...]
    count: Callable[[str], Count | None]


def _sum(pattern: str, output: str) -> int:
    return sum(int(number) for number in re.findall(pattern, output))


def count_checks(output: str) -> Count | None:
    """grader/check closes with `N passed, N failed`."""
    match = re.search(r"^(\d+) passed, (\d+) failed$", output, re.MULTILINE)
    return Count(int(match[1]), int(match[2])) if match else None


def count_doctest(output: str) -> Count | None:
    """Each unit test binary closes with `[doctest] test cases: 51 | 51 passed | 0 failed | 0 skipped`."""
    if "[doctest] test cases:" not in output:
        return None
    lines = "\n".join(line for line in output.splitlines() if "] test cases:" in line)
    return Count(_sum(r"(\d+) passed", lines), _sum(r"(\d+) failed", lines))


def count_pytest(output: str) -> Count | None:
    """pytest closes with a line like `== 3 failed, 80 passed, 1 skipped in 60.1s ==`."""
    lines = [line for line in output.splitlines() if re.search(r" in [\d.]+s", line)]
    if not lines:
        return None
    failed = _sum(r"(\d+) (?:failed|errors?)\b", lines[-1])
    return Count(_sum(r"(\d+) passed", lines[-1]), failed, _sum(r"(\d+) skipped", lines[-1]))


def count_grade(path: Path) -> Callable[[str], Count | None]:
    """What grader/grade --json wrote."""

    def count(output: str) -> Count | None:
        if not path.is_file():
            return None
        tests = [test for lab in json.loads(path.read_text())["labs"] for test in lab["tests"]]
        full = sum(test["score"] == test["max_score"] for test in tests)
        return Count(full, len(tests) - full)

    return count


def parts(tree: Tree, scratch: Path) -> list[Part]:
    """What there is to test in this tree, cheapest first."""
    jobs = str(os.cpu_count() or 1)
    found = [
        Part("checks", ("make", "check"), count_checks),
        Part("unit tests on the host", ("make", f"-j{jobs}", "unit"), count_doctest),
    ]
    results = scratch / "results.json"
    command = ("grader/grade", "--json", str(results))
    found.append(Part("every stage in QEMU", command, count_grade(results)))
    if (tree.root / "grader/instructor.mk").is_file():
        found.append(Part("clang-tidy", ("make", "-k", f"-j{jobs}", "tidy"), count_checks))
    if (tree.root / "kernel/bench").is_dir():
        found.append(Part("costs against the baseline", ("grader/bench", "--check"), count_checks))
    if (tree.root / "grader/tests").is_dir():
        found.append(Part("events, traced and not optimised", ("grader/traced",), count_checks))
        where = ("-c", "grader/pyproject.toml", "grader/tests")
        pytest = ("/usr/bin/python3", "-m", "pytest", "-q", "-n", jobs, *where)
        found.append(Part("the grader's own tests", pytest, count_pytest))
    return found


def run(part: Part, tree: Tree, log: Path) -> tuple[Count, str]:
    """Runs one part; its count, and what it said if it failed."""
    done = processes.run(part.command, log, seconds=SECONDS, cwd=tree.root)
    count = part.count(done.output)
    if count is None:
        return Count(0, 1), done.output or "it said nothing"
    if done.status != 0 and count.failed == 0:
        count += Count(0, 1)
    return count, done.output if count.failed else ""


def run_all(tree: Tree, say: Callable[[str], None]) -> Count:
    """Runs all parts and says how each went."""
    total = Count(0, 0)
    scratch = Path(tempfile.mkdtemp(prefix="pollux-test-"))
    try:
        for number, part in enumerate(parts(tree, scratch)):
            say(f"== {part.name}: {' '.join(_short(part.command, scratch))}")
            count, words = run(part, tree, scratch / f"part-{number}")
            for line in words.splitlines()[-LINES:]:
                say(f"   {line}")
            say(f"   {part.name}: {count}")
            total += count
    except KeyboardInterrupt:
        processes.end_all()
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return total


def _short(command: Sequence[str], scratch: Path) -> list[str]:
    return [word.replace(f"{scratch}/", "") for word in command]


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="test-all", description="Run all tests, part by part; close with `N passed, N failed`."
    )
    parser.parse_args()
    total = run_all(Tree.own(), lambda line: print(line, flush=True))
    print(total, flush=True)
    return 1 if total.failed or not total.passed else 0
