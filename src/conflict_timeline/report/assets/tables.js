// Forecasts, what does not add up, and everything as tables.

const foreseen = DATA.forecasts.map((forecast) => ({ ...forecast, told: new Told(forecast.rows, 2) }));
const verdictOf = (forecast) => {
  const row = forecast.told.on(shown.day);
  return row && row[1] >= 0 ? forecast.verdicts[row[1]] : null;
};
const VERDICTS = { "borne out": "✓", refuted: "✕", undecided: "?", pending: "…" };
const verdictMark = ([verdict, reason]) =>
  el("span", { class: `mark ${verdict.replace(" ", "-")}`, title: reason }, el("span", { "aria-hidden": "true" }, `${VERDICTS[verdict] || ""} `), verdict);

let foreseenNow = "";
function paintForecasts() {
  $("forecasts-part").hidden = !foreseen.length;
  const rows = [];
  for (const forecast of foreseen) {
    forecast.told.known(shown.known);
    const verdict = verdictOf(forecast);
    if (verdict) rows.push([forecast, verdict]);
  }
  const now = rows.map(([f, v]) => f.claim + v.join()).join("|");
  if (now === foreseenNow) return;
  foreseenNow = now;
  $("forecasts").replaceChildren(...rows.map(([forecast, verdict]) => {
    const c = claim(forecast.claim);
    return el("button", { type: "button", class: "forecast", onclick: (event) => openClaims("The forecast", [forecast.claim], event.currentTarget) },
      verdictMark(verdict), el("span", { class: "foretold" }, name_(c.text), el("span", { class: "aside" }, `For the time ${windowText(forecast.first, forecast.last)}. Made ${c.when} by `, name_(c.claimant || c.source.publisher || c.source.id))));
  }), rows.length ? "" : el("p", { class: "aside" }, "No forecast is known to have been made by this day."));
}

let contraNow = null;
function contradictionsNow() {
  return DATA.contradictions.filter((part) => part.known <= shown.known).pop() || { told: [] };
}
function paintContradictions() {
  const any = DATA.contradictions.some((part) => part.told.length), now = contradictionsNow();
  $("contradictions-part").hidden = !any;
  if (now === contraNow) return;
  contraNow = now;
  const early = shown.known < DATA.contradictions_from;
  $("contradictions").replaceChildren(
    el("p", { class: "lede" }, early ? `Sought only in what was known from ${dateText(KNOWN[DATA.contradictions_from])} on.` :
      `Claims on people that cannot all be true, or whose best numbers do not fit, at the end of ${dateText(DAYS - 1)}.`),
    ...now.told.map((c) => el("button", { type: "button", class: "contradiction", onclick: (event) => openClaims("These do not add up", c.claims, event.currentTarget) },
      el("span", { class: `mark ${c.kind}` }, c.kind), el("span", {}, name_(c.sentence), el("span", { class: "aside equation" }, ` ${c.equation}`)))),
    now.told.length || early ? "" : el("p", { class: "aside" }, "None among what was known by then."));
}

// ---- tables -----------------------------------------------------------------------------------

const PAGE = 100;
const TABLES = {
  Places: {
    head: ["Place", "Held by", "Status", "Also possible", "Claims for", "Claims against"],
    count: () => PLACES.length,
    row: (i) => {
      const at = sorted[i], row = told[at].on(shown.day), answer = answerOf(row), evidence = row ? PLACES[at].evidence[row[2]] : [[], []];
      return { cells: [name_(PLACES[at].name), holderText(answer.best), answer.status, answer.others.map(holderText).join("; ") || "–", evidence[0].length, evidence[1].length], open: (from) => openPlace(at, from) };
    },
  },
  People: {
    head: ["Group", "Status", "Of", "Lowest", "Best", "Highest", "Basis", "Certainty"],
    count: () => accounts.length,
    row: (i) => {
      const account = accounts[i], count = countOf(account), there = reported(count);
      const cell = (n) => (there ? (n === null ? "open" : number(n)) : "–");
      return { cells: [name_(account.group), account.status, name_(account.whose), cell(there && count[0]), cell(there && count[1]), cell(there && count[2]), there ? BASES[count[3]] : "not reported", there ? count[4] : "unknown"], open: () => openAccount(account) };
    },
  },
  Forecasts: {
    head: ["Verdict", "Why", "Forecast", "Made", "For", "By"],
    rows: () => foreseen.filter(verdictOf).map((forecast) => {
      const c = claim(forecast.claim), verdict = verdictOf(forecast);
      return { cells: [verdict[0], verdict[1], name_(c.text), c.when, windowText(forecast.first, forecast.last), name_(c.claimant || c.source.publisher || c.source.id)], open: (from) => openClaims("The forecast", [forecast.claim], from) };
    }),
  },
  Contradictions: {
    head: ["Kind", "Group", "What does not add up", "Equation", "Claims"],
    rows: () => contradictionsNow().told.map((c) => ({ cells: [c.kind, name_(c.group), name_(c.sentence), c.equation, c.claims.length], open: (from) => openClaims("These do not add up", c.claims, from) })),
  },
  Claims: {
    head: ["Claim", "Place", "Of", "Says", "Source", "Grade", "Known by", "Id"],
    rows: () => known_claims().map((at) => ({ lazy: () => {
      const c = claim(at);
      return { cells: [name_(c.text), name_(c.place), c.when, name_(c.claimant || c.source.publisher || ""), name_(c.source.title), c.grade, isoText(KNOWN[c.known]), c.id], open: (from) => openClaims("The claim", [at], from) };
    } })),
  },
  Sources: {
    head: ["Title", "Publisher", "Published", "Language", "Reliability", "Link"],
    rows: () => DATA.sources.map((s) => ({ cells: [name_(s.title), name_(s.publisher || "–"), windowText(s.first ?? null, s.last ?? null), s.language || "–", s.grade || "not graded", s.url ? link(s.url, new URL(s.url).host) : "–"] })),
  },
};
const known_claims = () => Array.from({ length: CLAIMS }, (_, at) => at).filter((at) => claimShown(at, shown.known));
const sorted = PLACES.map((_, at) => at).sort((a, b) => collate(PLACES[a].name, PLACES[b].name));
let tab = "Places", page_ = 0;

function drawTabs() {
  const names = Object.keys(TABLES).filter((name) => !{ People: !accounts.length, Forecasts: !foreseen.length, Contradictions: !DATA.contradictions.some((p) => p.told.length) }[name]);
  const chooseTab = (name, focus) => {
    tab = name;
    page_ = 0;
    for (const button of $("tabs").children) {
      const on = button.textContent === name;
      button.setAttribute("aria-selected", on);
      button.tabIndex = on ? 0 : -1;
      if (on && focus) button.focus();
    }
    $("table").setAttribute("aria-label", name);
    paintTable();
  };
  $("tabs").append(...names.map((name) => el("button", { type: "button", role: "tab", "aria-controls": "table", onclick: () => chooseTab(name) }, name)));
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    chooseTab(names[(names.indexOf(event.target.textContent) + step + names.length) % names.length], true);
    event.preventDefault();
  });
  chooseTab("Places");
}

function paintTable() {
  const table = TABLES[tab], rows = table.rows ? table.rows() : null, total = rows ? rows.length : table.count();
  page_ = clamp(page_, 0, Math.max(0, Math.ceil(total / PAGE) - 1));
  const from = page_ * PAGE, to = Math.min(total, from + PAGE), body = [];
  for (let i = from; i < to; i++) {
    const found = rows ? (rows[i].lazy ? rows[i].lazy() : rows[i]) : table.row(i);
    body.push(el("tr", {}, found.cells.map((cell, j) => el(j ? "td" : "th", j ? { class: typeof cell === "number" ? "figure" : null } : { scope: "row" },
      j || !found.open ? String(cell) === "[object HTMLElement]" || cell instanceof Node ? cell : String(cell) :
        el("button", { type: "button", class: "text", onclick: (event) => found.open(event.currentTarget) }, cell)))));
  }
  const when = tab === "Sources" ? "all" : `at the end of ${dateText(shown.day)}, as known by ${STOPS ? dateText(KNOWN[shown.known]) : "now"}`;
  const caption = el("caption", {}, `${tab}, ${tab === "Claims" ? `as known by ${STOPS ? dateText(KNOWN[shown.known]) : "now"}` : when}: ${number(total)}`);
  const turn = (step) => () => {
    page_ += step;
    paintTable();
  };
  const pager = total > PAGE ? el("div", { class: "pager" }, el("button", { type: "button", disabled: page_ === 0, onclick: turn(-1) }, "‹ before"),
    ` ${number(from + 1)} to ${number(to)} of ${number(total)} `, el("button", { type: "button", disabled: to >= total, onclick: turn(1) }, "after ›")) : "";
  $("table").replaceChildren(el("div", { class: "scroll" }, el("table", {}, caption, el("thead", {}, el("tr", {}, table.head.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, body))), pager);
}
