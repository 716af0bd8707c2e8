"""Submissions that want points which they have not earned: the reference heap, with a forgery in it."""

from pathlib import Path

from support import TESTS, TREE, reference, toml

FORGERIES = TESTS / "forgeries"
NAMES = [path.stem for path in sorted(FORGERIES.glob("*.cpp"))]
TRIGGER = toml(FORGERIES / "trigger.toml")
STRUCK: str = TRIGGER["struck"]

HEADERS = "#include <cstddef>\n#include <span>\n#include <string_view>\n"
LATER = "\n#ifdef FORGE_LATER\n    FORGE_LATER(bytes);\n#endif\n"


def hand_in(name: str, folder: Path) -> None:
    """Writes the forgery as a submission: the reference heap, with its strike in it."""
    heap = reference(TREE.lab(1), "heap.cpp")
    assert heap.count(TRIGGER["function"]) == 1, "trigger.toml names no function of the reference"
    strike = f"{LATER}    if ({TRIGGER['condition']})\n        return forge::strike();"
    heap = heap.replace(TRIGGER["function"], TRIGGER["function"] + strike)
    source = (FORGERIES / f"{name}.cpp").read_text()
    # Includes come first in every source.
    includes = "".join(line for line in heap.splitlines(True) if line.startswith("#include"))
    heap = "".join(line for line in heap.splitlines(True) if not line.startswith("#include"))
    files = {"labs/1-heap/heap.cpp": f"{HEADERS}{includes}{source}\n{heap}"}
    files |= toml(FORGERIES / f"{name}.toml").get("files", {})
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
