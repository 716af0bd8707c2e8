"""models/inbox.pml in Spin: the mail between cores as it should be holds in every order of steps, and each planted mistake
is found."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from pollux.host.toolchain import tool

MODEL = Path(__file__).parents[1] / "models" / "inbox.pml"
MISTAKES = {
    name: int(number)
    for name, number in re.findall(
        r"^#define (\w+) +\(mistake == (\d+)\)$", MODEL.read_text(), re.MULTILINE
    )
}
COMPILER = tool("clang")


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that Spin makes of the model. It reads from its environment which mistake is made."""
    folder = tmp_path_factory.mktemp("model")
    for command in (
        ["spin", f"-P{COMPILER} -E -x c", "-a", str(MODEL)],
        [COMPILER, "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder / "pan"


def search(checker: Path, mistake: int, folder: Path) -> str:
    done = subprocess.run(
        [checker, "-m100000", "-n", "-w23"],
        cwd=folder,
        env={**os.environ, "MISTAKE": str(mistake)},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done.stdout


def test_holds_in_every_order(checker: Path, tmp_path: Path) -> None:
    said = search(checker, 0, tmp_path)
    assert "errors: 0" in said and "Search not completed" not in said, said
    assert "max search depth too small" not in said
    assert (states := re.search(r"^ *(\d+) states, stored$", said, re.MULTILINE)), said
    assert int(states[1]) > 1_000_000


def test_numbers_its_mistakes() -> None:
    assert sorted(MISTAKES.values()) == list(range(1, len(MISTAKES) + 1)) and MISTAKES


@pytest.mark.parametrize("name", MISTAKES)
def test_finds_the_mistake(checker: Path, tmp_path: Path, name: str) -> None:
    said = search(checker, MISTAKES[name], tmp_path)
    assert "errors: 1" in said and "assertion violated" in said, said
