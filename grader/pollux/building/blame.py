"""Whose doing a build that failed is. The student's only where the compiler or the linker says what is wrong with the
source, or where one of our own limits, of processor time or of bytes, has ended it. All else is the host's.
"""

import re
import signal
from pathlib import Path

from ..errors import HostTrouble
from ..host import disk, processes

ERROR = re.compile(r"^(?P<place>[^\s:][^:]*:\d+(?::\d+)?): (?:fatal )?error: (?P<text>.*)$")
LINK_ERROR = re.compile(r"^ld\.lld(?:-\d+)?: error: (?P<text>.*)$")
# What make says of each file that it builds, and of itself when it gives up.
STEP = re.compile(r"^(?:  [A-Z]+ +\S+|make(?:\[\d+\])?: .*)$")
# How make says that a program was ended: in words, or as the status of the shell that it ran in.
GIVEN_UP = re.compile(r"^make(?:\[\d+\])?: \*\*\* \[.*\] (?P<how>[A-Z].*)$")
STATUS = re.compile(r"Error (\d+)(?: \(ignored\))?$")
# Words of the system, in a tool's own mouth.
NO_ROOM = ("No space left on device", "Disk quota exceeded", "Input/output error", "Read-only file")
NO_FILE = ("cannot open", "failed to open", "failed to write", "unable to open output file")
NOT_THERE = frozenset((126, 127))
OURS = frozenset(128 + number for number in (signal.SIGXCPU, signal.SIGXFSZ))
# A program that stumbles over its input, and not over us.
STUMBLES = frozenset(
    128 + number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGBUS)
)


def errors_in(output: str) -> list[str]:
    """The errors among a compiler's or a linker's lines, each on one line."""
    found = []
    for line in output.splitlines():
        if match := ERROR.match(line):
            found.append(f"{match['place']}: {match['text']}")
        elif match := LINK_ERROR.match(line):
            found.append(f"linking: {match['text']}")
    return found


def words(output: str) -> str:
    """The output without make's list of steps."""
    return "\n".join(line for line in output.splitlines() if not STEP.match(line))


def complaint(made: processes.Finished, seconds: float, out: Path) -> str | None:
    """What to say to the student of a build into `out`; None when it went well. HostTrouble where the host is to blame."""
    if made.timed_out:
        reason = (
            f"the compiler was not done within {seconds:.0f} s, and had not computed for its limit"
        )
        raise HostTrouble(reason, again=False)
    if made.status == 0:
        return None
    if made.status < 0:  # the box as a whole: limits end what is in it, and make says so
        name = signal.Signals(-made.status).name
        raise HostTrouble(f"the build was ended from outside, by {name}")
    _blame_host(made.output, out)
    errors = errors_in(made.output)
    if errors:
        return errors[0] + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "")
    return _limit(made.output)


def _blame_host(output: str, out: Path) -> None:
    """HostTrouble where a tool says that the host kept it from its work, or where there is no room left."""
    for line in output.splitlines():
        if any(word in line for word in NO_ROOM) and not ERROR.match(line) and "|" not in line[:8]:
            raise HostTrouble(f"the build had no room: {line.strip()}")
        if (match := LINK_ERROR.match(line)) and match["text"].startswith(NO_FILE):
            raise HostTrouble(f"the linker found a file missing: {match['text']}")
        if "error: unable to open output file" in line and not ERROR.match(line):
            raise HostTrouble(f"the build could not write: {line.strip()}")
        if (how := GIVEN_UP.match(line)) is not None:
            _blame_who_ended_it(how["how"])
    if (trouble := disk.trouble(out)) is not None:
        raise HostTrouble(trouble)


def _blame_who_ended_it(how: str) -> None:
    status = STATUS.match(how)
    if status is None:
        if not how.startswith(
            ("Error", "CPU time", "File size", "Segmentation", "Aborted", "Illegal")
        ):
            raise HostTrouble(f"the compiler was ended from outside: {how}")
        return
    number = int(status[1])
    if number in NOT_THERE:
        raise HostTrouble("a tool is not there; grader/setup installs what is missing")
    if number > 128 and number not in OURS | STUMBLES:
        raise HostTrouble(f"the compiler was ended from outside, by signal {number - 128}")


def _limit(output: str) -> str:
    """Which of our limits, or which stumble of the compiler's, ended a build without an error."""
    if "CPU time limit" in output or f"Error {128 + signal.SIGXCPU}" in output:
        return "the compiler used more than its limit of processor time"
    if "File size limit" in output or f"Error {128 + signal.SIGXFSZ}" in output:
        return "the compiler wrote more than its limit of bytes"
    if "out of memory" in output or "bad_alloc" in output:
        return "the compiler ran out of the memory that its limit allows"
    if "PLEASE submit a bug report" in output or "frontend command failed" in output:
        return "the compiler crashed over this source"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    spoken = [line for line in lines if not STEP.match(line)] or lines
    last = spoken[-1] if spoken else "make failed and said nothing"
    if any(f"Error {status}" in output for status in STUMBLES) or "Segmentation fault" in output:
        return f"the compiler crashed over this source: {last}"
    raise HostTrouble(f"the build failed without a word of the compiler's: {last}")
