"""grader/setup, with fakes for every program that would change the machine."""

import os
import subprocess
from pathlib import Path

import pytest

from support import TREE

SETUP = TREE.root / "grader" / "setup"


def fake(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Programs of a machine where all is installed; what they are asked to do is written to `log`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "log"
    fake(folder, "dpkg-query", "printf installed")
    fake(folder, "id", "echo 0")
    for name in ("apt-get", "make"):
        fake(folder, name, f'echo "{name} $*" >> {log}')
    fake(folder, "sudo", f'echo "sudo" >> {log}; exec "$@"')
    for name in ("env", "dirname"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    return folder


def run(programs: Path, *words: str) -> tuple["subprocess.CompletedProcess[str]", list[str]]:
    done = subprocess.run(
        ["/bin/sh", str(SETUP), *words],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    log = programs.parent / "log"
    return done, log.read_text().splitlines() if log.exists() else []


def test_nothing_to_do(programs: Path) -> None:
    done, log = run(programs)
    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert not log


def test_goes_on_with_make(programs: Path) -> None:
    done, log = run(programs, "grade", "LAB=1")
    assert done.returncode == 0
    assert log == ["make grade LAB=1"]


def test_installs_what_the_handouts_need_for_them_only(programs: Path) -> None:
    fake(programs, "dpkg-query", 'case "$*" in *mkdocs*) exit 1;; esac; printf installed')
    done, log = run(programs, "grade")
    assert log == ["make grade"]
    done, log = run(programs, "handouts")
    assert "installing with apt-get: mkdocs mkdocs-material" in done.stdout
    assert log[-1] == "make handouts"


def test_installs_only_what_is_missing(programs: Path) -> None:
    fake(
        programs,
        "dpkg-query",
        'case "$*" in *nasm*) exit 1;; *gdb*) printf config-files;; esac; printf installed',
    )
    done, log = run(programs, "test")
    assert "installing with apt-get: nasm" in done.stdout
    assert log[0] == "apt-get -q update"
    assert log[1].startswith("apt-get -q install --yes --no-install-recommends nasm")
    assert log[2] == "make test"


def test_asks_for_sudo_only_when_not_root(programs: Path) -> None:
    fake(programs, "dpkg-query", "exit 1")
    fake(programs, "id", "echo 1000")
    _, log = run(programs)
    assert log.count("sudo") == 2


def test_without_sudo_there_is_a_sentence(programs: Path) -> None:
    fake(programs, "dpkg-query", "exit 1")
    fake(programs, "id", "echo 1000")
    (programs / "sudo").unlink()
    done, log = run(programs)
    assert done.returncode == 2
    assert "run this once as root" in done.stderr
    assert not log


def test_a_failed_install_is_said(programs: Path) -> None:
    fake(programs, "dpkg-query", "exit 1")
    fake(programs, "apt-get", "exit 100")
    done, _ = run(programs, "test")
    assert done.returncode == 2
    assert "apt-get update did not work" in done.stderr


@pytest.mark.skipif(not os.environ.get("POLLUX_ASK_APT"), reason="asks apt; set POLLUX_ASK_APT=1")
def test_every_package_has_a_name_that_apt_knows(programs: Path) -> None:
    fake(programs, "dpkg-query", "exit 1")
    _, log = run(programs)
    names = log[1].split("--no-install-recommends ")[1].split()
    for name in names:
        shown = subprocess.run(["apt-cache", "show", name], capture_output=True, check=False)
        assert shown.returncode == 0, name
