// Colours and patterns. A colour is a holder's and is never faded; how certain it is, is hatched.

/** Okabe and Ito's colours, which people with any kind of colour vision tell apart; then one grey. */
const COLOURS = 7;
const colour = (actor) => (actor < COLOURS ? `var(--a${actor})` : "var(--ax)");
const FURTHER = ACTORS.length - COLOURS;

const STATUS_WORDS = {
  certain: "certain: the reports leave one possibility",
  stale: "stale: certain, but the evidence is old",
  implied: "implied: only a later report speaks for it",
  uncertain: "uncertain: several possibilities",
  disputed: "disputed: two voices disagree",
  unknown: "unknown: no evidence, which is not peace",
};

const holderText = (holding) =>
  holding === null ? "Unknown" : holding.map((a) => isolated(ACTORS[a].name)).join(" and ");

/** Who holds it and how certain that is, in one line of text. */
function answerText(answer) {
  const contested = answer.best && answer.best.length > 1 ? ", contested" : "";
  const status = answer.status === "unknown" && answer.best === null ? "" : `, ${answer.status}`;
  return holderText(answer.best) + contested + status;
}

/** The patterns of one size, made when first needed. */
class Patterns {
  constructor(prefix, size) {
    this.prefix = prefix;
    this.size = size;
    this.made = new Map();
    this.known = new Map();
    const holder = svg("svg", { width: 0, height: 0, class: "patterns", "aria-hidden": "true", focusable: "false" });
    this.defs = holder.appendChild(svg("defs"));
    document.body.append(holder);
  }
  /** What to fill an answer with. */
  of(answer) {
    if (answer.number === undefined) return this.find(answer);
    let fill = this.known.get(answer.number);
    if (fill === undefined) this.known.set(answer.number, (fill = this.find(answer)));
    return fill;
  }
  find({ best, status }) {
    if (best === null && (status === "unknown" || status === "certain")) return "none";
    const hatch = status === "certain" ? "" : status;
    // Where unknown is the best of several possibilities, the hatch has no holder's colour.
    const colours = best === null ? ["var(--none)"] : [...new Set(best.map(colour))];
    const contested = best !== null && best.length > 1;
    if (!hatch && !contested) return colours[0];
    const key = `${colours.join()}|${contested}|${hatch}`;
    if (!this.made.has(key)) this.made.set(key, this.make(colours, contested, hatch));
    return this.made.get(key);
  }
  make(colours, contested, hatch) {
    const id = `${this.prefix}${this.made.size}`, s = this.size;
    const bands = contested && colours.length === 1 ? [colours[0], "var(--ax2)"] : colours;
    const high = s * Math.max(1, bands.length / 2);
    const tile = svg("pattern", { id, width: s, height: high, patternUnits: "userSpaceOnUse" });
    bands.forEach((fill, i) => {
      const band = svg("rect", { x: 0, y: (high / bands.length) * i, width: s, height: high / bands.length + 0.05 });
      band.style.fill = fill;
      tile.append(band);
    });
    const lines = (d, width) => {
      const path = svg("path", { d, "stroke-width": width, class: "hatch" });
      tile.append(path);
    };
    const slope = high / s;
    const rising = `M${-s / 2} ${slope * s / 2}L${s / 2} ${-slope * s / 2}M0 ${high}L${s} 0M${s / 2} ${high * 1.5}L${s * 1.5} ${high / 2}`;
    const falling = `M${-s / 2} ${high / 2}L${s / 2} ${high * 1.5}M0 0L${s} ${high}M${s / 2} ${-high / 2}L${s * 1.5} ${high / 2}`;
    if (hatch === "uncertain") lines(rising, s * 0.3);
    if (hatch === "disputed") lines(rising + falling, s * 0.22);
    if (hatch === "stale") lines(`M${s / 2} 0V${high}`, s * 0.26);
    if (hatch === "implied")
      for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]])
        tile.append(svg("circle", { cx: s * x, cy: high * y, r: s * 0.19, class: "dot" }));
    this.defs.append(tile);
    return `url(#${id})`;
  }
}
const lanePaint = new Patterns("l", 7);
const mapPaint = new Patterns("m", 5);

/** A small drawing of how an answer is shown. */
function swatch(answer, wide) {
  const width = wide ? 26 : 16;
  const box = svg("svg", { width, height: 14, class: "swatch", "aria-hidden": "true" });
  const rect = svg("rect", { x: 0.5, y: 0.5, width: width - 1, height: 13, rx: 2, class: answer.best === null && answer.status === "unknown" ? "bar none" : "bar" });
  rect.style.fill = lanePaint.of(answer);
  box.append(rect);
  return box;
}

function drawKey() {
  const holders = ACTORS.slice(0, COLOURS).map((actor, at) =>
    el("li", {}, swatch({ best: [at], status: "certain" }), name_(actor.name), el("span", { class: "tally", id: `tally-${at}` })));
  if (FURTHER > 0) {
    const names = ACTORS.slice(COLOURS).map((actor) => actor.name);
    holders.push(el("li", { title: names.map(isolated).join(", ") }, swatch({ best: [COLOURS], status: "certain" }),
      many(FURTHER, "further holder"), el("span", { class: "tally", id: "tally-x" }),
      el("span", { class: "aside" }, "in one grey, as more colours could not be told apart: lanes and claims name them")));
  }
  holders.push(el("li", {}, swatch({ best: null, status: "unknown" }), "unknown", el("span", { class: "tally", id: "tally-none" })));
  $("holders").append(...holders);
  const present = new Set(ANSWERS.map((answer) => answer.status));
  const first = ACTORS.length ? [0] : null;
  const rows = ["certain", "uncertain", "disputed", "implied", "stale"].filter((status) => present.has(status))
    .map((status) => el("li", {}, swatch({ best: first, status }, true), STATUS_WORDS[status]));
  if (ACTORS.length > 1 && ANSWERS.some((a) => a.best && a.best.length > 1))
    rows.splice(1, 0, el("li", {}, swatch({ best: [0, 1], status: "certain" }, true), "contested: several hold parts of it"));
  if (ANSWERS.some((a) => a.best === null && a.status !== "unknown"))
    rows.push(el("li", {}, swatch({ best: null, status: "uncertain" }, true), "unknown, or somebody: see the place"));
  $("statuses").append(...rows);
}

/** How many places each holds now, as the library answers; contested places count for each. */
function drawTally(answers) {
  const counts = new Map();
  let none = 0;
  for (const { best } of answers) {
    if (best === null) none++;
    else for (const actor of best) {
      const key = actor < COLOURS ? actor : "x";
      counts.set(key, (counts.get(key) || 0) + 1);
    }
  }
  for (const key of [...Array(Math.min(COLOURS, ACTORS.length)).keys(), ...(FURTHER > 0 ? ["x"] : [])])
    $(`tally-${key}`).textContent = number(counts.get(key) || 0);
  $("tally-none").textContent = number(none);
  return { counts, none };
}
