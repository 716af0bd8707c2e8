"""An object file's symbols, sections and instructions, as LLVM's tools print them."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    kind: str  # SHT_PROGBITS
    flags: frozenset[str]  # SHF_ALLOC, SHF_WRITE
    bytes: int


@dataclass(frozen=True)
class Symbol:
    name: str
    defined: bool
    weak: bool
    kind: str  # Function, Object, None


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
    listed = _run(
        [tool("llvm-readelf"), "--elf-output-style=JSON", "-S", "-s", str(path)], files=[path]
    )
    document = json.loads(listed)[0]
    code = _run(
        [tool("llvm-objdump"), "-d", "-l", "-r", "--no-show-raw-insn", str(path)], files=[path]
    )
    return Object(tuple(_sections(document)), tuple(_symbols(document)), tuple(_instructions(code)))


def _sections(document: dict[str, list[dict[str, dict[str, object]]]]) -> Iterator[Section]:
    for entry in document["Sections"]:
        section: dict[str, dict[str, object]] = entry["Section"]  # type: ignore[assignment]
        flags = section["Flags"]["Flags"]
        assert isinstance(flags, list)
        yield Section(
            str(section["Name"]["Name"]),
            str(section["Type"]["Name"]),
            frozenset(str(flag["Name"]) for flag in flags),
            int(str(section["Size"])),
        )


def _symbols(document: dict[str, list[dict[str, dict[str, object]]]]) -> Iterator[Symbol]:
    for entry in document["Symbols"]:
        symbol: dict[str, dict[str, object]] = entry["Symbol"]  # type: ignore[assignment]
        if symbol["Binding"]["Name"] == "Local" or not symbol["Name"]["Name"]:
            continue
        yield Symbol(
            str(symbol["Name"]["Name"]),
            symbol["Section"]["Value"] != 0,
            symbol["Binding"]["Name"] != "Global",
            str(symbol["Type"]["Name"]),
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
