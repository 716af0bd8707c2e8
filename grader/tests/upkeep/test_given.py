"""The tests of what is given, each in a machine of its own, in the last stage."""

import os
from pathlib import Path

import pytest
from pollux.building.stage import Stage, build_own
from pollux.grading.running import Runner, Settings
from pollux.upkeep import given
from pollux.verdict.outcome import Outcome

from support import TREE

pytestmark = pytest.mark.stage


def test_given_tests_are_found() -> None:
    names = [test.name for test in given.quick_tests(TREE)]
    assert "frame.gives_each_frame_once" in names and "paging.forgets_what_it_unmaps" in names
    assert "event.is_freed_outside_of_handlers" not in names  # the host's alone
    assert len(names) == len(set(names))
    assert not {test.name for lab in TREE.labs for test in lab.tests} & set(names)
    assert {test.name for test in given.tests(TREE)} - set(names) == {
        "soak.ten_thousand_spawns_and_exits"
    }


def test_given_tests_pass(tmp_path: Path) -> None:
    stage = build_own(TREE, TREE.labs[-1], tmp_path / "own", lambda: None)
    assert isinstance(stage, Stage)
    runner = Runner(stage, TREE.root, tmp_path / "runs", Settings(1, os.cpu_count() or 1, False))
    results = runner.run(given.quick_tests(TREE), lambda result: None)
    failed = {
        result.test.name: f"{result.outcome}: {result.verdict.message}"
        for result in results
        if result.outcome is not Outcome.PASS
    }
    assert not failed
