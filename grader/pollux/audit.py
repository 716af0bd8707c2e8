"""The audit of a student's layer before it is linked: it names only what its contract offers, defines only what it
should, and holds nothing that plain C++ has no need of. What it finds is refused, with the line in the source.

It cannot follow computed addresses: what keeps those from harm is in handouts/grader.md, "What can be forged".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import intermediate, objects
from .intermediate import Module
from .lab import Lab
from .objects import Instruction, Object, Section, Symbol

# What every layer may call: assertions, the console's log, what the compiler itself calls, interrupts off and on.
COMMON = (
    *("kernel::panic_text", "kernel::not_written", "kernel::format_arguments"),
    *("kernel::console_write", "arch::interrupts_enabled", "arch::enable_interrupts"),
    *("arch::disable_interrupts", "arch::in_interrupt_handler"),
    *("memcpy", "memmove", "memset", "memcmp", "memchr", "strlen"),
    *("abort", "__cxa_pure_virtual", "std::__throw_out_of_range_fmt"),
)
# Folders of headers that are the harness's or the machine's, and no layer's.
CLOSED = ("kernel/test/", "kernel/stage/", "arch/x86_64/", "arch/host/", "labs/", "grader/")

SECTION = re.compile(r"\.(?:text|rodata|data|bss|data\.rel\.ro)(?:\.[\w.$]+)?")
FLAGS = {
    ".text": {"SHF_ALLOC", "SHF_EXECINSTR"},
    ".rodata": {"SHF_ALLOC"},
    ".data": {"SHF_ALLOC", "SHF_WRITE"},
    ".bss": {"SHF_ALLOC", "SHF_WRITE"},
}
HARMLESS_FLAGS = {"SHF_MERGE", "SHF_STRINGS", "SHF_GROUP"}
# Of sections that are not loaded, what the linker and debuggers want. Others tell the linker what to do.
UNLOADED = re.compile(
    r"|\.strtab|\.shstrtab|\.symtab|\.rela\..+|\.group|\.debug_\w+|\.comment|\.note\.GNU-stack|\.llvm_addrsig"
)
CONSTRUCTORS = re.compile(r"\.(?:init_array|fini_array|ctors|dtors|preinit_array)\b.*")

# What clang makes of plain C++ without floating point. Whatever is not here reaches the machine behind the kernel.
CONDITION = "(?:n?[abceglopsz]|n?[abgl]e|p[eo])"
ORDINARY = re.compile(
    r"(?:mov|movabs|lea|add|sub|adc|sbb|cmp|test|and|or|xor|not|neg|inc|dec|i?mul|i?div|sh[lr]d?|sa[lr]|ro[lr]|rc[lr]"
    r"|bt[crs]?|bs[fr]|bswap|[tl]zcnt|popcnt|xchg|xadd|cmpxchg|push|pop|leave|ret|call|jmp|nop|movbe"
    r"|movs|stos|lods|cmps|scas)[bwlq]?"
    rf"|set{CONDITION}|cmov{CONDITION}[wlq]|j{CONDITION}|cmpxchg(?:8|16)b|mov[sz][bwl][wlq]"
    r"|c[wlq]t[ldoq]|cbtw|ud[12][wlq]?|int3|pause|[lms]fence|prefetch\w*|endbr64|cld|[sl]ahf"
    r"|(?:andn|bls[ir]|blsmsk|bextr|bzhi|pdep|pext|rorx|sarx|shlx|shrx|mulx|adcx|adox)[lq]?"
)
PREFIXES = frozenset(("lock", "rep", "repe", "repne", "repz", "repnz", "notrack", "data16"))
SPECIAL_REGISTER = re.compile(r"%(?:[cdefgs]s|[cdt]r\d+)\b")
NUMBER = re.compile(r"(?<![\w%])(-?0x[0-9a-f]+)\b")

INLINE_ASSEMBLY = re.compile(
    r"^  (?:%\S+ = )?(?:(?:tail|musttail|notail) )?(?:call|callbr|invoke) .*?\basm "
    r'(?:\w+ )*"(?P<text>[^"]*)"'
)
INTRINSICS = {
    "llvm.returnaddress": "the return address",
    "llvm.addressofreturnaddress": "the place of the return address",
    "llvm.frameaddress": "the address of its own stack frame",
    "llvm.sponentry": "the stack pointer",
    "llvm.read_register": "a machine register",
    "llvm.read_volatile_register": "a machine register",
    "llvm.write_register": "a machine register",
    "llvm.eh.": "a jump out of its callers",
    "llvm.readcyclecounter": "the time-stamp counter",
    "llvm.readsteadycounter": "the time-stamp counter",
    "llvm.thread.pointer": "a segment register",
}
OWN_SECTION = re.compile(r'\bsection "(?P<name>[^"]*)"')
# Of code that runs before the kernel begins, which is refused as such, and of what is [[gnu::used]].
COMPILERS_SECTIONS = (".text.startup", "llvm.metadata")
CONSTANT = re.compile(r"\bi64 (-?\d+)\b")

# Addresses that a layer has no business to know (arch/x86_64/layout.hpp): it is given every address that it needs.
WORD = 1 << 64
PLACES = (
    (0xFFFF_8000_0000_0000, 0xFFFF_8100_0000_0000, "all memory, at its physical address"),
    (0xFFFF_E000_0000_0000, 0xFFFF_E001_0000_0000, "the devices' registers"),
    (0xFFFF_FFFF_8010_0000, 0xFFFF_FFFF_8100_0000, "the kernel's own image"),
)


@dataclass(frozen=True)
class Refusal:
    """One thing that a layer may not hold."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True)
class Built:
    """What the build left of one source: its object, the compiler's view of it, the list of headers that it read."""

    lab: Lab
    name: str
    folder: Path

    @property
    def source(self) -> str:
        return f"{self.lab.folder}/{self.name}"

    def file(self, suffix: str) -> Path:
        return self.folder / self.lab.folder / f"{self.name}.{suffix}"


def audit(layers: Sequence[Built], given: frozenset[str]) -> list[Refusal]:
    """What is to be refused in the layers. `given` are the symbols that the kernel and its tests define."""
    files = {built: objects.read(built.file("o")) for built in layers}
    names = {symbol.name for file in files.values() for symbol in file.symbols}
    plain = objects.plain_names(sorted(names | given))
    # What one file of a layer defines, another may use.
    own = {symbol.name for file in files.values() for symbol in file.symbols if symbol.defined}
    found: list[Refusal] = []
    for built, file in files.items():
        module = intermediate.read(built.file("ll"))
        rules = _Rules(built, file, module, plain)
        found += rules.includes()
        found += rules.statements()
        found += rules.sections()
        found += rules.symbols(given, own)
        found += rules.instructions()
    return list(dict.fromkeys(found))


class _Rules:
    def __init__(self, built: Built, file: Object, module: Module, plain: dict[str, str]) -> None:
        self.lab = built.lab
        self.source = built.source
        self.headers = built.file("d").read_text("utf-8", "replace")
        self.file = file
        self.module = module
        self.plain = plain

    def _refuse(self, statement: intermediate.Statement, sentence: str) -> Refusal:
        return Refusal(self.module.place(statement, self.source), sentence)

    def includes(self) -> Iterator[Refusal]:
        """Headers of the kernel's that are no layer's, and files from outside the tree."""
        words = self.headers.replace("\\\n", " ").partition("\n")[0].partition(":")[2].split()
        for word in dict.fromkeys(words):
            name = word.removeprefix("./")
            if name.endswith(self.source) or name.startswith(f"{self.lab.folder}/"):
                continue
            if name.startswith(CLOSED):
                yield Refusal(self.source, f"includes {name}, which is not a layer's to use")
            elif name.startswith(("/", "../")):
                yield Refusal(self.source, f"includes {name}, which lies outside the tree")

    def statements(self) -> Iterator[Refusal]:
        """What the compiler's view of the source shows."""
        for text in self.module.assembly:
            yield Refusal(
                self.source, f"assembly at file scope ({text}); assembly belongs to arch/"
            )
        for statement in self.module.statements:
            text = statement.text
            if match := INLINE_ASSEMBLY.match(text):
                shown = match["text"].replace("\\0A", "; ").replace("\\09", "").strip()
                sentence = f'inline assembly ("{shown}"); the machine is reached by arch/*.hpp only'
                yield self._refuse(statement, sentence)
            for name in statement.names():
                if not name.startswith("llvm.") or not text.startswith("  "):
                    continue
                for start, what in INTRINSICS.items():
                    if name.startswith(start):
                        yield self._refuse(statement, f"asks for {what}")
            if match := OWN_SECTION.search(text):
                if match["name"] not in COMPILERS_SECTIONS and not text.startswith("  "):
                    yield self._refuse(statement, f'asks for the section "{match["name"]}"')
            if statement.owner == "llvm.global_ctors":
                yield from self._constructors(statement)
            if not text.startswith("  ") and re.search(r"\b(?:thread_local|ifunc)\b", text):
                yield self._refuse(statement, "a variable of a thread, or an indirect function")
            for match in CONSTANT.finditer(text):
                if (where := _place_of_address(int(match[1]) % WORD)) is not None:
                    sentence = f"a fixed address, {int(match[1]) % WORD:#x}: that is {where}"
                    yield self._refuse(statement, sentence)

    def _constructors(self, statement: intermediate.Statement) -> Iterator[Refusal]:
        for name in statement.names():
            if name == "llvm.global_ctors":
                continue
            inner = [
                each
                for each in self.module.statements
                if each.owner == name and "__cxx_global_var_init" in each.text
            ]
            called = [other for each in inner for other in each.names() if other != name]
            for function in called or [name]:
                place = self.module.place_of_definition(function, self.source)
                yield Refusal(
                    place,
                    "runs code before the kernel begins (a constructor); nothing calls it: make it constinit",
                )

    def sections(self) -> Iterator[Refusal]:
        for section in self.file.sections:
            if CONSTRUCTORS.fullmatch(section.name):
                continue  # the compiler's view has the line
            if not _is_ordinary(section):
                yield Refusal(self.source, f"an odd section, {section.name or 'without a name'}")

    def symbols(self, given: frozenset[str], own: set[str]) -> Iterator[Refusal]:
        allowed = {*COMMON, *self.lab.uses, *self.lab.defines}
        spaces = tuple(name.removesuffix("*") for name in allowed if name.endswith("::*"))
        for symbol in self.file.symbols:
            name = self.plain[symbol.name]
            if symbol.defined:
                # A template or an inline function of a header is the same everywhere: the kernel's own copy is linked.
                if symbol.weak and not self._is_written_here(symbol):
                    continue
                if symbol.name in given and name not in self.lab.defines:
                    place = self.module.place_of(symbol.name, self.source)
                    yield Refusal(place, f"defines {name}, which is the kernel's")
            elif symbol.name in own or name in allowed or name.startswith(spaces):
                continue
            else:
                place = self.module.place_of(symbol.name, self.source)
                yield Refusal(place, f"uses {name}, which is not in the contract of this lab")

    def _is_written_here(self, symbol: Symbol) -> bool:
        for statement in self.module.statements:
            if statement.owner == symbol.name and not statement.text.startswith("  "):
                location = self.module.location(statement.debug)
                return location is not None and location[0] == self.source
        return False

    def instructions(self) -> Iterator[Refusal]:
        for instruction in self.file.instructions:
            place = instruction.place.rpartition("/./")[2]
            place = place[max(0, place.find(self.source)) :]
            if not _is_plain(instruction):
                words = " ".join(instruction.words.split())
                yield Refusal(place, f"the instruction `{words}`, which no layer needs")
            elif not instruction.linked and (where := _fixed_address(instruction)) is not None:
                yield Refusal(place, f"a fixed address (`{instruction.words}`): that is {where}")


def _is_ordinary(section: Section) -> bool:
    if "SHF_ALLOC" not in section.flags:
        return section.bytes == 0 or UNLOADED.fullmatch(section.name) is not None
    if not SECTION.fullmatch(section.name):
        return False
    flags = next(flags for start, flags in FLAGS.items() if section.name.startswith(start))
    return section.flags - HARMLESS_FLAGS == flags


def _is_plain(instruction: Instruction) -> bool:
    words = instruction.words.split()
    while words and words[0] in PREFIXES:
        words.pop(0)
    if not words:  # a prefix that is printed on a line of its own
        return True
    if not ORDINARY.fullmatch(words[0]):
        return False
    return words[0].startswith("nop") or SPECIAL_REGISTER.search(instruction.words) is None


def _place_of_address(address: int) -> str | None:
    return next((what for begin, end, what in PLACES if begin <= address < end), None)


def _fixed_address(instruction: Instruction) -> str | None:
    mnemonic, _, operands = instruction.words.partition("\t")
    if mnemonic.startswith(("j", "call", "nop")):
        return None
    wide = mnemonic.endswith(("q", "abs")) or "(" not in operands
    for match in NUMBER.finditer(operands):
        if wide and (where := _place_of_address(int(match[1], 16) % WORD)) is not None:
            return where
    return None
