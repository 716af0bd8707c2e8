"""The grades that lie in a folder already: those of another class are never overwritten."""

import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import GraderError
from ..handin.names import normal
from ..text import printable
from .marking import Marked


def check(out: Path, marked: Sequence[Marked], *, replace: bool) -> None:
    """GraderError where most of those who handed in before are not in this class."""
    before = _handed_in(out / "grades.json")
    now = {normal(one.name) for one in marked if one.taken.submission.path is not None}
    gone = [name for name in before if normal(name) not in now]
    if replace or 2 * len(gone) <= len(before):
        return
    names = ", ".join(printable(name) for name in gone[:5])
    raise GraderError(
        f"{out} holds the grades of {len(before)}, of whom {len(gone)} are not here ({names}): is this the right "
        "folder of submissions? --replace writes over them"
    )


def _handed_in(path: Path) -> list[str]:
    try:
        students = json.loads(path.read_bytes())["students"]
        return [str(one["name"]) for one in students if one["submission"] is not None]
    except (OSError, ValueError, KeyError, TypeError):
        return []
