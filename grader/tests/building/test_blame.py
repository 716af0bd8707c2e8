"""What the host does to a build is nobody's zero; what our limits do is the student's."""

from pathlib import Path

import pytest
from pollux.building import blame
from pollux.errors import HostTrouble
from pollux.host import disk
from pollux.host.processes import Finished

STEP = "  CXX   labs/1-heap/heap.cpp\n"
GIVEN_UP = "make: *** [Makefile:188: /out/handin/labs/1-heap/heap.cpp.o] "


def ended(output: str, status: int = 2, *, timed_out: bool = False) -> Finished:
    return Finished(status, STEP + output, 1.0, timed_out)


HOST = {
    "killed": GIVEN_UP + "Killed",
    "killed in a shell": GIVEN_UP + "Error 137",
    "ended politely": GIVEN_UP + "Terminated",
    "no compiler": "/bin/sh: 1: clang++-19: not found\n" + GIVEN_UP + "Error 127",
    "no room": "LLVM ERROR: IO failure on output stream: No space left on device\n"
    + GIVEN_UP
    + "Error 1",
    "no room for a folder": "mkdir: cannot create directory '/out/x': No space left on device\n"
    + GIVEN_UP
    + "Error 1",
    "no output": "error: unable to open output file '/out/x.o': 'No space left on device'\n1 error generated.\n",
    "the linker's": "ld.lld: error: failed to write output '/out/stage-1.elf': No space left on device\n",
    "an object that went": "ld.lld: error: cannot open /out/handin/x.o: No such file or directory\n",
    "no word": "",
    "make's own": "make: *** read jobs pipe: Bad file descriptor.  Stop.\n",
}


@pytest.mark.parametrize("name", HOST)
def test_what_the_host_does_is_no_verdict(name: str, tmp_path: Path) -> None:
    with pytest.raises(HostTrouble):
        blame.complaint(ended(HOST[name]), 120, tmp_path)


def test_a_slow_host_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(HostTrouble) as trouble:
        blame.complaint(ended("", timed_out=True), 120, tmp_path)
    assert not trouble.value.again, "it has waited long enough"
    with pytest.raises(HostTrouble):
        blame.complaint(ended("", -9), 120, tmp_path)


STUDENTS = {
    "labs/1-heap/heap.cpp:1:9: error: expected expression\n": "expected expression",
    "labs/1-heap/heap.cpp:1:2: error: No space left on device\n": "No space left",
    "ld.lld: error: undefined symbol: heap::allocate\n": "linking: undefined symbol",
    GIVEN_UP + "CPU time limit exceeded": "limit of processor time",
    GIVEN_UP + "Error 152": "limit of processor time",
    GIVEN_UP + "Error 153": "limit of bytes",
    "LLVM ERROR: out of memory\n" + GIVEN_UP + "Error 134": "memory that its limit allows",
    "PLEASE submit a bug report to …\n" + GIVEN_UP + "Error 139": "crashed over this source",
}


@pytest.mark.parametrize("output", STUDENTS)
def test_what_the_source_does_is_the_students(output: str, tmp_path: Path) -> None:
    assert STUDENTS[output] in (blame.complaint(ended(output), 120, tmp_path) or "")


def test_nothing_is_believed_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert disk.trouble(tmp_path) is None
    monkeypatch.setattr(disk, "LEAST_BYTES", 1 << 62)
    assert "is full" in (disk.trouble(tmp_path) or "")
    with pytest.raises(HostTrouble):
        blame.complaint(ended("a.cpp:1:1: error: cut off\n"), 120, tmp_path)
    assert "is gone" in (disk.trouble(tmp_path / "nowhere") or "")
