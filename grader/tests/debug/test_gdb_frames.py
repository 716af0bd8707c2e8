"""gdb's commands in frames where names mean something else."""

import re
from pathlib import Path

import pytest

from test_gdb import in_gdb


@pytest.mark.stage
def test_a_variable_called_event_hides_nothing(tmp_path: Path) -> None:
    """In a frame that has one, `event::…` is no name: the commands look for the kernel's variables otherwise."""
    script = "break event::wake\ncontinue\nprint event.id\nevents\nrunqueue\nwakers\n"
    said = in_gdb(3, "waker.blocks_until_woken", script, tmp_path)
    assert re.search(r"^ +1 +0 blocked +normal +1  ", said, re.MULTILINE), said
    assert re.search(r"^high +-$", said, re.MULTILINE), said
    assert re.search(r"^event 1: \d references?, waits for", said, re.MULTILINE), said
