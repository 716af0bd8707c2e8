"""Walks: the talks with a debugger or the kernel's shell that the texts print. Each must say what the page says.

A walk is a fenced block that begins with a `make` command. A line that begins with the program's prompt is a command;
the lines below it are what it prints: each must come, in this order, `…` stands for anything, and lines between may be
left out. A line that is only `…` says so to the reader.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BOCHS, GDB, SHELL = PROMPTS = "<bochs:", "(gdb) ", "pollux> "
FENCE = re.compile(r"^```console\n\$ (?P<make>make [^\n]*)\n(?P<lines>.*?)^```$", re.M | re.S)
HEAD = re.compile(r"^## (.*)$", re.M)


@dataclass(frozen=True)
class Step:
    command: str
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Walk:
    title: str
    make: dict[str, str]  # the variables of its `make` command
    target: str
    expected: tuple[str, ...]  # before the first prompt
    steps: tuple[Step, ...]


def walks(page: Path, prompt: str) -> Iterator[Walk]:
    """The walks of a page that have the prompt `prompt`."""
    text = page.read_text()
    for fence in FENCE.finditer(text):
        if f"\n{prompt}" not in fence["lines"]:
            continue
        title = HEAD.findall(text[: fence.start()])[-1]
        words = fence["make"].split()[1:]
        steps: list[Step] = [Step("", ())]
        for line in fence["lines"].splitlines():
            if line.startswith(prompt):
                steps.append(Step(line.removeprefix(prompt).strip(), ()))
            else:
                last = steps[-1]
                steps[-1] = Step(last.command, (*last.expected, line))
        variables = dict(word.split("=", 1) for word in words[1:])
        yield Walk(title, variables, words[0], steps[0].expected, tuple(steps[1:]))


def missing(expected: Sequence[str], output: str) -> str | None:
    """The first expected line that the output does not have, in order; None when all came."""
    lines = iter(output.splitlines())
    for wanted in expected:
        if wanted.strip() in ("…", ""):
            continue
        parts = (re.escape(" ".join(part.split())) for part in re.split("…", wanted))
        pattern = re.compile(".*".join(part.replace(r"\ ", r"\s+") for part in parts))
        if not any(pattern.fullmatch(" ".join(line.split())) for line in lines):
            return wanted
    return None
