"""A failed test shows its run: it runs once more in a traced build, and what that saw is told beside the verdict.

Nothing here decides anything. Where the traced build or its run does not work, there is nothing to show.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..building import symbols
from ..building.stage import BuildError, Stage
from ..course.lab import Lab
from ..errors import GraderError
from ..machine.image import Image
from ..machine.machine import Orders
from ..timeline import recorded, svg, terminal
from ..timeline.picture import NO_TEST, Place
from ..verdict.outcome import Outcome
from ..verdict.results import Seen, TestResult

# Of whose layers the trace can tell right from wrong.
LABS = (2, 3, 4, 6)
OUTCOMES = (Outcome.FAIL, Outcome.PANIC, Outcome.HANG, Outcome.LEAK, Outcome.TRIPLE_FAULT)
# More would say the same once more.
MOST = 5
# What a picture is made of: the end of the run, or of a long one what is kept of it.
RECORDS = 20_000


def see_failed(
    lab: Lab,
    results: Sequence[TestResult],
    build: Callable[[], Stage | BuildError],
    root: Path,
    folder: Path,
    seed: int,
) -> list[TestResult]:
    """The results, those of the first failed tests with what was seen."""
    failed = [result for result in results if result.outcome in OUTCOMES][:MOST]
    if lab.number not in LABS or not failed:
        return list(results)
    try:
        seen = _seen(failed, build(), root, folder, seed)
    except GraderError:
        return list(results)
    return [replace(result, seen=seen.get(result.test.name)) for result in results]


def _seen(
    failed: Sequence[TestResult],
    stage: Stage | BuildError,
    root: Path,
    folder: Path,
    seed: int,
) -> dict[str, Seen]:
    if isinstance(stage, BuildError):
        raise GraderError(stage.message)
    elf = stage.elf
    image = Image(elf)

    def find(addresses: Sequence[int]) -> Mapping[int, Place]:
        found = symbols.sources(elf, addresses, root, folder / "traced-symbols")
        return {at: Place(each.function, each.line) for at, each in found.items()}

    found = {}
    with recorded.Recorder(stage.iso, image, folder / "traced-machines") as recorder:
        for test in (result.test for result in failed):
            orders = Orders((test.name,), seed, test.limit_seconds)
            _, recording = recorder.run(orders, test.memory_mebibytes)
            drawn = recorded.pictures(recording, image, find, RECORDS)
            for picture in (each for each in drawn if each.name != NO_TEST and each.rows):
                steps = tuple(terminal.findings(picture))
                found[test.name] = Seen(steps, svg.as_svg(replace(picture, name=test.name)))
    return found
