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
        """The tree's own files, relative to the root, sorted: what git tracks, or what is there but for built files."""
        if (self.root / ".git").exists():
            return self.tracked()
        paths = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return sorted(path for path in paths if path.parts[0] != "build" and not _is_cache(path))

    def tracked(self) -> list[Path]:
        """The files that git tracks and that are there, relative to the root, sorted."""
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached"]
        try:
            listed = subprocess.run(command, capture_output=True, check=False)
        except OSError as error:
            raise GraderError(
                "git is not installed; `grader/setup` installs what is missing"
            ) from error
        if listed.returncode != 0:
            reason = listed.stderr.decode("utf-8", "replace").strip()
            raise GraderError(f"git does not know this tree ({reason})")
        paths = {Path(name) for name in listed.stdout.decode().split("\0") if name}
        return sorted(path for path in paths if (self.root / path).is_file())


def _is_cache(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts[:-1])
