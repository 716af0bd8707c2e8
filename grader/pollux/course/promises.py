"""The sentences that a lab's contract consists of, as the headers and the handout have them; and the table that says
which tests hold each: `contract.toml` beside `lab.toml`."""

import re
import tomllib
from dataclasses import dataclass

from ..errors import GraderError
from .lab import Lab
from .marks import find_holes
from .tree import Tree

NAME = "contract.toml"
COMMENT = re.compile(r"^\s*// ?(?P<text>.*)$")
# A sentence ends with one of these before a capital, or with its paragraph. `e.g.` and the like are not used here.
END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`(])")
BULLET = re.compile(r"^- (?P<text>.*)$")


@dataclass(frozen=True)
class Promise:
    """One sentence, where it stands, and what holds it: tests, or the reason why none can."""

    text: str
    tests: tuple[str, ...] = ()
    reason: str = ""


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, each on one line."""
    plain = re.sub(r"\s+", " ", paragraph).strip()
    return [part for part in END.split(plain) if part]


def _blocks(text: str) -> list[tuple[str, str]]:
    """The comments that fill whole lines, each with the first line of code behind it."""
    found, comment = [], []
    for line in text.split("\n"):
        if match := COMMENT.match(line):
            comment.append(match["text"])
        else:
            if comment:
                found.append(("\n".join(comment), line))
            comment = []
    return found


def header_sentences(tree: Tree, lab: Lab) -> list[str]:
    """What the headers say above each function that the student writes, and wherever they name the student."""
    functions = {
        hole.function.rsplit("::", 1)[-1]
        for file in lab.files
        for hole in find_holes((tree.root / lab.folder / file).read_text(), lab.number, file)
        if not hole.only
    }
    found = []
    for header in lab.contract:
        for comment, code in _blocks((tree.root / header).read_text()):
            called = re.search(r"(?P<name>\w+)\(", code)
            if (called and called["name"] in functions) or "mplemented by the student" in comment:
                for paragraph in re.split(r"\n\s*\n", comment):
                    found += sentences(paragraph)
    return list(dict.fromkeys(found))


def handout_sentences(page: str) -> list[str]:
    """What the handout's part "The contract" says, point by point."""
    part = page.partition("\n## The contract\n")[2].partition("\n## ")[0]
    points, current = [], ""
    for line in part.split("\n"):
        if match := BULLET.match(line):
            points.append(current)
            current = match["text"]
        elif current:
            current += " " + line.strip()
    points.append(current)
    return [sentence for point in points for sentence in sentences(point)]


def load(tree: Tree, lab: Lab) -> list[Promise]:
    """The lab's table, read strictly."""
    path = tree.root / lab.folder / NAME
    where = f"{lab.folder}/{NAME}"
    try:
        entries = tomllib.loads(path.read_text()).get("promise", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise GraderError(f"{where}: {error}") from error
    found = []
    for entry in entries:
        promise = Promise(entry["text"], tuple(entry.get("tests", ())), entry.get("reason", ""))
        if bool(promise.tests) == bool(promise.reason):
            raise GraderError(
                f"{where}: `{promise.text}` has either tests or a reason why none can hold it"
            )
        found.append(promise)
    return found
