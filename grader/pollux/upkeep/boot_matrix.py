"""grader/boot-matrix: the kernel booted in machines of every kind, in QEMU and in Bochs.

Verdicts are about one machine (arch/x86_64/qemu.args); the kernel promises more: any PC with long mode and no-execute
pages. Each row is such a machine, or one that must be refused with a sentence. What a machine is asked for is the same
everywhere: some tests of what the kernel is made of, in one boot.
"""

import argparse
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..building.stage import Bases
from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes, scratch
from ..machine import bochs
from ..machine.bochs_machine import with_orders
from ..machine.machine import SHIFT, pinned, status_of

# Interrupts of the clock and of the console, ring 3 and its faults, page tables and memory.
TESTS = (
    "interrupts",
    "clock",
    "user_entry",
    "user_segments",
    "user_vectors",
    "page_table",
    "frame",
)
SECONDS = 120.0
SUCCESS = status_of(0x2A)
PASSED = re.compile(r"^# END ran=(\d+) passed=(\d+)", re.MULTILINE)
NO_LONG_MODE = "pollux: this processor has no long mode with no-execute pages"


@dataclass(frozen=True)
class Row:
    """One machine: QEMU's options, which replace the pinned ones of the same name, or a processor of Bochs."""

    name: str
    options: str = ""
    bochs: str | None = None
    memory_mebibytes: int = 128
    # What the kernel says instead of running its tests.
    refuses: str | None = None
    # In `make test` too.
    short: bool = False


def _processors() -> Iterable[Row]:
    for model in (
        *("qemu64", "kvm64", "core2duo", "Conroe", "Nehalem", "SandyBridge", "Haswell"),
        *("Skylake-Client", "Icelake-Server", "Opteron_G1", "phenom", "EPYC", "EPYC-Milan"),
    ):
        yield Row(f"qemu {model}", f"-cpu {model},-x2apic", short=model in ("core2duo", "phenom"))
    for model in (
        *("p4_prescott_celeron_336", "athlon64_clawhammer", "phenom_8650_toliman"),
        *("core2_penryn_t9600", "corei5_lynnfield_750", "corei7_sandy_bridge_2600k", "ryzen"),
        *("corei7_haswell_4770", "corei7_skylake_x", "tigerlake"),
    ):
        yield Row(f"bochs {model}", bochs=model, short=model in ("athlon64_clawhammer", "ryzen"))
    yield Row("qemu without no-execute", "-cpu qemu64,-nx", refuses=NO_LONG_MODE, short=True)
    yield Row("qemu pentium3", "-cpu pentium3", refuses=NO_LONG_MODE)


ROWS = (
    Row("as pinned"),
    *_processors(),
    Row("q35", "-machine q35", short=True),
    Row("q35, 4 cores", "-machine q35 -smp 4"),
    Row("pc of today", "-machine pc"),
    Row("no HPET, 4 cores", "-machine pc,hpet=off -smp 4"),
    Row("no ACPI", "-machine pc,acpi=off", short=True),
    Row("no ACPI, 4 cores", "-machine pc,acpi=off -smp 4"),
    Row("no serial port", "-serial none -serial none", short=True),
    Row("no second serial port", "-serial none"),
    Row("12 MiB", memory_mebibytes=12, short=True),
    Row("16 MiB", memory_mebibytes=16),
    Row("2 GiB", memory_mebibytes=2048),
    Row("6 GiB, q35", "-machine q35", memory_mebibytes=6144, short=True),
    Row("bochs, 32 MiB", bochs=bochs.PROCESSOR, memory_mebibytes=32),
    Row("bochs, 1 GiB", bochs=bochs.PROCESSOR, memory_mebibytes=1024),
)


def _options(row: Row) -> list[str]:
    """The pinned options, less those that the row brings itself."""
    own = row.options.split()
    kept: list[str] = []
    words = iter(pinned())
    for word in words:
        takes_one = word in ("-accel", "-machine", "-cpu", "-vga", "-display")
        pair = [word, next(words)] if takes_one else [word]
        if word not in own:
            kept += pair
    return kept + own


def _run_qemu(row: Row, iso: Path, orders: str, folder: Path) -> tuple[bool, str]:
    """Time is counted in instructions, so a loaded host changes nothing."""
    ports = 2 - row.options.split().count("none")
    files = [word for port in range(ports) for word in ("-serial", f"file:{folder}/port-{port}")]
    command = [
        *("qemu-system-x86_64", *_options(row), "-m", str(row.memory_mebibytes)),
        *("-icount", f"shift={SHIFT},sleep=off", "-rtc", "clock=vm,base=2026-01-01T00:00:00"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-cdrom", str(iso), "-boot", "d"),
        *("-fw_cfg", f"name=opt/pollux/orders,string={orders} shift={SHIFT}", *files),
    ]
    if row.refuses is not None:
        # It halts for good.
        command = ["timeout", "10", *command]
    done = processes.run(command, folder / "qemu", seconds=SECONDS)
    said = "".join((folder / f"port-{port}").read_text(errors="replace") for port in range(ports))
    if row.refuses is not None:
        return row.refuses in said, said
    return done.status == SUCCESS, said + done.output


def _run_bochs(row: Row, iso: Path, orders: str, folder: Path) -> tuple[bool, str]:
    image = folder / "stage.iso"
    image.write_bytes(with_orders(iso.read_bytes(), orders))
    files = bochs.Files(image, folder)
    words = bochs.configuration(
        Tree.own().root, files, row.memory_mebibytes, processor=row.bochs or bochs.PROCESSOR
    )
    files.configuration.write_text(words)
    files.commands.write_text("c\nq\n")
    done = processes.run(bochs.command(files), folder / "bochs", seconds=SECONDS)
    results = folder / "results"
    said = results.read_text(errors="replace") if results.exists() else done.output
    end = PASSED.search(said)
    return end is not None and end[1] == end[2], said


def run(row: Row, iso: Path, folder: Path) -> str | None:
    """None when the machine does as it should; else what it said."""
    folder.mkdir()
    orders = " ".join(["limit=30", *(f"test={name}" for name in TESTS)])
    good, said = (_run_bochs if row.bochs else _run_qemu)(row, iso, orders, folder)
    shutil.rmtree(folder)
    return None if good else said or "it said nothing"


def stage(tree: Tree, folder: Path) -> Path:
    """The last stage's image, up to date."""
    lab = tree.labs[-1]
    Bases().ensure(tree, lab, folder / "make", lambda: None)
    return tree.root / f"build/stage-{lab.number}.iso"


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="boot-matrix", description="Boot the kernel in machines of every kind."
    )
    parser.add_argument("--short", action="store_true", help="those of `make test` only")
    parser.add_argument("row", nargs="*", help="only these, by their names")
    arguments = parser.parse_args()
    names = {row.name for row in ROWS}
    if unknown := [name for name in arguments.row if name not in names]:
        raise GraderError(f"there is no machine {unknown[0]!r}: {', '.join(sorted(names))}")
    chosen = [row for row in ROWS if row.short or not arguments.short]
    if arguments.row:
        chosen = [row for row in ROWS if row.name in arguments.row]
    failed = 0
    with scratch.folder() as folder:
        iso = stage(Tree.own(), folder)
        for number, row in enumerate(chosen):
            said = run(row, iso, folder / str(number))
            failed += said is not None
            print(f"  {'ok' if said is None else 'FAIL':5} {row.name}", flush=True)
            for line in (said or "").splitlines()[-8:]:
                print(f"        {line}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0
