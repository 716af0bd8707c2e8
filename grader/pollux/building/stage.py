"""Builds a stage from the tree's own layers or with those that were handed in, and reports what the compiler said."""

import fcntl
import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..audit import headers, rules
from ..audit.refusal import Built, Refusal
from ..course.lab import Lab
from ..course.tree import Tree
from ..errors import GraderError
from ..host import confine, processes
from ..machine.image import Image
from . import blame, workplace
from .make import command

TREE_SECONDS = 300.0
HANDIN_SECONDS = 120.0
# How many orders of the kernel's parts there are to draw from.
PLACES = 1 << 31
HANDIN_LIMITS = confine.Limits(cpu_seconds=20, memory_bytes=4 << 30, file_bytes=64 << 20)

WARNING = re.compile(r"^\S+?:\d+:\d+: warning: .*$")


@dataclass(frozen=True)
class Stage:
    """A built stage: the image to boot, and the kernel with its debug information."""

    lab: Lab
    iso: Path
    elf: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildError:
    """Why there is no stage: it does not build, or the audit refuses it. `message` is one line, `output` all lines."""

    message: str
    output: str
    refused: bool = False  # by the audit


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds a lock, so that only one grader at a time builds in this folder."""
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise GraderError(
            f"stages are built in {folder}, which cannot be written ({error.strerror}): "
            "clone the tree to a folder of your own"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# Of a traced build, whose files lie beside those of the plain one.
BUILD_TRACED = "build/trace"
TRACED = (f"BUILD={BUILD_TRACED}", "TRACE=1")


def _make(lab: Lab, *variables: str) -> list[str]:
    # After an error make goes on, so that the audit also sees what the linker refuses, and can name the line.
    return command("--keep-going", "graded", f"LAB={lab.number}", *variables)


def _make_tree(
    tree: Tree, lab: Lab, log: Path, tick: Callable[[], None], traced: bool = False
) -> processes.Finished:
    command = _make(lab, *(TRACED if traced else ()))
    return processes.run(command, log, seconds=TREE_SECONDS, cwd=tree.root, tick=tick)


def build_own(
    tree: Tree,
    lab: Lab,
    out: Path,
    tick: Callable[[], None],
    *,
    audited: bool = True,
    traced: bool = False,
) -> Stage | BuildError:
    """The stage of the tree as it is now, copied to `out`, so that a later make does not change it while we use it."""
    out.mkdir(parents=True, exist_ok=True)
    build = tree.root / "build"
    if audited and (found := headers.read_before([lab], tree.root, tree.root)):
        return _refusal(found)
    with _alone(build):
        made = _make_tree(tree, lab, out / "make", tick, traced)
        build = build / "trace" if traced else build
        error = _failure(made, TREE_SECONDS, tree.root / "build")
        if audited and (refused := _refused(tree, lab, [lab], build)) is not None:
            return refused
        if error is not None:
            if not blame.errors_in(made.output):
                raise GraderError(f"`make stage LAB={lab.number}` does not work: {error.message}")
            return error
        for suffix in ("iso", "elf"):
            shutil.copy2(build / f"stage-{lab.number}.{suffix}", out)
    return _stage(lab, out, made.output)


class Bases:
    """The tree's own stages, over which submissions are laid. Each is built once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: set[tuple[Path, int, bool]] = set()

    def ensure(
        self, tree: Tree, lab: Lab, log: Path, tick: Callable[[], None], *, traced: bool = False
    ) -> None:
        """Brings build/ up to date for the stage of `lab`."""
        with self._lock, _alone(tree.root / "build"):
            if (tree.root, lab.number, traced) in self._made:
                return
            made = _make_tree(tree, lab, log, tick, traced)
            error = _failure(made, TREE_SECONDS, tree.root / "build")
            if error is not None:
                raise GraderError(f"the tree itself does not build: {error.message}")
            self._made.add((tree.root, lab.number, traced))


def _places(handin: Path) -> int:
    """The order of the kernel's parts for this submission: another for each, and the same whenever and wherever it is
    graded, since instruction counts depend on it. POLLUX_SECRET makes an order that nobody can work out at home.
    """
    digest = hashlib.blake2b(os.environ.get("POLLUX_SECRET", "").encode()[:64])
    for path in sorted(path for path in handin.rglob("*") if path.is_file()):
        for part in (str(path.relative_to(handin)).encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "little") + part)
    # The linker takes 0 for a number of its own.
    return int.from_bytes(digest.digest()[:8], "little") % (PLACES - 1) + 1


def build_handin(
    tree: Tree,
    lab: Lab,
    handed_in: Sequence[Lab],
    folder: Path,
    tick: Callable[[], None],
    *,
    audited: bool = True,
    traced: bool = False,
) -> Stage | BuildError:
    """The stage with the layers of `handed_in` from `folder`/handin, built in a box. The tree must be built before, and
    traced if this is."""
    out = folder / ("traced" if traced else "out")
    out.mkdir(parents=True)
    handin = folder / "handin"
    if audited and (found := headers.read_before(handed_in, handin, tree.root)):
        return _refusal(found)
    build = Path(BUILD_TRACED if traced else "build")
    place = workplace.make(tree, handed_in, build, folder / f"{out.name}-workplace")
    seen_out = confine.seen_at(out, "/out")
    seen_handin = confine.seen_at(handin, "/handin")
    numbers = " ".join(str(layer.number) for layer in handed_in)
    places = _places(handin)
    variables = (f"HANDIN={seen_handin}", f"HANDIN_LABS={numbers}", f"OUT={seen_out}")
    program = _make(lab, *variables, f"PLACES={places}")
    program += TRACED if traced else ()
    box = confine.Box(
        HANDIN_LIMITS,
        (
            confine.Bind(place, tree.root),
            confine.Bind(handin, seen_handin),
            confine.Bind(out, seen_out, writable=True),
        ),
        directory=tree.root,
    )
    boxed = confine.command(box, program)
    made = processes.run(boxed, folder / "make", seconds=HANDIN_SECONDS, cwd=place, tick=tick)
    output = _plain(made.output, seen_handin)
    made = processes.Finished(made.status, output, made.seconds, made.timed_out)
    error = _failure(made, HANDIN_SECONDS, out)  # first: what a full disk cut short is no evidence
    if audited and (refused := _refused(tree, lab, handed_in, out / "handin")) is not None:
        return refused
    return error or _too_large(lab, out / f"stage-{lab.number}.elf") or _stage(lab, out, output)


def _refused(tree: Tree, lab: Lab, layers: Sequence[Lab], built: Path) -> BuildError | None:
    """What the audit says of the layers that were built below `built`. Of what the compiler did not take it has only the
    files that were opened."""
    sources = [Built(layer, name, built) for layer in layers for name in layer.files]
    sources = [source for source in sources if source.name.endswith(".cpp")]
    if found := headers.read_after(sources, tree.root):
        return _refusal(found)
    if not all(source.file(suffix).is_file() for source in sources for suffix in ("o", "ll", "d")):
        return None
    stage = tree.root / "build" / f"stage-{lab.number}"
    names = stage.with_suffix(".given")
    if not names.is_file():  # another file of the tree does not compile, as the build says
        return None
    given = frozenset(names.read_text().split())
    found = rules.audit(sources, given, stage.with_suffix(".elf"))
    return _refusal(found) if found else None


def _refusal(found: Sequence[Refusal]) -> BuildError:
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return BuildError(f"{found[0]}{more}", "\n".join(map(str, found)), refused=True)


def _plain(output: str, handin: Path) -> str:
    """The compiler's output with the names of files that the student knows."""
    return re.sub(rf"(?<![\w/]){re.escape(str(handin))}/", "", output)


def _failure(made: processes.Finished, seconds: float, out: Path) -> BuildError | None:
    message = blame.complaint(made, seconds, out)
    return BuildError(message, blame.words(made.output)) if message is not None else None


def _too_large(lab: Lab, elf: Path) -> BuildError | None:
    """A kernel that leaves less than half of the smallest machine to its frames would never reach its tests."""
    least = min(test.memory_mebibytes for test in lab.tests) << 20
    end = Image(elf).end
    if end <= least // 2:
        return None
    sizes = f"{-(-end >> 20)} MiB of the machine's {least >> 20}"
    return BuildError(f"the kernel with it takes {sizes}: its variables are too large", "")


def _stage(lab: Lab, out: Path, output: str) -> Stage:
    warnings = tuple(line for line in output.splitlines() if WARNING.match(line))
    name = f"stage-{lab.number}"
    return Stage(lab, out / f"{name}.iso", out / f"{name}.elf", warnings)
