"""What the Makefile promises of the build: what an image is made of decides when it is made again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support import TREE

# In the place of the compiler and the linker: they write what they were told.
TOOL = """#!/bin/sh
for word; do [ "$last" = -o ] && out=$word; last=$word; done
[ -z "$out" ] || echo "$@" > "$out"
"""


def made(tree: Path, path: str) -> str:
    tool = tree / "tool"
    words = [f"{name}={tool}" for name in ("CXX", "NASM", "LD")]
    environment = {**os.environ, "PATH": f"{tree}:{os.environ['PATH']}"}
    command = ["make", "-s", "NEEDED=", *words, path]
    subprocess.run(command, cwd=tree, check=True, env=environment, stdin=subprocess.DEVNULL)
    return (tree / path).read_text()


@pytest.mark.parametrize("path", ["build/stage-1.elf", "build/host/unit-1"])
def test_a_source_that_is_gone_is_gone_from_the_image(path: str, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in TREE.files():
        if name.parts[0] in ("Makefile", "arch", "kernel", "labs"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TREE.root / name, tree / name)
    (tree / "tool").write_text(TOOL)
    (tree / "tool").chmod(0o755)
    more = tree / "kernel/lib/tests/one_more.cpp"
    more.write_text("")
    assert "one_more" in made(tree, path)
    before = (tree / path).stat().st_mtime_ns
    made(tree, path)
    assert (tree / path).stat().st_mtime_ns == before  # nothing is new, nothing is made again
    more.unlink()
    assert "one_more" not in made(tree, path)
