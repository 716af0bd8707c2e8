"""The host's test program: whatever ends it within a test, it says which test that was and where it stood."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from pollux.host.toolchain import tool

from support import TREE

SOURCE = TREE.root / "grader/tests/samples/bad_endings.cpp"
PARTS = "arch/host/test_main", "arch/host/running_test", "arch/host/panic", "kernel/lib/format"
OBJECTS = [f"build/host/{part}.cpp.o" for part in PARTS]
FLAGS = (
    *(
        "-std=c++23",
        "-O1",
        "-g",
        "-fno-omit-frame-pointer",
        "-include",
        "kernel/lib/posix_names.hpp",
    ),
    *("-I.", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"),
)


@pytest.fixture(name="program", scope="module")
def _program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("unit") / "bad_endings"
    subprocess.run(["make", "-s", *OBJECTS], cwd=TREE.root, check=True)
    command = [tool("clang++"), *FLAGS, "-o", str(program), str(SOURCE), *OBJECTS]
    subprocess.run(command, cwd=TREE.root, check=True)
    return program


def said(program: Path, test: str, code: int = 1) -> str:
    environment = os.environ | {
        "POLLUX_LIMIT": "1",
        "ASAN_SYMBOLIZER_PATH": f"/usr/bin/{tool('llvm-symbolizer')}",
    }
    command = [str(program), f"-tc=sample.{test}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("overflows", "runtime error: signed integer overflow"),
        ("never_ends", "The test has not ended after 1 seconds"),
        ("writes_behind", "heap-buffer-overflow"),
        ("is_empty", "sample is not written yet"),
    ],
)
def test_a_bad_end_names_its_test(program: Path, test: str, words: str) -> None:
    text = said(program, test)
    assert words in text
    assert f"This was the test sample.{test}. Again: {program} -tc=sample.{test}\n" in text
    # And how one came there: the line of the test in the backtrace.
    assert test == "is_empty" or "samples/bad_endings.cpp:" in text.replace(words, "", 1)
    assert test == "is_empty" or "#1 0x" in text


def test_a_panic_names_its_test(program: Path) -> None:
    text = said(program, "panics", -signal.SIGABRT)
    assert "PANIC" in text and "struck" in text
    assert "sample.panics" in text and "SIGABRT" in text


def test_values_of_enums_have_names(program: Path) -> None:
    text = said(program, "names")
    for names in ("ready, pending", "blocked, finished", "closed, deadlock"):
        assert f"CHECK_EQ( {names} )" in text
