"""The records of a traced kernel (kernel/event/trace.hpp), out of the memory of its machine.

A student's code may have written over them, so nothing here believes what it reads: what makes no sense is left out.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from ..errors import GraderError
from ..machine.image import Image
from ..text import printable

RECORD = struct.Struct("<QQIIIBBBB")
COUNT = struct.Struct("<Q")
POINTER = struct.Struct("<Q")
# What the kernel's addresses have in common: kernel.ld.
UPPER_HALF = 0xFFFFFFFF00000000
LONGEST_TEXT = 160
LAST_PRIORITY = 3

Read = Callable[[int, int], bytes]


class What(IntEnum):
    """As the kernel numbers them."""

    CREATED = 0
    QUEUED = 1
    TAKEN = 2
    POLLED = 3
    WOKEN = 4
    BLOCKED = 5
    FINISHED = 6
    FREED = 7
    JOIN_BEGUN = 8
    JOIN_ENDED = 9
    WAKE_CALLED = 10
    WAITS = 11
    BROKEN = 12
    INTERRUPT_BEGINS = 13
    INTERRUPT_ENDS = 14
    HALTS = 15
    TEST_BEGINS = 16
    TEST_ENDS = 17


# What happens to no event in particular.
OF_THE_MACHINE = frozenset(
    (
        What.INTERRUPT_BEGINS,
        What.INTERRUPT_ENDS,
        What.HALTS,
        What.TEST_BEGINS,
        What.TEST_ENDS,
    )
)


@dataclass(frozen=True)
class Record:
    """One record; `where` is an address of the kernel's, 0 for none."""

    time: int
    event: int
    by: int
    where: int
    more: int
    what: What
    core: int = 0
    in_handler: bool = False
    priority: int = 0


@dataclass(frozen=True)
class Recording:
    """What was recorded, the earliest first, and how many records before were written over by later ones."""

    records: tuple[Record, ...]
    lost: int = 0


def _whole(half: int) -> int:
    return UPPER_HALF | half if half else 0


def _records(memory: bytes) -> Iterator[Record]:
    for time, event, by, where, more, what, core, in_handler, priority in RECORD.iter_unpack(
        memory
    ):
        if what > What.TEST_ENDS or priority > LAST_PRIORITY or in_handler > 1:
            continue
        kind = What(what)
        more = _whole(more) if kind is What.WAITS else more
        yield Record(time, event, by, _whole(where), more, kind, core, bool(in_handler), priority)


def read(memory: Read, image: Image) -> Recording:
    """`memory` reads so many bytes at a physical address."""
    at, size = image.place("trace_records")
    capacity = size // RECORD.size
    if capacity < 2:
        raise GraderError("this kernel keeps no trace: it was built without TRACE=1")
    (count,) = COUNT.unpack(memory(image.place("trace_record_count")[0], COUNT.size))
    kept = min(count, capacity)
    if count > 1 << 48:
        raise GraderError("the kernel's count of records was written over")
    first = count % capacity if count > capacity else 0
    content = memory(at, kept * RECORD.size)
    split = first * RECORD.size
    records = tuple(_records(content[split:] + content[:split]))
    return Recording(records, count - kept)


class Constants:
    """The texts in a kernel's image, by their addresses."""

    def __init__(self, image: Image) -> None:
        self._parts = image.constant_parts
        self._known: dict[int, str] = {}

    def text(self, address: int) -> str:
        """The text that begins there; empty for none."""
        if address not in self._known:
            content = self._bytes(address, LONGEST_TEXT).partition(b"\0")[0]
            self._known[address] = printable(content.decode("utf-8", "backslashreplace"))
        return self._known[address]

    def test(self, address: int) -> str:
        """The name of a test::Case."""
        words = self._bytes(address, 2 * POINTER.size)
        if len(words) < 2 * POINTER.size:
            return ""
        suite, name = (self.text(each) for (each,) in POINTER.iter_unpack(words))
        return f"{suite}.{name}"

    def _bytes(self, address: int, size: int) -> bytes:
        for part in self._parts:
            if part.virtual <= address < part.virtual + len(part.content):
                begin = address - part.virtual
                return part.content[begin : begin + size]
        return b""
