"""The kernel in machines of other kinds than the pinned one; all of them: `make boot-matrix`."""

import subprocess
from pathlib import Path

import pytest
from pollux.upkeep import boot_matrix
from pollux.upkeep.boot_matrix import ROWS, Row

from support import TREE


def test_a_row_replaces_what_is_pinned() -> None:
    words = boot_matrix._options(Row("other", "-cpu phenom -machine q35"))
    assert words.count("-cpu") == words.count("-machine") == 1
    assert words[words.index("-cpu") + 1] == "phenom" and "-accel" in words


def test_machines_have_names_of_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.fixture(name="iso", scope="module")
def _iso(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return boot_matrix.stage(TREE, tmp_path_factory.mktemp("stage"))


@pytest.mark.stage
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS if row.short])
def test_the_kernel_runs_there(row: Row, iso: Path, tmp_path: Path) -> None:
    assert boot_matrix.run(row, iso, tmp_path / "machine") is None


@pytest.mark.stage
def test_the_readers_of_firmware_bear_anything() -> None:
    """A moment of what `make fuzz-firmware` does for as long as one likes."""
    command = ["make", "-s", "fuzz-firmware", "FUZZ=-runs=30000 -seed=1 -verbosity=0"]
    done = subprocess.run(command, cwd=TREE.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
