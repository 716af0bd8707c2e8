"""Where in the tree a symbol is: the line that a page's `path::symbol` leads to."""

import re

from ..course.source import blank

# Code as a page names it.
LINK = re.compile(r"`(?P<path>[\w./-]+/[\w.-]+|Makefile)::(?P<symbol>[\w:~]+)`")
# A file's name alone, with a folder: `kernel/main.cpp`.
FILE = re.compile(
    r"`(?P<path>(?:arch|kernel|labs|grader|handouts)/[\w./-]+\.(?:cpp|hpp|asm|inc|py|toml|md|ld))`"
)
# The ways to introduce a name, best first. A name that none of them finds is found where it first occurs.
KINDS = (
    r"^\s*(?:template\s*<[^>]*>\s*)?(?:enum\s+class|enum|class|struct|concept|namespace)\s+(?:\[\[\w+\]\]\s*)?{name}\b(?!\s*;)",
    r"^\s*#\s*define\s+{name}\b",
    r"^{name}\s*(?::|equ\b|:=|\?=|=)",
    r"^\s*(?!return\b|else\b|co_)[\w:<>,*&~\[\] ]*[\s*&:~]{name}\s*\(",
    r"^\s*[\w:<>,*&\[\] ]+\s{name}\s*(?:[=;{{\[]|:)",
    r"^\s*(?:def|class)\s+{name}\b",
    r"(?<!\w){name}(?!\w)",
)
COMMENTS = {".cpp": None, ".hpp": None, ".asm": ";", ".inc": ";", ".py": "#", "": "#"}


def _code(text: str, suffix: str) -> str:
    """The text without its comments, line for line."""
    marker = COMMENTS.get(suffix, "#")
    if marker is None:
        return blank(text)
    return "\n".join(line.split(marker)[0] if marker in line else line for line in text.split("\n"))


def find(text: str, suffix: str, symbol: str) -> int | None:
    """The line, from 1, that introduces `symbol`; None when there is none. Each part of `a::b` is searched for after the
    line of the part before."""
    lines = _code(text, suffix).split("\n")
    begin = 0
    *outer, last = symbol.split("::")
    for part in outer:
        found = _find_from(lines, begin, part)
        if found is None:
            return None
        begin = found
    found = _find_from(lines, begin, last)
    return None if found is None else found + 1


def _find_from(lines: list[str], begin: int, name: str) -> int | None:
    for kind in KINDS:
        pattern = re.compile(kind.format(name=re.escape(name)))
        for number in range(begin, len(lines)):
            if pattern.search(lines[number]):
                return number
    return None
