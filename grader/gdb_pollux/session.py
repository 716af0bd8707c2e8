"""How a session begins: without a word, up to where its user takes over."""

import gdb

ANSWER_SECONDS = 120


def _quietly(command: str) -> None:
    gdb.execute("set suppress-cli-notifications on")
    try:
        gdb.execute(command, to_string=True)
    finally:
        gdb.execute("set suppress-cli-notifications off")


def _go_to(function: str) -> None:
    _quietly(f"thbreak {function}")
    _quietly("continue")
    if not gdb.selected_inferior().pid:
        raise gdb.GdbError(f"the machine ended before it came to {function}")


def _connect(machine: str) -> None:
    # A host that is busy may take its time; gdb asks again after two seconds, and then takes the answers for others.
    gdb.execute(f"set remotetimeout {ANSWER_SECONDS}")
    _quietly(f"target remote | {machine}")


def start(machine: str, begin: str) -> None:
    """Stops the machine where the function begins."""
    _connect(machine)
    _go_to(begin)
    gdb.execute("frame")


def replay(machine: str, begin: str, end: str | None) -> None:
    """The same, with a snapshot there, to come back to; and then goes on to the function `end`."""
    _connect(machine)
    _go_to(begin)
    _quietly("monitor savevm begin")
    if end is not None:
        _go_to(end)
    gdb.execute("frame")
