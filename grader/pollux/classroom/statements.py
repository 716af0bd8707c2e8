"""A source as a bag of its statements, in which names, order, comments and layout do not count.

Within a statement each name becomes the number of its first use, so renaming changes nothing; that a bag has no order,
moving functions changes nothing, nor does taking a few statements into a helper. What was added adds to the bag, and
takes nothing from it. Everything here takes time in proportion to the text, whatever is in it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

# More text than this, in characters, is nobody's work: what comes after is not looked at.
MOST = 2 << 20
TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z))"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)"""
    r"""|(?P<number>\d[\w.']*)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/%&|^<>=!]=|->|::|&&|\|\||<<|>>|\+\+|--|.)""",
    re.DOTALL,
)
# Words that say what a statement does. Names of types are left out: `auto` and `size_t` are one.
KEPT = frozenset(
    "if else for while do switch case return break continue goto co_await co_return co_yield new delete sizeof "
    "static_cast reinterpret_cast const_cast nullptr true false this operator".split()
)
DROPPED = frozenset("const constexpr static inline auto unsigned mutable volatile noexcept".split())
ENDS = frozenset("{};")
# A statement of fewer tokens is everybody's.
LEAST_TOKENS = 7
DIRECTIVE = re.compile(r"\s*#\s*(?P<word>\w*)\s*(?P<rest>.*)")


@dataclass(frozen=True)
class Bag:
    """Each statement, and how often it is there; how many tokens it has; the lines that it begins on."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)

    @staticmethod
    def tokens(statement: str) -> int:
        return statement.count(" ") + 1

    def weight(self) -> int:
        return sum(self.tokens(one) * count for one, count in self.counts.items())


def without_directives(text: str) -> str:
    """The text, as many lines, without what the preprocessor would take out or in: `#if 0`, `#include`."""
    lines = []
    off = 0  # how deep in an #if 0
    inner: list[bool] = []  # of each open #if, whether it began what is off
    continued = False
    for line in text.splitlines():
        match = DIRECTIVE.match(line)
        if match is None and not continued:
            lines.append("" if off else line)
            continue
        lines.append("")
        word, rest = (match["word"], match["rest"]) if match and not continued else ("", "")
        continued = line.endswith("\\")
        if word in ("if", "ifdef", "ifndef"):
            never = word == "if" and rest.split("//")[0].strip() in ("0", "false")
            inner.append(never)
            off += never
        elif word in ("else", "elif") and inner and inner[-1]:
            inner[-1] = False
            off -= 1
        elif word == "endif" and inner:
            off -= inner.pop()
    return "\n".join(lines)


def _statements(text: str) -> Iterator[tuple[list[str], int]]:
    """The tokens of each statement, and its line. A `for` is one, for all its semicolons."""
    tokens: list[str] = []
    line = begin = depth = 0
    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind != "skip":
            if not tokens:
                begin = line
            depth += (token == "(") - (token == ")")
            if token in ENDS and (depth <= 0 or token != ";"):
                yield tokens, begin
                tokens, depth = [], 0
            else:
                tokens.append("#" if kind == "number" else '"' if kind == "text" else token)
        line += token.count("\n")
    yield tokens, begin


def _normal(tokens: list[str]) -> str:
    names: dict[str, str] = {}
    found = []
    for token in tokens:
        if token in DROPPED:
            continue
        if token not in KEPT and (token[0].isalpha() or token[0] == "_"):
            token = names.setdefault(token, f"v{len(names)}")
        found.append(token)
    return " ".join(found)


def bag_of(text: str) -> Bag:
    bag = Bag()
    for tokens, line in _statements(without_directives(text[:MOST])):
        if len(tokens) >= LEAST_TOKENS:
            statement = _normal(tokens)
            bag.counts[statement] += 1
            bag.lines.setdefault(statement, []).append(line)
    return bag
