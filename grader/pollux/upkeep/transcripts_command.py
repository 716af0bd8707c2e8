"""grader/transcripts: checks that the sessions in the handouts show what the commands print."""

import argparse

from ..course.tree import Tree
from ..errors import GraderError
from ..host import scratch
from . import transcripts


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="transcripts",
        description="Run the commands that the handouts show, each page's in a student's tree of its own, and compare "
        "what they print.",
    )
    parser.add_argument("page", nargs="*", help="only these pages, as in lab-0-tour")
    arguments = parser.parse_args()
    tree = Tree.own()
    found = transcripts.pages(tree)
    chosen = [page for page in found if not arguments.page or page.stem in arguments.page]
    if not chosen:
        raise GraderError("no such page has a session")
    good = wrong = 0
    with scratch.folder() as folder:
        for page in chosen:
            (folder / page.stem).mkdir()
            for step, printed in transcripts.run(tree, page, folder / page.stem):
                good += printed is None
                wrong += printed is not None
                print(
                    f"  {'ok   ' if printed is None else 'FALSE'} {page}:{step.line}: {step.command}",
                    flush=True,
                )
                for line in printed or ():
                    print(f"        {line}")
    print(f"{good} passed, {wrong} failed")
    return 1 if wrong else 0
