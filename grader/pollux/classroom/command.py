"""grader/grade-class: a folder of submissions into a folder of grades."""

import argparse
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..course.lab import Lab
from ..course.tree import Tree
from ..errors import GraderError
from ..host import confine, scratch
from ..host.command import positive
from ..report.terminal import STYLE, safe
from ..roster import submissions
from ..roster.layouts import System
from ..text import printable
from ..verdict.outcome import Outcome
from ..verdict.score import plain
from . import earlier, folders, imports, page, similar, summary
from .cache import Basis, Cache, write_whole
from .marking import Marked, Marker, Taken, labs_of, settle, take_all
from .shards import shard

DONE, REMARKS, NOT_DONE = 0, 1, 2
MOST_REMARKS = 20
DESCRIPTION = """Grade a folder of submissions: one folder, .zip or .tar.gz for each student, whose name is the entry's or
what --pattern or --roster make of it. OUT gets grades.csv, grades.json, index.html and a folder for each student.
Interrupt it at any time: the same command goes on where it stopped, and grades nothing twice."""
EPILOG = """Exit status: 0 every submission has a grade, 1 so it has, and there are remarks to read, 2 the grader could not do its work for some (they are named, and
have no grade), 130 interrupted."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="grade-class", description=DESCRIPTION, epilog=EPILOG)
    add = parser.add_argument
    add("submissions", type=Path, metavar="SUBMISSIONS")
    add("--out", type=Path, metavar="DIR", required=True, help="where the grades go")
    jobs = os.cpu_count() or 1
    add("-j", "--jobs", type=positive, default=jobs, metavar="N", help="submissions at once")
    add("--lab", type=positive, action="append", default=[], metavar="N", help="only this lab")
    add("--pattern", metavar="REGEX", help="finds the student's name in an entry's name")
    add("--roster", type=Path, metavar="CSV", help="who is in the class, and who handed in what")
    add("--roster-column", metavar="TITLE", help="the roster's column that names the student")
    add(
        "--from",
        type=System,
        choices=list(System),
        dest="system",
        metavar="|".join(System),
        help="whose layout SUBMISSIONS has (found out by itself)",
    )
    add("--latest", action="store_true", help="of two submissions of a student take the later")
    add("--own-layers", action="store_true", help="earlier labs from the submission as well")
    add(
        "--seed", type=int, default=1, metavar="N", help="what the tests' random choices begin with"
    )
    add(
        "--alike",
        type=positive,
        default=similar.SHARE,
        metavar="PERCENT",
        help="from so much in common two are near-duplicates",
    )
    add("--replace", action="store_true", help="OUT may hold the grades of another class")
    add("--strict", action="store_true", help="grade nothing where bubblewrap makes no box")
    add("--title", default="Pollux", help="the page's title")
    add("--shard", type=shard, metavar="I/N", help="grade only this part, and make no tables")
    add(
        "--merge",
        type=Path,
        nargs="*",
        metavar="DIR",
        help="grade nothing: make the tables of what shards graded, into OUT itself or into DIR…",
    )
    arguments = parser.parse_args()
    if arguments.shard and arguments.merge is not None:
        parser.error("--shard grades a part, --merge puts parts together: one at a time")
    return arguments


class Watcher:
    """Says how it goes: a bar with the time left on a terminal, else a line for each submission."""

    def __init__(self, console: Console, total: int, known: int) -> None:
        self.console = console
        self.total = total
        self.done = 0
        if known:
            console.print(f"{known} graded before, {total} to grade", highlight=False)
        columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> "Watcher":
        if self.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def marked(self, one: Marked) -> None:
        self.done += 1
        self._progress.advance(self._task)
        words = []
        for result in one.results:
            style = STYLE.get(result.outcome, "red")
            score = "?" if result.outcome is Outcome.GRADER_ERROR else plain(result.score)
            if one.has(result.lab) or len(one.results) == 1:
                words.append(
                    f"{score}/{plain(result.max_score)} [{style}]{one.word(result)}[/{style}]"
                )
        if not words:
            words = [f"[dim]{safe(one.results[0].message)}[/dim]"]
        line = f"{self.done:>4}/{self.total}  {safe(one.name):<24} {', '.join(words)}"
        self.console.print(
            f"{line}  [dim]{one.seconds:.1f} s[/dim]", highlight=False, soft_wrap=True
        )


def command() -> int:
    arguments = _arguments()
    console = Console()
    confine.require("grade-class", strict=arguments.strict)
    found = submissions.find(
        arguments.submissions,
        arguments.pattern,
        arguments.roster,
        system=arguments.system,
        column=arguments.roster_column,
        latest=arguments.latest,
    )
    basis = Basis(Tree.own(), arguments.seed, arguments.own_layers)
    wanted = sorted({basis.tree.lab(number).number for number in arguments.lab})
    taken = take_all(found.submissions, basis, wanted, arguments.jobs)
    labs = labs_of(taken, basis, arguments.lab)
    taken = settle(taken, basis, labs)
    _make(arguments.out)
    with _alone(arguments.out, shared=arguments.shard is not None):
        cache = Cache(arguments.out / "cache")
        if arguments.merge is not None:
            for other in arguments.merge:
                _take_from(cache, other)
        mine = arguments.shard.of(taken) if arguments.shard else taken
        scratch.remove_stale("class")
        with scratch.folder(prefix=scratch.prefix_of("class", os.getpid())) as folder:
            marker = Marker(basis, cache, labs, folder)
            marked = _mark(marker, mine, arguments, console)
            if arguments.shard:
                console.print(f"part {arguments.shard} is graded; --merge makes the tables")
                return NOT_DONE if any(one.failed for one in marked) else DONE
            tables = _summarise(marked, labs, found, basis, arguments.alike)
            earlier.check(arguments.out, marked, replace=arguments.replace)
        _write(tables, found, basis, arguments.out, arguments.title)
    return _close(tables, arguments.out, console)


def _mark(
    marker: Marker, taken: Sequence[Taken], arguments: argparse.Namespace, console: Console
) -> list[Marked]:
    """Grades what is not graded yet; all, in their order. Each student's folder is written as soon as it can be."""
    known = {one.submission.name: marker.known(one) for one in taken}
    ready = {name: marked for name, marked in known.items() if marked is not None}
    left = [one for one in taken if one.submission.name not in ready]
    if left and arguments.merge is not None:
        names = ", ".join(safe(one.submission.name) for one in left[:5])
        raise GraderError(f"{len(left)} of {len(taken)} are not graded yet: {names}")
    for marked in ready.values():
        folders.write(marked, marker.basis, arguments.out / folders.STUDENTS)
    if left:
        with console.status("building what is given"):
            marker.prepare()
    begin = time.monotonic()
    try:
        with Watcher(console, len(left), len(ready)) as watcher:
            for marked in marker.mark_all(left, arguments.jobs, watcher.marked):
                folders.write(marked, marker.basis, arguments.out / folders.STUDENTS)
                ready[marked.name] = marked
    except KeyboardInterrupt:
        words = f"{len(ready)} of {len(taken)} are graded; the same command goes on from there"
        console.print(f"\n{words}", highlight=False)
        raise
    if left:
        seconds = time.monotonic() - begin
        console.print(
            f"{len(left)} graded in {seconds:.0f} s, {60 * len(left) / seconds:.1f} a minute",
            highlight=False,
        )
    return [ready[one.submission.name] for one in taken]


def _summarise(
    marked: Sequence[Marked],
    labs: Sequence[Lab],
    found: submissions.Class,
    basis: Basis,
    share: int,
) -> summary.Summary:
    compared = [_compared(marked, lab, basis, share) for lab in labs]
    twins = [twins for one in compared for twins in one.twins]
    remarks = [
        *found.remarks,
        *(words for one in marked for words in _remarks(one)),
        *sorted({one.remark for one in compared if one.remark}),
    ]
    return summary.summarise(marked, labs, found.columns, twins, remarks)


def _compared(marked: Sequence[Marked], lab: Lab, basis: Basis, share: int) -> similar.Comparison:
    try:
        return similar.compare(marked, lab, basis.tree, share)
    except Exception as error:  # our own bug: the grades are there all the same
        return similar.Comparison(remark=f"nobody was compared in lab {lab.number}: {error!r}")


def _write(
    tables: summary.Summary, found: submissions.Class, basis: Basis, out: Path, title: str
) -> None:
    folders.remove_others(tables.marked, out)
    page.write_pairs(tables, basis.tree, out)
    write_whole(out / "remarks.txt", "".join(f"{printable(one)}\n" for one in tables.remarks))
    for name, text in imports.tables(tables, found).items():
        write_whole(out / name, text)
    write_whole(out / "grades.csv", summary.as_csv(tables))
    write_whole(out / "grades.json", summary.as_json(tables))
    write_whole(out / "index.html", page.as_html(tables, title))


def _close(tables: summary.Summary, out: Path, console: Console) -> int:
    """The closing lines."""
    for lab in tables.labs:
        console.print(
            f"Lab {lab.lab.number}: mean {plain(lab.mean)}, median {plain(lab.median)}, "
            f"{lab.full} with all points, {lab.graded - lab.ran} not run, {lab.absent} not handed in",
            highlight=False,
        )
    for error in tables.errors:
        words = f"{safe(error.marked.name)}, lab {error.lab.number}: {safe(error.message)}"
        console.print(f"[magenta]grader error[/magenta]  {words}", highlight=False, soft_wrap=True)
    for remark in tables.remarks[:MOST_REMARKS]:
        console.print(f"[yellow]remark[/yellow]  {safe(remark)}", highlight=False, soft_wrap=True)
    if len(tables.remarks) > MOST_REMARKS:
        more = len(tables.remarks) - MOST_REMARKS
        console.print(f"{more} more remarks in {out}/remarks.txt", highlight=False, soft_wrap=True)
    console.print(f"{out}/index.html", highlight=False, soft_wrap=True)
    if tables.errors:
        return NOT_DONE
    return REMARKS if tables.remarks else DONE


def _remarks(one: Marked) -> Iterator[str]:
    """What the instructor should know of how a submission was read."""
    for words in one.taken.handin.remarks:
        yield f"{printable(one.name)}: {words}"
    if one.taken.refused and one.taken.submission.path is not None:
        yield f"{printable(one.name)}: {one.taken.refused}"


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GraderError(f"{out} cannot be made: {error.strerror}") from error


def _take_from(cache: Cache, other: Path) -> None:
    if not (other / "cache").is_dir():
        raise GraderError(f"{other} is no folder that a shard wrote")
    cache.take_from(Cache(other / "cache"))


@contextmanager
def _alone(out: Path, *, shared: bool) -> Iterator[None]:
    """Shards may share a folder; who makes the tables is alone in it."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with (out / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GraderError(f"another grade-class is at work in {out}") from error
        yield
