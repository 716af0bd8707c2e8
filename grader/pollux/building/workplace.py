"""Where what was handed in is built: a copy of what the build needs of the tree, and nothing else. No other layer's
source, no test, no grader, no class; what make only asks the age of is an empty file."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..course.lab import Lab
from ..course.tree import Tree

FOLDERS = ("arch", "kernel", "labs")
FILES = ("Makefile", "grub.cfg")
# What the compiler, the linker and make read.
READ = frozenset((".hpp", ".inc", ".ld", ".mk"))
# Headers that no layer includes, directly or through others.
CLOSED = ("kernel/test/", "kernel/bench/", "kernel/stage/", "arch/host/")
BUILT = ("arch", "kernel", "labs", "grub", "programs")
# Of what was built: lists of files that make would look for, and views for the audit.
LEFT_OUT = frozenset((".d", ".ll", ".lock"))
# Older than anything that was made of it.
OLD = (1, 1)


def make(tree: Tree, handed_in: Sequence[Lab], build: Path, folder: Path) -> Path:
    """Fills `folder`, which is made. The tree must be built, in its folder `build`."""
    for name in FILES:
        _link(tree.root / name, folder / name)
    for path in _files(tree.root, FOLDERS):
        target = folder / path
        if path.suffix in READ and not _is_closed(path):
            _link(tree.root / path, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
            os.utime(target, OLD)
    built, target = tree.root / build, folder / build
    layers = tuple(
        f"labs/{lab.number}-{lab.name}/{name}." for lab in handed_in for name in lab.files
    )
    for path in _files(built, BUILT):
        if path.suffix not in LEFT_OUT and not str(path).startswith(layers):
            _link(built / path, target / path)
    _link(built / "flags", target / "flags")
    return folder


def _is_closed(path: Path) -> bool:
    in_lab = path.parts[0] == "labs" and len(path.parts) > 2 and path.suffix == ".hpp"
    return in_lab or str(path).startswith(CLOSED)


def _files(root: Path, folders: Sequence[str]) -> Iterator[Path]:
    for name in folders:
        for at, _, files in os.walk(root / name):
            for file in files:
                yield Path(at, file).relative_to(root)


def _link(source: Path, target: Path) -> None:
    """The same file where both lie on one disk, else a copy, of the same age."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
