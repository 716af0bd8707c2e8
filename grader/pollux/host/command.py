"""What every command has in common: what goes wrong becomes a sentence and an exit status, not a traceback."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import GraderError
from . import scratch

ALL_PASSED, POINTS_LOST, NOT_DONE, INTERRUPTED = 0, 1, 2, 130


def main(command: Callable[[], int]) -> int:
    """Runs a command and returns the exit status. What goes wrong is said in a sentence."""
    scratch.leave_on_signals()
    try:
        return command()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_DONE
    except GraderError as error:
        print(f"{_name()}: {error}", file=sys.stderr)
        return NOT_DONE
    except OSError as error:  # a disk that is full, a folder that is not ours
        if os.environ.get("POLLUX_TRACEBACK"):
            raise
        print(f"{_name()}: {error.filename or 'the host'}: {error.strerror}", file=sys.stderr)
        return NOT_DONE
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is left running", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # our own bug: still a sentence, and never a student's zero
        if os.environ.get("POLLUX_TRACEBACK"):
            raise
        print(
            f"{_name()}: a bug in the grader itself: {error!r} (POLLUX_TRACEBACK=1 shows where)",
            file=sys.stderr,
        )
        return NOT_DONE


def _name() -> str:
    return Path(sys.argv[0]).name


def positive(text: str) -> int:
    """An argument that is a whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value
