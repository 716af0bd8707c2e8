"""Sessions in the handouts: found, run, compared."""

import subprocess
from pathlib import Path

import pytest
from pollux.course.tree import Tree
from pollux.upkeep import transcripts

PAGE = """\
# Tour

```console
$ echo one; echo two
one
two
$ cat labs/1-heap/heap.cpp
…
    kernel::not_written("f");
…
```

```
$ not a session
```

```console
$ make bochs
<bochs:1> c
```

```console
$ echo "took 3.2 s"
took … s
$ true
```
"""
LAB = 'lab = 1\nname = "heap"\ntitle = "A heap"\nfiles = ["heap.cpp"]\nhours = "6"\n'
LAB += '[[test]]\nname = "heap.a"\npoints = 3\nhint = "Look."\n'


def test_steps_are_found() -> None:
    found = transcripts.steps(Path("x.md"), PAGE)
    assert [(step.line, step.command) for step in found] == [
        (4, "echo one; echo two"),
        (7, "cat labs/1-heap/heap.cpp"),
        (23, 'echo "took 3.2 s"'),
        (25, "true"),
    ]
    assert found[0].expected == ("one", "two") and found[3].expected == ()


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        (("a", "b"), ["a", "b"], True),
        (("a",), ["a", "b"], False),
        (("a", "…"), ["a", "b", "c"], True),
        (("…", "c"), ["a", "b", "c"], True),
        (("…", "d"), ["a", "b", "c"], False),
        (("took … s",), ["took 1.5 s"], True),
        (("took … s",), ["took 1.5 ms."], False),
        ((), [], True),
        ((), ["a"], False),
        (("(0) [x]*",), ["(0) [x]*"], True),
    ],
)
def test_lines_are_compared(expected: tuple[str, ...], printed: list[str], same: bool) -> None:
    assert transcripts.matches(expected, printed) is same


def test_a_page_is_run_in_a_students_tree(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    files = {
        "handouts/tour.md": PAGE + "```console\n$ echo no\nyes\n```\n",
        "labs/1-heap/lab.toml": LAB,
        "labs/1-heap/heap.cpp": "void f() {\n    // LAB 1 BEGIN\n    g();\n    // LAB 1 END\n}\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "-A"], check=True)
    tree = Tree(root)
    assert transcripts.pages(tree) == [Path("handouts/tour.md")]
    (tmp_path / "work").mkdir()
    ran = list(transcripts.run(tree, Path("handouts/tour.md"), tmp_path / "work"))
    assert [printed for _, printed in ran] == [None, None, None, None, ["no"]]
