"""What is misuse does not compile, and a student is told why, in words, at the line that is wrong."""

import re
import subprocess

import pytest
from pollux.host.toolchain import tool

from support import TREE

SOURCES = TREE.root / "grader/tests/samples"
COMPILER = (
    *(tool("clang++"), "-std=c++23", "-fcoro-aligned-allocation", "-fsyntax-only", "-x", "c++"),
    *("-Wall", "-Wextra", "-ferror-limit=0", "-fno-exceptions", "-fno-caret-diagnostics", "-I."),
    *("-include", "kernel/lib/posix_names.hpp"),
)
# A line of the sample that must be refused ends in this, with a part of what is said.
EXPECTED = re.compile(r"// refused: (.+)$")
SAID = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?P<kind>error|note): (?P<text>.*)$")


def warnings() -> list[str]:
    """Those that the Makefile makes errors, for a student's code as well."""
    found = re.findall(r"-Werror=[\w-]+", (TREE.root / "Makefile").read_text())
    assert found
    return sorted(set(found))


@pytest.mark.parametrize("name", ["refused_misuse", "refused_by_warnings"])
def test_each_misuse_is_refused_in_words(name: str) -> None:
    """Every marked line is refused, with that sentence, and no other line is."""
    path = SOURCES / f"{name}.cpp"
    command = [*COMPILER, *warnings(), str(path)]
    done = subprocess.run(command, cwd=TREE.root, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    expected = {
        number: match[1]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := EXPECTED.search(line))
    }
    # An error in a header is followed by a note for the line that asked for it.
    said: dict[int, list[str]] = {}
    texts: list[str] = []
    for line in done.stderr.splitlines():
        match = SAID.match(line)
        if match is None:
            continue
        if match["kind"] == "error":
            texts = [match["text"]]
        if match["file"] == str(path):
            said.setdefault(int(match["line"]), []).extend(texts)
            texts = []
    for number, words in expected.items():
        assert any(words in text for text in said.get(number, [])), (number, words, done.stderr)
    marked = {number for number in said if said[number]}
    assert marked <= set(expected), (marked - set(expected), done.stderr)
