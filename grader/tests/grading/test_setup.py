"""grader/setup, on machines of its own: folders with fakes for every program that it looks for or that would change
something, and fakes for the files."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import TREE

SETUP = TREE.root / "grader" / "setup"
# What the script itself calls.
REAL = ("env", "dirname", "cat", "uname", "sh")


@dataclass(frozen=True)
class Computer:
    """`bin` is all that its PATH has; below `root` lie its files; `log` is what setup had done."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def log(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def fake(self, name: str, body: str = "exit 0") -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def has(self, probe: str) -> None:
        """Makes there what a line of the list looks for."""
        if probe.startswith("/"):
            path = self.root / probe[1:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o755)
        elif not probe.startswith("python:"):
            self.fake(probe)

    def lacks(self, probe: str) -> None:
        (self.root / probe[1:] if probe.startswith("/") else self.bin / probe).unlink()

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["/bin/sh", str(SETUP), *words],
            env={"PATH": str(self.bin), "POLLUX_SETUP_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )


def listed(clang: int) -> list[tuple[str, str, str]]:
    """Weight, probe and package of each line of setup's list."""
    text = SETUP.read_text().replace("$version", str(clang))
    text = text.replace("$(machine)", os.uname().machine)
    text = re.sub(r"\$\(bochs_plugin (\w+)\)", r"/usr/lib/bochs/plugins/libbx_\1_gui.so", text)
    lines = re.findall(r"^(must|should)\|([^|]+)\|([^|]+)\|.+$", text, re.MULTILINE)
    assert len(lines) > 30
    return lines


def install(computer: Computer, clang: int) -> None:
    for _, probe, _ in listed(clang):
        computer.has(probe)
    # Its modules are there: the fake python says yes.
    computer.has("/usr/bin/python3")
    (computer.root / "usr/bin/python3").write_text("#!/bin/sh\nexit 0\n")


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """One with apt-get and with all that is needed, clang 19 among it."""
    made = Computer(tmp_path)
    made.bin.mkdir()
    made.root.mkdir()
    install(made, 19)
    log = tmp_path / "log"
    made.fake("id", "echo 0")
    for name in ("apt-get", "make"):
        made.fake(name, f'echo "{name} $*" >> {log}')
    made.fake("apt-cache")
    made.fake("sudo", f'echo "sudo" >> {log}; exec "$@"')
    for name in REAL:
        (made.bin / name).symlink_to(f"/usr/bin/{name}")
    return made


def test_nothing_to_do(computer: Computer) -> None:
    done = computer.run()
    assert done.returncode == 0
    assert "nothing to do, all is there (clang 19)" in done.stdout
    assert not computer.log()


def test_goes_on_with_make(computer: Computer) -> None:
    assert computer.run("grade", "LAB=1").returncode == 0
    assert computer.log() == ["make grade LAB=1"]


def test_installs_what_the_handouts_need_for_them_only(computer: Computer) -> None:
    computer.lacks("mkdocs")
    computer.run("grade")
    assert computer.log() == ["make grade"]
    done = computer.run("handouts")
    assert "installing with apt-get: mkdocs" in done.stdout
    assert computer.log()[-1] == "make handouts"


def test_installs_only_what_is_missing(computer: Computer) -> None:
    computer.lacks("nasm")
    done = computer.run("test")
    assert "installing with apt-get: nasm" in done.stdout
    assert computer.log()[0] == "apt-get -q update"
    assert computer.log()[1] == "apt-get -q install --yes --no-install-recommends nasm"


def test_stops_when_apt_did_not_bring_what_nothing_works_without(computer: Computer) -> None:
    computer.lacks("nasm")
    done = computer.run("grade")
    assert done.returncode == 2
    assert "not enough is there" in done.stderr
    assert "make grade" not in computer.log()


def test_goes_on_when_enough_is_there(computer: Computer) -> None:
    computer.lacks("gdb")
    done = computer.run("grade")
    assert done.returncode == 0
    assert computer.log()[-1] == "make grade"


@pytest.mark.parametrize("probe", [probe for _, probe, _ in listed(19) if ":" not in probe])
def test_each_line_of_the_list_is_looked_for(computer: Computer, probe: str) -> None:
    computer.lacks(probe)
    done = computer.run("--check")
    assert probe.removeprefix("python:") in done.stdout
    assert not computer.log()


def test_check_says_what_does_not_work(computer: Computer) -> None:
    computer.lacks("gdb")
    done = computer.run("--check")
    assert done.returncode == 0
    assert "gdb (package gdb): make gdb" in done.stdout
    computer.lacks("nasm")
    done = computer.run("--check")
    assert done.returncode == 2
    assert "nasm (package nasm): nothing is assembled" in done.stdout
    assert not computer.log()


def test_takes_a_later_clang_where_there_is_no_19(computer: Computer) -> None:
    install(computer, 21)
    computer.lacks("clang++-19")
    assert "(clang 21)" in computer.run().stdout


def test_installs_the_first_clang_that_apt_knows(computer: Computer) -> None:
    computer.lacks("clang++-19")
    computer.fake("apt-cache", 'case "$*" in *clang-19 | *clang-20) exit 1;; esac')
    done = computer.run()
    assert " clang-21 " in done.stdout
    assert " clang-19" not in done.stdout


def test_says_which_package_apt_does_not_know(computer: Computer) -> None:
    computer.lacks("black")
    computer.fake("apt-cache", 'case "$*" in *black) exit 1;; esac')
    done = computer.run("grade")
    assert "apt-get has no package: black" in done.stdout
    assert computer.log()[-1] == "make grade"


def test_without_apt_there_is_a_list(computer: Computer) -> None:
    for name in ("apt-get", "apt-cache"):
        computer.lacks(name)
    computer.lacks("bwrap")
    done = computer.run("grade")
    assert (
        "bwrap (package bubblewrap): submissions are compiled and run without a box" in done.stdout
    )
    assert "no apt-get here" in done.stdout
    assert computer.log() == ["make grade"]
    computer.lacks("nasm")
    assert computer.run("grade").returncode == 2


def test_asks_for_sudo_only_when_not_root(computer: Computer) -> None:
    computer.lacks("gdb")
    computer.fake("id", "echo 1000")
    computer.run()
    assert computer.log().count("sudo") == 2


def test_without_sudo_there_is_a_sentence(computer: Computer) -> None:
    computer.lacks("nasm")
    computer.fake("id", "echo 1000")
    computer.lacks("sudo")
    done = computer.run()
    assert done.returncode == 2
    assert "run this once as root" in done.stderr
    assert not computer.log()


def test_a_failed_install_is_said(computer: Computer) -> None:
    computer.lacks("nasm")
    computer.fake("apt-get", "exit 100")
    done = computer.run("test")
    assert done.returncode == 2
    assert "apt-get update did not work" in done.stderr
