"""Where and how a tree lies: what is in its path, how git laid it, who owns it, what the environment says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pollux.building import stage
from pollux.course.tree import Tree
from pollux.errors import GraderError

from support import TREE

TAKEN = "LAB=1", "stage"


def lay(place: Path) -> Path:
    """The tree's files, laid there."""
    for path in TREE.files():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TREE.root / path, place / path, follow_symlinks=False)
    return place


def run(place: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        cwd=place,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_builds_in_any_folder_whatever_the_environment_says(tmp_path: Path) -> None:
    place = lay(tmp_path / "the student's änderungen" / "pollux 2")
    elsewhere = {name: str(tmp_path / "elsewhere") for name in ("OUT", "BUILD", "HANDIN")}
    others = {
        "ORDERS": "nonsense",
        "TRACE": "1",
        "OPTIMISE": "-O9",
        "HANDIN_LABS": "1",
        "COVERAGE": "1",
    }
    done = run(
        place, "grader/grade", "--lab", "1", "--test", "heap.allocates", **elsewhere, **others
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "elsewhere").exists()
    # make itself finds nothing to do any more, and looks nowhere else.
    done = run(place, "make", *TAKEN, **elsewhere, **others)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    # A change of the source is seen though OUT is set.
    source = place / "labs/1-heap/heap.cpp"
    lines = "void* allocate(std::size_t bytes, std::size_t alignment) {"
    text = source.read_text()
    assert lines in text
    source.write_text(text.replace(lines, f"{lines}\n    return nullptr;"))
    done = run(place, "grader/grade", "--lab", "1", "--test", "heap.allocates", **elsewhere)
    assert done.returncode == 1, done.stdout + done.stderr


def test_git_for_windows_lays_no_crlf(tmp_path: Path) -> None:
    source = lay(tmp_path / "source")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=true")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "x")):
        assert run(source, *git, *words).returncode == 0
    assert run(tmp_path, *git, "clone", "-q", str(source), "clone").returncode == 0
    for path in Tree(tmp_path / "clone").files():
        assert (tmp_path / "clone" / path).read_bytes() == (TREE.root / path).read_bytes(), path


def test_a_zip_without_git_has_all_files(tmp_path: Path) -> None:
    place = lay(tmp_path / "pollux-main")
    for left in ("build/x", "grader/__pycache__/x.pyc", "grader/.mypy_cache/x"):
        (place / left).parent.mkdir(parents=True, exist_ok=True)
        (place / left).touch()
    assert Tree(place).files() == TREE.files()
    done = run(place, "make", "student", f"DIR={tmp_path / 'student'}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "student/labs/1-heap/heap.cpp").is_file()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a tree to another user")
def test_root_works_in_another_users_clone(tmp_path: Path) -> None:
    place = lay(tmp_path / "pollux")
    for words in (
        ("init", "-q"),
        ("add", "-A"),
        ("config", "core.fsmonitor", f"touch {tmp_path}/ran"),
    ):
        assert run(place, "git", *words).returncode == 0
    for folder, _, names in os.walk(place):
        for name in (".", *names):
            os.chown(Path(folder, name), 65534, 65534, follow_symlinks=False)
    done = run(place, "make", "student", f"DIR={tmp_path / 'student'}", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_tree_that_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    place = lay(tmp_path / "pollux")
    (place / "build").touch()  # for root, too
    tree = Tree(place)
    with pytest.raises(GraderError, match="cannot be written"):
        stage.build_own(tree, TREE.labs[0], tmp_path / "out", lambda: None)


def test_a_tree_that_does_not_compile_is_told_so(tmp_path: Path) -> None:
    place = lay(tmp_path / "pollux")
    with (place / "kernel/lib/format.cpp").open("a") as source:
        source.write("int wrong = ;\n")
    done = run(place, "grader/grade", "--lab", "1", "--test", "heap.allocates")
    assert done.returncode == 1
    assert "build error: kernel/lib/format.cpp:" in done.stdout
    assert "bug in the grader" not in done.stderr


@pytest.mark.parametrize("name", ["grade", "student"])
def test_a_latin_1_locale_changes_no_byte(name: str, tmp_path: Path) -> None:
    said = [
        run(TREE.root, f"grader/{name}", "--help", LC_ALL=locale).stdout
        for locale in ("C.UTF-8", "POSIX")
    ]
    assert said[0] == said[1]
