"""House rules that can be checked in each source file by itself."""

import re
from pathlib import Path

from ..course.source import blank
from ..course.tree import Tree
from . import Problems

ASSEMBLY = re.compile(r"\b(?:asm|__asm|__asm__)\b")
CODE = (".cpp", ".hpp", ".asm", ".inc", ".py", ".sh")
LINES = 300
# A lab's layer is handed in as one file, and its reference may be longer.
LAYER_LINES = 400


def _sources(tree: Tree, *folders: str, suffixes: tuple[str, ...]) -> list[Path]:
    return [path for path in tree.files() if path.parts[0] in folders and path.suffix in suffixes]


def inline_assembly(tree: Tree) -> Problems:
    """Every line of assembly lies in arch/."""
    for path in _sources(tree, "kernel", "labs", suffixes=(".cpp", ".hpp")):
        code = blank((tree.root / path).read_text())
        for match in ASSEMBLY.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: inline assembly outside arch/"


def length(tree: Tree) -> Problems:
    """No source file is too long to be read in one go."""
    layers = {Path(lab.folder) / name for lab in tree.labs for name in lab.files}
    for path in tree.files():
        if path.suffix not in CODE and path.name != "Makefile":
            continue
        limit = LAYER_LINES if path in layers else LINES
        lines = (tree.root / path).read_text().count("\n")
        if lines > limit:
            yield f"{path}: {lines} lines; split it ({limit} at most)"


def pragma_once(tree: Tree) -> Problems:
    """Every header begins with #pragma once, but for comments."""
    for path in _sources(tree, "arch", "kernel", "labs", suffixes=(".hpp",)):
        code = blank((tree.root / path).read_text())
        if not code.lstrip().startswith("#pragma once"):
            yield f"{path}: a header begins with #pragma once"
