"""The zip for Gradescope, run as Gradescope runs it: unpacked to source/, run_autograder beside it."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from pollux.course import gradescope

from support import TREE

FAKE_GRADE = """#!/bin/sh
echo "$*" > words
echo '{}' > results/results.json
exit %d
"""


@pytest.fixture
def autograder(tmp_path: Path) -> Path:
    """What Gradescope makes of the zip."""
    root = tmp_path / "autograder"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    gradescope.write(TREE, tmp_path / "a.zip", [1])
    subprocess.run(["unzip", "-q", str(tmp_path / "a.zip"), "-d", str(root / "source")], check=True)
    shutil.copy(root / "source/run_autograder", root)
    return root


def run(script: Path, root: Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"AUTOGRADER": str(root)}
    return subprocess.run(
        ["bash", str(script)], env=environment, capture_output=True, text=True, check=False
    )


def test_holds_what_is_needed_and_no_solution_of_a_test(autograder: Path) -> None:
    source = autograder / "source"
    assert (source / "setup.sh").is_file() and (source / "run_autograder").is_file()
    assert (source / "grader/grade").stat().st_mode & 0o111
    assert not (source / "grader/tests").exists()


def test_the_same_tree_gives_the_same_zip(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        gradescope.write(TREE, tmp_path / name, [])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert b"--lab" not in archive.read("run_autograder")


@pytest.mark.parametrize(("status", "ends_with"), [(0, 0), (1, 0), (2, 2)])
def test_only_a_grader_error_leaves_no_results(
    status: int, ends_with: int, autograder: Path
) -> None:
    grade = autograder / "source/grader/grade"
    grade.write_text(FAKE_GRADE % status)
    assert run(autograder / "run_autograder", autograder).returncode == ends_with
    assert (autograder / "results/results.json").exists() == (status != 2)
    words = (autograder / "words").read_text().split()
    assert words == "--lab 1 --submission submission --gradescope results/results.json".split()


def test_setup_installs_and_builds(autograder: Path) -> None:
    setup = autograder / "source/grader/setup"
    setup.write_text('#!/bin/sh\necho "$PWD $*"\n')
    done = run(autograder / "source/setup.sh", autograder)
    assert done.returncode == 0 and done.stdout.strip() == f"{autograder}/source all"


@pytest.mark.stage
def test_grades_as_it_does_there(autograder: Path) -> None:
    """The real thing, but for setup.sh: what does not compile is a zero with a reason."""
    (autograder / "submission/heap.cpp").write_text("int x = ;\n")
    shutil.rmtree(autograder / "source")
    (autograder / "source").symlink_to(TREE.root)
    assert run(autograder / "run_autograder", autograder).returncode == 0
    document = json.loads((autograder / "results/results.json").read_text())
    assert {test["score"] for test in document["tests"]} == {0}
    assert "heap.cpp:1:9" in document["output"]
