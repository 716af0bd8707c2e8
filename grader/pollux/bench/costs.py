"""Benchmarks: what kernel/bench/bench.toml asks for, run in the bench image, held against limits and a baseline."""

import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..building.make import make
from ..building.stage import Stage
from ..course.lab import Test
from ..course.tree import Tree
from ..errors import GraderError
from ..grading.running import Runner, Settings
from ..host.toolchain import compiler
from ..verdict.outcome import Outcome
from ..verdict.results import TestResult

TABLE = Path("kernel/bench/bench.toml")
BASELINE = Path("kernel/bench/baseline.json")
README = Path("README.md")
# Between these two lines the README shows the baseline.
BEGIN, END = "<!-- make bench -->\n", "<!-- end of make bench -->\n"
# A cost that rises by more than this share over the baseline is an error.
TOLERANCE = 0.03


@dataclass(frozen=True)
class Row:
    """One figure: the worst of some measures of a test, over a scale."""

    name: str
    unit: str
    test: str
    measures: tuple[str, ...]
    scale: float
    limit: float
    aim: float
    peers: str
    lower_is_better: bool = True

    def value(self, measured: dict[str, int]) -> float:
        figures = [measured[name] / self.scale for name in self.measures]
        return max(figures) if self.lower_is_better else min(figures)

    def meets(self, value: float, bound: float) -> bool:
        return value <= bound if self.lower_is_better else value >= bound

    def worse_by(self, value: float, before: float) -> float:
        """By what share `value` is worse than `before`; below zero when it is better."""
        change = value / before - 1
        return change if self.lower_is_better else -change


@dataclass(frozen=True)
class Comparison:
    """The same work, by events and by threads."""

    name: str
    unit: str
    test: str
    events: str
    threads: str
    scale: float


@dataclass(frozen=True)
class Bench:
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Figures:
    """What was measured: by row and by test and measure. Whole numbers over scales, so the same on every machine."""

    rows: dict[str, float]
    measures: dict[str, dict[str, int]]


def _tests(entries: Iterable[dict[str, Any]]) -> tuple[Test, ...]:
    """Each test once, with the largest memory and limit that its rows ask for."""
    tests: dict[str, Test] = {}
    for entry in entries:
        before = tests.get(entry["test"])
        memory = max(entry.get("memory_mebibytes", 128), before.memory_mebibytes if before else 0)
        limit = max(entry.get("limit_seconds", 10), before.limit_seconds if before else 0)
        tests[entry["test"]] = Test(
            entry["test"], 1, "", limit_seconds=limit, memory_mebibytes=memory
        )
    return tuple(tests.values())


def load(root: Path) -> Bench:
    """kernel/bench/bench.toml."""
    try:
        values = tomllib.loads((root / TABLE).read_text())
        rows = tuple(
            Row(
                entry["name"],
                entry["unit"],
                entry["test"],
                tuple(entry["measures"]),
                entry["scale"],
                entry["limit"],
                entry["aim"],
                entry["peers"],
                entry.get("better", "low") == "low",
            )
            for entry in values["row"]
        )
        comparisons = tuple(Comparison(**entry) for entry in values["comparison"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise GraderError(f"{TABLE} cannot be used: {error!r}") from error
    return Bench(rows, comparisons, _tests([*values["row"], *values["comparison"]]))


def build(tree: Tree, folder: Path) -> Stage:
    """The bench image, by the tree's own Makefile."""
    make(tree, folder / "make", "build/bench.iso", "build/bench.elf")
    build_folder = tree.root / "build"
    return Stage(tree.labs[-1], build_folder / "bench.iso", build_folder / "bench.elf")


def run(
    stage: Stage, bench: Bench, root: Path, folder: Path, progress: Callable[[TestResult], None]
) -> Figures:
    """Runs every benchmark in a machine of its own. One that does not pass is an error: there is no figure then."""
    runner = Runner(stage, root, folder, Settings(jobs=2))
    results = runner.run(bench.tests, progress)
    for result in results:
        if result.outcome is not Outcome.PASS:
            raise GraderError(
                f"{result.test.name}: {result.outcome}: {result.verdict.message}\n{result.console}"
            )
    measured = {result.test.name: result.verdict.measures for result in results}
    try:
        rows = {row.name: row.value(measured[row.test]) for row in bench.rows}
    except KeyError as error:
        raise GraderError(f"{TABLE}: no benchmark reports the measure {error}") from error
    return Figures(rows, measured)


def load_baseline(root: Path) -> Figures:
    """The figures that were accepted last; none when there is no baseline."""
    try:
        values = json.loads((root / BASELINE).read_text())
        return Figures(values["rows"], values["measures"])
    except FileNotFoundError:
        return Figures({}, {})
    except (OSError, ValueError, KeyError) as error:
        raise GraderError(f"{BASELINE} cannot be read: {error!r}") from error


def risen(bench: Bench, figures: Figures, baseline: dict[str, float]) -> list[str]:
    """A sentence for each cost that is worse than the baseline allows, and for each row without a baseline."""
    sentences = []
    for row in bench.rows:
        value, before = figures.rows[row.name], baseline.get(row.name)
        if before is None:
            sentences.append(f"{row.name}: {value:g} {row.unit}, and the baseline has no such row")
        elif (worse := row.worse_by(value, before)) > TOLERANCE:
            sentences.append(
                f"{row.name}: {value:g} {row.unit}, {worse:.1%} worse than the baseline's {before:g}"
            )
    return sentences


def as_json(bench: Bench, figures: Figures, flags: str) -> str:
    """The figures as a file: also the form of the baseline."""
    values = {
        "compiler": compiler(),
        "flags": flags,
        "rows": figures.rows,
        "measures": {name: figures.measures[name] for name in sorted(figures.measures)},
    }
    return json.dumps(values, indent=2) + "\n"


def number(value: float) -> str:
    """A figure for people: a share with three digits after the point, a cost with one at most."""
    if value <= 2:
        return f"{value:.3f}"
    return f"{value:,.0f}" if value >= 10_000 or value == round(value) else f"{value:,.1f}"


def as_markdown(bench: Bench, figures: Figures) -> str:
    """The two tables of the README."""
    lines = ["| what | ours | limit | aim | peers |", "|---|---:|---:|---:|---|"]
    for row in bench.rows:
        value = figures.rows[row.name]
        ours = number(value) if row.meets(value, row.limit) else f"**{number(value)}**"
        bounds = f"{number(row.limit)} | {number(row.aim)}"
        lines.append(f"| {row.name} ({row.unit}) | {ours} | {bounds} | {row.peers} |")
    lines += ["", "| the same work | by events | by threads |", "|---|---:|---:|"]
    for pair in bench.comparisons:
        measured = figures.measures[pair.test]
        both = (measured[name] / pair.scale for name in (pair.events, pair.threads))
        lines.append(f"| {pair.name} ({pair.unit}) | {' | '.join(map(number, both))} |")
    return "\n".join(lines) + "\n"


def shown_in(text: str, tables: str) -> str:
    """The README's text with these tables in their place."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise GraderError(f"{README} has no place for the figures: {BEGIN.strip()} … {END.strip()}")
    return f"{before}{BEGIN}{tables}{END}{after}"


def series(bench: Bench, figures: Figures) -> dict[str, list[tuple[int, float]]]:
    """Cost against number of events, for each row that was measured with several numbers (measures `with_N`)."""
    found = {}
    for row in bench.rows:
        numbers = [name for name in row.measures if name.startswith("with_")]
        if len(numbers) > 1:
            measured = figures.measures[row.test]
            found[row.name] = [
                (int(name.removeprefix("with_")), measured[name] / row.scale) for name in numbers
            ]
    return found
