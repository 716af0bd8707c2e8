"""Who handed in what: names, patterns, rosters."""

from pathlib import Path

import pytest
from pollux.errors import GraderError
from pollux.roster import submissions
from pollux.roster.submissions import Submission, find


def handed_in(folder: Path, *names: str) -> Path:
    for name in names:
        if name.endswith((".zip", ".md")):
            (folder / name).write_bytes(b"")
        else:
            (folder / name).mkdir()
    return folder


def names(found: submissions.Class) -> list[str]:
    return [one.name for one in found.submissions]


def test_an_entry_is_a_student(tmp_path: Path) -> None:
    found = find(handed_in(tmp_path, "bob", "ada.zip", ".git", "notes.md"))
    assert names(found) == ["ada", "bob"]
    assert found.remarks == ("notes.md is no submission: neither a folder nor an archive",)


def test_a_pattern_finds_the_name(tmp_path: Path) -> None:
    folder = handed_in(tmp_path, "Ada L_123_file_", "Bob_4_file_", "readme")
    found = find(folder, r"^(?P<name>[^_]+)_(\d+)_")
    assert names(found) == ["Ada L", "Bob"]
    assert found.remarks == ("readme does not match the pattern and was left out",)


def test_a_roster_has_the_last_word(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    handed_in(folder, "x1.zip", "bob", "stranger")
    roster = tmp_path / "r.csv"
    roster.write_text("Name,Section,Submission\nada,A,x1.zip\nbob,B,\ncarl,B,\n")
    found = find(folder, roster=roster)
    assert names(found) == ["ada", "bob", "carl", "stranger"]
    assert found.columns == ("Section",)
    assert found.submissions[2].path is None
    assert found.submissions[0].columns == ("A",)
    assert found.remarks == ("stranger is not on the roster", "carl handed in nothing")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("points\n1\n", "has no column name"),
        ("name\nada\nada\n", "names ada for the second time"),
        ("name,section\nada\n", "does not fit its titles"),
    ],
)
def test_a_roster_that_makes_no_sense(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(GraderError, match=words):
        find(handed_in(tmp_path, "ada"), roster=tmp_path / "r.csv")


def test_two_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="ada handed in twice, ada and ada.zip"):
        find(handed_in(tmp_path, "ada", "ada.zip"))


def test_an_empty_class_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="holds no submission"):
        find(tmp_path)
    with pytest.raises(GraderError, match="is no folder"):
        find(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["../../etc", "a/b", "-rf", ".hidden", "a\nb", "", "x" * 300])
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    folder = Submission(name, None).folder
    assert "/" not in folder and "\n" not in folder and not folder.startswith((".", "-"))
    assert len(folder) < 100 and folder != Submission(name + "!", None).folder
