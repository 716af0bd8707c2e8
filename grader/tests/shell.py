"""Somebody who types at the kernel's shell, on the serial line of `make run`."""

import re

import pexpect
from pollux.course.tree import Tree

ROOT = Tree.own().root
PROMPT = "pollux> "
PATIENCE = 60  # seconds of a loaded machine


class Shell:
    """What a person at the terminal has."""

    def __init__(self) -> None:
        command = ["--no-print-directory", "run", "LAB=5"]
        self.terminal = pexpect.spawn(
            "make", command, cwd=str(ROOT), encoding="utf-8", timeout=600, dimensions=(24, 80)
        )
        self.terminal.delaybeforesend = None
        self.terminal.expect_exact(PROMPT)
        self.terminal.expect_exact("\x1b[K")
        self.terminal.timeout = PATIENCE

    def send(self, keys: str) -> None:
        self.terminal.send(keys)

    def expect(self, pattern: str | type[pexpect.EOF]) -> None:
        self.terminal.expect(pattern)

    def until_prompt(self) -> str:
        """What is on the screen up to the next prompt, without the line that was typed."""
        self.terminal.expect_exact("\r" + PROMPT + "\x1b[K")
        # The terminal of the host puts another carriage return before each line feed.
        screen = re.sub("\r+\n", "\n", str(self.terminal.before))
        return screen.partition("\n")[2]

    def run(self, line: str) -> str:
        self.send(line + "\r")
        return self.until_prompt()
