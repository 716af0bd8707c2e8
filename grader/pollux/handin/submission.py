"""Takes out of a submission the files that lab.toml names, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..course.lab import Lab
from ..errors import GraderError, SubmissionError
from ..text import printable
from .archive import Entry, open_submission


@dataclass(frozen=True)
class Handin:
    """What was found of each lab: the files' contents, or why they cannot be used."""

    files: dict[int, dict[str, bytes]] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    def has(self, lab: Lab) -> bool:
        return lab.number in self.files or lab.number in self.problems

    def write(self, labs: Iterable[Lab], folder: Path) -> None:
        """Lays the labs' files below `folder`, as in `folder/labs/1-heap/heap.cpp`."""
        for lab in labs:
            target = folder / lab.folder
            target.mkdir(parents=True, exist_ok=True)
            for name, content in self.files[lab.number].items():
                (target / name).write_bytes(content)


def _matches(path: PurePosixPath, wanted: PurePosixPath) -> bool:
    return path.parts[-len(wanted.parts) :] == wanted.parts


def _find(entries: Sequence[Entry], lab: Lab, name: str) -> Entry | None:
    """The file `name` of a lab: below its own folder, wherever that lies; else bare, outside any other folder of labs."""
    folder = PurePosixPath(lab.folder)
    for wanted in (folder / name, PurePosixPath(folder.name, name), PurePosixPath(name)):
        found = [entry for entry in entries if _matches(entry.path, wanted)]
        if not found:
            continue
        depth = min(len(entry.path.parts) for entry in found)
        nearest = [entry for entry in found if len(entry.path.parts) == depth]
        if len(nearest) > 1:
            names = " and ".join(printable(str(entry.path)) for entry in nearest[:2])
            raise SubmissionError(f"two files could be {name}: {names}")
        return nearest[0]
    return None


def _linked_folder(entries: Sequence[Entry], lab: Lab) -> Entry | None:
    """A link where the lab's folder should be: worth more than "there is no heap.cpp"."""
    folder = PurePosixPath(lab.folder)
    for entry in entries:
        if entry.problem and (entry.path.name == folder.name or entry.path == folder.parent):
            return entry
    return None


def _content(entries: Sequence[Entry], lab: Lab, name: str) -> bytes | None:
    entry = _find(entries, lab, name) or _linked_folder(entries, lab)
    if entry is None:
        return None
    content = entry.read()
    if b"\0" in content:
        raise SubmissionError(f"{name} is not text")
    if not content.strip():
        raise SubmissionError(f"{name} is empty")
    return content


def take(path: Path, labs: Sequence[Lab]) -> Handin:
    """What a submission holds of each lab. One that cannot be read at all is a problem of every lab."""
    handin = Handin()
    try:
        entries = open_submission(path)
    except SubmissionError as error:
        handin.problems.update({lab.number: str(error) for lab in labs})
        return handin
    except OSError as error:
        raise GraderError(f"{path} cannot be read: {error.strerror}") from error
    for lab in labs:
        try:
            contents = {name: _content(entries, lab, name) for name in lab.files}
        except SubmissionError as error:
            handin.problems[lab.number] = str(error)
            continue
        present = {name: content for name, content in contents.items() if content is not None}
        missing = [name for name in lab.files if name not in present]
        if present and missing:
            handin.problems[lab.number] = f"the submission has no {lab.folder}/{missing[0]}"
        elif present:
            handin.files[lab.number] = present
    return handin


def missing(lab: Lab) -> str:
    """Why a lab without any file gets no points."""
    return f"the submission has no {lab.folder}/{lab.files[0]}"
