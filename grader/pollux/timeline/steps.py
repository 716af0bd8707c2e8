"""A record in words. The page fills in the same forms (page.js), so they are said once, here."""

from .picture import VECTORS, Picture
from .records import Record, What

FORMS = {
    What.CREATED: "{event} is created by {by}",
    What.QUEUED: "{event} becomes ready",
    What.TAKEN: "{event} is taken out of its queue",
    What.POLLED: "{event} runs",
    What.WOKEN: "{event} is marked as woken, while it runs",
    What.BLOCKED: "{event} is blocked",
    What.FINISHED: "{event} has ended",
    What.FREED: "{event} is freed",
    What.JOIN_BEGUN: "{by} awaits the end of {event}",
    What.JOIN_ENDED: "{by} awaits {event} no more",
    What.WAKE_CALLED: "{by} wakes {event}",
    What.WAITS: "{event} waits for: {text}",
    What.BROKEN: "RULE BROKEN, {event}: {text}",
    What.INTERRUPT_BEGINS: "interrupt: {vector}",
    What.INTERRUPT_ENDS: "the interrupt is over",
    What.HALTS: "the core halts",
    What.TEST_BEGINS: "the test begins",
    What.TEST_ENDS: "the test is over",
}
# Who does it where no event runs.
HANDLER, NOBODY = "an interrupt", "the kernel"


def name(picture: Picture, event: int) -> str:
    row = picture.rows.get(event)
    return f"event {row.title}" if row else f"event {event}"


def by(picture: Picture, record: Record) -> str:
    if record.in_handler:
        return HANDLER
    return name(picture, record.by) if record.by else NOBODY


def vector(number: int) -> str:
    return VECTORS.get(number, f"vector {number:#x}")


def where(picture: Picture, record: Record) -> str:
    """In the source: the instruction that did it; of `waits` the line that awaits."""
    if record.what is What.WAITS:
        return f"{picture.text(record.more)}:{record.by}" if record.by else ""
    if record.what in (What.BROKEN, What.TEST_BEGINS):
        return ""
    return picture.place(record)


def words(picture: Picture, record: Record) -> str:
    """One line on one record, without where."""
    return FORMS[record.what].format(
        event=name(picture, record.event),
        by=by(picture, record),
        text=picture.text(record.where) or "its turn",
        vector=vector(record.more),
    )


def moment(picture: Picture, record: Record) -> str:
    """When, since the run began."""
    first = picture.records[0].time if picture.records else 0
    return duration(record.time - first)


def duration(nanoseconds: int) -> str:
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3f} {unit}"
    return f"{nanoseconds} ns"
