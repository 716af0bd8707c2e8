"""An object file's symbols and sections, and its instructions as LLVM disassembles them."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from ..errors import GraderError
from ..host import confine
from ..host.toolchain import tool

LIMITS = confine.Limits(cpu_seconds=20, memory_bytes=4 << 30, file_bytes=4 << 20)
SECONDS = 60.0
PLACE = re.compile(r"^; (?P<place>.+:\d+)(?: \(discriminator.*\))?$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\s+(?P<words>[^\s#<].*?)(?:\s+#.*)?$")
RELOCATION = re.compile(r"^\s*[0-9a-f]+:\s+R_X86_64_")


@dataclass(frozen=True)
class Section:
    name: str
    flags: int  # SH_FLAGS
    bytes: int


@dataclass(frozen=True)
class Symbol:
    """One that other objects see."""

    name: str
    defined: bool
    weak: bool


@dataclass(frozen=True)
class Instruction:
    """`words` in AT&T order, `place` the line that it was made of, `linked` when the linker fills in an address."""

    words: str
    place: str
    linked: bool


@dataclass(frozen=True)
class Object:
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    instructions: tuple[Instruction, ...]


def _run(program: Sequence[str], given: str = "", files: Iterable[Path] = ()) -> str:
    binds = tuple(confine.Bind(file, file) for file in files)
    command = confine.command(confine.Box(LIMITS, binds), program)
    try:
        done = subprocess.run(
            command, input=given.encode(), capture_output=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GraderError(f"{program[0]} cannot be used: {error}") from error
    if done.returncode != 0:
        raise GraderError(f"{program[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode("utf-8", "replace")


def plain_names(names: Sequence[str]) -> dict[str, str]:
    """By symbol the name as the source has it, without parameters: `heap::allocate`."""
    if not names:
        return {}
    output = _run([tool("llvm-cxxfilt"), "--no-params"], "\n".join(names) + "\n")
    return dict(zip(names, output.splitlines(), strict=True))


def read(path: Path) -> Object:
    """What is in an object file."""
    code = _run(
        [tool("llvm-objdump"), "-d", "-l", "-r", "--no-show-raw-insn", str(path)], files=[path]
    )
    try:
        with path.open("rb") as stream:
            elf = ELFFile(stream)
            return Object(_sections(elf), _symbols(elf), tuple(_instructions(code)))
    except ELFError as error:
        raise GraderError(f"{path.name} is no object file: {error}") from error


def _sections(elf: ELFFile) -> tuple[Section, ...]:
    return tuple(
        Section(section.name, section["sh_flags"], section["sh_size"])
        for section in elf.iter_sections()
    )


def _symbols(elf: ELFFile) -> tuple[Symbol, ...]:
    table = elf.get_section_by_name(".symtab")
    return tuple(
        Symbol(
            symbol.name,
            symbol["st_shndx"] != "SHN_UNDEF",
            symbol["st_info"]["bind"] != "STB_GLOBAL",
        )
        for symbol in (table.iter_symbols() if table else ())
        if symbol.name and symbol["st_info"]["bind"] != "STB_LOCAL"
    )


def _instructions(code: str) -> Iterator[Instruction]:
    place = place_of_words = ""
    words: str | None = None
    for line in code.splitlines():
        if match := PLACE.match(line):
            place = match["place"]
        elif RELOCATION.match(line):
            if words is not None:
                yield Instruction(words, place_of_words, True)
            words = None
        elif match := INSTRUCTION.match(line):
            if words is not None:
                yield Instruction(words, place_of_words, False)
            words, place_of_words = match["words"], place
    if words is not None:
        yield Instruction(words, place_of_words, False)
