"""Tables that Canvas and Moodle import as they are."""

import csv
import io
from collections.abc import Sequence

from ..handin.names import normal
from ..roster.layouts import System
from ..roster.submissions import Class
from ..verdict.outcome import Outcome
from ..verdict.score import plain
from .marking import Marked
from .summary import Summary, cell

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("Identifier", "Full name", "Email address", "Email", "ID number", "Username")


def tables(summary: Summary, found: Class) -> dict[str, str]:
    """By the file's name what it holds: one, where the roster is Canvas's or Moodle's."""
    if found.roster is None:
        return {}
    titles = {normal(title): at for at, title in enumerate(found.roster.titles)}
    if "sis login id" in titles or "sis user id" in titles:
        return {"import-canvas.csv": _canvas(summary, titles)}
    if found.system is System.MOODLE or "identifier" in titles:
        return {"import-moodle.csv": _moodle(summary, titles)}
    return {}


def _cells(one: Marked, wanted: Sequence[str], titles: dict[str, int]) -> list[str]:
    row = one.taken.submission.row
    places = [titles[normal(title)] for title in wanted if normal(title) in titles]
    return [cell(row.cells[at]) for at in places] if row else []


def _points(one: Marked) -> list[str]:
    return [
        "" if result.outcome is Outcome.GRADER_ERROR else plain(result.score)
        for result in one.results
    ]


def _canvas(summary: Summary, titles: dict[str, int]) -> str:
    known = [title for title in CANVAS if normal(title) in titles]
    labs = [lab.lab for lab in summary.labs]
    lines = [[*known, *(f"Lab {lab.number}: {lab.title}" for lab in labs)]]
    points = [plain(lab.max_score) for lab in labs]
    lines.append(["    Points Possible", *("" for _ in known[1:]), *points])
    return _written(summary, lines, known, titles)


def _moodle(summary: Summary, titles: dict[str, int]) -> str:
    known = [title for title in MOODLE if normal(title) in titles]
    names = [f"Lab {lab.lab.number}" for lab in summary.labs]
    return _written(summary, [[*known, *(names if len(names) > 1 else ["Grade"])]], known, titles)


def _written(
    summary: Summary, lines: list[list[str]], known: Sequence[str], titles: dict[str, int]
) -> str:
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerows(lines)
    for one in summary.marked:
        if cells := _cells(one, known, titles):
            table.writerow([*cells, *_points(one)])
    return file.getvalue()
