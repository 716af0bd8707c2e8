"""Results by content: what was graded once is never graded again, whoever handed it in.

The name of a result is a hash of all that it depends on: the files taken, the tree they are laid over, the grader, the
tools and the options. A result is there whole or not at all, so that any number of graders may share a folder and any
of them may be killed.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..course.lab import Lab
from ..course.tree import Tree
from ..errors import GraderError
from ..handin.submission import Handin
from ..host.toolchain import tool
from ..verdict.results import LabResult
from . import codec

# What decides on a result. The grader's own tests do not, nor do the handouts.
PARTS = ("Makefile", "grub.cfg", "arch", "kernel", "labs", "grader")
APART = tuple(
    Path("grader", name) for name in ("tests", "examples", "pollux/classroom", "pollux/roster")
)
TOOLS = (tool("clang++"), tool("ld.lld"), "nasm", "grub-mkimage", "qemu-system-x86_64")


@dataclass(frozen=True)
class Basis:
    """All that a result depends on but what was handed in."""

    tree: Tree
    seed: int = 1
    own_layers: bool = False

    @cached_property
    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for path in self.tree.files():
            if path.parts[0] in PARTS and not any(apart in path.parents for apart in APART):
                _add(digest, str(path).encode(), (self.tree.root / path).read_bytes())
        for tool in TOOLS:
            _add(digest, tool.encode(), _version(tool))
        _add(digest, b"options", f"{self.seed} {self.own_layers}".encode())
        return digest.hexdigest()

    def key(self, handin: Handin, lab: Lab) -> str:
        """The name of the result that `handin` has in `lab`."""
        digest = hashlib.sha256(f"{self.fingerprint} {lab.number}".encode())
        for number in range(1, lab.number + 1) if self.own_layers else (lab.number,):
            _add(digest, b"problem", handin.problems.get(number, "").encode(errors="replace"))
            for name, content in sorted(handin.files.get(number, {}).items()):
                _add(digest, f"{number}/{name}".encode(), content)
        return digest.hexdigest()[:32]


def _add(digest: "hashlib._Hash", name: bytes, content: bytes) -> None:
    """Adds a named content so that no two different lists give the same bytes."""
    digest.update(b"%d:%s%d:" % (len(name), name, len(content)))
    digest.update(content)


def _version(tool: str) -> bytes:
    try:
        done = subprocess.run([tool, "--version"], capture_output=True, check=False)
    except OSError as error:
        raise GraderError(f"{tool} is not there; grader/setup installs what is missing") from error
    return done.stdout


class Cache:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> LabResult | None:
        """The result of that name. One that cannot be read counts as not there."""
        try:
            return codec.decode(LabResult, json.loads(self._path(key).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, key: str, result: LabResult) -> None:
        text = json.dumps(codec.encode(result), ensure_ascii=True, separators=(",", ":"))
        write_whole(self._path(key), text)

    def take_from(self, other: "Cache") -> int:
        """Copies what another cache has and this one has not; how many."""
        count = 0
        for path in sorted(other.folder.glob("*.json")):
            if not (self.folder / path.name).exists():
                write_whole(self.folder / path.name, path.read_text())
                count += 1
        return count

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def write_whole(path: Path, text: str) -> None:
    """Writes a file that is there whole or not at all, whatever happens to us."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".", suffix=".draft", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            os.chmod(draft, 0o644)
            os.replace(draft, path)
        except BaseException:
            os.unlink(draft)
            raise
    except OSError as error:
        raise GraderError(f"{path} cannot be written: {error.strerror}") from error
