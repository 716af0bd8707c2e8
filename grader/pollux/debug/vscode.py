"""`make vscode`: what Visual Studio Code needs to step through a test: .vscode/launch.json and tasks.json.

The editor's C/C++ extension starts gdb itself; QEMU waits for it, started by a task (`make gdb-server`).
"""

import argparse
import json
from pathlib import Path
from typing import Any

from ..course.tree import Tree
from ..errors import GraderError

FOLDER = ".vscode"
PORT = 1234
# Where `make gdb` builds: see grader/debug.mk.
BUILT = "${workspaceFolder}/build/trace"


def server_task(lab: int) -> str:
    return f"pollux: QEMU with stage {lab}"


def tasks(labs: list[int]) -> dict[str, Any]:
    """One task a lab: builds the stage and has QEMU wait; and one that grades it."""
    servers = [
        {
            "label": server_task(lab),
            "type": "process",
            "command": "make",
            "args": ["gdb-server", f"LAB={lab}", "TEST=${input:test}", f"PORT={PORT}"],
            "isBackground": True,
            "problemMatcher": {
                "pattern": {"regexp": "^(\\S+):(\\d+):(\\d+): error: (.*)$", "file": 1}
                | {"line": 2, "column": 3, "message": 4},
                "background": {
                    "activeOnStart": True,
                    "beginsPattern": "^  (CXX|LD|ISO)",
                    "endsPattern": "^QEMU waits for gdb",
                },
            },
        }
        for lab in labs
    ]
    graders = [
        {
            "label": f"pollux: grade lab {lab}",
            "type": "process",
            "command": "make",
            "args": ["grade", f"LAB={lab}"],
            "group": "test",
            "problemMatcher": "$gcc",
        }
        for lab in labs
    ]
    test = {
        "id": "test",
        "type": "promptString",
        "description": "Which test? The machine boots for it alone.",
        "default": "heap.allocates",
    }
    return {"version": "2.0.0", "tasks": [*servers, *graders], "inputs": [test]}


def launch(labs: list[int]) -> dict[str, Any]:
    """One configuration a lab, for the C/C++ extension."""
    return {
        "version": "0.2.0",
        "configurations": [
            {
                "name": f"Lab {lab}: step through a test",
                "type": "cppdbg",
                "request": "launch",
                "program": f"{BUILT}/stage-{lab}.elf",
                "cwd": "${workspaceFolder}",
                "MIMode": "gdb",
                "miDebuggerPath": "gdb",
                "miDebuggerServerAddress": f"localhost:{PORT}",
                "preLaunchTask": server_task(lab),
                "stopAtConnect": True,
                "setupCommands": [
                    {"text": "-enable-pretty-printing"},
                    {
                        "text": "python import sys; sys.path.insert(0, 'grader'); import gdb_pollux",
                    },
                ],
                "postRemoteConnectCommands": [{"text": "thbreak test::run"}],
            }
            for lab in labs
        ],
    }


def write(tree: Tree, folder: Path) -> list[Path]:
    """Writes both files below `folder`, and overwrites no file."""
    if not (folder / "Makefile").is_file():
        raise GraderError(f"{folder} is no Pollux tree: it has no Makefile")
    labs = [lab.number for lab in tree.labs]
    files = {"launch.json": launch(labs), "tasks.json": tasks(labs)}
    paths = [folder / FOLDER / name for name in files]
    for path, content in zip(paths, files.values()):
        text = json.dumps(content, indent=4) + "\n"
        if path.exists() and path.read_text() != text:
            raise GraderError(f"{path} is there already, and is another: move it away first")
    (folder / FOLDER).mkdir(exist_ok=True)
    for path, content in zip(paths, files.values()):
        path.write_text(json.dumps(content, indent=4) + "\n")
    return paths


def command() -> int:
    """grader/vscode"""
    parser = argparse.ArgumentParser(
        prog="vscode", description="Write .vscode/ for stepping through a test in that editor."
    )
    parser.add_argument("dir", type=Path, metavar="DIR", help="a Pollux tree")
    for path in write(Tree.own(), parser.parse_args().dir):
        print(path)
    return 0
