"""The debugger sessions that the handouts print: each is done as it stands, and says what the page says."""

import re
import subprocess
from pathlib import Path

import pytest
from pollux import bochs, bochs_cli

from support import TREE
from walks import Walk, missing, walks

BOCHS_PAGES = ["bochs.md", "lab-3-waker.md"]
SECONDS = 120
MARK = 7_000_000

BOCHS_WALKS = [
    pytest.param(walk, id=f"{page}: {walk.title}")
    for page in BOCHS_PAGES
    for walk in walks(TREE.root / "handouts" / page, "<bochs:")
]


def test_what_is_missing() -> None:
    assert missing(["a … c", "…", "d"], "x\na b  c\ny\nd\n") is None
    assert missing(["a", "b"], "b\na\n") == "b"
    assert missing(["a"], "aa") == "a"
    assert missing(["[1] (a)"], "[1] (a)") is None


def build(walk: Walk, folder: Path) -> Path:
    """The stage of a walk, with its test ordered, in a folder of its own."""
    lab = walk.make["LAB"]
    orders = f"test={walk.make.get('TEST', 'lab')}"
    words = ["make", "-s", "stage", f"LAB={lab}", f"ORDERS={orders}", f"OUT={folder}"]
    subprocess.run(words, cwd=TREE.root, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return folder / f"stage-{lab}"


@pytest.mark.stage
@pytest.mark.parametrize("walk", BOCHS_WALKS)
def test_walk_in_bochs(walk: Walk, tmp_path: Path) -> None:
    stage = build(walk, tmp_path)
    commands = "".join(
        f"? {MARK + number}\n{step.command.partition('>')[2]}\n"
        for number, step in enumerate(walk.steps)
    )
    begin = walk.make.get("BREAK") or bochs_cli.where_begins(walk.make.get("TEST"))
    program = None
    if "PROGRAM" in walk.make:
        program = TREE.root / "build/programs" / f"{walk.make['PROGRAM']}.elf"
    folder = tmp_path / "bochs"
    files = bochs_cli.prepare(TREE.root, stage, folder, begin, f"{commands}q\n", program)
    done = subprocess.run(
        bochs.command(files),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    said = re.split(rf"^0x\w+ {str(MARK)[:3]}\d+\n", done.stdout, flags=re.MULTILINE)
    assert len(said) == len(walk.steps) + 1, done.stdout
    lost = [missing(walk.expected, said[0])]
    lost += [missing(step.expected, output) for step, output in zip(walk.steps, said[1:])]
    assert [line for line in lost if line is not None] == [], done.stdout
