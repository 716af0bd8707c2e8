"""The grader's rooms: a module imports from its own room and from rooms on floors below, so imports go one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ..course.tree import Tree
from . import Problems

PACKAGE = Path("grader/pollux")
MAP = Path("grader/README.md")
# From the ground up, as grader/README.md draws them. Rooms on one floor know nothing of each other.
FLOORS = (
    ("host",),
    ("course",),
    ("handin", "audit", "machine"),
    ("building", "timeline", "roster", "verdict"),
    ("report",),
    ("grading",),
    ("bench", "book", "classroom", "debug", "upkeep"),
    ("checks",),
)
# Beside the rooms, for all of them.
HALL = ("errors", "text")
MOST_MODULES = 13


def floor_of(room: str) -> int | None:
    """Counted from 0 at the ground; None for what is no room."""
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), None)


def imported(text: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Line and room, or module of the hall, of each import from `pollux` in a module of `package`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules = [name.name.split(".") for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = list(package[: len(package) - node.level + 1]) if node.level else []
            base = [*above, *(node.module.split(".") if node.module else [])]
            modules = [[*base, name.name] for name in node.names]
        else:
            continue
        for parts in modules:
            if parts[0] == PACKAGE.name:
                yield node.lineno, parts[1] if len(parts) > 1 else ""


def problem(own: str, other: str) -> str | None:
    """What is wrong with an import of `other` in the room `own`, if anything."""
    if other == own or other in HALL:
        return None
    floor, below = floor_of(own), floor_of(other)
    if below is None:
        return f"imports {other!r}, which is no room"
    if floor is None or below >= floor:
        return f"imports from {other}, which is not below {own}"
    return None


def check(tree: Tree) -> Problems:
    """Every module lies in a room or the hall, no room is crowded, no import goes up or across, and the map has every
    room on its floor."""
    modules: dict[str, int] = {}
    for path in tree.files():
        if path.suffix != ".py" or PACKAGE not in path.parents:
            continue
        package = path.relative_to(PACKAGE.parent).parts[:-1]
        room = package[1] if len(package) > 1 else path.stem
        if floor_of(room) is None and room not in (*HALL, "__init__"):
            yield f"{path}: {room} is no room; grader/pollux/checks/rooms.py lists them"
            continue
        modules[room] = modules.get(room, 0) + (path.stem != "__init__")
        for line, other in imported((tree.root / path).read_text(), package):
            if (wrong := problem(room, other)) is not None:
                yield f"{path}:{line}: {wrong}"
    drawn = (tree.root / MAP).read_text() if (tree.root / MAP).is_file() else ""
    for room in (room for rooms in FLOORS for room in rooms):
        if f"| {floor_of(room)} | `{room}` |" not in drawn:
            yield f"{MAP}: has no row for the room {room} on its floor"
    for room, count in modules.items():
        if count > MOST_MODULES:
            yield f"{PACKAGE / room}: {count} modules in one room, {MOST_MODULES} are the most"
