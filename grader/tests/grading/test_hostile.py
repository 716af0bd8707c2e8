"""Submissions that attack the machine, with the audit off: they get the outcome they deserve, and spoil nothing but themselves."""

from pathlib import Path

import pytest
from pollux.machine import emulator
from pollux.verdict.outcome import Outcome

from support import HOSTILE, grade_lab, hostile_heap, hostile_names, toml


@pytest.mark.stage
@pytest.mark.parametrize("name", hostile_names())
def test_strikes_only_itself(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "cpu_seconds_for", lambda guest_seconds: 6)
    (tmp_path / "heap.cpp").write_text(hostile_heap(name))
    expected = toml(HOSTILE / f"{name}.toml")
    struck = toml(HOSTILE / "trigger.toml")["struck"]

    result = grade_lab(1, tmp_path, honour_needs=False, audited=False)

    outcomes = {test.test.name: str(test.outcome) for test in result.tests}
    passed = {name: str(Outcome.PASS) for name in outcomes}
    assert outcomes == passed | {name: expected["outcome"] for name in struck}
    for test in result.tests:
        if test.test.name in struck:
            assert expected["message"] in test.verdict.message
