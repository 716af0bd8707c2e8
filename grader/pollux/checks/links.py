"""Pages name code by `path::symbol`: the file and the symbol must be there."""

from pathlib import Path

from ..book import places
from ..course.student import is_private
from ..course.tree import Tree
from . import Problems


def _pages(tree: Tree) -> list[Path]:
    return [
        path
        for path in tree.files()
        if path.suffix == ".md" and (path.parts[0] == "handouts" or len(path.parts) == 1)
    ]


def check(tree: Tree) -> Problems:
    """Every file and every symbol that a page names is there, and for a student's page in the student's tree too."""
    for page in _pages(tree):
        for number, line in enumerate((tree.root / page).read_text().split("\n"), 1):
            for match in places.LINK.finditer(line):
                file = tree.root / match["path"]
                if not file.is_file():
                    yield f"{page}:{number}: there is no {match['path']}"
                elif places.find(file.read_text(), file.suffix, match["symbol"]) is None:
                    yield f"{page}:{number}: {match['path']} has no {match['symbol']}"
            for match in places.FILE.finditer(line):
                if not (tree.root / match["path"]).is_file():
                    yield f"{page}:{number}: there is no {match['path']}"
                elif page.parent.parts and is_private(Path(match["path"])) and not is_private(page):
                    yield f"{page}:{number}: students read this, and {match['path']} is the instructor's"
