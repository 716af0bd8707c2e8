"""The files that a layer may have the compiler open: asked of the source before, and of the compiler itself after."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from posixpath import normpath

from ..course.lab import Lab
from . import source
from .refusal import Built, Refusal

# The tree's headers that a layer may include, from the lab on that needs them. They may bring others along.
HEADERS = {
    1: (
        *("arch/*.hpp", "kernel/mm/*.hpp"),
        *("kernel/lib/error.hpp", "kernel/lib/format.hpp", "kernel/lib/list.hpp"),
        *("kernel/lib/log.hpp", "kernel/lib/moment.hpp", "kernel/lib/not_written.hpp"),
        *("kernel/lib/panic.hpp", "kernel/lib/posix_names.hpp", "kernel/lib/random.hpp"),
    ),
    2: ("kernel/event/*.hpp",),
    3: ("kernel/sync/*.hpp",),
    5: ("kernel/process/*.hpp",),
}
SYSTEM_HEADERS = "labs/headers.hpp"
# What these open in turn, as the compiler lists it (labs/audit.mk).
SYSTEM_FILES = "build/labs/headers.hpp.d"

INCLUDE = re.compile(r'^\s*#\s*include\s*"(?P<name>[^"]+)"', re.MULTILINE)
SPACE = re.compile(r"(?<!\\)\s+")
SYSTEM_INCLUDE = re.compile(r"^#include <(?P<name>[^>]+)>", re.MULTILINE)


def read_before(layers: Sequence[Lab], folder: Path, root: Path) -> list[Refusal]:
    """What is to be refused in the sources below `folder` before a compiler reads them."""
    system = frozenset(
        match["name"] for match in SYSTEM_INCLUDE.finditer((root / SYSTEM_HEADERS).read_text())
    )
    found = []
    for lab in layers:
        own = frozenset(_headers(lab, root))
        for name in lab.files:
            path = f"{lab.folder}/{name}"
            lines = source.offences((folder / path).read_bytes(), own, system)
            found += [Refusal(f"{path}:{line.number}", line.sentence) for line in lines]
    return found


def read_after(layers: Sequence[Built], root: Path) -> list[Refusal]:
    """What the compiler opened and should not have, by its own lists, whether it took the sources or not."""
    if not (root / SYSTEM_FILES).is_file():  # the tree itself does not build, as the build says
        return []
    allowed_system = set(_listed((root / SYSTEM_FILES).read_text()))
    found = []
    for built in layers:
        own = _headers(built.lab, root)
        allowed = {*own, *_brought_along(root, own), *allowed_system}
        allowed |= {f"{built.lab.folder}/{name}" for name in built.lab.files}
        for name in dict.fromkeys(_opened(built)):
            if name not in allowed:
                found.append(
                    Refusal(built.source, f"includes {name}, which is not a layer's to use")
                )
    return found


def _opened(built: Built) -> Iterator[str]:
    """The files that the compiler opened beside the source itself."""
    if (path := built.file("o.opened")).is_file():
        yield from (
            normpath(name) for name in path.read_text("utf-8", "replace").split("\n") if name
        )
    if (path := built.file("d")).is_file():
        yield from _listed(path.read_text("utf-8", "replace"))


def _listed(rule: str) -> list[str]:
    """The files that a target is made of beside its source, from the rule for make that the compiler writes."""
    words = SPACE.split(rule.replace("\\\n", " ").partition("\n")[0].partition(": ")[2].strip())
    return [normpath(word.replace("\\ ", " ")) for word in words[1:]]


def _headers(lab: Lab, root: Path) -> list[str]:
    """The tree's headers that a layer of this lab may include."""
    patterns = [
        pattern for number in HEADERS if number <= lab.number for pattern in HEADERS[number]
    ]
    return [str(path.relative_to(root)) for each in patterns for path in sorted(root.glob(each))]


def _brought_along(root: Path, names: Sequence[str]) -> set[str]:
    """All headers of the tree that these include, in turn."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        path = root / waiting.pop()
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        for match in INCLUDE.finditer(text):
            if match["name"] not in found:
                found.add(match["name"])
                waiting.append(match["name"])
    return found
