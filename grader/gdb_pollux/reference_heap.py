"""The blocks of the reference's heap: a chain of headers without gaps (labs/1-heap/heap.cpp)."""

import gdb

from .structures import NotHere, evaluate

FREE = 1
FLAGS = 15
# From a header to the payload, and what a header takes of each block.
PAYLOAD_OFFSET, HEADER_BYTES = 16, 8


def show(each: bool) -> None:
    space = "'heap::(anonymous namespace)::"
    try:
        at = int(evaluate(f"{space}first'"))
        extent = int(evaluate(f"{space}extent'"))
        kind = gdb.lookup_type("heap::(anonymous namespace)::Block").pointer()
    except (NotHere, gdb.error) as error:
        raise NotHere(
            "this heap is not the reference's: only its own author can read it"
        ) from error
    end = at + extent
    used: list[int] = []
    free: list[int] = []
    while at < end:
        content = int(gdb.Value(at).cast(kind).dereference()["content"])
        size = content & ~FLAGS
        if size == 0 or at + size > end:
            raise NotHere(f"the header at {at:#x} makes no sense ({content:#x}): written over?")
        (free if content & FREE else used).append(size - HEADER_BYTES)
        if each:
            word = "free" if content & FREE else "used"
            print(f"{at + PAYLOAD_OFFSET:#x} {size - HEADER_BYTES:>10} {word}")
        at += size
    largest = max(free, default=0)
    print(f"{len(used)} blocks in use, {sum(used)} bytes")
    print(f"{len(free)} free, {sum(free)} bytes, the largest {largest}")
    lost = 100 * (1 - largest / sum(free)) if free else 0.0
    print(f"fragmentation {lost:.1f} %: that part of what is free is not in the largest block")
