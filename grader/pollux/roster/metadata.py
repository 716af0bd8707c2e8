"""Gradescope's submission_metadata.yml: whose each folder of an export is."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import GraderError


@dataclass(frozen=True)
class Submitter:
    name: str
    number: str = ""
    email: str = ""


def submitters(path: Path) -> dict[str, list[Submitter]]:
    """Who handed in which folder: what Gradescope writes of it, which is YAML of a simple kind."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise GraderError(f"{path} cannot be read: {error.strerror}") from error
    found: dict[str, list[Submitter]] = {}
    folder, inside = "", -1
    for line in lines:
        if match := re.fullmatch(r"(['\"]?)([^\s:'\"][^:'\"]*)\1:\s*", line):
            folder, inside = match[2].strip(), -1
            found[folder] = []
        elif match := re.fullmatch(r"(\s+):?(\w+):.*", line.replace("- ", "  ", 1)):
            indent, name = len(match[1]), match[2]
            if name == "submitters":
                inside = indent
            elif inside >= 0 and folder and line.lstrip().startswith("- ") and indent >= inside:
                found[folder].append(Submitter(""))
            elif inside >= 0 and indent <= inside:
                inside = -1
            if inside >= 0 and found.get(folder) and name in ("name", "sid", "email"):
                value = _scalar(line.partition(f"{name}:")[2])
                field = {"name": "name", "sid": "number", "email": "email"}[name]
                found[folder][-1] = replace(found[folder][-1], **{field: value})
    return {
        name: [replace(one, name=one.name or one.email or one.number or name) for one in people]
        for name, people in found.items()
    }


def _scalar(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        escape = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")

        def plain(match: re.Match[str]) -> str:
            digits = match[1] or match[2] or match[3]
            return chr(int(digits, 16)) if digits else match[4]

        return escape.sub(plain, inner)
    return "" if text in ("null", "~") else text
