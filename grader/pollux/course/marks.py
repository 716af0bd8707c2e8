"""The marks in a layer's source: what lies between `// LAB n BEGIN` and `// LAB n END` is the student's to write.

Each holds one function's whole body. What lies between `// LAB n ONLY BEGIN` and `// LAB n ONLY END`, at file scope,
is the reference's alone (a helper, a private type) and is dropped from the starter.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ..errors import GraderError
from .source import blank, function_name, open_scopes

# Files that may carry marks.
MARKED = (".cpp", ".hpp", ".asm", ".inc", ".c")
MARK = re.compile(
    r"^[ \t]*// LAB (?P<lab>\d+) (?P<only>ONLY )?(?P<side>BEGIN|END)(?: (?P<name>[\w:~]+))?[ \t]*$"
)
# What looks like a mark but is misspelt: it would leak a solution.
SLIP = re.compile(r"//+\s*LAB\s*\d*\s*(?:ONLY\s*)?(?:BEGIN|END)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Hole:
    """One marked region: lines `first` to `last`, counted from 0, marks included."""

    first: int
    last: int
    only: bool
    function: str
    indent: str


def find_holes(text: str, lab: int, where: str) -> list[Hole]:
    """The holes of a file of `lab`. Any mark that is not as it must be is a GraderError with `where`:line."""
    lines = text.split("\n")
    holes: list[Hole] = []
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines):

        def fail(sentence: str, at: int = number) -> GraderError:
            return GraderError(f"{where}:{at + 1}: {sentence}")

        match = MARK.match(line)
        if match is None:
            if SLIP.search(line):
                raise fail(
                    "looks like a mark, but reads neither `// LAB n BEGIN` nor `// LAB n END`"
                )
            continue
        if int(match["lab"]) != lab:
            raise fail(f"a mark of lab {match['lab']} in a file of lab {lab}")
        if match["side"] == "BEGIN":
            if opened is not None:
                raise fail(f"BEGIN inside the hole that begins in line {opened[0] + 1}")
            opened = (number, match)
        elif opened is None:
            raise fail("END without a BEGIN before it")
        elif bool(match["only"]) != bool(opened[1]["only"]):
            raise fail(f"END does not match the BEGIN in line {opened[0] + 1}")
        else:
            holes.append(_hole(lines, opened[0], number, opened[1], where))
            opened = None
    if opened is not None:
        raise GraderError(f"{where}:{opened[0] + 1}: BEGIN without an END after it")
    return holes


def _hole(lines: list[str], first: int, last: int, begin: re.Match[str], where: str) -> Hole:
    code = blank("\n".join(lines[:first]) + "\n")
    if begin["only"]:
        if any(
            scope.name is None and "namespace" not in scope.header for scope in open_scopes(code)
        ):
            raise GraderError(f"{where}:{first + 1}: an ONLY region must lie at file scope")
        return Hole(first, last, True, "", "")
    after = blank("\n".join(lines[last + 1 :]))
    if not code.rstrip().endswith("{") or not after.lstrip().startswith("}"):
        raise GraderError(f"{where}:{first + 1}: a hole must hold the whole body of a function")
    function = begin["name"] or function_name(code)
    if function is None:
        raise GraderError(f"{where}:{first + 1}: no function begins here; name it in the mark")
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    return Hole(first, last, False, function, indent)


def starter(text: str, lab: int, where: str, written: Collection[str] = ()) -> str:
    """The file as the student gets it: each hole is one line that says that it is not written. The holes of the
    functions in `written` stay as they are, and with them what is the reference's alone."""
    lines = text.split("\n")
    for hole in reversed(find_holes(text, lab, where)):
        if hole.function in written or (hole.only and written):
            continue
        if hole.only:
            lines[hole.first : hole.last + 1] = []
            _close_gap(lines, hole.first)
        else:
            call = f'{hole.indent}kernel::not_written("{hole.function}");'
            lines[hole.first : hole.last + 1] = [call]
    return "\n".join(lines)


def _close_gap(lines: list[str], at: int) -> None:
    """Leaves at most one empty line where a region was removed."""
    while 0 < at < len(lines) and not lines[at].strip() and not lines[at - 1].strip():
        del lines[at]
