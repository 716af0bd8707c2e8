"""events, event N, runqueue, sleepers, wakers, processes, heap, user-symbols."""

from collections.abc import Callable
from pathlib import Path

import gdb

from . import reference_heap, structures
from .structures import NotHere


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


def waits_for(event: gdb.Value) -> str:
    wait = structures.wait(event)
    return "-" if wait is None else str(wait.type.name)


def stands_at(event: gdb.Value) -> str:
    frame = next(structures.awaits(event), None)
    return "-" if frame is None else frame.place


def events(words: list[str]) -> None:
    """events: every event that is queued, blocked or running, and where it waits."""
    print(f"{'id':>5} {'pid':>4} {'state':8} {'priority':10} {'polls':>6}  waits for, at")
    for event in structures.events():
        print(
            f"{int(event['id']):5} {int(event['pid']):4} {structures.state(event):8} "
            f"{structures.priority(event):10} {int(event['polls']):6}  {waits_for(event)}, {stands_at(event)}"
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
        f"{structures.priority(each)}, pid {int(each['pid'])}, {int(each['polls'])} polls, "
        f"{int(each['references']['_M_i'])} references, waits for {waits_for(each)}"
    )
    for depth, frame in enumerate(structures.awaits(each)):
        print(f"  #{depth} {frame.function} at {frame.place}, frame {frame.address:#x}")


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
        print(f"{deadline:>14} ns  event {int(each['id'])} at {stands_at(each)}")
    if not found:
        print("nobody sleeps")


def wakers(words: list[str]) -> None:
    """wakers: who holds on to each blocked event, beside the executor: handles and wakers, and what it waits for."""
    blocked = structures.objects(structures.executor()["blocked"], "event::Event", "node")
    found = False
    for each in blocked:
        found = True
        held = int(each["references"]["_M_i"]) - 1
        print(f"event {int(each['id'])}: {held} references, waits for {waits_for(each)}")
    if not found:
        print("nobody is blocked")


def processes(words: list[str]) -> None:
    """processes: the table of processes."""
    table = structures.evaluate("'process::(anonymous namespace)::table'")
    print(f"{'pid':>5} {'parent':>6} name")
    for each in structures.objects(table, "process::Process", "in_table"):
        parent = int(each["parent"]["pid"]) if int(each["parent"]) else 0
        print(f"{int(each['pid']):5} {parent:6} {each['name']}")


def heap(words: list[str]) -> None:
    """heap [blocks]: the reference's heap: sums and fragmentation; with `blocks`, each block."""
    reference_heap.show(words == ["blocks"])


def user_symbols(words: list[str]) -> None:
    """user-symbols NAME: loads the symbols of the ring-3 program NAME, so that bt and break know it."""
    if len(words) != 1:
        raise NotHere("say which program: user-symbols shell")
    built = Path(str(gdb.objfiles()[0].filename)).parent
    found = sorted(built.glob(f"**/{words[0]}.elf")) or sorted(built.glob(f"**/{words[0]}"))
    if not found:
        raise NotHere(f"there is no program {words[0]} below {built}")
    gdb.execute(f"add-symbol-file {found[0]}")


def register() -> None:
    actions = (events, event, runqueue, sleepers, wakers, processes, heap)
    for action in actions:
        Command(action.__name__, action)
    Command("user-symbols", user_symbols)
