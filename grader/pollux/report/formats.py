"""The results for other programs. The same bytes for the same submission, but for the times."""

from ..report.autolab import as_autolab
from ..report.github import as_github
from ..report.gradescope import as_gradescope
from ..report.junit import as_junit
from ..report.ktap import as_ktap
from ..report.page import as_html
from ..report.shared import write
from ..report.structured import as_json

__all__ = [
    "as_autolab",
    "as_github",
    "as_gradescope",
    "as_html",
    "as_json",
    "as_junit",
    "as_ktap",
    "write",
]
