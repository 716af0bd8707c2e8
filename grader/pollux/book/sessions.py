"""Sessions with a program: in a block of code of the kind `console`, what is typed at its prompt can be told from what it says."""

import re

# What Pygments makes of them: it knows the shell's prompt only, and takes what stands in parentheses for one.
OTHERS = re.compile(r'<span class="gp gp-VirtualEnv">(\(\w+\))</span> <span class="go">')
TALK = re.compile(r'<span class="go">(&lt;bochs:\d+&gt;|\(gdb\)|pollux&gt;) ([^<]*)</span>')


def mark(html: str) -> str:
    """The page with its prompts marked as such, and what follows each as typed."""
    whole = OTHERS.sub(r'<span class="go">\1 ', html)
    return TALK.sub(r'<span class="gp">\1</span> <span class="typed">\2</span>', whole)
