"""Which of its expectations a test has evaluated, and how often: read from the kernel's memory while nothing moves.

The compiler makes a count for each (kernel/test/case.hpp::Expectation), and the linker puts them side by side. Nothing
that the harness says is needed for this.
"""

import struct

from .image import Image

BEGIN, END = "expectations_begin", "expectations_end"
# const char* file, unsigned line, unsigned played, const char* function.
EXPECTATION = struct.Struct("<QIIQ")

# By `file:line function`, how often.
Played = dict[str, int]


def where(image: Image) -> tuple[int, int]:
    """The address of the counts, and their size."""
    begin = image.address(BEGIN)
    return begin, image.address(END) - begin


def read(image: Image, counts: bytes) -> Played | None:
    """What the counts say that were evaluated; None when they are none any more: somebody wrote over them."""
    begin, size = where(image)
    if len(counts) != size:
        return None
    played: Played = {}
    loaded = image.content(begin, size)
    for was, now in zip(EXPECTATION.iter_unpack(loaded), EXPECTATION.iter_unpack(counts)):
        file, line, count, function = now
        if (*was[:2], was[3]) != (*now[:2], now[3]):
            return None
        if count > 0:
            place = f"{image.text(file)}:{line} {image.text(function)}"
            played[place] = played.get(place, 0) + count
    return played
