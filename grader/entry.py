"""How every command of this folder begins: its module is found, run, and what goes wrong becomes a sentence."""

import importlib
import sys
from pathlib import Path


def run(module: str) -> None:
    """Runs the `command` of a module of the package and ends with its exit status."""
    try:
        main = importlib.import_module("pollux.host.command").main
        command = importlib.import_module(f"pollux.{module}").command
    except ImportError as error:
        name = Path(sys.argv[0]).name
        print(f"{name}: {error}; grader/setup installs what is missing", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(command))
