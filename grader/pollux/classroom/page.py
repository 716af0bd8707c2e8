"""index.html: the class on one page, in one file."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..course.tree import Tree
from ..report.html import page
from ..verdict.outcome import Outcome
from ..verdict.score import plain
from . import similar
from .cache import write_whole
from .marking import Marked
from .summary import BINS, LabSummary, Summary


@dataclass(frozen=True)
class _Bar:
    """One bar of a distribution, in the units of the drawing."""

    label: str
    count: int
    x: float
    height: float


# More groups than this are a list that nobody reads.
MOST_TWINS, MOST_PAIRS = 40, 100
TEMPLATE = Path(__file__).with_name("class.html")
PAIR = Path(__file__).with_name("alike.html")
WIDTH, HEIGHT, GAP = 352.0, 120.0, 4.0


def as_html(summary: Summary, title: str) -> str:
    return page(
        TEMPLATE,
        title=title,
        summary=summary,
        charts=[(lab, _bars(lab)) for lab in summary.labs],
        width=WIDTH,
        height=HEIGHT,
        width_of_bar=WIDTH / (BINS + 1) - GAP,
        total=_total,
        folder=_folder,
        folders={one.name: _folder(one) for one in summary.marked},
        most_twins=MOST_TWINS,
        pair_of={
            (twins.lab.number, one, other): str(similar.place_of(number))
            for number, (twins, one, other) in enumerate(_pairs(summary))
        },
        absent=Outcome.NOT_HANDED_IN,
        maximum=plain(sum(lab.lab.max_score for lab in summary.labs)),
    )


def write_pairs(summary: Summary, tree: Tree, out: Path) -> None:
    """A page for each pair of near-duplicates, with both texts side by side."""
    shutil.rmtree(out / similar.place_of(0).parent, ignore_errors=True)
    by_name = {one.name: one for one in summary.marked}
    for number, (twins, one, other) in enumerate(_pairs(summary)):
        columns = similar.side_by_side(by_name[one], by_name[other], twins.lab, tree)
        title = f"Lab {twins.lab.number}, {twins.percent} % in common"
        text = page(PAIR, title=title, columns=list(zip((one, other), columns)))
        write_whole(out / similar.place_of(number), text)


def _pairs(summary: Summary) -> list[tuple[similar.Twins, str, str]]:
    found = [
        (twins, one, other)
        for twins in summary.twins[:MOST_TWINS]
        for one, other in similar.pairs_of(twins)
    ]
    return found[:MOST_PAIRS]


def _bars(lab: LabSummary) -> Sequence[_Bar]:
    most = max(1, *lab.bins)
    labels = [f"{10 * tenth}" for tenth in range(BINS)] + ["100"]
    step = WIDTH / (BINS + 1)
    return [
        _Bar(label, count, number * step + GAP / 2, round(HEIGHT * count / most, 1))
        for number, (label, count) in enumerate(zip(labels, lab.bins))
    ]


def _total(marked: Marked) -> float:
    return round(sum(result.score for result in marked.results), 1)


def _folder(marked: Marked) -> str:
    """A student's folder as a link of the page."""
    return f"students/{quote(marked.taken.submission.folder)}/"
