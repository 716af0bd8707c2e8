"""Lets a line break inside a long name of code, between the parts of the name."""

import re

# In a sentence or a table; a short one stays whole. A block of code begins with an empty span.
NAME = re.compile(r"(?<!<span></span>)<code>([^<\s]{20,})</code>")
BETWEEN = re.compile(r"(?<=\w_|\w/)(?=\w)|(?<=::)(?=\w)|(?<=\w\.)(?=[a-z_]{6})")


def breakable(html: str, place: str = "<wbr>") -> str:
    """The page with a place to break between the parts of each name."""
    return NAME.sub(lambda name: f"<code>{BETWEEN.sub(place, name[1])}</code>", html)
