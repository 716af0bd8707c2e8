"""A box for programs that handle a student's files: no network, few files, bounded memory and time.

bubblewrap makes the box where the machine allows it; elsewhere there are resource limits only, and `available` says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import GraderError

# How many processes and threads a box may hold, those of make or QEMU included.
PROCESSES = 256
UNBOXED = (
    "bubblewrap does not work here; compiler and emulator run with limits on time, memory and files only, "
    "and a submission can read this machine's files"
)

# What a compiler or an emulator reads of the system. Nothing of /home, /root, /var, /srv.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32")
CONFIGURATION = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")


@dataclass(frozen=True)
class Limits:
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int


@dataclass(frozen=True)
class Bind:
    """A file or folder of the host, and where the boxed program sees it."""

    source: Path
    target: Path
    writable: bool = False


@dataclass(frozen=True)
class Box:
    """What one program may use. Later binds cover earlier ones; `hidden` folders look empty."""

    limits: Limits
    binds: tuple[Bind, ...] = ()
    hidden: tuple[Path, ...] = ()
    directory: Path = Path("/")


def _bubblewrap() -> list[str]:
    arguments = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
    ]
    arguments += ["--clearenv", "--setenv", "PATH", "/usr/bin:/bin:/usr/sbin:/sbin"]
    arguments += ["--setenv", "LC_ALL", "C.UTF-8", "--setenv", "HOME", "/tmp"]
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), name]
        elif path.exists():
            arguments += ["--ro-bind", name, name]
    for name in CONFIGURATION:
        arguments += ["--ro-bind-try", name, name]
    return [*arguments, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]


@cache
def available() -> bool:
    """Whether bubblewrap is there and the machine lets it work (a container may not)."""
    if shutil.which("bwrap") is None or os.environ.get("POLLUX_NO_BUBBLEWRAP"):
        return False
    probe = subprocess.run([*_bubblewrap(), "/bin/true"], capture_output=True, check=False)
    return probe.returncode == 0


def require(program: str, *, strict: bool) -> None:
    """Says that there is no box, if so; with `strict` nothing is graded then."""
    if available():
        return
    if strict:
        raise GraderError("bubblewrap does not work here, and --strict grades nothing without it")
    print(f"{program}: {UNBOXED}", file=sys.stderr)


def _limited(limits: Limits) -> list[str]:
    return [
        "prlimit",
        f"--cpu={limits.cpu_seconds}:{limits.cpu_seconds + 5}",  # a signal that says so; then the hard one
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.file_bytes}",
        "--core=0",
        "--",
    ]


def command(box: Box, program: Sequence[str]) -> list[str]:
    """The command that runs `program` in the box."""
    if not available():
        return [*_limited(box.limits), *program]
    arguments = _bubblewrap()
    for bind in box.binds:
        word = "--bind" if bind.writable else "--ro-bind"
        arguments += [word, str(bind.source), str(bind.target)]
    for folder in box.hidden:
        arguments += ["--tmpfs", str(folder)]
    arguments += ["--chdir", str(box.directory), "--"]
    # Only in a box: outside of one, the limit would count everything that the user runs.
    processes = ["prlimit", f"--nproc={PROCESSES}", "--"]
    return [*arguments, *processes, *_limited(box.limits), *program]


def seen_at(path: Path, inside: str) -> Path:
    """Where a boxed program finds `path`. In a box the name is fixed, so that no scratch name gets into its output."""
    return Path(inside) if available() else path
