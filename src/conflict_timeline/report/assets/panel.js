// The claims behind what was chosen: source, publisher, dates in words, paraphrase, place in the text.

let opener = null, openNow = null;

function claimCard(at) {
  const c = claim(at), source = c.source;
  const title = link(source.url, el("cite", {}, name_(source.title)));
  const by = [source.publisher, source.author].filter(Boolean).flatMap((text, i) => [i ? ", " : "", name_(text)]);
  const counts = c.known >= 0 ? dateText(KNOWN[c.known]) : "";
  const published = {
    source: () => windowText(source.first ?? null, source.last ?? null),
    event: () => `this claim by ${counts}`,
    recorded: () => `on a day not known; counts from its recording, ${counts}`,
  }[c.knownFrom]();
  const facts = [
    ["Of", el("span", {}, c.when, c.wording ? el("span", { class: "aside" }, " (“", name_(c.wording), "”)") : "")],
    ["Says", c.claimant ? name_(c.claimant) : null],
    ["In", el("span", {}, title, by.length ? el("span", {}, " · ", ...by) : "")],
    ["Published", published],
    ["Where", c.paragraph ? `paragraph ${c.paragraph}` : null],
    ["Grade", el("span", { title: "Admiralty: reliability of the source A to F, credibility of the claim 1 to 6" }, c.grade)],
  ];
  return el("li", { class: "claim" }, el("p", { class: "says" }, name_(c.text)), c.note ? el("p", { class: "note" }, name_(c.note)) : "",
    el("dl", {}, facts.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value)])),
    el("p", { class: "id" }, `${c.kind} ${c.id}`));
}
const claimList = (numbers) => el("ul", { class: "claims" }, numbers.map(claimCard));

function open_(title, from, draw) {
  if ($("panel").hidden) opener = from;
  openNow = draw;
  $("panel-title").replaceChildren(...title);
  draw();
  $("panel").hidden = false;
  document.body.classList.add("open");
  $("panel").scrollTop = 0;
  $("panel-title").focus({ preventScroll: true });
}
function closePanel() {
  if ($("panel").hidden) return;
  $("panel").hidden = true;
  document.body.classList.remove("open");
  openNow = null;
  if (opener) opener.focus({ preventScroll: true });
}
const asOf = () => el("p", { class: "asof" }, `At the end of ${dateText(shown.day)}${STOPS ? `, as known by ${dateText(KNOWN[shown.known])}` : ""}`);

function openPlace(at, from) {
  choose(at);
  const place = PLACES[at];
  open_([name_(place.name)], from, () => {
    const row = told[at].on(shown.day), answer = answerOf(row);
    const [forIt, against, originsFor, originsAgainst] = row ? place.evidence[row[2]] : [[], [], 0, 0];
    const numbers = (list) => list.map((n) => n + place.claims);
    const span = lane(at).filter((s) => s.start <= shown.day).pop();
    const same = `${span.start > 0 ? `from ${dateText(span.start)}` : "from the first day shown"} ${span.end < DAYS - 1 ? `to ${dateText(span.end)}` : "to the last"}`;
    const list = (title, holdings) => holdings.length ? el("p", {}, el("b", {}, title), " ", holdings.map(holderText).join("; ")) : "";
    const also = [place.kind, place.parent && el("span", {}, "in ", name_(place.parent))].filter(Boolean).flatMap((x, i) => [i ? ", " : "", x]);
    $("panel-body").replaceChildren(
      el("p", { class: "aside" }, ...also, place.also ? el("span", {}, also.length ? " · " : "", "also ", ...place.also.flatMap((n, i) => [i ? ", " : "", name_(n)])) : ""),
      asOf(),
      el("p", { class: "verdict" }, swatch(answer, true), el("strong", {}, holderText(answer.best))),
      el("p", { class: "status" }, answer.best && answer.best.length > 1 ? "contested; " : "", STATUS_WORDS[answer.status] || answer.status),
      list("Also possible:", answer.others),
      list("Conceivable, with more changes than the reports need:", answer.wider),
      el("p", { class: "aside" }, `The answer is the same ${same}.`),
      el("div", { class: "stepper" },
        el("button", { type: "button", onclick: () => stepLane(at, false) }, "‹ change before"),
        el("button", { type: "button", onclick: () => stepLane(at, true) }, "next change ›")),
      forIt.length ? el("h3", {}, `For it: ${many(forIt.length, "claim")}`, el("span", { class: "aside" }, `, ${many(originsFor, "independent voice")}`)) : el("h3", {}, "No claim speaks for an answer"),
      claimList(numbers(forIt)),
      against.length ? el("h3", {}, `Against it: ${many(against.length, "claim")}`, el("span", { class: "aside" }, `, ${many(originsAgainst, "independent voice")}`)) : "",
      against.length ? claimList(numbers(against)) : "",
      history(at));
  });
}

/** How the answer for the day shown became another as reports were published. */
function history(at) {
  const rows = [];
  let before = null;
  PLACES[at].rows.forEach(([known], i) => {
    const words = answerText(answerOf(rowAt(unfold(PLACES[at].rows, i, 3), shown.day)));
    if (words === before) return;
    before = words;
    rows.push(el("li", {}, el("button", { type: "button", class: "text", onclick: () => setKnown(known) }, `by ${dateText(KNOWN[known], true)}`), " ", words));
  });
  return rows.length ? el("section", {}, el("h3", {}, "What could be said of this day"), el("ol", { class: "revisions" }, rows)) : "";
}

function openAccount(account) {
  open_([account.status, ", ", name_(account.whose)], account.node, () => {
    const count = countOf(account), claims = count ? count[5] : [];
    $("panel-body").replaceChildren(
      el("p", { class: "aside" }, name_(account.group)), asOf(),
      el("p", { class: "verdict" }, el("strong", {}, countText(count))),
      el("p", { class: "status" }, count ? `${count[4]}; ${BASES[count[3]] || count[3]}` : "nothing reported, which is not zero"),
      el("h3", {}, many(claims.length, "claim"), count ? el("span", { class: "aside" }, `, ${many(count[6], "independent voice")}`) : ""),
      claimList(claims));
  });
}

function openClaims(title, numbers, from) {
  open_([title], from, () => $("panel-body").replaceChildren(claimList(numbers)));
}
