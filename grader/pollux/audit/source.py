"""What a source tells the preprocessor, read before any compiler sees it: which files it opens, and whether the compiler
would know its lines by other names. What is allowed is listed here; everything else is refused with its line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# The translation phases of the C++ standard, [lex.phases], as clang has them: any of these ends a line, and a backslash
# before one, with or without blanks between, joins two. There are no trigraphs.
NEWLINE = re.compile(r"\r\n|\n\r|\r|\n")
SPLICE = re.compile(r"\\[ \t\v\f\0]*\n")
TOKEN = re.compile(
    r"""
      (?P<comment> /\*.*?(?:\*/|\Z) | //[^\n]* )
    | (?P<raw> (?:u8|[uUL])?R"(?P<end>[^()\\\s]{0,16})\(.*?\)(?P=end)" )
    | (?P<text> "(?:\\[^\n]|[^"\\\n])*"? | '(?:\\[^\n]|[^'\\\n])*'? )
    | (?P<number> \.?[0-9](?:[eEpP][+-]|'?[\w.$\x80-\xff])* )
    | (?P<word> [A-Za-z_$\x80-\xff][\w$\x80-\xff]* )
    | (?P<hash> %:|\# )
    | (?P<newline> \n )
    | (?P<blank> [ \t\v\f\0]+ )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
HEADER = re.compile(r"""[ \t]*(?:"(?P<own>[^"\n]*)"|<(?P<system>[^>\n]*)>)[ \t]*(?://.*|/\*.*)?""")
# A name between < and > may hold what looks like a comment or a text.
ODD_NAME = re.compile(r"""<[^>\n]*(?:/\*|//|["'])""")
CONDITIONS = ("if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif")
PLAIN = frozenset(("define", "undef", "error", "warning", "include", "pragma", *CONDITIONS))
PRAGMA = re.compile(
    r"(?:once|(?:GCC|clang) diagnostic\b.*|(?:end)?region\b.*|mark\b.*|unroll\b.*|clang loop\b.*)"
)
# What reaches the preprocessor from within a line, or asks it for files.
WORDS = frozenset(("_Pragma", "__pragma", "__has_include", "__has_include_next", "__has_embed"))
# What headers of others would read differently if it were a macro.
KEYWORDS = frozenset(
    """alignas alignof and asm auto bool break case catch char class co_await co_return co_yield concept const consteval
    constexpr constinit const_cast continue decltype default delete do double dynamic_cast else enum explicit export
    extern false final float for friend goto if inline int long mutable namespace new noexcept not nullptr operator or
    override private protected public register reinterpret_cast requires return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union
    unsigned using virtual void volatile while""".split()
)


@dataclass(frozen=True)
class Line:
    """What is wrong in a line."""

    number: int
    sentence: str


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def offences(content: bytes, own: frozenset[str], system: frozenset[str]) -> list[Line]:
    """What is to be refused. `own` are the tree's headers that the source may include, `system` the compiler's."""
    tokens = list(_tokens(content))
    found = [
        Line(token.line, f"uses {token.text}, which no layer needs")
        for token in tokens
        if token.kind == "word" and token.text in WORDS
    ]
    found += [
        Line(token.line, "a raw string over several lines, which the audit does not read")
        for token in tokens
        if token.kind == "raw" and "\n" in token.text
    ]
    directives = list(_directives(tokens))
    includes = [line for line, words in directives if _name(words) == "include"]
    last_include = max(includes, default=0)
    for line, words in directives:
        for sentence in _directive(words, own, system):
            found.append(Line(line, sentence))
        if _name(words) == "define" and line < last_include:
            found.append(Line(line, "defines a macro before its last #include; put includes first"))
    return sorted(set(found), key=lambda each: each.number)


def _tokens(content: bytes) -> Iterator[_Token]:
    """The tokens, each with the line that it begins in."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    text = NEWLINE.sub("\n", text)
    joined, starts, lines = [], [], []
    at = line = 0
    begin = 0
    for splice in [*SPLICE.finditer(text), None]:
        part = text[begin : splice.start() if splice else len(text)]
        joined.append(part)
        starts.append(at)
        lines.append(line)
        for offset in (match.end() for match in re.finditer("\n", part)):
            line += 1
            starts.append(at + offset)
            lines.append(line)
        at += len(part)
        if splice:
            line += 1
            begin = splice.end()
    for match in TOKEN.finditer("".join(joined)):
        # Where a joined line begins at the very place, the later of both counts.
        number = lines[bisect_right(starts, match.start()) - 1]
        yield _Token(_kind(match), match[0], number + 1)


def _kind(match: re.Match[str]) -> str:
    return next(
        kind for kind, text in match.groupdict().items() if text is not None and kind != "end"
    )


def _directives(tokens: Sequence[_Token]) -> Iterator[tuple[int, list[_Token]]]:
    """The directives: their line, and the tokens behind the `#`. One that begins behind the end of a comment of several
    lines counts too."""
    first = True
    inside: list[_Token] | None = None
    line = 0
    for token in tokens:
        if token.kind == "newline" or (token.kind == "comment" and "\n" in token.text):
            if inside is not None and token.kind == "newline":
                yield line, inside
                inside = None
            if inside is None:
                first = True
                continue
        if inside is not None:
            inside.append(token)
        elif token.kind == "hash" and first:
            inside, line = [], token.line
        elif token.kind not in ("blank", "comment"):
            first = False
    if inside is not None:
        yield line, inside


def _name(words: Sequence[_Token]) -> str:
    meant = [token for token in words if token.kind not in ("blank", "comment")]
    return meant[0].text if meant else ""


def _directive(
    words: Sequence[_Token], own: frozenset[str], system: frozenset[str]
) -> Iterator[str]:
    name = _name(words)
    if not name:
        return
    if name[0].isdigit():
        yield "a line marker; a source keeps its own lines"
        return
    if name not in PLAIN:
        yield f"#{name}, which no layer needs"
        return
    names = [token.text for token in words]
    rest = "".join(names[names.index(name) + 1 :])
    if any(token.kind == "raw" for token in words):
        yield "a raw string in a directive, which the audit does not read"
    if name == "include":
        yield from _include(rest, own, system)
    elif name == "pragma" and not PRAGMA.fullmatch(" ".join(rest.split())):
        yield f"#pragma {' '.join(rest.split())[:40]}, which no layer needs"
    elif name in ("if", "elif") and ODD_NAME.search(rest):
        yield f"#{name} with a name that the audit cannot read"
    elif name == "define" and (macro := _name(words[names.index(name) + 1 :])) in KEYWORDS:
        yield f"makes a macro of the keyword {macro}"


def _include(rest: str, own: frozenset[str], system: frozenset[str]) -> Iterator[str]:
    match = HEADER.fullmatch(rest)
    if match is None:
        yield "#include of what is no name; the audit reads no macros"
    elif (name := match["own"]) is not None and name not in own:
        place = (
            "lies outside the tree" if name.startswith(("/", "..")) else "is not a layer's to use"
        )
        yield f"includes {name}, which {place}"
    elif (name := match["system"]) is not None and name not in system:
        yield f"includes <{name}>, which is not among labs/headers.hpp"
