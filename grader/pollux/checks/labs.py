"""The labs: their lab.toml, their tests and their marks agree."""

import fnmatch
import re

from ..course import promises
from ..course.lab import Lab, lab_number
from ..course.marks import MARKED, SLIP, find_holes
from ..course.promises import Promise
from ..course.source import blank
from ..course.tree import Tree
from ..errors import GraderError
from ..upkeep import checkpoints
from . import Problems

TEST = re.compile(r"^TEST\((?P<suite>\w+),\s*(?P<name>\w+)\)", re.MULTILINE)


def definitions(tree: Tree) -> Problems:
    """Every lab.toml is as it must be, and names files that are there."""
    try:
        labs = tree.labs
    except GraderError as error:
        yield str(error)
        return
    for lab in labs:
        for name in lab.files:
            if not (tree.root / lab.folder / name).is_file():
                yield f"{lab.folder}/lab.toml: {name} in `files` is not there"
        for contract in lab.contract:
            if not (tree.root / contract).is_file():
                yield f"{lab.folder}/lab.toml: {contract} in `contract` is not there"


def tests(tree: Tree) -> Problems:
    """Every TEST of a lab has its entry in lab.toml, and the other way round."""
    for lab in tree.labs:
        found: set[str] = set()
        for path in sorted((tree.root / lab.folder / "tests").rglob("*.cpp")):
            where = path.relative_to(tree.root)
            for match in TEST.finditer(blank(path.read_text())):
                name = f"{match['suite']}.{match['name']}"
                if name in found:
                    yield f"{where}: there is a second TEST named {name}"
                if lab.test(name) is None:
                    yield f"{where}: {name} has no entry in {lab.folder}/lab.toml"
                found.add(name)
        for test in lab.tests:
            if test.name not in found:
                yield f"{lab.folder}/lab.toml: no TEST in {lab.folder}/tests is {test.name}"


def marks(tree: Tree) -> Problems:
    """Marks are balanced, of their own lab, around whole bodies, and nowhere outside labs/."""
    for path in tree.files():
        if path.suffix not in MARKED or path.parts[0] not in ("arch", "kernel", "labs"):
            continue
        text = (tree.root / path).read_text()
        lab = lab_number(path)
        if lab is not None and "tests" not in path.parts:
            try:
                find_holes(text, lab, str(path))
            except GraderError as error:
                yield str(error)
        else:
            for number, line in enumerate(text.split("\n"), 1):
                if SLIP.search(line):
                    yield f"{path}:{number}: a mark outside a lab's own sources"


def contracts(tree: Tree) -> Problems:
    """Every sentence of a lab's contract stands in its table word for word, and is held; every test holds one."""
    if not (tree.root / checkpoints.FOLDER).is_dir():
        return  # a student's tree, whose sources are the student's
    for lab in tree.labs:
        where = f"{lab.folder}/{promises.NAME}"
        if not (tree.root / where).is_file():
            continue
        try:
            table = promises.load(tree, lab)
        except GraderError as error:
            yield str(error)
            continue
        page = (tree.root / checkpoints.page(lab)).read_text()
        said = promises.header_sentences(tree, lab) + promises.handout_sentences(page)
        listed = [promise.text for promise in table]
        for sentence in said:
            if sentence not in listed:
                yield f"{where}: no test is named for `{sentence}`"
        for text in listed:
            if text not in said:
                yield f"{where}: neither header nor handout says `{text}`"
        yield from _held(lab, where, table)


def _held(lab: Lab, where: str, table: list[Promise]) -> Problems:
    names = [test.name for test in lab.tests]
    held: set[str] = set()
    for promise in table:
        for pattern in promise.tests:
            found = fnmatch.filter(names, pattern)
            if not found:
                yield f"{where}: there is no test {pattern}"
            held.update(found)
    for name in names:
        if name not in held:
            yield f"{where}: {name} holds no sentence of the contract"
