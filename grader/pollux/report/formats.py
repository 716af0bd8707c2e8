"""The results for other programs. The same bytes for the same submission, but for the times."""

from .autolab import as_autolab
from .github import as_github
from .gradescope import as_gradescope
from .junit import as_junit
from .ktap import as_ktap
from .page import as_html
from .shared import write
from .structured import as_json

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
