// The map: outlines, and a marker for each place that has coordinates.

const MAP = DATA.map;
const mapSvg = $("map-svg");
const markers = [];
const view = { x: 0, y: 0, k: 1, width: 0, height: 0 };
const land = svg("g", { class: "outlines" });
const dots = svg("g", { class: "dots" });
const ring = svg("circle", { class: "ring", r: 0 });
const labels = svg("g", { class: "labels", "aria-hidden": "true" });

function drawMap() {
  if (!MAP) return void ($("map-part").hidden = true);
  for (const kind of ["land", "border", "line", "disputed"])
    if (MAP.paths[kind]) land.append(svg("path", { d: MAP.paths[kind], class: kind, "vector-effect": "non-scaling-stroke" }));
  mapSvg.append(land, dots, ring, labels);
  PLACES.forEach((place, at) => {
    if (!place.at) return;
    const x = (place.at[0] - MAP.west) * MAP.shrink * MAP.scale, y = (MAP.north - place.at[1]) * MAP.scale;
    const dot = svg("circle", { class: "dot-place" });
    dot.dataset.place = at;
    markers.push({ at, x, y, dot, fill: null, none: null });
    dots.append(dot);
  });
  new ResizeObserver(() => fitMap(true)).observe($("map"));
  mapSvg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = mapSvg.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  dragMap();
  $("zoom-in").addEventListener("click", () => zoom(1.6));
  $("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  $("zoom-fit").addEventListener("click", () => fitMap());
  mapSvg.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (move) pan(...move);
    else if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(1 / 1.6);
    else if (event.key === "0") fitMap();
    else return;
    event.preventDefault();
  });
}

/** Shows all places; when only the size changed, keeps what the reader chose to look at. */
function fitMap(resized) {
  const width = mapSvg.clientWidth, height = mapSvg.clientHeight;
  if (!width || !height) return;
  const untouched = !view.touched;
  Object.assign(view, { width, height });
  mapSvg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  if (!resized || untouched) {
    const [left, top, right, bottom] = MAP.box, edge = 44;
    const k = Math.min((width - 2 * edge) / Math.max(1, right - left), (height - 2 * edge) / Math.max(1, bottom - top));
    view.k = view.fit = k;
    view.x = width / 2 - (k * (left + right)) / 2;
    view.y = height / 2 - (k * (top + bottom)) / 2;
    view.touched = false;
  }
  placeMarkers();
}

const radius = () => clamp(3.2 * Math.sqrt(view.k / view.fit) * Math.min(2.4, Math.sqrt(160 / Math.max(10, markers.length)) + 0.55), 2.2, 9);

function placeMarkers() {
  land.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`);
  dots.removeAttribute("transform");
  view.dx = view.dy = 0;
  const r = radius();
  for (const marker of markers) {
    marker.dot.setAttribute("cx", (marker.x * view.k + view.x).toFixed(1));
    marker.dot.setAttribute("cy", (marker.y * view.k + view.y).toFixed(1));
  }
  if (dots.dataset.r !== r.toFixed(2)) {
    dots.dataset.r = r.toFixed(2);
    dots.classList.toggle("small", r < 4);
    for (const marker of markers) marker.dot.setAttribute("r", r.toFixed(2));
  }
  drawRing();
  drawLabels();
}

function pan(dx, dy) {
  view.touched = true;
  view.x += dx;
  view.y += dy;
  placeMarkers();
}

function zoom(factor, x = view.width / 2, y = view.height / 2) {
  const k = clamp(view.k * factor, view.fit / 6, view.fit * 60);
  view.x = x - ((x - view.x) * k) / view.k;
  view.y = y - ((y - view.y) * k) / view.k;
  view.k = k;
  view.touched = true;
  placeMarkers();
}

/** One pointer moves the map, two zoom it; a press that does not move chooses a place. */
function dragMap() {
  const down = new Map();
  let moved = 0;
  mapSvg.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, [event.clientX, event.clientY]);
    if (down.size === 1) moved = 0;
  });
  mapSvg.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return hover(event);
    const [x, y] = down.get(event.pointerId);
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const now = [event.clientX, event.clientY];
    moved += Math.abs(now[0] - x) + Math.abs(now[1] - y);
    down.set(event.pointerId, now);
    if (others.length) {
      const box = mapSvg.getBoundingClientRect(), [ox, oy] = others[0];
      const was = Math.hypot(x - ox, y - oy), is = Math.hypot(now[0] - ox, now[1] - oy);
      if (was > 0) zoom(is / was, (ox + now[0]) / 2 - box.left, (oy + now[1]) / 2 - box.top);
    } else if (moved > 4) {
      mapSvg.setPointerCapture(event.pointerId);
      $("tip").hidden = true;
      pan(now[0] - x, now[1] - y);
    }
  });
  const up = (event) => {
    if (down.delete(event.pointerId) && moved <= 4 && event.type === "pointerup") {
      const marker = nearest(event);
      if (marker) openPlace(marker.at, mapSvg);
    }
  };
  mapSvg.addEventListener("pointerup", up);
  mapSvg.addEventListener("pointercancel", up);
  mapSvg.addEventListener("pointerleave", () => ($("tip").hidden = true));
}

/** The marker under or close to a pointer: fingers are wider than markers. */
function nearest(event) {
  const box = mapSvg.getBoundingClientRect();
  const x = event.clientX - box.left, y = event.clientY - box.top;
  let best = null, least = (radius() + (event.pointerType === "touch" ? 16 : 5)) ** 2;
  for (const marker of markers) {
    const d = (marker.x * view.k + view.x - x) ** 2 + (marker.y * view.k + view.y - y) ** 2;
    if (d < least) [best, least] = [marker, d];
  }
  return best;
}

function hover(event) {
  const marker = event.pointerType === "mouse" ? nearest(event) : null, tip = $("tip");
  tip.hidden = !marker;
  mapSvg.classList.toggle("over", !!marker);
  if (!marker) return;
  tip.replaceChildren(el("b", {}, name_(PLACES[marker.at].name)), " ", answerText(answerOf(told[marker.at].on(shown.day))));
  tip.style.left = `${clamp(marker.x * view.k + view.x, 70, view.width - 70)}px`;
  tip.style.top = `${marker.y * view.k + view.y - radius() - 6}px`;
}

function drawRing() {
  const marker = markers.find((m) => m.at === shown.place);
  ring.setAttribute("r", marker ? radius() + 4 : 0);
  if (!marker) return;
  ring.setAttribute("cx", marker.x * view.k + view.x);
  ring.setAttribute("cy", marker.y * view.k + view.y);
}

/** Names beside the markers, as many as have room. */
function drawLabels() {
  const taken = [], made = [], r = radius();
  const here = markers.filter((m) => {
    const x = m.x * view.k + view.x, y = m.y * view.k + view.y;
    return x > 0 && x < view.width && y > 8 && y < view.height - 4;
  });
  for (const m of here.length <= 220 ? here : []) {
    const x = m.x * view.k + view.x, y = m.y * view.k + view.y, name = PLACES[m.at].name;
    const width = 6.6 * name.length + 4, left = x + r + 4 + width > view.width;
    const box = left ? [x - r - 4 - width, y - 8, x + r, y + 8] : [x - r, y - 8, x + r + 4 + width, y + 8];
    if (taken.some((t) => t[0] < box[2] && box[0] < t[2] && t[1] < box[3] && box[1] < t[3])) continue;
    taken.push(box);
    const label = svg("text", { x: left ? x - r - 4 : x + r + 4, y: y + 4, "text-anchor": left ? "end" : "start" });
    label.textContent = isolated(name);
    made.push(label);
  }
  labels.replaceChildren(...made);
}

/** Colours the markers whose answer is another now. */
function paintMap(answers) {
  for (const marker of markers) {
    const answer = answers[marker.at], fill = mapPaint.of(answer);
    if (fill === marker.fill) continue;
    marker.fill = fill;
    marker.dot.style.fill = fill;
    const none = fill === "none";
    if (none !== marker.none) marker.dot.classList.toggle("none", (marker.none = none));
  }
}
