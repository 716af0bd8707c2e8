"""What a person reads while the grader works, and after."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from ..course import handout
from ..course.lab import Lab, Test
from ..text import printable
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult
from ..verdict.score import plain
from .causes import Cause, causes
from .listener import Listener
from .shared import draw_again, seen


def safe(text: str) -> str:
    """A student's or a compiler's words, which must not be taken for markup or for a terminal's commands."""
    return escape(printable(text))


STYLE = {
    Outcome.PASS: "green",
    Outcome.NOT_WRITTEN: "yellow",
    Outcome.SKIPPED: "yellow",
    Outcome.NOT_HANDED_IN: "yellow",
    Outcome.GRADER_ERROR: "magenta",
}
# Outcomes for which one line says all.
SHORT = (Outcome.PASS, Outcome.NOT_WRITTEN, Outcome.SKIPPED)
# How many failed expectations of one test, calls of a backtrace, lines of a compiler or a console, notes of the
# kernel's are shown.
FAILURES, FRAMES, LINES, NOTES = 5, 12, 30, 24


class Report(Listener):
    """Prints what it hears."""

    def __init__(
        self, console: Console, repeat: Sequence[str], verbose: bool, root: Path = Path(".")
    ) -> None:
        self.console = console
        self.repeat = tuple(repeat)
        self.verbose = verbose
        self.root = root
        self._progress: Progress | None = None

    # While the grader works: one line that moves, on a terminal only.

    def taken(self, remarks: Sequence[str]) -> None:
        for remark in remarks:
            self._print(f"[yellow]remark[/yellow]: {safe(remark)}")

    def building(self, lab: Lab) -> None:
        self._bar(f"lab {lab.number}: building", None)

    def running(self, lab: Lab, tests: Sequence[Test]) -> None:
        self._bar(f"lab {lab.number}: testing", len(tests))

    def tick(self) -> None:
        if self._progress:
            self._progress.refresh()

    def tested(self, result: TestResult) -> None:
        if self._progress:
            self._progress.advance(self._progress.task_ids[0])

    def close(self) -> None:
        if self._progress:
            self._progress.stop()
            self._progress = None

    def _bar(self, text: str, total: int | None) -> None:
        self.close()
        if not self.console.is_terminal:
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30))
        self._progress = Progress(
            *columns, MofNCompleteColumn(), console=self.console, transient=True
        )
        self._progress.add_task(text, total=total)
        self._progress.start()

    # After a lab.

    def graded(self, result: LabResult) -> None:
        self.close()
        lab = result.lab
        self._print(f"[bold]Lab {lab.number} · {safe(lab.title)}[/bold]")
        if self.verbose:
            for warning in result.warnings:
                self._print(f"  [yellow]{safe(warning)}[/yellow]")
        if result.message:
            self._not_run(result)
        elif (message := _common_error(result)) is not None:
            self._print(f"  [magenta]{Outcome.GRADER_ERROR}[/magenta]: {safe(message)}")
        else:
            same = causes(result)
            for test in result.tests:
                self._test(result, test, same.get(test.test.name))
        score = f"{plain(result.score)}/{plain(result.max_score)}"
        seconds = f"{result.seconds:.1f} s"
        self._print(f"  [bold]{score}[/bold] points, {self._counts(result)}, {seconds}\n")

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, soft_wrap=True)

    def _counts(self, result: LabResult) -> str:
        outcomes = [test.outcome for test in result.tests]
        return ", ".join(f"{outcomes.count(kind)} {kind}" for kind in Outcome if kind in outcomes)

    def _not_run(self, result: LabResult) -> None:
        self._print(f"  [red]{result.outcome}[/red]: {safe(result.message)}")
        lines = [line for line in result.compiler.splitlines() if line.strip()]
        for line in lines[:LINES]:
            self._print(f"    {safe(line)}")
        if len(lines) > LINES:
            self._print(f"    … {len(lines) - LINES} lines more")

    def _test(self, lab: LabResult, result: TestResult, cause: Cause | None) -> None:
        style = STYLE.get(result.outcome, "red")
        score = f"{plain(result.score)}/{plain(result.test.points)}"
        line = f"  [{style}]{result.outcome:<12}[/{style}] {score:>7}  {result.test.name}"
        figures = [f"{name}={value}" for name, value in result.verdict.measures.items()]
        if self.verbose and result.verdict.instructions is not None:
            figures.append(f"{result.verdict.instructions:,} instructions")
        if result.outcome in SHORT and result.verdict.message:
            line += f"  [dim]{safe(result.verdict.message)}[/dim]"
        if figures:
            line += f"  [dim]{safe(', '.join(figures))}[/dim]"
        told_before = cause is not None and cause.first != result.test.name
        if cause is not None and told_before:
            line += f"  [dim]ends as {cause.first}[/dim]"
        self._print(line)
        if cause is not None and not told_before:
            self._detail(
                f"[bold]{len(cause.others) + 1} tests end here. Mend this one first.[/bold]"
            )
        if result.outcome not in SHORT and not told_before:
            self._explain(lab, result)
        if self.verbose and result.console:
            self._lines("console", result.console)

    def _explain(self, lab: LabResult, result: TestResult) -> None:
        verdict = result.verdict
        for failure in verdict.failures[:FAILURES]:
            self._detail(f"[bold]{safe(failure.place)}[/bold]: {safe(failure.text)}")
            self._detail(f"  expected: {safe(failure.expected)}")
            self._detail(f"  got:      {safe(failure.got)}")
        if len(verdict.failures) > FAILURES:
            self._detail(f"… {len(verdict.failures) - FAILURES} more expectations did not hold")
        if result.outcome is not Outcome.FAIL or not verdict.failures:
            self._detail(safe(verdict.message))
        self._backtrace(result, lab.source_lines)
        for note in verdict.notes[:NOTES]:
            self._detail(safe(note))
        for number, line in enumerate(seen(result)):
            self._detail(f"[red]{safe(line)}[/red]" if number == 1 else safe(line))
        if (section := handout.section(self.root, lab.lab, result.test)) is not None:
            self._detail(f"[cyan]handout:[/cyan] {safe(section)}")
        self._detail(f"[cyan]hint:[/cyan] {safe(result.test.hint)}")
        if result.seen is not None:
            self._detail(f"[cyan]draw it:[/cyan] {safe(draw_again(lab.lab, result.test))}")
        self._detail(f"[cyan]again:[/cyan] {safe(self._again(lab.lab, result.test))}")

    def _backtrace(self, result: TestResult, source_lines: dict[int, str]) -> None:
        for frame in result.verdict.backtrace[:FRAMES]:
            name = f"{frame.name}+{frame.offset:#x}" if frame.name else f"{frame.address:#x}"
            place = source_lines.get(frame.address, "")
            self._detail(f"  at {safe(name)}  [dim]{safe(place)}[/dim]".rstrip())
        more = len(result.verdict.backtrace) - FRAMES
        if more > 0:
            self._detail(f"  … {more} calls more")

    def _again(self, lab: Lab, test: Test) -> str:
        return shlex.join([*self.repeat, "--lab", str(lab.number), "--test", test.name])

    def _detail(self, text: str) -> None:
        self._print(f"      {text}")

    def _lines(self, title: str, text: str) -> None:
        lines = text.replace("\r", "").splitlines()
        self._detail(f"[dim]{title}:[/dim]")
        for line in lines[-LINES:]:
            self._detail(f"[dim]  {safe(line)}[/dim]")

    def total(self, results: Sequence[LabResult]) -> None:
        """The closing line over all labs."""
        score = plain(round(sum(result.score for result in results), 1))
        maximum = plain(sum(result.max_score for result in results))
        self._print(f"[bold]Total {score}/{maximum}[/bold]")


def _common_error(result: LabResult) -> str | None:
    """Says once why no test could be run."""
    outcomes = {test.outcome for test in result.tests}
    messages = {test.verdict.message for test in result.tests}
    if outcomes == {Outcome.GRADER_ERROR} and len(messages) == 1 and len(result.tests) > 1:
        return messages.pop()
    return None
