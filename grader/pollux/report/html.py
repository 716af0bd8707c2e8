"""Pages: templates, filled in. Every page is one file, and all text in it is escaped."""

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from ..text import printable
from ..verdict.score import plain

STYLE = Path(__file__).with_name("style.css")


def slug(text: object) -> str:
    """An outcome as a class of the style sheet."""
    return str(text).replace(" ", "-")


def screen(text: str) -> str:
    """A console's text, line by line, with escapes for control characters."""
    return "\n".join(printable(line) for line in text.replace("\r", "").splitlines())


@cache
def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(plain=plain, printable=printable, slug=slug, screen=screen)
    return environment


def page(template: Path, **values: object) -> str:
    """The page that a template makes of the values."""
    style = Markup(STYLE.read_text())
    return _environment(template.parent).get_template(template.name).render(style=style, **values)
