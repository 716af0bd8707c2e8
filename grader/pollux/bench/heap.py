"""grader/bench-heap: our heap against the C library's and others, on the same traces, counted by valgrind."""

import argparse
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..building.make import make
from ..course.tree import Tree
from ..errors import GraderError
from ..host import scratch

PROGRAM = Path("build/host/heap_bench")
TRACES = {"mixed": "16 B to 4 KiB", "medium": "96 to 512 B", "frames": "coroutine frames"}
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")


@dataclass(frozen=True)
class Heap:
    name: str
    word: str  # what the program is told
    library: str = ""  # preloaded


HEAPS = (
    Heap("Pollux", "pollux"),
    Heap("glibc", "malloc"),
    Heap("jemalloc", "malloc", "libjemalloc.so.2"),
    Heap("mimalloc", "malloc", "libmimalloc.so.2"),
    Heap("(the loop alone)", "nothing"),
)


def _run(command: list[str], preload: Path | None = None) -> str:
    environment = {"PATH": "/usr/bin:/bin"} | ({"LD_PRELOAD": str(preload)} if preload else {})
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise GraderError(f"{' '.join(command)} did not work: {done.stderr.strip()[-500:]}")
    return done.stdout + done.stderr


def cost(program: Path, heap: Heap, trace: str) -> float | None:
    """Instructions of an operation; None when the heap is not installed."""
    library = LIBRARIES / heap.library if heap.library else None
    if library is not None and not library.exists():
        return None
    # Callgrind counts only inside play_counted, which plays a whole number of rounds.
    options = ("--collect-atstart=no", "--toggle-collect=*play_counted*")
    valgrind = ["valgrind", "--tool=callgrind", *options, "--callgrind-out-file=/dev/null"]
    said = _run([*valgrind, str(program), heap.word, trace], library)
    collected = re.search(r"Collected : (\d+)", said)
    operations = re.search(r"operations (\d+)", said)
    if collected is None or operations is None:
        raise GraderError(f"valgrind said nothing of {heap.name}: {said.strip()[-500:]}")
    return int(collected[1]) / int(operations[1])


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="bench-heap",
        description="Instructions of a heap operation on the host, by callgrind: exact, on the lab's own traces.",
    )
    parser.parse_args()
    if shutil.which("valgrind") is None:
        raise GraderError("valgrind is not installed: apt-get install valgrind")
    tree = Tree.own()
    root = tree.root
    with scratch.folder() as folder:
        make(tree, folder / "make", str(PROGRAM))
    table = Table(title="Instructions of an allocation or a free, with the loop around it")
    table.add_column("heap")
    for title in TRACES.values():
        table.add_column(title, justify="right")
    for heap in HEAPS:
        costs = [cost(root / PROGRAM, heap, trace) for trace in TRACES]
        shown = ["not installed" if figure is None else f"{figure:.1f}" for figure in costs]
        table.add_row(heap.name, *shown)
    Console(highlight=False).print(table)
    return 0
