"""`make bochs`: the Bochs debugger on a stage, its symbols loaded, stopped where the tests begin."""

import argparse
import os
import re
import sys
from pathlib import Path

from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes
from ..machine import bochs

BEGIN = "test::run"
MEMORY_MEBIBYTES = 128
# Parameters in the names of a program's symbols; the Makefile has removed those of the kernel's.
PARAMETERS = re.compile(r"\((?!anonymous namespace\)).*")
# Printed at the start. With Bochs's own words it fits a terminal of 80 by 24.
HELP = """\
  s [N]  one instruction, or N       lb "heap::allocate"  break there; c  go
  n      the same, but over a call   blist, d N           breakpoints, drop one
  r, sreg, creg  registers           x /8wx rdi           memory; xp  physical
  u /12          disassemble         page 0xADDRESS       translate, rights
  bt             calls on the stack  info idt 14 14       descriptors; help
Names: u, s print the nearest; slist "heap" lists them. Ctrl-C stops, q ends.
The console: {console}; what the tests say: {results}.
"""


def prepare(
    root: Path,
    stage: Path,
    folder: Path,
    begin: str = BEGIN,
    more: str = "",
    program: Path | None = None,
) -> bochs.Files:
    """Writes what Bochs needs to `folder`. It stops at the symbol `begin`, and then does the commands `more`. The symbols
    of a `program` of ring 3 are known too."""
    image, elf = stage.with_suffix(".iso"), stage.with_suffix(".stripped.elf")
    if not image.is_file() or not elf.is_file():
        raise GraderError(f"{image} is not there: `make bochs` builds it")
    folder.mkdir(parents=True, exist_ok=True)
    files = bochs.Files(image.absolute(), folder.absolute())
    symbols = bochs.read_symbols(elf, folder / "nm")
    at = bochs.address_of(symbols, begin)
    commands = f'ldsym global "{files.symbols}"\nlb 0x{at:x}\nc\n{more}'
    if program is not None:
        if not program.is_file():
            raise GraderError(f"there is no program {program.stem} in {program.parent}")
        added = bochs.read_symbols(program, folder / "nm-program")
        symbols = [(address, PARAMETERS.sub("", name)) for address, name in added] + symbols
    files.symbols.write_text(bochs.symbol_file(symbols))
    files.commands.write_text(commands)
    text = bochs.configuration(root, files, MEMORY_MEBIBYTES, stop_at_triple_fault=True)
    files.configuration.write_text(text)
    return files


def where_begins(test: str | None) -> str:
    """The function of one test, or of all."""
    return f"test_{test.replace('.', '_')}" if test and "." in test else BEGIN


def command() -> int:
    """grader/bochs"""
    parser = argparse.ArgumentParser(
        prog="bochs", description="Start the Bochs debugger on a stage that make has built."
    )
    parser.add_argument("--lab", type=int, required=True, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("build"), help="where the stage lies")
    parser.add_argument("--test", metavar="NAME", help="the only test: stop where it begins")
    parser.add_argument("--begin", metavar="SYMBOL", help="stop there first")
    parser.add_argument(
        "--commands", type=Path, metavar="FILE", help="debugger commands to begin with"
    )
    parser.add_argument(
        "--program", type=Path, metavar="FILE", help="a program of ring 3, for its symbols"
    )
    arguments = parser.parse_args()
    try:
        more = arguments.commands.read_text() if arguments.commands else ""
    except OSError as error:
        raise GraderError(f"{arguments.commands} cannot be read: {error.strerror}") from error
    stage = arguments.out / f"stage-{arguments.lab}"
    folder = arguments.out / "bochs"
    begin = arguments.begin or where_begins(arguments.test)
    files = prepare(Tree.own().root, stage, folder, begin, more, arguments.program)
    print(HELP.format(console=folder / "console", results=folder / "results"), end="")
    sys.stdout.flush()
    return run(files)


def run(files: bochs.Files) -> int:
    """Runs Bochs on this terminal. Its log goes to a file, so that the terminal is left to the debugger."""
    program = bochs.command(files, window=bool(os.environ.get("DISPLAY")))
    with (files.folder / "messages").open("wb") as messages:
        try:
            status = processes.in_foreground(program, messages)
        except FileNotFoundError as error:
            raise GraderError("Bochs is not installed; `grader/setup` installs it") from error
    # Bochs also leaves with 1 when the kernel has switched it off.
    return 0 if status in (0, 1) else status
