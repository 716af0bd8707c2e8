"""events, event N, runqueue, sleepers, wakers, processes, heap, fault, user-symbols."""

import shlex
from collections.abc import Callable
from pathlib import Path

import gdb

from . import reference_heap, structures
from .structures import NotHere

# The watchdog's.
NMI = 2


class Command(gdb.Command):
    """A command whose help is its function's text, and whose failures are sentences."""

    def __init__(self, name: str, action: Callable[[list[str]], None]) -> None:
        self.__doc__ = action.__doc__
        self.action = action
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        try:
            self.action(gdb.string_to_argv(argument))
        except NotHere as error:
            raise gdb.GdbError(str(error)) from error
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}: memory that something wrote over?") from error


def counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def waits_for(event: gdb.Value) -> str:
    """The type of its awaiter, without the outermost namespace."""
    wait = structures.wait(event)
    return "-" if wait is None else str(wait.type.name).partition("::")[2]


def stands(event: gdb.Value) -> str:
    """Where it stands, short: many make a table."""
    frame = next(structures.awaits(event), None)
    return "-" if frame is None else f"{frame.where} {Path(frame.file).name}:{frame.line}"


def events(words: list[str]) -> None:
    """events: every event that is queued, blocked or running, and where it waits."""
    print(f"{'id':>4} {'pid':>4} {'state':8} {'priority':10} {'polls':>5}  waits for, and where")
    for event in structures.events():
        print(
            f"{int(event['id']):4} {int(event['pid']):4} {structures.state(event):8} "
            f"{structures.priority(event):10} {int(event['polls']):5}  {waits_for(event)} {stands(event)}"
        )


def event(words: list[str]) -> None:
    """event N: one event, and its chain of awaits, the innermost first."""
    if len(words) != 1 or not words[0].isdigit():
        raise NotHere("say which: event 3")
    for each in structures.events():
        if int(each["id"]) == int(words[0]):
            break
    else:
        raise NotHere(f"no event {words[0]} is queued, blocked or running")
    print(
        f"event {int(each['id'])} at {int(each.address):#x}: {structures.state(each)}, "
        f"{structures.priority(each)}, pid {int(each['pid'])},\n  {counted(int(each['polls']), 'poll')}, "
        f"{counted(int(structures.atomic(each['references'])), 'reference')}, waits for {waits_for(each)}"
    )
    for depth, frame in enumerate(structures.awaits(each)):
        print(f"  #{depth} {frame.function} {frame.place}")
        print(f"     its frame: {frame.address:#x}")


def runqueue(words: list[str]) -> None:
    """runqueue: the ready events, the highest queue first, each in the order of its turn."""
    for level, queue in reversed(list(enumerate(structures.queues()))):
        names = " ".join(
            f"{int(each['id'])}" + ("" if number_of(each) == level else " (aged)") for each in queue
        )
        print(f"{structures.PRIORITIES[level]:10} {names or '-'}")


def number_of(event: gdb.Value) -> int:
    return structures.number(event["priority"])


def sleepers(words: list[str]) -> None:
    """sleepers: the events that wait for a deadline, the earliest first."""
    found = []
    for each in structures.events():
        wait = structures.wait(each)
        if wait is not None and any(field.name == "timer_" for field in wait.type.fields()):
            found.append((int(wait["timer_"]["deadline"]), each))
    for deadline, each in sorted(found, key=lambda pair: pair[0]):
        print(f"{deadline:>14} ns  event {int(each['id'])} {stands(each)}")
    if not found:
        print("nobody sleeps")


def wakers(words: list[str]) -> None:
    """wakers: who holds on to each blocked event, beside the executor: handles and wakers, and what it waits for."""
    blocked = structures.objects(structures.executor()["blocked"], "event::Event", "node")
    found = False
    for each in blocked:
        found = True
        held = int(structures.atomic(each["references"])) - 1
        print(f"event {int(each['id'])}: {counted(held, 'reference')}, waits for {waits_for(each)}")
    if not found:
        print("nobody is blocked")


def processes(words: list[str]) -> None:
    """processes: the table of processes: whose event is in which state, calls made, milliseconds in ring 3."""
    print(f"{'pid':>5} {'parent':>6} {'state':8} {'calls':>8} {'ms':>6} name")
    for each in structures.processes():
        event = each["event"]["event_"]
        state = structures.state(event.dereference()) if int(event) else "-"
        parent = int(each["parent"]["pid"]) if int(each["parent"]) else 0
        spent = int(each["user_nanoseconds"]) // 1_000_000
        print(
            f"{int(each['pid']):5} {parent:6} {state:8} {int(each['system_calls']):8} {spent:6} "
            f"{structures.process_name(each)}"
        )


def heap(words: list[str]) -> None:
    """heap [blocks]: the reference's heap: sums and fragmentation; with `blocks`, each block."""
    reference_heap.show(words == ["blocks"])


def fault(words: list[str]) -> None:
    """fault: of a recorded run that ended with a fault (make replay): back to the instruction that faulted."""
    frame: gdb.Frame | None = gdb.newest_frame()
    while frame is not None and frame.name() != "trap_dispatch":
        frame = frame.older()
    caller = frame.older() if frame is not None else None
    if caller is None:
        raise NotHere("the kernel is not dealing with a fault here")
    # Before it called trap_dispatch its stack had just the TrapFrame on top.
    kind = gdb.lookup_type("arch::TrapFrame").pointer()
    trap = caller.read_register("rsp").cast(kind).dereference()
    if int(trap["vector"]) == NMI:
        raise NotHere("this was a hang, not a fault: break where it last came by, then rc")
    address = structures.number(trap["rip"])
    gdb.execute(f"thbreak *{address:#x}", to_string=True)
    gdb.execute("reverse-continue", to_string=True)
    # An instruction that faults is not counted, so QEMU may come to stand at the handler's first one: both are "then".
    if structures.number(gdb.newest_frame().read_register("rip")) != address:
        gdb.execute("reverse-stepi", to_string=True)
        print(f"the instruction before the one that faulted, at {address:#x}")
    gdb.execute("frame")


def user_symbols(words: list[str]) -> None:
    """user-symbols [NAME]: has break and bt know the ring-3 program NAME, or that of the current process. Only one at a
    time: all programs lie at the same addresses."""
    if len(words) > 1:
        raise NotHere("say one program at most: user-symbols shell")
    name = words[0] if words else structures.process_name(structures.current_process())
    program = Path(str(gdb.objfiles()[0].filename)).parent / "programs" / f"{name}.elf"
    if not program.is_file():
        raise NotHere(f"there is no {program}: which programs are there? `processes` names them")
    for each in gdb.objfiles():
        if each.is_valid() and Path(str(each.filename)).parent == program.parent:
            gdb.execute(f"remove-symbol-file {shlex.quote(str(each.filename))}", to_string=True)
    gdb.execute(f"add-symbol-file {shlex.quote(str(program))}", to_string=True)
    print(f"the names of {name} are known: break main")


def register() -> None:
    actions = (events, event, runqueue, sleepers, wakers, processes, heap, fault)
    for action in actions:
        Command(action.__name__, action)
    Command("user-symbols", user_symbols)
