"""Who is in the class: a CSV file as Canvas, Moodle, Gradescope, GitHub Classroom or a spreadsheet exports it."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import GraderError
from ..handin.names import normal
from ..text import printable

# The columns that name a student, best first; those that number one; the entry handed in, where no name tells.
FULL = ("name", "full name", "student", "student name", "display name", "vollständiger name")
FIRST = ("first name", "firstname", "given name", "vorname")
LAST = ("last name", "lastname", "surname", "family name", "nachname")
NUMBERS = (
    *("id", "sid", "student id", "id number", "identifier", "sis user id", "sis login id"),
    *("login", "login id", "username", "user name", "github username", "github_username"),
    *("email", "e-mail", "email address", "e-mail address", "roster_identifier"),
    *("anmeldename", "id-nummer", "matrikelnummer", "e-mail-adresse"),
)
ENTRIES = ("submission", "file", "folder", "filename", "file name")
DELIMITERS = ",;\t|"
# Moodle's number for a student in one assignment, in any language: `Participant 4711`.
PARTICIPANT = re.compile(r"[^\d@]+(\d+)")
MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class Row:
    """One student: the name to show, what it may be written as, the numbers that it goes by, the entry handed in."""

    name: str
    keys: frozenset[str]
    numbers: frozenset[str]
    entry: str
    columns: tuple[str, ...]
    cells: tuple[str, ...] = ()


@dataclass
class Roster:
    """All rows, in the file's order. `columns` are the titles of what is kept of each row, `titles` those of all."""

    rows: list[Row] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    def find(
        self, entries: Iterable[str], numbers: Iterable[str], names: Iterable[str]
    ) -> Row | None:
        """The one row that names an entry, else is written so, else goes by a number; None when none is, or two are."""
        known = {normal(entry) for entry in entries}
        goes_by = {normal(one) for one in numbers}
        keys = {key for name in names for key in keys_of(name)}
        tests: tuple[Callable[[Row], bool], ...] = (
            lambda row: bool(row.entry) and normal(row.entry) in known,
            lambda row: bool(row.keys & keys),
            lambda row: bool(row.numbers & goes_by),
        )
        left = self.rows
        for test in tests:
            found = [row for row in left if test(row)]
            if len(found) == 1:
                return found[0]
            left = found or left
        return None


def _collated(text: str) -> str:
    """As Canvas writes a name into that of a file: letters and digits only, without their marks."""
    plain = unicodedata.normalize("NFKD", text).replace("ß", "ss")
    return "~" + "".join(letter for letter in plain if letter.isalnum())


def keys_of(name: str) -> frozenset[str]:
    """All that a name may be written as: `Lovelace, Ada` is `Ada Lovelace` is `lovelaceada`."""
    whole = normal(name)
    found = {whole, _collated(whole)}
    last, comma, first = whole.partition(",")
    if comma:
        found.add(normal(f"{first} {last}"))
        found.add(_collated(first + last))
    elif " " in whole:
        words = whole.split(" ")
        for at in range(1, len(words)):
            found.add(_collated("".join(words[at:] + words[:at])))
    return frozenset(found - {"", "~"})


def read(path: Path, column: str | None = None) -> Roster:
    """A CSV file with a line of titles: one names the student (or `column` does), one may name what was handed in, the
    rest is kept."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise GraderError(f"{path} is too large for a roster")
        rows = _rows(_decoded(path.read_bytes()))
    except (OSError, csv.Error) as error:
        raise GraderError(f"{path} cannot be read as a CSV file: {error}") from error
    if not rows:
        raise GraderError(f"{path} is empty")
    titles = [" ".join(title.split()) for title in rows[0][1]]
    lower = [normal(title) for title in titles]
    who = _who(path, lower, column)
    what = next((lower.index(name) for name in ENTRIES if name in lower), None)
    canvas = "sis login id" in lower or "sis user id" in lower
    kept = [number for number in range(len(titles)) if number not in (*who, what)]
    roster = Roster([], tuple(titles[number] for number in kept), tuple(titles))
    for line, row in rows[1:]:
        cells = [cell.strip() for cell in row]
        while len(cells) > len(titles) and not cells[-1]:
            cells.pop()
        name = " ".join(cells[number] for number in who if number < len(cells)).strip()
        if canvas and (not name or normal(name) in ("points possible", "student, test")):
            continue  # Canvas's own lines
        if len(cells) != len(titles) or not name:
            raise GraderError(f"{path}:{line} does not fit its titles ({', '.join(titles)})")
        numbers = {cells[at] for at, title in enumerate(lower) if title in NUMBERS and cells[at]}
        roster.rows.append(
            Row(
                unicodedata.normalize("NFC", name),
                keys_of(name),
                frozenset(_numbers(numbers)),
                cells[what].rstrip("/") if what is not None else "",
                tuple(cells[number] for number in kept),
                tuple(cells),
            )
        )
    _tell_apart(path, roster, [line for line, _ in rows[1:]])
    return roster


def _numbers(cells: Iterable[str]) -> Iterable[str]:
    """A cell, the part before an address's @, and Moodle's number as layouts.py writes it."""
    for cell in cells:
        text = normal(cell)
        yield text
        if "@" in text:
            yield text.partition("@")[0]
        elif (match := PARTICIPANT.fullmatch(text)) is not None:
            yield f"participant {match[1]}"


def _tell_apart(path: Path, roster: Roster, lines: Sequence[int]) -> None:
    """Two of one name are told apart by a number that only one of them has."""
    by_name: dict[str, list[int]] = {}
    for at, row in enumerate(roster.rows):
        by_name.setdefault(normal(row.name), []).append(at)
    for same in (same for same in by_name.values() if len(same) > 1):
        own = [
            min(roster.rows[at].numbers, key=lambda text: (len(text), text), default="")
            for at in same
        ]
        if len(set(own)) < len(own) or not all(own):
            name = printable(roster.rows[same[1]].name)
            raise GraderError(
                f"{path}:{lines[min(same[1], len(lines) - 1)]} names {name} for the second time"
            )
        for at, number in zip(same, own):
            row = roster.rows[at]
            roster.rows[at] = Row(
                f"{row.name} ({number})", row.keys, row.numbers, row.entry, row.columns, row.cells
            )


def _who(path: Path, titles: Sequence[str], column: str | None) -> tuple[int, ...]:
    """The columns that together name a student."""
    if column is not None:
        if normal(column) not in titles:
            raise GraderError(
                f"{path} has no column {printable(column)}: it has {', '.join(titles)}"
            )
        return (titles.index(normal(column)),)
    for name in FULL:
        if name in titles:
            return (titles.index(name),)
    first = next((titles.index(name) for name in FIRST if name in titles), None)
    last = next((titles.index(name) for name in LAST if name in titles), None)
    if first is not None and last is not None:
        return (first, last)
    for name in NUMBERS:
        if name in titles:
            return (titles.index(name),)
    raise GraderError(
        f"{path} has no column name, student, id, login or email; --roster-column says which names the student"
    )


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data[:200]:
        encodings = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise GraderError("the roster is neither UTF-8 nor UTF-16 nor cp1252")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that hold anything, with their numbers; the delimiter is the one that makes the most titles."""
    lines = text.splitlines()
    if lines and (match := re.fullmatch(r'"?sep=(.)"?', lines[0].strip())):  # Excel's
        delimiters, text = match[1], text.partition("\n")[2]
    else:
        delimiters = DELIMITERS
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {one: len(next(csv.reader([first], delimiter=one), [])) for one in delimiters}
    delimiter = max(delimiters, key=lambda one: counts[one])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
