"""The handouts' pages as they are prepared for the site and for print."""

from pathlib import Path

import pytest
from pollux.book import names, places, sessions
from pollux.book.prepare import Pages, source_text
from pollux.book.site import pages
from pollux.course.tree import Tree
from pollux.errors import GraderError

HEADER = """\
// class Gate, in words
namespace event { class Gate; }
enum class State { open };
class Gate {
public:
    bool is_open() const { return state_ == State::open; }
    void shut();
    static constexpr int LIMIT = 3;
private:
    State state_;
};
inline void shut(Gate& gate) { return gate.shut(); }
"""


@pytest.mark.parametrize(
    ("symbol", "line"),
    [
        ("State", 3),
        ("Gate", 4),
        ("Gate::is_open", 6),
        ("shut", 7),
        ("Gate::shut", 7),
        ("LIMIT", 8),
        ("state_", 10),
        ("gone", None),
        ("Gate::gone", None),
        ("words", None),
    ],
)
def test_a_symbol_is_found_where_it_is_introduced(symbol: str, line: int | None) -> None:
    assert places.find(HEADER, ".hpp", symbol) == line


def test_symbols_of_other_languages() -> None:
    assert places.find("; entry\nglobal entry\nentry:\n    ret\n", ".asm", "entry") == 3
    assert places.find("# def f\nx = f()\ndef f() -> None:\n", ".py", "f") == 3
    assert places.find("# LABS\nall: x\nLABS := 1\n", "", "LABS") == 3


HEAP = "void f() {\n    // LAB 1 BEGIN\n    solution();\n    // LAB 1 END\n}\n"
SVG = '<svg width="10" height="5"><title>t</title>\n<style>x</style>\n<marker id="tip"/><path end="url(#tip)"/></svg>'
PAGE = """\
See `kernel/gate.hpp::Gate::shut`, `kernel/gate.hpp` and `labs/1-heap/heap.cpp::f`.

![A picture](pictures/x.svg)

```
`kernel/gate.hpp::Gate`
```
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    files = {
        "kernel/gate.hpp": HEADER,
        "labs/1-heap/heap.cpp": HEAP,
        "handouts/lab-1-heap.md": PAGE,
        "handouts/index.md": "# All",
        "handouts/instructor.md": "# Answers",
        "handouts/pictures/x.svg": SVG,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Tree(tmp_path)


def test_code_becomes_links_and_pictures_a_part_of_the_page(tree: Tree) -> None:
    prepared = Pages(tree, lambda path, number: f"{path}#{number}")
    text = prepared.prepare(Path("handouts/lab-1-heap.md"))
    assert "[`kernel/gate.hpp::Gate::shut`](kernel/gate.hpp#7)" in text
    assert "[`kernel/gate.hpp`](kernel/gate.hpp#None)" in text
    assert "\n`kernel/gate.hpp::Gate`\n" in text
    assert 'aria-label="A picture"' in text and "<style>" not in text
    assert 'id="x-tip"' in text and "url(#x-tip)" in text
    assert prepared.files == {Path("kernel/gate.hpp"), Path("labs/1-heap/heap.cpp")}


def test_a_printed_picture_keeps_its_colours_and_clips_no_tip(tree: Tree) -> None:
    text = Pages(tree, lambda path, number: None, styled=True).prepare(
        Path("handouts/lab-1-heap.md")
    )
    assert "<style>x</style>" in text and '<marker overflow="visible" id="x-tip"' in text


def test_a_symbol_that_is_gone_is_an_error(tree: Tree) -> None:
    (tree.root / "kernel/gate.hpp").write_text("class Door;\n")
    with pytest.raises(GraderError, match=r"lab-1-heap\.md: kernel/gate\.hpp has no Gate::shut"):
        Pages(tree, lambda path, number: "").prepare(Path("handouts/lab-1-heap.md"))


def test_no_solution_is_shown(tree: Tree) -> None:
    text = source_text(tree, Path("labs/1-heap/heap.cpp"))
    assert "solution" not in text and "not_written" in text


def test_the_instructors_pages_are_not_the_students(tree: Tree) -> None:
    names = [path.name for path in pages(tree, private=False)]
    assert names == ["index.md", "lab-1-heap.md"]
    assert pages(tree, private=True)[-1].name == "instructor.md"


def test_what_is_typed_can_be_told_from_what_is_said() -> None:
    shell = '<span class="gp">$ </span>make <span class="nv">LAB</span>=1'
    said = '<span class="go">&lt;bochs:12&gt; r</span>\n'
    said += '<span class="gp gp-VirtualEnv">(0)</span> <span class="go">[…]</span>\n'
    said += '<span class="gp gp-VirtualEnv">(gdb)</span> bt\n\n  <span class="gp">#</span>0 f\n'
    assert sessions.mark(f"<pre><code>{shell}\n{said}</code></pre> {said}") == (
        f"<pre><code>{shell}\n"
        '<span class="gp">&lt;bochs:12&gt;</span> <span class="typed">r</span>\n'
        '<span class="go">(0) […]</span>\n'
        '<span class="gp">(gdb)</span> <span class="typed">bt</span>\n\n'
        f'<span class="go">  #0 f</span>\n</code></pre> {said}'
    )


def test_long_names_break_between_their_parts() -> None:
    page = "<code>heap.frees_another_block</code> <code>kernel/b.hpp::Class::f</code> "
    others = "<code>co_await</code> <code>__option --of-a-command</code>"
    others += "<pre><span></span><code>a_name_that_is_in_a_block</code></pre>"
    assert names.breakable(page + others) == (
        "<code>heap.<wbr>frees_<wbr>another_<wbr>block</code> "
        "<code>kernel/<wbr>b.hpp::<wbr>Class::<wbr>f</code> "
        f"{others}"
    )
