"""What a failed expectation shows of a value in the kernel: read by whoever has to find the mistake."""

from pathlib import Path

import pytest

from support import TREE, grade_lab, reference


@pytest.mark.stage
@pytest.mark.parametrize(
    ("change", "test", "expected", "got"),
    [
        (
            ("return resume_point ? Poll::pending : Poll::ready;", "return Poll::pending;"),
            "executor.polls_a_task_to_its_end",
            '"ready"',
            '"pending"',
        ),
        (
            ("event.state = State::ready;", "event.state = State::blocked;"),
            "executor.notes_where_an_event_is",
            '"ready"',
            '"blocked"',
        ),
        (
            ("event.level = event.priority;", "event.level = Priority::high;"),
            "executor.runs_higher_priorities_first",
            '"aabBbBccdd"',
            '"',
        ),
    ],
)
def test_a_failure_shows_values_by_their_names(
    change: tuple[str, str], test: str, expected: str, got: str, tmp_path: Path
) -> None:
    """What an enum is called, and what a log of the tests has in it."""
    source = reference(TREE.lab(2), "executor.cpp")
    assert source.count(change[0]) == 1, "the reference has changed"
    (tmp_path / "executor.cpp").write_text(source.replace(*change))
    (result,) = grade_lab(2, tmp_path, tests=(test,), honour_needs=False, audited=False).tests
    console = result.console.replace("\r", "")
    assert f"  expected: {expected}\n  got:      {got}" in console, console
    assert "(an object)" not in console
