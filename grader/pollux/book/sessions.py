"""Sessions: marks in a block of code of the kind `console` what is typed at a prompt, and what is printed.

Pygments knows the shell's prompts only, and takes for one what is none: `(0)` and `#0` at the begin of a line.
"""

import re

BLOCK = re.compile(r'(?<=<code>)<span class="gp">\$ </span>.*?(?=</code>)', re.DOTALL)
SHELL = re.compile(r'<span class="gp">\$ </span>')
TALK = re.compile(r"(&lt;bochs:\d+&gt;|\(gdb\)|pollux&gt;) (.*)")
TAG = re.compile(r"<[^>]*>")


def mark(html: str) -> str:
    """The page with the prompts of its sessions marked as such, and what follows each as typed."""
    return BLOCK.sub(lambda block: "\n".join(map(_line, block[0].split("\n"))), html)


def _line(line: str) -> str:
    if SHELL.match(line):
        return line
    plain = TAG.sub("", line)
    talk = TALK.fullmatch(plain)
    if talk is not None:
        return f'<span class="gp">{talk[1]}</span> <span class="typed">{talk[2]}</span>'
    return f'<span class="go">{plain}</span>' if plain else ""
