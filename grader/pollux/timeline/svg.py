"""A run as a small picture for other pages: the part around the first broken rule, or the end, and nothing to click."""

from collections.abc import Iterator
from html import escape

from . import steps
from .picture import Busy, Fault, Picture, Reason, Row, State

# The most that is shown of each: what does not fit is on the page of `make timeline`.
RECORDS, ROWS = 90, 14
# In units of the drawing.
WIDTH, LABEL, ROW, LANE = 760, 150, 18, 22
STYLE = """\
.tl{--i:#1f2328;--s:#5c6570;--l:#d9d6ce;--run:#2f5aa8;--wok:#7a35b0;--rdy:#b97a10;--blk:#7d858f;--wak:#23774a;--bad:#c4261d;width:100%;min-width:36rem;height:auto;display:block}
@media(prefers-color-scheme:dark){.tl{--i:#e4e7eb;--s:#9aa4af;--l:#323a43;--run:#6d9df0;--wok:#c79bf7;--rdy:#e2b04a;--blk:#7b8691;--wak:#5cc48a;--bad:#ff7a70}}
.tl text{font:11px system-ui,"DejaVu Sans",sans-serif;fill:var(--i)}.tl .soft{fill:var(--s)}.tl .bad{fill:var(--bad);font-weight:bold}.tl .grid{stroke:var(--l)}
.tl .created{stroke:var(--blk);stroke-dasharray:2 3}.tl .ready{fill:none;stroke:var(--rdy);stroke-width:1.5}.tl .running,.tl .runs{fill:var(--run)}.tl .woken{fill:none;stroke:var(--wok);stroke-width:10;stroke-dasharray:3 2}
.tl .blocked{fill:var(--blk)}.tl .halted{fill:none;stroke:var(--blk);stroke-dasharray:1 2}.tl .interrupt,.tl .end{fill:var(--i)}.tl .arrow{stroke:var(--wak);stroke-width:1.6}.tl .tip{fill:var(--wak)}.tl .idle{stroke-dasharray:2 3}.tl .fault{fill:var(--bad)}.tl .line{stroke:var(--bad);opacity:.5}
"""


def as_svg(picture: Picture) -> str:
    """The drawing, as an element of a page; empty when there is nothing to see."""
    if not picture.records:
        return ""
    return "".join(_Drawing(picture).parts())


class _Drawing:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        count = len(picture.records)
        last = picture.faults[0].at + RECORDS // 4 if picture.faults else count
        self.end = min(count, max(last, RECORDS))
        self.begin = max(0, self.end - RECORDS)
        self.rows = self._rows()
        self.at_row = {row.event: number for number, row in enumerate(self.rows)}
        self.cores = sorted(picture.cores)
        self.top = LANE * len(self.cores)
        self.height = self.top + ROW * len(self.rows) + 18

    def _rows(self) -> list[Row]:
        """Those of the broken rules, then those that have most to show."""
        shown: list[tuple[bool, int, Row]] = []
        broken = {fault.event for fault in self.picture.faults if fault.at < self.end}
        for row in self.picture.rows.values():
            seen = sum(span.begin < self.end and span.end > self.begin for span in row.spans)
            if seen:
                shown.append((row.event not in broken, -seen, row))
        chosen = sorted(shown, key=lambda each: (each[0], each[1], each[2].event))[:ROWS]
        return sorted((row for _, _, row in chosen), key=lambda row: row.event)

    def x(self, at: int) -> float:
        step = (WIDTH - LABEL) / max(1, self.end - self.begin)
        return LABEL + (min(max(at, self.begin), self.end) - self.begin) * step

    def y(self, row: int) -> float:
        return self.top + row * ROW + ROW / 2

    def parts(self) -> Iterator[str]:
        fault = self.picture.faults[0] if self.picture.faults else None
        what = (
            f"{steps.name(self.picture, fault.event)}: {fault.rule}" if fault else "no broken rule"
        )
        label = escape(f"The run of {self.picture.name}: {what}", quote=True)
        yield f"<style>{STYLE}</style>"
        yield f'<svg class="tl" viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{label}">'
        for lane, core in enumerate(self.cores):
            yield from self._lane(lane, core)
        for number, row in enumerate(self.rows):
            yield from self._row(number, row)
        for arrow in self.picture.arrows:
            if self.begin <= arrow.at < self.end and arrow.reason is not Reason.SPAWN:
                yield from self._arrow(arrow.at, arrow.source, arrow.target, arrow.reason)
        for each in self.picture.faults:
            if self.begin <= each.at < self.end:
                yield from self._fault(each)
        records = self.picture.records
        first, last = records[self.begin], records[self.end - 1]
        foot = self.height - 5
        yield f'<text class="soft" x="{LABEL}" y="{foot}">{steps.moment(self.picture, first)}</text>'
        moment = steps.moment(self.picture, last)
        yield f'<text class="soft" x="{WIDTH}" y="{foot}" text-anchor="end">{moment}</text></svg>'

    def _lane(self, lane: int, core: int) -> Iterator[str]:
        top = lane * LANE
        yield f'<text class="soft" x="2" y="{top + 15}">core {core}</text>'
        for span in self.picture.cores[core]:
            if span.begin >= self.end or span.end <= self.begin:
                continue
            left, right = self.x(span.begin), self.x(span.end)
            irq = span.state == Busy.HANDLES
            height, shift = (4, 1) if irq else (11, 6)
            yield _box(str(span.state), left, top + shift, right - left, height)

    def _row(self, number: int, row: Row) -> Iterator[str]:
        middle = self.y(number)
        bad = any(fault.event == row.event for fault in self.picture.faults)
        title = row.title if len(row.title) <= 24 else row.title[:23] + "…"
        mark = ' class="bad"' if bad else ""
        yield f'<text{mark} x="2" y="{middle + 4}">{escape(title)}</text>'
        edge = middle + ROW / 2
        yield f'<path class="grid" d="M0 {edge}H{WIDTH}"/>'
        for span in row.spans:
            if span.begin >= self.end or span.end <= self.begin:
                continue
            left, right = self.x(span.begin), self.x(span.end)
            if span.state in (State.CREATED, State.WOKEN):
                yield f'<path class="{span.state}" d="M{left:.1f} {middle}H{right:.1f}"/>'
            else:
                high = {State.READY: 6, State.BLOCKED: 2.5}.get(State(span.state), 11.0)
                yield _box(str(span.state), left, middle - high / 2, right - left, high)
        if row.ended_at is not None and self.begin <= row.ended_at < self.end:
            yield _box("end", self.x(row.ended_at), middle - 6, 2, 12)

    def _arrow(self, at: int, source: int, target: int, reason: Reason) -> Iterator[str]:
        if target not in self.at_row or (source and source not in self.at_row):
            return
        start = self.y(self.at_row[source]) if source else self.top
        stop, left = self.y(self.at_row[target]), self.x(at) + 2
        if source == target:
            return
        down = 1 if stop > start else -1
        tip = stop - down * 6
        idle = " idle" if reason is Reason.IDLE_WAKE else ""
        yield f'<path class="arrow{idle}" d="M{left:.1f} {start}V{tip}"/>'
        points = f"{left - 3:.1f},{tip - down * 5} {left + 3:.1f},{tip - down * 5} {left:.1f},{tip}"
        yield f'<polygon class="tip" points="{points}"/>'

    def _fault(self, fault: Fault) -> Iterator[str]:
        left = self.x(fault.at)
        yield f'<path class="line" d="M{left:.1f} {self.top}V{self.height - 16}"/>'
        if fault.event in self.at_row:
            middle = self.y(self.at_row[fault.event])
            points = f"{left:.1f},{middle - 7} {left + 9:.1f},{middle} {left:.1f},{middle + 7}"
            yield f'<polygon class="fault" points="{points}"><title>{escape(fault.rule)}</title></polygon>'


def _box(kind: str, left: float, top: float, width: float, height: float) -> str:
    place = f'x="{left:.1f}" y="{top:.1f}" width="{max(1.0, width):.1f}" height="{height}"'
    return f'<rect class="{kind}" {place}/>'
