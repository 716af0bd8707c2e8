"""The real thing, with a compiler that is killed, and a kernel that is too large."""

import os
import subprocess
from pathlib import Path

import pytest

from support import TREE, grade_lab, reference

HEAP = reference(TREE.lab(1), "heap.cpp")
KILLED = """#!/bin/sh
case "$*" in *handin*) kill -9 $$ ;; esac
PATH=${PATH#*:} exec "$(basename "$0")" "$@"
"""


@pytest.mark.stage
def test_a_killed_compiler_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_text(HEAP)
    tools = tmp_path / "tools"
    tools.mkdir()
    for version in range(19, 26):
        tool = tools / f"clang++-{version}"
        tool.write_text(KILLED)
        tool.chmod(0o755)
    command = [str(TREE.root / "grader/grade"), "--lab", "1", "--test", "heap.allocates"]
    done = subprocess.run(
        [*command, "--submission", str(tmp_path / "heap.cpp")],
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "POLLUX_NO_BUBBLEWRAP": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "ended from outside" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.stage
def test_a_kernel_larger_than_the_machine_is_refused(tmp_path: Path) -> None:
    begin = "void* allocate(std::size_t bytes, std::size_t alignment) {"
    assert begin in HEAP
    huge = "static char huge[700 << 20]; if (bytes + 1 == 0) return huge;"
    (tmp_path / "heap.cpp").write_text(HEAP.replace(begin, f"{begin} {huge}"))
    result = grade_lab(1, tmp_path, tests=("heap.allocates",))
    assert "MiB of the machine's 128: its variables are too large" in result.message


QEMU_KILLED = """#!/bin/sh
echo x >> COUNT
[ "$(wc -l < COUNT)" -gt TIMES ] || case "$*" in *fw_cfg*) kill -9 $$ ;; esac
PATH=${PATH#*:} exec "$(basename "$0")" "$@"
"""


@pytest.mark.stage
@pytest.mark.parametrize(("times", "status"), [(1, 0), (1000, 2)])
def test_a_killed_emulator_is_tried_again(times: int, status: int, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "qemu-system-x86_64"
    text = QEMU_KILLED.replace("COUNT", str(tmp_path / "count")).replace("TIMES", str(times))
    tool.write_text(text)
    tool.chmod(0o755)
    (tmp_path / "heap.cpp").write_text(HEAP)
    command = [str(TREE.root / "grader/grade"), "--lab", "1", "--test", "heap.allocates"]
    done = subprocess.run(
        [*command, "--submission", str(tmp_path / "heap.cpp")],
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "POLLUX_NO_BUBBLEWRAP": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
