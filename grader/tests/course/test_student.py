"""The student's tree: whole or not at all, and nothing in it that they should not see."""

import re
import subprocess
from pathlib import Path

import pytest
from pollux.checks import handouts, links
from pollux.course import student
from pollux.course.tree import Tree
from pollux.errors import GraderError

from support import TREE

HEAP = "void f() {\n    // LAB 1 BEGIN\n    solution();\n    // LAB 1 END\n}\n"
LAB = """\
lab = 1
name = "heap"
title = "A heap"
files = ["heap.cpp"]
hours = "6-10"
[[test]]
name = "heap.a"
points = 3
hint = "Look again."
"""
FILES = {
    "labs/1-heap/lab.toml": LAB,
    "labs/1-heap/heap.cpp": HEAP,
    "labs/2-next/next.cpp": HEAP.replace("LAB 1", "LAB 2"),
    "kernel/main.cpp": "int main;\n",
    "grader/grade": "#!/bin/sh\n",
    "grader/tests/mutants/x.patch": "secret",
    "grader/examples/classroom.yml": "on: push\n",
    "handouts/grading-a-class.md": "secret",
    "handouts/1-heap.md": "text",
    "handouts/instructor.md": "secret",
    ".ci/run": "secret",
    "grader/instructor.mk": "secret: ## a target",
    "grader/mutants": "secret",
    "README.md": "secret",
    "grader/pollux/course/student.md": "what a student reads first",
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    root = tmp_path / "tree"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "grader/grade").chmod(0o755)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "-A"], check=True)
    (root / "untracked").write_text("secret")
    return Tree(root)


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_writes_what_is_needed_and_no_more(tree: Tree, tmp_path: Path) -> None:
    out = tmp_path / "out"
    student.write(tree, out, ())
    private = {"grader/tests/mutants/x.patch", "handouts/instructor.md", ".ci/run"}
    private |= {"handouts/grading-a-class.md", "grader/examples/classroom.yml"}
    private |= {"grader/instructor.mk", "grader/mutants", "grader/pollux/course/student.md"}
    workflow = ".github/workflows/classroom.yml"
    assert names(out) == {*FILES, workflow} - private
    assert (out / workflow).read_text() == "on: push\n"
    assert (out / "README.md").read_text() == "what a student reads first"
    text = "".join((out / name).read_text() for name in names(out))
    assert "solution" not in text and "secret" not in text and "BEGIN" not in text
    assert (
        out / "labs/1-heap/heap.cpp"
    ).read_text() == 'void f() {\n    kernel::not_written("f");\n}\n'
    assert (out / "grader/grade").stat().st_mode & 0o111


def test_a_reference_layer_stays_solved(tree: Tree, tmp_path: Path) -> None:
    student.write(tree, tmp_path / "out", (1,))
    assert "solution" in (tmp_path / "out/labs/1-heap/heap.cpp").read_text()
    assert "solution" not in (tmp_path / "out/labs/2-next/next.cpp").read_text()


def test_takes_the_work_trees_content(tree: Tree, tmp_path: Path) -> None:
    (tree.root / "kernel/main.cpp").write_text("changed")
    student.write(tree, tmp_path / "out", ())
    assert (tmp_path / "out/kernel/main.cpp").read_text() == "changed"


def test_an_empty_folder_is_taken(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    student.write(tree, tmp_path / "out", ())
    assert (tmp_path / "out/kernel/main.cpp").is_file()


def test_nothing_is_overwritten(tree: Tree, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("mine")
    with pytest.raises(GraderError, match="is not empty"):
        student.write(tree, out, ())
    assert names(out) == {"mine"}


def test_a_wrong_mark_leaves_nothing_behind(tree: Tree, tmp_path: Path) -> None:
    (tree.root / "labs/2-next/next.cpp").write_text("// LAB 2 BEGIN\n")
    before = set(tmp_path.iterdir())
    with pytest.raises(GraderError, match="labs/2-next/next.cpp:1"):
        student.write(tree, tmp_path / "out", ())
    assert set(tmp_path.iterdir()) == before


def test_a_lab_that_is_not_there(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="there is no lab 7"):
        student.write(tree, tmp_path / "out", (7,))


@pytest.fixture(name="own", scope="module")
def _own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("student") / "own"
    student.write(TREE, out, ())
    return out


def test_this_trees_own(own: Path) -> None:
    """No solution is left in the real one: no mark, no mutant, no instructor's page."""
    assert not (own / "grader/tests").exists()
    for lab in TREE.labs:
        for name in lab.files:
            text = (own / lab.folder / name).read_text()
            assert "kernel::not_written(" in text and "BEGIN" not in text


def helped(root: Path) -> list[str]:
    command = ["make", "-s", "-C", str(root), "help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def targets(root: Path) -> set[str]:
    return {match[1] for line in helped(root) if (match := re.match(r"  make ([a-z-]+) ", line))}


def test_help_lists_what_is_there(own: Path) -> None:
    """Every target of a student runs a script that the tree has, and none of the instructor's is listed."""
    makefiles = [(TREE.root / name).read_text() for name in ("Makefile", "grader/debug.mk")]
    theirs = set(re.findall(r"^([a-z-]+):.*## ", "".join(makefiles), re.MULTILINE))
    assert targets(own) == theirs and "student" in targets(TREE.root) - theirs
    for script in re.findall(r"\bgrader/([a-z-]+)(?=[\s`])", "".join(makefiles)):
        assert (own / "grader" / script).is_file(), script


@pytest.mark.stage
def test_programs_on_the_host_say_what_is_not_written(own: Path) -> None:
    programs = ["build/host/fuzz-heap", "build/host/heap_bench"]
    subprocess.run(["make", "-s", "-C", str(own), *programs], check=True)
    for program, words in zip(programs, (["-runs=1"], ["pollux", "mixed"]), strict=True):
        command = [str(own / program), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "heap::initialise is not written yet" in done.stderr


def test_the_readme_leads_somewhere(own: Path) -> None:
    text = (own / "README.md").read_text()
    links_in_it = re.findall(r"\]\(([^)#]+)", text)
    assert len(links_in_it) > 5
    assert not [link for link in links_in_it if not (own / link).is_file()]
    asked = set(re.findall(r"\bmake ([a-z-]+)", text)) - {"it"}
    assert asked and asked <= targets(own)


def test_no_page_names_what_a_student_has_not(own: Path) -> None:
    tree = Tree(own)
    assert list(links.check(tree)) == [] and list(handouts.links(tree)) == []


def test_the_own_readme_lists_the_commands() -> None:
    """The instructor's README has what `make help` prints."""
    readme = (TREE.root / "README.md").read_text()
    assert "\n".join(helped(TREE.root)) in readme
