"""The layouts in which the common systems hand out what was handed in, and whose each file of it is."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..errors import GraderError
from ..handin.archive import ARCHIVE, SOURCE, is_archive
from ..handin.names import BEHIND, COPY, meant, normal
from ..handin.submission import Named
from ..text import printable
from .metadata import Submitter, submitters

# What no student put there.
LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
MOODLE = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)", re.DOTALL
)
CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_(?P<order>\d+)_(?P<file>.+)", re.IGNORECASE | re.DOTALL
)
GRADESCOPE = re.compile(r"submission_\d+")
METADATA = ("submission_metadata.yml", "submission_metadata.yaml")
SOURCE_ENDING = re.compile(r"\.(cpp|hpp|cxx|cc|c\+\+)$", re.IGNORECASE)


class System(StrEnum):
    MOODLE = "moodle"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    GITHUB = "github"
    PLAIN = "plain"


@dataclass(frozen=True)
class Found:
    """What one student handed in. `numbers` are what the system knows the student by; `others` are names that may be
    meant; `order` tells which of two is the later, where the system says."""

    name: str
    files: tuple[Named, ...]
    numbers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    order: int = 0

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(file.path.name for file in self.files)


@dataclass
class Layout:
    """What lies in a folder, and what to say of it. `strange` are files that no student seems to have handed in."""

    system: System
    found: list[Found]
    remarks: list[str]
    strange: list[Path]


def read(
    folder: Path, system: System | None, name_of: Callable[[str], str | None] | None
) -> Layout:
    """All that lies in `folder`. `name_of` finds a student's name in an entry's; without it, `system` does."""
    entries = _entries(folder)
    if system is None and name_of is None and len(entries) == 1 and entries[0].is_dir():
        inner = _entries(entries[0])  # the folder in which an export was unpacked
        if inner and _system(inner) is not System.PLAIN:
            entries = inner
    if name_of is not None:
        return _plain(entries, name_of)
    chosen = system or _system(entries)
    readers: dict[System, Callable[[Sequence[Path]], Layout]] = {
        System.MOODLE: _moodle,
        System.CANVAS: _canvas,
        System.GRADESCOPE: _gradescope,
        System.GITHUB: _github,
        System.PLAIN: lambda entries: _plain(entries, None),
    }
    return readers[chosen](entries)


def _entries(folder: Path) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise GraderError(f"{folder} cannot be read: {error.strerror}") from error
    return [p for p in paths if not p.name.startswith(".") and p.name.casefold() not in LITTER]


def _system(entries: Sequence[Path]) -> System:
    """The system whose layout most entries have."""
    if not entries:
        return System.PLAIN
    names = [path.name for path in entries]
    if any(name in METADATA for name in names):
        return System.GRADESCOPE

    def most(expression: re.Pattern[str]) -> bool:
        return 2 * sum(expression.fullmatch(name) is not None for name in names) > len(names)

    for system, expression in (
        (System.MOODLE, MOODLE),
        (System.CANVAS, CANVAS),
        (System.GRADESCOPE, GRADESCOPE),
    ):
        if most(expression):
            return system
    folders = [path for path in entries if path.is_dir()]
    cloned = [path for path in folders if (path / ".git").exists()]
    if len(folders) > 1 and 2 * len(cloned) > len(entries) and _prefix(folders):
        return System.GITHUB
    return System.PLAIN


# Each system's.


def _plain(entries: Sequence[Path], name_of: Callable[[str], str | None] | None) -> Layout:
    layout = Layout(System.PLAIN, [], [], [])
    for path in entries:
        if not path.is_dir() and not is_archive(path) and not _is_source(path.name):
            layout.strange.append(path)
            continue
        name = name_of(path.name) if name_of else stem(path)
        if name is None:
            layout.remarks.append(
                f"{printable(path.name)} does not match the pattern and was left out"
            )
            continue
        copied = COPY.sub("", name)
        layout.found.append(Found(name, (Named(path),), (), (copied,) if copied else ()))
    return layout


def _is_source(name: str) -> bool:
    return SOURCE_ENDING.search(BEHIND.sub("", normal(name))) is not None or (
        SOURCE.search(name) is not None and meant(name)[0].endswith(".cpp")
    )


def stem(path: Path) -> str:
    """An entry's name without its ending."""
    if path.is_dir():
        return path.name
    name = ARCHIVE.sub("", path.name)
    if name == path.name:
        match = SOURCE.search(path.name)
        name = path.name[: match.start()] if match else path.stem
    return name or path.name


def _moodle(entries: Sequence[Path]) -> Layout:
    layout = Layout(System.MOODLE, [], [], [])
    groups: dict[tuple[str, str], list[Named]] = {}
    texts: dict[tuple[str, str], Path] = {}
    left = []
    for path in entries:
        match = MOODLE.fullmatch(path.name)
        if match is None:
            left.append(path)
            continue
        key = (match["name"], match["id"])
        if match["kind"] == "file":
            groups.setdefault(key, []).append(Named(path, match["file"]))
        else:
            texts[key] = path
    for key, path in texts.items():
        if key not in groups:
            groups[key] = [Named(path)]
        else:
            layout.remarks.append(f"{printable(path.name)} is text and was left out")
    for (name, number), files in groups.items():
        other = name.partition("-")[2]  # a group's name comes first
        layout.found.append(
            Found(name, tuple(files), (f"Participant {number}",), (other,) if other else ())
        )
    return _with_plain(layout, left)


def _canvas(entries: Sequence[Path]) -> Layout:
    layout = Layout(System.CANVAS, [], [], [])
    groups: dict[tuple[str, str], list[tuple[int, Named]]] = {}
    left = []
    for path in entries:
        match = CANVAS.fullmatch(path.name)
        if match is None:
            left.append(path)
            continue
        named = Named(path, match["file"])
        groups.setdefault((match["name"], match["id"]), []).append((int(match["order"]), named))
    for (name, number), files in groups.items():
        latest: dict[str, tuple[int, Named]] = {}
        for order, named in sorted(files, key=lambda pair: pair[0]):
            kind = meant(named.name)[0] if SOURCE.search(named.name) else _kind(named.name)
            if kind in latest:
                older = latest[kind][1].path.name
                layout.remarks.append(
                    f"{printable(named.path.name)} was taken, and not {printable(older)}, which is older"
                )
            latest[kind] = (order, named)
        names = tuple(named for _, named in latest.values())
        layout.found.append(Found(name, names, (number,), (), max(order for order, _ in files)))
    return _with_plain(layout, left)


def _kind(name: str) -> str:
    """Archives take each other's place; other files stand beside each other."""
    return "an archive" if ARCHIVE.search(name) else name


def _gradescope(entries: Sequence[Path]) -> Layout:
    layout = Layout(System.GRADESCOPE, [], [], [])
    metadata = next((path for path in entries if path.name in METADATA), None)
    people = submitters(metadata) if metadata else {}
    left = []
    for path in entries:
        if path.name in METADATA:
            continue
        if not path.is_dir() and not is_archive(path):
            left.append(path)
            continue
        who = people.get(path.name) or people.get(stem(path)) or []
        if not who and GRADESCOPE.fullmatch(stem(path)) is None:
            left.append(path)
            continue
        number = int(re.sub(r"\D", "", path.name)[-15:] or 0)
        if not who:
            layout.remarks.append(
                f"{printable(path.name)} is in no metadata: its name stands for the student's"
            )
            who = [Submitter(stem(path))]
        if len(who) > 1:
            names = ", ".join(printable(one.name) for one in who)
            layout.remarks.append(f"{printable(path.name)} is of {len(who)}: {names}")
        for one in who:
            numbers = tuple(text for text in (one.number, one.email) if text)
            layout.found.append(Found(one.name, (Named(path),), numbers, (), number))
    return _with_plain(layout, left)


def _prefix(folders: Iterable[Path]) -> str:
    """What all names begin with, up to a hyphen: the assignment's name."""
    common = os.path.commonprefix([path.name for path in folders])
    return common[: common.rfind("-") + 1]


def _github(entries: Sequence[Path]) -> Layout:
    layout = Layout(System.GITHUB, [], [], [])
    folders = [path for path in entries if path.is_dir()]
    prefix = _prefix(folders) if len(folders) > 1 else ""
    for path in folders:
        name = path.name[len(prefix) :] or path.name
        ends = [path.name[match.end() :] for match in re.finditer("-", path.name)]
        layout.found.append(Found(name, (Named(path),), tuple(end for end in ends if end)))
    return _with_plain(layout, [path for path in entries if not path.is_dir()])


def _with_plain(layout: Layout, left: Sequence[Path]) -> Layout:
    """Entries that are not named as the system names them: nobody is lost for that."""
    rest = _plain(left, None)
    for found in rest.found:
        layout.remarks.append(
            f"{printable(found.entries[0])} is not named as {layout.system} names what was handed in"
        )
    layout.found += rest.found
    layout.strange += rest.strange
    return layout
