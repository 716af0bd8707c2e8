"""`make gdb`, `make replay` and `make gdb-server`: gdb on a stage in QEMU, with commands that know the kernel."""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes
from ..machine import bochs
from ..machine.machine import SHIFT, Orders
from .bochs_command import where_begins
from .replay import Debugged

# How many lines of the console are shown at the end of a recorded run, to fit a terminal of 80 by 24.
CONSOLE_LINES = 14
WIDTH = 79
REGISTERS = re.compile(r"^r\w+ ?=[0-9a-f]{16} ")
END = "kernel::leave"
HINT = """\
Recorded, and stopped where the run ended. From here it goes back:
  rsi, rs, rn                  an instruction, a line, a line over calls
  fault                        to the instruction that faulted
  break FUNCTION, then rc      to its last call
  watch -l POINTER->x, then rc who wrote there last?
"""
COMMANDS = """\
The kernel's own commands: events, event N, runqueue, sleepers, wakers, heap;
of stage 5: processes, user-symbols. `help events` explains one. Ctrl-C stops.
"""
# An editor waits for this line.
WAITS = "QEMU waits for gdb at localhost"
RESET = """\
Recorded. The machine reset itself: a fault while it handled a fault. It is stopped
where the tests begin; break FUNCTION, c, and from there on it goes back too (rsi, rs, rn, rc).
"""


def orders_for(tree: Tree, lab: int, test: str | None) -> Orders:
    """The orders that the grader gives, with the same limit, so that the run is the same. All tests of a lab get the
    longest limit of them."""
    tests = [each for each in tree.lab(lab).tests if test in (None, each.name)]
    words = (test or "lab",)
    if not tests:
        return Orders(words)
    return Orders(words, limit_seconds=max(each.limit_seconds for each in tests))


def begin_of(elf: Path, folder: Path, test: str | None) -> str:
    """The function to stop at first."""
    name = where_begins(test)
    symbols = bochs.read_symbols(elf, folder / "nm")
    if not any(whole.partition("(")[0] == name for _, whole in symbols):
        raise GraderError(f"this stage has no test {test}")
    return name


def gdb(elf: Path, begin: str, more: Sequence[str]) -> int:
    """gdb on this terminal. `begin` is a call of gdb_pollux.session."""
    package = str(Path(__file__).resolve().parents[2])
    load = f"python import sys; sys.path.insert(0, {package!r}); import gdb_pollux"
    words = ["gdb", "-q", str(elf)]
    for each in (load, f"python gdb_pollux.session.{begin}"):
        words += ["-ex", each]
    try:
        return processes.in_foreground([*words, *more])
    except FileNotFoundError as error:
        raise GraderError("gdb is not installed; `grader/setup` installs it") from error


def behind_a_pipe(debugged: Debugged, machine: Sequence[str]) -> str:
    """The shell command for a machine that ends when gdb does. QEMU's messages go to its log."""
    program = shlex.join(["setpriv", "--pdeathsig", "KILL", *machine, "-S", "-gdb", "stdio"])
    return f"exec 2> {shlex.quote(str(debugged.log))} {program}"


def show_end(debugged: Debugged) -> None:
    """The last lines of the console, without registers, which gdb shows better."""
    text = debugged.console.read_text("utf-8", "backslashreplace")
    lines = [line for line in text.splitlines() if not REGISTERS.match(line)]
    for line in lines[-CONSOLE_LINES:]:
        print(line[:WIDTH])


def replay(debugged: Debugged, elf: Path, begin: str, more: Sequence[str]) -> int:
    """Records the run, and opens gdb at its end."""
    left = debugged.record()
    show_end(debugged)
    print(HINT if left else RESET, end="", flush=True)
    machine = behind_a_pipe(debugged, debugged.replay("replay"))
    return gdb(elf, f"replay({machine!r}, {begin!r}, {(END if left else None)!r})", more)


def command() -> int:
    """grader/gdb"""
    parser = argparse.ArgumentParser(
        prog="gdb", description="Start gdb on a stage that make has built, in QEMU."
    )
    parser.add_argument("--lab", type=int, required=True, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("build"), help="where the stage lies")
    parser.add_argument("--test", metavar="NAME", help="the only test: stop where it begins")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--replay", action="store_true", help="record the run, and stop at its end")
    how.add_argument(
        "--server", type=int, metavar="PORT", help="no gdb: wait for one at this port of localhost"
    )
    parser.add_argument("more", nargs="*", metavar="-- WORDS", help="for gdb itself")
    arguments = parser.parse_args()
    stage = arguments.out.absolute() / f"stage-{arguments.lab}"
    elf, iso = stage.with_suffix(".elf"), stage.with_suffix(".iso")
    if not elf.is_file() or not iso.is_file():
        raise GraderError(f"{iso} is not there: `make gdb` builds it")
    orders = orders_for(Tree.own(), arguments.lab, arguments.test)
    folder = arguments.out.absolute() / ("replay" if arguments.replay else "gdb")
    debugged = Debugged.write(folder, iso, orders)
    begin = begin_of(elf, folder, arguments.test)
    if arguments.replay:
        return replay(debugged, elf, begin, arguments.more)
    if arguments.server is not None:
        print(f"{WAITS}:{arguments.server}", flush=True)
        program = [*debugged.run(), "-S", "-gdb", f"tcp:127.0.0.1:{arguments.server}"]
        os.execvp(program[0], program)
    print(COMMANDS, end="", flush=True)
    machine = behind_a_pipe(debugged, debugged.run())
    return gdb(elf, f"start({machine!r}, {begin!r})", arguments.more)
