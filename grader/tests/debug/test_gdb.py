"""gdb's commands for the kernel, in batch mode, at known moments of known tests; and runs that go backwards."""

import json
import re
import subprocess
from pathlib import Path

import pexpect
import pytest
from pollux.building.stage import BuildError, build_handin
from pollux.course.tree import Tree
from pollux.debug import gdb_command, vscode
from pollux.errors import GraderError
from pollux.host import processes
from pollux.machine.bochs_machine import with_orders

from support import BASES, TREE, hostile_heap
from walks import GDB, missing, walks

SECONDS = 240
PROMPT = r"\(gdb\) "
SETTINGS = "set pagination off\nset confirm off\nset width 0\n"

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
print event::this_executor.blocked
"""

PROCESSES = """
tbreak process::Process::create
continue
print program
next
next
print space
print (arch::Physical)0x1000
break process::run_turn
continue
continue
continue
continue
processes
events
print process.event.event_->topmost
print *(event::Task<void>*)&process.event.event_->topmost
user-symbols
break system_call
continue
bt
user-symbols shell
print 'process::(anonymous namespace)::table'
"""


def said_by(command: list[str], folder: Path, script: str, *refused: str) -> str:
    """What gdb says to the commands of `script`, stopped where the test begins, and then to those it refuses."""
    commands = folder / "commands"
    commands.write_text(f"{SETTINGS}{script}")
    more = ["-batch", "-x", str(commands)]
    for each in (*refused, "kill"):
        more += ["-ex", each]
    if command[0] == "make":
        command = [*command, "GDB=" + " ".join(f"'{word}'" for word in more)]
    else:
        command = [*command, "--", *more]
    done = subprocess.run(
        command,
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


def in_gdb(lab: int, test: str, script: str, folder: Path, *refused: str) -> str:
    """On the plain build of the tree, which is there anyway."""
    BASES.ensure(TREE, TREE.lab(lab), folder / "make", lambda: None)
    command = ["grader/gdb", f"--lab={lab}", f"--test={test}"]
    return said_by(command, folder, script, *refused)


@pytest.mark.stage
def test_chains_of_awaits(tmp_path: Path) -> None:
    """Three coroutines await one another; the innermost waits for its turn."""
    said = in_gdb(2, "executor.goes_on_at_the_resume_point", AWAITS, tmp_path)
    assert "['innermost', 'middle', 'outermost']" in said, said


@pytest.mark.stage
def test_a_traced_build_knows_the_lines(tmp_path: Path) -> None:
    """`make gdb` as it is: it makes one."""
    command = ["make", "gdb", "LAB=2", "TEST=executor.goes_on_at_the_resume_point"]
    said = said_by(command, tmp_path, AWAITS)
    places = re.findall(r"labs/2-executor/tests/poll\.cpp:(\d+)'", said)
    lines = (TREE.root / "labs/2-executor/tests/poll.cpp").read_text().splitlines()
    awaited = [lines[int(place) - 1].strip() for place in places]
    assert len(awaited) == 3, said
    for words, line in zip(("yield_now", "innermost(log)", "middle(log)"), awaited):
        assert words in line


@pytest.mark.stage
def test_the_walk_of_the_guide(tmp_path: Path) -> None:
    """What the page prints of gdb is what gdb prints, on the traced build too."""
    for walk in walks(TREE.root / "handouts/gdb.md", GDB):
        command = ["make", "gdb", *(f"{name}={value}" for name, value in walk.make.items())]
        mark = "----- and now:"
        script = "".join(f"echo \\n{mark}\\n\n{step.command}\n" for step in walk.steps)
        said = said_by(command, tmp_path, script).split(f"{mark}\n")
        assert len(said) == len(walk.steps) + 1
        for step, output in zip(walk.steps, said[1:]):
            assert missing(step.expected, output) is None, (step, output)


@pytest.mark.stage
def test_queues_sleepers_and_blocked_events(tmp_path: Path) -> None:
    """Sixty-four sleepers, stopped at the first halt: both are blocked, and nothing is ready."""
    test = "timer.wakes_in_order_of_deadline"
    said = in_gdb(3, test, SLEEPERS, tmp_path, "event 999", "processes")
    table = re.findall(r"^ +(\d+) +0 blocked +normal +1  Sleep from \S+:\d+$", said, re.M)
    assert len(table) == 64, said
    assert re.search(r"^normal +-$", said, re.M)
    deadlines = [int(text) for text in re.findall(r"^ *(\d+) ns  event \d+ from ", said, re.M)]
    assert deadlines == sorted(deadlines) and len(deadlines) == len(table)
    assert re.search(rf"^event {table[0]}: \d+ references?, waits for Sleep$", said, re.M)
    assert "no event 999 is queued, blocked or running" in said
    assert re.search(r"^\d+ blocks in use, \d+ bytes$", said, re.M)
    assert "there is no 'process::(anonymous namespace)::table' in this stage" in said
    assert f"list of {len(table)}" in said


@pytest.mark.stage
def test_processes_and_programs(tmp_path: Path) -> None:
    """One process reads, one sleeps, one computes: stopped where the third comes to its second turn."""
    said = in_gdb(
        5, "blocked.two_wait_while_a_third_runs", PROCESSES, tmp_path, "user-symbols nothing"
    )
    table = re.findall(r"^ +(\d) +0 (blocked|running) +\d+ +\d+ test_pipes$", said, re.M)
    assert table == [("1", "blocked"), ("2", "blocked"), ("3", "running")], said
    assert re.search(
        r"^ +1 +1 blocked  normal +1  Pipe::Reading from system_calls.cpp:", said, re.M
    )
    assert re.search(r"^#0 +system_call \(\) at labs/5-process/user/runtime/calls.asm", said, re.M)
    assert re.search(r"^#2 .*spins", said, re.M)
    assert "the names of test_pipes are known" in said and "the names of shell are known" in said
    assert "nothing.elf: which programs are there?" in said
    for printed in (' = "test_pipes"', " = value {tables_", " = physical 0x1000", " = list of 3"):
        assert printed in said, said
    assert re.search(r"= frame 0x\w+ of process::run_process$", said, re.M)
    assert re.search(r"= task: frame 0x\w+ of process::run_process$", said, re.M)


@pytest.mark.stage
def test_it_fits_the_terminal_of_a_student(tmp_path: Path) -> None:
    """80 by 24: the first prompt, a run that is stopped by Ctrl-C, the tables; and no QEMU is left behind."""
    BASES.ensure(TREE, TREE.lab(3), tmp_path / "make", lambda: None)
    command = "grader/gdb --lab=3 --test=timer.index_growth"  # which takes many seconds
    plain = {**processes.environment(), "TERM": "dumb"}
    child = pexpect.spawn(
        command, cwd=str(TREE.root), dimensions=(24, 80), encoding="utf-8", env=plain
    )

    def ask(words: str) -> list[str]:
        child.sendline(words)
        child.expect(PROMPT, timeout=60)
        return str(child.before).replace("\r", "").split("\n")[1:]

    try:
        child.expect(PROMPT, timeout=60)
        first = str(child.before).splitlines()
        assert len(first) < 24 and max(map(len, first)) < 80, first
        ask("set height 0")
        ask("break event::idle")
        ask("c")
        ask("delete 2")
        for table in ("events", "sleepers", "wakers", "runqueue", "heap"):
            shown = ask(table)
            assert shown and max(map(len, shown)) < 80, shown
        child.sendline("c")
        child.expect("Continuing", timeout=60)
        # gdb may not have let the machine go yet, and forgets a Ctrl-C that comes before.
        for _ in range(10):
            child.sendintr()
            if child.expect([PROMPT, pexpect.TIMEOUT], timeout=2) == 0:
                break
        assert "SIGINT" in child.before
        child.sendline("q")
        child.expect(r"\(y or n\) ", timeout=60)
        child.sendline("y")
        child.expect(pexpect.EOF, timeout=60)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0


BACKWARDS = """
bt
fault
bt
break heap::allocate
reverse-continue
print bytes
print $rip
reverse-stepi
print $rip
reverse-stepi
continue
print bytes
"""


@pytest.mark.stage
def test_a_failing_run_goes_backwards(tmp_path: Path) -> None:
    """From the fault of a heap that writes to nowhere, back to the call that did."""
    (tmp_path / "handin/labs/1-heap").mkdir(parents=True)
    (tmp_path / "handin/labs/1-heap/heap.cpp").write_text(hostile_heap("writes_to_null"))
    lab = TREE.lab(1)
    BASES.ensure(TREE, lab, tmp_path / "make", lambda: None)
    built = build_handin(TREE, lab, [lab], tmp_path, lambda: None, audited=False)
    assert not isinstance(built, BuildError), built
    test = "--test=heap.aligns_up_to_a_page"
    command = ["grader/gdb", "--lab=1", f"--out={built.iso.parent}", test, "--replay"]
    said = said_by(command, tmp_path, BACKWARDS)
    assert "FAULT page fault at 0x" in said, said
    assert "look for a null pointer" in said and "stopped where the run ended" in said
    assert re.search(r"^#1 .*die_of_exception", said, re.M), said
    assert re.search(r"^#0 +(?:0x\w+ in )?(?:hostile::strike|heap::allocate) ", said, re.M), said
    assert re.search(r"^#\d .* in test_heap_aligns_up_to_a_page ", said, re.M), said
    assert re.search(r"^\$1 = 1000$", said, re.M), said
    here, before = re.findall(r"^\$[23] = .*0x(\w+)", said, re.M)
    assert int(before, 16) != int(here, 16), said
    assert re.search(r"^\$4 = 1000$", said, re.M), said


def test_orders_are_the_graders() -> None:
    test = TREE.lab(3).tests[0]
    words = str(gdb_command.orders_for(TREE, 3, test.name))
    assert words == f"test={test.name} seed=1 shift=5 limit={test.limit_seconds}"
    longest = max(test.limit_seconds for test in TREE.lab(3).tests)
    assert str(gdb_command.orders_for(TREE, 3, None)) == f"test=lab seed=1 shift=5 limit={longest}"
    assert gdb_command.orders_for(TREE, 3, "clock.timer_fires_once").limit_seconds == 10
    assert with_orders(b'orders="' + b" " * 99 + b'" \n', words)


def test_the_editors_files(tmp_path: Path) -> None:
    """Valid JSON, whose tasks and programs are those that the Makefile makes."""
    (tmp_path / "Makefile").touch()
    launch, tasks = (json.loads(path.read_text()) for path in vscode.write(TREE, tmp_path))
    assert [path.name for path in vscode.write(TREE, tmp_path)] == ["launch.json", "tasks.json"]
    labels = {task["label"]: task for task in tasks["tasks"]}
    inputs = {each["id"] for each in tasks["inputs"]}
    makefile = (TREE.root / "grader/debug.mk").read_text() + (TREE.root / "Makefile").read_text()
    for task in labels.values():
        target, *variables = task["args"]
        assert re.search(rf"^{target}:.*##", makefile, re.M)
        assert all(re.fullmatch(r"(LAB|TEST|PORT)=.+", word) for word in variables)
        assert set(re.findall(r"\$\{input:(\w+)\}", " ".join(variables))) <= inputs
    assert len(launch["configurations"]) == len(TREE.labs)
    for lab, each in zip(TREE.labs, launch["configurations"]):
        server = labels[each["preLaunchTask"]]
        assert f"LAB={lab.number}" in server["args"] and each["type"] == "cppdbg"
        assert each["miDebuggerServerAddress"].endswith(server["args"][-1].replace("PORT=", ":"))
        assert each["program"] == f"${{workspaceFolder}}/build/trace/stage-{lab.number}.elf"
        assert re.search(server["problemMatcher"]["background"]["endsPattern"], gdb_command.WAITS)


def test_the_editors_files_are_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="is no Pollux tree"):
        vscode.write(TREE, tmp_path)
    (tmp_path / "Makefile").touch()
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode/tasks.json").write_text("{}\n")
    with pytest.raises(GraderError, match="is there already"):
        vscode.write(Tree(TREE.root), tmp_path)
    assert not (tmp_path / ".vscode/launch.json").exists()
