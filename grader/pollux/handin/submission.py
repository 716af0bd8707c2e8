"""Takes out of a submission the files that lab.toml names, and nothing else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..course.lab import Lab
from ..errors import GraderError, SubmissionError
from ..text import printable
from .archive import SOURCE, Entry, Opened, open_submission
from .names import meant, normal

# So many names of what else was handed in are said.
MOST_NAMES = 3
# Folders of the tree that hold sources, none of them a student's.
GIVEN = frozenset({"arch", "grader", "kernel", "tests", "handouts"})


@dataclass(frozen=True)
class Handin:
    """What was found of each lab: the files' contents, or why they cannot be used. `remarks` are for who reads the
    grades: what was taken for what; `names` are some of the files that were there."""

    files: dict[int, dict[str, bytes]] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list, compare=False)
    names: list[str] = field(default_factory=list, compare=False)

    def has(self, lab: Lab) -> bool:
        return lab.number in self.files or lab.number in self.problems

    def write(self, labs: Iterable[Lab], folder: Path) -> None:
        """Lays the labs' files below `folder`, as in `folder/labs/1-heap/heap.cpp`."""
        for lab in labs:
            target = folder / lab.folder
            target.mkdir(parents=True, exist_ok=True)
            for name, content in self.files[lab.number].items():
                (target / name).write_bytes(content)

    def missing(self, lab: Lab) -> str:
        """Why a lab without any file gets no points."""
        words = f"the submission has no {lab.folder}/{lab.files[0]}"
        if not self.names:
            return words
        more = " and others" if len(self.names) > MOST_NAMES else ""
        return f"{words}; it has {', '.join(self.names[:MOST_NAMES])}{more}"


@dataclass(frozen=True)
class Named:
    """A file, and what it is called in the submission (Canvas and Moodle put the student's name before that)."""

    path: Path
    name: str = ""


def _shown(entries: Sequence[Entry]) -> str:
    return " and ".join(printable(str(entry.path)) for entry in entries[:2])


def _exactly(path: PurePosixPath, wanted: PurePosixPath) -> bool:
    return path.parts[-len(wanted.parts) :] == wanted.parts


def _about(path: PurePosixPath, wanted: PurePosixPath) -> bool:
    """Whether a name is the wanted one but for what browsers, editors and file systems make of it."""
    if len(path.parts) < len(wanted.parts) or not SOURCE.search(path.name):
        return False
    folders = zip(path.parts[-len(wanted.parts) : -1], wanted.parts[:-1])
    alike = all(normal(one) == normal(other) for one, other in folders)
    return alike and meant(path.name)[0] == normal(wanted.name)


class _Taking:
    """One submission, while its files are taken."""

    def __init__(self, opened: Opened, labs: Sequence[Lab], wanted: Collection[int]) -> None:
        self.entries = opened.entries
        self.damages = opened.damages
        self.labs = labs
        self.wanted = wanted
        self.handin = Handin()
        self.handin.names.extend(
            printable(str(entry.path)) for entry in self.entries[: MOST_NAMES + 1]
        )

    def remark(self, words: str) -> None:
        self.handin.remarks.append(words)

    def find(self, lab: Lab, name: str) -> Entry | None:
        """The file `name` of a lab: below its own folder, wherever that lies; else bare. Of this very name, else of one
        that was meant to be."""
        folder = PurePosixPath(lab.folder)
        for wanted in (folder / name, PurePosixPath(folder.name, name), PurePosixPath(name)):
            exact = [entry for entry in self.entries if _exactly(entry.path, wanted)]
            about = [entry for entry in self.entries if _about(entry.path, wanted)]
            about = [entry for entry in about if entry not in exact]
            if exact:
                found = self._nearest(exact)
                if len(found) > 1:
                    raise SubmissionError(f"two files could be {name}: {_shown(found)}")
                beside = [one for one in about if one.path.parent == found[0].path.parent]
                if beside:
                    self.remark(f"{_shown(found)} was taken, and not {_shown(beside)} beside it")
                return found[0]
            if about:
                return self._latest(self._nearest(about), name)
        return None

    def _nearest(self, found: Sequence[Entry]) -> list[Entry]:
        depth = min(len(entry.path.parts) for entry in found)
        return [entry for entry in found if len(entry.path.parts) == depth]

    def _latest(self, found: Sequence[Entry], name: str) -> Entry:
        """Of copies the one with the highest number: that is how browsers, and Canvas, count."""
        ordered = sorted(found, key=lambda entry: meant(entry.path.name)[1], reverse=True)
        first, *rest = ordered
        if rest and meant(first.path.name)[1] == meant(rest[0].path.name)[1]:
            if first.problem or rest[0].problem or first.read() != rest[0].read():
                raise SubmissionError(f"two files could be {name}: {_shown(ordered)}")
        left = f", and not {_shown(rest)}" if rest else ""
        self.remark(f"{_shown([first])} was taken as {name}{left}")
        return first

    def _linked_folder(self, lab: Lab) -> Entry | None:
        """A link where the lab's folder should be: worth more than "there is no heap.cpp"."""
        folder = PurePosixPath(lab.folder)
        for entry in self.entries:
            if entry.problem and (entry.path.name == folder.name or entry.path == folder.parent):
                return entry
        return None

    def content(self, lab: Lab, name: str) -> bytes | None:
        entry = self.find(lab, name) or self._linked_folder(lab)
        return None if entry is None else self.text(entry, name)

    def text(self, entry: Entry, name: str) -> bytes:
        content = entry.read()
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            try:
                content = content.decode("utf-16").encode()
            except UnicodeError as error:
                raise SubmissionError(f"{name} is not text") from error
            self.remark(f"{name} was UTF-16, and was taken as UTF-8")
        if b"\0" in content:
            raise SubmissionError(f"{name} is not text")
        if not content.strip():
            raise SubmissionError(f"{name} is empty")
        return content

    def lab(self, lab: Lab) -> None:
        try:
            contents = {name: self.content(lab, name) for name in lab.files}
        except SubmissionError as error:
            self.handin.problems[lab.number] = str(error)
            return
        present = {name: content for name, content in contents.items() if content is not None}
        missing = [name for name in lab.files if name not in present]
        if present and not missing:
            self.handin.files[lab.number] = present
            for damage in self.damages:
                self.remark(f"{damage}; what was taken of it could be read whole")
        elif self.damages:
            self.handin.problems[lab.number] = self.damages[0]
        elif present:
            self.handin.problems[lab.number] = f"the submission has no {lab.folder}/{missing[0]}"

    def unnamed(self) -> None:
        """A single source of any name is the lab's file, where the lab has one: of the lab that is graded, or whose
        contract it includes."""
        known = {normal(name) for lab in self.labs for name in lab.files}
        left = [
            entry
            for entry in self.entries
            if SOURCE.search(entry.path.name)
            and not GIVEN.intersection(entry.path.parts[:-1])
            and meant(entry.path.name)[0] not in known
            and meant(entry.path.name)[0].endswith(".cpp")
        ]
        open_labs = [
            lab
            for lab in self.labs
            if len(lab.files) == 1 and not self.handin.has(lab) and not self.handin.files
        ]
        if self.wanted:
            open_labs = [lab for lab in open_labs if lab.number in self.wanted]
        if not left or not open_labs:
            return
        for lab in self._labs_of(left, open_labs):
            if len(left) > 1:
                words = f"the submission has no {lab.folder}/{lab.files[0]}: is it {_shown(left)}?"
                self.handin.problems[lab.number] = words
                continue
            try:
                content = self.text(left[0], left[0].path.name)
            except SubmissionError as error:
                self.handin.problems[lab.number] = str(error)
                continue
            self.handin.files[lab.number] = {lab.files[0]: content}
            self.remark(f"{_shown(left)} was taken as {lab.files[0]}")

    def _labs_of(self, left: Sequence[Entry], labs: Sequence[Lab]) -> Sequence[Lab]:
        if len(labs) == 1:
            return labs
        text = b"".join(entry.read() for entry in left[:1] if not entry.problem)
        found = [lab for lab in labs if any(f'"{name}"'.encode() in text for name in lab.contract)]
        return found if len(found) == 1 else []


def take(
    given: Path | Sequence[Named], labs: Sequence[Lab], wanted: Collection[int] = ()
) -> Handin:
    """What a submission holds of each lab. `wanted` are the labs that are graded: all, if none are named. One that
    cannot be read at all is a problem of every lab."""
    files = [Named(given)] if isinstance(given, Path) else list(given)
    opened = Opened()
    refusals: list[str] = []
    for file in files:
        try:
            one = open_submission(file.path, file.name)
        except SubmissionError as error:
            refusals.append(str(error))
            continue
        except OSError as error:
            raise GraderError(f"{file.path} cannot be read: {error.strerror}") from error
        opened.entries += one.entries
        opened.damages += one.damages
    taking = _Taking(opened, labs, wanted)
    if refusals and not opened.entries:
        taking.handin.problems.update({lab.number: refusals[0] for lab in labs})
        return taking.handin
    for words in refusals:
        taking.remark(words)
    for lab in labs:
        taking.lab(lab)
    if not taking.handin.files:
        taking.unnamed()
    taking.handin.remarks[:] = dict.fromkeys(taking.handin.remarks)
    return taking.handin
