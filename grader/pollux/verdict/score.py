"""Points."""

from ..course.lab import Test
from .outcome import Outcome


def score(test: Test, outcome: Outcome, measures: dict[str, int]) -> float:
    """What a test is worth: all or nothing, or on its curve, to a tenth of a point."""
    if outcome is not Outcome.PASS:
        return 0.0
    if test.curve is None:
        return float(test.points)
    share = test.curve.share(measures.get(test.curve.measure, 0))
    return round(test.points * share, 1)


def plain(points: float) -> str:
    """Points as people write them: 3, not 3.0; 2.5 stays."""
    return f"{points:.1f}".removesuffix(".0")
