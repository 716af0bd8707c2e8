"""Damaged archives by the thousand: each is taken, or is a sentence, in less than ten seconds. Slow: `make damages`."""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "handin"), str(TESTS), str(TESTS.parent)]

from pollux.handin.submission import take  # noqa: E402

from test_archives import CONTENT, KINDS, LAB, zipped  # noqa: E402

MOST_SECONDS = 10.0
SEEDS = {**KINDS, ".nested.zip": zipped(KINDS[".tar.xz"], "x.tar.xz")}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One of the ways in which files are damaged: bits, bytes, holes, ends, lines, two put together."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 3, 10))):
        at = chance.randrange(len(found) or 1)
        kind = chance.randrange(8)
        if kind == 0 and found:
            found[at] ^= 1 << chance.randrange(8)
        elif kind == 1 and found:
            found[at : at + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\0\0\0\0", chance.randbytes(4))
            )
        elif kind == 2:
            del found[at : at + chance.randrange(1, 600)]
        elif kind == 3:
            del found[at:]
        elif kind == 4:
            found = bytearray(bytes(found).replace(b"\n", b"\r\n"))
        elif kind == 5:
            found[at:at] = chance.randbytes(chance.randrange(1, 64))
        elif kind == 6:
            found += found[: chance.randrange(len(found) + 1)]
        elif found:
            found[at : at + 64] = found[:64]
    return bytes(found)


def one(number: int, folder: Path) -> str:
    """What became of one damaged archive."""
    chance = random.Random(number)
    ending = chance.choice(sorted(SEEDS))
    path = folder / f"{number}{ending}"
    path.write_bytes(damaged(SEEDS[ending], chance))
    begin = time.monotonic()
    try:
        handin = take(path, [LAB])
    except Exception as error:  # what this is looking for
        return f"EXCEPTION {number}: {error!r}"
    finally:
        path.unlink()
    if (seconds := time.monotonic() - begin) > MOST_SECONDS:
        return f"SLOW {number}: {seconds:.1f} s"
    if handin.problems:
        return "refused with a reason"
    if not handin.files:
        return "has no such file"
    if handin.files[1]["heap.cpp"] == CONTENT:
        return "taken whole"
    return "taken as it came: a .tar has no check sum" if ending == ".tar" else f"CHANGED {number}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="damages", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, metavar="N")
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="N")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        numbers = range(arguments.first, arguments.first + arguments.count)
        found = Counter(pool.map(lambda number: one(number, Path(folder)), numbers))
    for words, count in found.most_common():
        print(f"{count:6} {words}")
    return 1 if any(words.startswith(("EXCEPTION", "SLOW", "CHANGED")) for words in found) else 0


if __name__ == "__main__":
    sys.exit(main())
