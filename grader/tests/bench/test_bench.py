"""What `make bench` makes of figures; the benchmarks themselves are run by `grader/bench --check`, a part of its own."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from pollux.bench import command, costs
from pollux.bench.costs import Bench, Comparison, Figures, Row
from pollux.course.tree import Tree
from pollux.errors import GraderError

ROOT = Tree.own().root
YIELD = Row("yield", "instructions", "bench.yield", ("with_10", "with_1000"), 10, 100, 60, "")
USED = Row("used", "of 1", "heap.used", ("mixed",), 1000, 0.95, 0.97, "", lower_is_better=False)
TABLE = Bench((YIELD, USED), (Comparison("c", "bytes", "bench.c", "events", "threads", 10),), ())
MEASURES = {
    "bench.yield": {"with_10": 500, "with_1000": 900},
    "heap.used": {"mixed": 960},
    "bench.c": {"events": 1600, "threads": 41600},
}
FIGURES = Figures({"yield": 90.0, "used": 0.96}, MEASURES)


def test_a_row_is_its_worst_measure() -> None:
    assert YIELD.value(MEASURES["bench.yield"]) == 90.0
    assert replace(USED, measures=("mixed", "b")).value({"mixed": 960, "b": 900}) == 0.9
    assert YIELD.meets(100, YIELD.limit) and not YIELD.meets(100.1, YIELD.limit)
    assert USED.meets(0.95, USED.limit) and not USED.meets(0.949, USED.limit)


def test_what_rose_over_the_baseline() -> None:
    assert costs.risen(TABLE, FIGURES, {"yield": 88.0, "used": 0.985}) == []
    said = costs.risen(TABLE, FIGURES, {"yield": 87.0, "used": 1.0})
    assert said == [
        "yield: 90 instructions, 3.4% worse than the baseline's 87",
        "used: 0.96 of 1, 4.0% worse than the baseline's 1",
    ]
    assert costs.risen(TABLE, FIGURES, {"yield": 900.0, "used": 0.5}) == []
    assert "the baseline has no such row" in costs.risen(TABLE, FIGURES, {"yield": 90.0})[0]


def test_the_picture() -> None:
    picture = command.draw(TABLE, FIGURES)
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert costs.series(TABLE, FIGURES) == {"yield": [(10, 50.0), (1000, 90.0)]}
    assert "yield" in picture and "used" not in picture


def test_the_file_is_its_own_baseline(tmp_path: Path) -> None:
    (tmp_path / "kernel/bench").mkdir(parents=True)
    assert costs.load_baseline(tmp_path) == Figures({}, {})
    (tmp_path / costs.BASELINE).write_text(costs.as_json(TABLE, FIGURES, "-O2"))
    assert costs.load_baseline(tmp_path) == FIGURES
    (tmp_path / costs.BASELINE).write_text("{")
    with pytest.raises(GraderError, match="baseline.json cannot be read"):
        costs.load_baseline(tmp_path)


def test_the_tables_of_a_readme() -> None:
    tables = costs.as_markdown(TABLE, Figures({"yield": 101.0, "used": 0.96}, MEASURES))
    assert "| yield (instructions) | **101** | 100 | 60 |  |\n" in tables
    assert "| used (of 1) | 0.960 | 0.950 | 0.970 |  |\n" in tables
    assert "| c (bytes) | 160 | 4,160 |\n" in tables
    text = f"a\n{costs.BEGIN}old\n{costs.END}b\n"
    assert costs.shown_in(text, "new\n") == text.replace("old", "new")
    with pytest.raises(GraderError, match="no place for the figures"):
        costs.shown_in(text.replace(costs.END, ""), "new")


def test_the_readme_shows_the_baseline() -> None:
    tables = costs.as_markdown(costs.load(ROOT), costs.load_baseline(ROOT))
    readme = (ROOT / costs.README).read_text()
    assert costs.shown_in(readme, tables) == readme, "grader/bench --accept writes it"


def test_the_table_of_this_tree() -> None:
    table = costs.load(ROOT)
    baseline = json.loads((ROOT / costs.BASELINE).read_text())
    assert set(baseline["rows"]) == {row.name for row in table.rows}
    assert {test.name for test in table.tests} >= {row.test for row in table.rows}
    assert all(row.meets(row.aim, row.limit) for row in table.rows)


def test_a_bad_table_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "kernel/bench").mkdir(parents=True)
    (tmp_path / costs.TABLE).write_text('[[row]]\nname = "x"\n')
    with pytest.raises(GraderError, match="kernel/bench/bench.toml cannot be used"):
        costs.load(tmp_path)
