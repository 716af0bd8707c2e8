"""What is to be seen of a run: a row an event, a lane a core, who woke whom, and what broke a rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .records import OF_THE_MACHINE, Constants, Record, Recording, What

PRIORITIES = ("background", "low", "normal", "high")
VECTORS = {0x40: "timer", 0x41: "console"}  # arch/x86_64/trap.hpp


class State(StrEnum):
    """As the diagram in kernel/event/state.hpp names them."""

    CREATED = "created"
    READY = "ready"
    RUNNING = "running"
    WOKEN = "woken"
    BLOCKED = "blocked"


class Busy(StrEnum):
    """What a core does when it is not between two turns."""

    RUNS = "runs"
    HANDLES = "interrupt"
    HALTED = "halted"


class Reason(StrEnum):
    WAKE = "wake"
    IDLE_WAKE = "wake without effect"
    SPAWN = "spawn"
    END = "end"
    CANCEL = "cancel"


STATE_OF = {
    What.CREATED: State.CREATED,
    What.QUEUED: State.READY,
    What.TAKEN: State.RUNNING,
    What.WOKEN: State.WOKEN,
    What.BLOCKED: State.BLOCKED,
}


@dataclass(frozen=True)
class Place:
    """Where an address is in the source."""

    function: str = ""
    line: str = ""  # file:line

    def __str__(self) -> str:
        function = self.function.replace("(anonymous_namespace)::", "")
        return f"{self.line} {function}".strip()


@dataclass(frozen=True)
class Span:
    """From one record to another, by their numbers in the run; the end is not in it."""

    state: str
    begin: int
    end: int
    of: int = 0  # of a core: the event that runs, or the vector


@dataclass(frozen=True)
class Arrow:
    """At one record: from an event, or from a core (event 0), to an event."""

    at: int
    source: int
    target: int
    reason: Reason


@dataclass(frozen=True)
class Fault:
    """A rule that was broken."""

    at: int
    event: int
    rule: str


@dataclass
class Row:
    event: int
    name: str
    pid: int = 0
    priority: int = 2
    spans: list[Span] = field(default_factory=list)
    ended_at: int | None = None

    @property
    def title(self) -> str:
        return f"{self.event} {self.name}" + (f" (pid {self.pid})" if self.pid else "")


@dataclass
class Picture:
    """One run: of a test, or of a kernel that lives."""

    name: str
    records: Sequence[Record]
    places: Mapping[int, Place]
    texts: Mapping[int, str]
    lost: int = 0
    rows: dict[int, Row] = field(default_factory=dict)
    cores: dict[int, list[Span]] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def place(self, record: Record) -> str:
        return str(self.places.get(record.where, ""))

    def text(self, address: int) -> str:
        return self.texts.get(address, "")


# The name of a run whose beginning was written over, and of what happens in no test.
UNKNOWN, NO_TEST = "a test", "the kernel"


def runs(recording: Recording, constants: Constants) -> list[tuple[str, list[Record]]]:
    """The records of each test, under its name; before, after and without any: of the kernel."""
    found: list[tuple[str, list[Record]]] = []
    name, own = NO_TEST, list[Record]()
    for record in recording.records:
        if record.what is What.TEST_BEGINS:
            if own:
                found.append((name, own))
            name, own = constants.test(record.where) or UNKNOWN, []
        own.append(record)
        if record.what is What.TEST_ENDS:
            found.append((UNKNOWN if name == NO_TEST else name, own))
            name, own = NO_TEST, []
    if own:
        found.append((name, own))
    return found


def addresses(recording: Recording) -> list[int]:
    """Every address of code in it, for whoever asks the symbols."""
    texts = (What.WAITS, What.BROKEN, What.TEST_BEGINS)
    return sorted({record.where for record in recording.records if record.what not in texts} - {0})


def draw(
    name: str,
    records: Sequence[Record],
    places: Mapping[int, Place],
    constants: Constants,
    lost: int = 0,
) -> Picture:
    """The picture of one run."""
    texts = {
        address: constants.text(address)
        for record in records
        if record.what in (What.WAITS, What.BROKEN)
        for address in (record.where, record.more if record.what is What.WAITS else 0)
        if address
    }
    picture = Picture(name, records, places, texts, lost)
    _Drawer(picture).draw()
    return picture


class _Drawer:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.since: dict[int, tuple[State, int]] = {}
        self.busy: dict[int, tuple[Busy, int, int]] = {}  # by core: what, since, of what
        self.handled: dict[int, tuple[int, int]] = {}
        self.ended: int | None = None  # the event that has ended in this turn

    def draw(self) -> None:
        for at, record in enumerate(self.picture.records):
            if record.what in OF_THE_MACHINE:
                self._machine(at, record)
            else:
                self._event(at, record)
        end = len(self.picture.records)
        for event in list(self.since):
            self._close(event, end)
        for core in list(self.busy):
            self._idle(core, end)

    def _row(self, event: int) -> Row:
        rows = self.picture.rows
        if event not in rows:
            rows[event] = Row(event, "event")
        return rows[event]

    def _close(self, event: int, at: int) -> None:
        if (before := self.since.pop(event, None)) is not None:
            self._row(event).spans.append(Span(before[0], before[1], at))

    def _idle(self, core: int, at: int) -> None:
        if (busy := self.busy.pop(core, None)) is not None:
            self.picture.cores.setdefault(core, []).append(Span(busy[0], busy[1], at, busy[2]))

    def _machine(self, at: int, record: Record) -> None:
        core = record.core
        lane = self.picture.cores.setdefault(core, [])
        if record.what is What.HALTS:
            self._idle(core, at)
            self.busy[core] = (Busy.HALTED, at, 0)
        elif record.what is What.INTERRUPT_BEGINS:
            if self.busy.get(core, (None,))[0] is Busy.HALTED:
                self._idle(core, at)
            self.handled[core] = (at, record.more)
        elif record.what is What.INTERRUPT_ENDS and core in self.handled:
            begin, vector = self.handled.pop(core)
            lane.append(Span(Busy.HANDLES, begin, at + 1, vector))

    def _event(self, at: int, record: Record) -> None:
        row = self._row(record.event) if record.event else None
        if record.what is What.BROKEN:
            rule = self.picture.text(record.where) or "a rule was broken"
            self.picture.faults.append(Fault(at, record.event, rule))
            return
        if row is None:
            return
        if record.what is What.CREATED:
            function = self.picture.places.get(record.where, Place()).function
            row.name = function.rpartition("::")[2] or "event"
            row.pid, row.priority = record.more, record.priority
            if record.by and record.by != record.event:
                self._arrow(at, record.by, record.event, Reason.SPAWN)
        elif record.what is What.WAKE_CALLED:
            self._wake(at, record)
        if (state := STATE_OF.get(record.what)) is not None:
            self._close(record.event, at)
            self.since[record.event] = (state, at)
            self._turn(at, record)
        elif record.what is What.FINISHED:
            self._close(record.event, at)
            row.ended_at = at
            self.ended = record.event
            if record.by and record.by != record.event:
                self._arrow(at, record.by, record.event, Reason.CANCEL)
            self._turn(at, record)

    def _turn(self, at: int, record: Record) -> None:
        """What the change of an event's state says of the core."""
        core, busy = record.core, self.busy.get(record.core)
        if record.what is What.TAKEN:
            self._idle(core, at)
            self.busy[core] = (Busy.RUNS, at, record.event)
            self.ended = None
        elif busy is not None and busy[0] is Busy.RUNS and busy[2] == record.event:
            if record.what is not What.WOKEN:
                self._idle(core, at + 1)

    def _wake(self, at: int, record: Record) -> None:
        records = self.picture.records
        after = records[at + 1] if at + 1 < len(records) else None
        works = after is not None and after.event == record.event
        works = works and after is not None and after.what in (What.QUEUED, What.WOKEN)
        source, reason = record.by, Reason.WAKE if works else Reason.IDLE_WAKE
        if record.in_handler:
            source = 0
        elif source == 0 and self.ended is not None:
            source = self.ended
            reason = Reason.END if works else reason
        self._arrow(at, source, record.event, reason)

    def _arrow(self, at: int, source: int, target: int, reason: Reason) -> None:
        self._row(target)
        if source:
            self._row(source)
        self.picture.arrows.append(Arrow(at, source, target, reason))
