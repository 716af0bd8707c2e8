"""An NMI at the worst moments: where the stack or GS is still, or already, ring 3's.

gdb stops the machine there, QEMU's monitor injects the NMI, and the kernel's report of it must come out whole: it runs
on a stack of its own, and finds this core's data whatever GS was.
"""

import re
import subprocess
from pathlib import Path

import pytest
from pollux.course.tree import Tree
from pollux.machine.bochs_machine import with_orders
from pollux.machine.machine import pinned

ROOT = Tree.own().root
ORDERS = "test=user_mode.keeps_registers_over_system_calls limit=10"
MACHINE = (
    f"qemu-system-x86_64 {' '.join(pinned())} -m 128"
    " -device isa-debug-exit,iobase=0xf4,iosize=0x04 -serial null"
)

# Steps on until an instruction of that name is next.
STEP_TO = """python
def step_to(name):
    while gdb.execute("x/i $pc", to_string=True).split(":")[1].split()[0] != name:
        gdb.execute("stepi", to_string=True)
end
"""

# Where it stops, what it does there, and what the report says of the place.
MOMENTS = {
    "in ring 3": ("*0x10000", "", r"rip=0x10000 in ring 3"),
    "before ring 3, GS swapped": ("user_run", 'python step_to("iretq")', r"user_run\.by_iretq\+"),
    "after syscall": ("system_call_entry", "", r"system_call_entry\+0x0,"),
    "GS swapped, the user's stack": ("system_call_entry", "stepi", r"system_call_entry\+0x3,"),
    "the context for a stack": ("system_call_entry", "stepi 4", r"system_call_entry\+0x1"),
    "before sysret, the user's stack": (
        "system_call_entry",
        'tbreak user_run\ncontinue\npython step_to("swapgs")',
        r"user_run(\.leave)?\+",
    ),
    "at sysret, GS swapped": (
        "system_call_entry",
        'tbreak user_run\ncontinue\npython step_to("sysretq")',
        r"user_run(\.leave)?\+",
    ),
}


@pytest.fixture(scope="module")
def stage() -> Path:
    subprocess.run(["make", "-s", "stage", "LAB=1"], cwd=ROOT, check=True, capture_output=True)
    return ROOT / "build" / "stage-1.elf"


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_nmi_is_reported(stage: Path, tmp_path: Path, moment: str) -> None:
    place, steps, said = MOMENTS[moment]
    results = tmp_path / "results.txt"
    script = tmp_path / "script.gdb"
    iso = tmp_path / "stage.iso"
    iso.write_bytes(with_orders(stage.with_suffix(".iso").read_bytes(), ORDERS))
    commands = f"""set pagination off
{STEP_TO}target remote | exec {MACHINE} -serial file:{results} -cdrom {iso} -S -gdb stdio
hbreak {place}
continue
delete
{steps}
hbreak trap_dispatch
monitor nmi
continue
printf "GS %lx\\n", $gs_base
continue
"""
    script.write_text(commands)
    command = ["gdb", "-q", "-batch", "-nx", "-x", str(script), str(stage)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    report = results.read_text()
    assert re.search(rf"^# HANG .*{said}", report, re.MULTILINE), report + done.stdout + done.stderr
    # What it found there by GS is this core's, in the kernel's half.
    assert re.search(r"^GS ffffffffc0000000$", done.stdout, re.MULTILINE), done.stdout
