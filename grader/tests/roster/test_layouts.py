"""What the common systems hand out goes in as it is: everybody is found, by the right name."""

from pathlib import Path

import pytest
from pollux.errors import GraderError
from pollux.roster.layouts import System
from pollux.roster.submissions import Class, find

HEAP = '#include "kernel/mm/heap.hpp"\n'


def lay(folder: Path, *names: str) -> Path:
    """Files of these names; a name that ends with `/` is a folder with a heap in it."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            path = path / "heap.cpp"
        path.write_text(HEAP)
    return folder


def names(found: Class) -> list[str]:
    return [one.name for one in found.submissions]


def test_moodles_folders(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "Ada Lovelace_4711_assignsubmission_file_/",
        "Ada Lovelace_4712_assignsubmission_file_/",
        "Jörg von_der Au_4713_assignsubmission_file/",
        "Grace Hopper_4714_assignsubmission_onlinetext_/",
    )
    found = find(tmp_path)
    assert found.system is System.MOODLE
    assert names(found) == [
        "Ada Lovelace (Participant 4711)",
        "Ada Lovelace (Participant 4712)",
        "Grace Hopper",
        "Jörg von_der Au",
    ]
    assert any("2 students have one name" in remark for remark in found.remarks)


def test_moodles_flat_files(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "Ada Lovelace_4711_assignsubmission_file_waker.cpp",
        "Ada Lovelace_4711_assignsubmission_file_timer.cpp",
        "Group 1-Bob Ray_4712_assignsubmission_file_lab.zip",
    )
    roster = tmp_path.parent / "moodle.csv"
    roster.write_text(
        "Identifier,Full name,Grade\nParticipant 4711,Ada Lovelace,\nParticipant 4712,Bob Ray,\n"
    )
    found = find(tmp_path, roster=roster)
    assert names(found) == ["Ada Lovelace", "Bob Ray"]
    assert [file.name for file in found.submissions[0].given] == ["timer.cpp", "waker.cpp"]


def test_two_of_one_name_on_moodles_roster(tmp_path: Path) -> None:
    folder = lay(
        tmp_path / "in",
        "Ada Lovelace_4711_assignsubmission_file_/",
        "Ada Lovelace_4712_assignsubmission_file_/",
    )
    roster = tmp_path / "moodle.csv"
    roster.write_text(
        "Identifier,Full name,Group\nParticipant 4712,Ada Lovelace,B\nParticipant 4711,Ada Lovelace,A\n"
    )
    found = find(folder, roster=roster)
    by_entry = {one.path.name: one.columns[-1] for one in found.submissions if one.path}
    assert by_entry == {
        "Ada Lovelace_4711_assignsubmission_file_": "A",
        "Ada Lovelace_4712_assignsubmission_file_": "B",
    }


def test_canvas(tmp_path: Path) -> None:
    folder = lay(
        tmp_path / "in",
        "lovelaceada_123_900_waker.cpp",
        "lovelaceada_123_901_timer.cpp",
        "hoppergrace_LATE_124_903_heap-1.cpp",
        "hoppergrace_124_902_heap.cpp",
        "smithjohn_125_904_lab.zip",
        "smithjohn_126_905_lab-2.zip",
        "bob.zip",
    )
    found = find(folder)
    assert found.system is System.CANVAS
    assert names(found) == [
        "bob",
        "hoppergrace",
        "lovelaceada",
        "smithjohn (125)",
        "smithjohn (126)",
    ]
    (heap,) = found.submissions[1].given
    assert heap.name == "heap-1.cpp", "the later"
    assert len(found.submissions[2].given) == 2
    assert any("bob.zip is not named" in remark for remark in found.remarks)
    roster = tmp_path / "canvas.csv"
    roster.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (77)\n"
        "    Points Possible,,,,,100\n"
        '"Lovelace, Ada",123,s1,ada1,A,\n"Hopper, Grace",124,s2,grace2,A,\n'
        '"Smith, John",125,s3,john3,A,\n"Smith, John",126,s4,john4,B,\n"Ray, Bob",127,s5,bob,B,\n'
        '"Student, Test",999,,x,A,\n'
    )
    found = find(folder, roster=roster)
    sections = {one.name: one.columns[3] for one in found.submissions}
    assert sections == {
        "Hopper, Grace": "A",
        "Lovelace, Ada": "A",
        "Ray, Bob": "B",
        "Smith, John (s3)": "A",
        "Smith, John (s4)": "B",
    }


METADATA = """---
submission_12345:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0017'
    :email: ada@example.edu
  - :name: "J\\xF6rg Au"
    :sid: ''
    :email: au@example.edu
  :created_at: 2026-11-01 10:00:00.000000000 Z
  :status: processed
  :results:
    tests:
    - name: no name of a student
submission_12346:
  :submitters:
  - :name: 'Grace "Amazing" O''Hopper'
    :sid: '18'
"""


def test_gradescope(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", "submission_12345/", "submission_12346/", "submission_12347/")
    (folder / "submission_metadata.yml").write_text(METADATA)
    found = find(folder)
    assert found.system is System.GRADESCOPE
    assert names(found) == [
        "Ada Lovelace",
        'Grace "Amazing" O\'Hopper',
        "Jörg Au",
        "submission_12347",
    ]
    assert any("submission_12345 is of 2" in remark for remark in found.remarks)
    roster = tmp_path / "r.csv"
    roster.write_text(
        "First Name;Last Name;SID;Email\nAda;Lovelace;0017;ada@example.edu\nJörg;Au;;AU@example.edu\nGrace;Hopper;18;\n"
    )
    assert "Grace Hopper" in names(find(folder, roster=roster))


def test_github(tmp_path: Path) -> None:
    folder = tmp_path / "lab1-submissions"
    for name in ("lab-1-ada-l", "lab-1-bob", "lab-1-eve"):
        lay(folder, f"{name}/")
        (folder / name / ".git").mkdir()
    assert find(folder).system is System.GITHUB
    assert names(find(folder)) == names(find(tmp_path)) == ["ada-l", "bob", "eve"]
    roster = tmp_path / "classroom_roster.csv"
    roster.write_text("identifier,github_username,name\nx1,ada-l,Ada\nx2,BOB,Bob\nx3,eve,Eve\n")
    assert names(find(folder, roster=roster)) == ["Ada", "Bob", "Eve"]


def test_a_system_can_be_named(tmp_path: Path) -> None:
    lay(tmp_path, "a_1_2_x/", "b/", "c/")
    assert names(find(tmp_path, system=System.CANVAS)) == ["a", "b", "c"]
    assert names(find(tmp_path, system=System.PLAIN)) == ["a_1_2_x", "b", "c"]


# Rosters.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_rosters_spelling(encoding: str, delimiter: str, tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", "Jo\u0308rg Au/", "bob/")
    lines = [["Last name", "First name", "ID number"], ["Au", "Jörg", "1"], ["Ray", "bob", "2"]]
    text = "\r\n".join(delimiter.join(line) for line in lines) + "\r\n"
    (tmp_path / "r.csv").write_bytes(text.encode(encoding))
    found = find(folder, roster=tmp_path / "r.csv", column="first name")
    assert "bob" in names(found)
    found = find(lay(tmp_path / "in2", "Jo\u0308rg Au/"), roster=tmp_path / "r.csv")
    assert [one.name for one in found.submissions if one.path] == ["Jörg Au"]


def test_most_of_the_roster_unmatched_is_refused(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", *(f"s{number}/" for number in range(10)))
    (tmp_path / "r.csv").write_text(
        "name,matriculation\n" + "".join(f"n{n},s{n}\n" for n in range(10))
    )
    with pytest.raises(GraderError, match="only 0 handed in, and 10 who did are not on it"):
        find(folder, roster=tmp_path / "r.csv")
    assert len(names(find(folder, roster=tmp_path / "r.csv", column="Matriculation"))) == 10
    with pytest.raises(GraderError, match="has no column nobody"):
        find(folder, roster=tmp_path / "r.csv", column="nobody")


def test_half_of_a_class_may_be_late(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", "s1/", "s2/")
    (tmp_path / "r.csv").write_text("name\n" + "".join(f"s{n}\n" for n in range(10)))
    assert len(find(folder, roster=tmp_path / "r.csv").submissions) == 10


def test_the_rosters_own_column_decides_between_two(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", "ada/", "ada.zip")
    (tmp_path / "r.csv").write_text("name,file\nada,ada.zip\n")
    (ada,) = find(folder, roster=tmp_path / "r.csv").submissions
    assert ada.path and ada.path.name == "ada.zip"


def test_the_latest_of_two(tmp_path: Path) -> None:
    import os

    folder = lay(tmp_path / "in", "ada/", "ada.zip")
    os.utime(folder / "ada.zip", (0, 0))
    found = find(folder, latest=True)
    assert [one.path.name for one in found.submissions if one.path] == ["ada"]
    assert "ada handed in ada, which counts, and ada.zip" in found.remarks


def test_an_unknown_kind_of_file_of_somebody_on_the_roster(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", "bob/", "eve.docx")
    (tmp_path / "r.csv").write_text("name\nbob\neve\n")
    assert find(folder, roster=tmp_path / "r.csv").submissions[1].path == folder / "eve.docx"
