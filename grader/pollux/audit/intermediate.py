"""A source as the compiler sees it, before it optimises (LLVM's textual form): macros, templates and pasted tokens are
gone, and every instruction still knows its line. What is asked of it is where in the student's file something is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

DEFINE = re.compile(r'^define .*?@(?P<name>"[^"]+"|[-\w.$]+)\(')
GLOBAL = re.compile(r'^@(?P<name>"[^"]+"|[-\w.$]+) = ')
SYMBOL = re.compile(r'@("[^"]+"|[-\w.$]+)')
DEBUG = re.compile(r"!dbg !(\d+)")
NODE = re.compile(r"^!(?P<number>\d+) = (?:distinct )?!(?P<kind>DI\w+)\((?P<fields>.*)\)$")
REFERENCE = re.compile(r"\b(?P<field>file|scope|var): !(?P<number>\d+)")
LINE = re.compile(r"\bline: (\d+)")
FILE_NAME = re.compile(r'filename: "([^"]*)"')
# A name in quotes, or the text of a string constant. A quote within either is written \22, so the next quote ends it.
ESCAPE = re.compile(r"\\([0-9A-F]{2})")
QUOTED = re.compile(r'(?P<text>\bc)?"[^"]*"')


@dataclass(frozen=True)
class Statement:
    """One line of a function, or the line that defines a variable or a function."""

    owner: str
    text: str

    @property
    def debug(self) -> int | None:
        found = DEBUG.search(self.text)
        return int(found[1]) if found else None

    def names(self) -> Iterator[str]:
        return (_symbol(match[1]) for match in SYMBOL.finditer(self.text))


@dataclass
class Module:
    """One source. `statements` are the lines that become code or data, `assembly` those of file-scope assembly,
    `unread` those that define something that this reader does not know."""

    statements: list[Statement] = field(default_factory=list)
    assembly: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    nodes: dict[int, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def users(self) -> dict[str, list[Statement]]:
        """By name, the statements that name it, but for its own definition."""
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.names():
                if name != statement.owner:
                    found.setdefault(name, []).append(statement)
        return found

    def location(self, number: int | None) -> tuple[str, int] | None:
        """File and line of a piece of debug information."""
        if number is None or number not in self.nodes:
            return None
        kind, fields = self.nodes[number]
        references = {match["field"]: int(match["number"]) for match in REFERENCE.finditer(fields)}
        if kind == "DIGlobalVariableExpression":
            return self.location(references.get("var"))
        line = LINE.search(fields)
        file = self._file(number)
        return (file, int(line[1])) if file and line and line[1] != "0" else None

    def _file(self, number: int | None) -> str | None:
        while number in self.nodes:
            kind, fields = self.nodes[number]
            if kind == "DIFile":
                name = FILE_NAME.search(fields)
                return name[1].removeprefix("./") if name else None
            references = {
                match["field"]: int(match["number"]) for match in REFERENCE.finditer(fields)
            }
            number = references.get("file", references.get("scope"))
        return None

    def place(self, statement: Statement, source: str) -> str:
        """`file:line` in the source: of the statement or, when that is in a header, of the line that uses it."""
        waiting, seen = [statement], {statement.owner}
        fallback = ""
        while waiting:
            current = waiting.pop(0)
            found = self.location(current.debug)
            if found and found[0] == source:
                return f"{found[0]}:{found[1]}"
            if found and not fallback:
                fallback = f"{found[0]}:{found[1]}"
            if current.owner not in seen or current is statement:
                seen.add(current.owner)
                waiting += self.users.get(current.owner, [])
        return fallback or source

    def place_of(self, name: str, source: str) -> str:
        """Where the source uses a symbol, or defines it."""
        for statement in self.users.get(name, []):
            place = self.place(statement, source)
            if place.startswith(f"{source}:"):
                return place
        return self.place_of_definition(name, source)

    def place_of_definition(self, name: str, source: str) -> str:
        """Where the source defines a symbol; only the file's name when it does not."""
        for statement in self.statements:
            found = self.location(statement.debug) if statement.owner == name else None
            if found and found[0] == source:
                return f"{source}:{found[1]}"
        return source


def _symbol(name: str) -> str:
    """The symbol in the object. A first byte of 1 tells the compiler to leave the rest as it is (LLVM's Mangler)."""
    plain = name.strip('"').removeprefix("\\01")
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)), plain)


def _without_texts(line: str) -> str:
    return QUOTED.sub(lambda match: "" if match["text"] else match[0], line)


def read(path: Path) -> Module:
    """Reads what `clang -S -emit-llvm -g` wrote."""
    module = Module()
    owner = ""
    for line in path.read_text("utf-8", "replace").splitlines():
        if owner:
            if line == "}":
                owner = ""
            elif line.startswith("  "):
                module.statements.append(Statement(owner, _without_texts(line)))
        elif match := DEFINE.match(line):
            owner = _symbol(match["name"])
            module.statements.append(Statement(owner, line))
        elif match := GLOBAL.match(line):
            module.statements.append(Statement(_symbol(match["name"]), _without_texts(line)))
        elif line.startswith(("define ", "@")):
            module.unread.append(line)
        elif line.startswith("module asm "):
            module.assembly.append(line.removeprefix("module asm "))
        elif match := NODE.match(line):
            module.nodes[int(match["number"])] = (match["kind"], match["fields"])
    return module
