"""The audit refuses what a layer may not hold, with the line; and nothing that an honest one may hold."""

from pathlib import Path

import pytest
from elftools.elf.constants import SH_FLAGS
from pollux.audit import objects, rules, sections
from pollux.course.lab import Lab
from pollux.verdict.outcome import Outcome

from support import BASES, TREE, grade_lab, reference

pytestmark = pytest.mark.stage

# Each is one line behind the reference heap; what is said must begin with that line's number.
OFFENCES = {
    'namespace x { void a() { asm volatile("outb %b0, %w1" ::"a"(42), "d"(0xf4)); } }': "inline assembly",
    "#define PASTE(a, b) a##b\nnamespace x { void b() { PASTE(as, m)(\"cli\"); } }": "inline assembly",
    "namespace x { void c() { __builtin_ia32_writeeflags_u64(2); } }": "the instruction `popfq`",
    "namespace x { unsigned long d() { return __builtin_ia32_rdtsc(); } }": "the instruction `rdtsc`",
    "namespace x { void* e() { return __builtin_return_address(0); } }": "the return address",
    "namespace x { void* f() { return __builtin_frame_address(0); } }": "its own stack frame",
    'register unsigned long rsp asm("rsp"); namespace x { unsigned long g() { return rsp; } }': "a machine register",
    "namespace x { void h(void** b) { __builtin_longjmp(b, 1); } }": "a jump out of its callers",
    "namespace x { int i() { return *reinterpret_cast<volatile int*>(0xffffffff80101234); } }": "the kernel's own image",
    "namespace x { unsigned long t[] = {1, 0xffff800000101000}; unsigned long* j() { return t; } }": "all memory",
    "namespace x { [[gnu::constructor]] void k() {} }": "runs code before the kernel begins",
    "struct L { L(); int l; }; L::L() : l{4} {} L made;": "runs code before the kernel begins",
    '[[gnu::used, gnu::section("test_cases")]] int m = 1;': 'asks for the section "test_cases"',
    "namespace test { void measure(const char*, unsigned long); } void n() { test::measure(\"a\", 1); }": "uses test::measure",
    'extern "C" void secret() asm("_ZN4test3runERKN6kernel6OrdersE"); void o() { secret(); }': "uses test::run",
    "namespace kernel { enum class Ending : unsigned char; void leave(Ending); } void (*p)(kernel::Ending) = kernel::leave;": "uses kernel::leave",
    "namespace test { struct Value; template<class T> Value value_of(const T&); }": "",
    'void q() asm("q-q"); void q() { asm volatile("nop"); }': 'inline assembly ("nop")',
    'unsigned char r[] asm("r-r") = {1}; void* s() asm("s c"); void* s() { return __builtin_return_address(0); }': "the return address",
}  # fmt: skip
# These do not even link; the audit says more than the linker would, and where.
REDEFINITIONS = {
    "void* operator new(unsigned long) { return nullptr; }": "defines operator new",
    'extern "C" void* memcpy(void* to, const void*, unsigned long) { return to; }': "defines memcpy",
    "namespace kernel { [[noreturn]] void not_written(const char*) { for (;;); } }": "defines kernel::not_written",
    "namespace test { void expectation_failed(const char*, unsigned, const char*, const char*, struct Value, struct Value); }\n"
    "struct test::Value { char kind; unsigned long bits; };\n"
    "void test::expectation_failed(const char*, unsigned, const char*, const char*, Value, Value) {}": "defines test::expectation_failed",
}  # fmt: skip


def offend(offences: dict[str, str], folder: Path) -> tuple[list[str], dict[int, str]]:
    """What the audit says of the reference with `offences` behind it; and by line what it should say."""
    source = reference(TREE.lab(1), "heap.cpp")
    expected = {}
    for text, words in offences.items():
        source += text + "\n"
        if words:
            expected[source.count("\n")] = words
    (folder / "heap.cpp").write_text(source)
    result = grade_lab(1, folder)
    assert result.outcome is Outcome.REFUSED and result.score == 0
    assert {test.outcome for test in result.tests} == {Outcome.REFUSED}
    return result.compiler.splitlines(), expected


@pytest.mark.parametrize("offences", [OFFENCES, REDEFINITIONS], ids=["offences", "redefinitions"])
def test_refuses_with_the_line(offences: dict[str, str], tmp_path: Path) -> None:
    said, expected = offend(offences, tmp_path)
    for line, words in expected.items():
        start = f"labs/1-heap/heap.cpp:{line}: "
        assert any(each.startswith(start) and words in each for each in said), (line, words, said)
    lines = {each.partition(": ")[0] for each in said if each.startswith("labs/1-heap/heap.cpp:")}
    assert lines - {"labs/1-heap/heap.cpp"} <= {
        f"labs/1-heap/heap.cpp:{line}" for line in expected
    }, said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('asm(".globl a");', "heap.cpp: assembly at file scope"),
        ('asm(".incbin \\"/etc/passwd\\"");', "heap.cpp: "),
        ("[[gnu::used]] thread_local int q = 1;", "a variable of a thread"),
        (
            "int q(int __attribute__((address_space(256)))* p) { return *p; }",
            "a pointer relative to a segment",
        ),
        ("extern int __attribute__((address_space(257))) q; int r() { return q; }", "a segment"),
        ('#include "kernel/test/case.hpp"', "includes kernel/test/case.hpp"),
        ('#include "arch/x86_64/instructions.hpp"', "includes arch/x86_64/instructions.hpp"),
        ('#include "/usr/include/limits.h"', "includes /usr/include/limits.h, which lies outside"),
        ('#pragma comment(lib, "kernel")', "heap.cpp:1: #pragma comment"),
    ],
)
def test_refuses_a_file(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_text(text + "\n" + reference(TREE.lab(1), "heap.cpp"))
    result = grade_lab(1, tmp_path)
    assert result.score == 0
    assert words in result.message or result.outcome is Outcome.BUILD_ERROR


# Each behind the reference spawner, whose object may name what these use.
KEPT_BY_HEADERS = {
    "namespace x { void a() { --event::live_count; } }": "uses event::live_count",
    "namespace x { struct Undo { ~Undo() { event::current_event = nullptr; } }; void b() { Undo undo; } }": "uses event::current_event",
    "namespace x { void c() { heap::shelves::asked = 0; } }": "uses heap::shelves::asked",
    "namespace x { auto* d = &arch::handler_depth; }": "uses arch::handler_depth",
    "namespace x { auto e = [] { heap::shelves::room = 0; }; void f() { e(); } }": "uses heap::shelves::room",
    'namespace x { void h(void* a, void*) asm("h c"); void h(void* a, void*) { *(char*)a = 1; } void i() asm("i c"); void i() {}'
    " void j() { h(&heap::shelves::asked, (void*)&i); } }": "uses heap::shelves::asked",
    '[[gnu::used]] static void k() asm("_ZN4heap7recycleEPvm"); static void k() { --heap::shelves::asked; }': "defines heap::recycle",
    'extern unsigned m asm("\\001_ZN4arch13handler_depthE"); namespace x { void n() { m = 0; } }': "uses arch::handler_depth",
    'inline void o() asm("_ZN4arch12runs_handlerEv"); inline void o() { arch::handler_depth = 0; } void p() { o(); }': "defines arch::runs_handler",
    "namespace x { void l(event::Event* event) { event->release_memory(); } }": "uses event::Event::release_memory",
    "namespace x { struct Q {}; } template<> x::Q& arch::PerCore<x::Q>::operator*() { return value_; }": "defines arch::PerCore<x::Q>::operator*",
    "namespace x { bool g() { return arch::runs_handler() && event::live_events() > 0 && event::current() != nullptr; } }": "",
}  # fmt: skip


def test_refuses_what_headers_keep(tmp_path: Path) -> None:
    source = reference(TREE.lab(4), "spawner.cpp")
    expected = {}
    for text, words in KEPT_BY_HEADERS.items():
        source += text + "\n"
        expected[f"labs/4-spawner/spawner.cpp:{source.count(chr(10))}"] = words
    (tmp_path / "spawner.cpp").write_text(source)
    result = grade_lab(4, tmp_path)
    assert result.outcome is Outcome.REFUSED
    said = dict(line.split(": ", 1) for line in result.compiler.splitlines())
    said.pop("labs/4-spawner/spawner.cpp")  # of the section of a function whose name has a blank
    assert said == {
        place: f"{words}, which is the kernel's" for place, words in expected.items() if words
    }


HONEST = """
namespace { constinit int counter = 0; struct Own { int a; int twice() const; }; }
int Own::twice() const { return 2 * a; }
template<class T> T largest(T a, T b) { return a < b ? b : a; }
namespace own { constinit Own shared{3}; int (*chosen)(int, int) = largest<int>; const char* names[] = {"a", "b"}; }
inline int heap_helper(int value) { switch (value) { case 0: return 7; case 1: return 9; case 2: return 1; case 3: return 4; } return value; }
int use(int value) {
    KASSERT(value > 0);
    kernel::log("value {} {}", value, own::shared.twice());
    static constexpr unsigned long MASK = ~0xfffUL, LEAST = 0xffffffff80000000;
    arch::InterruptGuard guard;
    value += std::array<int, 4>{1, 2, 3, 4}.at(static_cast<unsigned>(value)) + std::expected<int, bool>(value).value();
    unsigned long bytes[16]; __builtin_memset(bytes, value, sizeof bytes);
    return own::chosen(value, heap_helper(value)) + counter++ + static_cast<int>((bytes[value & 15] & MASK) + LEAST);
}
"""


def test_lets_honest_code_pass(tmp_path: Path) -> None:
    headers = '#include <array>\n#include <expected>\n#include "arch/interrupts.hpp"\n#include "kernel/lib/log.hpp"\n#include "kernel/lib/panic.hpp"\n'
    source = headers + reference(TREE.lab(1), "heap.cpp") + HONEST
    (tmp_path / "heap.cpp").write_text(source)
    result = grade_lab(1, tmp_path)
    assert not result.message
    assert result.score == result.max_score


def test_tells_ordinary_sections() -> None:
    def is_ordinary(name: str, *flags: int) -> bool:
        return sections.is_ordinary(objects.Section(name, sum(flags), 48))

    loaded, code = SH_FLAGS.SHF_ALLOC, SH_FLAGS.SHF_EXECINSTR

    assert is_ordinary(".text._ZN5event4wakeERNS_5EventE", loaded, code)
    assert is_ordinary(".eh_frame", loaded)  # a coroutine's at -O0
    assert not is_ordinary(".eh_frame", loaded, code)
    assert not is_ordinary(".eh_frame.mine", loaded)
    assert not is_ordinary("test_cases", loaded)
    assert not is_ordinary(".deplibs")


@pytest.mark.parametrize("lab", [pytest.param(lab, id=f"lab {lab.number}") for lab in TREE.labs])
def test_the_lists_of_lab_toml_hold_no_dead_name(lab: Lab, tmp_path: Path) -> None:
    """Each name that a layer may use or must define is one that the kernel has."""
    BASES.ensure(TREE, lab, tmp_path / "log", lambda: None)
    stage = f"build/stage-{lab.number}"
    given = (TREE.root / f"{stage}.given").read_text().split()
    names = set(objects.plain_names(given).values())
    for name in lab.defines:
        assert name in names, f"nobody calls {name}"
    for name in (*lab.uses, *(rules.COMMON if lab.number == len(TREE.labs) else ())):
        start = name.removesuffix("*")
        found = (each.startswith(start) if start != name else each == name for each in names)
        assert any(found), f"the kernel has no {name}"


def test_no_line_claims_another_file(tmp_path: Path) -> None:
    text = '#line 1 "kernel/lib/format.hpp"\nnamespace x { void a() { asm volatile("hlt"); } }\n'
    (tmp_path / "heap.cpp").write_text(reference(TREE.lab(1), "heap.cpp") + text)
    result = grade_lab(1, tmp_path)
    assert result.outcome is Outcome.REFUSED and "#line, which no layer needs" in result.message
