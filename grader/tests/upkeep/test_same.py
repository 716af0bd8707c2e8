"""grader/same-results: what differs between two results files is named."""

import json
import subprocess
from pathlib import Path
from typing import Any

from support import TREE


def write(path: Path, *tests: tuple[str, str, int, int]) -> Path:
    listed = [
        {"name": name, "outcome": outcome, "score": score, "max_score": 2, "instructions": count}
        for name, outcome, score, count in tests
    ]
    score = sum(test[2] for test in tests)
    lab: dict[str, Any] = {"lab": 1, "outcome": "pass", "score": score, "max_score": 2 * len(tests)}
    path.write_text(json.dumps({"compiler": path.name, "labs": [lab | {"tests": listed}]}))
    return path


def compare(*paths: Path) -> "subprocess.CompletedProcess[str]":
    command = [TREE.root / "grader/same-results", *paths]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_same_is_the_same(tmp_path: Path) -> None:
    one = write(tmp_path / "one", ("heap.a", "pass", 2, 100), ("heap.b", "fail", 0, 50))
    other = write(tmp_path / "other", ("heap.a", "pass", 2, 100), ("heap.b", "fail", 0, 50))
    done = compare(one, other)
    assert done.returncode == 0
    assert done.stdout.endswith("3 passed, 0 failed\n")


def test_one_instruction_is_a_difference(tmp_path: Path) -> None:
    one = write(tmp_path / "one", ("heap.a", "pass", 2, 100), ("heap.b", "pass", 2, 50))
    other = write(tmp_path / "other", ("heap.a", "pass", 2, 101), ("heap.b", "pass", 2, 50))
    done = compare(one, other)
    assert done.returncode == 1
    assert "heap.a: pass, 2 of 2, 100 instructions / pass, 2 of 2, 101 instructions" in done.stdout
    assert "heap.b" not in done.stdout
    assert done.stdout.endswith("2 passed, 1 failed\n")


def test_a_test_that_only_one_has_is_a_difference(tmp_path: Path) -> None:
    one = write(tmp_path / "one", ("heap.a", "pass", 2, 1))
    other = write(tmp_path / "other", ("heap.a", "pass", 2, 1), ("heap.b", "pass", 0, 1))
    for pair in ((one, other), (other, one)):
        done = compare(*pair)
        assert done.returncode == 1
        assert "heap.b: " in done.stdout
        assert "is not there" in done.stdout


def test_figures_of_bench_are_compared(tmp_path: Path) -> None:
    for name, cost in (("one", 97), ("other", 98)):
        measures = {"bench.yield": {"with_1": cost}, "bench.wake": {"with_1": 5}}
        (tmp_path / name).write_text(json.dumps({"measures": measures}))
    done = compare(tmp_path / "one", tmp_path / "other")
    assert done.returncode == 1
    assert "bench.yield with_1: 97 / 98" in done.stdout


def test_another_file_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "no").write_text("[]")
    done = compare(tmp_path / "no", tmp_path / "no")
    assert done.returncode == 2
    assert "is no results file" in done.stderr
    (tmp_path / "empty").write_text('{"labs": []}')
    assert compare(tmp_path / "empty", tmp_path / "empty").returncode == 2
