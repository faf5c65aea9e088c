// What is shown, and the controls that change it.

const daySlider = $("day"), knownSlider = $("known");
let waiting = 0, playing = null, speaking = 0, tableWaiting = 0;
const still = matchMedia("(prefers-reduced-motion: reduce)");

function setDay(day) {
  day = clamp(Math.round(day), 0, DAYS - 1);
  if (day === shown.day) return;
  shown.day = day;
  if (shown.follow) shown.known = knownOn(day);
  soon();
}
function setKnown(known) {
  if (shown.follow) {
    shown.follow = false;
    $("follow").checked = false;
  }
  shown.known = clamp(Math.round(known), 0, STOPS - 1);
  soon();
}
/** What was known on a day itself; before the first publication that is nothing. */
function knownOn(day) {
  let at = STOPS - 1;
  while (at >= 0 && KNOWN[at] > day) at--;
  return at;
}

/** Draws once a frame, however often something changes in between. */
function soon() {
  if (!waiting) waiting = requestAnimationFrame(paint);
}

function paint() {
  waiting = 0;
  let more = false;
  for (const place of told) more = place.known(shown.known) || more;
  if (more) turning = null;
  const answers = told.map((place) => answerOf(place.on(shown.day)));
  const tally = drawTally(answers);
  paintMap(answers);
  drawLanes();
  moveCursors();
  paintPeople();
  paintForecasts();
  paintContradictions();
  paintControls();
  if (openNow) openNow();
  clearTimeout(tableWaiting);
  tableWaiting = setTimeout(paintTable, 120);
  clearTimeout(speaking);
  speaking = setTimeout(() => say(tally), 600);
}

function paintControls() {
  const known = shown.known >= 0 ? dateText(KNOWN[shown.known], true) : "nothing yet";
  daySlider.value = shown.day;
  knownSlider.value = shown.known;
  $("day-text").textContent = dateText(shown.day, true);
  $("known-text").textContent = known;
  daySlider.setAttribute("aria-valuetext", dateText(shown.day));
  knownSlider.setAttribute("aria-valuetext", `${known}, ${shown.known + 1} of ${STOPS} days of publication`);
  for (const slider of [daySlider, knownSlider])
    slider.style.setProperty("--at", `${(100 * (slider.value - slider.min)) / Math.max(1, slider.max - slider.min)}%`);
}

/** Tells a screen reader what is shown, when the reader has stopped for a moment. */
function say({ counts, none }) {
  const held = ACTORS.slice(0, COLOURS).map((actor, at) => (counts.get(at) ? `${actor.name} ${counts.get(at)}` : "")).filter(Boolean);
  if (counts.get("x")) held.push(`further holders ${counts.get("x")}`);
  if (none) held.push(`unknown ${none}`);
  const known = shown.known >= 0 ? `known by ${dateText(KNOWN[shown.known])}` : "nothing published yet";
  $("live").textContent = `${dateText(shown.day)}, ${known}. Places held: ${held.join(", ")}.`;
  const hash = `#${isoText(shown.day)}${shown.known >= 0 ? `/${isoText(KNOWN[shown.known])}` : ""}`;
  try {
    if (location.hash !== hash) history_.replaceState(null, "", hash);
  } catch {
    // Some browsers refuse to note it for a file; nothing hangs on it.
  }
}
const history_ = window.history;

function play() {
  if (playing) return stop();
  if (shown.day >= DAYS - 1) setDay(0);
  $("play-icon").setAttribute("d", "M5 4h4v12H5zM11 4h4v12h-4z");
  $("play").setAttribute("aria-label", "Stop");
  const step = Math.max(1, Math.round(DAYS / 400));
  playing = setInterval(() => {
    if (shown.day >= DAYS - 1) return stop();
    setDay(still.matches ? turningDays().find((day) => day > shown.day) : shown.day + step);
  }, still.matches ? 1200 : 60);
}
function stop() {
  clearInterval(playing);
  playing = null;
  $("play-icon").setAttribute("d", "M6 4l10 6-10 6z");
  $("play").setAttribute("aria-label", "Play through the days");
}

function listen() {
  daySlider.addEventListener("input", () => setDay(Number(daySlider.value)));
  knownSlider.addEventListener("input", () => setKnown(Number(knownSlider.value)));
  $("follow").addEventListener("change", (event) => {
    shown.follow = event.target.checked;
    shown.known = shown.follow ? knownOn(shown.day) : Math.max(0, shown.known);
    soon();
  });
  $("play").addEventListener("click", play);
  $("before").addEventListener("click", () => setDay([...turningDays()].reverse().find((day) => day < shown.day) ?? 0));
  $("after").addEventListener("click", () => setDay(turningDays().find((day) => day > shown.day) ?? DAYS - 1));
  $("close").addEventListener("click", closePanel);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePanel();
    const typing = event.target.closest && event.target.closest("input, select, button, a, textarea");
    if (event.key === " " && !typing) {
      play();
      event.preventDefault();
    }
  });
  const theme = $("theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const name = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-pressed", isDark());
    theme.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
  };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  dark.addEventListener("change", name);
  name();
  addEventListener("hashchange", () => fromAddress() && soon());
  addEventListener("beforeprint", () => order.length <= 400 && drawLanes(true));
  addEventListener("afterprint", () => drawLanes());
}

/** The day and what was known, if the address names them: so that a link shows what was meant. */
function fromAddress() {
  const found = /^#(\d{4})-(\d\d)-(\d\d)(?:\/(\d{4})-(\d\d)-(\d\d))?$/.exec(location.hash);
  if (!found) return false;
  shown.day = clamp(dayOf(+found[1], +found[2] - 1, +found[3]), 0, DAYS - 1);
  if (found[4]) shown.known = Math.max(0, knownOn(dayOf(+found[4], +found[5] - 1, +found[6])));
  return true;
}

function begin() {
  daySlider.max = DAYS - 1;
  knownSlider.max = Math.max(0, STOPS - 1);
  knownSlider.disabled = STOPS < 2;
  fromAddress();
  const sources = DATA.sources.length;
  $("dek").textContent = `${many(PLACES.length, "place")}, ${many(CLAIMS, "claim")} in ${many(sources, "source")}, ${dateText(0)} to ${dateText(DAYS - 1)}. Nothing is drawn that no one reported; what is not certain is hatched.`;
  const ticks = (box, list) => box.append(...list.map(({ at, text }) => {
    const mark = el("span", {}, text || "");
    mark.style.left = `${at * 100}%`;
    return mark;
  }));
  ticks($("day-ticks"), ticksFor(600, 60).map(({ at, text }) => ({ at: at / Math.max(1, DAYS - 1), text })));
  ticks($("known-ticks"), STOPS > 60 ? [] : KNOWN.map((_, at) => ({ at: at / Math.max(1, STOPS - 1) })));
  drawKey();
  drawMap();
  $("spread").classList.toggle("alone", !MAP);
  drawPeople();
  drawNotes();
  $("order").hidden = $("filter").hidden = PLACES.length < 8;
  for (const place of told) place.known(shown.known);
  arrange();
  listenLanes();
  listen();
  drawTabs();
  paint();
}

function drawNotes() {
  const off = PLACES.filter((place) => !place.at).length;
  if (MAP) $("credit").textContent = `Outlines: ${MAP.credit}. Dotted lines are in dispute.${off ? ` Not on the map, as no point is known for ${off === 1 ? "it" : "them"}: ${number(off)}.` : ""}`;
  const axes = [
    DATA.known_by !== null ? `only what was published by ${dateText(DATA.known_by)}` : "all publications",
    DATA.at !== null ? `recorded by ${DATA.at}` : "",
    DATA.only.length ? `only the sources ${DATA.only.map(isolated).join(", ")}` : "",
    DATA.min_reliability ? `only sources of reliability ${DATA.min_reliability} or better` : "",
    DATA.stale_after !== null ? `stale after ${many(DATA.stale_after, "day")}` : "",
  ].filter(Boolean).join("; ");
  $("notes").append(
    el("p", {}, el("b", {}, "Two questions, two sliders."), " The first chooses the day in the world. The second chooses what had been published: it answers as a careful reader could have then, and nothing published later leaks in."),
    el("p", {}, el("b", {}, "Certain is not true."), " It means that the reports leave one possibility. Dates are windows, so an answer may be open for days on which a change lies; no report overwrites another."),
    el("p", {}, el("b", {}, "Names and borders."), " Names of places, groups and countries, and all lines on the map, are labels as sources or common usage have them. They are no position on whose place it is, on legal status, or on borders. Lines are those of the outlines' maker, who draws who is in control on the ground; where they are in dispute they are dotted."),
    el("p", { class: "aside" }, `Made by conflict-timeline ${DATA.version} from log position ${number(DATA.position)} (`, el("code", {}, DATA.log), `); ${axes}.`));
}

begin();
