"""What other programs check: the format of C++ and Python, and Python's types."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..course.tree import Tree
from ..host.toolchain import tool
from . import Problems

LINES = 12
TYPED = ("pollux", "gdb_pollux", "entry.py", "tests")
PYTHON = "/usr/bin/python3"
SHEBANG = f"#!{PYTHON}\n".encode()


def _run(tree: Tree, command: Sequence[str], where: Path) -> Problems:
    """The program's own lines when it finds fault."""
    if shutil.which(command[0]) is None:
        yield f"{command[0]} is not installed; `grader/setup` installs what is missing"
        return
    done = subprocess.run(
        command, cwd=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    yield from lines[:LINES]
    if len(lines) > LINES:
        yield f"… {len(lines) - LINES} lines more"
    if not lines:
        yield f"{command[0]} ended with {done.returncode} and said nothing"


def clang_format(tree: Tree) -> Problems:
    """C++ is formatted as .clang-format says."""
    files = [str(path) for path in tree.files() if path.suffix in (".cpp", ".hpp")]
    yield from _run(tree, [tool("clang-format"), "--dry-run", "-Werror", *files], tree.root)


def _scripts(tree: Tree) -> list[str]:
    """The commands: files of grader/ without a suffix that Python runs."""
    grader = tree.root / "grader"
    names = [
        path.name for path in tree.files() if path.parent == Path("grader") and not path.suffix
    ]
    return [name for name in names if (grader / name).read_bytes().startswith(SHEBANG)]


def black(tree: Tree) -> Problems:
    """Python is formatted as black does it."""
    command = [PYTHON, "-m", "black", "--check", "--quiet", ".", *_scripts(tree)]
    for _ in _run(tree, command, tree.root / "grader"):
        yield "black would change files in grader/; `make format` does it"


def mypy(tree: Tree) -> Problems:
    """Python's types hold, strictly."""
    grader = tree.root / "grader"
    found = [name for name in TYPED if (grader / name).exists()]
    command = [PYTHON, "-m", "mypy", "--strict", "--no-error-summary", *found]
    command += ["--cache-dir", str(tree.root / "build" / "mypy")]
    yield from _run(tree, command, grader)
