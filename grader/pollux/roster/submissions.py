"""Who handed in what: each submission of a folder, its student's name, and what the roster knows of the student."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import GraderError
from ..handin.archive import SOURCE
from ..handin.names import meant, normal
from ..handin.submission import Named
from ..text import printable
from . import layouts
from .layouts import Found, System
from .roster import Roster, Row, read

PLAIN = re.compile(r"\w(?:[\w .@+-]{0,78}[\w@+-])?")


@dataclass(frozen=True)
class Submission:
    """One student's. `path` is None for one on the roster who handed in nothing; `columns` are the roster's; `files`
    are there where there are several."""

    name: str
    path: Path | None
    columns: tuple[str, ...] = ()
    files: tuple[Named, ...] = ()
    row: Row | None = None

    @property
    def given(self) -> tuple[Named, ...]:
        """All that was handed in."""
        return self.files or ((Named(self.path),) if self.path else ())

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
    roster: Roster | None = None
    system: System = System.PLAIN


def find(
    folder: Path,
    pattern: str | None = None,
    roster: Path | None = None,
    *,
    system: System | None = None,
    column: str | None = None,
    latest: bool = False,
) -> Class:
    """What lies in `folder`. `pattern` is a regular expression that finds the name in an entry's name; `latest` takes
    the later of two submissions of one student."""
    if not folder.is_dir():
        what = "unpack it first" if folder.is_file() else "is it the right name?"
        raise GraderError(f"{folder} is no folder of submissions; {what}")
    layout = layouts.read(folder, system, _name_of(pattern))
    listed = read(roster, column) if roster else None
    remarks = list(layout.remarks)
    for path in layout.strange:
        whose = listed.find([path.name], [], [path.stem]) if listed else None
        if whose is not None:  # it will be refused, with the reason
            layout.found.append(Found(path.stem, (Named(path),)))
        else:
            remarks.append(
                f"{printable(path.name)} is no submission: neither a folder nor an archive"
            )
    if not layout.found:
        raise GraderError(
            f"{folder} holds no submission (a folder, .zip or .tar.gz for each student)"
        )
    rows = [_row(one, listed) for one in layout.found]
    by_name: dict[str, list[tuple[Found, Row | None]]] = {}
    for (one, row), name in zip(zip(layout.found, rows), _names(layout.found, rows, remarks)):
        by_name.setdefault(name, []).append((one, row))
    found: dict[str, Submission] = {}
    problems = []
    for name, same in by_name.items():
        one, row = same[0]
        if len(same) > 1:
            try:
                one, row = _one_of(name, same, latest, remarks)
            except GraderError as error:
                problems.append(str(error))
        if listed and row is None:
            remarks.append(f"{printable(name)} is not on the roster")
        columns = row.columns if row else ("",) * (len(listed.columns) if listed else 0)
        found[name] = Submission(name, one.files[0].path.absolute(), columns, _files(one), row)
    if problems:
        raise GraderError("; ".join(problems))
    if listed:
        _check_roster(listed, found)
        for row in listed.rows:
            if row.name not in found:
                remarks.append(f"{printable(row.name)} handed in nothing")
                found[row.name] = Submission(row.name, None, row.columns, (), row)
    in_order = tuple(found[name] for name in sorted(found))
    _check_folders(in_order)
    columns = listed.columns if listed else ()
    return Class(in_order, columns, tuple(remarks), listed, layout.system)


def _files(one: Found) -> tuple[Named, ...]:
    return tuple(Named(file.path.absolute(), file.name) for file in one.files)


def _row(one: Found, listed: Roster | None) -> Row | None:
    if listed is None:
        return None
    return listed.find(one.entries, one.numbers, (one.name,)) or listed.find(
        (), (*one.numbers, one.name, *one.others), one.others
    )


def _names(found: Sequence[Found], rows: Sequence[Row | None], remarks: list[str]) -> Sequence[str]:
    """The roster's name, else the entry's. Two that a system has told apart by number keep their numbers."""
    names = [
        row.name if row else unicodedata.normalize("NFC", one.name) for one, row in zip(found, rows)
    ]
    by_name: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        by_name.setdefault(normal(name), []).append(at)
    for same in (same for same in by_name.values() if len(same) > 1):
        free = [at for at in same if rows[at] is None]
        numbers = {found[at].numbers[:1] for at in free}
        if len(numbers) == len(free) and all(numbers) and (len(free) > 1 or len(same) > 1):
            for at in free:
                names[at] = f"{names[at]} ({found[at].numbers[0]})"
            if len(free) > 1:
                shown = ", ".join(printable(names[at]) for at in free)
                remarks.append(f"{len(free)} students have one name: {shown}")
    return names


def _one_of(
    name: str, same: Sequence[tuple[Found, Row | None]], latest: bool, remarks: list[str]
) -> tuple[Found, Row | None]:
    """Which of several submissions of one student counts: the one that the roster names, else with `latest` the last."""
    named = [
        pair
        for pair in same
        if pair[1] and pair[1].entry and normal(pair[1].entry) in map(normal, pair[0].entries)
    ]
    kinds = {meant(file.name or file.path.name)[0] for one, _ in same for file in one.files}
    if len(kinds) == len(same) and all(SOURCE.search(kind) for kind in kinds):
        files = tuple(file for one, _ in same for file in one.files)
        return replace(same[0][0], files=files), same[0][1]  # a lab of several files
    if len(named) == 1:
        chosen = named[0]
    elif latest:
        chosen = max(same, key=lambda pair: (pair[0].order, _time(pair[0])))
    else:
        entries = ", ".join(printable(one.entries[0]) for one, _ in same[:-1])
        raise GraderError(
            f"{printable(name)} handed in twice, {entries} and {printable(same[-1][0].entries[0])}: "
            "keep one, say --latest, or tell them apart with --pattern or --roster"
        )
    left = ", ".join(printable(one.entries[0]) for one, _ in same if one is not chosen[0])
    remarks.append(
        f"{printable(name)} handed in {printable(chosen[0].entries[0])}, which counts, and {left}"
    )
    return chosen


def _time(one: Found) -> float:
    """When the newest of its files was last written."""
    times = [0.0]
    for file in one.files:
        paths = file.path.rglob("*") if file.path.is_dir() else [file.path]
        times += [path.lstat().st_mtime for path in paths if ".git" not in path.parts]
    return max(times)


def _check_roster(listed: Roster, found: dict[str, Submission]) -> None:
    """Refuses a roster that is of another class, or whose names are in another column."""
    matched = sum(one.row is not None for one in found.values())
    strangers = len(found) - matched
    if 2 * matched < len(listed.rows) and strangers > matched:
        shown = ", ".join(printable(one.name) for one in found.values() if one.row is None)[:200]
        raise GraderError(
            f"of {len(listed.rows)} on the roster only {matched} handed in, and {strangers} who did are not on it "
            f"({shown}): is it this class's? --roster-column says which column names the student"
        )


def _check_folders(submissions: Sequence[Submission]) -> None:
    by_folder: dict[str, str] = {}
    for one in submissions:
        other = by_folder.setdefault(one.folder.casefold(), one.name)
        if other != one.name:
            raise GraderError(
                f"{printable(one.name)} and {printable(other)} differ by capital letters only"
            )


def _name_of(pattern: str | None) -> Callable[[str], str | None] | None:
    if pattern is None:
        return None
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise GraderError(f"--pattern is no regular expression: {error}") from error
    if expression.groups > 1 and "name" not in expression.groupindex:
        raise GraderError("--pattern has several groups: call the student's (?P<name>…)")

    def name(entry: str) -> str | None:
        match = expression.search(unicodedata.normalize("NFC", entry))
        if match is None:
            return None
        found = match["name"] if "name" in expression.groupindex else match[expression.groups]
        return found or None

    return name
