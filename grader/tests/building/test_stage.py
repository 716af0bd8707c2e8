"""The real thing: the kernel, built and booted."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from pollux.course import marks, student
from pollux.course.lab import Lab
from pollux.course.tree import Tree
from pollux.host import confine
from pollux.report.formats import as_json
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult

from support import TESTS, TREE, grade_lab, reference

pytestmark = pytest.mark.stage
LABS = [pytest.param(lab, id=f"lab {lab.number}") for lab in TREE.labs]


def outcomes(result: LabResult) -> dict[str, Outcome]:
    return {test.test.name: test.outcome for test in result.tests}


def without_times(result: LabResult) -> str:
    document = json.loads(as_json([result]))
    del document["timing"]
    return json.dumps(document)


@pytest.mark.parametrize("lab", LABS)
def test_the_reference_gets_full_marks_every_time(lab: Lab, tmp_path: Path) -> None:
    """In the tree, and handed in: compiled elsewhere, its parts in another order. The same submission takes the same
    instructions every time, also with more machines at once."""
    own = grade_lab(lab.number, None)
    assert own.score == own.max_score
    for name in lab.files:
        (tmp_path / name).write_text(reference(lab, name))
    handed_in = grade_lab(lab.number, tmp_path, jobs=1)
    assert outcomes(handed_in) == outcomes(own)
    assert handed_in.score == own.score
    assert without_times(grade_lab(lab.number, tmp_path, jobs=3)) == without_times(handed_in)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_reference_passes_with_any_seed(seed: int) -> None:
    result = grade_lab(1, None, seed=seed)
    assert set(outcomes(result).values()) == {Outcome.PASS}


def test_the_untouched_starter_scores_nothing(tmp_path: Path) -> None:
    student.write(TREE, tmp_path / "starter", ())
    starter = Tree(tmp_path / "starter")
    for lab in starter.labs:
        result = grade_lab(lab.number, None, tree=starter, honour_needs=False)
        assert result.score == 0
        assert set(outcomes(result).values()) == {Outcome.NOT_WRITTEN}
        assert not result.warnings


def test_a_plain_list_passes_and_loses_only_the_index() -> None:
    result = grade_lab(1, TESTS / "submissions/1-heap-first-fit")
    assert set(outcomes(result).values()) == {Outcome.PASS}
    lost = [test.test.name for test in result.tests if test.score < test.test.points]
    assert lost and all(name.startswith("heap.index_") for name in lost)


def graded(source: str, folder: Path) -> LabResult:
    (folder / "heap.cpp").write_text(source)
    return grade_lab(1, folder)


NO_BUILD = {
    "a slip": ("int x = ;\n", "labs/1-heap/heap.cpp:1:9: expected expression"),
    "nothing in it": ("// later\n", "linking: undefined symbol: heap::"),
    "an endless template": (
        "template<int N> struct A { A<N + 1> next; };\nA<0> a;\n",
        "recursive template instantiation",
    ),
    "an endless constant": (
        "constexpr int f() { for (;;); }\nconstexpr int x = f();\n",
        "must be initialized by a constant expression",
    ),
    "a gigabyte": ("[[gnu::used]] char big[1 << 30] = {1};\n", ""),
}


@pytest.mark.parametrize("name", NO_BUILD)
def test_what_does_not_build_says_why(name: str, tmp_path: Path) -> None:
    source, words = NO_BUILD[name]
    result = graded(source, tmp_path)
    assert result.outcome is Outcome.BUILD_ERROR
    assert words in result.message
    assert str(tmp_path) not in result.message and "/handin" not in result.message


@pytest.mark.skipif(not confine.available(), reason="bubblewrap does not work here")
@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/proc/self/environ/x",
        str(TREE.root / "grader/tests/submissions/1-heap-first-fit/heap.cpp"),
        "grader/pollux/grading/command.py",
        ".git/HEAD",
    ],
)
def test_a_source_sees_no_other_file(path: str, tmp_path: Path) -> None:
    result = graded(f'#include "{path}"\n', tmp_path)
    assert result.outcome is Outcome.REFUSED
    assert "heap.cpp:1: includes " in result.message


@pytest.mark.skipif(not confine.available(), reason="bubblewrap does not work here")
@pytest.mark.parametrize("path", ["build/labs/1-heap/heap.cpp.o", "build/stage-1.elf"])
def test_a_source_sees_no_built_reference(path: str, tmp_path: Path) -> None:
    result = graded(f'#if __has_embed("{TREE.root / path}") != 1\n#error empty\n#endif\n', tmp_path)
    assert result.outcome is Outcome.REFUSED
    assert "heap.cpp:1: uses __has_embed" in result.message


@pytest.mark.skipif(len(TREE.labs) < 2, reason="there is only one lab")
def test_an_earlier_layer_is_the_references_unless_asked(tmp_path: Path) -> None:
    for lab in TREE.labs[:2]:
        for name in lab.files:
            (tmp_path / lab.folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / lab.folder / name).write_text(reference(lab, name))
    heap = tmp_path / "labs/1-heap/heap.cpp"
    heap.write_text(marks.starter(heap.read_text(), 1, "heap.cpp"))
    over_reference = grade_lab(2, tmp_path)
    assert over_reference.score == over_reference.max_score
    over_own = grade_lab(2, tmp_path, own_layers=True)
    assert set(outcomes(over_own).values()) == {Outcome.NOT_WRITTEN}


def hand_in(folder: Path, labs: Sequence[Lab]) -> None:
    """The reference of `labs`, as a submission."""
    for lab in labs:
        (folder / lab.folder).mkdir(parents=True, exist_ok=True)
        for name in lab.files:
            (folder / lab.folder / name).write_text(reference(lab, name))


@pytest.mark.parametrize("lab", LABS)
def test_a_starter_loses_exactly_its_own_lab(lab: Lab, tmp_path: Path) -> None:
    """One lab is the starter, the others are solved: the one above it is graded as if all were."""
    hand_in(tmp_path, TREE.labs)
    for name in lab.files:
        path = tmp_path / lab.folder / name
        path.write_text(marks.starter(path.read_text(), lab.number, name))
    for other in TREE.labs[lab.number - 1 :][:2]:
        result = grade_lab(other.number, tmp_path, tests=(other.tests[0].name,))
        expected = Outcome.NOT_WRITTEN if other == lab else Outcome.PASS
        assert set(outcomes(result).values()) == {expected}


@pytest.mark.skipif(len(TREE.labs) < 4, reason="there is no lab 4")
def test_a_broken_layer_below_is_graded_both_ways(tmp_path: Path) -> None:
    """Lab 4 over a lab 2 of the student's own that is last in, first out: only --own-layers shows it, where it shows."""
    hand_in(tmp_path, TREE.labs[:4])
    executor = tmp_path / TREE.lab(2).folder / "executor.cpp"
    right = "queues[static_cast<unsigned>(event.level)].push_back(event);"
    assert executor.read_text().count(right) == 1
    executor.write_text(executor.read_text().replace(right, right.replace("back", "front")))
    tests = ("spawn.runs_the_task_later", "spawn.keeps_the_order", "join.before_the_end")
    over_reference = grade_lab(4, tmp_path, tests=tests)
    assert set(outcomes(over_reference).values()) == {Outcome.PASS}
    over_own = outcomes(grade_lab(4, tmp_path, tests=tests, own_layers=True))
    assert over_own["spawn.keeps_the_order"] is Outcome.FAIL
    assert over_own["spawn.runs_the_task_later"] is Outcome.PASS
    assert over_own["join.before_the_end"] is Outcome.PASS


@pytest.mark.skipif(not confine.available(), reason="bubblewrap does not work here")
def test_a_source_that_asks_for_the_reference_is_refused(tmp_path: Path) -> None:
    result = graded('#include "labs/1-heap/heap.cpp"\n', tmp_path)
    assert result.outcome is Outcome.REFUSED
    assert (
        "heap.cpp:1: includes labs/1-heap/heap.cpp, which is not a layer's to use" in result.message
    )


@pytest.mark.parametrize("way", ["labs/1-heap/", "kernel/../labs/2-executor/../1-heap/"])
def test_without_a_box_the_reference_is_refused(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "available", lambda: False)
    result = graded(f'#include "{way}heap.cpp"\n', tmp_path)
    assert result.outcome is Outcome.REFUSED
    assert "heap.cpp:1: includes " in result.message
    assert "not a layer's to use" in result.message


def test_an_endless_file_is_bounded(tmp_path: Path) -> None:
    result = graded('#include "/dev/zero"\n', tmp_path)
    assert result.outcome is Outcome.REFUSED
    assert result.message.endswith("heap.cpp:1: includes /dev/zero, which lies outside the tree")


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    source = reference(TREE.lab(1), "heap.cpp") + "static int unused;\n"
    result = graded(source, tmp_path)
    assert result.score == result.max_score
    assert any("unused" in warning for warning in result.warnings)


def test_without_a_file_there_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "readme").write_text("sorry")
    result = grade_lab(1, tmp_path)
    assert result.outcome is Outcome.NOT_HANDED_IN
    assert result.message == "the submission has no labs/1-heap/heap.cpp; it has readme"


def test_floating_point_in_a_layer_is_refused(tmp_path: Path) -> None:
    """It would spoil ring 3's registers, and trap or not as the firmware left the x87."""
    begin = "void* allocate(std::size_t bytes, std::size_t alignment) {"
    text = reference(TREE.lab(1), "heap.cpp")
    assert begin in text
    wrong = "if (static_cast<double>(bytes) * 1.5 > 1e18) return nullptr;"
    result = graded(text.replace(begin, f"{begin}\n    {wrong}"), tmp_path)
    assert result.outcome is Outcome.REFUSED
    assert "the kernel has no floating point" in result.message
