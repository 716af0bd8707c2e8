"""grader/traced: kernels that record what happens to every event, and hold it against the diagram after each test.

All tests of the events' parts run, one after the other in one boot: kernel/ and the stage's own lab. Not optimised by
default, which is also where stacks are deepest.
"""

import argparse
import re
from pathlib import Path

from ..building.make import make
from ..course.lab import Lab
from ..course.tree import Tree
from ..host import scratch
from ..machine.image import Image
from ..machine.machine import Machine, Orders
from ..machine.siphash import Key
from ..machine.snapshot import Snapshots

LABS = (2, 3, 4)
LIMIT_SECONDS = 30
MEMORY_MEBIBYTES = 1024  # a hundred thousand events

RESULT = re.compile(r"^(?P<word>ok|not ok) \d+ (?P<name>[\w.]+) ")
END = re.compile(r"^# END ran=(?P<ran>\d+) ", re.MULTILINE)
PLAN = re.compile(r"^1\.\.(?P<planned>\d+)$", re.MULTILINE)


def _build(tree: Tree, lab: Lab, level: str, log: Path) -> Path:
    """The stage's traced image, in a folder of its own below build/."""
    folder = Path("build") / f"traced{level}"
    variables = (f"BUILD={folder}", "TRACE=1", f"OPTIMISE={level}", f"LAB={lab.number}")
    make(tree, log, "stage", *variables)
    return tree.root / folder / f"stage-{lab.number}.iso"


def failures(results: str) -> tuple[int, list[str]]:
    """How many tests passed, and the lines of those that did not, or of a run that was cut off."""
    passed = 0
    wrong: list[str] = []
    since: list[str] = []
    for line in results.splitlines():
        since.append(line)
        if match := RESULT.match(line):
            if match["word"] == "ok":
                passed += 1
            else:
                wrong += since
            since = []
    plan, end = PLAN.search(results), END.search(results)
    if plan is None or end is None or plan["planned"] != end["ran"]:
        wrong += since or ["the kernel said nothing"]
    return passed, wrong


def _run(iso: Path, lab: Lab, folder: Path) -> str:
    orders = Orders(("kernel/", f"{lab.folder}/"), limit_seconds=LIMIT_SECONDS)
    machine = Machine(iso, MEMORY_MEBIBYTES, Image(iso.with_suffix(".elf")))
    with Snapshots(Key(0, 0), folder / "machines") as machines:
        ended = machines.run(machine, orders)
    return ended.results.decode("utf-8", "backslashreplace")


def command() -> int:
    parser = argparse.ArgumentParser(prog="traced", description=__doc__)
    parser.add_argument(
        "-O", dest="levels", action="append", choices="0123", help="how much is optimised: -O0"
    )
    arguments = parser.parse_args()
    tree = Tree.own()
    passed = failed = 0
    for level in (f"-O{number}" for number in arguments.levels or "0"):
        for lab in (lab for lab in tree.labs if lab.number in LABS):
            with scratch.folder() as folder:
                iso = _build(tree, lab, level, folder / "make")
                good, wrong = failures(_run(iso, lab, folder))
            print(f"stage {lab.number} at {level}: {good} tests passed", flush=True)
            bad = sum(line.startswith("not ok") for line in wrong)
            for line in wrong:
                print(f"  {line}")
            passed += good
            failed += bad or bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
