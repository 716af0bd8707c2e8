"""Names of files as they come back from browsers, Macs, editors and Canvas, and the name that was meant."""

import re
import unicodedata
from pathlib import PurePosixPath

# Canvas writes before a file's name who handed it in, and when.
CANVAS = re.compile(r"^[^_]+_(?:late_)?\d+_\d+_(?=.)", re.IGNORECASE)
# What a browser or a file manager adds where a file of the name is there already; Canvas, for a second hand-in.
COPY = re.compile(
    r"(?:[ _-]*\((?P<round>\d+)\)|[-_ ](?P<plain>\d{1,2})|[ _-]+(?:copy|kopie|copie|copia)(?:[ _-]*\(?\d+\)?)?)+$"
)
# What an editor or a mail program adds behind it.
BEHIND = re.compile(r"(?:\.txt|\.text|\.download|\.orig)+$")
ENDINGS = {
    ".cxx": ".cpp",
    ".cc": ".cpp",
    ".c++": ".cpp",
    ".hxx": ".hpp",
    ".hh": ".hpp",
    ".h": ".hpp",
}


def normal(text: str) -> str:
    """One form for all spellings of a name: composed, without capitals, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def meant(name: str) -> tuple[str, int]:
    """The name that a file would have had, and which copy of it this is: `Heap (2).cpp.txt` is (`heap.cpp`, 2)."""
    text = BEHIND.sub("", CANVAS.sub("", normal(name)))
    number = 0
    if match := re.search(r" ?\((\d+)\)$", text):  # `heap.cpp (1)`
        text, number = text[: match.start()], int(match[1])
        text = BEHIND.sub("", text)
    path = PurePosixPath(text)
    stem, ending = path.stem, path.suffix
    if match := COPY.search(stem):
        stem = stem[: match.start()]
        digits = re.findall(r"\d+", match[0])
        number = int(digits[-1]) if digits else 1
    return f"{stem}{ENDINGS.get(ending, ending)}", number
