"""Decides on a test's outcome from how its machine ended and what it said. Only a whole, tagged pass is a pass."""

import signal
from dataclasses import dataclass, field

from ..course.lab import Test
from ..machine.machine import Ended
from ..machine.patience import Stopped
from ..machine.played import Played
from ..text import short
from . import plays
from .ktap import Failure, Frame, Transcript
from .outcome import Outcome

# What the harness writes to isa-debug-exit, as QEMU's exit status.
SUCCESS, FAILED, DIED, NOT_WRITTEN, HUNG, BAD_ORDERS = 85, 87, 89, 91, 93, 95
HARNESS = frozenset((SUCCESS, FAILED, DIED, NOT_WRITTEN, HUNG, BAD_ORDERS))
# What ends QEMU from outside, or over its own bug; not our limits.
CRASHES = frozenset(signal.Signals) - {signal.SIGXCPU, signal.SIGXFSZ}


@dataclass(frozen=True)
class Verdict:
    """A test's outcome and why. `message` is one line, the same in every run."""

    outcome: Outcome
    message: str = ""
    instructions: int | None = None
    measures: dict[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    backtrace: tuple[Frame, ...] = ()
    notes: tuple[
        str, ...
    ] = ()  # what else the kernel said: who waits for what, the latest of the trace
    played: Played = field(default_factory=dict)  # the expectations that were evaluated


def judge(test: Test, said: Transcript, ended: Ended, expected: Played | None = None) -> Verdict:
    """The verdict on one run of `test`. A pass must have played what is `expected`, if that is known."""
    outcome, message = _outcome(test, said, ended)
    played = ended.inspection.played if ended.inspection else None
    if outcome is Outcome.PASS and expected is not None:
        if (missing := plays.missing(test, expected, played)) is not None:
            outcome, message = Outcome.FORGED, f"the test was not played: {missing}"
    message = short(message)
    result = said.result
    backtrace = tuple(said.backtrace)
    for address in (ended.address, ended.inspection.changed_at if ended.inspection else None):
        if address is not None:
            backtrace = (Frame("", 0, address), *backtrace)
    return Verdict(
        outcome,
        message,
        result.instructions if result else None,
        result.measures if result else {},
        tuple(said.failures),
        backtrace,
        tuple(said.notes),
        played or {},
    )


def _outcome(test: Test, said: Transcript, ended: Ended) -> tuple[Outcome, str]:
    if said.forged is not None:
        return (
            Outcome.FORGED,
            f"the results port got a line that the harness did not write: {said.forged}",
        )
    if ended.stopped in (Stopped.PAUSED, Stopped.ASLEEP, Stopped.LEFT_TWICE):
        return Outcome.FORGED, f"the machine was stopped: {ended.stopped}"
    if ended.stopped is not None:
        return Outcome.HANG, f"the machine had to be stopped: {ended.stopped}"
    if (crash := _crash(ended)) is not None:
        return Outcome.GRADER_ERROR, f"QEMU was ended by {crash.name}. {ended.complaint}".strip()
    if ended.status == 0:
        return _switched_off(ended)
    if ended.status == 1 and ended.complaint:
        return Outcome.GRADER_ERROR, f"QEMU failed: {ended.complaint}"
    if ended.status not in HARNESS:
        return (
            Outcome.FORGED,
            f"something left QEMU with status {ended.status}; the harness never does",
        )
    if ended.status == BAD_ORDERS:
        return _bad_orders(test, said)
    if ended.status in (SUCCESS, FAILED):
        return _result(test, said, ended)
    return _stopped(said, ended.status)


def _crash(ended: Ended) -> signal.Signals | None:
    if ended.left:
        return None  # the kernel's own word
    number = -ended.status if ended.status < 0 else ended.status - 128
    return signal.Signals(number) if number in CRASHES else None


def _switched_off(ended: Ended) -> tuple[Outcome, str]:
    if ended.shutdown == "guest-reset":
        return Outcome.TRIPLE_FAULT, "the machine reset itself: a fault while it handled a fault"
    if ended.shutdown == "guest-shutdown":
        return Outcome.FORGED, "something switched the machine off; the harness never does"
    return Outcome.GRADER_ERROR, f"QEMU left without a reason ({ended.shutdown}). {ended.complaint}"


def _bad_orders(test: Test, said: Transcript) -> tuple[Outcome, str]:
    """The harness blames the orders before any code of a student has run, with a tag."""
    if said.bad_orders is None or said.started is not None:
        return Outcome.FORGED, "something left QEMU as if the orders were bad; the harness did not"
    return (
        Outcome.GRADER_ERROR,
        f"the kernel does not know the test {test.name}: {said.bad_orders}",
    )


def _result(test: Test, said: Transcript, ended: Ended) -> tuple[Outcome, str]:
    """The harness ended the run: the result, the end line and the exit status must agree."""
    result = said.result
    succeeded = ended.status == SUCCESS
    if result is None or not said.whole or succeeded != (result.outcome == Outcome.PASS):
        return (
            Outcome.FORGED,
            "something left QEMU in the harness's name, without the harness's results",
        )
    if result.outcome == Outcome.PASS:
        if (lie := _lie(said, ended)) is not None:
            return Outcome.FORGED, lie
        if test.curve and test.curve.measure not in result.measures:
            return Outcome.FORGED, f"the test passed without its figure, {test.curve.measure}"
        return Outcome.PASS, ""
    if result.outcome == Outcome.LEAK:
        return Outcome.LEAK, "the test left memory behind"
    return Outcome.FAIL, _first_failure(said)


def _lie(said: Transcript, ended: Ended) -> str | None:
    """Why a whole, tagged pass is still not believed: a failure was printed before it, or memory shows a change."""
    if said.failures:
        return f"the test failed ({_first_failure(said)}), and then said that it had passed"
    if said.stop is not None:
        return f"the run had ended ({said.stop.text}), and then said that it had passed"
    if said.has_leak:
        return f"the test left memory behind ({'; '.join(said.notes)}), and then said that it had passed"
    if ended.inspection is None:
        return "the harness ended without the look at its memory that it asks for"
    if ended.inspection.paused_at is not None:
        return f"the harness's end was reached from elsewhere, at {ended.inspection.paused_at:#x}"
    if ended.inspection.changed_at is not None:
        return (
            f"the kernel's own code or constants were changed, at {ended.inspection.changed_at:#x}"
        )
    return None


def _first_failure(said: Transcript) -> str:
    if not said.failures:
        return "; ".join(said.notes)
    first = said.failures[0]
    text = f"{first.place}: {first.text}: expected {first.expected}, got {first.got}"
    more = len(said.failures) - 1
    return f"{text} (and {more} more)" if more else text


def _stopped(said: Transcript, status: int) -> tuple[Outcome, str]:
    kind = said.stop.kind if said.stop else ""
    text = said.stop.text if said.stop else "no reason was printed"
    if status == NOT_WRITTEN:
        return Outcome.NOT_WRITTEN, f"{text} is not written yet"
    if status == HUNG or kind == "LIMIT":
        return Outcome.HANG, f"no end within the test's guest time: {text}"
    return Outcome.PANIC, text
