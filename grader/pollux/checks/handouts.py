"""The handouts: each lab's has the fixed heads and the tests of its lab.toml, and no link of a page is dead."""

import re
from pathlib import Path
from xml.etree import ElementTree

from ..course.lab import Lab
from ..course.student import is_private
from ..course.tree import Tree
from ..errors import GraderError
from ..upkeep import checkpoints
from . import Problems

FOLDER = "handouts"
HEADS = (
    "What you build",
    "Read first",
    "The contract",
    "Steps",
    "Tests, literally",
    "Traps",
    "Debugging it in Bochs",
    "Questions",
    "Going further",
)
HEAD = re.compile(r"^(?P<level>#{1,4}) (?P<text>.+?)\s*$")
OWN = re.compile(r"\{ ?#(?P<name>[\w-]+) ?\}$")
ROW = re.compile(
    r"^\| `(?P<name>[a-z0-9_]+\.[a-z0-9_]+)` \| (?P<points>[\d.]+) \| (?P<text>.+) \|$"
)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HIDDEN = "Hidden. "
FENCE = "```"


def prose(text: str) -> list[tuple[int, str]]:
    """The numbered lines of a page that lie outside of its blocks of code."""
    lines, inside = [], False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(FENCE):
            inside = not inside
        elif not inside:
            lines.append((number, line))
    return lines


def slug(head: str) -> str:
    """The name of a head in a link, as Python-Markdown makes it."""
    plain = re.sub(r"[^\w\s-]", "", head).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


def _anchor(head: str) -> str:
    """The head's own name for links, `Head { #name }`, or the one made of it."""
    own = OWN.search(head)
    return own["name"] if own else slug(head)


def _heads(text: str, level: int | None = None) -> list[str]:
    matches = (HEAD.match(line) for _, line in prose(text))
    return [match["text"] for match in matches if match and level in (None, len(match["level"]))]


def labs(tree: Tree) -> Problems:
    """A lab's handout has the fixed heads, the lab's own tests and points, and checkpoints that rise to all points."""
    for lab in tree.labs:
        page = checkpoints.page(lab)
        if not (tree.root / page).is_file():
            yield f"{page} is missing: every lab has its handout"
            continue
        text = (tree.root / page).read_text()
        if tuple(_heads(text, 2)) != HEADS:
            yield f"{page}: the heads must be: {' · '.join(HEADS)}"
        yield from _opening(page, lab, text)
        yield from _tests(page, lab, text)
        yield from _promises(page, lab, text)


def _opening(page: Path, lab: Lab, text: str) -> Problems:
    if not text.startswith(f"# Lab {lab.number}: "):
        yield f"{page}: the title begins with `# Lab {lab.number}: `"
    hours = f"Hours: {lab.hours.replace('-', ' to ')}. Difficulty: "
    if hours not in text:
        yield f"{page}: lab.toml has it that this takes `{hours.rsplit(' D')[0]}`"
    for name in lab.files:
        if f"`{lab.folder}/{name}`" not in text:
            yield f"{page}: does not say that {name} is handed in"


def _tests(page: Path, lab: Lab, text: str) -> Problems:
    rows = [match for _, line in prose(text) if (match := ROW.match(line))]
    names = [row["name"] for row in rows]
    for test in lab.tests:
        if names.count(test.name) != 1:
            yield f"{page}: {test.name} has {names.count(test.name)} rows in the table of tests"
    for row in rows:
        listed = lab.test(row["name"])
        if listed is None:
            yield f"{page}: {row['name']} is no test of lab {lab.number}"
            continue
        if float(row["points"]) != listed.points:
            yield f"{page}: {listed.name} has {listed.points:g} points in lab.toml, {row['points']} here"
        if row["text"].startswith(HIDDEN) == listed.visible:
            yield f"{page}: {listed.name} is {'visible' if listed.visible else 'hidden'} in lab.toml, not here"


def _promises(page: Path, lab: Lab, text: str) -> Problems:
    found = checkpoints.promises(text)
    if [promise.number for promise in found] != list(range(1, len(found) + 1)):
        yield f"{page}: the checkpoints are not numbered 1, 2, 3…"
    scores = [promise.score for promise in found]
    if scores != sorted(scores) or not scores or scores[-1] != lab.max_score:
        yield f"{page}: the checkpoints' scores must rise to {lab.max_score:g}"


def numbers(tree: Tree) -> Problems:
    """What `grader/checkpoints` grades is what the handouts promise, one for one."""
    if not (tree.root / checkpoints.FOLDER).is_dir():
        return  # a student's tree
    for lab in tree.labs:
        page = tree.root / checkpoints.page(lab)
        if not page.is_file():
            continue
        try:
            listed = len(checkpoints.load(tree, lab))
        except GraderError as error:
            yield str(error)
            continue
        promised = len(checkpoints.promises(page.read_text()))
        if listed != promised:
            yield f"{checkpoints.FOLDER}: lab {lab.number} has {listed} checkpoints, its handout {promised}"


def _pages(tree: Tree) -> list[Path]:
    return [path for path in tree.files() if path.suffix == ".md" and path.parts[0] == FOLDER]


def links(tree: Tree) -> Problems:
    """Every link inside the handouts leads somewhere, and no student's page to an instructor's."""
    pages = _pages(tree)
    anchors = {
        page: {_anchor(head) for head in _heads((tree.root / page).read_text())} for page in pages
    }
    for page in pages:
        for number, line in prose((tree.root / page).read_text()):
            for match in LINK.finditer(line):
                wrong = _problem(tree, page, match["target"], anchors)
                if wrong is not None:
                    yield f"{page}:{number}: {wrong}"


def _problem(tree: Tree, page: Path, target: str, anchors: dict[Path, set[str]]) -> str | None:
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    leads_to = page if not name else page.parent / name
    if not (tree.root / leads_to).is_file():
        return f"there is no {leads_to}"
    if is_private(leads_to) and not is_private(page):
        return f"a student's page leads to {leads_to}, which is the instructor's"
    if anchor and anchor not in anchors.get(leads_to, set()):
        return f"{leads_to} has no head #{anchor}"
    return None


def index(tree: Tree) -> Problems:
    """The first page names every other page that students have."""
    first = Path(FOLDER, "index.md")
    text = (tree.root / first).read_text() if (tree.root / first).is_file() else ""
    for page in _pages(tree):
        if page != first and not is_private(page) and f"]({page.name})" not in text:
            yield f"{first} does not lead to {page.name}"


def pictures(tree: Tree) -> Problems:
    """Every picture is an SVG that can be read, has a title, and is on some page."""
    shown = "".join((tree.root / page).read_text() for page in _pages(tree))
    for path in tree.files():
        if path.parts[0] != FOLDER or path.suffix != ".svg":
            continue
        try:
            root = ElementTree.parse(tree.root / path).getroot()
        except ElementTree.ParseError as error:
            yield f"{path}: {error}"
            continue
        if root.find("{http://www.w3.org/2000/svg}title") is None:
            yield f"{path}: a picture has a <title> for who cannot see it"
        if f"({path.relative_to(FOLDER)})" not in shown:
            yield f"{path} is on no page"
