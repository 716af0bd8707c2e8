"""Which single instructions the compiler makes of plain C++, and which it never does."""

import re

from .objects import Instruction

# The instructions that clang makes of plain C++ without floating point. Any other could reach the machine without the
# kernel's knowledge.
CONDITION = "(?:n?[abceglopsz]|n?[abgl]e|p[eo])"
ORDINARY = re.compile(
    r"(?:mov|movabs|lea|add|sub|adc|sbb|cmp|test|and|or|xor|not|neg|inc|dec|i?mul|i?div|sh[lr]d?|sa[lr]|ro[lr]|rc[lr]"
    r"|bt[crs]?|bs[fr]|bswap|[tl]zcnt|popcnt|xchg|xadd|cmpxchg|push|pop|leave|ret|call|jmp|nop|movbe"
    r"|movs|stos|lods|cmps|scas)[bwlq]?"
    rf"|set{CONDITION}|cmov{CONDITION}[wlq]|j{CONDITION}|cmpxchg(?:8|16)b|mov[sz][bwl][wlq]"
    r"|c[wlq]t[ldoq]|cbtw|ud[12][wlq]?|int3|pause|[lms]fence|prefetch\w*|endbr64|cld|[sl]ahf"
    r"|cli|sti|pushfq"  # arch/interrupts.hpp, in place
    r"|(?:andn|bls[ir]|blsmsk|bextr|bzhi|pdep|pext|rorx|sarx|shlx|shrx|mulx|adcx|adox)[lq]?"
)
PREFIXES = frozenset(("lock", "rep", "repe", "repne", "repz", "repnz", "notrack", "data16"))
# But for memory relative to GS: only arch::PerCore makes that, as the rules hold (rules.py).
SPECIAL_REGISTER = re.compile(r"%(?:[cdefs]s|gs(?!:)|[cdt]r\d+)\b")
NUMBER = re.compile(r"(?<![\w%])(-?0x[0-9a-f]+)\b")

# Addresses that no layer needs to know (arch/x86_64/layout.hpp): it is given every address that it works with.
WORD = 1 << 64
PLACES = (
    (0xFFFF_8000_0000_0000, 0xFFFF_8100_0000_0000, "all memory, at its physical address"),
    (0xFFFF_E000_0000_0000, 0xFFFF_E001_0000_0000, "the devices' registers"),
    (0xFFFF_FFFF_8010_0000, 0xFFFF_FFFF_8100_0000, "the kernel's own image"),
)


def is_plain(instruction: Instruction) -> bool:
    """Whether it is one that clang makes of plain C++."""
    words = instruction.words.split()
    while words and words[0] in PREFIXES:
        words.pop(0)
    if not words:  # a prefix that is printed on a line of its own
        return True
    if not ORDINARY.fullmatch(words[0]):
        return False
    return words[0].startswith("nop") or SPECIAL_REGISTER.search(instruction.words) is None


def place_of_address(number: int) -> str | None:
    """What lies at this number, taken as an address; None when a layer may have such a number."""
    address = number % WORD
    return next((what for begin, end, what in PLACES if begin <= address < end), None)


def fixed_address(instruction: Instruction) -> str | None:
    """What the instruction reaches by an address that was written into it."""
    mnemonic, _, operands = instruction.words.partition("\t")
    if mnemonic.startswith(("j", "call", "nop")):
        return None
    wide = mnemonic.endswith(("q", "abs")) or "(" not in operands
    for match in NUMBER.finditer(operands):
        if wide and (where := place_of_address(int(match[1], 16))) is not None:
            return where
    return None
