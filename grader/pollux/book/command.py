"""grader/handouts: builds the site and the PDFs."""

import argparse
import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from ..course.tree import Tree
from . import pdf, site


def _print(tree: Tree, out: Path, page: Path) -> None:
    pdf.write(tree, page, out / "pdf" / f"{page.stem}.pdf")


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="handouts",
        description="Build the handouts: a site with search that needs no server, and a PDF of each page. Code is "
        "shown as students have it. Two of them: build/handouts for students, build/handouts-instructor with the "
        "instructor's pages too.",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="instead of build/handouts")
    parser.add_argument("--no-pdf", action="store_true", help="the site alone")
    arguments = parser.parse_args()
    tree = Tree.own()
    out: Path = arguments.out or tree.root / "build" / "handouts"
    for private in (False, True):
        if private and site.pages(tree, True) == site.pages(tree, False):
            continue  # a student's tree
        where = out.with_name(f"{out.name}-instructor") if private else out
        shutil.rmtree(where, ignore_errors=True)
        work = out.with_name(f"{out.name}-work")
        count = site.build(tree, where, work, private)
        shutil.rmtree(work)
        if not arguments.no_pdf:
            with ProcessPoolExecutor() as pool:
                list(pool.map(partial(_print, tree, where), site.pages(tree, private)))
        print(f"  SITE  {where}/index.html: {count} pages")
    return 0
