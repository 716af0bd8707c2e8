"""gdb's commands for the kernel, in batch mode, at known moments of known tests."""

import re
import subprocess
from pathlib import Path

import pytest
from pollux import processes

from support import TREE

SECONDS = 240

AWAITS = """
break event::Event::poll
continue
continue
python import gdb_pollux.structures as structures
python frames = list(structures.awaits(gdb.parse_and_eval("this").dereference()))
python print([frame.function for frame in frames])
python print([frame.place for frame in frames])
"""

SLEEPERS = """
break event::idle
continue
events
runqueue
sleepers
wakers
event 1
heap
print 'event::(anonymous namespace)::this_executor'.blocked
"""


def gdb(lab: int, test: str, script: str, folder: Path, *refused: str) -> str:
    """What gdb says to the commands of `script`, stopped where the test begins, and then to those it refuses."""
    commands = folder / "commands"
    commands.write_text(f"set pagination off\nset confirm off\n{script}")
    more = " ".join(f"-ex '{command}'" for command in (*refused, "kill"))
    done = subprocess.run(
        ["make", "gdb", f"LAB={lab}", f"TEST={test}", f"GDB=-batch -x {commands} {more}"],
        cwd=TREE.root,
        env=processes.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout


@pytest.mark.stage
def test_events_and_their_awaits(tmp_path: Path) -> None:
    """Three coroutines await one another; the innermost waits for its turn."""
    said = gdb(2, "executor.goes_on_at_the_resume_point", AWAITS, tmp_path)
    assert "['innermost', 'middle', 'outermost']" in said
    places = re.findall(r"labs/2-executor/tests/poll\.cpp:(\d+)", said)
    lines = (TREE.root / "labs/2-executor/tests/poll.cpp").read_text().splitlines()
    awaited = [lines[int(place) - 1].strip() for place in places[-3:]]
    assert "yield_now" in awaited[0]
    assert "innermost(log)" in awaited[1] and "middle(log)" in awaited[2]


@pytest.mark.stage
def test_queues_sleepers_and_blocked_events(tmp_path: Path) -> None:
    """Sixty-four sleepers, stopped at the first halt: both are blocked, and nothing is ready."""
    test = "timer.wakes_in_order_of_deadline"
    said = gdb(3, test, SLEEPERS, tmp_path, "event 999", "processes")
    table = re.findall(r"^ +(\d+) +0 blocked +normal +1  event::Sleep, labs/\S+:\d+$", said, re.M)
    assert len(table) == 64
    assert re.search(r"^normal +-$", said, re.M)
    deadlines = [int(text) for text in re.findall(r"^ *(\d+) ns  event \d+ at ", said, re.M)]
    assert deadlines == sorted(deadlines) and len(deadlines) == len(table)
    assert re.search(rf"^event {table[0]}: \d+ references, waits for event::Sleep$", said, re.M)
    assert "no event 999 is queued, blocked or running" in said
    assert re.search(r"^\d+ blocks in use, \d+ bytes$", said, re.M)
    assert "there is no 'process::(anonymous namespace)::table' in this stage" in said
    assert f"list of {len(table)}" in said
