"""The files of a tree: those that git tracks, or all that are there."""

import subprocess
from pathlib import Path

import pytest
from pollux.course.tree import Tree
from pollux.errors import GraderError

FILES = ("Makefile", "labs/1-heap/heap.cpp", "grader/grade", "build/stage-1.elf")
CACHES = ("grader/__pycache__/x.pyc", ".vscode/tasks.json")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (*FILES, *CACHES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


def names(root: Path) -> list[str]:
    return [str(path) for path in Tree(root).files()]


def test_without_git_all_but_what_is_built(root: Path) -> None:
    assert names(root) == sorted(FILES[:3])


def test_with_git_what_it_tracks_and_is_there(root: Path) -> None:
    git(root, "init", "-q")
    assert names(root) == sorted(FILES[:3])  # nothing is tracked yet
    git(root, "add", "Makefile", "grader/grade")
    assert names(root) == ["Makefile", "grader/grade"]
    (root / "Makefile").unlink()
    assert names(root) == ["grader/grade"]


def test_a_folder_of_a_larger_tree_has_its_own_files_only(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "Makefile", "grader/grade")
    assert names(root / "grader") == ["grade"]


def test_a_tree_that_git_refuses_is_not_guessed(root: Path) -> None:
    (root / ".git").write_text("nonsense")
    with pytest.raises(GraderError, match="git does not know this tree"):
        Tree(root).files()
