"""lab.toml: a lab's title, files and tests. An unknown key is an error."""

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import GraderError

TEST_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
FOLDER = re.compile(r"(\d+)-([a-z][a-z0-9_]*)")


def lab_number(path: Path) -> int | None:
    """The number of the lab in whose folder a file of the tree lies, as in `labs/1-heap/heap.cpp`."""
    if path.parts[0] != "labs" or len(path.parts) < 3:
        return None
    match = FOLDER.fullmatch(path.parts[1])
    return int(match[1]) if match else None


@dataclass(frozen=True)
class Curve:
    """How a measured figure becomes points: on a logarithmic scale from `worst` (none) to `best` (all)."""

    measure: str
    worst: float
    best: float

    def share(self, value: float) -> float:
        if value <= 0:
            return 0.0
        share = math.log(value / self.worst) / math.log(self.best / self.worst)
        return min(1.0, max(0.0, share))


@dataclass(frozen=True)
class Test:
    name: str
    points: float
    hint: str
    visible: bool = True
    needs: tuple[str, ...] = ()
    limit_seconds: int = 10
    memory_mebibytes: int = 128
    curve: Curve | None = None
    # Whether every right solution has it evaluate each expectation of its body as often as the reference.
    fixed_rounds: bool = False


@dataclass(frozen=True)
class Lab:
    number: int
    name: str
    title: str
    files: tuple[str, ...]
    hours: str
    contract: tuple[str, ...]
    tests: tuple[Test, ...]
    # For the audit: what the layer defines for the kernel, and what it may call of the kernel. `event::*` is all of it.
    defines: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The lab's folder, relative to the tree, as in `labs/1-heap`."""
        return f"labs/{self.number}-{self.name}"

    @property
    def max_score(self) -> float:
        return sum(test.points for test in self.tests)

    def test(self, name: str) -> Test | None:
        return next((test for test in self.tests if test.name == name), None)


class _Table:
    """A TOML table that is read key by key. A key that nobody has read is reported as an error."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = dict(values)
        self.where = where

    def fail(self, sentence: str) -> GraderError:
        return GraderError(f"{self.where}: {sentence}")

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        value = self._values.pop(key, default)
        if value is None:
            raise self.fail(f"`{key}` is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(f"`{key}` has the wrong type: {value!r}")
        return value

    def text(self, key: str) -> str:
        value: str = self.take(key, str)
        if not value.strip():
            raise self.fail(f"`{key}` is empty")
        return value

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        values = self.take(key, list, default)
        if not all(isinstance(value, str) and value for value in values):
            raise self.fail(f"`{key}` must be a list of strings")
        if len(set(values)) != len(values):
            raise self.fail(f"`{key}` names something twice")
        return tuple(values)

    def table(self, key: str) -> dict[str, Any] | None:
        if key not in self._values:
            return None
        value: dict[str, Any] = self.take(key, dict)
        return value

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def done(self) -> None:
        if self._values:
            raise self.fail(f"unknown key `{min(self._values)}`")


def _curve(values: dict[str, Any] | None, where: str) -> Curve | None:
    if values is None:
        return None
    table = _Table(values, f"{where}, curve")
    curve = Curve(
        table.text("measure"), table.take("worst", (int, float)), table.take("best", (int, float))
    )
    table.done()
    if curve.worst <= 0 or curve.best <= 0 or curve.worst == curve.best:
        raise table.fail("`worst` and `best` must be positive and differ")
    return curve


def _test(values: dict[str, Any], where: str, earlier: list[str]) -> Test:
    name = values.get("name")
    table = _Table(values, f"{where}: test {name!r}")
    visibility = table.take("visibility", str, "visible")
    test = Test(
        name=table.text("name"),
        points=table.take("points", (int, float)),
        hint=table.text("hint"),
        visible=visibility == "visible",
        needs=table.texts("needs", []),
        limit_seconds=table.take("limit_seconds", int, 10),
        memory_mebibytes=table.take("memory_mebibytes", int, 128),
        curve=_curve(table.table("curve"), table.where),
    )
    table.done()
    if not TEST_NAME.fullmatch(test.name):
        raise table.fail("the name must read suite.what_it_does")
    if test.name in earlier:
        raise table.fail("the name is used twice")
    if test.points <= 0:
        raise table.fail("`points` must be more than zero")
    if visibility not in ("visible", "hidden"):
        raise table.fail("`visibility` must be visible or hidden")
    if test.limit_seconds % 2 or not 2 <= test.limit_seconds <= 30:
        raise table.fail("`limit_seconds` must be even, from 2 to 30 (the watchdog's steps)")
    if not 32 <= test.memory_mebibytes <= 2048:
        raise table.fail("`memory_mebibytes` must lie between 32 and 2048")
    return test


def needs_first(tests: Sequence[Test]) -> list[Test]:
    """The tests in an order in which each comes after those that it needs, and otherwise as given. ValueError names a
    need that cannot be met."""
    by_name = {test.name: test for test in tests}
    ordered: dict[str, Test] = {}

    def place(test: Test, above: tuple[str, ...]) -> None:
        if test.name in above:
            raise ValueError(
                f"{test.name} needs itself, by way of {' and '.join(above[1:]) or 'itself'}"
            )
        for need in test.needs:
            if need in by_name and need not in ordered:
                place(by_name[need], (*above, test.name))
        ordered.setdefault(test.name, test)

    for test in tests:
        place(test, ())
    return list(ordered.values())


def _check_needs(tests: Sequence[Test], table: _Table) -> None:
    names = {test.name for test in tests}
    for test in tests:
        for need in test.needs:
            if need not in names:
                raise table.fail(f"test {test.name!r} needs {need!r}, which is no test of this lab")
    try:
        needs_first(tests)
    except ValueError as error:
        raise table.fail(str(error)) from error


def _with_rounds(tests: list[Test], table: _Table) -> list[Test]:
    """`rounds_vary` names the tests whose loops hang on the solution, as on how many blocks fit. Without it: any may."""
    if "rounds_vary" not in table:
        return tests
    vary = table.texts("rounds_vary")
    for name in vary:
        if name not in (test.name for test in tests):
            raise table.fail(f"`rounds_vary` names {name!r}, which is no test")
    return [replace(test, fixed_rounds=test.name not in vary) for test in tests]


def load_lab(folder: Path) -> Lab:
    """The lab that lies in `folder`; an error in its lab.toml is a GraderError that names the file."""
    path = folder / "lab.toml"
    where = f"labs/{folder.name}/lab.toml"
    try:
        values = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise GraderError(f"{where}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise GraderError(f"{where} cannot be read: {error}") from error
    table = _Table(values, where)
    tests: list[Test] = []
    for entry in table.take("test", list):
        if not isinstance(entry, dict):
            raise table.fail("each test must be a [[test]] table")
        tests.append(_test(entry, where, [test.name for test in tests]))
    _check_needs(tests, table)
    tests = _with_rounds(tests, table)
    lab = Lab(
        number=table.take("lab", int),
        name=table.text("name"),
        title=table.text("title"),
        files=table.texts("files"),
        hours=table.text("hours"),
        contract=table.texts("contract", []),
        tests=tuple(tests),
        defines=table.texts("defines", []),
        uses=table.texts("uses", []),
    )
    table.done()
    if folder.name != f"{lab.number}-{lab.name}" or not FOLDER.fullmatch(folder.name):
        raise table.fail(f"lab {lab.number} named {lab.name!r} does not belong in this folder")
    if not lab.tests or not lab.files:
        raise table.fail("a lab has at least one file and one test")
    for file in lab.files:
        if PurePosixPath(file).name != file or not file.endswith((".cpp", ".hpp")):
            raise table.fail(f"{file!r} in `files` must be a .cpp or .hpp in the lab's own folder")
    return lab


def load_labs(root: Path) -> tuple[Lab, ...]:
    """All labs of the tree, in order."""
    labs = [load_lab(path.parent) for path in root.glob("labs/*/lab.toml")]
    labs.sort(key=lambda lab: lab.number)
    numbers = [lab.number for lab in labs]
    if numbers != list(range(1, len(labs) + 1)):
        raise GraderError(f"the labs are not numbered 1, 2, 3…: {numbers}")
    return tuple(labs)
