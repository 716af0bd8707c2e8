"use strict";
// The drawing. What it shows is worked out before (picture.py): rows, spans, arrows; here they only get places.
const FORMS = JSON.parse(document.getElementById("forms").textContent);
const STATES = ["created", "ready", "running", "woken", "blocked"];
const BUSY = ["runs", "interrupt", "halted"];
const REASONS = ["wake", "wake without effect", "spawn", "end", "cancel"];
const MOST_ARROWS = 1500, LISTED = 300, FIELDS = 7;
const view = document.getElementById("view"), canvas = document.getElementById("canvas");
const spacer = document.getElementById("spacer"), details = document.getElementById("details"), status = document.getElementById("status");
const pen = canvas.getContext("2d");
let run = null, left = 0, scale = 1, selected = null, here = null, found = [], foundAt = -1, faultAt = -1, clock = false, waiting = false;

function read(number) {
  const data = JSON.parse(document.getElementById("data-" + number).textContent);
  const records = [];
  let time = 0;
  for (let i = 0; i < data.records.length; i += FIELDS) {
    const [what, ago, event, by, where, handler, more] = data.records.slice(i, i + FIELDS);
    time += ago;
    records.push({ what, time, event, by, where, handler, more });
  }
  const rows = data.rows.map(([event, title, priority, end]) => ({ event, title, priority, end, spans: [], records: [] }));
  const byEvent = new Map(rows.map((row, index) => [row.event, index]));
  for (const [row, state, begin, end] of data.spans) rows[row].spans.push({ state, begin, end });
  records.forEach((record, at) => {
    if (byEvent.has(record.event)) rows[byEvent.get(record.event)].records.push(at);
    if (record.by && record.by !== record.event && record.what !== FORMS.waits && byEvent.has(record.by)) rows[byEvent.get(record.by)].records.push(at);
  });
  return { ...data, records, rows, byEvent, arrows: data.arrows.map(([at, source, target, reason]) => ({ at, source, target, reason })) };
}

// ---- Words: the forms of steps.py ----
function duration(ns) {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) if (ns >= size) return (ns / size).toFixed(3) + " " + unit;
  return Math.round(ns) + " ns";
}
const title = (event) => "event " + (run.byEvent.has(event) ? run.rows[run.byEvent.get(event)].title : event);
const vector = (number) => FORMS.vectors[number] || "vector 0x" + number.toString(16);
function words(record) {
  const by = record.handler ? FORMS.handler : record.by ? title(record.by) : FORMS.nobody;
  const text = record.what === FORMS.waits || record.what === FORMS.broken ? run.texts[record.more] || "its turn" : "";
  return FORMS.forms[record.what].replace("{event}", title(record.event)).replace("{by}", by).replace("{text}", text).replace("{vector}", vector(record.more));
}
const place = (record) => run.places[record.where];

// ---- Where things are ----
const narrow = () => view.clientWidth < 560;
const labels = () => (narrow() ? 0 : Math.min(230, view.clientWidth / 4));
const rowHeight = () => (narrow() ? 36 : 24);
const LANE = 26, AXIS = 20;
const top_ = () => AXIS + run.cores.length * LANE;
const length = () => (clock ? Math.max(1, run.records[run.records.length - 1].time - run.records[0].time) : run.records.length + 1);
const width = () => view.clientWidth - labels() - 8;
const unit = (at) => (clock ? run.records[Math.min(at, run.records.length - 1)].time - run.records[0].time : at);
const x = (at) => labels() + (unit(at) - left) * scale;
const y = (row) => top_() + row * rowHeight() - view.scrollTop;
function recordAt(pixel) {
  const wanted = left + (pixel - labels()) / scale;
  if (!clock) return Math.max(0, Math.min(run.records.length - 1, Math.floor(wanted)));
  let low = 0, high = run.records.length - 1;
  while (low < high) { const middle = (low + high + 1) >> 1; if (unit(middle) <= wanted) low = middle; else high = middle - 1; }
  return low;
}
function bound() {
  scale = Math.max(width() / length(), Math.min(scale, clock ? 1 : 60));
  left = Math.max(0, Math.min(left, length() - width() / scale));
}
function zoom(factor, pixel = labels() + width() / 2) {
  const anchor = left + (pixel - labels()) / scale;
  scale *= factor; bound();
  left = anchor - (pixel - labels()) / scale; bound(); draw();
}
function go(at, event) {
  if (!clock) scale = Math.max(scale, Math.min(24, width() / 60));
  else scale = Math.max(scale, width() / Math.max(1, unit(at + 12) - unit(at - 12 < 0 ? 0 : at - 12)));
  bound(); left = unit(at) - width() / scale / 2; bound();
  here = at;
  const row = run.byEvent.get(event);
  if (row !== undefined) {
    const above = row * rowHeight(), room = view.clientHeight - top_();
    if (above < view.scrollTop || above + rowHeight() > view.scrollTop + room) view.scrollTop = Math.max(0, above - room / 2);
    select(row, at);
  }
  draw();
}

// ---- Drawing ----
function colours() {
  const style = getComputedStyle(document.documentElement), all = {};
  for (const name of ["card", "ink", "soft", "line", "mark", "running", "woken", "ready", "blocked", "halted", "irq", "wake", "spawn", "join", "cancel", "fault"]) all[name] = style.getPropertyValue("--" + name).trim();
  return all;
}
function hatch(colour, ground, lean) {
  const tile = document.createElement("canvas"); tile.width = tile.height = 6;
  const brush = tile.getContext("2d");
  brush.fillStyle = ground; brush.fillRect(0, 0, 6, 6);
  brush.strokeStyle = colour; brush.lineWidth = lean > 0 ? 3 : 1.6; brush.beginPath();
  for (const shift of [-6, 0, 6]) { brush.moveTo(shift, lean > 0 ? 6 : 0); brush.lineTo(shift + 6, lean > 0 ? 0 : 6); }
  brush.stroke();
  return pen.createPattern(tile, "repeat");
}
let paint = null;
function repaint() { paint = colours(); paint.wokenHatch = hatch(paint.woken, paint.card, 1); paint.haltedHatch = hatch(paint.halted, paint.card, -1); }
function draw() { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; drawNow(); }); } }

function firstSpan(spans, at) {
  let low = 0, high = spans.length;
  while (low < high) { const middle = (low + high) >> 1; if (spans[middle].end <= at) low = middle + 1; else high = middle; }
  return low;
}
function bar(state, from, to, middle) {
  const wide = Math.max(1, to - from);
  if (state === "created") { pen.strokeStyle = paint.blocked; pen.setLineDash([2, 3]); pen.beginPath(); pen.moveTo(from, middle); pen.lineTo(from + wide, middle); pen.stroke(); pen.setLineDash([]); }
  else if (state === "ready") { pen.strokeStyle = paint.ready; pen.lineWidth = 1.5; if (wide > 3) pen.strokeRect(from + .75, middle - 3.5, wide - 1.5, 7); else { pen.fillStyle = paint.ready; pen.fillRect(from, middle - 4, wide, 8); } pen.lineWidth = 1; }
  else if (state === "blocked") { pen.fillStyle = paint.blocked; pen.fillRect(from, middle - 1.5, wide, 3); }
  else { pen.fillStyle = state === "running" ? paint.running : paint.wokenHatch; pen.fillRect(from, middle - 7, wide, 14); if (state === "woken") { pen.strokeStyle = paint.woken; pen.strokeRect(from + .5, middle - 6.5, Math.max(0, wide - 1), 13); } }
}
function fitted(text, room) {
  if (room < 14) return "";
  if (pen.measureText(text).width <= room) return text;
  let end = Math.max(1, Math.floor(text.length * room / pen.measureText(text).width));
  while (end > 1 && pen.measureText(text.slice(0, end) + "…").width > room) --end;
  return end > 1 ? text.slice(0, end) + "…" : "";
}
function drawNow() {
  if (!run) return;
  const wide = view.clientWidth, high = view.clientHeight, density = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(wide * density) || canvas.height !== Math.round(high * density)) {
    canvas.width = Math.round(wide * density); canvas.height = Math.round(high * density);
    canvas.style.width = wide + "px"; canvas.style.height = high + "px";
  }
  spacer.style.height = Math.max(0, top_() + run.rows.length * rowHeight() + 12 - high) + "px";
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.fillStyle = paint.card; pen.fillRect(0, 0, wide, high);
  pen.font = "12px system-ui, sans-serif"; pen.textBaseline = "middle";
  const begin = recordAt(labels()), end = Math.min(run.records.length, recordAt(wide) + 2), size = rowHeight();
  const offset = narrow() ? size - 10 : size / 2;
  const middle = (row) => y(row) + offset;

  pen.save(); pen.beginPath(); pen.rect(0, top_(), wide, high - top_()); pen.clip();
  const firstRow = Math.max(0, Math.floor(view.scrollTop / size)), lastRow = Math.min(run.rows.length, firstRow + Math.ceil(high / size) + 1);
  for (let index = firstRow; index < lastRow; ++index) {
    const row = run.rows[index];
    if (index === selected) { pen.fillStyle = paint.mark; pen.fillRect(0, y(index), wide, size); }
    pen.strokeStyle = paint.line; pen.beginPath(); pen.moveTo(0, y(index) + size - .5); pen.lineTo(wide, y(index) + size - .5); pen.stroke();
    pen.save(); pen.beginPath(); pen.rect(labels(), 0, wide, high); pen.clip();
    let drawn = -1;
    for (let i = firstSpan(row.spans, begin); i < row.spans.length && row.spans[i].begin < end; ++i) {
      const span = row.spans[i], from = Math.max(labels() - 2, x(span.begin)), to = Math.min(wide + 2, x(span.end));
      if (to - from < 1 && Math.floor(to) === drawn) continue;
      drawn = Math.floor(to);
      bar(STATES[span.state], from, to, middle(index));
    }
    if (row.end >= begin && row.end < end) { pen.fillStyle = paint.ink; pen.fillRect(x(row.end), middle(index) - 8, 2.5, 16); }
    pen.restore();
  }
  const seen = run.arrows.filter((arrow) => arrow.at >= begin && arrow.at < end);
  const shown = seen.length <= MOST_ARROWS ? seen : seen.filter((arrow) => selected !== null && (arrow.source === selected || arrow.target === selected));
  for (const arrow of shown) drawArrow(arrow, middle, wide);
  for (const [at, row] of run.faults) {
    if (at < begin || at >= end) continue;
    pen.fillStyle = paint.fault; pen.globalAlpha = .35; pen.fillRect(x(at), top_(), 1.5, high); pen.globalAlpha = 1;
    if (row < 0) continue;
    pen.fillRect(x(at) - 1, y(row) + 1, 3, size - 2);
    pen.beginPath(); pen.moveTo(x(at) + 2, middle(row) - 9); pen.lineTo(x(at) + 13, middle(row)); pen.lineTo(x(at) + 2, middle(row) + 9); pen.fill();
    pen.fillStyle = paint.card; pen.font = "bold 11px system-ui, sans-serif"; pen.fillText("!", x(at) + 4, middle(row)); pen.font = "12px system-ui, sans-serif";
  }
  for (let index = firstRow; index < lastRow; ++index) {
    const row = run.rows[index], bad = run.faults.some((fault) => fault[1] === index);
    if (!narrow()) { pen.fillStyle = index === selected ? paint.mark : paint.card; pen.fillRect(0, y(index), labels() - 4, size - 1); }
    pen.fillStyle = bad ? paint.fault : found.includes(index) ? paint.wake : paint.ink;
    const text = (bad ? "! " : "") + row.title;
    pen.fillText(fitted(text, (narrow() ? wide : labels()) - 14), 6, narrow() ? y(index) + 9 : y(index) + size / 2);
  }
  if (here !== null && here >= begin && here < end) { pen.strokeStyle = paint.ink; pen.setLineDash([4, 3]); pen.beginPath(); pen.moveTo(x(here) + .5, top_()); pen.lineTo(x(here) + .5, high); pen.stroke(); pen.setLineDash([]); }
  pen.restore();
  drawLanes(begin, end, wide);
}
function drawArrow(arrow, middle, wide) {
  const at = x(arrow.at) + Math.min(3, scale / 2), to = middle(arrow.target);
  if (at < labels()) return;
  const from = arrow.source < 0 ? top_() + 2 : middle(arrow.source);
  const reason = REASONS[arrow.reason], down = to >= from ? 1 : -1, tip = to - down * (arrow.source === arrow.target ? 0 : 8);
  pen.strokeStyle = pen.fillStyle = { wake: paint.wake, "wake without effect": paint.wake, spawn: paint.spawn, end: paint.join, cancel: paint.cancel }[reason];
  pen.lineWidth = reason === "spawn" ? 1 : 2;
  if (arrow.source === arrow.target) { pen.beginPath(); pen.arc(at, to - 9, 4, 0, 5); pen.stroke(); pen.lineWidth = 1; return; }
  pen.setLineDash(reason === "wake without effect" ? [2, 3] : reason === "cancel" ? [6, 3] : []);
  pen.beginPath(); pen.moveTo(at, from); pen.lineTo(at, tip); pen.stroke(); pen.setLineDash([]);
  pen.beginPath(); pen.moveTo(at - 4, tip - down * 6); pen.lineTo(at + 4, tip - down * 6); pen.lineTo(at, tip); pen.fill();
  pen.beginPath(); pen.arc(at, from, 2.5, 0, 7); pen.fill();
  pen.lineWidth = 1;
}
function drawLanes(begin, end, wide) {
  pen.fillStyle = paint.card; pen.fillRect(0, 0, wide, top_());
  pen.fillStyle = paint.soft; pen.strokeStyle = paint.line;
  for (let pixel = labels(); pixel < wide - 50; pixel += 120) {
    const at = recordAt(pixel), text = duration(clock ? left + (pixel - labels()) / scale : run.records[at].time - run.records[0].time);
    pen.fillText(text, pixel + 3, AXIS / 2);
    pen.beginPath(); pen.moveTo(pixel + .5, 0); pen.lineTo(pixel + .5, AXIS); pen.stroke();
  }
  run.cores.forEach(([core, spans], lane) => {
    const top = AXIS + lane * LANE;
    pen.save(); pen.beginPath(); pen.rect(labels(), top, wide, LANE); pen.clip();
    for (const [kind, first, last, of] of spans) {
      if (last <= begin || first >= end) continue;
      const from = Math.max(labels() - 2, x(first)), to = Math.max(from + 1, Math.min(wide + 2, x(last))), what = BUSY[kind];
      if (what === "interrupt") { pen.fillStyle = paint.irq; pen.fillRect(from, top + 2, Math.max(2, to - from), 6); continue; }
      pen.fillStyle = what === "runs" ? paint.running : paint.haltedHatch; pen.fillRect(from, top + 10, to - from, 14);
      const text = what === "runs" ? String(of) : "halted";
      if (what === "halted") { pen.strokeStyle = paint.halted; pen.strokeRect(from + .5, top + 10.5, to - from - 1, 13); }
      const room = to - from - 8, say = fitted(text, room);
      if (say === text) { if (what === "halted") { pen.fillStyle = paint.card; pen.fillRect(from + 3, top + 11, pen.measureText(say).width + 4, 12); } pen.fillStyle = what === "runs" ? paint.card : paint.soft; pen.fillText(say, from + 5, top + 17.5); }
    }
    pen.restore();
    pen.fillStyle = paint.soft;
    if (!narrow()) pen.fillText("core " + core, 6, top + 17);
  });
  pen.strokeStyle = paint.soft; pen.beginPath(); pen.moveTo(0, top_() - .5); pen.lineTo(wide, top_() - .5); pen.stroke();
}

// ---- The list of one event ----
function select(row, at) {
  selected = row;
  const own = run.rows[row];
  let middle = own.records.findIndex((each) => each >= at);
  if (middle < 0) middle = own.records.length;
  const first = Math.max(0, middle - LISTED / 2), listed = own.records.slice(first, first + LISTED);
  const list = document.createElement("ol");
  for (const each of listed) {
    const record = run.records[each], item = document.createElement("li"), when = document.createElement("span");
    when.className = "when"; when.textContent = duration(record.time - run.records[0].time);
    item.append(when, " " + words(record) + " ");
    if (place(record)) { const code = document.createElement("code"); code.textContent = place(record); item.append(code); }
    item.tabIndex = 0;
    if (record.what === FORMS.broken) item.classList.add("bad");
    if (each === at) item.classList.add("here");
    item.onclick = () => { here = each; left = unit(each) - width() / scale / 2; bound(); draw(); for (const other of list.children) other.classList.toggle("here", other === item); };
    item.onkeydown = (press) => { if (press.key === "Enter") item.onclick(); };
    list.append(item);
  }
  const head = document.createElement("h3"); head.textContent = "event " + own.title;
  const note = document.createElement("p"); note.className = "soft";
  note.textContent = "priority " + FORMS.priorities[own.priority] + ", " + own.records.length + " records" + (listed.length < own.records.length ? "; those around the place are listed" : "");
  details.replaceChildren(head, note, list);
  const mark = list.querySelector(".here");
  if (mark) details.scrollTop = mark.offsetTop - details.offsetTop - 120;
}
function rowAt(pixel) {
  const row = Math.floor((pixel - top_() + view.scrollTop) / rowHeight());
  return pixel >= top_() && row >= 0 && row < run.rows.length ? row : null;
}
function say(pixelX, pixelY) {
  const at = recordAt(pixelX), row = rowAt(pixelY);
  if (row === null) { status.textContent = words(run.records[at]); return; }
  const own = run.rows[row], span = own.spans.find((each) => each.begin <= at && at < each.end);
  let text = "event " + own.title + ": " + (span ? STATES[span.state] : own.end >= 0 && at >= own.end ? "ended" : "not there");
  if (span) {
    text += " for " + duration(run.records[Math.min(span.end, run.records.length - 1)].time - run.records[span.begin].time) + " from " + duration(run.records[span.begin].time - run.records[0].time);
    const waits = own.records.find((each) => each > span.begin && each < span.end && run.records[each].what === FORMS.waits);
    if (STATES[span.state] === "blocked" && waits !== undefined) text += ", waits for: " + (run.texts[run.records[waits].more] || "its turn") + " at " + place(run.records[waits]);
    else if (place(run.records[span.begin])) text += "; since " + place(run.records[span.begin]);
  }
  status.textContent = text;
}

// ---- What the user does ----
function search() {
  const wanted = document.getElementById("search").value.trim().toLowerCase();
  found = []; foundAt = -1;
  if (wanted) run.rows.forEach((row, index) => {
    const hit = row.title.toLowerCase().includes(wanted) || row.records.some((at) => (place(run.records[at]) || "").toLowerCase().includes(wanted));
    if (hit) found.push(index);
  });
  status.textContent = wanted ? found.length + (found.length === 1 ? " event" : " events") + " found; their names are green" : "";
  if (found.length) step(1); else draw();
}
function step(by) {
  if (!found.length) return;
  foundAt = (foundAt + by + found.length) % found.length;
  const row = run.rows[found[foundAt]], wanted = document.getElementById("search").value.trim().toLowerCase();
  const at = row.records.find((each) => (place(run.records[each]) || "").toLowerCase().includes(wanted));
  go(at === undefined ? row.records[0] : at, row.event);
}
function open(number) {
  run = read(number); selected = here = null; found = []; faultAt = -1;
  document.getElementById("run").value = number;
  document.getElementById("broken").hidden = run.faults.length === 0;
  details.replaceChildren(Object.assign(document.createElement("p"), { className: "soft", textContent: "Click a row: what happened to its event is listed here." }));
  if (!run.records.length) { run = null; return; }
  view.style.height = top_() + run.rows.length * rowHeight() + 24 + "px";
  view.scrollTop = 0; left = 0; scale = 0; bound();
  if (run.faults.length) { faultAt = 0; const fault = run.faults[0]; go(fault[0], fault[1] >= 0 ? run.rows[fault[1]].event : 0); }
  draw();
}
const pointers = new Map();
let moved = 0;
view.addEventListener("pointerdown", (press) => { pointers.set(press.pointerId, press); moved = 0; });
view.addEventListener("pointermove", (press) => {
  const box = view.getBoundingClientRect(), before = pointers.get(press.pointerId);
  if (!run) return;
  if (!before) { say(press.clientX - box.left, press.clientY - box.top); return; }
  if (pointers.size === 2) {
    const other = [...pointers.values()].find((each) => each.pointerId !== press.pointerId);
    zoom(Math.abs(press.clientX - other.clientX) / Math.max(8, Math.abs(before.clientX - other.clientX)), (press.clientX + other.clientX) / 2 - box.left);
  } else { left -= (press.clientX - before.clientX) / scale; bound(); draw(); }
  moved += Math.abs(press.clientX - before.clientX); pointers.set(press.pointerId, press);
});
for (const name of ["pointerup", "pointercancel", "pointerleave"]) view.addEventListener(name, (press) => {
  if (name === "pointerup" && pointers.has(press.pointerId) && moved < 5 && run) {
    const box = view.getBoundingClientRect(), row = rowAt(press.clientY - box.top);
    here = recordAt(press.clientX - box.left); say(press.clientX - box.left, press.clientY - box.top);
    if (row !== null) select(row, here);
    draw();
  }
  pointers.delete(press.pointerId);
});
view.addEventListener("wheel", (turn) => {
  if (!run || !(turn.ctrlKey || turn.metaKey || turn.shiftKey || Math.abs(turn.deltaX) > Math.abs(turn.deltaY))) return;
  turn.preventDefault();
  if (turn.ctrlKey || turn.metaKey) zoom(Math.exp(-turn.deltaY / 300), turn.clientX - view.getBoundingClientRect().left);
  else { left += (turn.deltaX || turn.deltaY) / scale; bound(); draw(); }
}, { passive: false });
view.addEventListener("scroll", draw);
view.addEventListener("keydown", (press) => {
  if (!run) return;
  const jump = width() / scale / 8;
  if (press.key === "ArrowLeft") left -= jump; else if (press.key === "ArrowRight") left += jump;
  else if (press.key === "+" || press.key === "=") return zoom(1.5); else if (press.key === "-") return zoom(1 / 1.5);
  else if (press.key === "Home") scale = 0;
  else if (press.key === "ArrowDown" || press.key === "ArrowUp") {
    const row = Math.max(0, Math.min(run.rows.length - 1, (selected ?? -1) + (press.key === "ArrowDown" ? 1 : -1)));
    go(here ?? run.rows[row].records[0] ?? 0, run.rows[row].event);
  } else return;
  press.preventDefault(); bound(); draw();
});
const on = (id, what, how) => document.getElementById(id).addEventListener(what, how);
on("in", "click", () => run && zoom(1.6)); on("out", "click", () => run && zoom(1 / 1.6));
on("fit", "click", () => { if (run) { left = 0; scale = 0; bound(); draw(); } });
on("clock", "change", (change) => { const at = here; clock = change.target.checked; if (run) { left = 0; scale = 0; bound(); if (at !== null) go(at, selected === null ? 0 : run.rows[selected].event); draw(); } });
on("search", "change", () => run && search()); on("next", "click", () => step(1)); on("previous", "click", () => step(-1));
on("run", "change", (change) => open(Number(change.target.value)));
on("broken", "click", () => { if (!run || !run.faults.length) return; faultAt = (faultAt + 1) % run.faults.length; const [at, row] = run.faults[faultAt]; go(at, row >= 0 ? run.rows[row].event : 0); });
for (const button of document.querySelectorAll("button[data-run]")) button.addEventListener("click", () => {
  if (Number(document.getElementById("run").value) !== Number(button.dataset.run) || !run) open(Number(button.dataset.run));
  go(Number(button.dataset.at), Number(button.dataset.event)); view.scrollIntoView({ block: "nearest" });
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { repaint(); draw(); });
new ResizeObserver(() => { if (run) { bound(); draw(); } }).observe(view);
repaint();
const broken = document.querySelector("button[data-run]");
open(broken ? Number(broken.dataset.run) : 0);
