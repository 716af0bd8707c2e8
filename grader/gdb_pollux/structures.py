"""The kernel's structures, as gdb sees them in the memory of the stopped machine."""

from collections.abc import Iterator
from dataclasses import dataclass

import gdb

STATES = ("created", "ready", "running", "woken", "blocked", "finished")
PRIORITIES = ("background", "low", "normal", "high")
# Of a coroutine's frame: the functions that resume and destroy it, then its promise.
PROMISE_OFFSET = 16
DEEPEST = 100_000


class NotHere(Exception):
    """This stage, or this build, has no such thing."""


def evaluate(expression: str) -> gdb.Value:
    try:
        return gdb.parse_and_eval(expression)
    except gdb.error as error:
        raise NotHere(f"there is no {expression} in this stage ({error})") from error


def variable(name: str) -> gdb.Value:
    """A variable of the kernel's by its whole name. An expression would be about the frame: where something there is
    called `event`, `event::…` is not the namespace."""
    symbol = gdb.lookup_global_symbol(name)
    if symbol is None:
        raise NotHere(f"there is no {name} in this stage")
    return symbol.value()


def atomic(value: gdb.Value) -> gdb.Value:
    """What a std::atomic of libc++ holds."""
    return value["__a_"]["__a_value"]


def number(value: gdb.Value) -> int:
    return int(value.cast(gdb.lookup_type("unsigned long")))


def offset_of(kind: gdb.Type, member: str) -> int:
    for field in kind.fields():
        if field.name == member and field.bitpos is not None:
            return int(field.bitpos) // 8
    raise NotHere(f"{kind.name} has no {member}")


def objects(head: gdb.Value, type_name: str, member: str) -> Iterator[gdb.Value]:
    """The objects of a kernel::List, first to last."""
    kind = gdb.lookup_type(type_name)
    offset = offset_of(kind, member)
    end = head["head_"].address
    node = head["head_"]["next_"]
    for _ in range(DEEPEST):
        if node == end or int(node) == 0:
            return
        yield gdb.Value(int(node) - offset).cast(kind.pointer()).dereference()
        node = node["next_"]
    raise NotHere(f"the list at {int(end):#x} has no end: it is torn")


def executor() -> gdb.Value:
    return variable("event::this_executor")


def current() -> gdb.Value | None:
    value = variable("event::current_event")
    return value.dereference() if int(value) else None


def queues() -> list[list[gdb.Value]]:
    """The ready events, by level, the lowest first."""
    heads = executor()["queues"]
    return [list(objects(heads[level], "event::Event", "node")) for level in range(len(PRIORITIES))]


def events() -> list[gdb.Value]:
    """Every event that is in a queue, blocked or being polled, by id."""
    found = [event for queue in queues() for event in queue]
    found += objects(executor()["blocked"], "event::Event", "node")
    running = current()
    if running is not None:
        found.append(running)
    by_id = {int(event["id"]): event for event in found}
    return [by_id[identity] for identity in sorted(by_id)]


def processes() -> list[gdb.Value]:
    """The table of processes, in its order."""
    table = evaluate("'process::(anonymous namespace)::table'")
    return list(objects(table, "process::Process", "in_table"))


def process_name(process: gdb.Value) -> str:
    return str(process["name"].string())


def current_process() -> gdb.Value:
    """Whose event is being polled."""
    running = current()
    pid = int(running["pid"]) if running is not None else 0
    for process in processes():
        if pid and int(process["pid"]) == pid:
            return process
    raise NotHere("no process is being polled now: name the program")


def state(event: gdb.Value) -> str:
    return STATES[int(atomic(event["state"]["state_"]))]


def priority(event: gdb.Value) -> str:
    return PRIORITIES[number(event["priority"])]


def wait(event: gdb.Value) -> gdb.Value | None:
    """What the event waits for, as what it is; None when it only waits for its turn."""
    pointer = event["wait"]
    if int(pointer) == 0:
        return None
    return pointer.cast(pointer.dynamic_type).dereference()


@dataclass(frozen=True)
class Frame:
    """One suspended or running coroutine."""

    address: int
    function: str
    where: str  # "at" the co_await where it stands, in a traced build; else "from", where its function begins
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.where} {self.file}:{self.line}"


def handle(value: gdb.Value) -> int:
    return int(value["__handle_"])


def awaits(event: gdb.Value) -> Iterator[Frame]:
    """The chain of frames, the innermost first."""
    frame = handle(event["resume_point"])
    promise_type = gdb.lookup_type("event::PromiseBase")
    for _ in range(DEEPEST):
        if frame == 0:
            return
        promise = gdb.Value(frame + PROMISE_OFFSET).cast(promise_type.pointer()).dereference()
        resume = int(gdb.Value(frame).cast(gdb.lookup_type("long").pointer()).dereference())
        yield Frame(frame, function_at(resume), *_place(promise, resume))
        await_ = promise["await_"]
        frame = handle(await_["awaiting"]) if int(await_) else 0


def function_at(address: int) -> str:
    """The name of the function there, without its parameters."""
    if address == 0:
        return "(at its end)"
    block = gdb.block_for_pc(address & (1 << 64) - 1)
    while block is not None and block.function is None:
        block = block.superblock
    if block is None or block.function is None:
        return f"{address:#x}"
    anonymous = "(anonymous namespace)::"
    return str(block.function.name).replace(anonymous, "").partition("(")[0]


def _place(promise: gdb.Value, resume: int) -> tuple[str, str, int]:
    try:
        implementation = promise["awaiting_at_"]["__ptr_"]
    except gdb.error:
        implementation = None
    if implementation is not None and int(implementation):
        return "at", implementation["_M_file_name"].string(), int(implementation["_M_line"])
    line = gdb.find_pc_line(resume & (1 << 64) - 1)
    return "from", str(line.symtab.filename) if line.symtab else "?", line.line
