"""The sections of an object file: those that plain C++ becomes, and no others."""

import re

from elftools.elf.constants import SH_FLAGS

from .objects import Section

# A coroutine compiled at -O0 has an .eh_frame, which the linker script discards.
SECTION = re.compile(
    r"\.eh_frame|\.per_core|\.(?:text|rodata|data|bss|data\.rel\.ro)(?:\.[\w.$]+)?", re.ASCII
)
FLAGS: dict[str, int] = {
    ".text": SH_FLAGS.SHF_ALLOC | SH_FLAGS.SHF_EXECINSTR,
    ".rodata": SH_FLAGS.SHF_ALLOC,
    ".data": SH_FLAGS.SHF_ALLOC | SH_FLAGS.SHF_WRITE,
    ".bss": SH_FLAGS.SHF_ALLOC | SH_FLAGS.SHF_WRITE,
    ".per_core": SH_FLAGS.SHF_ALLOC | SH_FLAGS.SHF_WRITE,
    ".eh_frame": SH_FLAGS.SHF_ALLOC,
}
HARMLESS_FLAGS: int = SH_FLAGS.SHF_MERGE | SH_FLAGS.SHF_STRINGS | SH_FLAGS.SHF_GROUP
# Sections that are not loaded, but which the linker or a debugger reads. Any other could give the linker orders.
UNLOADED = re.compile(
    r"|\.strtab|\.shstrtab|\.symtab|\.rela\..+|\.group|\.debug_\w+|\.comment|\.note\.GNU-stack|\.llvm_addrsig"
)
CONSTRUCTORS = re.compile(r"\.(?:init_array|fini_array|ctors|dtors|preinit_array)\b.*")


def is_ordinary(section: Section) -> bool:
    """Whether the compiler makes such a section of plain C++. Sections of constructors pass: they are refused elsewhere,
    by the compiler's view of the source, which knows the line."""
    if CONSTRUCTORS.fullmatch(section.name):
        return True
    if not section.flags & SH_FLAGS.SHF_ALLOC:
        return section.bytes == 0 or UNLOADED.fullmatch(section.name) is not None
    if not SECTION.fullmatch(section.name):
        return False
    flags = next(flags for start, flags in FLAGS.items() if section.name.startswith(start))
    return section.flags & ~HARMLESS_FLAGS == flags
