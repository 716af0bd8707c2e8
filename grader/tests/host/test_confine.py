"""The box: no network, no other files, bounded memory, time and output. Without bubblewrap: the bounds only."""

from pathlib import Path

import pytest
from pollux.errors import GraderError
from pollux.host import confine, processes
from pollux.host.confine import Bind, Box, Limits

LIMITS = Limits(cpu_seconds=2, memory_bytes=1 << 30, file_bytes=1 << 16)
PYTHON = "/usr/bin/python3"
boxed = pytest.mark.skipif(not confine.available(), reason="bubblewrap does not work here")


def run(box: Box, log: Path, *program: str) -> processes.Finished:
    return processes.run(confine.command(box, program), log, seconds=20)


@boxed
def test_other_files_are_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for path in (secret, Path("/etc/passwd"), Path("/root"), Path("/home")):
        assert run(Box(LIMITS), tmp_path / "log", "ls", str(path)).status != 0


@boxed
def test_what_is_bound_is_read_only_unless_said(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    binds = (Bind(tmp_path / "in", Path("/in")), Bind(tmp_path / "out", Path("/out"), True))
    done = run(Box(LIMITS, binds), tmp_path / "log", "sh", "-c", "touch /out/a; touch /in/b")
    assert "Read-only" in done.output
    assert (tmp_path / "out/a").exists()


@boxed
def test_hidden_folders_look_empty(tmp_path: Path) -> None:
    (tmp_path / "tree/hidden").mkdir(parents=True)
    (tmp_path / "tree/hidden/secret").touch()
    box = Box(LIMITS, (Bind(tmp_path / "tree", Path("/tree")),), (Path("/tree/hidden"),))
    assert run(box, tmp_path / "log", "ls", "-A", "/tree/hidden").output == ""


@boxed
def test_there_is_no_network(tmp_path: Path) -> None:
    code = "import socket; print([name for _, name in socket.if_nameindex()])"
    assert run(Box(LIMITS), tmp_path / "log", PYTHON, "-c", code).output == "['lo']\n"


@pytest.mark.parametrize("bubblewrap", [pytest.param(True, marks=boxed), False])
@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "x = bytearray(2 << 30)",
        "open('f', 'wb').write(bytes(1 << 20))",
    ],
)
def test_the_bounds_hold(
    code: str, bubblewrap: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "available", lambda: bubblewrap)
    box = Box(LIMITS, (Bind(tmp_path, tmp_path, True),), directory=tmp_path)
    done = run(
        box, tmp_path / "log", PYTHON, "-c", f"import os; os.chdir({str(tmp_path)!r}); {code}"
    )
    assert done.status != 0 and not done.timed_out


def test_without_a_box_it_says_so_and_strict_refuses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(confine, "available", lambda: False)
    confine.require("grade", strict=False)
    assert "grade: bubblewrap does not work here" in capsys.readouterr().err
    with pytest.raises(GraderError, match="--strict grades nothing"):
        confine.require("grade", strict=True)


def test_with_a_box_there_is_nothing_to_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(confine, "available", lambda: True)
    confine.require("grade", strict=True)
    assert capsys.readouterr().err == ""


@boxed
def test_a_box_holds_so_many_processes(tmp_path: Path) -> None:
    done = run(Box(LIMITS), tmp_path / "log", "grep", "processes", "/proc/self/limits")
    assert done.output.split()[2] == str(confine.PROCESSES)
