"""Who handed in nearly the same is found whatever was done to hide it; who did not, is not."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pollux.classroom import page, similar, summary
from pollux.classroom.marking import Marked
from pollux.course import student
from pollux.handin.submission import Handin

from class_support import LAB, result, taken
from support import TREE, reference


def compared(texts: dict[str, str]) -> list[tuple[tuple[str, ...], int]]:
    marked = [
        Marked(replace(taken(name), handin=Handin({1: {"heap.cpp": text.encode()}})), ())
        for name, text in texts.items()
    ]
    found = similar.compare(marked, LAB, TREE)
    assert not found.remark
    return [(twins.names, twins.percent) for twins in found.twins]


def test_copies_are_found_whatever_they_are_called() -> None:
    text = reference(LAB, "heap.cpp")
    renamed = text.replace("allocated_blocks", "count").replace("    ", "\t")
    other = (TREE.root / "grader/tests/submissions/1-heap-first-fit/heap.cpp").read_text()
    found = compared({"ada": text, "bob": text, "carl": renamed, "dana": other})
    assert found[0] == (("ada", "bob"), 100)
    assert ("ada", "carl") in [names for names, percent in found if percent >= 90]
    assert not any("dana" in names for names, _ in found)


def test_the_starter_makes_nobody_a_copier(tmp_path: Path) -> None:
    out = tmp_path / "starter"
    student.write(TREE, out, ())
    text = (out / "labs/1-heap/heap.cpp").read_text()
    assert not compared({"ada": text, "bob": text})


def disguised(text: str) -> str:
    """Renamed, in another order, with dead statements, and padded with what the compiler never sees."""
    keywords = "return while false true nullptr static const constexpr switch break continue struct class namespace"
    keywords += " include template typename using public private inline sizeof else default operator static_cast"
    keywords += " reinterpret_cast case delete auto this"
    words = set(re.findall(r"\b[a-z_]{4,}\b", text)) - set(keywords.split())
    text = re.sub(r"\b[a-z_]{4,}\b", lambda m: f"x{m[0][::-1]}" if m[0] in words else m[0], text)
    functions = text.split("\n}\n")
    lines = "\n}\n".join(functions[::-1]).splitlines()
    dead = "    int unused = 3 * 4 + 5; (void)unused;"
    lines = [
        f"{line}\n{dead}" if line.endswith(";") and n % 3 == 0 else line
        for n, line in enumerate(lines)
    ]
    return (
        "#if 0\n"
        + "int padding(int x) { return x * 3 + 4; }\n" * 300
        + "#endif\n"
        + "\n".join(lines)
    )


def test_disguises_do_not_help() -> None:
    other = (TREE.root / "grader/tests/submissions/1-heap-first-fit/heap.cpp").read_text()
    for text in (reference(LAB, "heap.cpp"), other):
        ((names, percent),) = compared({"ada": text, "bob": disguised(text)})
        assert names == ("ada", "bob") and percent >= 80


def test_right_solutions_are_not_alike() -> None:
    """Written for the same contract in two ways."""
    text = reference(LAB, "heap.cpp")
    other = (TREE.root / "grader/tests/submissions/1-heap-first-fit/heap.cpp").read_text()
    marked = [Marked(taken(name, text), ()) for name, text in {"a": text, "b": other}.items()]
    assert not similar.compare(marked, LAB, TREE, 30).twins


@pytest.mark.parametrize(
    "unit", ["/*", '"', 'R"(', "#if 0\n", "(", "x;", "\\\n", "a+", "int x = 3;\n"]
)
def test_a_megabyte_of_dead_text_stops_nobody(unit: str) -> None:
    begin = time.process_time()
    text = reference(LAB, "heap.cpp")
    compared({"ada": text, "eve": (unit * (1 << 20))[: 1 << 20] + text, "bob": text})
    assert time.process_time() - begin < 8


def test_both_texts_side_by_side(tmp_path: Path) -> None:
    text = reference(LAB, "heap.cpp")
    marked = [Marked(taken(name, text), (result(),)) for name in ("ada", "<b>eve")]
    twins = similar.compare(marked, LAB, TREE).twins
    found = summary.summarise(marked, [LAB], (), twins, ())
    page.write_pairs(found, TREE, tmp_path)
    shown = (tmp_path / "alike/0.html").read_text()
    assert "&lt;b&gt;eve" in shown and "<mark>" in shown
    assert 'href="alike/0.html"' in page.as_html(found, "Class")
