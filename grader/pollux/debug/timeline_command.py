"""`make timeline`: draws what happened to every event of a test, of all tests of a lab, or of a kernel that lives."""

import argparse
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..building import symbols
from ..course.lab import Lab, Test
from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes, scratch
from ..machine.image import Image
from ..machine.machine import LEAVES, SHIFT, Orders, qemu
from ..timeline import page, recorded, records, terminal
from ..timeline.events import as_trace_events
from ..timeline.picture import NO_TEST, Picture, Place

# Labs without events.
FIRST_LAB = 2
# What a page of many tests holds of each; one test is drawn whole.
MOST_OF_EACH = 5000
MEMORY_MEBIBYTES = 512
# A kernel that lives does so in real time, as in `make run`.
LIVE_MEBIBYTES = 128


def command() -> int:
    """grader/timeline"""
    parser = argparse.ArgumentParser(
        prog="timeline", description="Draw the run of a traced stage that make has built."
    )
    parser.add_argument("--lab", type=int, required=True, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("build/trace"), help="where it lies")
    parser.add_argument("--test", metavar="NAME", help="only this test")
    parser.add_argument("--live", action="store_true", help="boot it on this terminal, then draw")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    tree = Tree.own()
    lab = tree.lab(arguments.lab)
    if lab.number < FIRST_LAB:
        raise GraderError(
            f"lab {lab.number} has no events to draw; `make demo LAB={lab.number}` shows its heap"
        )
    stage = arguments.out.absolute() / f"stage-{lab.number}"
    elf, iso = stage.with_suffix(".elf"), stage.with_suffix(".iso")
    if not elf.is_file() or not iso.is_file():
        raise GraderError(f"{iso} is not there: `make timeline` builds it")
    image = Image(elf)
    with scratch.folder() as folder:

        def find(addresses: Sequence[int]) -> Mapping[int, Place]:
            found = symbols.sources(elf, addresses, tree.root, folder / "symbols")
            return {at: Place(each.function, each.line) for at, each in found.items()}

        if arguments.live:
            name = f"stage-{lab.number}"
            recording = _live(iso, image, folder)
            drawn = recorded.pictures(recording, image, find)
        else:
            name = arguments.test or f"lab-{lab.number}"
            tests = _tests(lab, arguments.test)
            drawn = _of_tests(lab, tests, iso, image, folder, arguments.seed, find)
    if not drawn:
        raise GraderError("nothing was recorded: the run ended before any event was created")
    _show(drawn, name)
    _write(tree.root / "build/timeline", name, f"Lab {lab.number}: {name}", drawn)
    return 0


def _tests(lab: Lab, name: str | None) -> list[Test]:
    if name is None:
        return list(lab.tests)
    if (test := lab.test(name)) is None:
        near = difflib.get_close_matches(name, [test.name for test in lab.tests], 3, 0.4)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise GraderError(f"lab {lab.number} has no test {name}{meant}")
    return [test]


def _of_tests(
    lab: Lab,
    tests: Sequence[Test],
    iso: Path,
    image: Image,
    folder: Path,
    seed: int,
    find: recorded.Find,
) -> list[Picture]:
    """A picture of each, which was run in a machine of its own."""
    drawn: list[Picture] = []
    most = None if len(tests) == 1 else MOST_OF_EACH
    with recorded.Recorder(iso, image, folder / "machines") as recorder:
        for test in tests:
            orders = Orders((test.name,), seed, test.limit_seconds)
            memory = max(MEMORY_MEBIBYTES, test.memory_mebibytes)
            ended, recording = recorder.run(orders, memory)
            found = recorded.pictures(recording, image, find, most)
            # What happened before and after the test is nobody's.
            drawn += [replace(each, name=test.name) for each in found if each.name != NO_TEST]
            if len(tests) == 1:
                print(_ending(ended.results.decode("utf-8", "backslashreplace")))
    return drawn


def _ending(results: str) -> str:
    """How the kernel itself ended the run, in a line."""
    lines = [line.removeprefix("# ") for line in results.splitlines()]
    for pattern in (r"PANIC|FAULT|HANG|LIMIT|NOT WRITTEN", r"TRACE|LEAK|FAIL", r"ok|not ok"):
        for line in lines:
            if re.match(rf"(?:{pattern})\b", line):
                return f"The run: {re.sub(r' tag=.*', '', line)}"
    return "The run ended without a word."


def _live(iso: Path, image: Image, folder: Path) -> records.Recording:
    """Boots the stage on this terminal, and reads its memory when it has ended."""
    memory = folder / "memory"
    program = qemu(iso, LIVE_MEBIBYTES, LEAVES)
    at = program.index("-icount")
    del program[at : at + 2]
    at = program.index("-rtc")
    del program[at : at + 2]
    program += [
        "-object",
        f"memory-backend-file,id=m,mem-path={memory},size={LIVE_MEBIBYTES}M,share=on",
    ]
    program += ["-machine", "memory-backend=m", "-serial", "mon:stdio", "-action", "panic=none"]
    processes.in_foreground(program)
    with memory.open("rb") as file:

        def read(begin: int, size: int) -> bytes:
            file.seek(begin)
            return file.read(size)

        return records.read(read, image)


def _show(drawn: Sequence[Picture], name: str) -> None:
    if len(drawn) == 1:
        print("\n".join(terminal.lines(drawn[0])))
        return
    broken = [picture for picture in drawn if picture.faults]
    for picture in broken:
        print(f"{picture.name}: {picture.faults[0].rule}")
    print(f"{len(drawn)} runs drawn, {len(broken)} of them broke a rule")


def _write(folder: Path, name: str, title: str, drawn: Sequence[Picture]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f"{name}.html"
    whole.write_text(page.as_html(title, drawn), encoding="utf-8")
    print(f"\nThe drawing:                {_short(whole)}")
    if len(drawn) == 1:
        other = folder / f"{name}.trace.json"
        other.write_text(as_trace_events(drawn[0]), encoding="utf-8")
        print(f"For Perfetto or speedscope: {_short(other)}")


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
