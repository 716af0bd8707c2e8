"""Patches over a submission: what makes a mutant of the reference, or a checkpoint of it."""

from pathlib import Path

from ..errors import GraderError
from ..host import processes

SECONDS = 30.0


def apply(patch: Path, folder: Path) -> None:
    """Applies the patch to the files in `folder`. An error when it does not fit."""
    command = ["patch", "-p1", "--silent", "--force", "--no-backup-if-mismatch"]
    command += ["--input", str(patch)]
    patched = processes.run(command, folder / "patch", seconds=SECONDS, cwd=folder)
    if patched.status != 0:
        raise GraderError(f"the patch {patch.name} no longer fits: {patched.output.strip()}")
