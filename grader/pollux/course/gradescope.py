"""grader/gradescope: the zip that Gradescope builds an autograder from."""

import argparse
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import GraderError
from .tree import Tree

# Gradescope unpacks the zip to $AUTOGRADER/source and runs setup.sh once, when the image is built.
SETUP = """\
#!/bin/bash
set -eu
cd "${AUTOGRADER:-/autograder}/source"
grader/setup all
"""
# Gradescope copies this one to $AUTOGRADER and runs it for every submission. Without a results.json it reports that the
# autograder failed, which is right after a grader error (2), but not after lost points (1).
RUN = """\
#!/bin/bash
set -u
cd "${AUTOGRADER:-/autograder}"
source/grader/grade WORDS--submission submission --gradescope results/results.json
status=$?
[ "$status" -le 1 ] && exit 0
rm -f results/results.json
exit "$status"
"""
# Not needed to grade.
LEFT_OUT = (Path("grader/tests"), Path("grader/examples"), Path("handouts"), Path(".ci"))
# A fixed date, so that the same tree gives the same zip.
DATE = (1980, 1, 1, 0, 0, 0)


def write(tree: Tree, out: Path, labs: Sequence[int]) -> int:
    """Writes the zip and returns how many files it has."""
    for number in labs:
        tree.lab(number)
    words = "".join(f"--lab {number} " for number in labs)
    paths = [path for path in tree.files() if not any(left in path.parents for left in LEFT_OUT)]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, "setup.sh", SETUP.encode(), executable=True)
            _add(archive, "run_autograder", RUN.replace("WORDS", words).encode(), executable=True)
            for path in paths:
                file = tree.root / path
                executable = bool(file.stat().st_mode & 0o111)
                _add(archive, str(path), file.read_bytes(), executable=executable)
    except OSError as error:
        raise GraderError(f"{out} cannot be written: {error.strerror}") from error
    return len(paths) + 2


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, executable: bool) -> None:
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, so that the permissions count
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, content)


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="gradescope",
        description="Write the zip for Gradescope's autograder: this tree, setup.sh and run_autograder. Choose Ubuntu "
        "24.04 as the base image there.",
    )
    parser.add_argument("zip", type=Path, metavar="ZIP")
    parser.add_argument("--lab", type=int, action="append", default=[], metavar="N")
    arguments = parser.parse_args()
    count = write(Tree.own(), arguments.zip, arguments.lab)
    print(f"{arguments.zip}: {count} files")
    return 0
