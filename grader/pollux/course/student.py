"""grader/student: the student's tree: all that is needed to build, test and grade, and no solution but those asked for."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from ..errors import GraderError
from ..host.command import positive
from .lab import lab_number
from .marks import MARKED, starter
from .tree import Tree

# For the instructor only: the grader's own tests hold mistakes, cheats and whole solutions.
PRIVATE_FOLDERS = (Path("grader/tests"), Path("grader/examples"), Path(".ci"))
INSTRUCTOR_PAGES = ("instructor", "grading-a-class")
# The instructor's targets and the commands that they run: they need files that a student's tree does not have.
COMMANDS = (
    "bare bench checkpoints compare coverage grade-class gradescope mutants same-results student test-all traced "
    "transcripts"
)
PRIVATE_FILES = {Path("grader/instructor.mk"), *(Path("grader", name) for name in COMMANDS.split())}
# Files with another place in the student's tree: the README for students, the workflow that grades a push where the
# tree is a repository of GitHub Classroom, the container that has all tools.
MOVED = {
    Path("grader/pollux/course/student.md"): Path("README.md"),
    Path("grader/examples/classroom.yml"): Path(".github/workflows/classroom.yml"),
    Path("grader/examples/container/Containerfile"): Path(".devcontainer/Containerfile"),
    Path("grader/examples/container/devcontainer.json"): Path(".devcontainer/devcontainer.json"),
}


def is_private(path: Path) -> bool:
    """Whether a tracked file stays out of the student's tree."""
    if path in PRIVATE_FILES or any(folder in path.parents for folder in PRIVATE_FOLDERS):
        return True
    return path.parts[0] == "handouts" and path.parts[1].startswith(INSTRUCTOR_PAGES)


def write(tree: Tree, out: Path, reference: Collection[int]) -> int:
    """Writes the tree to `out`, whole or not at all, and returns how many files it has."""
    for number in reference:
        tree.lab(number)
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise GraderError(f"{out} is there and is no folder")
    if out.is_dir() and any(out.iterdir()):
        raise GraderError(f"{out} is not empty: name a new folder, nothing is ever overwritten")
    if not out.parent.is_dir():
        raise GraderError(f"{out.parent} is no folder")
    # A moved file replaces the file that has its new name here.
    targets = {path: path for path in tree.files() if not is_private(path)}
    moved = {path: target for path, target in MOVED.items() if (tree.root / path).is_file()}
    targets = {path: target for path, target in targets.items() if path not in moved.values()}
    targets |= moved
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for path, target in targets.items():
            _copy(tree, path, draft / target, reference)
        draft.chmod(0o755)
        os.rename(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return len(targets)


def _copy(tree: Tree, path: Path, target: Path, reference: Collection[int]) -> None:
    source = tree.root / path
    lab = lab_number(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if lab is None or lab in reference or path.suffix not in MARKED:
        shutil.copy2(source, target, follow_symlinks=False)
        return
    target.write_text(starter(source.read_text(), lab, str(path)))
    shutil.copymode(source, target)


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="student",
        description="Write the student's tree: every lab's holes are left to be written.",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", nargs="?", help="a new folder")
    parser.add_argument(
        "--reference",
        type=positive,
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
    count = write(tree, arguments.dir.absolute(), arguments.reference)
    holes = ", ".join(str(lab.number) for lab in tree.labs if lab.number not in arguments.reference)
    print(f"{arguments.dir}: {count} files; to be written: lab {holes or 'none'}")
    return 0
