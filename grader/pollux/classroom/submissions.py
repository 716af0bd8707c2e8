"""Who handed in what: each entry of a folder is one submission, and its student's name is in the entry's."""

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import GraderError
from ..text import printable

ENDINGS = (".tar.gz", ".tgz", ".zip", ".cpp")
PLAIN = re.compile(r"\w(?:[\w .@+-]{0,78}[\w@+-])?")
# The roster's columns: the student, and the entry handed in where the name alone does not tell.
NAMES, ENTRIES = ("name", "student", "id", "login", "email"), ("submission", "file", "folder")


@dataclass(frozen=True)
class Submission:
    """One student's. `path` is None for one on the roster who handed in nothing; `columns` are the roster's."""

    name: str
    path: Path | None
    columns: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """A name for this student's folder: the student's own, unless a file system or a shell would stumble over it."""
        if PLAIN.fullmatch(self.name):
            return self.name
        number = hashlib.sha256(self.name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        like = re.sub(r"[^a-zA-Z0-9]+", "_", self.name)[:60].strip("_")
        return f"{like or 'student'}-{number}"


@dataclass(frozen=True)
class Class:
    """All of them, by name; the names of the roster's other columns; and what to tell the instructor."""

    submissions: tuple[Submission, ...]
    columns: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass
class _Roster:
    columns: tuple[str, ...] = ()
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)  # of the folder, to the name


def find(folder: Path, pattern: str | None = None, roster: Path | None = None) -> Class:
    """What lies in `folder`. `pattern` is a regular expression that finds the name in an entry's name."""
    if not folder.is_dir():
        raise GraderError(f"{folder} is no folder of submissions")
    expression = _compile(pattern)
    listed = _read(roster) if roster else _Roster()
    found: dict[str, Submission] = {}
    remarks = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        if not path.is_dir() and not path.name.lower().endswith(ENDINGS):
            remarks.append(
                f"{printable(path.name)} is no submission: neither a folder nor an archive"
            )
            continue
        name = listed.entries.get(path.name) or _name(path, expression)
        if name is None:
            remarks.append(f"{printable(path.name)} does not match the pattern and was left out")
            continue
        if name in found:
            other = found[name].path
            assert other is not None
            raise GraderError(
                f"{printable(name)} handed in twice, {printable(other.name)} and {printable(path.name)}: "
                "keep one, or tell them apart with --pattern or --roster"
            )
        if roster and name not in listed.rows:
            remarks.append(f"{printable(name)} is not on the roster")
        columns = listed.rows.get(name, ("",) * len(listed.columns))
        found[name] = Submission(name, path.absolute(), columns)
    for name, columns in listed.rows.items():
        if name not in found:
            remarks.append(f"{printable(name)} handed in nothing")
            found[name] = Submission(name, None, columns)
    if not found:
        raise GraderError(
            f"{folder} holds no submission (a folder, .zip or .tar.gz for each student)"
        )
    in_order = tuple(found[name] for name in sorted(found))
    _check_folders(in_order)
    return Class(in_order, listed.columns, tuple(remarks))


def _check_folders(submissions: Sequence[Submission]) -> None:
    by_folder: dict[str, str] = {}
    for one in submissions:
        other = by_folder.setdefault(one.folder.casefold(), one.name)
        if other != one.name:
            raise GraderError(
                f"{printable(one.name)} and {printable(other)} differ by capital letters only"
            )


def _compile(pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise GraderError(f"--pattern is no regular expression: {error}") from error
    if expression.groups > 1 and "name" not in expression.groupindex:
        raise GraderError("--pattern has several groups: call the student's (?P<name>…)")
    return expression


def _name(path: Path, expression: re.Pattern[str] | None) -> str | None:
    """The student's name. By default all of the entry's, without its ending."""
    if expression is None:
        for ending in ENDINGS:
            if not path.is_dir() and path.name.lower().endswith(ending):
                return path.name[: -len(ending)] or path.name
        return path.name
    match = expression.search(path.name)
    if match is None:
        return None
    found = match["name"] if "name" in expression.groupindex else match[expression.groups]
    return found or None


def _read(path: Path) -> _Roster:
    """A CSV file with a line of titles: one names the student, one may name what was handed in, the rest is kept."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file, strict=True) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GraderError(f"{path} cannot be read as a CSV file: {error}") from error
    if not rows:
        raise GraderError(f"{path} is empty")
    titles = [title.strip() for title in rows[0]]
    lower = [title.lower() for title in titles]
    who = next((lower.index(name) for name in NAMES if name in lower), None)
    if who is None:
        raise GraderError(f"{path} has no column {', '.join(NAMES[:-1])} or {NAMES[-1]}")
    what = next((lower.index(name) for name in ENTRIES if name in lower), None)
    rest = [number for number in range(len(titles)) if number not in (who, what)]
    roster = _Roster(tuple(titles[number] for number in rest))
    for line, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in row]
        if len(cells) != len(titles) or not cells[who]:
            raise GraderError(f"{path}:{line} does not fit its titles ({', '.join(titles)})")
        name = cells[who]
        if name in roster.rows:
            raise GraderError(f"{path}:{line} names {printable(name)} for the second time")
        roster.rows[name] = tuple(cells[number] for number in rest)
        if what is not None and cells[what]:
            roster.entries[cells[what].rstrip("/")] = name
    return roster
