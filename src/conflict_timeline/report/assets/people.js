// How many were where: a chart an account, under the same axis, with ranges and open ends.

const accounts = DATA.people.map((account) => ({ ...account, told: new Told(account.rows, 2), node: null, at: -3 }));
const CHART = 46;
const GUTTER = 52; // for the scale, right of the chart

/** The highest number an account ever has, in any revision: so that the scale never jumps. */
function most(account) {
  let found = 1;
  for (const [low, best, high] of account.counts) for (const n of [low, best, high]) if (n !== null && n > found) found = n;
  return found;
}

function drawPeople() {
  if (!accounts.length) return void ($("people-part").hidden = true);
  const axis = svg("svg", { class: "people-axis", "aria-hidden": "true" });
  const tile = svg("pattern", { id: "open", width: 6, height: 6, patternUnits: "userSpaceOnUse" });
  tile.append(svg("path", { d: "M-1 1l2 -2M0 6l6 -6M5 7l2 -2", class: "open-hatch" }));
  mapPaint.defs.append(tile);
  $("people").append(el("div", { class: "person axis-row" }, el("span"), axis, el("span")));
  for (const account of accounts) {
    account.chart = svg("svg", { class: "chart", height: CHART, "aria-hidden": "true" });
    account.value = el("span", { class: "value" });
    account.top = most(account);
    account.node = el("button", { type: "button", class: "person", onclick: () => openAccount(account) },
      el("span", { class: "person-name" }, el("b", {}, account.status), " ", el("span", {}, name_(account.group), ", ", name_(account.whose))),
      account.chart, account.value);
    $("people").append(account.node);
  }
  new ResizeObserver(() => {
    for (const account of accounts) account.at = -3;
    const width = accounts[0].chart.clientWidth;
    if (width) drawAxis(axis, 0, width - GUTTER, GUTTER);
    paintPeople();
  }).observe($("people"));
}

const countOf = (account) => {
  const row = account.told.on(shown.day);
  return row ? account.counts[row[1]] : null;
};
const reported = (count) => count !== null && count[3] !== "none";
function countText(count) {
  return reported(count) ? amount(count[0], count[1], count[2]) : "not reported";
}
const BASES = { headcount: "counted", flows: "added up from what was reported", mixed: "counted in some histories only", none: "nothing reported" };

function paintPeople() {
  for (const account of accounts) {
    if (!account.node) continue;
    account.told.known(shown.known);
    if (account.at !== account.told.at) {
      account.at = account.told.at;
      drawChart(account);
    }
    const count = countOf(account), words = countText(count);
    const x = (shown.day / Math.max(1, DAYS - 1)) * account.wide;
    if (account.now) account.now.setAttribute("d", `M${x.toFixed(1)} 0V${CHART}`);
    if (account.words === words) continue;
    account.words = words;
    account.value.textContent = words;
    account.value.classList.toggle("missing", !reported(count));
    account.node.setAttribute("aria-label", `${account.status}, ${isolated(account.group)}, ${isolated(account.whose)}: ${words}. Show the claims.`);
  }
}

function drawChart(account) {
  const width = account.chart.clientWidth - GUTTER;
  if (width <= 0) return;
  account.wide = width;
  const y = (n) => CHART - 4 - (n / account.top) * (CHART - 14), parts = [];
  const x = (day) => (day / Math.max(1, DAYS - 1)) * width;
  parts.push(svg("path", { d: `M0 ${CHART - 4}H${width}`, class: "base" }));
  let line = "", joined = -1;
  account.told.spans.forEach(([start, at], i) => {
    const count = account.counts[at], spans = account.told.spans;
    if (!reported(count)) return;
    const end = i + 1 < spans.length ? spans[i + 1][0] : DAYS, left = x(start), right = Math.max(left + 1.5, x(end));
    const [low, best, high] = count, closed = [low, best, high].filter((n) => n !== null);
    const bottom = low === null ? CHART - 4 : y(Math.min(...closed)), top = high === null ? 3 : y(Math.max(...closed));
    const open = high === null || low === null;
    const band = (from, to, kind) => parts.push(svg("rect", { x: left.toFixed(1), y: from.toFixed(1), width: (right - left).toFixed(1), height: Math.max(0.8, to - from).toFixed(1), class: `band ${kind}` }));
    // What has no upper bound is hatched from the highest number given: it may be anywhere above.
    const known = closed.length ? y(Math.max(...closed)) : CHART - 4;
    if (high === null) band(top, known, "open");
    if (closed.length) band(high === null ? known : top, bottom, "");
    const edge = (at) => parts.push(svg("path", { d: `M${left.toFixed(1)} ${at.toFixed(1)}H${right.toFixed(1)}`, class: "open-edge" }));
    if (open && high === null) {
      edge(top);
      for (let a = left + 6; a < right - 3; a += 26) parts.push(svg("path", { d: `M${(a - 3).toFixed(1)} 8l3 -5l3 5`, class: "arrow" }));
    }
    if (open && low === null) edge(bottom);
    if (best !== null) {
      line += `${joined === start ? "V" + y(best).toFixed(1) : `M${left.toFixed(1)} ${y(best).toFixed(1)}`}H${right.toFixed(1)}`;
      joined = end;
    }
  });
  parts.push(svg("path", { d: line, class: "best" }));
  const scale = svg("text", { x: width + 5, y: 14, class: "scale" });
  scale.textContent = account.top > 1 ? number(account.top) : "";
  account.now = svg("path", { class: "now" });
  account.chart.replaceChildren(...parts, scale, account.now);
}
