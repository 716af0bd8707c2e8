"""Pages of code: one HTML file for each source file that a page leads to, every line with a number to link to."""

import html
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

from ..course.tree import Tree
from .prepare import source_text

LEXERS = {".asm": "nasm", ".inc": "nasm", ".hpp": "cpp", ".ld": "text"}
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{path}</title>
<style>
:root {{ color-scheme: light dark; --back: #fff; --front: #24292f; --faint: #6e7781; --mark: #fff4c2; }}
body {{ background: var(--back); color: var(--front); margin: 1rem; font-family: sans-serif; }}
pre {{ font-size: 0.8rem; line-height: 1.45; }}
.line {{ display: block; }}
.line:target {{ background: var(--mark); }}
.linenos {{ color: var(--faint); padding-right: 1em; user-select: none; }}
.scroll {{ overflow-x: auto; }}
{light}
@media (prefers-color-scheme: dark) {{
:root {{ --back: #1e2129; --front: #e2e4e9; --faint: #8b93a3; --mark: #4a4320; }}
{dark}
}}
/* What the lexer does not know is no mistake. */
.code .k-err {{ border: 0; }}
</style>
</head>
<body>
<h1><code>{path}</code></h1>
<div class="scroll">{code}</div>
</body>
</html>
"""


def address(path: Path, number: int | None) -> str:
    """Where the page of a file is, from the site's top."""
    anchor = f"#line-{number}" if number is not None else ""
    return f"code/{path}.html{anchor}"


def write(tree: Tree, path: Path, site: Path) -> None:
    text = source_text(tree, path)
    try:
        named = LEXERS.get(path.suffix)
        lexer = get_lexer_by_name(named) if named else get_lexer_for_filename(path.name)
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    lexer.stripnl = False
    formatter = HtmlFormatter(
        linenos="inline", linespans="line", classprefix="k-", cssclass="code", wrapcode=True
    )
    dark = HtmlFormatter(style="native", classprefix="k-", cssclass="code", nobackground=True)
    light = HtmlFormatter(style="default", classprefix="k-", cssclass="code", nobackground=True)
    code = highlight(text, lexer, formatter).replace(
        '<span id="line-', '<span class="line" id="line-'
    )
    page = PAGE.format(
        path=html.escape(str(path)),
        code=code,
        light=light.get_style_defs(".code"),
        dark=dark.get_style_defs(".code"),
    )
    target = site / f"{address(path, None)}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page)
