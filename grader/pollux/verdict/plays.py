"""Whether a test was played: the expectations that it evaluated, against those of the reference's run.

Those in the body of the test are reached by every right solution, and those outside of loops as often; those in loops
too, unless lab.toml says otherwise (`rounds_vary`). Those in its helpers may hang on what the solution does (one that refuses a free takes another branch than one that need not), so of
them only the sum counts.
"""

from collections.abc import Iterator

from ..course.lab import Test
from ..machine.played import Played

# What the reference evaluates as often as this stands in no loop, or in one of fixed rounds.
EXACT = 2
# The least share of the rounds of a loop, which may hang on the solution too (until memory is full, for each block).
SHARE = 16


def missing(test: Test, expected: Played, played: Played | None) -> str | None:
    """What the test did not do that it must; None when nothing."""
    if played is None:
        return "the counts of its expectations were written over"
    body = f" test_{test.name.replace('.', '_')}"
    for place, count in sorted(expected.items()):
        found = played.get(place, 0)
        least = count if test.fixed_rounds else _least(count)
        if place.endswith(body) and found < least:
            name = place.removesuffix(body)
            return f"its expectation at {name} was evaluated {found} times instead of {count}"
    wanted = sum(_of_helpers(expected, body))
    found = sum(_of_helpers(played, body))
    if found < _least(wanted):
        return f"its helpers evaluated {found} expectations instead of {wanted}"
    return None


def _least(count: int) -> int:
    return count if count <= EXACT else max(EXACT, count // SHARE)


def _of_helpers(played: Played, body: str) -> Iterator[int]:
    return (count for place, count in played.items() if not place.endswith(body))
