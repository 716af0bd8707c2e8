"""Turns the pages of the handouts into plain Markdown, which any renderer knows.

Names of code, `path::symbol` and `path`, become links to that line of a page of code; pictures become part of the page,
so that they take its colours; the labels of a table of tests may break.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..course.lab import lab_number
from ..course.marks import MARKED, starter
from ..course.tree import Tree
from ..errors import GraderError
from . import places
from .places import FILE, LINK

PICTURE = re.compile(r"^!\[(?P<text>[^\]]*)\]\((?P<path>[\w/.-]+\.svg)\)$", re.MULTILINE)
STEP_DONE = re.compile(r"^(\s+)\*\*Checkpoint")
STYLE = re.compile(r"\s*<style>.*?</style>", re.DOTALL)
SIZE = re.compile(r'\bwidth="(\d+)" height="\d+"')
DARK = re.compile(r"\s*@media \(prefers-color-scheme: dark\) \{.*?\n    \}", re.DOTALL)
ID = re.compile(r'(?P<before>\bid="|url\(#)(?P<name>\w+)')


def source_text(tree: Tree, path: Path) -> str:
    """A file as a student may see it: of a lab's layer, the starter."""
    text = (tree.root / path).read_text()
    lab = lab_number(path)
    if lab is None or "tests" in path.parts or path.suffix not in MARKED:
        return text
    return starter(text, lab, str(path))


@dataclass
class Pages:
    """Prepares pages, and remembers which files of code they lead to."""

    tree: Tree
    code_link: Callable[[Path, int | None], str | None]
    styled: bool = False  # whether a picture keeps its own colours
    files: set[Path] = field(default_factory=set)

    def prepare(self, page: Path) -> str:
        text = (self.tree.root / page).read_text()
        inside = False
        lines = []
        for line in text.split("\n"):
            if line.lstrip().startswith("```"):
                inside = not inside
            lines.append(line if inside else self._line(line, page))
        return PICTURE.sub(lambda match: self._picture(match, page), "\n".join(lines))

    def _line(self, line: str, page: Path) -> str:
        line = STEP_DONE.sub(r"\1<br>**Checkpoint", line)
        line = LINK.sub(lambda match: self._symbol(match, page), line)
        return FILE.sub(lambda match: self._file(match), line)

    def _symbol(self, match: re.Match[str], page: Path) -> str:
        path = Path(match["path"])
        file = self.tree.root / path
        number = None
        if file.is_file():
            number = places.find(source_text(self.tree, path), path.suffix, match["symbol"])
        if number is None:
            raise GraderError(f"{page}: {path} has no {match['symbol']}; `make check` lists such")
        return self._linked(match[0], path, number)

    def _file(self, match: re.Match[str]) -> str:
        path = Path(match["path"])
        if path.suffix == ".md" or not (self.tree.root / path).is_file():
            return match[0]
        return self._linked(match[0], path, None)

    def _linked(self, text: str, path: Path, number: int | None) -> str:
        target = self.code_link(path, number)
        if target is None:
            return text
        self.files.add(path)
        return f"[{text}]({target})"

    def _picture(self, match: re.Match[str], page: Path) -> str:
        path = page.parent / match["path"]
        svg = (self.tree.root / path).read_text()
        svg = DARK.sub("", svg) if self.styled else STYLE.sub("", svg)
        svg = SIZE.sub(lambda size: f'width="{size[1]}"' if not self.styled else size[0], svg, 1)
        svg = ID.sub(lambda found: f"{found['before']}{path.stem}-{found['name']}", svg)
        if self.styled:  # WeasyPrint 57 fills the square that it should clip a tip by
            svg = svg.replace("<marker ", '<marker overflow="visible" ')
        svg = "\n".join(line for line in svg.split("\n") if line.strip())
        caption = match["text"].replace('"', "&quot;")
        return f'<figure class="picture" aria-label="{caption}">\n{svg}\n</figure>'
