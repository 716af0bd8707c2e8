"""The sentences of a contract, and the table of the tests that hold them."""

from pathlib import Path

import pytest
from pollux.checks import labs
from pollux.course import promises
from pollux.course.tree import Tree
from pollux.errors import GraderError

from support import TREE


def test_a_paragraph_falls_into_its_sentences() -> None:
    text = "Null is allowed and does nothing. A bad free (see `BadFree`)\nis named: always. `stats` says so."
    assert promises.sentences(text) == [
        "Null is allowed and does nothing.",
        "A bad free (see `BadFree`) is named: always.",
        "`stats` says so.",
    ]


def test_a_handout_has_its_points() -> None:
    page = "\n## The contract\n\nIn words.\n\n- One. Two goes\n  on here.\n- Three.\n\n## Steps\n- Four.\n"
    assert promises.handout_sentences(page) == ["One.", "Two goes on here.", "Three."]


def test_a_header_is_read_above_what_the_student_writes() -> None:
    said = promises.header_sentences(TREE, TREE.lab(1))
    assert "Zero bytes give a distinct block as well." in said
    assert not any("1 << 12" in sentence for sentence in said)


def test_every_sentence_is_held() -> None:
    assert not list(labs.contracts(TREE))


def _tree_with(tmp_path: Path, old: str, new: str) -> Tree:
    """A tree that shares all but the table of lab 1, in which one thing is another."""
    for path in TREE.root.iterdir():
        if path.name != "labs":
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "labs").mkdir()
    for path in (TREE.root / "labs").iterdir():
        if path.name != "1-heap":
            (tmp_path / "labs" / path.name).symlink_to(path)
    folder = tmp_path / "labs" / "1-heap"
    folder.mkdir()
    for path in (TREE.root / "labs" / "1-heap").iterdir():
        if path.name != promises.NAME:
            (folder / path.name).symlink_to(path)
    text = (TREE.root / "labs" / "1-heap" / promises.NAME).read_text()
    assert old in text
    (folder / promises.NAME).write_text(text.replace(old, new))
    return Tree(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Zero bytes give", "Zero bytes gave", "no test is named for `Zero bytes give"),
        ("Zero bytes give", "Zero bytes gave", "neither header nor handout says `Zero bytes gave"),
        ('["heap.frees_null"]', '["heap.frees_nil"]', "there is no test heap.frees_nil"),
        ('["heap.frees_null"]', '["heap.frees_nil"]', "heap.frees_null holds no sentence"),
        ('["heap.frees_null"]', "[]", "has either tests or a reason"),
    ],
)
def test_a_table_that_is_wrong_is_found_out(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in labs.contracts(_tree_with(tmp_path, old, new)))


def test_a_table_must_be_there(tmp_path: Path) -> None:
    tree = _tree_with(tmp_path, "Zero", "Zero")
    (tmp_path / "labs" / "1-heap" / promises.NAME).unlink()
    with pytest.raises(GraderError):
        promises.load(tree, TREE.lab(1))
