// A lane for each place, only those in sight drawn, under one axis of days.

const lanesBox = $("lanes"), lanesInner = $("lanes-inner");
const drawn = new Map();
let order = PLACES.map((_, at) => at);
let labelWidth = 150, trackWidth = 400, rowHeight = 30;
const xOf = (day) => (day / Math.max(1, DAYS - 1)) * trackWidth;

/** Days to mark on an axis: whole years, quarters or months, as there is room. */
function ticksFor(width, room) {
  const per = (DAYS / width) * room; // days that a label needs
  const [year, month] = civil(0), found = [];
  if (per < 15) {
    const week = per <= 1 ? 1 : per <= 7 ? 7 : 14;
    for (let at = 0; at < DAYS; at += week) found.push({ at, text: dateText(at, true).slice(0, -5) });
    return found;
  }
  const step = per > 3650 ? 240 : per > 1825 ? 120 : per > 730 ? 60 : per > 365 ? 24 : per > 180 ? 12 : per > 89 ? 6 : per > 30 ? 3 : 1;
  for (let m = year * 12 + Math.ceil(month / step) * step; ; m += step) {
    const at = dayOf(Math.floor(m / 12), m % 12, 1);
    if (at >= DAYS) return found;
    if (at < 0) continue;
    const year = String(Math.floor(m / 12)), short = MONTHS[m % 12].slice(0, 3);
    found.push({ at, text: !(m % 12) || step >= 12 ? year : found.length ? short : `${short} ${year}` });
  }
}

function layLanes() {
  const width = lanesBox.clientWidth;
  if (!width) return;
  rowHeight = parseFloat(getComputedStyle(lanesBox).getPropertyValue("--row")) || 30;
  labelWidth = parseFloat(getComputedStyle(lanesBox).getPropertyValue("--label")) || 150;
  trackWidth = Math.max(80, width - labelWidth - 12);
  drawAxis($("axis"), labelWidth, trackWidth);
  for (const row of drawn.values()) row.node.remove();
  drawn.clear();
  drawLanes();
  moveCursors();
}

function drawAxis(axis, left, width, right = 12) {
  axis.setAttribute("viewBox", `0 0 ${left + width + right} 22`);
  axis.setAttribute("height", 22);
  const parts = ticksFor(width, 46).map(({ at, text }) => {
    const x = left + (at / Math.max(1, DAYS - 1)) * width;
    const label = svg("text", { x: x + 3, y: 14 });
    label.textContent = text;
    return [svg("path", { d: `M${x.toFixed(1)} 4V22` }), x + 30 < left + width + right ? label : ""];
  });
  axis.replaceChildren(...parts.flat());
}

/** Draws the lanes in sight, and takes away those that are not. */
function drawLanes(everything) {
  const total = order.length;
  lanesInner.style.height = `${total * rowHeight}px`;
  const first = everything ? 0 : Math.max(0, Math.floor(lanesBox.scrollTop / rowHeight) - 4);
  const last = everything ? total - 1 : Math.min(total - 1, Math.ceil((lanesBox.scrollTop + lanesBox.clientHeight) / rowHeight) + 4);
  const wanted = new Set();
  for (let i = first; i <= last; i++) wanted.add(order[i]);
  for (const [at, row] of drawn) {
    if (!wanted.has(at)) {
      row.node.remove();
      drawn.delete(at);
    }
  }
  for (let i = first; i <= last; i++) {
    const at = order[i];
    let row = drawn.get(at);
    if (!row) {
      row = makeLane(at);
      drawn.set(at, row);
      lanesInner.append(row.node);
    }
    row.node.style.transform = `translateY(${i * rowHeight}px)`;
    row.node.setAttribute("aria-posinset", i + 1);
    row.node.setAttribute("aria-setsize", total);
    fillLane(at, row);
  }
}

function makeLane(at) {
  const track = svg("svg", { width: trackWidth, height: rowHeight, class: "track", "aria-hidden": "true" });
  const node = el("div", { class: "lane", role: "option", id: `lane-${at}`, "aria-selected": "false" },
    el("span", { class: "lane-name" }, name_(PLACES[at].name)), track);
  node.dataset.place = at;
  return { node, track, at: -3, day: null };
}

function fillLane(at, row) {
  const known = told[at].at;
  if (row.at !== known) {
    row.at = known;
    const high = Math.min(16, rowHeight - 12), top = (rowHeight - high) / 2, parts = [];
    for (const { start, end, answer } of lane(at)) {
      const x = xOf(start), width = Math.max(1.2, xOf(end + 1) - x);
      if (lanePaint.of(answer) === "none") {
        parts.push(svg("path", { d: `M${x.toFixed(1)} ${rowHeight / 2}h${width.toFixed(1)}`, class: "unknown" }));
        continue;
      }
      const bar = svg("rect", { x: x.toFixed(1), y: top, width: width.toFixed(1), height: high, class: "bar" });
      bar.style.fill = lanePaint.of(answer);
      parts.push(bar);
      if (answer.best === null) continue;
      const label = holderText(answer.best), room = label.length * 6.2 + 10;
      if (width > room) {
        const plain = answer.status === "certain" && answer.best.length === 1;
        const text = svg("text", { x: (x + 5).toFixed(1), y: rowHeight / 2 + 4, class: plain ? `on on${Math.min(answer.best[0], COLOURS)}` : "on halo" });
        text.textContent = label;
        parts.push(text);
      }
    }
    row.track.replaceChildren(...parts);
  }
  const now = answerText(answerOf(told[at].on(shown.day)));
  if (row.now !== now) row.node.setAttribute("aria-label", `${isolated(PLACES[at].name)}: ${(row.now = now)}`);
  const chosen = at === shown.place;
  row.node.setAttribute("aria-selected", chosen);
  row.node.classList.toggle("chosen", chosen);
}

/** Chooses a place in the list, and brings it into sight. */
function choose(at) {
  shown.place = at;
  const i = order.indexOf(at);
  if (i >= 0) {
    const top = i * rowHeight, box = lanesBox;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + rowHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + rowHeight - box.clientHeight;
  }
  drawLanes();
  drawRing();
  if (i >= 0) lanesBox.setAttribute("aria-activedescendant", `lane-${at}`);
}

function arrange() {
  const sought = $("filter").value.trim().toLocaleLowerCase();
  const words = (p) => [p.name, ...(p.also || []), p.parent || ""].join("\n").toLocaleLowerCase();
  order = PLACES.map((_, at) => at).filter((at) => !sought || words(PLACES[at]).includes(sought));
  const by = $("order").value;
  const named = (a, b) => collate(PLACES[a].name, PLACES[b].name);
  const latest = (at) => (lane(at).filter((s) => s.start <= shown.day).pop() || { start: 0 }).start;
  if (by === "area") order.sort((a, b) => collate(PLACES[a].parent || "", PLACES[b].parent || "") || named(a, b));
  else if (by === "change") {
    const days = new Map(order.map((at) => [at, latest(at)]));
    order.sort((a, b) => days.get(b) - days.get(a) || named(a, b));
  } else order.sort(named);
  $("lanes-count").textContent = `${sought ? `${many(order.length, "place")} of ${number(PLACES.length)}. ` : ""}The solid line is the day, the dotted one the day by which all that counts was published.`;
  lanesBox.scrollTop = 0;
  lanesBox.removeAttribute("aria-activedescendant");
  drawLanes();
}

function moveCursors() {
  $("cursor").style.transform = `translateX(${labelWidth + xOf(shown.day)}px)`;
  const known = $("known-cursor"), day = STOPS ? KNOWN[shown.known] : null;
  known.hidden = day === null || day < 0 || day > DAYS - 1;
  if (!known.hidden) known.style.transform = `translateX(${labelWidth + xOf(day)}px)`;
}

function listenLanes() {
  lanesBox.addEventListener("scroll", () => drawLanes(), { passive: true });
  new ResizeObserver(layLanes).observe(lanesBox);
  // A press on a lane goes to that day there, and shows its claims; a drag goes through the days.
  let dragging = null;
  const dayAt = (event) => {
    const x = event.clientX - lanesBox.getBoundingClientRect().left - labelWidth;
    return clamp(Math.round((x / trackWidth) * (DAYS - 1)), 0, DAYS - 1);
  };
  const onTrack = (event) => event.clientX - lanesBox.getBoundingClientRect().left >= labelWidth;
  for (const box of [lanesBox, $("axis")]) {
    box.addEventListener("pointerdown", (event) => {
      if (event.button || event.target === lanesBox && event.offsetX > lanesBox.clientWidth) return;
      dragging = { x: event.clientX, y: event.clientY, moved: box !== lanesBox, track: onTrack(event) };
      if (box !== lanesBox) setDay(dayAt(event));
    });
    box.addEventListener("pointermove", (event) => {
      if (!dragging || !dragging.track) return;
      if (!dragging.moved && Math.abs(event.clientX - dragging.x) < 5) return;
      if (!dragging.moved || box !== lanesBox) box.setPointerCapture(event.pointerId);
      dragging.moved = true;
      setDay(dayAt(event));
    });
    box.addEventListener("pointerup", (event) => {
      const was = dragging;
      dragging = null;
      if (!was || was.moved || Math.abs(event.clientY - was.y) > 5) return;
      const row = event.target.closest(".lane");
      if (!row) return;
      if (was.track) setDay(dayAt(event));
      openPlace(Number(row.dataset.place), lanesBox);
    });
    box.addEventListener("pointercancel", () => (dragging = null));
  }
  lanesBox.addEventListener("keydown", (event) => {
    const i = order.indexOf(shown.place), page = Math.max(1, Math.floor(lanesBox.clientHeight / rowHeight) - 1);
    const to = { ArrowDown: i + 1, ArrowUp: i < 0 ? 0 : i - 1, Home: 0, End: order.length - 1, PageDown: i + page, PageUp: i - page }[event.key];
    if (to !== undefined && order.length) choose(order[clamp(to, 0, order.length - 1)]);
    else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && i >= 0) stepLane(order[i], event.key === "ArrowRight");
    else if (event.key === "Enter" && i >= 0) openPlace(order[i], lanesBox);
    else return;
    event.preventDefault();
  });
  $("filter").addEventListener("input", arrange);
  $("order").addEventListener("change", arrange);
}

/** To the next day, or the one before, on which a place's answer changes. */
function stepLane(at, forwards) {
  const days = lane(at).map((span) => span.start);
  const next = forwards ? days.find((day) => day > shown.day) : days.reverse().find((day) => day < shown.day);
  if (next !== undefined) setDay(next);
}
