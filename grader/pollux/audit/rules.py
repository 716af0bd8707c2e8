"""The audit of a student's layer before it is linked: it names only what its contract offers, defines only what it
should, and holds nothing that plain C++ has no need of. What it finds is refused, with the line in the source.

It cannot follow computed addresses: what keeps those from harm is in handouts/grader.md, "What can be forged".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import elf, intermediate, objects, relocations
from .intermediate import Module
from .machine_code import WORD, fixed_address, is_plain, place_of_address
from .objects import Object, Symbol
from .refusal import Built, Refusal
from .relocations import Known
from .sections import is_ordinary

# What every layer may call: assertions, the console's log, and the functions that the compiler itself calls.
COMMON = (
    *("kernel::panic_text", "kernel::not_written", "kernel::format_arguments"),
    *("kernel::console_write", "arch::in_interrupt_handler"),
    *("memcpy", "memmove", "memset", "memcmp", "memchr", "strlen"),
    *("__cxa_pure_virtual", "std::__1::__libcpp_verbose_abort"),
)
TABLE = "vtable for "
# What the compiler calls to compute without a floating-point unit (GCC internals, "Soft float library routines").
FLOATING = frozenset(
    "fadd fsub fmul fdiv frem fneg fcmp fpext fptrunc fptoui fptosi uitofp sitofp".split()
)
FLOATING_POINT = re.compile(r"__\w*?[sdtx]f[sdtx]?[fi]?\d?|__fix\w+|__float\w+")
INLINE_ASSEMBLY = re.compile(
    r"^  (?:%\S+ = )?(?:(?:tail|musttail|notail) )?(?:call|callbr|invoke) .*?\basm "
    r'(?:\w+ )*"(?P<text>[^"]*)"'
)
# The inline functions of arch/interrupts.hpp, and the only assembly that each may hold.
GIVEN_ASSEMBLY = {
    "_ZN4arch3cliEv": "cli",
    "_ZN4arch3stiEv": "sti",
    "_ZN4arch10read_flagsEv": "pushfq; popq $0",
}
# Variables of the kernel that inline functions of its headers update. So a layer's object may name them, but a line of
# its source must not.
OBTAIN_AND_RECYCLE = ("_ZN4heap6obtainEm", "_ZN4heap7recycleEPvm")
EVENT_CONSTRUCTOR = "_ZN5event5EventC2ENSt3__116coroutine_handleIvEENS_8PriorityEj"
KEPT_BY = {
    "_ZN4arch13handler_depthE": ("_ZN4arch12runs_handlerEv",),
    "_ZN4heap7shelves3allE": OBTAIN_AND_RECYCLE,
    "_ZN4heap7shelves4roomE": OBTAIN_AND_RECYCLE,
    "_ZN4heap7shelves5askedE": OBTAIN_AND_RECYCLE,
    "_ZN4heap7shelves16obtain_elsewhereEm": OBTAIN_AND_RECYCLE,
    "_ZN4heap7shelves17recycle_elsewhereEPvm": OBTAIN_AND_RECYCLE,
    "_ZN5event13current_eventE": ("_ZN5event7currentEv", "_ZN5event11set_currentEPNS_5EventE"),
    "_ZN5event7last_idE": (EVENT_CONSTRUCTOR,),
    "_ZN5event10live_countE": (EVENT_CONSTRUCTOR, "_ZN5event11live_eventsEv"),
    "_ZN5event5Event14release_memoryEv": ("_ZN5event5Event7releaseEv",),
}
# Members of arch::PerCore, of every type: what reads and writes relative to GS.
PER_CORE = ("_ZN4arch7PerCoreI", "_ZNK4arch7PerCoreI")
KEEPERS = {keeper for keepers in KEPT_BY.values() for keeper in keepers}
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
    "llvm.stacksave": "room on the stack whose size is not known",
}
# What clang makes of plain C++, coroutines and its own optimisations.
PLAIN_INTRINSIC = re.compile(
    r"llvm\.(?:dbg|lifetime|memcpy|memmove|memset|coro|invariant|assume|expect|trap|ubsantrap|debugtrap|is\.constant"
    r"|objectsize|(?:launder|strip)\.invariant\.group|prefetch|ptrmask|experimental\.noalias\.scope\.decl|donothing"
    r"|[us](?:add|sub|mul)\.with\.overflow|[us](?:add|sub|shl)\.sat|ctlz|cttz|ctpop|bswap|bitreverse|fsh[lr]|abs"
    r"|[us](?:min|max|cmp)|var\.annotation|ptr\.annotation|sideeffect|used|compiler\.used|global_ctors)\b.*"
)
OPERATION = re.compile(r"^  (?:%(?:\"[^\"]*\"|[-\w.$]+) = )?(?P<word>[a-z_]+)\b")
OPERATIONS = frozenset(
    """ret br switch unreachable add sub mul udiv sdiv urem srem shl lshr ashr and or xor alloca load store getelementptr
    fence cmpxchg atomicrmw trunc zext sext ptrtoint inttoptr bitcast icmp phi select call tail musttail notail
    extractvalue insertvalue freeze""".split()
)
UNKNOWN_ROOM = re.compile(r", i\d+ %")
OWN_SECTION = re.compile(r'\bsection "(?P<name>[^"]*)"')
# Of code that runs before the kernel begins, which is refused as such, and of what is [[gnu::used]].
COMPILERS_SECTIONS = (".text.startup", "llvm.metadata")
# PER_CORE's (arch/per_core.hpp).
OPEN_SECTIONS = (*COMPILERS_SECTIONS, ".per_core")
CONSTANT = re.compile(r"\bi64 (-?\d+)\b")


def audit(layers: Sequence[Built], given: frozenset[str], stage: Path) -> list[Refusal]:
    """What is to be refused in the layers. `given` are the symbols that the kernel and its tests name, `stage` is the
    kernel with the tree's own layers."""
    found = [
        Refusal(built.source, f"a symbol's name that is no plain text, {name!a}")
        for built in layers
        for name in dict.fromkeys(symbol.name for symbol in elf.read(built.file("o")).symbols)
        if not (name.isascii() and (name.isprintable() or not name))
    ]
    if found:
        return found
    files = {built: objects.read(built.file("o")) for built in layers}
    names = {symbol.name for file in files.values() for symbol in file.symbols}
    plain = objects.plain_names(sorted(names | given))
    # A file of a layer may use what another file of it defines.
    own = {symbol.name for file in files.values() for symbol in file.symbols if symbol.defined}
    known = relocations.known(elf.read(stage)) if stage.is_file() else {}
    for built in layers:
        known |= relocations.known(elf.read(built.file("o")))
    for built, file in files.items():
        module = intermediate.read(built.file("ll"))
        rules = _Rules(built, file, module, plain)
        found += rules.statements()
        found += rules.sections()
        found += rules.symbols(given, own)
        found += rules.instructions()
        # What was refused by its name already is not said once more.
        places = {each.place for each in found}
        beside = rules.relocations(elf.read(built.file("o")), known)
        found += [each for each in beside if each.place not in places]
    return list(dict.fromkeys(found))


class _Rules:
    def __init__(self, built: Built, file: Object, module: Module, plain: dict[str, str]) -> None:
        self.lab = built.lab
        self.source = built.source
        self.file = file
        self.module = module
        self.plain = plain

    def _plain(self, name: str) -> str:
        return self.plain.get(name) or objects.plain_names([name])[name]

    def _refuse(self, statement: intermediate.Statement, sentence: str) -> Refusal:
        return Refusal(self.module.place(statement, self.source), sentence)

    def statements(self) -> Iterator[Refusal]:
        """What the compiler's view of the source shows."""
        for text in self.module.assembly:
            yield Refusal(
                self.source, f"assembly at file scope ({text}); assembly belongs to arch/"
            )
        for line in self.module.unread:
            yield Refusal(self.source, f"a definition that the audit cannot read ({line[:80]})")
        for statement in self.module.statements:
            text = statement.text
            if is_kept(statement.owner) and text.startswith("define "):
                place = self.module.location(statement.debug)
                inline = text.startswith("define linkonce_odr ")
                if not inline or place is None or place[0] == self.source:
                    sentence = f"defines {self._plain(statement.owner)}, which is the kernel's"
                    yield self._refuse(statement, sentence)
            match = INLINE_ASSEMBLY.match(text)
            if match and GIVEN_ASSEMBLY.get(statement.owner) != match["text"]:
                shown = match["text"].replace("\\0A", "; ").replace("\\09", "").strip()
                sentence = f'inline assembly ("{shown}"); the machine is reached by arch/*.hpp only'
                yield self._refuse(statement, sentence)
            if "addrspace(" in text and not statement.owner.startswith(PER_CORE):
                sentence = (
                    "a pointer relative to a segment; what a core has for itself is arch::PerCore's"
                )
                yield self._refuse(statement, sentence)
            for name in statement.names():
                if name in KEPT_BY and statement.owner not in (name, *KEPT_BY[name]):
                    yield self._refuse(
                        statement, f"uses {self._plain(name)}, which is the kernel's"
                    )
                if not name.startswith("llvm.") or not text.startswith("  "):
                    continue
                for start, what in INTRINSICS.items():
                    if name.startswith(start):
                        yield self._refuse(statement, f"asks for {what}")
                        break
                else:
                    if not PLAIN_INTRINSIC.fullmatch(name):
                        yield self._refuse(statement, f"asks for {name}, which no layer needs")
            yield from self._operation(statement)
            if match := OWN_SECTION.search(text):
                if match["name"] not in OPEN_SECTIONS and not text.startswith("  "):
                    yield self._refuse(statement, f'asks for the section "{match["name"]}"')
            if statement.owner == "llvm.global_ctors":
                yield from self._constructors(statement)
            if not text.startswith("  ") and re.search(r"\b(?:thread_local|ifunc)\b", text):
                yield self._refuse(statement, "a variable of a thread, or an indirect function")
            for match in CONSTANT.finditer(text):
                if (where := place_of_address(int(match[1]))) is not None:
                    sentence = f"a fixed address, {int(match[1]) % WORD:#x}: that is {where}"
                    yield self._refuse(statement, sentence)

    def _operation(self, statement: intermediate.Statement) -> Iterator[Refusal]:
        if (match := OPERATION.match(statement.text)) is None:
            return
        if match["word"] in FLOATING:
            sentence = "computes with double or float: the kernel has no floating point"
            yield self._refuse(statement, sentence)
        elif match["word"] not in OPERATIONS:
            yield self._refuse(statement, f"a statement ({match['word']}) that no layer needs")
        if "blockaddress(" in statement.text:
            yield self._refuse(statement, "takes the address of a label")
        if match["word"] == "alloca" and UNKNOWN_ROOM.search(statement.text):
            yield self._refuse(statement, "asks for room on the stack whose size is not known")

    def relocations(self, file: elf.Elf, known: Mapping[str, Known]) -> Iterator[Refusal]:
        """Addresses beside what is named."""
        for name, addend in relocations.astray(file, known):
            place = self.module.place_of(name, self.source)
            shown = self.plain.get(name, name)
            yield Refusal(place, f"an address beside {shown} ({addend:+#x}); use what it names")

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
            if not is_ordinary(section):
                yield Refusal(self.source, f"an odd section, {section.name or 'without a name'}")

    def symbols(self, given: frozenset[str], own: set[str]) -> Iterator[Refusal]:
        allowed = {*COMMON, *self.lab.uses, *self.lab.defines}
        spaces = tuple(name.removesuffix("*") for name in allowed if name.endswith("::*"))
        for symbol in self.file.symbols:
            name = self.plain[symbol.name]
            if symbol.defined:
                # A template or an inline function of a header is the same in every object: the linker keeps one of them.
                if symbol.weak and not self._is_written_here(symbol):
                    continue
                if symbol.name in given and name not in self.lab.defines:
                    place = self.module.place_of(symbol.name, self.source)
                    yield Refusal(place, f"defines {name}, which is the kernel's")
            elif (
                symbol.name in own or name in allowed or name.removeprefix(TABLE).startswith(spaces)
            ):
                continue
            else:
                place = self.module.place_of(symbol.name, self.source)
                why = "which is not in the contract of this lab"
                if FLOATING_POINT.fullmatch(symbol.name):
                    why = "which computes with double or float: the kernel has no floating point"
                yield Refusal(place, f"uses {name}, {why}")

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
            if not is_plain(instruction):
                words = " ".join(instruction.words.split())
                yield Refusal(place, f"the instruction `{words}`, which no layer needs")
            elif not instruction.linked and (where := fixed_address(instruction)) is not None:
                yield Refusal(place, f"a fixed address (`{instruction.words}`): that is {where}")


def is_kept(owner: str) -> bool:
    """Whether a function of this name is the kernel's, wherever it is defined."""
    return owner in KEEPERS or owner.startswith(PER_CORE)
