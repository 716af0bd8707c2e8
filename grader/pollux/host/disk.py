"""Whether there is room left: what a program could not write, it never says to us."""

import os
from pathlib import Path

# A build and a machine write some 10 MiB.
LEAST_BYTES, LEAST_FILES = 4 << 20, 16


def trouble(folder: Path) -> str | None:
    """Why nothing that was written below `folder` just now can be believed; None where there is room."""
    try:
        found = os.statvfs(folder)
    except OSError as error:
        return f"{folder} is gone: {error.strerror}"
    if found.f_bavail * found.f_frsize < LEAST_BYTES:
        return f"the disk of {folder} is full"
    if found.f_files and found.f_favail < LEAST_FILES:
        return f"the disk of {folder} has no room for another file"
    return None
