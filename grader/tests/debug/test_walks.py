"""The talks with a debugger or the shell that the texts print: each is done as it stands, and says what the page says."""

import re
import subprocess
from pathlib import Path

import pexpect
import pytest
from pollux.debug import bochs_command
from pollux.machine import bochs
from pollux.upkeep import transcripts

from shell import Shell
from support import TREE
from walks import BOCHS, PROMPTS, SHELL, Walk, missing, walks

PAGES = [TREE.root / "README.md", *sorted((TREE.root / "handouts").glob("*.md"))]
SECONDS = 120
MARK = 7_000_000
COUNTED = re.compile(r"(\s+\d+){4}$")  # in `ps`: turns, time, calls and memory


def named(prompt: str) -> list[object]:
    return [
        pytest.param(walk, id=f"{page.name}: {walk.title}")
        for page in PAGES
        for walk in walks(page, prompt)
    ]


def test_every_talk_is_a_walk() -> None:
    """What `make transcripts` leaves to this file is done here."""
    for page in PAGES:
        blocks = [block for _, block in transcripts.sessions(page.read_text())]
        talks = [block for block in blocks if any(map(transcripts.TALK.match, block))]
        assert len(talks) == sum(len(list(walks(page, prompt))) for prompt in PROMPTS), page


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
@pytest.mark.parametrize("walk", named(BOCHS))
def test_walk_in_bochs(walk: Walk, tmp_path: Path) -> None:
    stage = build(walk, tmp_path)
    commands = "".join(
        f"? {MARK + number}\n{step.command.partition('>')[2]}\n"
        for number, step in enumerate(walk.steps)
    )
    begin = walk.make.get("BREAK") or bochs_command.where_begins(walk.make.get("TEST"))
    program = None
    if "PROGRAM" in walk.make:
        program = TREE.root / "build/programs" / f"{walk.make['PROGRAM']}.elf"
    folder = tmp_path / "bochs"
    files = bochs_command.prepare(TREE.root, stage, folder, begin, f"{commands}q\n", program)
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


def typed(shell: Shell, command: str) -> str:
    """What the shell says to a command. `cat` gets a line, twice if it came before it ran, and Ctrl-C."""
    if command == "shutdown":
        shell.send("shutdown\r")
        shell.expect(pexpect.EOF)
        return str(shell.terminal.before)
    if command != "cat":
        return shell.run(command)
    shell.send("cat\r")
    shell.expect("\n")
    for _ in range(SECONDS):
        shell.send("a line\r")
        if shell.terminal.expect([r"a line\r+\na line\r+\n", pexpect.TIMEOUT], timeout=2) == 0:
            break
    shell.send("\x03")
    shell.terminal.expect_exact("^C")
    return f"a line\na line\n^C\n{shell.until_prompt()}"


@pytest.mark.stage
@pytest.mark.parametrize("walk", named(SHELL))
def test_walk_in_the_shell(walk: Walk) -> None:
    shell = Shell()
    for step in walk.steps:
        said = re.sub("\r+\n", "\n", typed(shell, step.command))
        wanted = [COUNTED.sub(" …", line) for line in step.expected]
        assert missing(wanted, said) is None, (step, said)
    shell.terminal.close(force=True)
