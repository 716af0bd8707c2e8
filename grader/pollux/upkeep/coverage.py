"""grader/coverage: which lines and branches of the layers the tests reach.

A build with COVERAGE=1 counts in the layers' own sources, with clang's counters. On the host the compiler's runtime
writes them to a file, a raw profile. In the kernel there is no such runtime: the grader reads them from the machine's
memory at the end, where they lie between the symbols coverage_* of arch/x86_64/kernel.ld, and makes the same file of them
(LLVM 19, llvm/include/llvm/ProfileData/InstrProfData.inc, version 10).
"""

import argparse
import json
import os
import re
import struct
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..building.make import make
from ..course.lab import Lab
from ..course.tree import Tree
from ..errors import GraderError
from ..host import scratch
from ..host.toolchain import tool
from ..machine.image import Image, Part
from ..machine.machine import Machine, Orders
from ..machine.siphash import Key
from ..machine.snapshot import Snapshots

BUILD = "build/coverage"
VARIABLES = (f"BUILD={BUILD}", "COVERAGE=1")
# The labs whose tests run on the host too; a process needs ring 3.
HOSTED = (1, 2, 3, 4)
LIMIT_SECONDS = 30
KERNEL_BASE = 0xFFFFFFFF80000000
MAGIC = int.from_bytes(b"\xfflprofr\x81", "big")
VERSION = 10
LAST_VALUE_KIND = 2
# One function's record and one counter.
RECORD_BYTES, COUNTER_BYTES = 64, 8


@dataclass(frozen=True)
class Reached:
    """Of one source: lines and branches, and how many of them some test reached."""

    source: str
    lines: int
    lines_reached: int
    branches: int
    branches_reached: int


@dataclass(frozen=True)
class _Counters(Part):
    """A part of the image whose content is written to `file` when the grader looks at it; it may change."""

    file: Path

    def change(self, found: bytes) -> int | None:
        self.file.write_bytes(found)
        return None


@dataclass(frozen=True)
class _Recorded(Image):
    parts: tuple[Part, ...] = ()

    @property
    def constant_parts(self) -> tuple[Part, ...]:
        return self.parts


def _run(command: Sequence[str | Path], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, check=False
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise GraderError(f"{command[0]} does not work: {' / '.join(last)}")
    return done.stdout


def _raw_profile(content: bytes, data: int, counters: int, names: int, end: int) -> bytes:
    header = struct.pack(
        "<16Q",
        *(MAGIC, VERSION, 0),
        *((counters - data) // RECORD_BYTES, 0, (names - counters) // COUNTER_BYTES, 0, 0, 0),
        end - names,
        *((counters - data) % (1 << 64), (names - data) % (1 << 64), names),
        *(0, 0, LAST_VALUE_KIND),
    )
    return header + content + bytes(-len(header + content) % 8)


def of_kernel(tree: Tree, lab: Lab, folder: Path, say: Callable[[str], None]) -> list[Reached]:
    """What the lab's tests reach in the kernel, all in one machine."""
    make(tree, folder / "make", *VARIABLES, "stage", f"LAB={lab.number}")
    built = tree.root / BUILD
    elf, iso = built / f"stage-{lab.number}.elf", built / f"stage-{lab.number}.iso"
    symbols = Image(elf).symbols
    places = [symbols[f"coverage_{name}"][0] for name in ("data", "counters", "names", "end")]
    begin, size = places[0], places[-1] - places[0]
    seen = folder / f"memory-{lab.number}"
    image = _Recorded(elf, (_Counters(begin, begin - KERNEL_BASE, bytes(size), seen),))
    machine = Machine(iso, max(test.memory_mebibytes for test in lab.tests), image)
    orders = Orders(("lab",), 1, LIMIT_SECONDS)
    with Snapshots(Key(0, 0), folder / f"machines-{lab.number}") as machines:
        ended = machines.run(machine, orders)
    if not seen.exists():
        last = ended.console.strip().splitlines()[-3:]
        raise GraderError(
            f"lab {lab.number} does not get to the end of its tests: {' / '.join(last)}"
        )
    for name in re.findall(r"^not ok \d+ ([\w.]+)", ended.results.decode(), re.MULTILINE):
        say(f"lab {lab.number}: {name} fails where the layer counts its lines")
    raw = folder / f"kernel-{lab.number}.raw"
    raw.write_bytes(_raw_profile(seen.read_bytes(), *places))
    objects = [built / lab.folder / f"{name}.o" for name in lab.files if name.endswith(".cpp")]
    return _reached(tree, lab, raw, objects)


def of_host(tree: Tree, lab: Lab, folder: Path) -> list[Reached]:
    """What the same tests reach on the host."""
    unit = f"{BUILD}/host/unit-{lab.number}"
    make(tree, folder / "make", *VARIABLES, unit)
    raw = folder / f"host-{lab.number}.raw"
    _run([tree.root / unit, "--minimal"], LLVM_PROFILE_FILE=str(raw))
    return _reached(tree, lab, raw, [tree.root / unit])


def _reached(tree: Tree, lab: Lab, raw: Path, objects: Sequence[Path]) -> list[Reached]:
    profile = raw.with_suffix(".profile")
    _run([tool("llvm-profdata"), "merge", "-o", profile, raw])
    more = [word for each in objects[1:] for word in ("-object", str(each))]
    words = [str(objects[0]), *more, f"-instr-profile={profile}", "-summary-only"]
    document = json.loads(_run([tool("llvm-cov"), "export", *words]))
    found = []
    for file in document["data"][0]["files"]:
        for name in lab.files:
            if file["filename"].endswith(f"{lab.folder}/{name}"):
                lines, branches = file["summary"]["lines"], file["summary"]["branches"]
                found.append(
                    Reached(
                        name,
                        lines["count"],
                        lines["covered"],
                        branches["count"],
                        branches["covered"],
                    )
                )
    return found


def _share(reached: int, count: int) -> str:
    return f"{reached} of {count}" if count else "none"


def _rows(shown: Table, lab: int, where: str, found: Sequence[Reached]) -> None:
    for one in found:
        lines = _share(one.lines_reached, one.lines)
        shown.add_row(
            str(lab), one.source, where, lines, _share(one.branches_reached, one.branches)
        )


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="coverage",
        description="Lines and branches of the reference's layers that the tests reach, in the kernel and on the host.",
    )
    parser.add_argument("--lab", type=int, action="append", metavar="N", help="only this lab")
    arguments = parser.parse_args()
    tree = Tree.own()
    labs = [tree.lab(number) for number in arguments.lab] if arguments.lab else tree.labs
    shown = Table("lab", "source", "tests", "lines", "branches", title="What the tests reach")
    with scratch.folder() as folder:
        for lab in labs:
            _rows(shown, lab.number, "kernel", of_kernel(tree, lab, folder, print))
            if lab.number in HOSTED:
                _rows(shown, lab.number, "host", of_host(tree, lab, folder))
    Console().print(shown)
    return 0
