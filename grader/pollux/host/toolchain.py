"""The compiler that Pollux is built with, and its tools: release 19, or the first later one where 19 is not to be had.

The Makefile and grader/setup choose by the same rule.
"""

import functools
import shutil
import subprocess

RELEASES = range(19, 26)


@functools.cache
def release() -> int:
    """The release of clang that is taken here: 19 when there is none, so that what is missing is named."""
    found = (release for release in RELEASES if shutil.which(f"clang++-{release}"))
    return next(found, RELEASES.start)


def tool(name: str) -> str:
    """The command of that release: `tool("llvm-nm")` is llvm-nm-19."""
    return f"{name}-{release()}"


@functools.cache
def compiler() -> str:
    """What the compiler says of its version: instruction counts depend on it."""
    try:
        said = subprocess.run(
            [tool("clang++"), "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return "no compiler"
    return said.splitlines()[0] if said else "unknown"
