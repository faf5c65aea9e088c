// The report's data: answers that the library gave, looked up. Nothing is worked out anew here.

const DATA = JSON.parse($("data").textContent);
const FIRST = DATA.first, DAYS = DATA.days, KNOWN = DATA.known;
const PLACES = DATA.places, ACTORS = DATA.actors;
const STOPS = KNOWN.length;

/** What is shown: a day, a number of a day of publication, whether the latter follows the former. */
const shown = { day: DAYS - 1, known: STOPS - 1, follow: false, place: -1 };

/** How many of a list's revisions (each beginning with its day of publication) were known by then. */
function revision(rows, known) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][0] <= known) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The rows of a revision: each is written as what it shares with the one before (see tables.py). */
function unfold(rows, at, width) {
  const found = [];
  for (let i = 0; i <= at; i++) {
    const row = rows[i];
    found.length = row[1];
    let day = found.length ? found[found.length - 1][0] : 0;
    for (let j = 2; j < row.length; j += width) {
      day += row[j];
      found.push([day, ...row.slice(j + 1, j + width)]);
    }
  }
  return found;
}

/** The row that holds on a day, or null before the first. */
function rowAt(rows, day) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][0] <= day) low = middle + 1;
    else high = middle;
  }
  return low ? rows[low - 1] : null;
}

/** Something with rows, as it is known now; unfolded again only when more of it becomes known. */
class Told {
  constructor(rows, width) {
    this.rows = rows;
    this.width = width;
    this.at = -2;
    this.spans = [];
  }
  known(known) {
    const at = revision(this.rows, known);
    if (at === this.at) return false;
    this.at = at;
    this.spans = at < 0 ? [] : unfold(this.rows, at, this.width);
    return true;
  }
  on(day) {
    return rowAt(this.spans, day);
  }
}

const told = PLACES.map((place) => new Told(place.rows, 3));
const UNKNOWN = DATA.statuses.indexOf("unknown");
const NOTHING = { best: null, status: "unknown", others: [], wider: [], number: -1 };
const ANSWERS = DATA.answers.map(([best, status, others, wider], at) => ({
  best: DATA.holdings[best],
  status: DATA.statuses[status],
  others: others.map((h) => DATA.holdings[h]),
  wider: wider.map((h) => DATA.holdings[h]),
  number: at,
}));
const answerOf = (row) => (row ? ANSWERS[row[1]] : NOTHING);

/** A lane's spans: the days on which the answer, whatever its evidence, is the same. */
function lane(place) {
  const found = [];
  for (const row of told[place].spans) {
    const last = found[found.length - 1];
    const a = answerOf(row), b = last && last.answer;
    const same = b && a.status === b.status && same_(a.best, b.best) && a.others.length === b.others.length &&
      a.others.every((h, i) => same_(h, b.others[i]));
    if (same) continue;
    if (last) last.end = row[0] - 1;
    found.push({ start: row[0], end: DAYS - 1, answer: a });
  }
  if (!found.length) found.push({ start: 0, end: DAYS - 1, answer: NOTHING });
  return found;
}
const same_ = (a, b) => a === b || (a !== null && b !== null && a.length === b.length && a.every((x, i) => x === b[i]));

// ---- claims -----------------------------------------------------------------------------------

const CLAIMS = DATA.claims.ids.length / 12;
const column = (name, at) => {
  const values = DATA.claims.columns[name];
  return Array.isArray(values) ? values[at] : values.all;
};
const text = (name, at) => DATA.claims.texts[column(name, at)];
function claim(at) {
  return {
    number: at,
    id: DATA.claims.ids.slice(12 * at, 12 * at + 12),
    kind: text("kind", at), text: text("text", at), place: text("place", at),
    when: whenText(column("first", at), column("last", at), column("doubt", at)),
    wording: text("wording", at), rule: text("rule", at),
    source: DATA.sources[column("source", at)], claimant: text("claimant", at), grade: text("grade", at),
    known: column("known", at), knownFrom: text("known_from", at), paragraph: column("paragraph", at), note: text("note", at),
  };
}
/** Whether a claim stands in what was known. */
function claimShown(at, known) {
  const turns = Object.hasOwn(DATA.claims.shown, at) ? DATA.claims.shown[at] : [column("known", at)];
  let count = 0;
  while (count < turns.length && turns[count] <= known) count++;
  return count % 2 === 1;
}

/** The days on which any place's answer changes, as far as known now; for stepping and playing. */
let turning = null;
function turningDays() {
  if (turning) return turning;
  const days = new Set([0, DAYS - 1]);
  for (let i = 0; i < PLACES.length; i++) for (const span of lane(i)) days.add(span.start);
  return (turning = [...days].sort((a, b) => a - b));
}
