"""The tree that the grader stands in."""

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import GraderError
from .lab import Lab, load_labs


@dataclass(frozen=True)
class Tree:
    root: Path

    @staticmethod
    def own() -> "Tree":
        """The tree that this very file belongs to."""
        return Tree(Path(__file__).resolve().parents[3])

    @cached_property
    def labs(self) -> tuple[Lab, ...]:
        labs = load_labs(self.root)
        if not labs:
            raise GraderError(f"{self.root} has no labs/: is this a Pollux tree?")
        return labs

    def lab(self, number: int) -> Lab:
        for lab in self.labs:
            if lab.number == number:
                return lab
        raise GraderError(f"there is no lab {number}; the tree has {self._numbers()}")

    def _numbers(self) -> str:
        return ", ".join(str(lab.number) for lab in self.labs)

    def files(self) -> list[Path]:
        """The tree's own files that are there, relative to the root, sorted: what git tracks; where it tracks nothing,
        as in a student's tree, all but built files."""
        # Nothing of a repository's configuration is run by ls-files, whoever owns it: in a container root often looks at
        # the clone of another user.
        trusted = ("-c", f"safe.directory={self.root}", "-c", "core.fsmonitor=false")
        command = ["git", *trusted, "-C", str(self.root), "ls-files", "-z", "--cached"]
        try:
            listed = subprocess.run(command, capture_output=True, check=False)
        except OSError as error:
            raise GraderError(
                "git is not installed; `grader/setup` installs what is missing"
            ) from error
        if listed.returncode != 0 and (self.root / ".git").exists():
            reason = listed.stderr.decode("utf-8", "replace").strip()
            raise GraderError(f"git does not know this tree ({reason})")
        paths = {Path(name) for name in listed.stdout.decode().split("\0") if name}
        if not paths:
            found = (path.relative_to(self.root) for path in self.root.rglob("*"))
            paths = {path for path in found if path.parts[0] != "build" and not _is_cache(path)}
        return sorted(path for path in paths if (self.root / path).is_file())


def _is_cache(path: Path) -> bool:
    """What tools leave behind, and editors."""
    left = ("__pycache__", ".mypy_cache", ".pytest_cache", ".vscode", ".git")
    return any(part in left for part in path.parts[:-1])
