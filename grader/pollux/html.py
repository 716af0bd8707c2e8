"""Pages: templates from grader/pollux/templates, filled in. Every page is one file, and all text in it is escaped."""

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from .score import plain
from .text import printable

TEMPLATES = Path(__file__).resolve().parent / "templates"


def slug(text: object) -> str:
    """An outcome as a class of the style sheet."""
    return str(text).replace(" ", "-")


def screen(text: str) -> str:
    """A console's text, line by line, with nothing in it that is no text."""
    return "\n".join(printable(line) for line in text.replace("\r", "").splitlines())


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(plain=plain, printable=printable, slug=slug, screen=screen)
    return environment


def page(template: str, **values: object) -> str:
    """The page that a template makes of the values."""
    style = Markup((TEMPLATES / "style.css").read_text())
    return _environment().get_template(template).render(style=style, **values)
