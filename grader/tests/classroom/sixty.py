"""A class of sixty: graded on all processors, interrupted, killed and resumed, and graded once more from cold.

Every outcome must be the expected one, and both tables the same, byte for byte. Slow: `make class-test`.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "classroom"), str(TESTS), str(TESTS.parent)]

import sample_class  # noqa: E402

# In the background of a script SIGINT is ignored, and what is started and interrupted here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

GRADE_CLASS = TESTS.parent / "grade-class"


def say(words: str) -> None:
    print(words, flush=True)


def start(folder: Path, out: Path, jobs: int) -> "subprocess.Popen[bytes]":
    command = [str(GRADE_CLASS), str(folder), "--out", str(out), "-j", str(jobs)]
    return subprocess.Popen(command)


def stop_when(out: Path, results: int, process: "subprocess.Popen[bytes]", number: int) -> int:
    """Sends the signal once that many results are there; how the process ended."""
    while len(list(out.glob("cache/*.json"))) < results:
        if process.poll() is not None:
            raise SystemExit(f"grade-class ended by itself with {process.returncode}")
        time.sleep(0.1)
    process.send_signal(number)
    return process.wait(120)


def scratch_folders(process: int) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"pollux-class-{process}-*"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="class-test", description=__doc__)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--count", type=int, default=60, metavar="N", help="students")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave everything in a new folder")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="pollux-sixty-"))
    try:
        return run(folder, arguments.count, arguments.jobs)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


def run(folder: Path, count: int, jobs: int) -> int:
    students = sample_class.whole(count)
    handed_in, first, second = folder / "submissions", folder / "first", folder / "second"
    sample_class.write(students, handed_in)
    complaints = []

    count = len(students)
    say(f"== {count} submissions, interrupted after {count // 3} results")
    process = start(handed_in, first, jobs)
    status = stop_when(first, count // 3, process, signal.SIGINT)
    if status != 130 or scratch_folders(process.pid):
        complaints.append(f"an interrupt ends it with {status}, {scratch_folders(process.pid)}")
    say(f"== killed after {2 * count // 3}")
    process = start(handed_in, first, jobs)
    stop_when(first, 2 * count // 3, process, signal.SIGKILL)
    killed = process.pid

    say("== resumed")
    kept = len(list(first.glob("cache/*.json")))
    if start(handed_in, first, jobs).wait() not in (0, 1):
        complaints.append("the resumed run did not end well")
    if scratch_folders(killed):
        complaints.append("what the killed one left lies there still")
    say(f"   {kept} results were there before, {len(list(first.glob('cache/*.json')))} are now")
    complaints += sample_class.wrong(students, json.loads((first / "grades.json").read_text()))

    say("== once more, from cold")
    begin = time.monotonic()
    if start(handed_in, second, jobs).wait() not in (0, 1):
        complaints.append("the cold run did not end well")
    seconds = time.monotonic() - begin
    say(f"   {seconds:.0f} s, {60 * count / seconds:.1f} submissions a minute with -j {jobs}")
    if (first / "grades.csv").read_bytes() != (second / "grades.csv").read_bytes():
        complaints.append("the two grades.csv differ")
    for complaint in complaints:
        say(f"   {complaint}")
    say(f"{count - len(complaints)} passed, {len(complaints)} failed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
