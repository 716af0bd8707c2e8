"""grader/check: runs every check, side by side, and prints what is wrong."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

from ..course.tree import Tree
from ..errors import GraderError
from . import Check, handouts, labs, layering, links, rooms, sources, tools

CHECKS = (
    Check("lab.toml", labs.definitions),
    Check("tests and lab.toml", labs.tests),
    Check("contracts and tests", labs.contracts),
    Check("marks", labs.marks),
    Check("layering", layering.check),
    Check("the grader's rooms", rooms.check),
    Check("inline assembly", sources.inline_assembly),
    Check("length of files", sources.length),
    Check("#pragma once", sources.pragma_once),
    Check("names in the text", links.check),
    Check("handouts of labs", handouts.labs),
    Check("checkpoints", handouts.numbers),
    Check("links", handouts.links),
    Check("index of handouts", handouts.index),
    Check("pictures", handouts.pictures),
    Check("clang-format", tools.clang_format),
    Check("black", tools.black),
    Check("mypy", tools.mypy),
)


def _problems(check: Check, tree: Tree) -> list[str]:
    try:
        return list(check.run(tree))
    except GraderError as error:
        return [str(error)]


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="check", description="Check format, layering, marks, labs and text of the tree."
    )
    parser.parse_args()
    tree = Tree.own()
    failed = 0
    with ThreadPoolExecutor() as pool:
        found = [(check, pool.submit(_problems, check, tree)) for check in CHECKS]
        for check, future in found:
            problems = future.result()
            failed += bool(problems)
            print(f"  {'FAIL' if problems else 'ok  '}  {check.name}")
            for problem in problems:
                print(f"        {problem}")
            sys.stdout.flush()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0
