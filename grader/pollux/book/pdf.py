"""One PDF per handout, by WeasyPrint."""

from importlib import import_module
from pathlib import Path

from ..course.tree import Tree
from ..errors import GraderError
from . import names, sessions
from .prepare import Pages

STYLE = Path(__file__).parent / "theme" / "print.css"
EXTENSIONS = ["tables", "fenced_code", "attr_list", "toc", "sane_lists", "codehilite"]
SPACE = "\u200b"  # of no width: WeasyPrint knows no <wbr>
PAGE = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'


def write(tree: Tree, page: Path, out: Path) -> None:
    """Prints one page. Code is named and not linked; other pages are linked as their PDFs."""
    try:
        markdown = import_module("markdown")
        weasyprint = import_module("weasyprint")
    except ImportError as error:
        raise GraderError(f"{error}; `grader/setup handouts` installs what is missing") from error
    text = Pages(tree, lambda path, number: None, styled=True).prepare(page)
    text = text.replace(".md#", ".pdf#").replace(".md)", ".pdf)")
    title = text.split("\n", 1)[0].removeprefix("# ")
    body = markdown.markdown(
        text, extensions=EXTENSIONS, extension_configs={"codehilite": {"guess_lang": False}}
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    whole = PAGE.format(title=title, body=names.breakable(sessions.mark(body), SPACE))
    document = weasyprint.HTML(string=whole, base_url=str(out.parent))
    document.write_pdf(out, stylesheets=[str(STYLE)])
