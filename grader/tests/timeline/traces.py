"""Traces as a kernel would keep them, made by hand."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pollux.machine.image import Part
from pollux.timeline import picture, records
from pollux.timeline.picture import Picture, Place
from pollux.timeline.records import RECORD, UPPER_HALF, Constants, Record, What

RULE = "(6) blocked although it had been woken while it ran: the wake-up is lost"
TEXTS = (RULE, "sleep", "labs/3-waker/tests/x.cpp", "waker", "keeps_a_wake")
CONSTANTS_AT = UPPER_HALF | 0x1000


@dataclass(frozen=True)
class FakeImage:
    """An image with so many records, at physical address 64, their count at 0, and the texts as constants."""

    capacity: int = 8

    def place(self, name: str) -> tuple[int, int]:
        return {"trace_record_count": (0, 8), "trace_records": (64, self.capacity * RECORD.size)}[
            name
        ]

    @property
    def constant_parts(self) -> tuple[Part, ...]:
        content = b"".join(text.encode() + b"\0" for text in TEXTS)
        case = struct.pack("<2Q", at_text("waker"), at_text("keeps_a_wake"))
        return (Part(CONSTANTS_AT, 0, content), Part(CASE_AT, 0, case))


CASE_AT = UPPER_HALF | 0x9000


def at_text(text: str) -> int:
    before = TEXTS[: TEXTS.index(text)]
    return CONSTANTS_AT + sum(len(each.encode()) + 1 for each in before)


def memory(image: FakeImage, made: Sequence[Record], count: int | None = None) -> bytes:
    """What such a machine's memory would hold."""
    content = bytearray(64 + image.capacity * RECORD.size)
    struct.pack_into("<Q", content, 0, len(made) if count is None else count)
    for number, record in enumerate(made):
        half = 0xFFFFFFFF
        fields: tuple[int, ...] = (record.time, record.event, record.by)
        fields += (record.where & half, record.more & half)
        fields += (record.what, record.core, int(record.in_handler), record.priority)
        RECORD.pack_into(content, 64 + number % image.capacity * RECORD.size, *fields)
    return bytes(content)


def read(image: FakeImage, content: bytes) -> records.Recording:
    return records.read(lambda at, size: content[at : at + size], image)  # type: ignore[arg-type]


MAIN, WAKER, PARK = 0xFFFFFFFF80001000, 0xFFFFFFFF80002000, 0xFFFFFFFF80003000
PLACES = {
    MAIN: Place("tests::work", "labs/3-waker/tests/x.cpp:10"),
    WAKER: Place("(anonymous_namespace)::post", "labs/3-waker/tests/x.cpp:36"),
    PARK: Place("event::park", "labs/3-waker/waker.cpp:35"),
}


def lost_wake_up() -> list[Record]:
    """Event 1 is woken by event 2 while it runs, as two cores would see it, and blocks all the same."""
    steps: list[tuple[What, int, int, int, int]] = [
        (What.TEST_BEGINS, 0, 0, CASE_AT, 0),
        (What.CREATED, 1, 0, MAIN, 7),
        (What.CREATED, 2, 1, MAIN, 0),
        (What.QUEUED, 1, 0, PARK, 0),
        (What.TAKEN, 1, 0, PARK, 0),
        (What.POLLED, 1, 0, PARK, 0),
        (What.WAKE_CALLED, 1, 2, WAKER, 0),
        (What.WOKEN, 1, 2, PARK, 0),
        (What.BLOCKED, 1, 0, PARK, 0),
        (What.BROKEN, 1, 0, at_text(RULE), 0),
        (What.WAITS, 1, 42, at_text("sleep"), at_text("labs/3-waker/tests/x.cpp")),
        (What.HALTS, 0, 0, 0, 0),
        (What.INTERRUPT_BEGINS, 0, 0, WAKER, 0x40),
        (What.WAKE_CALLED, 2, 0, WAKER, 0),
        (What.INTERRUPT_ENDS, 0, 0, 0, 0),
        (What.FINISHED, 2, 1, PARK, 0),
        (What.TEST_ENDS, 0, 0, 0, 0),
    ]
    return [
        Record(1000 * at, event, by, where, more, what, in_handler=12 <= at <= 14)
        for at, (what, event, by, where, more) in enumerate(steps)
    ]


def drawn(made: Sequence[Record] | None = None, name: str = "waker.keeps_a_wake") -> Picture:
    constants = Constants(FakeImage())  # type: ignore[arg-type]
    return picture.draw(name, lost_wake_up() if made is None else made, PLACES, constants)
