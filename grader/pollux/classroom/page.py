"""index.html: the class on one page, in one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..report.html import page
from ..verdict.outcome import Outcome
from ..verdict.score import plain
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
MOST_TWINS = 40
TEMPLATE = Path(__file__).with_name("class.html")
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
        absent=Outcome.NOT_HANDED_IN,
        maximum=plain(sum(lab.lab.max_score for lab in summary.labs)),
    )


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
