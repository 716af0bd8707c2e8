"""What is kept of a result, and how submissions are graded."""

import json
from pathlib import Path

import pytest
from pollux.classroom import codec
from pollux.classroom.cache import Basis, Cache
from pollux.classroom.marking import ATTEMPTS, Interrupted, Marker, labs_of, take
from pollux.classroom.shards import Shard, shard
from pollux.course import student
from pollux.errors import GraderError
from pollux.grading.grade import Request
from pollux.handin.submission import Handin
from pollux.report.listener import Listener
from pollux.roster.submissions import Submission
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult, of_all

from class_support import LAB, result, taken
from support import TREE


def test_a_result_comes_back_as_it_was(tmp_path: Path) -> None:
    cache, kept = Cache(tmp_path), result(Outcome.FAIL, Outcome.PANIC)
    assert cache.get("key") is None
    cache.put("key", kept)
    assert cache.get("key") == kept
    assert codec.decode(LabResult, json.loads(json.dumps(codec.encode(kept)))) == kept


def test_a_damaged_result_is_none(tmp_path: Path) -> None:
    for content in (b"", b"{}", b"[1]", b'{"lab": 3}', b"\xff"):
        (tmp_path / "key.json").write_bytes(content)
        assert Cache(tmp_path).get("key") is None


def test_a_results_name_depends_on_all_that_it_depends_on() -> None:
    basis, one = Basis(TREE), Handin({1: {"heap.cpp": b"a"}, 2: {"executor.cpp": b"b"}})
    other = Handin({1: {"heap.cpp": b"a "}, 2: {"executor.cpp": b"b"}})
    two, layers = TREE.lab(2), Basis(TREE, own_layers=True)
    assert basis.key(one, LAB) == Basis(TREE).key(one, LAB)
    assert basis.key(one, LAB) != basis.key(other, LAB)
    assert basis.key(one, LAB) != Basis(TREE, seed=2).key(one, LAB)
    assert basis.key(one, LAB) != basis.key(Handin(problems={1: "damaged"}), LAB)
    assert basis.key(one, two) == basis.key(other, two)  # over the reference's heap
    assert layers.key(one, two) != layers.key(other, two)


def test_a_change_in_the_tree_changes_every_name(tmp_path: Path) -> None:
    out = tmp_path / "tree"
    student.write(TREE, out, ())
    before = Basis(type(TREE)(out)).fingerprint
    assert before == Basis(type(TREE)(out)).fingerprint
    with (out / "labs/1-heap/lab.toml").open("a") as file:
        file.write("# kinder\n")
    assert before != Basis(type(TREE)(out)).fingerprint


def test_a_cache_takes_from_another(tmp_path: Path) -> None:
    one, other = Cache(tmp_path / "a"), Cache(tmp_path / "b")
    one.put("x", result())
    other.put("x", result(Outcome.FAIL))
    other.put("y", result())
    assert one.take_from(other) == 1
    assert one.get("x") == result()


@pytest.fixture
def marker(tmp_path: Path) -> Marker:
    return Marker(Basis(TREE), Cache(tmp_path / "cache"), [LAB], tmp_path)


def test_a_grader_error_is_tried_again_and_never_kept(
    marker: Marker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Request] = []

    def grade(request: Request, listener: Listener) -> list[LabResult]:
        tries.append(request)
        if len(tries) % ATTEMPTS:
            raise GraderError("QEMU does not start")
        return [result(Outcome.FAIL)]

    monkeypatch.setattr("pollux.classroom.marking.grade", grade)
    marked = marker.mark(taken("ada"))
    assert len(tries) == ATTEMPTS and not marked.failed
    assert marker.known(taken("bob")) is not None, "the same text is graded once"

    def refuse(request: Request, listener: Listener) -> list[LabResult]:
        raise ZeroDivisionError

    monkeypatch.setattr("pollux.classroom.marking.grade", refuse)
    marked = marker.mark(taken("eve", "other"))
    assert marked.failed
    assert "a bug in the grader itself" in marked.results[0].message
    assert marker.known(taken("eve", "other")) is None


def test_what_was_interrupted_is_not_kept(marker: Marker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that were ended under it would make it a build error, or a crash."""

    def grade(request: Request, listener: Listener) -> list[LabResult]:
        monkeypatch.setattr("pollux.host.processes.stopping", lambda: True)
        return [of_all(LAB, Outcome.BUILD_ERROR, "make failed and said nothing")]

    monkeypatch.setattr("pollux.classroom.marking.grade", grade)
    with pytest.raises(Interrupted):
        marker.mark(taken("ada"))
    assert marker.known(taken("ada")) is None


def test_what_we_cannot_read_is_our_error(marker: Marker) -> None:
    marked = marker.mark(taken("ada", error="no permission"))
    assert marked.failed and marked.results[0].outcome is Outcome.GRADER_ERROR


def test_the_labs_are_those_of_anybody() -> None:
    basis = Basis(TREE)
    assert labs_of([taken("a"), taken("b", None)], basis, ()) == [LAB]
    assert [lab.number for lab in labs_of([], basis, (2, 1, 2))] == [1, 2]
    with pytest.raises(GraderError, match="nobody handed in"):
        labs_of([taken("b", None)], basis, ())


def test_reads_what_was_handed_in(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_text("text")
    basis = Basis(TREE)
    one = take(Submission("ada", tmp_path), basis)
    assert one.handin.has(LAB) and set(one.keys) == {lab.number for lab in TREE.labs}
    (tmp_path / "x.zip").write_text("no zip")
    assert "is damaged" in take(Submission("ada", tmp_path / "x.zip"), basis).refused
    assert "nothing" in take(Submission("ada", None), basis).refused
    assert "there is no" in take(Submission("ada", tmp_path / "gone"), basis).error


def test_shards_are_a_partition() -> None:
    items = list(range(11))
    parts = [Shard(index, 4).of(items) for index in range(1, 5)]
    assert sorted(sum(parts, [])) == items
    assert str(shard("2/8")) == "2/8"
    for text in ("0/3", "4/3", "x", "1/0", "1"):
        with pytest.raises(ValueError):
            shard(text)
