"""Reads just enough C++ to find comments, scopes and the names of functions."""

import re
from dataclasses import dataclass

# A comment, a string or a character; everything else is code.
LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^\s()\\]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
SCOPE = re.compile(r"\b(?:namespace|class|struct|union)\s+(?:\[\[.*?\]\]\s*)*(?P<name>[\w:]+)")
FUNCTION = re.compile(r"(?P<name>(?:\w+::)*(?:~?\w+|operator\s*[^\s\w(]+|operator\s*\(\)))\s*$")


def blank(text: str, *, keep_strings: bool = False) -> str:
    """The text with comments and literals replaced by spaces. All lines and columns stay where they were."""

    def spaces(match: re.Match[str]) -> str:
        found = match[0]
        if keep_strings and not found.startswith(("//", "/*")):
            return found
        return "".join(letter if letter == "\n" else " " for letter in found)

    return LITERAL.sub(spaces, text)


@dataclass(frozen=True)
class Scope:
    """An open brace. `header` is the text before it, from the last `;`, `{` or `}` on."""

    header: str

    @property
    def name(self) -> str | None:
        """The namespace's or class's name; None for an unnamed one and for every other brace."""
        if "(" in re.sub(r"\[\[.*?\]\]|\balignas\s*\([^)]*\)", "", self.header):
            return None
        match = SCOPE.search(self.header)
        return match["name"] if match else None


def open_scopes(code: str) -> list[Scope]:
    """The braces that are still open at the end of `code`, which has no comments or literals (see `blank`)."""
    scopes: list[Scope] = []
    begin = 0
    depth = 0  # of parentheses: a brace within them is a value or a lambda, not a scope
    for match in re.finditer(r"[;{}()]", code):
        if match[0] in "()":
            depth = max(0, depth + (1 if match[0] == "(" else -1))
            continue
        if depth > 0:
            continue
        if match[0] == "{":
            scopes.append(Scope(code[begin : match.start()]))
        elif match[0] == "}" and scopes:
            scopes.pop()
        begin = match.end()
    return scopes


def function_name(code: str) -> str | None:
    """The qualified name of the function whose body is open at the end of `code`; None when there is none."""
    scopes = open_scopes(code)
    if not scopes:
        return None
    header = re.sub(r"\[\[.*?\]\]", " ", scopes[-1].header)
    header = re.sub(r"^\s*#.*$", " ", header, flags=re.MULTILINE)
    before, parenthesis, _ = header.partition("(")
    if before.rstrip().endswith("operator"):  # operator()(…)
        before += "()"
    before = re.sub(r"<[^<>]*>(?=\s*::)", "", before)  # Slab<T>::take is Slab::take
    match = FUNCTION.search(before.rstrip())
    if not parenthesis or match is None:
        return None
    outer = [scope.name for scope in scopes[:-1] if scope.name]
    return "::".join([*outer, "".join(match["name"].split())])
