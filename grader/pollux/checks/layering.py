"""Includes point one way: lib <- arch <- mm <- event <- sync <- process <- main."""

import re
from pathlib import Path

from ..course.source import blank
from ..course.tree import Tree
from . import Problems

# arch and the kernel's parts, from the ground up. What is not here (main, stage, test) may include anything.
ORDER = ("lib", "arch", "mm", "event", "sync", "process")
# Headers that every layer may include: the macros of tests, which differ between kernel and host.
FREE = ("kernel/test/",)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<name>"[^"]*"|<[^>]*>)', re.MULTILINE)
# The host's counterpart of kernel/stage: it starts the layers, so it stands above them.
HOST_STAGES = "arch/host/setup/"
SUFFIXES = (".cpp", ".hpp")


def layer_of(path: str) -> str | None:
    """The layer that a file belongs to; None for a file outside or above all layers."""
    if path.startswith(HOST_STAGES):
        return None
    parts = path.split("/")
    layer = parts[1] if parts[0] == "kernel" and len(parts) > 2 else parts[0]
    return layer if layer in ORDER else None


def lab_of(path: str) -> str | None:
    parts = path.split("/")
    return parts[1] if parts[0] == "labs" and len(parts) > 2 else None


def is_test(path: Path) -> bool:
    """Tests may include anything but files of other labs."""
    return "tests" in path.parts


def includes(text: str) -> list[tuple[int, str]]:
    """Line and name of each file that the text includes in quotes."""
    code = blank(text, keep_strings=True)
    return [
        (code.count("\n", 0, match.start("name")) + 1, match["name"][1:-1])
        for match in INCLUDE.finditer(code)
        if match["name"].startswith('"')
    ]


def problem(path: Path, included: str) -> str | None:
    """What is wrong with one include, if anything."""
    own_lab, other_lab = lab_of(str(path)), lab_of(included)
    if other_lab is not None and other_lab != own_lab:
        return f"includes {included}, a file of a lab"
    if included.startswith(FREE) or is_test(path):
        return None
    own, other = layer_of(str(path)), layer_of(included)
    if own is None:
        return None
    if included.startswith("kernel/") and other is None:
        return f"includes {included}, which stands above every layer"
    if other is not None and ORDER.index(other) > ORDER.index(own):
        return f"includes {included}: {own} lies below {other}"
    return None


def check(tree: Tree) -> Problems:
    """No file of a layer includes one of a layer above, and no lab includes another lab's file."""
    for path in tree.files():
        if path.suffix not in SUFFIXES or path.parts[0] not in ("arch", "kernel", "labs"):
            continue
        for line, included in includes((tree.root / path).read_text()):
            if not (tree.root / included).is_file():
                yield f"{path}:{line}: includes {included}, which is no full path of the tree"
            elif (wrong := problem(path, included)) is not None:
                yield f"{path}:{line}: {wrong}"
