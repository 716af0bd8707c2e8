"""The row of a lab's handout about one test: where a student reads on after a failure."""

import re
from pathlib import Path

from .lab import Lab, Test

ROW = re.compile(r"^\|\s*`(?P<name>[\w.]+)`\s*\|[^|]*\|\s*(?P<text>.*?)\s*\|\s*$")
HEAD = re.compile(r"^#+\s+(?P<text>.*?)\s*$")


def section(root: Path, lab: Lab, test: Test) -> str | None:
    """`file:line`, the section and what it says, on one line; None when the handout has no row for the test."""
    name = f"handouts/lab-{lab.number}-{lab.name}.md"
    try:
        lines = (root / name).read_text().splitlines()
    except OSError:
        return None
    head = ""
    for number, line in enumerate(lines, 1):
        if match := HEAD.match(line):
            head = match["text"]
        elif (match := ROW.match(line)) and match["name"] == test.name:
            return f"{name}:{number}, {head}: {match['text']}"
    return None
