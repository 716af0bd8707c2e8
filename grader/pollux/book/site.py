"""The site: MkDocs Material over the prepared pages, with search, to be opened from a folder or a server."""

import json
import shutil
from pathlib import Path

from ..course.student import is_private
from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes
from . import code, names, sessions
from .prepare import Pages

THEME = Path(__file__).parent / "theme"
SECONDS = 120.0
# In this order; a page that is not here comes last.
ORDER = (
    "index",
    "lab-",
    "bochs",
    "gdb",
    "costs",
    "grader",
    "glossary",
    "further-reading",
    "instructor",
)


def pages(tree: Tree, private: bool) -> list[Path]:
    """The handouts in order, with the instructor's pages or without."""
    found = [
        path
        for path in tree.files()
        if path.parts[0] == "handouts"
        and path.suffix == ".md"
        and (private or not is_private(path))
    ]

    def place(path: Path) -> tuple[int, str]:
        begins = (number for number, name in enumerate(ORDER) if path.stem.startswith(name))
        return (next(begins, len(ORDER)), path.stem)

    return sorted(found, key=place)


def build(tree: Tree, out: Path, work: Path, private: bool) -> int:
    """Builds the site anew in `out` and returns how many pages it has."""
    docs = work / "pages"
    shutil.rmtree(work, ignore_errors=True)
    docs.mkdir(parents=True)
    prepared = Pages(tree, code.address)
    shown = pages(tree, private)
    for page in shown:
        (docs / page.name).write_text(prepared.prepare(page))
    for path in sorted(prepared.files):
        code.write(tree, path, docs)
    for asset in ("extra.css", "offline.js"):
        shutil.copy(THEME / asset, docs / asset)
    shutil.copytree(THEME / "overrides", work / "overrides")
    config = (THEME / "mkdocs.yml").read_text()
    nav = "".join(f"  - {json.dumps(page.name)}\n" for page in shown)
    (work / "mkdocs.yml").write_text(f"{config}nav:\n{nav}")
    if shutil.which("mkdocs") is None:
        raise GraderError(
            "mkdocs is not installed; `grader/setup handouts` installs what is missing"
        )
    command = ["mkdocs", "build", "--quiet", "--strict", "--site-dir", str(out.absolute())]
    built = processes.run(command, work / "mkdocs", seconds=SECONDS, cwd=work)
    if built.status != 0:
        raise GraderError(f"mkdocs does not build the handouts: {built.output.strip()}")
    for page in out.glob("*.html"):
        page.write_text(names.breakable(sessions.mark(page.read_text())))
    _leave_out(out)
    _make_searchable(out)
    return len(shown)


def _leave_out(out: Path) -> None:
    """Removes what only a server at a known address needs: its links would be dead here."""
    for name in ("404.html", "sitemap.xml", "sitemap.xml.gz"):
        (out / name).unlink(missing_ok=True)


def _make_searchable(out: Path) -> None:
    """Writes the search index as a script: a page that is opened from a folder may not fetch it, but may run it."""
    index = (out / "search" / "search_index.json").read_text()
    (out / "search" / "search_index.js").write_text(f"__search.index = Promise.resolve({index});\n")
