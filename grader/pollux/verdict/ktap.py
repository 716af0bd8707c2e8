"""What the kernel says on COM2: KTAP version 1, one test a run, read strictly.

What wins a point or blames the grader counts only with a valid tag. Other `#` lines need none: they can only explain a
lost point.
"""

import hmac
import re
from dataclasses import dataclass, field

from ..machine.siphash import Key, tag
from ..text import printable

PASSING = "pass"
TAGGED = re.compile(r"(?P<text>.*) tag=(?P<tag>[0-9a-f]{16})")
RESULT = re.compile(
    r"(?P<word>ok|not ok) 1 (?P<name>[\w.]+) # outcome=(?P<outcome>pass|fail|leak)"
    r" instructions=(?P<instructions>\d+)(?P<measures>(?: measure\.\w+=\d+)*)"
)
BAD_ORDERS = re.compile(r"# BAD ORDERS (?P<text>.*)")
END = re.compile(r"# END ran=(?P<ran>\d+) passed=(?P<passed>\d+)")
FAIL = re.compile(r"# FAIL (?P<place>\S+:\d+): (?P<text>.*)")
VALUE = re.compile(r"#   (?P<side>expected|got): *(?P<value>.*)")
STOP = re.compile(r"# (?P<kind>NOT WRITTEN|PANIC|FAULT|HANG|LIMIT)(?: (?P<text>.*))?")
FRAME = re.compile(
    r"#   at (?P<name>\S+?)(?:\+0x(?P<offset>[0-9a-f]+))? \((?P<address>0x[0-9a-f]+)\)"
)
ADDRESS = re.compile(r"rip=(0x[0-9a-f]+)")


@dataclass(frozen=True)
class Result:
    """The result line of the one test that ran."""

    name: str
    outcome: str  # pass, fail or leak
    instructions: int
    measures: dict[str, int]


@dataclass
class Failure:
    """One expectation that did not hold."""

    place: str
    text: str
    expected: str = ""
    got: str = ""


@dataclass(frozen=True)
class Stop:
    """What ended the run before the test came to its own end."""

    kind: str  # NOT WRITTEN, PANIC, FAULT, HANG or LIMIT
    text: str


@dataclass(frozen=True)
class Frame:
    """One call of a backtrace, as the kernel names it."""

    name: str
    offset: int
    address: int


@dataclass
class Transcript:
    """The lines of one run, by kind. `forged` names a line that no honest kernel prints."""

    started: str | None = None
    result: Result | None = None
    ended: bool = False
    bad_orders: str | None = None  # why the harness does not take the orders
    forged: str | None = None
    failures: list[Failure] = field(default_factory=list)
    stop: Stop | None = None
    backtrace: list[Frame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def has_leak(self) -> bool:
        """Whether it was said that blocks of the heap, or a rule of the trace, were broken."""
        return any(note.startswith(("LEAK ", "TRACE ")) for note in self.notes)

    @property
    def whole(self) -> bool:
        """The plan, the result and the end line are there and say the same."""
        return self.result is not None and self.ended and self.forged is None


class _Reader:
    def __init__(self, key: Key, expected_name: str) -> None:
        self.key = key
        self.expected_name = expected_name
        self.transcript = Transcript()
        self.header = 0  # how many of the version line and the plan were seen

    def read(self, line: str) -> None:
        for handle in (self._header, self._tagged, self._diagnostic):
            if handle(line):
                return
        self._forge(line)

    def _forge(self, line: str) -> None:
        if self.transcript.forged is None:
            shown = printable(line)
            self.transcript.forged = shown if len(shown) <= 80 else shown[:77] + "..."

    def _header(self, line: str) -> bool:
        expected = ("KTAP version 1", "1..1")
        if self.header < 2 and line == expected[self.header]:
            self.header += 1
            return True
        return False

    def _tagged(self, line: str) -> bool:
        """Reads a result or the end line. False when it is out of place or has no valid tag: it counts as forged."""
        match = TAGGED.fullmatch(line)
        if match is None or not self._valid(match["text"], match["tag"]):
            return False
        if result := RESULT.fullmatch(match["text"]):
            return self._result(result)
        if orders := BAD_ORDERS.fullmatch(match["text"]):
            self.transcript.bad_orders = orders["text"]
            return True
        if end := END.fullmatch(match["text"]):
            return self._end(int(end["ran"]), int(end["passed"]))
        return False

    def _valid(self, text: str, claimed: str) -> bool:
        return hmac.compare_digest(tag(self.key, text), claimed)

    def _result(self, match: re.Match[str]) -> bool:
        passed = match["outcome"] == PASSING
        in_place = self.header == 2 and self.transcript.result is None
        if not in_place or match["name"] != self.expected_name or passed != (match["word"] == "ok"):
            return False
        pairs = (item.split("=") for item in match["measures"].split())
        measures = {name.removeprefix("measure."): int(value) for name, value in pairs}
        self.transcript.result = Result(
            match["name"], match["outcome"], int(match["instructions"]), measures
        )
        return True

    def _end(self, ran: int, passed: int) -> bool:
        result = self.transcript.result
        if result is None or self.transcript.ended:
            return False
        if (ran, passed) != (1, int(result.outcome == PASSING)):
            return False
        self.transcript.ended = True
        return True

    def _diagnostic(self, line: str) -> bool:
        if not line.startswith("# ") or line.startswith(("# END ", "# BAD ORDERS ")):
            return False
        transcript = self.transcript
        if line.startswith("# RUN ") and transcript.started is None:
            transcript.started = line.removeprefix("# RUN ")
        elif match := FAIL.fullmatch(line):
            transcript.failures.append(Failure(match["place"], match["text"]))
        elif (match := VALUE.fullmatch(line)) and transcript.failures:
            setattr(transcript.failures[-1], match["side"], match["value"])
        elif (match := STOP.fullmatch(line)) and transcript.stop is None:
            transcript.stop = Stop(match["kind"], match["text"] or "")
            if at := ADDRESS.search(match["text"] or ""):
                self._frame("", 0, int(at[1], 16))
        elif match := FRAME.fullmatch(line):
            self._frame(match["name"], int(match["offset"] or "0", 16), int(match["address"], 16))
        else:
            transcript.notes.append(line.removeprefix("# "))
        return True

    def _frame(self, name: str, offset: int, address: int) -> None:
        """A fault's own line and its backtrace may both begin with the same address: keep it once, named."""
        frames = self.transcript.backtrace
        if frames and not frames[-1].name and frames[-1].address == address:
            frames.pop()
        frames.append(Frame(name, offset, address))


def parse(results: bytes, key: Key, expected_name: str) -> Transcript:
    """Sorts the lines that one run wrote on COM2. A last line without a newline was cut off and is ignored."""
    reader = _Reader(key, expected_name)
    text = results.decode("utf-8", "backslashreplace")
    for line in text.split("\n")[:-1]:
        reader.read(line)
    return reader.transcript
