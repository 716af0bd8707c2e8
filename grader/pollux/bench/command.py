"""grader/bench: the table of what the kernel costs."""

import argparse
import math
from pathlib import Path

import jinja2
from rich.console import Console
from rich.table import Table

from ..course.tree import Tree
from ..host import scratch
from ..host.toolchain import compiler
from . import costs
from .costs import Bench, Figures

PICTURE = Path(__file__).parent / "bench.svg"


def _table(table: Bench, figures: Figures, baseline: dict[str, float]) -> Table:
    shown = Table(title="Cost of the kernel, in guest instructions and bytes")
    for name in ("what", "ours", "limit", "aim", "change"):
        shown.add_column(name, justify="left" if name == "what" else "right")
    shown.add_column("peers")
    for row in table.rows:
        value, before = figures.rows[row.name], baseline.get(row.name)
        change = "new" if before is None else f"{value / before - 1:+.1%}"
        beyond = "yellow" if row.meets(value, row.limit) else "red"
        colour = "green" if row.meets(value, row.aim) else beyond
        shown.add_row(
            f"{row.name} ({row.unit})",
            f"[{colour}]{costs.number(value)}[/]",
            costs.number(row.limit),
            costs.number(row.aim),
            change,
            row.peers,
        )
    return shown


def _comparison(table: Bench, figures: Figures) -> Table:
    shown = Table(title="Events against preemptible threads, the same work in the same kernel")
    for name in ("what", "events", "threads", "threads / events"):
        shown.add_column(name, justify="left" if name == "what" else "right")
    for row in table.comparisons:
        measured = figures.measures[row.test]
        events, threads = measured[row.events] / row.scale, measured[row.threads] / row.scale
        shown.add_row(
            f"{row.name} ({row.unit})",
            costs.number(events),
            costs.number(threads),
            f"{threads / events:.1f}",
        )
    return shown


def draw(table: Bench, figures: Figures) -> str:
    """Cost against number of events, both on logarithmic scales, as an SVG that is readable in light and dark."""
    lines = costs.series(table, figures)
    counts = [count for points in lines.values() for count, _ in points]
    values = [cost for points in lines.values() for _, cost in points]
    decades = math.ceil(math.log10(max(counts)))
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(count: float) -> float:
        return 70 + 480 * math.log10(count) / decades

    def y(cost: float) -> float:
        return 270 - 230 * (math.log10(cost) - low) / (high - low)

    template = jinja2.Environment(autoescape=True).from_string(PICTURE.read_text())
    return template.render(
        lines=[
            (name, [(x(count), y(cost), cost) for count, cost in points])
            for name, points in lines.items()
        ],
        across=[(x(10**power), f"{10**power:,}") for power in range(decades + 1)],
        up=[(y(10**power), f"{10**power:,}") for power in range(low, high + 1)],
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Measure what the kernel costs, in guest instructions: exact, and the same on every machine.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, for a program")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="cost against number of events")
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"fail when a cost rose by more than {costs.TOLERANCE:.0%}% over the committed baseline",
    )
    parser.add_argument(
        "--accept",
        action="store_true",
        help=f"write the figures to {costs.BASELINE} and {costs.README}",
    )
    return parser.parse_args()


def command() -> int:
    arguments = _arguments()
    tree = Tree.own()
    table = costs.load(tree.root)
    baseline = costs.load_baseline(tree.root).rows
    console = Console(highlight=False)
    with scratch.folder() as folder:
        stage = costs.build(tree, folder)
        with console.status("measuring") as status:
            figures = costs.run(
                stage,
                table,
                tree.root,
                folder / "runs",
                lambda result: status.update(f"measured {result.test.name}"),
            )
    flags = (tree.root / "build" / "flags").read_text().split(" / ")[0]
    text = costs.as_json(table, figures, flags.replace(f"{tree.root}/", ""))
    console.print(_table(table, figures, baseline))
    console.print(_comparison(table, figures))
    console.print(f"{compiler()}; flags in build/flags; each figure is exact, so no repetition.")
    if arguments.json:
        arguments.json.write_text(text)
    if arguments.svg:
        arguments.svg.write_text(draw(table, figures))
    if arguments.accept:
        (tree.root / costs.BASELINE).write_text(text)
        readme = tree.root / costs.README
        readme.write_text(costs.shown_in(readme.read_text(), costs.as_markdown(table, figures)))
        return 0
    sentences = costs.risen(table, figures, baseline) if arguments.check else []
    for sentence in sentences:
        console.print(f"[red]risen[/] {sentence}")
    if arguments.check:
        print(f"{len(table.rows) - len(sentences)} passed, {len(sentences)} failed")
    return 1 if sentences else 0
