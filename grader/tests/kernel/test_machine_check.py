"""A machine check: the hardware says that it is broken, and the kernel says so too, on a stack of its own."""

import re
import subprocess
from pathlib import Path

import pytest
from pollux.course.tree import Tree
from pollux.machine.bochs_machine import with_orders
from pollux.machine.machine import pinned

ROOT = Tree.own().root
# A test that goes on for long enough.
ORDERS = "test=user_entry.takes_a_constant_stack_over_100000_system_calls limit=10"
MACHINE = (
    f"qemu-system-x86_64 {' '.join(pinned())} -m 128"
    " -device isa-debug-exit,iobase=0xf4,iosize=0x04 -serial null"
)


@pytest.mark.stage
def test_a_machine_check_is_reported(tmp_path: Path) -> None:
    """QEMU's monitor has bank 0 report an error that nothing can go on behind."""
    subprocess.run(["make", "-s", "stage", "LAB=1"], cwd=ROOT, check=True, capture_output=True)
    elf = ROOT / "build" / "stage-1.elf"
    iso, results, script = tmp_path / "stage.iso", tmp_path / "results.txt", tmp_path / "script.gdb"
    iso.write_bytes(with_orders(elf.with_suffix(".iso").read_bytes(), ORDERS))
    script.write_text(
        f"""set pagination off
target remote | exec {MACHINE} -serial file:{results} -cdrom {iso} -S -gdb stdio
hbreak system_call_entry
continue
delete
monitor mce 0 0 0xb200000000000000 0x5 0 0
continue
"""
    )
    command = ["gdb", "-q", "-batch", "-nx", "-x", str(script), str(elf)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    report = results.read_text()
    said = report + done.stdout + done.stderr
    assert re.search(r"^# FAULT machine check \(18\), ", report, re.MULTILINE), said
