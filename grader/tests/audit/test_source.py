"""What a source may tell the preprocessor, however it is written."""

import pytest
from pollux.audit.source import offences

OWN = frozenset(("kernel/mm/heap.hpp",))
SYSTEM = frozenset(("bit", "cstdint"))


def said(text: str | bytes) -> list[tuple[int, str]]:
    content = text if isinstance(text, bytes) else text.encode()
    return [(each.number, each.sentence) for each in offences(content, OWN, SYSTEM)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        # Files.
        ('#include "labs/1-heap/heap.cpp"', 1, "is not a layer's to use"),
        ('#include "kernel/mm/../test/case.hpp"', 1, "is not a layer's to use"),
        ('#include "./kernel/mm/heap.hpp"', 1, "is not a layer's to use"),
        ('#include "../class/other/heap.cpp"', 1, "lies outside the tree"),
        ('#include "/etc/passwd"', 1, "lies outside the tree"),
        ("#include </etc/passwd>", 1, "not among labs/headers.hpp"),
        ("#include <stdio.h>", 1, "<stdio.h>, which is not among"),
        ("#include <kernel/test/case.hpp>", 1, "not among"),
        ("#include NAME", 1, "no name"),
        ('#define F "x"\n#include F', 2, "no name"),
        ("#include_next <bit>", 1, "#include_next, which no layer needs"),
        ('#import "kernel/mm/heap.hpp"', 1, "#import"),
        ('#embed "x"', 1, "#embed"),
        ('int a[] = {\n#embed "x"\n};', 2, "#embed"),
        # However it is written.
        ('%:embed "x"', 1, "#embed"),
        ("  /* a\n b */ # /* c */ emb\\\ned <x>", 2, "#embed"),
        ("#em\\  \nbed <x>", 1, "#embed"),
        ('int a;\r#embed "x"', 2, "#embed"),
        ("\x0b\x0c#\x0bembed <x>", 1, "#embed"),
        ('\ufeff#embed "x"', 1, "#embed"),
        ("int a = 1'000'000;\n#embed <x>\n' ';", 2, "#embed"),
        ("// a \\\n b\n#embed <x>", 3, "#embed"),
        ("char c = '\"';\n#embed <x>\nchar d = '\"';", 2, "#embed"),
        ('const char* t = "\\"/*";\n#embed <x>\n/* */', 2, "#embed"),
        ("const char* t = R\"(/*)\";\n#embed <x>\n/* */", 2, "#embed"),
        ("const char* t = FOOR\"(\";\n#embed <x>\n)\";", 2, "#embed"),
        ("#if 0\n#embed <x>\n#endif", 2, "#embed"),
        ("#if __has_include(<a/*b>)\n#embed <x>\n*/\n#endif", 1, "__has_include"),
        ("#if PASTE(__has_, include)(<a/*b>)\n#embed <x>\n#endif //*/", 1, "cannot read"),
        # Lines.
        ('#line 7 "kernel/mm/heap.hpp"', 1, "#line"),
        ('# 1 "kernel/mm/heap.hpp" 3', 1, "a line marker"),
        ('# /* */ 1 "a"', 1, "a line marker"),
        ("#line 7", 1, "#line"),
        ("const char* t = R\"(a\nb)\";", 1, "raw string over several lines"),
        ("#define T R\"(x)\"", 1, "raw string in a directive"),
        # What else a preprocessor can be told.
        ("#pragma GCC system_header", 1, "#pragma GCC system_header"),
        ("#pragma redefine_extname a b", 1, "#pragma redefine_extname"),
        ('#pragma clang section text="x"', 1, "#pragma clang section"),
        ('_Pragma("GCC system_header")', 1, "_Pragma"),
        ("#ident \"x\"", 1, "#ident"),
        ("#define private public\n", 1, "keyword private"),
        ('#define A\n#include <bit>', 1, "before its last #include"),
    ],
)  # fmt: skip
def test_refuses(text: str, line: int, words: str) -> None:
    found = said(text)
    assert any(number == line and words in sentence for number, sentence in found), found


@pytest.mark.parametrize(
    "text",
    [
        '#include "kernel/mm/heap.hpp" // the contract\n#include <bit>\n#  include <cstdint> /* as well */',
        '#pragma once\n#pragma GCC diagnostic ignored "-Wshadow"\n#\n',
        '#include <bit>\n#define HALF(a) ((a) / 2) // not #embed\n#undef HALF\n#ifdef X\n#error "don\'t"\n#endif',
        'const char* a = "#embed"; /* \n#embed\n*/ int b; // #line\n',
        "#if A < 3 || (B > 4) // a comment\n#elif 1\n#endif",
        "int a = 0x1'0; char c = '\\''; char d = '#'; auto e = R\"x(one)x\";",
        b"// \xff\xfe\n#include <bit>\r\nint a;\r\n",
        "",
    ],
)
def test_lets_pass(text: str | bytes) -> None:
    assert not said(text)
