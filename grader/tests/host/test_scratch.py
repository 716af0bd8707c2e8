"""A scratch folder belongs to who holds its lock, wherever that lives."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pollux.host import scratch

PACKAGE = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pollux.host import scratch
with scratch.folder(prefix=scratch.prefix_of("class", 1)) as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_living_ones_folder_stays(there: Path) -> None:
    """Even of a process that is not to be seen: it holds the lock."""
    with scratch.folder(prefix=scratch.prefix_of("class", 999_999_999)) as folder:
        scratch.remove_stale("class")
        assert folder.is_dir()
    assert not folder.exists()


def test_a_killed_ones_folder_goes(there: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(PACKAGE)]
    done = subprocess.run(
        command,
        env=os.environ | {"TMPDIR": str(there)},
        capture_output=True,
        text=True,
        check=False,
    )
    folder = Path(done.stdout.strip())
    assert folder.parent == there and folder.is_dir()
    scratch.remove_stale("class")
    assert not folder.exists()


def test_a_folder_without_the_mark_is_not_ours(there: Path) -> None:
    (there / "pollux-class-700-abc").mkdir()
    (there / "pollux-class-701-link").symlink_to(there)
    scratch.remove_stale("class")
    assert len(list(there.iterdir())) == 2
